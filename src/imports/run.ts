import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { batchTimeouts } from '../agreements/publication/republish.ts'
import type { Database, Statement } from '../database/connect.ts'
import { CallerGone, OutcomeUnknown, rootOf, troubleOf } from '../database/errors.ts'
import type { Today } from '../shared/calendar.ts'
import { type Chunk, chunkOf, workOnChunk } from './chunk.ts'
import { finish, listGone, skipRest } from './finish.ts'
import { type Job, Pass, type StoredRow } from './job.ts'
import { type Claimed, ImportCancelled, Lease, LeaseLost, type Phase } from './lease.ts'
import { prepareMapping } from './mapping/prepare.ts'
import { Mapping } from './mapping/schemas.ts'
import { OriginTaken } from './origins.ts'
import { knownNames } from './parties.ts'
import { relateChunk } from './relate.ts'
import { storeNotes, storeVerdicts } from './store-verdicts.ts'

/** Maximum number of rows, and of their bytes, that are worked on together. */
const maxChunk = { rows: 500, bytes: 2 * 1024 * 1024 }

/** Pause before a chunk is tried again while the database is busy, in milliseconds. */
const pause = 1_000

const rowsStatement: Statement = {
  name: 'import-rows-to-do',
  text: `select number, raw, errors from (
      select number, raw, errors, sum(size) over (order by number) - size as ahead from (
        select number, raw, errors, size from import_rows
        where import_id = $1 and number > $2 and verdict is null order by number limit $3
      ) next
    ) sized where ahead < ${maxChunk.bytes} order by number`,
}

/** Called with an error that is no fault of the row, and stops it from being stored. */
export type OnFailure = (job: string, error: unknown) => void

/** Works on an import that was claimed, up to its end; see `Lease`. @throws when the database is unavailable */
export async function runImport(
  db: Database,
  { claimed, lease }: { claimed: Claimed; lease: Lease },
  today: Today,
  onFailure: OnFailure,
): Promise<void> {
  try {
    const job = jobOf(claimed, today)
    const isName = await knownNames(db)
    await new Run(db, { ...job, prepared: { ...job.prepared, isName } }, lease, onFailure).work()
  } catch (error) {
    if (error instanceof LeaseLost) return
    if (error instanceof ImportCancelled) return await cancelled(db, claimed)
    if (isUnavailable(error)) throw error
    onFailure(claimed.id, error)
    await failed(db, claimed, {
      code: 'internal_error',
      message: 'An unexpected error occurred; nothing more was stored.',
    })
  } finally {
    await lease.release()
  }
}

/** @throws when the mapping is one of an earlier version of the server, and cannot be used any more */
function jobOf(
  { mapping: stored, actor, note, createdAt, asOf, phase: _, position: __, rows: ___, ...claimed }: Claimed,
  today: Today,
): Job {
  const mapping = Mapping.parse(stored)
  return {
    ...claimed,
    prepared: prepareMapping(mapping, claimed.columns),
    mappingHash: createHash('sha256').update(JSON.stringify(mapping)).digest('hex'),
    author: { actor, note, today },
    statedOn: asOf ?? today(createdAt),
  }
}

type Ended = Pick<Job, 'id' | 'atomic' | 'dryRun'>

const cancelled = (db: Database, job: Ended): Promise<void> =>
  db.transaction(async (db) => {
    await skipRest(db, job.id, 'The import was cancelled.', job.atomic || job.dryRun)
    await finish(db, job.id, 'cancelled')
  }, batchTimeouts)

const failed = (db: Database, job: Ended, failure: { code: string; message: string }): Promise<void> =>
  db.transaction(async (db) => {
    await skipRest(db, job.id, 'The import failed.', job.atomic)
    await finish(db, job.id, 'failed', failure)
  }, batchTimeouts)

/** Whether the database or this process is the cause, so that the import goes on later. */
function isUnavailable(error: unknown): boolean {
  const root = rootOf(error)
  return root instanceof CallerGone || root instanceof OutcomeUnknown || troubleOf(root) !== undefined
}

/** Ends a transaction whose result is only looked at. */
class RolledBack extends Error {}

class Run {
  readonly #db: Database
  readonly #job: Job
  readonly #lease: Lease
  readonly #onFailure: OnFailure
  /** Halved when a chunk fails, so that a row that cannot be stored is found; grows again afterwards. */
  #size = maxChunk.rows

  constructor(db: Database, job: Job, lease: Lease, onFailure: OnFailure) {
    this.#db = db
    this.#job = job
    this.#lease = lease
    this.#onFailure = onFailure
  }

  async work(): Promise<void> {
    const { atomic, dryRun } = this.#job
    if (dryRun) return this.#try()
    return atomic ? this.#allOrNothing() : this.#oneByOne()
  }

