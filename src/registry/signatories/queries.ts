import { eq, type SQL, sql } from 'drizzle-orm'
import { literals, when } from '../../database/sql.ts'
import type { ConstraintProblems } from '../../problems/from-error.ts'
import { Problem } from '../../problems/problems.ts'
import { parseEdtf } from '../../shared/edtf.ts'
import { broken, changesShown, type Linked, taken } from '../definition.ts'
import { EntryRegistry } from '../entries.ts'
import { linesOf } from '../name-keys.ts'
import { likelyCode } from './codes.ts'
import { type SignatoryEntry, signatoryLookup } from './lookup.ts'
import { linkPredecessors, predecessorsNamed } from './predecessors.ts'
import type {
  SignatoryReference,
  NewSignatory,
  Signatory,
  SignatoryQuery,
  SignatoryReplacement,
  Succession,
} from './schemas.ts'
import { partyKinds, signatories } from './tables.ts'

/** The short form of a body in the statement below. */
const short = (body: SQL): SQL<SignatoryReference> =>
  sql`json_build_object('id', ${body}.id, 'code', ${body}.code, 'name', ${body}.name, 'kind', ${body}.kind)`

/** Links as JSON in the statement below: `l` is a link, `other` the body at its other end. */
const links = (condition: SQL, order: SQL): SQL<Succession[]> => sql`(
  select coalesce(json_agg(json_build_object(
    'signatory', ${short(sql`other`)}, 'date', l.date, 'kind', l.kind, 'source', l.source) order by ${order}), '[]')
  from signatory_predecessors l join signatories other on ${condition})`

/** Whether a body is a party for itself: the search for a party goes up to the first such body, otherwise to the top. */
const isParty = (body: SQL): SQL => sql`${body}.kind in (${literals(partyKinds)})`

/** The columns of the representation. */
const shown = {
  id: signatories.id,
  code: signatories.code,
  name: signatories.name,
  kind: signatories.kind,
  parent: sql<SignatoryReference | null>`(
    select ${short(sql`p`)} from signatories p where p.id = signatories.parent_id)`,
  party: sql<SignatoryReference>`(
    with recursive chain as (
      select s.id, s.parent_id, s.code, s.name, s.kind from signatories s where s.id = signatories.id
      union all
      select s.id, s.parent_id, s.code, s.name, s.kind from chain join signatories s on s.id = chain.parent_id
        where not ${isParty(sql`chain`)}
    )
    select ${short(sql`chain`)} from chain where ${isParty(sql`chain`)} or parent_id is null)`,
  /** As JSON: the driver takes ten times as long for an array. */
  aliases: sql<string[]>`to_json(${signatories.aliases})`,
  names: signatories.names,
  identifiers: signatories.identifiers,
  validFrom: signatories.validFrom,
  validTo: signatories.validTo,
  predecessors: links(sql`other.id = l.predecessor_id where l.successor_id = signatories.id`, sql`l.position`),
  successors: links(
    sql`other.id = l.successor_id where l.predecessor_id = signatories.id`,
    sql`l.first_day nulls last, other.code`,
  ),
  ...changesShown(signatories),
}

export const signatoryRegistry = new EntryRegistry<SignatoryEntry, Signatory, SignatoryReplacement, SignatoryQuery>({
  name: 'signatory',
  ...signatoryLookup,
  table: signatories,
  nameColumn: signatories.name,
  hierarchy: {
    parentId: signatories.parentId,
    pointer: '/parent',
    cycle: ({ name }) => `${name} is below this body: a body cannot be its own parent.`,
  },
  key: signatories.code,
  lock: 7_262_021,
  size: sql`octet_length(array_to_string(aliases, E'\n')) + octet_length(names::text) + octet_length(identifiers::text) + (
    select coalesce(sum(700 + octet_length(coalesce(l.source, ''))), 0) from signatory_predecessors l
    where signatories.id in (l.successor_id, l.predecessor_id))`,
  ended: sql`(valid_to is not null or kind = 'former_state')`,
  select: async (db, where) => db.orm.select(shown).from(signatories).where(where),
  withCode: (code) => eq(signatories.code, code),
  matching: ({ kind }) => when(kind, (kinds) => sql`${signatories.kind} = any(${sql.param(kinds)}::text[])`),
  parentOf: ({ parent }) => parent,
  withReferences: ({ parent, predecessors, ...given }, replace) => ({
    ...given,
    parent: parent && replace(parent),
    predecessors: predecessors.map((link) => ({ ...link, signatory: replace(link.signatory) })),
  }),
  columns,
  writable,
  check: checkParty,
  named: predecessorsNamed,
  link: linkPredecessors,
  calledIn,
  sameAs,
  likelyCode: codeOf,
})

