import type { FileHandle } from 'node:fs/promises'
import { v7 as uuidv7 } from 'uuid'
import { batchTimeouts } from '../agreements/publication/republish.ts'
import type { Database, Statement } from '../database/connect.ts'
import type { Author } from '../http/routes.ts'
import { invalidResult } from '../problems/from-zod.ts'
import { invalidQuery, Problem } from '../problems/problems.ts'
import { isUuid } from '../shared/schemas.ts'
import { collectionRegistry } from '../registry/collections/queries.ts'
import { FileError } from './files/errors.ts'
import { readFile } from './files/read-file.ts'
import type { Row, Table } from './files/table.ts'
import { findKeptMapping } from './kept/queries.ts'
import { MappingError } from './mapping/mapping-error.ts'
import { prepareMapping } from './mapping/prepare.ts'
import { Mapping } from './mapping/schemas.ts'
import type { ImportOptions } from './schemas.ts'
import { storableJson } from './storable-json.ts'

/** Maximum number of rows of a file. */
const maxRows = 500_000

/** Files with at most so many rows are worked on while the client waits. */
const maxRowsAtOnce = 200

/** Rows that are stored in one statement, and their size in UTF-16 units. */
const batch = { rows: 1000, size: 1024 * 1024 }

/** A file on disk, with the name that its sender gives it. */
export interface ReceivedFile {
  handle: FileHandle
  name: string | undefined
  /** Aborted when its sender is gone. */
  signal?: AbortSignal
}

/** An import that was stored. `worker` may claim it at once; null when it is left to the workers. */
export interface ReceivedImport {
  id: string
  worker: string | null
}

/**
 * Reads a file and stores its rows as an import, in one transaction.
 * @throws Problem 400 when the file or the mapping is not right, 413
 */
export async function receiveImport(
  db: Database,
  file: ReceivedFile,
  options: ImportOptions,
  author: Author,
): Promise<ReceivedImport> {
  const mapping = await mappingOf(db, options.mapping)
  const name = options.fileName ?? file.name
  return asProblem(async () => {
    const table = await readFile(file.handle, { name, signal: file.signal, ...readOptions(options, mapping) })
    requireSheets(options, table)
    prepareMapping(mapping, table.columns)
    const { id: collection, isNew } = await collectionOf(db, options.collection, name, author)
    const given = { table, name, collection, isNew, mapping, options, author }
    const stored = db.transaction((db) => storeImport(db, given), batchTimeouts)
    return stored.catch(async (error: unknown) => {
      if (isNew) await forgetCollection(db, collection)
      throw error
    })
  })
}

export const readOptions = (
  { encoding, separator, sheet, headerRow }: ImportOptions,
  { file = {} }: Pick<Mapping, 'file'>,
) => ({
  encoding: encoding ?? file.encoding,
  separator: separator ?? file.separator,
  sheet: sheet === undefined ? (file.sheet ?? file.sheetNumber) : /^\d{1,3}$/.test(sheet) ? Number(sheet) : sheet,
  headerRow: headerRow === undefined ? file.headerRow : Number(headerRow),
})

/** @throws FileError when a sheet is asked for, but the file has none */
export function requireSheets({ sheet }: Pick<ImportOptions, 'sheet'>, { format }: Table): void {
  if (sheet === undefined || format === 'xlsx') return
  throw new FileError('no_such_sheet', 'Must not be given: only XLSX files have sheets.')
}

/** The mapping that is sent along as JSON, or kept under a name. @throws Problem 400 */
async function mappingOf(db: Database, text: string | undefined): Promise<Mapping> {
  if (text === undefined) {
    const message = '`mapping` must be given: a mapping as JSON, or the name of one at `/v1/mappings`.'
    throw invalidQuery([{ parameter: 'mapping', code: 'required', message }])
  }
  if (!/^\s*[{["]/.test(text)) return mappingNamed(db, text)
  const read = Mapping.safeParse(parsed(text), { reportInput: true })
  if (read.success) return read.data
  const { errors } = invalidResult(read.error, Mapping)
  const told = errors.slice(0, 3).map(({ pointer, message }) => `${pointer ? `\`${pointer}\`: ` : ''}${message}`)
  throw new Problem('invalid_mapping', told.join(' '), errors)
}

async function mappingNamed(db: Database, name: string): Promise<Mapping> {
  const found = await findKeptMapping(db, name)
  if (found) return found
  const message = `There is no mapping \`${name.slice(0, 100)}\`. Send one as JSON, or keep one at \`/v1/mappings\`.`
  throw invalidQuery([{ parameter: 'mapping', code: 'unknown_mapping', message }])
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('invalid_mapping', 'The mapping must be valid JSON.')
  }
}

/** Turns errors of the file and of the mapping into problems. */
export async function asProblem<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MappingError) throw new Problem('invalid_mapping', error.message, error.issues)
    if (!(error instanceof FileError)) throw error
    const { code, message } = error
    if (code === 'too_large') throw new Problem('content_too_large', message)
    const parameter = { encoding: 'encoding', no_such_sheet: 'sheet', no_header: 'headerRow' }[code as string]
    throw new Problem('invalid_file', message, [{ ...(parameter && { parameter }), code, message }])
  }
}

