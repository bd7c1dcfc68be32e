import type pg from 'pg'
import { isUuid } from '../shared/schemas.ts'
import { CallerGone, DatabaseBusy } from './errors.ts'
import type { Signal } from './statement.ts'

/** A row that is read by its id. */
export interface Identified {
  id: string
}

type Run = (query: pg.QueryConfig, signal: Signal) => Promise<{ rows: Identified[] }>

/** Maximum time that reads wait for running statements before another one is sent, in milliseconds. */
const maxDelay = 10

/** Maximum number of reads that wait to be sent; a further one is refused. */
const maxWaiting = 1_000

/**
 * Reads of single rows by their ids. Those of the same turn of the event loop become one statement, which costs
 * PostgreSQL and this process less than one each. The statement begins after each of its reads was called, so that a read
 * sees everything that was committed before.
 */
export class SharedReads {
  /** The benchmark changes them, to tell what sharing is worth. */
  static readonly limits = {
    /** Maximum number of rows that one statement reads, since a row may be a large document. */
    shared: 16,
    /** Maximum number of concurrent statements: while they run, further reads gather for the next one. */
    running: 2,
  }
  readonly #run: Run
  readonly #query: pg.QueryConfig
  #waiting: Read[] = []
  #running = 0
  #isScheduled = false
  #timer: NodeJS.Timeout | undefined

  /** @param query has `id = any($1::uuid[])`, and gives the `id` of each row */
  constructor(query: pg.QueryConfig, run: Run) {
    this.#query = query
    this.#run = run
  }

  /**
   * @returns undefined when there is no such row
   * @throws RangeError when `id` is not a UUID; CallerGone; DatabaseBusy when too many wait; what the statement throws
   */
  read(id: string, signal: Signal | undefined): Promise<Identified | undefined> {
    if (!isUuid(id)) return Promise.reject(new RangeError('The id must be a UUID.'))
    if (signal?.aborted) return Promise.reject(new CallerGone())
    if (this.#waiting.length >= maxWaiting) return Promise.reject(new DatabaseBusy('Too many reads wait.'))
    const read = new Read(id.toLowerCase(), signal)
    this.#waiting.push(read)
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.#send()
      })
    }
    return read.result
  }

  #send(): void {
    while (this.#waiting.length > 0 && this.#running < SharedReads.limits.running) this.#sendNext()
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#sendLate(), maxDelay)
    else this.#stopTimer()
  }

  #sendLate(): void {
    this.#stopTimer()
    this.#sendNext()
    this.#send()
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #sendNext(): void {
    const reads = this.#waiting.splice(0, SharedReads.limits.shared).filter(({ isOver }) => !isOver)
    if (reads.length === 0) return
    this.#running += 1
    void this.#answer(reads).finally(() => {
      this.#running -= 1
      if (!this.#isScheduled) this.#send()
    })
  }

  async #answer(reads: Read[]): Promise<void> {
    try {
      const values = [`{${reads.map(({ id }) => id).join(',')}}`]
      const { rows } = await this.#run({ ...this.#query, values }, new AllGone(reads))
      const byId = new Map(rows.map((row) => [row.id, row]))
      for (const read of reads) read.settle(byId.get(read.id))
    } catch (error) {
      for (const read of reads) read.reject(error)
    }
  }
}

/** A caller that waits for its row. */
class Read {
  readonly id: string
  readonly result: Promise<Identified | undefined>
  isOver = false
  /** Called when the caller has gone. */
  onLeave: (() => void) | undefined
  readonly #signal: Signal | undefined
  #settle!: (row: Identified | undefined) => void
  #reject!: (error: unknown) => void

  constructor(id: string, signal: Signal | undefined) {
    this.id = id
    this.#signal = signal
    this.result = new Promise((settle, reject) => {
      this.#settle = settle
      this.#reject = reject
    })
    signal?.addEventListener('abort', this.#leave)
  }

  readonly #leave = (): void => {
    this.reject(new CallerGone())
    this.onLeave?.()
  }

  settle(row: Identified | undefined): void {
    this.#end()
    this.#settle(row)
  }

  reject(error: unknown): void {
    this.#end()
    this.#reject(error)
  }

  #end(): void {
    this.isOver = true
    this.#signal?.removeEventListener('abort', this.#leave)
  }
}

/** Aborted when all callers of a statement have gone: one of them must not cancel the reads of the others. */
class AllGone implements Signal {
  readonly #reads: readonly Read[]
  #listener: (() => void) | undefined

  constructor(reads: readonly Read[]) {
    this.#reads = reads
    for (const read of reads) read.onLeave = () => this.aborted && this.#listener?.()
  }

  get aborted(): boolean {
    return this.#reads.every(({ isOver }) => isOver)
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = undefined
  }
}
