import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { lookUpNames } from '../name-search.ts'
import type { Author } from '../../http/routes.ts'
import { lookUp, lookUpParameters, type Registry } from '../lookup.ts'
import { registryChanges } from '../tables.ts'
import type { Database } from '../../database/connect.ts'
import { when } from '../../database/sql.ts'
import { parseEdtf } from '../../shared/edtf.ts'
import { tagOf } from '../../http/entity-tags.ts'
import { requireMatch } from '../../http/responses.ts'
import { type Found, limitOf, readCursor } from '../../http/paging.ts'
import type { ConstraintProblems } from '../../problems/from-error.ts'
import { Problem, ruleBroken } from '../../problems/problems.ts'
import { isUuid } from '../../shared/schemas.ts'
import { fold, untaken } from '../../shared/text.ts'
import { likelyCode } from './codes.ts'
import type { BodyReference, NewSignatory, Signatory, SignatoryQuery, SignatoryReplacement } from './schemas.ts'
import { signatories } from './tables.ts'

/** A body of the statement below, as others show it. */
const short = (body: SQL): SQL<BodyReference> =>
  sql`json_build_object('id', ${body}.id, 'code', ${body}.code, 'name', ${body}.name, 'kind', ${body}.kind)`

/** The columns of a body, with the one above it and the root of its chain: read by one statement, so as at one moment. */
const columnsShown = {
  ...getTableColumns(signatories),
  parent: sql<BodyReference | null>`(
    select ${short(sql`p`)} from signatories p where p.id = signatories.parent_id)`,
  party: sql<BodyReference>`(
    with recursive chain as (
      select s.id, s.parent_id, s.code, s.name, s.kind from signatories s where s.id = signatories.id
      union all
      select s.id, s.parent_id, s.code, s.name, s.kind from chain join signatories s on s.id = chain.parent_id
    )
    select ${short(sql`chain`)} from chain where parent_id is null)`,
}

const bodies = (db: Database) => db.orm.select(columnsShown).from(signatories)
type Row = Awaited<ReturnType<typeof bodies>>[number]

const named = (reference: string) =>
  isUuid(reference) ? eq(signatories.id, reference.toLowerCase()) : eq(signatories.code, reference.toUpperCase())

/** @throws Problem 404 */
export async function readSignatory(db: Database, reference: string): Promise<Signatory> {
  const [row] = await bodies(db).where(named(reference))
  if (!row) throw notFound(reference)
  return representation(row)
}

const notFound = (reference: string): Problem => new Problem('not_found', `There is no signatory \`${reference}\`.`)

export async function listSignatories(db: Database, query: SignatoryQuery): Promise<Found> {
  const { kind, parent } = query
  const under =
    parent === undefined
      ? undefined
      : (await lookUpParameters(db, { bodies: [{ reference: parent, pointer: 'parent' }] })).body(parent)
  const after = readCursor('signatories', query, 'text')
  const names = await lookUpNames(db, 'signatory', query, after)
  const rows = await bodies(db)
    .where(
      and(
        when(kind, (kinds) => sql`${signatories.kind} = any(${sql.param(kinds)}::text[])`),
        when(under, ({ id }) => eq(signatories.parentId, id)),
        when(names?.patterns, (patterns) => sql`${signatories.words} like all (${sql.param(patterns)}::text[])`),
        when(after, ({ key: code, id }) => sql`(${signatories.code}, ${signatories.id}) > (${code}, ${id}::uuid)`),
      ),
    )
    .orderBy(signatories.code, signatories.id)
    .limit(limitOf(query) + 1)
  return {
    rows: rows.map((row) => ({ id: row.id, key: row.code, document: JSON.stringify(representation(row)) })),
    taken: names,
  }
}

export const createSignatory = (db: Database, given: NewSignatory, { actor }: Author): Promise<Signatory> =>
  db.transaction(
    async (db) => {
      const id = uuidv7()
      if (given.code === undefined) await takeTurn(db)
      const registry = await parentOf(db, given)
      checkParty(given, given.parent === null)
      const input = { ...given, code: given.code ?? (await codeFor(db, given, registry)) }
      await db.orm.insert(signatories).values({ id, ...columns(input, registry), updatedBy: actor })
      return readSignatory(db, id)
    },
    { turn: 'signatories' },
  )

