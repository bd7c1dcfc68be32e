import { createPatch } from 'rfc6902'
import { notFound } from '../agreements/publication/publish.ts'
import type { Database, Statement } from '../database/connect.ts'
import { type Listed, limitOf, readCursor } from '../http/paging.ts'
import { Problem } from '../problems/problems.ts'
import type { VersionEntry, VersionsQuery } from './schemas.ts'

interface Row extends Omit<VersionEntry, 'changes'> {
  document: string | null
}

const columns = `version, operation, cause, actor, note,
  to_char(published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "publishedAt", document`

/** The latest first, from below `$2`; each with the document of the last one before it that has one. */
const page: Statement = {
  name: 'versions-page',
  text: `select ${columns}, (
      select document from agreement_versions before
      where before.agreement_id = v.agreement_id and before.version < v.version and before.document is not null
      order by before.version desc limit 1
    ) as before
    from agreement_versions v where agreement_id = $1 and version < $2 order by version desc limit $3`,
}

const one: Statement = {
  name: 'version',
  text: `select ${columns} from agreement_versions where agreement_id = $1 and version = $2`,
}

/** No agreement has as many versions. */
const beyond = 2 ** 31 - 1

/** A page of the history of an agreement, deleted ones included. @throws Problem 404 */
export async function listVersions(db: Database, id: string, query: VersionsQuery): Promise<Listed[]> {
  const below = readCursor(`agreements/${id}/versions`, query, 'integer')?.key ?? String(beyond)
  const rows = await db.query<Row & { before: string | null }>(page, [id, below, limitOf(query) + 1])
  if (rows.length === 0 && below === String(beyond)) throw notFound(id)
  return rows.map(({ document, before, ...entry }) => ({
    id,
    key: String(entry.version),
    document: JSON.stringify({ ...entry, changes: changes(before, document) }),
  }))
}

const changes = (before: string | null, document: string | null): object[] =>
  before === null || document === null ? [] : createPatch(JSON.parse(before), JSON.parse(document))

/** One version, as JSON text, the document passed through. @throws Problem 404 */
export async function readVersion(db: Database, id: string, version: string): Promise<string> {
  const [row] = await db.query<Row>(one, [id, version])
  if (!row) throw new Problem('not_found', `There is no version ${version} of the agreement ${id}.`)
  const { document, ...entry } = row
  return `${JSON.stringify(entry).slice(0, -1)},"document":${document ?? 'null'}}`
}
