import { setImmediate } from 'node:timers/promises'
import { notFound } from '../agreements/publication/publish.ts'
import { currentDocument, inCurrentFormat } from '../agreements/publication/upcast.ts'
import type { Database, Statement } from '../database/connect.ts'
import { type Listed, limitOf, readCursor } from '../http/paging.ts'
import { Problem } from '../problems/problems.ts'
import { turnFor } from '../shared/turn.ts'
import { patchBetween } from './patch.ts'
import type { VersionEntry, VersionsQuery } from './schemas.ts'

type Entry = Omit<VersionEntry, 'changes'>

interface Row extends Entry {
  document: string | null
  format: number
}

const columns = `version, operation, cause, actor, note,
  to_char(published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "publishedAt", document, format`

/** Of the `$3` latest below `$2`, the first ones until they hold `$4` bytes; `there` tells how many there are of those. */
const batchBelow: Statement = {
  name: 'versions-below',
  text: `select ${columns}, there::int from (
      select *, count(*) over () as there,
        sum(octet_length(document)) over (order by version desc rows between unbounded preceding and 1 preceding) as ahead
      from (select * from agreement_versions where agreement_id = $1 and version < $2 order by version desc limit $3) v
    ) batch where coalesce(ahead, 0) < $4 order by version desc`,
}

const one: Statement = {
  name: 'version',
  text: `select ${columns} from agreement_versions where agreement_id = $1 and version = $2`,
}

/** No agreement has as many versions. */
const beyond = 2 ** 31 - 1

/** How many bytes of documents are read at once; one document can be larger. */
const batchBytes = 512 * 1024

/** A page ends early when its changes are so long, or the documents that were read for them, in UTF-16 units. */
const enough = { changes: 2 ** 20, documents: 2 ** 23 }

/** A page of a history, with one row more when there is a next one. */
export interface VersionsPage {
  rows: Listed[]
  /** How many of the rows are shown. */
  shown: number
}

/** A version whose document is to be compared with the one before it. */
interface Later {
  entry: Entry
  document: object
  row: Listed
}

/**
 * A page of the history of an agreement, deleted ones included. Each document is read once, and other requests have a
 * turn between one and the next: a document can have megabytes.
 * @throws Problem 404
 */
export async function listVersions(db: Database, id: string, query: VersionsQuery): Promise<VersionsPage> {
  const below = readCursor(`agreements/${id}/versions`, query, 'integer')?.key
  const most = limitOf(query)
  const page: VersionsPage = { rows: [], shown: 0 }
  const used = { changes: 0, documents: 0 }
  let later: Later | undefined
  for await (const { document: text, format, ...entry } of versionsBelow(db, id, Number(below ?? beyond), most + 1)) {
    const document = text === null ? null : currentDocument({ document: text, format })
    used.documents += text?.length ?? 0
    if (later && document !== null) {
      await setImmediate()
      later.row.document = textOf(later.entry, patchBetween(document, later.document))
      used.changes += later.row.document.length
      later = undefined
    }
    const isFull = page.shown === most || used.changes >= enough.changes || used.documents >= enough.documents
    if (page.rows.length === page.shown) page.rows.push({ id, key: String(entry.version), document: textOf(entry, []) })
    if (page.shown > 0 && isFull) {
      if (later) continue
      break
    }
    page.shown += 1
    if (document !== null) later = { entry, document, row: page.rows.at(-1)! }
  }
  if (page.rows.length === 0 && below === undefined) throw notFound(id)
  return page
}

const textOf = (entry: Entry, changes: object[]): string => JSON.stringify({ ...entry, changes })

/** The versions below one, the latest first; `most` are looked for at once. Others have a turn before each. */
async function* versionsBelow(db: Database, id: string, version: number, most: number): AsyncGenerator<Row> {
  for (let below = version; ;) {
    const batch = await db.query<Row & { there: number }>(batchBelow, [id, below, most, batchBytes])
    for (const { there: _, ...row } of batch) {
      await setImmediate()
      yield row
      below = row.version
    }
    const there = batch[0]?.there ?? 0
    if (there < most && batch.length === there) return
  }
}

/** One version, as JSON text, the document in the current format. @throws Problem 404 */
export async function readVersion(db: Database, id: string, version: string): Promise<string> {
  const [row] = await inCurrentFormat(await db.query<Row>(one, [id, version]))
  if (!row) throw new Problem('not_found', `There is no version ${version} of the agreement ${id}.`)
  const { document, format: _, ...entry } = row
  await turnFor(document?.length ?? 0)
  return `${JSON.stringify(entry).slice(0, -1)},"document":${document ?? 'null'}}`
}