/**
 * Edits of bodies take turns: two moves at once, each right by itself, could bring one party on both sides of an
 * agreement, or wait for each other; and so do those who make codes. Any number that nothing else in the database locks.
 */
const turn = 7_262_021

/** Comes before anything is locked: who waits for a turn holds nothing that another waits for. */
const takeTurn = (db: Database) => db.query(sql`select pg_advisory_xact_lock(${turn})`)

/**
 * Changes a body; what agreements show of it is published again afterwards, by the clock's worker.
 * @throws Problem 404, 409, 412, or 422: a cycle, an agency without a party, a move that puts a party on both sides
 */
export const editSignatory = (
  db: Database,
  reference: string,
  ifMatch: string | undefined,
  { actor, note }: Author,
  change: (before: SignatoryReplacement) => SignatoryReplacement,
): Promise<Signatory> =>
  db.transaction(
    async (db) => {
      await takeTurn(db)
      const before = await lock(db, reference, ifMatch)
      const { id } = before
      const was = writable(before)
      const input = change(was)
      if (JSON.stringify(input) === JSON.stringify(was)) return before
      const registry = await parentOf(db, input)
      checkParty(input, input.parent === null)
      checkCycle(id, input, registry)
      const after = columns(input, registry)
      await db.orm
        .update(signatories)
        .set({ ...after, version: before.version + 1, updatedAt: sql`clock_timestamp()`, updatedBy: actor })
        .where(eq(signatories.id, id))
      if (after.parentId !== (before.parent?.id ?? null)) await checkSides(db, id)
      await db.orm.insert(registryChanges).values({ registry: 'signatory', entryId: id, actor, note })
      return readSignatory(db, id)
    },
    { turn: 'signatories' },
  )

export const deleteSignatory = (db: Database, reference: string, ifMatch: string | undefined): Promise<void> =>
  db.transaction(
    async (db) => {
      const { id } = await lock(db, reference, ifMatch)
      await db.orm.delete(signatories).where(eq(signatories.id, id))
    },
    { turn: 'signatories' },
  )

/** A code that is not taken; who else makes one waits, so that it stays so. @throws Problem 422 for a state */
async function codeFor(db: Database, { name, kind, parent }: NewSignatory, registry: Registry): Promise<string> {
  if (kind === 'state' || kind === 'former_state') {
    const message = 'The code of a state is that of ISO 3166: give it.'
    throw ruleBroken([{ pointer: '/code', code: 'no_code', message }])
  }
  const wanted = likelyCode(name, parent === null ? null : registry.body(parent).code)
  const taken = await db.query<{ code: string }>(
    sql`select code from signatories where code = ${wanted} or code like ${`${wanted}-%`}`,
  )
  return untaken(
    wanted,
    taken.map(({ code }) => code),
  )
}

/**
 * Locks a body FOR UPDATE, which waits for the writes that hold it (FOR KEY SHARE) and makes later ones wait, and reads
 * it with what stands above it now.
 * @throws Problem 404, or `stale` when the client read another representation of it
 */
async function lock(db: Database, reference: string, ifMatch: string | undefined): Promise<Signatory> {
  const [row] = await db.orm.select({ id: signatories.id }).from(signatories).where(named(reference)).for('update')
  if (!row) throw notFound(reference)
  const body = await readSignatory(db, row.id)
  requireMatch(ifMatch, tagOf(body))
  return body
}

const parentOf = (db: Database, { parent }: NewSignatory): Promise<Registry> =>
  lookUp(db, { bodies: parent === null ? [] : [{ reference: parent, pointer: '/parent' }] })

function checkParty({ kind }: NewSignatory, atRoot: boolean): void {
  if (kind !== 'agency' || !atRoot) return
  const message = 'An agency acts for a party: name the body above it.'
  throw ruleBroken([{ pointer: '/parent', code: 'no_party', message }])
}

function checkCycle(id: string, { parent }: SignatoryReplacement, registry: Registry): void {
  if (parent === null) return
  const above = registry.body(parent)
  if (above.id !== id && registry.above(above).every((body) => body.id !== id)) return
  const message = `${above.name} stands under this body already; a body cannot stand above itself.`
  throw ruleBroken([{ pointer: '/parent', code: 'cycle', message }])
}

