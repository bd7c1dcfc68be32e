import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { batchTimeouts } from '../agreements/publication/republish.ts'
import { type Listed, limitOf, readCursor, totalOf } from '../http/paging.ts'
import type { ConstraintProblems } from '../problems/from-error.ts'
import { Problem } from '../problems/problems.ts'
import { finish, skipRest } from './finish.ts'
import { collectionNamed } from './receive.ts'
import type { Import, ImportCounts, ImportQuery, ImportRow, ImportRowQuery } from './schemas.ts'
import { verdicts } from './tables.ts'

const noImport = (id: string): Problem => new Problem('not_found', `There is no import ${id}.`)

/** How many notes of each kind are told. */
const maxNotes = 200

const notes = (kind: string, max: number): SQL => sql`(
  select coalesce(json_agg(json_build_object('rows', n.rows, 'firstRows', n.first_rows, 'details', n.details)
    order by n.rows desc, n.key), '[]')
  from (
    select rows, key, first_rows, details from import_notes
    where import_id = i.id and kind = ${kind} order by rows desc, key limit ${max}
  ) n)`

interface Note {
  rows: number
  firstRows: number[]
  details: object
}

interface Row extends Omit<
  Import,
  'counts' | 'gone' | 'unmatchedParties' | 'addedParties' | 'unusedColumns' | 'otherValues'
> {
  counts: Record<string, number>
  parties: Note[]
  added: Note[]
  columns: Note[]
  values: Note[]
}

const instantText = (column: string): SQL =>
  sql.raw(`to_char(i.${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)

/** Rows are counted while it runs; when it has ended, the counts are stored. */
const select = (where: SQL): SQL => sql`
  select i.id, case when c.id is not null then json_build_object('id', c.id, 'code', c.code, 'name', c.name) end
      as collection,
    i.file_name as "fileName", i.format, i.mode, i.atomic, i.dry_run as "dryRun", i.unknown_parties as "unknownParties",
    i.partial, i.status, i.phase, i.position as processed, i.rows, i.failure, i.actor as "createdBy", i.note,
    ${instantText('created_at')} as "createdAt", ${instantText('started_at')} as "startedAt",
    ${instantText('finished_at')} as "finishedAt", i.cancelled_by as "cancelledBy",
    coalesce(i.counts, (
      select json_object_agg(verdict, rows) from (
        select verdict, count(*)::int as rows from import_rows
        where import_id = i.id and verdict is not null group by verdict
      ) counted
    ), '{}') as counts,
    coalesce((select rows from import_notes where import_id = i.id and kind = 'similar'), 0) as "similarRows",
    ${notes('party', maxNotes)} as parties, ${notes('added', 1000)} as added,
    ${notes('column', 1000)} as columns, ${notes('value', maxNotes)} as "values"
  from imports i left join collections c on c.id = i.collection_id where ${where}`

function representation({ counts, parties, added, columns, values, ...row }: Row): Import {
  const told = (all: Note[]) => all.map(({ details, rows, firstRows }) => ({ ...details, rows, firstRows }))
  const byVerdict = Object.fromEntries(verdicts.map((verdict) => [verdict, counts[verdict] ?? 0]))
  const decided = verdicts.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0)
  return {
    ...row,
    phase: row.status === 'running' ? row.phase : null,
    counts: { ...byVerdict, pending: row.rows - decided } as ImportCounts,
    gone: counts['gone'] ?? 0,
    unmatchedParties: told(parties) as Import['unmatchedParties'],
    addedParties: told(added) as Import['addedParties'],
    unusedColumns: told(columns) as Import['unusedColumns'],
    otherValues: told(values) as Import['otherValues'],
  }
}

/** @throws Problem 404 */
export async function readImport(db: Database, id: string): Promise<Import> {
  const [row] = await db.query<Row>(select(sql`i.id = ${id}`))
  if (!row) throw noImport(id)
  return representation(row)
}

/** A page of imports, newest first. @throws Problem 400 */
export async function listImports(
  db: Database,
  query: ImportQuery,
): Promise<{ rows: Listed[]; total: number | undefined }> {
  const after = readCursor('imports', query, 'text')
  const collection = query.collection === undefined ? undefined : await collectionNamed(db, query.collection)
  const matches = sql`(${query.status ?? null}::text is null or i.status = ${query.status ?? null})
    and (${collection ?? null}::uuid is null or i.collection_id = ${collection ?? null}::uuid)`
  const rows = await db.query<Row>(sql`
    ${select(sql`${matches} and (${after?.id ?? null}::uuid is null or i.id < ${after?.id ?? null}::uuid)`)}
    order by i.id desc limit ${limitOf(query) + 1}`)
  return {
    rows: rows.map((row) => ({ id: row.id, key: '', document: JSON.stringify(representation(row)) })),
    total: await totalOf(query, async () => {
      const [counted] = await db.query<{ total: number }>(
        sql`select count(*)::int as total from imports i where ${matches}`,
      )
      return counted!.total
    }),
  }
}

interface RowOfFile {
  number: number
  verdict: ImportRow['verdict']
  rowKey: string | null
  agreement: string | null
  details: (Pick<ImportRow, 'reason' | 'errors' | 'warnings'> & Partial<Pick<ImportRow, 'similar'>>) | null
  raw: unknown
}

const whichRows = (id: string, verdict: ImportRowQuery['verdict']): SQL =>
  verdict === 'pending'
    ? sql`import_id = ${id} and verdict is null`
    : sql`import_id = ${id} and (${verdict ?? null}::text is null or verdict = ${verdict ?? null})`

/** Rows after a number, in their order: at most `max`, and 4 MB. */
async function rowsAfter(
  db: Database,
  id: string,
  { verdict, after, max }: { verdict: ImportRowQuery['verdict']; after: number; max: number },
): Promise<(RowOfFile & { fits: boolean })[]> {
  return db.query(sql`
    select number, coalesce(verdict, 'pending') as verdict, row_key as "rowKey", agreement_id as agreement, details,
      case when fits then raw end as raw, fits
    from (
      select *, sum(size + 1000) over (order by number) - size <= ${4 * 1024 * 1024} as fits from (
        select * from import_rows where ${whichRows(id, verdict)} and number > ${after} order by number limit ${max}
      ) next
    ) sized order by number`)
}

/** A page of the rows of an import, in the order of the file. @throws Problem 400, 404 */
export async function listRows(
  db: Database,
  id: string,
  query: ImportRowQuery,
): Promise<{ rows: (Listed | (Pick<Listed, 'key' | 'id'> & { document: null }))[]; total: number | undefined }> {
  const after = readCursor(`imports/${id}/rows`, query, 'integer')
  await requireImport(db, id)
  const max = limitOf(query) + 1
  const rows = await rowsAfter(db, id, { verdict: query.verdict, after: Number(after?.key ?? 0), max })
  return {
    rows: rows.map((row) => ({ id, key: String(row.number), document: row.fits ? JSON.stringify(rowOf(row)) : null })),
    total: await totalOf(query, async () => {
      const [counted] = await db.query<{ total: number }>(
        sql`select count(*)::int as total from import_rows where ${whichRows(id, query.verdict)}`,
      )
      return counted!.total
    }),
  }
}

const rowOf = ({ number, verdict, rowKey, agreement, details, raw }: RowOfFile): ImportRow => ({
  row: verdict === 'gone' ? null : number,
  verdict,
  reason: details?.reason ?? null,
  rowKey,
  agreement,
  errors: details?.errors ?? [],
  warnings: details?.warnings ?? [],
  similar: details?.similar ?? [],
  raw,
})

/** @throws Problem 404 */
async function requireImport(db: Database, id: string): Promise<void> {
  const [row] = await db.query(sql`select from imports where id = ${id}`)
  if (!row) throw noImport(id)
}

/** What the CSV of rows is made of. */
export interface FileShape {
  format: Import['format']
  columns: string[]
  /** The column with the titles; null when none has them as they are. */
  titleColumn: string | null
}

/** @throws Problem 404 */
export async function shapeOf(db: Database, id: string): Promise<FileShape> {
  const [row] = await db.query<FileShape>(
    sql`select format, columns, mapping #>> '{title,column}' as "titleColumn" from imports where id = ${id}`,
  )
  if (!row) throw noImport(id)
  return row
}

