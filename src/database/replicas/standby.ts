import { setTimeout } from 'node:timers/promises'
import type { ConnectedDatabase, Database, Statement } from '../connect.ts'
import { DatabaseAway, rootOf, troubleOf } from '../errors.ts'
import { type Position, positionOf } from '../position.ts'

/** How long a standby may take to say how it is, in milliseconds; then it is down. */
const checkTimeout = 1_000

const stateStatement: Statement = {
  name: 'state-of-standby',
  text: `select pg_postmaster_start_time()::text as run, pg_is_in_recovery() as "isStandby",
    (coalesce(pg_last_wal_replay_lsn(), '0/0'::pg_lsn) - '0/0'::pg_lsn)::text as position`,
}

interface State {
  /** Differs after each start of the server. */
  run: string
  isStandby: boolean
  position: string
}

/** What each new connection is asked; see `Standby.admit`. */
export const runStatement: Statement = { name: 'run', text: 'select pg_postmaster_start_time()::text as run' }

const identityStatement: Statement = {
  name: 'identity',
  text: `select (select system_identifier from pg_control_system()) || ' ' || oid as id
    from pg_database where datname = current_database()`,
}

/** What the databases of a primary and its standbys have in common, and no other. */
export async function identityOf(db: Pick<Database, 'query'>): Promise<string> {
  const [row] = await db.query<{ id: string }>(identityStatement)
  return row!.id
}

/** What is known of all standbys. */
export interface Known {
  /** The identity of the primary, if it is known. Until then, nothing is read at a standby. */
  identity: () => string | undefined
  /** Called when a standby begins to answer, and with a reason when it stops. */
  onChange: (standby: Standby, reason?: string) => void
}

interface StandbyOptions extends Known {
  /** As metrics and the log name it. */
  name: string
  db: ConnectedDatabase
  /** The database as reads use it. */
  watched: (db: Database) => Database
}

/** A standby of the primary: how far it is, and what it was asked. */
export class Standby {
  readonly name: string
  readonly db: Database
  /** Up to where it has replayed what the primary wrote; undefined while it must not be read. */
  replayed: Position | undefined
  /** Number of requests that were read there, and of those of them that had to be asked again. */
  reads = 0
  fallbacks = 0
  readonly #options: StandbyOptions
  readonly #own: ConnectedDatabase
  /** Called when it is found to be down, by those who wait for an answer. */
  readonly #asked = new Set<(reason: Error) => void>()
  #run: string | undefined
  #isUp: boolean | undefined
  #checking: Promise<void> | undefined

  constructor(options: StandbyOptions) {
    this.name = options.name
    this.#options = options
    this.#own = options.db
    this.db = options.watched(options.db)
  }

  get isUp(): boolean {
    return this.#isUp === true
  }

  /**
   * Called with what a new connection for reads says: what is known of the standby is not known of another server, nor of
   * the same after a restart.
   * @throws Error when it is another
   */
  admit(run: string): void {
    if (run !== this.#run) throw new Error('The standby was restarted, or its address leads to several servers.')
  }

  /** Asks how far it is. Never fails: then it is down. */
  check(): Promise<void> {
    return (this.#checking ??= this.#check().finally(() => (this.#checking = undefined)))
  }

  /** An answer that does not wait for a standby which is found to be down meanwhile. @throws DatabaseAway */
  whileUp<Result>(answer: Promise<Result>): Promise<Result> {
    return new Promise((settle, reject) => {
      this.#asked.add(reject)
      void answer.then(settle, reject).finally(() => this.#asked.delete(reject))
    })
  }

  /** Called when a read failed there. If the connection did, nothing is read there until it has answered. */
  failed(error: unknown): void {
    this.fallbacks += 1
    if (troubleOf(rootOf(error)) !== 'away') return
    this.replayed = undefined
    void this.check()
  }

  close(): Promise<void> {
    return this.#own.close()
  }

  async #check(): Promise<void> {
    const late = new AbortController()
    try {
      const timeout = setTimeout(checkTimeout, undefined, { signal: late.signal }).then(() => {
        throw new DatabaseAway('It does not answer.')
      })
      await Promise.race([this.#ask(late.signal), timeout])
    } catch (error) {
      this.#goDown(error as Error)
    } finally {
      late.abort()
    }
  }

  /** @param late aborted when the answer comes too late to count */
  async #ask(late: AbortSignal): Promise<void> {
    const [state] = await this.#own.aside.query<State>(stateStatement)
    const { run, isStandby, position } = state!
    if (!isStandby) throw new Error('It is not a standby.')
    if (run !== this.#run) await this.#identify()
    if (late.aborted) return
    this.#run = run
    this.replayed = positionOf({ position })
    if (this.#isUp !== true) this.#options.onChange(this)
    this.#isUp = true
  }

  async #identify(): Promise<void> {
    const expected = this.#options.identity()
    if (expected === undefined) throw new Error('The primary has not told yet which database it has.')
    if ((await identityOf(this.#own.aside)) !== expected)
      throw new Error('It is a standby of another database than that of DATABASE_URL.')
  }

  #goDown(reason: Error): void {
    this.replayed = undefined
    if (this.#isUp !== false) this.#options.onChange(this, reason.message)
    this.#isUp = false
    for (const giveUp of this.#asked) giveUp(new DatabaseAway('The standby is down.', { cause: reason }))
  }
}
