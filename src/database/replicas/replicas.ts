import { setTimeout as pause } from 'node:timers/promises'
import type { Database, Statement } from '../connect.ts'
import { type Position, positionOf, type PositionRow, type Wanted } from '../position.ts'
import type { Signal } from '../statement.ts'
import { PositionsOfPrimary } from './positions-of-primary.ts'
import { ReadingDatabase } from './reading.ts'
import { identityOf, type Known, type Standby } from './standby.ts'

/** How often the primary and all standbys are asked how far they are, in milliseconds. */
const interval = 500

/** How long a read waits for a standby that has what it asks for, in milliseconds. */
const maxWait = 100

/** How often standbys are asked while reads wait, in milliseconds. */
const waitInterval = 5

/**
 * The position up to where the log of the primary is flushed. At the end of a page it may be within a record that no standby
 * can have replayed yet.
 */
const primaryStatement: Statement = {
  name: 'position-of-primary',
  text: `select position::text, position % current_setting('wal_block_size')::integer = 0 as "isPageEnd"
    from (select pg_current_wal_flush_lsn() - '0/0'::pg_lsn as position) flushed`,
}

export interface ReplicasLog {
  warn(about: object, message: string): void
  info(about: object, message: string): void
}

interface ReplicasOptions {
  primary: Database
  /** How far a standby may be behind to be read, in milliseconds. */
  maxLag: number
  log: ReplicasLog
}

/** What metrics say of a standby. */
export interface StandbyFigures {
  name: string
  /** Whether it answers, and is a standby. */
  isUp: boolean
  /** How old its state is at most, in seconds; undefined while it is not up. */
  lag: number | undefined
  reads: number
  fallbacks: number
}

interface Waiting {
  position: Position
  end: (standby: Standby | undefined) => void
}

/** The standbys at which requests read, and which of them may be read. Why and how: docs/decisions/read-replicas.md. */
export class Replicas {
  readonly #standbys: readonly Standby[]
  readonly #options: ReplicasOptions
  readonly #primary: PositionsOfPrimary
  readonly #late = new Set<Standby>()
  readonly #waiting = new Set<Waiting>()
  readonly #closing = new AbortController()
  #identity: string | undefined
  /** The position of the primary after the start of this process, which may have migrated the schema. */
  #floor: Position | undefined
  #turn = 0
  #isFollowing = false

  /** @param create makes the standbys */
  constructor(options: ReplicasOptions, create: (known: Known) => Standby[]) {
    this.#options = options
    this.#primary = new PositionsOfPrimary(2 * options.maxLag + 60_000)
    this.#standbys = create({ identity: () => this.#identity, onChange: this.#report })
  }

  /** Begins to ask how far all are. The schema must be up to date. Resolves when each has answered or is down. */
  async start(): Promise<void> {
    await this.#checkAll()
    void this.#checkRepeatedly()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#standbys.map((standby) => standby.close()))
  }

  /**
   * The database of a request that only reads: a standby that has what it asks for, which it may wait for a moment, or else
   * the primary.
   * @param primary the database of the request
   */
  async forRead(primary: Database, wanted: Wanted | undefined, signal: Signal): Promise<Database> {
    if (wanted === 'latest') return primary
    const standby = this.#next(wanted) ?? (wanted === undefined ? undefined : await this.#wait(wanted))
    return standby === undefined ? primary : new ReadingDatabase(standby, primary, signal)
  }

  figures(): StandbyFigures[] {
    return this.#standbys.map((standby) => {
      const { name, isUp, reads, fallbacks } = standby
      return { name, isUp, lag: this.#lagOf(standby), reads, fallbacks }
    })
  }

  /** The next standby in turn that may be read and has everything below `position`. */
  #next(position: Position = 0n): Standby | undefined {
    const { length } = this.#standbys
    for (let i = 0; i < length; i += 1) {
      const standby = this.#standbys[(this.#turn + i) % length]!
      if (!this.#isRead(standby) || standby.replayed! < position) continue
      this.#turn = (this.#turn + i + 1) % length
      return standby
    }
    return undefined
  }

  #isRead({ replayed }: Standby): boolean {
    if (replayed === undefined || this.#floor === undefined || replayed < this.#floor) return false
    return this.#primary.ageOf(replayed, performance.now()) <= this.#options.maxLag
  }

  #lagOf({ replayed }: Standby): number | undefined {
    return replayed === undefined ? undefined : this.#primary.ageOf(replayed, performance.now()) / 1000
  }

  #wait(position: Position): Promise<Standby | undefined> {
    return new Promise((settle) => {
      const end = (standby: Standby | undefined) => {
        clearTimeout(timer)
        this.#waiting.delete(waiting)
        settle(standby)
      }
      const timer = setTimeout(() => end(undefined), maxWait)
      const waiting = { position, end }
      this.#waiting.add(waiting)
      void this.#follow()
    })
  }

  /** Asks the standbys how far they are while reads wait for one. */
  async #follow(): Promise<void> {
    if (this.#isFollowing) return
    this.#isFollowing = true
    while (this.#waiting.size > 0) {
      const near = this.#standbys.filter((standby) => this.#isRead(standby))
      if (near.length === 0) for (const { end } of this.#waiting) end(undefined)
      for (const standby of near) void standby.check().then(() => this.#endWaits())
      await pause(waitInterval)
    }
    this.#isFollowing = false
  }

  #endWaits(): void {
    for (const { position, end } of this.#waiting) {
      const standby = this.#next(position)
      if (standby) end(standby)
    }
  }

  async #checkRepeatedly(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await pause(interval, undefined, { signal, ref: false }).catch(() => {})
      if (!signal.aborted) await this.#checkAll()
    }
  }

  /** While the primary does not answer, nothing newer is known than what it had, and standbys that have it are read. */
  async #checkAll(): Promise<void> {
    await this.#checkPrimary().catch(() => {})
    await Promise.all(this.#standbys.map((standby) => standby.check()))
    for (const standby of this.#standbys) this.#reportLag(standby)
  }

  async #checkPrimary(): Promise<void> {
    const { aside } = this.#options.primary
    const at = performance.now()
    const [row] = await aside.query<PositionRow & { isPageEnd: boolean }>(primaryStatement)
    this.#floor ??= positionOf(row!)
    if (!row!.isPageEnd) this.#primary.add(positionOf(row!), at)
    this.#identity ??= await identityOf(aside)
  }

  readonly #report = ({ name }: Standby, reason?: string): void => {
    const about = { code: 'standby', standby: name }
    if (reason === undefined) this.#options.log.info(about, `The standby ${name} answers.`)
    else this.#options.log.warn(about, `The standby ${name} gets no reads: ${reason}`)
  }

  #reportLag(standby: Standby): void {
    const lag = this.#lagOf(standby)
    // That it is down was said.
    if (lag === undefined) return void this.#late.delete(standby)
    const isLate = lag * 1000 > this.#options.maxLag
    if (isLate === this.#late.has(standby)) return
    const about = { code: 'standby', standby: standby.name }
    if (isLate) {
      this.#late.add(standby)
      this.#options.log.warn(about, `The standby ${standby.name} gets no reads: it is too far behind.`)
    } else {
      this.#late.delete(standby)
      this.#options.log.info(about, `The standby ${standby.name} is no longer too far behind.`)
    }
  }
}
