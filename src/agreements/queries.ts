import { and, type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from '../database/connect.ts'
import type { ConstraintProblems } from '../problems.ts'
import { Problem } from '../problems.ts'
import { type KeyType, type Listed, limitOf, readCursor } from '../paging.ts'
import { notFound } from './publish.ts'
import type { AgreementQuery, agreementSorts } from './filter.ts'
import { lookUpFilter, matching, type NamedIds, standsIn, wordsOf } from './matching.ts'

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

interface Key {
  key: SQL
  type: KeyType
  descending: boolean
}

/** What each sort orders by, and how its keys are compared; the id breaks ties in the same direction. */
const sorts: Record<Exclude<(typeof agreementSorts)[number], 'relevance'>, Key> = {
  '-signed': { key: sql`a.signed_key`, type: 'date', descending: true },
  signed: { key: sql`coalesce(a.signed, 'infinity'::date)`, type: 'date', descending: false },
  title: { key: sql`a.sort_title`, type: 'text', descending: false },
  '-title': { key: sql`a.sort_title`, type: 'text', descending: true },
  '-updated': { key: sql`a.updated_at`, type: 'timestamptz', descending: true },
  updated: { key: sql`a.updated_at`, type: 'timestamptz', descending: false },
  expires: { key: sql`coalesce(a.next_expiry, 'infinity'::date)`, type: 'date', descending: false },
}

const relevance = (q: string): Key => ({
  key: sql`ts_rank(a.search, ${wordsOf(q)})`,
  type: 'real',
  descending: true,
})

function keyOf({ sort, q }: AgreementQuery): Key {
  if (sort !== undefined && sort !== 'relevance') return sorts[sort]
  if (q !== undefined) return relevance(q)
  if (sort === undefined) return sorts['-signed']
  const message = 'Relevance is relevance to words: give `q` too.'
  throw new Problem('invalid_request', message, [{ parameter: 'sort', code: 'needs_q', message }])
}

interface Order extends Key {
  from: SQL
  where: SQL | undefined
  id: SQL
}

/**
 * Where a list is read from, and in which order. That of one party, by day of signature, stands in an index of its
 * own, which has no deleted agreements; the outer join is left out by the planner when no filter looks at `a`.
 */
function orderOf(query: AgreementQuery, named: NamedIds): Order {
  const key = keyOf(query)
  const one = named.pair?.[0] ?? (named.party?.length === 1 ? named.party[0] : undefined)
  if (key !== sorts['-signed'] || one === undefined) {
    const where = and(sql`a.deleted_at is null`, matching(query, named))
    return { from: sql`agreements a`, id: sql`a.id`, where, ...key }
  }
  const rest = { ...named, pair: undefined, party: named.pair ? named.party : undefined }
  const other = named.pair && standsIn([named.pair[1]], sql`of_party.agreement_id`)
  return {
    from: sql`agreement_parties of_party left join agreements a on a.id = of_party.agreement_id`,
    key: sql`of_party.signed`,
    id: sql`of_party.agreement_id`,
    where: and(sql`of_party.party_id = ${one}`, other, matching(query, rest)),
    type: 'date',
    descending: true,
  }
}

/** A page of agreements, with one row more when there is a next one, and how many there are in all if asked. */
export async function listAgreements(db: Database, query: AgreementQuery): Promise<{ rows: Listed[]; total?: number }> {
  const named = await lookUpFilter(db, query)
  const { from, where, key, id, type, descending } = orderOf(query, named)
  const after = readCursor(query, type)
  const beyond =
    after && sql`(${key}, ${id}) ${sql.raw(descending ? '<' : '>')} (${after[0]}::${sql.raw(type)}, ${after[1]}::uuid)`
  const direction = sql.raw(descending ? 'desc' : 'asc')
  const rows = await db.query<Listed>(sql`
    select a.document, a.id, page.key::text as key from (
      select ${id} as id, ${key} as key from ${from}
      where ${and(where, beyond)}
      order by ${key} ${direction}, ${id} ${direction} limit ${limitOf(query) + 1}
    ) page join agreements a using (id) order by page.key ${direction}, a.id ${direction}`)
  if (query.count === undefined) return { rows }
  const [counted] = await db.query<{ total: string }>(
    sql`select count(*) as total from ${from} where ${where ?? sql`true`}`,
  )
  return { rows, total: Number(counted!.total) }
}

const taken = (pointer: string, what: string) => () => {
  const message = `Another agreement has this ${what}.`
  return new Problem('taken', message, [{ pointer, code: 'taken', message }])
}

export const agreementConstraints: ConstraintProblems = {
  agreements_reference_key: taken('/reference', 'reference'),
  agreement_identifiers_value_key: taken('/identifiers', 'identifier'),
}
