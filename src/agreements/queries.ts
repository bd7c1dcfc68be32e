import { and, type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import type { ConstraintProblems } from '../problems.ts'
import { Problem } from '../problems.ts'
import { type Listed, limitOf, readCursor } from '../paging.ts'
import { fold } from '../text.ts'
import { notFound } from './publish.ts'
import { lookUpParameters } from './registry.ts'
import type { AgreementQuery, agreementSorts } from './schemas.ts'

const byId: Statement = {
  name: 'agreement-by-id',
  text: 'select version, document from agreements where id = $1 and deleted_at is null',
}

/** The stored document, as JSON text. @throws Problem 404 */
export async function readAgreement(db: Database, id: string): Promise<{ version: number; document: string }> {
  const [row] = await db.query<{ version: number; document: string }>(byId, [id])
  if (!row) throw notFound(id)
  return row
}

const asOfInstant: Statement = {
  name: 'agreement-as-of',
  text: `select version, document from agreement_versions
    where agreement_id = $1 and published_at <= $2 order by version desc limit 1`,
}

/** The document as the register had it at `instant`, also of one deleted since. @throws Problem 404 */
export async function readAgreementAsOf(
  db: Database,
  id: string,
  instant: string,
): Promise<{ version: number; document: string }> {
  const utc = new Date(instant).toISOString()
  const [row] = await db.query<{ version: number; document: string | null }>(asOfInstant, [id, utc])
  if (!row) throw new Problem('not_found', `The register held no agreement ${id} at ${utc}.`)
  if (row.document === null) throw new Problem('not_found', `The agreement ${id} was deleted at ${utc}.`)
  return { version: row.version, document: row.document }
}

type Filter = Omit<AgreementQuery, 'sort' | 'count' | 'limit' | 'cursor'>

/** The parties that a filter names, looked up. */
interface Parties {
  party: string[] | undefined
  pair: [string, string] | undefined
}

const standsIn = (parties: string[], agreement: SQL = sql`a.id`): SQL =>
  sql`exists (select from agreement_parties p where p.agreement_id = ${agreement} and p.party_id = any(${sql.param(parties)}::uuid[]))`

const carries = (identifiers: string[]): SQL => sql`exists (
  select from agreement_identifiers i join unnest(${sql.param(identifiers)}::text[]) wanted
    on i.scheme = split_part(wanted, ':', 1) and i.value = substr(wanted, strpos(wanted, ':') + 1)
  where i.agreement_id = a.id and i.active)`

const mentions = (q: string): SQL =>
  sql`a.search @@ (websearch_to_tsquery('english', ${fold(q)}) || websearch_to_tsquery('simple', ${fold(q)}))`

const standsAs = (statuses: string[], day: string | undefined): SQL =>
  day === undefined
    ? sql`a.status = any(${sql.param(statuses)}::text[])`
    : sql`exists (select from agreement_periods p
        where p.agreement_id = a.id and p.status = any(${sql.param(statuses)}::text[]) and p.period @> ${day}::date)`

const matching = (filter: Filter, { party, pair }: Parties): SQL | undefined =>
  and(
    when(party, (ids) => standsIn(ids)),
    when(pair, ([one]) => standsIn([one])),
    when(pair, ([, other]) => standsIn([other])),
    when(filter.reference, (references) => sql`a.reference = any(${sql.param(references)}::text[])`),
    when(filter.identifier, carries),
    when(filter.q, mentions),
    when(filter.inForceOn, (day) => sql`a.in_force @> ${day}::date`),
    when(filter.status, (statuses) => standsAs(statuses, filter.on)),
  )

/** What each sort orders by, and how its keys are compared; the id breaks ties in the same direction. */
const sorts: Record<(typeof agreementSorts)[number], { key: SQL; type: SQL; descending: boolean }> = {
  '-signed': { key: sql`a.signed_key`, type: sql`date`, descending: true },
  signed: { key: sql`coalesce(a.signed, 'infinity'::date)`, type: sql`date`, descending: false },
  title: { key: sql`a.sort_title`, type: sql`text`, descending: false },
  '-title': { key: sql`a.sort_title`, type: sql`text`, descending: true },
  '-updated': { key: sql`a.updated_at`, type: sql`timestamptz`, descending: true },
  updated: { key: sql`a.updated_at`, type: sql`timestamptz`, descending: false },
}

interface Order {
  from: SQL
  where: SQL | undefined
  key: SQL
  id: SQL
  type: SQL
  descending: boolean
}

/**
 * Where a list is read from, and in which order. That of one party, by day of signature, stands in an index of its
 * own, which has no deleted agreements; the outer join is left out by the planner when no filter looks at `a`.
 */
function orderOf(query: AgreementQuery, parties: Parties): Order {
  const { sort = '-signed' } = query
  const one = parties.pair?.[0] ?? (parties.party?.length === 1 ? parties.party[0] : undefined)
  if (sort !== '-signed' || one === undefined) {
    const where = and(sql`a.deleted_at is null`, matching(query, parties))
    return { from: sql`agreements a`, id: sql`a.id`, where, ...sorts[sort] }
  }
  const rest = parties.pair ? { party: parties.party, pair: undefined } : { party: undefined, pair: undefined }
  const other = parties.pair && standsIn([parties.pair[1]], sql`of_party.agreement_id`)
  return {
    from: sql`agreement_parties of_party left join agreements a on a.id = of_party.agreement_id`,
    key: sql`of_party.signed`,
    id: sql`of_party.agreement_id`,
    where: and(sql`of_party.party_id = ${one}`, other, matching(query, rest)),
    type: sql`date`,
    descending: true,
  }
}

function needStatus({ status, on }: AgreementQuery): void {
  if (on === undefined || status !== undefined) return
  const message = 'It says on which day `status` is judged: give `status` too, or ask for `inForceOn`.'
  throw new Problem('invalid_request', message, [{ parameter: 'on', code: 'needs_status', message }])
}

/** A page of agreements, with one row more when there is a next one, and how many there are in all if asked. */
export async function listAgreements(db: Database, query: AgreementQuery): Promise<{ rows: Listed[]; total?: number }> {
  needStatus(query)
  const parties = await partiesOf(db, query)
  const { from, where, key, id, type, descending } = orderOf(query, parties)
  const after = readCursor(query)
  const beyond =
    after && sql`(${key}, ${id}) ${sql.raw(descending ? '<' : '>')} (${after[0]}::${type}, ${after[1]}::uuid)`
  const direction = sql.raw(descending ? 'desc' : 'asc')
  const rows = await db.query<Listed>(sql`
    select a.document, a.id, page.key::text as key from (
      select ${id} as id, ${key} as key from ${from}
      where ${and(where, beyond)}
      order by ${key} ${direction}, ${id} ${direction} limit ${limitOf(query) + 1}
    ) page join agreements a using (id) order by page.key ${direction}, a.id ${direction}`)
  if (query.count === undefined) return { rows }
  const [counted] = await db.query<{ total: string }>(sql`select count(*) as total from ${from} where ${where}`)
  return { rows, total: Number(counted!.total) }
}

async function partiesOf(db: Database, { party, pair }: Filter): Promise<Parties> {
  const both = pair?.split(',') as [string, string] | undefined
  if (!party && !both) return { party: undefined, pair: undefined }
  const registry = await lookUpParameters(db, {
    bodies: [
      ...(party ?? []).map((reference) => ({ reference, pointer: 'party' })),
      ...(both ?? []).map((reference) => ({ reference, pointer: 'pair' })),
    ],
  })
  const id = (reference: string) => registry.party(registry.body(reference)).id
  return { party: party?.map(id), pair: both && [id(both[0]), id(both[1])] }
}

const taken = (pointer: string, what: string) => () => {
  const message = `Another agreement has this ${what}.`
  return new Problem('taken', message, [{ pointer, code: 'taken', message }])
}

export const agreementConstraints: ConstraintProblems = {
  agreements_reference_key: taken('/reference', 'reference'),
  agreement_identifiers_value_key: taken('/identifiers', 'identifier'),
}