interface NewImport {
  table: Table
  name: string | undefined
  /** Id of its collection. */
  collection: string
  /** Whether it was made for this import. */
  isNew: boolean
  mapping: Mapping
  options: ImportOptions
  author: Author
}

const importStatement: Statement = {
  name: 'store-import',
  text: `insert into imports (id, collection_id, file_name, format, columns, mapping, mode, atomic, dry_run,
      unknown_parties, status, rows, actor, note, made_collection, partial)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', 0, $11, $12, $13, $14)`,
}

const countStatement: Statement = {
  name: 'count-import-rows',
  text: `update imports set rows = $2, worker = $3,
      lease_until = case when $3::uuid is not null then statement_timestamp() + interval '20 seconds' end
    where id = $1`,
}

async function storeImport(
  db: Database,
  { table, name, collection, isNew, mapping, options, author }: NewImport,
): Promise<ReceivedImport> {
  const id = uuidv7()
  await db.query(importStatement, [
    id,
    collection,
    name ?? null,
    table.format,
    storableJson(table.columns),
    storableJson(mapping),
    options.mode ?? 'create',
    options.atomic !== 'false',
    options.dryRun === 'true',
    options.unknownParties ?? 'refuse',
    author.actor,
    author.note,
    isNew,
    options.partial === undefined ? table.isReturned : options.partial === 'true',
  ])
  const rows = await storeRows(db, id, table.rows)
  const worker = rows <= maxRowsAtOnce ? uuidv7() : null
  await db.query(countStatement, [id, rows, worker])
  return { id, worker }
}

const rowsStatement: Statement = {
  name: 'store-import-rows',
  text: `insert into import_rows (import_id, number, raw, size, errors)
    select $1, number, raw, octet_length(raw::text), errors
    from json_to_recordset($2::json) r (number int, raw json, errors json)`,
}

/** @returns their number */
async function storeRows(db: Database, id: string, rows: AsyncIterable<Row>): Promise<number> {
  let [next, size, count]: [string[], number, number] = [[], 0, 0]
  const flush = async () => {
    if (next.length > 0) await db.query(rowsStatement, [id, `[${next.join(',')}]`])
    ;[next, size] = [[], 0]
  }
  for await (const { number, raw, errors } of rows) {
    if (number > maxRows) throw new FileError('too_large', `The file must have at most ${maxRows} rows.`)
    const row = storableJson({ number, raw, errors: errors.length > 0 ? errors : null })
    next.push(row)
    size += row.length
    count += 1
    if (next.length >= batch.rows || size >= batch.size) await flush()
  }
  await flush()
  if (count === 0) throw new FileError('empty_file', 'The file has no rows below its header.')
  return count
}

/**
 * The id of the collection that is named; otherwise of the one named after the file, which is made when there is none.
 * @throws Problem 400 when there is none of that id or code
 */
async function collectionOf(
  db: Database,
  named: string | undefined,
  fileName: string | undefined,
  author: Author,
): Promise<{ id: string; isNew: boolean }> {
  if (named !== undefined) return { id: await collectionNamed(db, named, makeOne), isNew: false }
  const name = (fileName ?? `Import of ${new Date().toISOString()}`)
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, 200)
    .toWellFormed()
    .trim()
  return db.transaction(async (db) => {
    // Two imports of one file at once are in one collection.
    await db.query(lockName, [name])
    const [known] = await db.query<{ id: string }>(collectionOfFile, [name])
    if (known) return { id: known.id, isNew: false }
    const unknown = { publisher: null, url: null, licence: null, asOf: null, note: null, listed: true }
    const { id } = await collectionRegistry.create(db, { name: name || 'Import', ...unknown }, author)
    return { id, isNew: true }
  })
}

const lockName: Statement = {
  name: 'lock-collection-name',
  text: `select pg_advisory_xact_lock(hashtextextended('collection:' || $1, 0))`,
}

const collectionOfFile: Statement = {
  name: 'collection-of-file',
  text: 'select id from collections where name = $1 and publisher is null and as_of is null order by id limit 1',
}

/** Deletes the collection of an import that was not stored, unless another import uses it by now. */
const forgetCollection = (db: Database, id: string): Promise<unknown> =>
  db
    .query(
      {
        name: 'forget-unused-collection',
        text: 'delete from collections c where id = $1 and not exists (select from imports where collection_id = c.id)',
      },
      [id],
    )
    .catch(() => {})

const makeOne =
  ' Create it with `POST /v1/collections`, or leave `collection` out: the rows then belong to one named after the file.'

/**
 * The id of the collection with this id or code.
 * @param hint what would do when there is none
 * @throws Problem 400 when there is none
 */
export async function collectionNamed(db: Database, named: string, hint = ''): Promise<string> {
  const text = `select id from collections where ${isUuid(named) ? 'id = $1::uuid' : 'lower(code) = lower($1)'}`
  const [found] = await db.query<{ id: string }>({ name: `collection-${isUuid(named)}`, text }, [named])
  if (found) return found.id
  const message = `There is no collection \`${named}\`.${hint}`
  throw invalidQuery([{ parameter: 'collection', code: 'unknown_code', message }])
}