  /** The verdicts that would be. */
  async #try(): Promise<void> {
    const pass = await this.#check('trying')
    await this.#enter('relating')
    await this.#relate(pass)
    await this.#end()
  }

  /** Checks all rows first. If none is refused, one transaction stores all of them. */
  async #allOrNothing(): Promise<void> {
    if (this.#lease.phase !== 'writing') await this.#check('checking')
    const refused = await this.#refused(this.#db)
    if (refused > 0) return this.#stop(refused)
    await this.#enter('writing')
    try {
      await this.#db.transaction((db) => this.#storeAll(db), batchTimeouts)
    } catch (error) {
      if (error instanceof OriginTaken) {
        this.#lease.phase = null
        return this.#allOrNothing()
      }
      if (!(error instanceof RefusedMeanwhile)) throw error
      await this.#db.transaction((db) => storeVerdicts(db, this.#job.id, error.verdicts), batchTimeouts)
      await this.#stop(error.verdicts.length)
    }
  }

  async #storeAll(db: Database): Promise<void> {
    const pass = new Pass('storing')
    for (this.#lease.position = 0; ;) {
      this.#lease.check()
      const rows = await this.#next(db, this.#lease.position)
      if (rows.length === 0) break
      const { verdicts, notes } = await workOnChunk(db, this.#job, pass, chunkOf(this.#job, rows))
      const refused = verdicts.filter(({ verdict }) => verdict === 'refused')
      if (refused.length > 0) throw new RefusedMeanwhile(refused)
      await storeVerdicts(db, this.#job.id, verdicts)
      // The first pass has stored all others.
      const ofStored = notes.filter(({ kind }) => kind === 'similar')
      await storeNotes(db, this.#job.id, ofStored)
      this.#lease.position = rows.at(-1)!.number
    }
    for (let at: number | null = 0; at !== null;) at = await relateChunk(db, this.#job, pass, at, maxChunk.rows)
    await listGone(db, this.#job.id)
    await this.#lease.renew(db)
    await finish(db, this.#job.id, 'done')
  }

  /** Each chunk is a transaction of its own, together with its verdicts. */
  async #oneByOne(): Promise<void> {
    const pass = new Pass('storing')
    if (this.#lease.phase !== 'relating') {
      this.#lease.phase = 'writing'
      await this.#chunks(pass, async (chunk) => {
        await this.#db.transaction(async (db) => {
          await this.#lease.renew(db)
          const { verdicts, notes } = await workOnChunk(db, this.#job, pass, chunk)
          await this.#save(db, verdicts, notes)
        }, batchTimeouts)
      })
      await this.#enter('relating')
    }
    await this.#relate(pass)
    await this.#end()
  }

  /** Looks at all rows in transactions that are rolled back, and stores the verdicts. */
  async #check(how: 'checking' | 'trying'): Promise<Pass> {
    const pass = new Pass(how)
    this.#lease.phase = 'checking'
    this.#lease.position = 0
    await this.#db.transaction((db) => this.#begin(db), batchTimeouts)
    await this.#chunks(pass, async (chunk) => {
      const { verdicts, notes } = await rolledBack(this.#db, (db) => workOnChunk(db, this.#job, pass, chunk))
      if (this.#job.unknownParties === 'create') pass.matcher.forgetAll()
      await this.#db.transaction(async (db) => {
        await this.#lease.renew(db)
        await this.#save(db, verdicts, notes)
      }, batchTimeouts)
    })
    return pass
  }

  /** A pass that was interrupted begins again. */
  async #begin(db: Database): Promise<void> {
    const { id } = this.#job
    await this.#lease.renew(db)
    await db.query({ name: 'clear-notes', text: 'delete from import_notes where import_id = $1' }, [id])
    const text = 'update import_rows set verdict = null, details = null where import_id = $1 and verdict is not null'
    await db.query({ name: 'clear-verdicts', text }, [id])
  }

  async #save(
    db: Database,
    verdicts: Parameters<typeof storeVerdicts>[2],
    notes: Parameters<typeof storeNotes>[2],
  ): Promise<void> {
    await Promise.all([
      storeVerdicts(db, this.#job.id, verdicts),
      storeNotes(db, this.#job.id, notes),
      setPosition(db, this.#job.id, verdicts.at(-1)!.number),
    ])
  }

  #next = (db: Database, position: number): Promise<StoredRow[]> =>
    db.query<StoredRow>(rowsStatement, [this.#job.id, position, this.#size])

  /**
   * Works on all rows after the position, chunk by chunk, and reads each while the one before is worked on. A row that cannot
   * be stored at all is refused.
   */
  async #chunks(pass: Pass, work: (chunk: Chunk) => Promise<void>): Promise<void> {
    let next = this.#read(this.#lease.position)
    for (;;) {
      const chunk = await next
      const last = chunk.stored.at(-1)?.number
      if (last === undefined) return
      next = this.#read(last)
      // Thrown when it is awaited, unless the work fails before.
      next.catch(() => {})
      try {
        await work(chunk)
        this.#lease.position = last
        this.#size = Math.min(maxChunk.rows, this.#size * 2)
      } catch (error) {
        if (error instanceof LeaseLost || error instanceof ImportCancelled) throw error
        pass.matcher.forgetAll()
        if (!(error instanceof OriginTaken)) await this.#recover(chunk.stored, error)
        next = this.#read(this.#lease.position)
      }
    }
  }

  #read = async (position: number): Promise<Chunk> => chunkOf(this.#job, await this.#next(this.#db, position))

  async #recover(rows: StoredRow[], error: unknown): Promise<void> {
    const trouble = troubleOf(rootOf(error))
    if (isUnavailable(error) && trouble !== 'busy') throw error
    if (trouble === 'busy') await setTimeout(pause)
    if (rows.length > 1) {
      this.#size = Math.ceil(rows.length / 2)
      return
    }
    if (trouble === 'busy') return
    this.#onFailure(this.#job.id, error)
    const message = 'An unexpected error occurred when the row was stored.'
    const errors = [{ column: null, value: null, code: 'internal_error', message, wouldDo: null }]
    const { number } = rows[0]!
    const details = { reason: null, errors, warnings: [] }
    await this.#db.transaction(async (db) => {
      await this.#lease.renew(db)
      const verdict = { number, rowKey: null, verdict: 'refused' as const, agreementId: null, details, pending: null }
      await this.#save(db, [verdict], [])
    }, batchTimeouts)
    this.#lease.position = number
  }

  async #enter(phase: Phase): Promise<void> {
    this.#lease.phase = phase
    this.#lease.position = 0
    await this.#db.transaction((db) => this.#lease.renew(db))
  }

  async #relate(pass: Pass): Promise<void> {
    for (let at: number | null = this.#lease.position; at !== null;) {
      const from: number = at
      at = await this.#db.transaction(async (db) => {
        await this.#lease.renew(db)
        const last = await relateChunk(db, this.#job, pass, from, maxChunk.rows)
        if (last !== null) await setPosition(db, this.#job.id, last)
        return last
      }, batchTimeouts)
      this.#lease.position = at ?? this.#lease.position
    }
  }

  async #refused(db: Database): Promise<number> {
    const text = `select count(*)::int as rows from import_rows where import_id = $1 and verdict = 'refused'`
    const [row] = await db.query<{ rows: number }>({ name: 'refused-rows', text }, [this.#job.id])
    return row!.rows
  }

  /** Nothing is stored, because rows are refused. */
  #stop = (refused: number): Promise<void> =>
    this.#db.transaction(async (db) => {
      await this.#lease.renew(db)
      const { id } = this.#job
      const rows = refused === 1 ? '1 row is' : `${refused} rows are`
      await skipRest(db, id, `Not stored, because ${rows} refused.`, true)
      await listGone(db, id)
      const message = `${rows} refused, so nothing was stored. Mend them, or send \`atomic=false\`.`
      await finish(db, id, 'failed', { code: 'rows_refused', message })
    }, batchTimeouts)

  #end = (): Promise<void> =>
    this.#db.transaction(async (db) => {
      await this.#lease.renew(db)
      await listGone(db, this.#job.id)
      await finish(db, this.#job.id, 'done')
    }, batchTimeouts)
}

/** Rows that were right when they were checked, and are refused when they are to be stored. */
class RefusedMeanwhile extends Error {
  readonly verdicts: Parameters<typeof storeVerdicts>[2]

  constructor(verdicts: RefusedMeanwhile['verdicts']) {
    super('Rows are refused.')
    this.verdicts = verdicts
  }
}

const positionStatement: Statement = {
  name: 'import-position',
  text: 'update imports set position = $2 where id = $1',
}

const setPosition = async (db: Database, id: string, position: number): Promise<void> =>
  void (await db.query(positionStatement, [id, position]))

/** The result of work in a transaction that is rolled back. */
async function rolledBack<Result>(db: Database, work: (db: Database) => Promise<Result>): Promise<Result> {
  const results: Result[] = []
  const end = new RolledBack()
  try {
    await db.transaction(async (db) => {
      results.push(await work(db))
      throw end
    }, batchTimeouts)
  } catch (error) {
    if (error !== end) throw error
  }
  return results.at(-1)!
}
