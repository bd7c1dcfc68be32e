import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { batchTimeouts } from '../../agreements/publication/republish.ts'
import type { Database, Statement } from '../../database/connect.ts'
import { Problem } from '../../problems/problems.ts'
import { storableJson } from '../storable-json.ts'
import { Upload } from '../upload.ts'

/** For how many hours a file waits after it was last worked with. */
export const waitingHours = 24

/** Maximum number of files of one actor that wait. */
const maxWaiting = 50

/** Of a piece of a file, in bytes. */
const pieceSize = 1024 * 1024

/** A file that waits. `Head` and `Plan` belong to the pages. */
export interface WaitingFile<Head, Plan> {
  id: string
  name: string
  head: Head
  plan: Plan
  dryRunId: string | null
  importId: string | null
}

interface NewFile {
  handle: FileHandle
  name: string
  head: object
  plan: object
  actor: string | null
}

/** Keeps a file. @returns its id @throws Problem 400 when too many of the actor wait already */
export const keepFile = (db: Database, { handle, name, head, plan, actor }: NewFile): Promise<string> =>
  db.transaction(async (db) => {
    await refuseMore(db, actor)
    const id = uuidv7()
    const { size } = await handle.stat()
    await db.query(sql`insert into waiting_files (id, name, size, head, plan, actor)
      values (${id}, ${name}, ${size}, ${storableJson(head)}, ${storableJson(plan)}, ${actor})`)
    for (let number = 0; number * pieceSize < size; number += 1) {
      const piece = Buffer.alloc(Math.min(pieceSize, size - number * pieceSize))
      await handle.read(piece, 0, piece.length, number * pieceSize)
      await db.query(sql`insert into waiting_file_pieces (file_id, number, bytes) values (${id}, ${number}, ${piece})`)
    }
    return id
  }, batchTimeouts)

async function refuseMore(db: Database, actor: string | null): Promise<void> {
  const [row] = await db.query<{ count: number }>(
    sql`select count(*)::int as count from waiting_files where actor is not distinct from ${actor}`,
  )
  if (row!.count < maxWaiting) return
  const message = `You have ${maxWaiting} files here already. Delete one, or wait: each is kept for ${waitingHours} hours after it was last used.`
  throw new Problem('invalid_request', message)
}

/** @throws Problem 404 */
export async function readWaiting<Head, Plan>(db: Database, id: string): Promise<WaitingFile<Head, Plan>> {
  const [row] = await db.query<WaitingFile<Head, Plan>>(
    sql`select id, name, head, plan, dry_run_id as "dryRunId", import_id as "importId" from waiting_files where id = ${id}`,
  )
  if (!row) throw noFile()
  return row
}

const noFile = (): Problem =>
  new Problem('not_found', `The file is no longer there: a file is kept for ${waitingHours} hours. Upload it again.`)

/** Files that nobody has imported yet, the last first; at most 200. */
export const listWaiting = (
  db: Database,
): Promise<{ id: string; name: string; actor: string | null; createdAt: string }[]> =>
  db.query(sql`
    select id, name, actor, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "createdAt"
    from waiting_files where import_id is null order by id desc limit 200`)

/** The file whose plan an import or a dry run follows; undefined when there is none, or its plan was changed since. */
export async function waitingFor(db: Database, importId: string): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(
    sql`select id from waiting_files where dry_run_id = ${importId} or import_id = ${importId}`,
  )
  return row?.id
}

/** Changes the plan, so that it needs another dry run. @throws Problem 404 */
export async function changePlan(db: Database, id: string, plan: object, head?: object): Promise<void> {
  const [row] = await db.query(sql`
    update waiting_files set plan = ${storableJson(plan)}, head = coalesce(${head ? storableJson(head) : null}, head),
      dry_run_id = null, import_id = null, updated_at = statement_timestamp()
    where id = ${id} returning id`)
  if (!row) throw noFile()
}

/** Notes the dry run or the import of a plan, unless the plan was changed meanwhile. */
export const notePlanned = async (
  db: Database,
  { id, plan }: { id: string; plan: object },
  { dryRun, imported }: { dryRun?: string; imported?: string },
): Promise<void> =>
  void (await db.query(sql`
    update waiting_files set dry_run_id = coalesce(${dryRun ?? null}::uuid, dry_run_id),
      import_id = coalesce(${imported ?? null}::uuid, import_id), updated_at = statement_timestamp()
    where id = ${id} and plan::text = ${storableJson(plan)}`))

const deleteOldStatement: Statement = {
  name: 'delete-old-files',
  text: `delete from waiting_files where id in (
      select id from waiting_files where updated_at < statement_timestamp() - make_interval(hours => $1)
      order by updated_at limit 10 for update skip locked)
    returning 1`,
}

/** Deletes files that have waited too long, at most ten of them. @returns their number */
export const deleteOldFiles = async (db: Database): Promise<number> =>
  (await db.query(deleteOldStatement, [waitingHours])).length

/** Deletes a file that waits; imports of it stay. */
export const forgetFile = async (db: Database, id: string): Promise<void> =>
  void (await db.query(sql`delete from waiting_files where id = ${id}`))

/** Works with the content of a file. */
export async function useWaiting<Result>(
  db: Database,
  id: string,
  work: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const upload = await Upload.begin()
  try {
    await upload.save(Readable.from(piecesOf(db, id)))
    return await upload.use(work)
  } finally {
    await upload.end()
  }
}

async function* piecesOf(db: Database, id: string): AsyncGenerator<Buffer> {
  for (let number = 0; ; number += 1) {
    const [row] = await db.query<{ bytes: Buffer }>(
      sql`select bytes from waiting_file_pieces where file_id = ${id} and number = ${number}`,
    )
    if (!row) return
    yield row.bytes
  }
}