function writable(body: Signatory): SignatoryReplacement {
  return {
    code: body.code,
    name: body.name,
    kind: body.kind,
    parent: body.parent && body.parent.code,
    aliases: body.aliases,
    names: body.names,
    identifiers: body.identifiers,
    validFrom: body.validFrom,
    validTo: body.validTo,
    predecessors: body.predecessors.map(({ signatory, ...link }) => ({ signatory: signatory.code, ...link })),
  }
}

export function columns(
  input: SignatoryReplacement,
  parent: SignatoryEntry | null,
): Omit<typeof signatories.$inferInsert, 'id'> {
  return {
    code: input.code,
    name: input.name,
    kind: input.kind,
    parentId: parent?.id ?? null,
    parentDepth: parent && parent.depth,
    aliases: input.aliases,
    names: input.names,
    identifiers: input.identifiers,
    validFrom: input.validFrom,
    validFromDay: input.validFrom === null ? null : parseEdtf(input.validFrom).firstDay,
    validTo: input.validTo,
    validToDay: input.validTo === null ? null : parseEdtf(input.validTo).lastDay,
    words: linesOf(
      input.code,
      input.name,
      input.aliases,
      input.names.map(({ name }) => name),
    ),
  }
}

function calledIn({ code, name, aliases, names }: SignatoryReplacement): { pointer: string; name: string }[] {
  return [
    { pointer: '/code', name: code },
    { pointer: '/name', name },
    ...aliases.map((alias, i) => ({ pointer: `/aliases/${i}`, name: alias })),
    ...names.map(({ name }, i) => ({ pointer: `/names/${i}/name`, name })),
  ]
}

/** Bodies with the same name are different if their years do not overlap, or if one is a predecessor of the other. */
function sameAs({ id, given, entries }: Linked<SignatoryEntry, SignatoryReplacement>): SQL {
  const from = given.validFrom === null ? null : parseEdtf(given.validFrom).firstDay
  const to = given.validTo === null ? null : parseEdtf(given.validTo).lastDay
  const predecessors = given.predecessors.map(({ signatory }) => entries.get(signatory).id)
  return sql`coalesce(valid_to_day > ${from}::date, true) and coalesce(valid_from_day < ${to}::date, true)
    and signatories.id <> all(${sql.param(predecessors)}::uuid[])
    and not exists (select from signatory_predecessors l where l.predecessor_id = ${id} and l.successor_id = signatories.id)`
}

function checkParty({ kind, parent }: NewSignatory): void {
  if (kind !== 'agency' || parent !== null) return
  throw broken('/parent', 'no_party', 'An agency requires a parent: the body for which it acts.')
}

function codeOf({ name, kind }: NewSignatory, parent: SignatoryEntry | null): string {
  if (kind !== 'state' && kind !== 'former_state') return likelyCode(name, parent && parent.code)
  throw broken('/code', 'no_code', 'A state requires its ISO 3166 code.')
}

const used = () =>
  new Problem(
    'in_use',
    'This signatory is used: agreements (deleted ones included) name it, or other bodies have it as parent or predecessor.',
  )

export const signatoryConstraints: ConstraintProblems = {
  signatories_code_key: () => taken('Another signatory already has this code.'),
  signatories_depth_check: () => broken('/parent', 'too_deep', 'Must not be more than nine levels deep.'),
  signatories_parent_fk: used,
  signatory_predecessors_predecessor_fk: used,
  signatures_signatory_fk: used,
  dates_signatory_fk: used,
  agreement_parties_party_fk: used,
}
