import { sql } from 'drizzle-orm'
import type { Database, Statement } from '../../database/connect.ts'
import { CallerGone } from '../../database/errors.ts'

/** Maximum number of characters of all results, and of one. */
const [maxTotal, maxLength] = [4 * 1024 * 1024, 512 * 1024]

/** Maximum number of changes without a sequence by which a state is known. */
const maxWaiting = 100

const text = `select
    case when count(*) <= ${maxWaiting} and not exists (select from registry_changes)
        and not exists (select from publication_failures)
      then coalesce((select max(sequence) from changes where sequence is not null), 0) || ' ' ||
        coalesce(string_agg(id::text, ' '), '')
    end as state
    from (select id from changes where sequence is null order by id limit ${maxWaiting + 1}) waiting`

/**
 * The state of the register that a statement sees; null when it is not known. Every publication is a row of `changes`. The last
 * sequence and the changes that have none yet tell which of them a statement sees, so that what was counted is still so while
 * they are the same. A changed entry of a registry is followed by publications of all that show it: until then the state is not
 * known.
 */
export const registerState = sql.raw(`(${text})`)

const stateStatement: Statement = { name: 'register-state', text }

interface Kept<Result> {
  result: Result
  /** See `registerState`. */
  state: string | null
}

/** Results of this process, each of which is used until anything in the register changes. */
export class KeptResults {
  readonly #results = new Map<string, { state: string; text: string }>()
  readonly #running = new Map<string, { state: string; text: Promise<string> }>()
  #total = 0

  /**
   * The kept result of `work` for this key, or a new one.
   * @param key everything on which the result depends besides the register
   */
  async read<Result>(db: Database, key: string, work: () => Promise<Result>): Promise<Result> {
    return (await this.readWithState(db, key, work)).result
  }

  /**
   * As `read`, with the state of the register before the work. Requests for the same in the same state wait for the one that
   * works.
   */
  async readWithState<Result>(db: Database, key: string, work: () => Promise<Result>): Promise<Kept<Result>> {
    const [row] = await db.query<{ state: string | null }>(stateStatement)
    const { state } = row!
    if (state === null) return { result: await work(), state }
    const text = this.#kept(key, state) ?? (await this.#runningNow(key, state)) ?? (await this.#run(key, state, work))
    return { result: JSON.parse(text) as Result, state }
  }

  #kept(key: string, state: string): string | undefined {
    const kept = this.#results.get(key)
    return kept?.state === state ? kept.text : undefined
  }

  /** What another request is working out; undefined if none is, or its caller leaves. */
  async #runningNow(key: string, state: string): Promise<string | undefined> {
    const running = this.#running.get(key)
    if (running?.state !== state) return undefined
    try {
      return await running.text
    } catch (error) {
      if (error instanceof CallerGone) return undefined
      throw error
    }
  }

  async #run(key: string, state: string, work: () => Promise<unknown>): Promise<string> {
    const running = { state, text: work().then((result) => JSON.stringify(result)) }
    this.#running.set(key, running)
    try {
      const text = await running.text
      this.#keep(key, state, text)
      return text
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key)
    }
  }

  #keep(key: string, state: string, text: string): void {
    this.#forget(key)
    const size = key.length + text.length
    if (size > maxLength) return
    for (const oldest of this.#results.keys()) {
      if (this.#total + size <= maxTotal) break
      this.#forget(oldest)
    }
    this.#results.set(key, { state, text })
    this.#total += size
  }

  #forget(key: string): void {
    const kept = this.#results.get(key)
    if (!kept) return
    this.#results.delete(key)
    this.#total -= key.length + kept.text.length
  }
}