/** Refuses a move that would put one party on both sides of an agreement. */
async function checkSides(db: Database, id: string): Promise<void> {
  const [broken] = await db.query<{ agreement: string }>(sql`
    with recursive under (id) as (
      select ${id}::uuid union select s.id from under join signatories s on s.parent_id = under.id
    ), touched as (
      select distinct g.agreement_id from signatures g join agreements a on a.id = g.agreement_id
      where g.signatory_id in (select id from under) and a.deleted_at is null
    ), chain (agreement_id, side, id, parent_id) as (
      select g.agreement_id, g.side, s.id, s.parent_id from touched join signatures g using (agreement_id)
        join signatories s on s.id = g.signatory_id
      union
      select c.agreement_id, c.side, s.id, s.parent_id from chain c join signatories s on s.id = c.parent_id
    )
    select agreement_id as agreement from chain where parent_id is null
    group by agreement_id, id having count(distinct side) > 1 limit 1`)
  if (!broken) return
  const message = `The sides of the agreement ${broken.agreement} would share a party.`
  throw ruleBroken([{ pointer: '/parent', code: 'same_party', message }])
}

/** Adds bodies in bulk, those whose code is there already left as they are; a parent may stand anywhere in the list. */
export async function loadSignatories(db: Database, inputs: SignatoryReplacement[]): Promise<void> {
  const codes = new Set(inputs.map(({ code }) => code))
  for (let waiting = inputs; waiting.length > 0;) {
    const ready = waiting.filter(({ parent }) => parent === null || !codes.has(parent))
    if (ready.length === 0)
      throw new Error(`These stand above one another: ${waiting.map(({ code }) => code).join(', ')}`)
    const parents = ready.flatMap(({ parent }) => (parent === null ? [] : [{ reference: parent, pointer: '/parent' }]))
    const registry = await lookUp(db, { bodies: parents })
    const rows = ready.map((input) => ({ id: uuidv7(), ...columns(input, registry) }))
    await db.orm.insert(signatories).values(rows).onConflictDoNothing()
    for (const { code } of ready) codes.delete(code)
    waiting = waiting.filter((input) => !ready.includes(input))
  }
}

function columns(input: SignatoryReplacement, registry: Registry) {
  const parent = input.parent === null ? null : registry.body(input.parent)
  return {
    code: input.code,
    name: input.name,
    kind: input.kind,
    parentId: parent?.id ?? null,
    parentDepth: parent && registry.above(parent).length,
    aliases: input.aliases,
    identifiers: input.identifiers,
    validFrom: input.validFrom,
    validFromDay: input.validFrom === null ? null : parseEdtf(input.validFrom).firstDay,
    validTo: input.validTo,
    validToDay: input.validTo === null ? null : parseEdtf(input.validTo).lastDay,
    words: fold([input.code, input.name, ...input.aliases].join('\n')),
  }
}

/** A body as a client would write it. */
const writable = (body: Signatory): SignatoryReplacement => ({
  code: body.code,
  name: body.name,
  kind: body.kind,
  parent: body.parent && body.parent.code,
  aliases: body.aliases,
  identifiers: body.identifiers,
  validFrom: body.validFrom,
  validTo: body.validTo,
})

const representation = (row: Row): Signatory => ({
  id: row.id,
  code: row.code,
  name: row.name,
  kind: row.kind,
  parent: row.parent,
  party: row.party,
  aliases: row.aliases,
  identifiers: row.identifiers,
  validFrom: row.validFrom,
  validTo: row.validTo,
  version: row.version,
  createdAt: new Date(row.createdAt).toISOString(),
  updatedAt: new Date(row.updatedAt).toISOString(),
  updatedBy: row.updatedBy,
})

const used = () => new Problem('in_use', 'Agreements, deleted ones included, or bodies under it use this signatory.')

export const signatoryConstraints: ConstraintProblems = {
  signatories_code_key: () => {
    const message = 'Another signatory has this code.'
    return new Problem('taken', message, [{ pointer: '/code', code: 'taken', message }])
  },
  signatories_depth_check: () => {
    const message = 'Bodies stand at most nine deep.'
    return ruleBroken([{ pointer: '/parent', code: 'too_deep', message }])
  },
  signatories_parent_fk: used,
  signatures_signatory_fk: used,
  dates_signatory_fk: used,
  agreement_parties_party_fk: used,
}
