import type { Database, Statement } from '../../database/connect.ts'
import { columnsOf, list, toJson } from '../../database/sql.ts'
import { turnFor } from '../../shared/turn.ts'
import { timelineOf } from '../time/timeline.ts'
import { asBatch, batch } from './batches.ts'
import { lifeOfDocument } from './life.ts'
import { listedWith, listingOf } from './list-row.ts'
import { agreementVersionListings } from './tables.ts'
import { currentDocument, type StoredDocument } from './upcast.ts'

interface Key {
  id: string
  version: number
}

const nextVersions: Statement = {
  name: 'versions-to-list',
  text: asBatch(
    'id, version',
    `select t.agreement_id as id, t.version, octet_length(v.document) as size
    from versions_to_list t join agreement_versions v on v.agreement_id = t.agreement_id and v.version = t.version
    order by t.agreement_id, t.version limit ${batch.agreements} for update of t skip locked`,
  ),
}

const documentsStatement: Statement = {
  name: 'documents-to-list',
  text: `select v.document, v.format from unnest($1::uuid[], $2::integer[]) w (id, version)
    join agreement_versions v on v.agreement_id = w.id and v.version = w.version`,
}

const columns = columnsOf(agreementVersionListings, ['search'])

/** The words for full-text search are not known: they depend on the aliases of the signatories then. */
const storeStatement: Statement = {
  name: 'store-listings-of-versions',
  text: `with done as (
      delete from versions_to_list t using unnest($2::uuid[], $3::integer[]) w (id, version)
      where t.agreement_id = w.id and t.version = w.version
    )
    insert into agreement_version_listings (${list(columns)}, search)
    select ${list(columns, 'r.')}, ''::tsvector from json_populate_recordset(null::agreement_version_listings, $1::json) r
    where not exists (select from collections c where c.id = r.collection_id and not c.listed)
    on conflict do nothing`,
}

/**
 * Adds the listings of one batch of versions that have none, from their documents. Questions with `asOf` are answered when
 * none is left.
 * @returns the number of versions
 */
export const listOldVersions = (db: Database): Promise<number> =>
  db.transaction(async (db) => {
    const keys = await db.query<Key>(nextVersions)
    if (keys.length === 0) return 0
    const own = [keys.map(({ id }) => id), keys.map(({ version }) => version)]
    const rows: object[] = []
    for (const stored of await db.query<StoredDocument>(documentsStatement, own)) {
      await turnFor(stored.document.length)
      const document = currentDocument(stored)
      const { id: agreementId, version } = document
      const listing = listingOf(document, timelineOf(lifeOfDocument(document)))
      rows.push({ agreementId, version, ...listedWith(document), ...listing })
    }
    await db.query(storeStatement, [toJson(columns, rows), ...own])
    return keys.length
  })
