import { and, type SQL, sql } from 'drizzle-orm'
import { readAsHeld } from '../agreements/list/as-held.ts'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import { lookUpFilter } from '../agreements/list/lookup-filter.ts'
import { countMatching, matching } from '../agreements/list/where.ts'
import { inCurrentFormat, type StoredDocument } from '../agreements/publication/upcast.ts'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'

/** Maximum number and total bytes of the documents in memory at the same time. */
const batch = { documents: 200, bytes: 512 * 1024 }

/** What an export contains. */
export interface Selection {
  total: number
  /** The corrected search, or one that would find something; null when `q` was searched as given. */
  didYouMean: string | null
}

interface Reader {
  /** Called before the first batch. */
  begin: (selection: Selection) => void
  /** Called with the documents of each batch, as JSON text. The next batch is read when it resolves. */
  take: (documents: string[]) => Promise<void>
  /** How long `take` may take, in milliseconds, before the database aborts the transaction. */
  maxPause: number
}

/** Reads all matches in one read-only snapshot, ordered by id, in batches. */
export async function readAll(db: Database, filter: AgreementFilter, { begin, take, maxPause }: Reader): Promise<void> {
  const named = await lookUpFilter(db, filter)
  const where = matching(filter, named) ?? sql`true`
  const readBatches = async (db: Database): Promise<void> => {
    const held = filter.asOf === undefined ? undefined : await readAsHeld<Held>(db, filter.asOf, allIn(where))
    const total = held?.length ?? (await countMatching(db, filter, named))
    begin({ total, didYouMean: named.words?.didYouMean ?? null })
    for (let after: Row | undefined, done = 0; ;) {
      const next = held ? batchOf(held.slice(done, done + batch.documents)) : batchAfter(after?.id, where)
      const rows: Row[] = await inCurrentFormat(await db.query<Row>(next))
      if (rows.length === 0) return
      await take(rows.map(({ document }) => document))
      after = rows.at(-1)
      done += rows.length
    }
  }
  await db.transaction(readBatches, { readOnly: true, limits: { idle: maxPause } })
}

interface Row extends StoredDocument {
  id: string
}

/** A version of an agreement. */
interface Held {
  id: string
  version: number
}

const allIn = (where: SQL): SQL => sql`
  select a.agreement_id as id, a.version from agreement_listings a where ${where} order by a.agreement_id`

const batchAfter = (after: string | undefined, where: SQL): SQL =>
  fitting(sql`
    select d.id, d.document, d.format
    from agreement_listings a join agreements d on d.id = a.agreement_id where ${and(
      where,
      when(after, (id) => sql`a.agreement_id > ${id}`),
    )}`)

const batchOf = (held: Held[]): SQL =>
  fitting(sql`
    select v.agreement_id as id, v.document, v.format
    from unnest(${sql.param(held.map(({ id }) => id))}::uuid[], ${sql.param(held.map(({ version }) => version))}::integer[])
      w (id, version) join agreement_versions v on v.agreement_id = w.id and v.version = w.version`)

/** The first documents, as many as fit into a batch. */
const fitting = (documents: SQL): SQL => sql`
  select id, document, format from (
    select d.id, d.document, d.format,
      sum(octet_length(d.document)) over (order by d.id) - octet_length(d.document) as "before"
    from (${documents}) d order by d.id limit ${batch.documents}
  ) batch where "before" < ${batch.bytes} order by id`
