import type { Database, Statement } from '../database/connect.ts'
import { storableJson } from './storable-json.ts'

/** From which row an agreement comes. */
export interface Origin {
  rowKey: string
  agreementId: string
  rowHash: string
  mappingHash: string
  /** Whether the agreement was deleted. */
  deleted: boolean
}

const byKeys: Statement = {
  name: 'origins-by-key',
  text: `select o.row_key as "rowKey", o.agreement_id as "agreementId", o.row_hash as "rowHash",
      o.mapping_hash as "mappingHash", a.deleted_at is not null as deleted
    from agreement_origins o join agreements a on a.id = o.agreement_id
    where o.collection_id = $1 and o.row_key = any($2::text[])`,
}

/** What earlier imports of the collection made of rows with these keys, by key. */
export async function originsOf(db: Database, collectionId: string, keys: string[]): Promise<Map<string, Origin>> {
  if (keys.length === 0) return new Map()
  const rows = await db.query<Origin>(byKeys, [collectionId, keys])
  return new Map(rows.map((row) => [row.rowKey, row]))
}

const storeStatement: Statement = {
  name: 'store-origins',
  text: `insert into agreement_origins
      (collection_id, row_key, agreement_id, import_id, row_number, row_hash, mapping_hash)
    select $1, r."rowKey", r."agreementId", $2, r.number, r."rowHash", $3
    from json_to_recordset($4::json) r ("rowKey" text, "agreementId" uuid, number int, "rowHash" text)
    on conflict (collection_id, row_key) do update set agreement_id = excluded.agreement_id,
      import_id = excluded.import_id, row_number = excluded.row_number, row_hash = excluded.row_hash,
      mapping_hash = excluded.mapping_hash
    where agreement_origins.agreement_id = excluded.agreement_id returning row_key`,
}

/** Another import made an agreement of a row meanwhile. The transaction must be repeated: the row is known then. */
export class OriginTaken extends Error {
  override name = 'OriginTaken'
}

/** A row of which an agreement was made. */
export interface NewOrigin {
  rowKey: string
  agreementId: string
  number: number
  rowHash: string
}

/**
 * Stores from which rows agreements come. This is the place that ties an agreement to its collection.
 * @throws OriginTaken when one of the rows belongs to another agreement
 */
export async function storeOrigins(
  db: Database,
  { collectionId, id, mappingHash }: { collectionId: string; id: string; mappingHash: string },
  origins: NewOrigin[],
): Promise<void> {
  if (origins.length === 0) return
  const stored = await db.query(storeStatement, [collectionId, id, mappingHash, storableJson(origins)])
  if (stored.length < origins.length) throw new OriginTaken()
}
