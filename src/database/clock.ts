import { type Day, dayIn, type Today } from '../shared/calendar.ts'
import type { Database, Statement } from './connect.ts'

/** SQL for the current time of PostgreSQL, RFC 3339 in UTC. */
export const currentInstant = `to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const readingStatement: Statement = {
  name: 'database-clock',
  text: `select ${currentInstant} as now, current_setting('transaction_read_only') = 'off' as writable`,
}

interface Reading {
  /** The time of PostgreSQL, RFC 3339 in UTC. */
  now: string
  /** Whether the database accepts writes; a standby and a database set to read-only do not. */
  writable: boolean
}

/** Reads the clock of PostgreSQL, and whether it accepts writes. */
export async function readDatabase(db: Pick<Database, 'query'>): Promise<Reading> {
  const [reading] = await db.query<Reading>(readingStatement)
  return reading!
}

/** Larger differences between the clocks of this process and PostgreSQL are reported. In milliseconds. */
const maxDifference = 60_000

/**
 * By how many seconds the clock of this process is ahead of PostgreSQL's, negative if it is behind; null when that is a
 * minute or less.
 * @param now PostgreSQL's time, RFC 3339, read between `sent` and the present of this process
 * @param sent milliseconds since 1970 by the clock of this process
 */
export function clockDifference(now: string, sent: number): number | null {
  const [earliest, latest] = [sent - Date.parse(now), Date.now() - Date.parse(now)]
  const ahead = Math.abs(earliest) < Math.abs(latest) ? earliest : latest
  return Math.abs(ahead) > maxDifference ? Math.round(ahead / 1000) : null
}

/** How often the clock of PostgreSQL is read, in milliseconds. */
const readingInterval = 10_000

interface ClockLog {
  warn(about: object, message: string): void
  info(about: object, message: string): void
}

/**
 * The clock of the register: that of PostgreSQL, which this process reads at the start and every ten seconds, and
 * continues by its own monotonic clock. A wrong date of this machine changes no day.
 */
export class Clock {
  readonly #dayOf: (instant: number) => Day
  readonly #log: ClockLog
  /** PostgreSQL's time in milliseconds since 1970, and the monotonic time at which it was read. */
  #known: { time: number; at: number } | undefined
  #difference: number | null = null
  #timer: NodeJS.Timeout | undefined

  /** @param timeZone a name of the IANA database */
  constructor(timeZone: string, log: ClockLog) {
    this.#dayOf = dayIn(timeZone)
    this.#log = log
  }

  today: Today = (instant) => this.#dayOf(instant === undefined ? this.#now() : Date.parse(instant))

  /** Reads the clock of `db`, and again every ten seconds until `stop`. @throws when the first reading fails */
  async start(db: Database): Promise<void> {
    await this.#read(db)
    this.#timer = setInterval(() => void this.#read(db.aside).catch(() => {}), readingInterval).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Before the first reading, the clock of this process has to do. */
  #now(): number {
    return this.#known ? this.#known.time + performance.now() - this.#known.at : Date.now()
  }

  async #read(db: Pick<Database, 'query'>): Promise<void> {
    const sent = Date.now()
    const { now } = await readDatabase(db)
    this.#known = { time: Date.parse(now), at: performance.now() }
    const difference = clockDifference(now, sent)
    if (difference !== null && this.#difference === null) {
      const ahead = difference > 0 ? 'ahead of' : 'behind'
      const message = `The clock of this process is ${Math.abs(difference)} s ${ahead} that of PostgreSQL. Days are those of PostgreSQL; set both clocks right.`
      this.#log.warn({ code: 'clock' }, message)
    } else if (difference === null && this.#difference !== null) {
      this.#log.info({ code: 'clock' }, 'The clocks of this process and PostgreSQL agree again.')
    }
    this.#difference = difference
  }
}
