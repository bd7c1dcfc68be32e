import { setImmediate } from 'node:timers/promises'
import { noAgreement } from '../agreements/queries.ts'
import { currentDocument, inCurrentFormat } from '../agreements/publication/upcast.ts'
import type { Database, Statement } from '../database/connect.ts'
import { type Listed, limitOf, readCursor } from '../http/paging.ts'
import { Problem } from '../problems/problems.ts'
import { turnFor } from '../shared/turn.ts'
import { changesBetween, type FieldChange } from './changes.ts'
import { type Operation, patchBetween } from './patch.ts'
import type { VersionEntry, VersionsQuery } from './schemas.ts'

type Entry = Omit<VersionEntry, 'changes' | 'patch'>

interface Row extends Entry {
  document: string | null
  format: number
}

const columns = `version, operation, cause, actor, note,
  to_char(published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "publishedAt", document, format`

/** The `$3` latest versions below `$2`, up to `$4` bytes; `found` is how many there are without the limit in bytes. */
const batchBelow: Statement = {
  name: 'versions-below',
  text: `select ${columns}, found::int from (
      select *, count(*) over () as found,
        sum(octet_length(document)) over (order by version desc rows between unbounded preceding and 1 preceding) as ahead
      from (select * from agreement_versions where agreement_id = $1 and version < $2 order by version desc limit $3) v
    ) batch where coalesce(ahead, 0) < $4 order by version desc`,
}

const one: Statement = {
  name: 'version',
  text: `select ${columns} from agreement_versions where agreement_id = $1 and version = $2`,
}

const countOf: Statement = {
  name: 'count-versions',
  text: `select count(*)::int as total from agreement_versions where agreement_id = $1`,
}

/** How many versions an agreement has. */
export async function countVersions(db: Database, id: string): Promise<number> {
  const [counted] = await db.query<{ total: number }>(countOf, [id])
  return counted!.total
}

/** Larger than any version number. */
const aboveAllVersions = 2 ** 31 - 1

/** Maximum bytes of documents read at once, unless a single document is larger. */
const maxBatchBytes = 512 * 1024

/** A page ends early when its changes, or the documents read to compute them, exceed this many UTF-16 units. */
const maxUnits = { changes: 3 * 2 ** 20, documents: 2 ** 23 }

/** A page of a history; one extra row when there is a next page. */
export interface VersionsPage {
  rows: Listed[]
  /** Number of rows on the page, without the extra one. */
  shown: number
}

/** A version whose document is still to be compared with the previous one. */
interface Later {
  entry: Entry
  document: object
  row: Listed
}

/**
 * A page of the history of an agreement, also a deleted one. Each document is read once. Yields to other requests between
 * documents, which can be megabytes long.
 * @throws Problem 404
 */
export async function listVersions(db: Database, id: string, query: VersionsQuery): Promise<VersionsPage> {
  const below = readCursor(`agreements/${id}/versions`, query, 'integer')?.key
  const max = limitOf(query)
  const page: VersionsPage = { rows: [], shown: 0 }
  const used = { changes: 0, documents: 0 }
  let later: Later | undefined
  for await (const { document: text, format, ...entry } of versionsBelow(
    db,
    id,
    Number(below ?? aboveAllVersions),
    max + 1,
  )) {
    const document = text === null ? null : currentDocument({ document: text, format })
    used.documents += text?.length ?? 0
    if (later && document !== null) {
      await setImmediate()
      const patch = patchBetween(document, later.document)
      await setImmediate()
      later.row.document = textOf(later.entry, changesBetween(document, later.document), patch)
      used.changes += later.row.document.length
      later = undefined
    }
    const isFull = page.shown === max || used.changes >= maxUnits.changes || used.documents >= maxUnits.documents
    if (page.rows.length === page.shown)
      page.rows.push({ id, key: String(entry.version), document: textOf(entry, [], []) })
    if (page.shown > 0 && isFull) {
      if (later) continue
      break
    }
    page.shown += 1
    if (document !== null) later = { entry, document, row: page.rows.at(-1)! }
  }
  if (page.rows.length === 0 && below === undefined) throw noAgreement(id)
  return page
}

const textOf = (entry: Entry, changes: FieldChange[], patch: Operation[]): string =>
  JSON.stringify({ ...entry, changes, patch })

/** The versions below `version`, latest first, in batches of at most `max`. Yields to other requests before each. */
async function* versionsBelow(db: Database, id: string, version: number, max: number): AsyncGenerator<Row> {
  for (let below = version; ;) {
    const batch = await db.query<Row & { found: number }>(batchBelow, [id, below, max, maxBatchBytes])
    for (const { found: _, ...row } of batch) {
      await setImmediate()
      yield row
      below = row.version
    }
    const found = batch[0]?.found ?? 0
    if (found < max && batch.length === found) return
  }
}

/** One version as JSON text, with its document in the current format. @throws Problem 404 */
export async function readVersion(db: Database, id: string, version: string): Promise<string> {
  const [row] = await inCurrentFormat(await db.query<Row>(one, [id, version]))
  if (!row) throw new Problem('not_found', `There is no version ${version} of agreement ${id}.`)
  const { document, format: _, ...entry } = row
  await turnFor(document?.length ?? 0)
  return `${JSON.stringify(entry).slice(0, -1)},"document":${document ?? 'null'}}`
}
