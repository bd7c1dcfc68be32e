import { and, type SQL, sql } from 'drizzle-orm'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import { countMatching, lookUpFilter, matching } from '../agreements/list/where.ts'
import { inCurrentFormat, type StoredDocument } from '../agreements/publication/upcast.ts'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'

/** How much of it is in memory at once: so many documents, and no more once they hold so many bytes. */
const batch = { documents: 200, bytes: 512 * 1024 }

/** What an export is of. */
export interface Selection {
  total: number
  /** What the words were taken for, or would find something; null where that is what they say. */
  didYouMean: string | null
}

interface Reader {
  /** Told of what, before the first batch. */
  begin: (selection: Selection) => void
  /** Told the documents of a batch, as JSON text; the next is read when it is done. */
  take: (documents: string[]) => Promise<void>
  /** How long that may take, in milliseconds: the database gives the reading up after it. */
  longestPause: number
}

/** Reads all that match in one read-only snapshot, in the order of their ids, a batch at a time. */
export async function readAll(
  db: Database,
  filter: AgreementFilter,
  { begin, take, longestPause }: Reader,
): Promise<void> {
  const named = await lookUpFilter(db, filter)
  const where = matching(filter, named) ?? sql`true`
  const readBatches = async (db: Database): Promise<void> => {
    begin({ total: await countMatching(db, filter, named), didYouMean: named.words?.didYouMean ?? null })
    for (let after: string | undefined; ;) {
      const rows: Row[] = await inCurrentFormat(await db.query<Row>(batchAfter(after, where)))
      if (rows.length === 0) return
      await take(rows.map(({ document }) => document))
      after = rows.at(-1)!.id
    }
  }
  await db.transaction(readBatches, { readOnly: true, limits: { idle: longestPause } })
}

interface Row extends StoredDocument {
  id: string
}

const batchAfter = (after: string | undefined, where: SQL): SQL => sql`
  select id, document, format from (
    select d.id, d.document, d.format,
      sum(octet_length(d.document)) over (order by d.id) - octet_length(d.document) as "before"
    from agreement_listings a join agreements d on d.id = a.agreement_id where ${and(
      where,
      when(after, (id) => sql`a.agreement_id > ${id}`),
    )}
    order by d.id limit ${batch.documents}
  ) batch where "before" < ${batch.bytes} order by id`