/** All rows with a verdict, some at a time; every batch is read when the one before was used. */
export async function* allRows(
  db: Database,
  id: string,
  verdict: ImportRowQuery['verdict'],
): AsyncGenerator<ImportRow[]> {
  for (let after = 0; ;) {
    const rows = (await rowsAfter(db, id, { verdict, after, max: 500 })).filter(({ fits }) => fits)
    if (rows.length === 0) return
    yield rows.map(rowOf)
    after = rows.at(-1)!.number
  }
}

const hasEnded = (id: string, status: string): Problem =>
  new Problem('ended', `Import ${id} has ended: it is \`${status}\`.`)

/**
 * Cancels an import. One that a process works on ends within seconds.
 * @throws Problem 404, 409 when it has ended
 */
export const cancelImport = (db: Database, id: string, actor: string | null): Promise<void> =>
  db.transaction(async (db) => {
    const [row] = await db.query<{ status: string; atomic: boolean; idle: boolean }>(sql`
      select status, atomic or dry_run as atomic, coalesce(lease_until < statement_timestamp(), true) as idle
      from imports where id = ${id} for update`)
    if (!row) throw noImport(id)
    if (row.status !== 'queued' && row.status !== 'running') throw hasEnded(id, row.status)
    await db.query(sql`update imports set cancel_requested = true, cancelled_by = ${actor} where id = ${id}`)
    if (!row.idle) return
    await skipRest(db, id, 'The import was cancelled.', row.atomic)
    await finish(db, id, 'cancelled')
  }, batchTimeouts)

/**
 * Deletes an import with its raw rows. The agreements stay, and so do the keys of their rows.
 * @throws Problem 404, 409 while it runs
 */
export const deleteImport = (db: Database, id: string): Promise<void> =>
  db.transaction(async (db) => {
    const [row] = await db.query<{ status: string }>(sql`select status from imports where id = ${id} for update`)
    if (!row) throw noImport(id)
    if (row.status === 'queued' || row.status === 'running')
      throw new Problem('in_use', `Import ${id} has not ended. Cancel it first.`)
    await db.query(sql`delete from imports where id = ${id}`)
  }, batchTimeouts)

export const importConstraints: ConstraintProblems = {
  imports_collection_fk: () => new Problem('in_use', 'Imports belong to this collection. Delete them first.'),
}
