import { createHash } from 'node:crypto'
import type { Database, Statement } from '../../database/connect.ts'

/** The length of a window, in seconds. */
export const span = 60

/** A part of the limit of a window, which this process may use without asking again. */
export interface Share {
  /** How many requests; 0 when none are left. */
  granted: number
  /** How many of the limit were not given to any process. */
  left: number
  /** In how many milliseconds after the statement was sent the window ends, at the earliest. */
  endsIn: number
}

/** A hundredth of what is left, and at least one request while any is left: what processes do not use is little. */
const shareOf = (left: string): string => `ceil(greatest(${left}, 0) / 100.0)::int`

const takeStatement: Statement = {
  name: 'share-of-rate-limit',
  text: `insert into rate_windows as w (id, used, granted, ends)
    values ($1, ${shareOf('$2::int')}, ${shareOf('$2::int')}, statement_timestamp() + interval '${span} seconds')
    on conflict (id) do update set
      used = case when w.ends > statement_timestamp() then w.used + ${shareOf('$2::int - w.used')} else excluded.used end,
      granted = case when w.ends > statement_timestamp() then ${shareOf('$2::int - w.used')} else excluded.granted end,
      ends = case when w.ends > statement_timestamp() then w.ends else excluded.ends end
    returning granted, greatest($2::int - used, 0) as left,
      floor(extract(epoch from ends - statement_timestamp()) * 1000)::int as "endsIn"`,
}

const deleteStatement: Statement = {
  name: 'delete-rate-windows',
  text: `delete from rate_windows where id in (
      select id from rate_windows where ends < statement_timestamp() - interval '1 minute'
      order by ends limit 1000 for update skip locked)
    returning 1`,
}

/** Deletes windows that ended more than a minute ago, at most 1,000. @returns their number */
export const deleteEndedWindows = async (db: Database): Promise<number> => (await db.query(deleteStatement)).length

/** How long this process counts alone after it got no share, in milliseconds. */
const pause = 10_000

interface SharesOptions {
  /** A monotonic clock, in milliseconds. */
  now: () => number
  /** How long a request waits for a share, in milliseconds. */
  maxWait: number
  /** Called when this process begins to count alone. */
  onAlone: (reason: unknown) => void
}

/** The rate limits that hold across all processes on one database. */
export class Shares {
  readonly #db: Database
  readonly #options: SharesOptions
  #aloneUntil = -Infinity

  constructor(db: Database, options: SharesOptions) {
    this.#db = db
    this.#options = options
  }

  /**
   * Takes a share of the current window of a caller, which begins with the first one.
   * @param max the limit of the window
   * @returns undefined when this process has to count alone, because the database does not answer in time
   */
  async take(budget: string, caller: string, max: number): Promise<Share | undefined> {
    const { now, maxWait, onAlone } = this.#options
    if (now() < this.#aloneUntil) return undefined
    const id = createHash('sha256').update(`${budget}\n${caller}`).digest()
    const signal = AbortSignal.timeout(maxWait)
    try {
      const [share] = await Promise.race([
        this.#db.during(signal).query<Share>(takeStatement, [id, max]),
        // The query itself does not end while a connection is being made.
        lateAt(signal),
      ])
      return share!
    } catch (error) {
      if (now() >= this.#aloneUntil) onAlone(error)
      this.#aloneUntil = now() + pause
      return undefined
    }
  }
}

const lateAt = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The database did not answer in time.')), { once: true })
  })
