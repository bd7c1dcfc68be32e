import type { Database, Statement } from '../database/connect.ts'

/** Maximum number of results, and of characters of each. */
const [maxKept, maxLength] = [64, 32_768]

/** Maximum number of changes without a sequence by which a state is known. */
const maxWaiting = 100

/**
 * Every publication is a row of `changes`. The last sequence and the changes that have none yet tell which of them a
 * statement sees, so that what was counted is still so while they are the same. A changed entry of a registry is followed by
 * publications of all that show it: until then the state is not known.
 */
const stateStatement: Statement = {
  name: 'register-state',
  text: `select
    coalesce((select max(sequence) from changes where sequence is not null), 0) || ' ' || coalesce(string_agg(id::text, ' '), '')
      as state,
    count(*) <= ${maxWaiting} and not exists (select from registry_changes)
      and not exists (select from publication_failures) as "isKnown"
    from (select id from changes where sequence is null order by id limit ${maxWaiting + 1}) waiting`,
}

/** Results of this process, each of which is used until anything in the register changes. */
export class KeptResults {
  readonly #results = new Map<string, { state: string; text: string }>()

  /**
   * The kept result of `work` for this key, or a new one. Concurrent requests for the same may all work.
   * @param key everything on which the result depends besides the register
   */
  async read<Result>(db: Database, key: string, work: () => Promise<Result>): Promise<Result> {
    const [row] = await db.query<{ state: string; isKnown: boolean }>(stateStatement)
    const { state, isKnown } = row!
    const kept = this.#results.get(key)
    if (isKnown && kept?.state === state) return JSON.parse(kept.text) as Result
    const result = await work()
    if (isKnown) this.#keep(key, state, JSON.stringify(result))
    return result
  }

  #keep(key: string, state: string, text: string): void {
    this.#results.delete(key)
    if (text.length > maxLength || key.length > maxLength) return
    const [oldest] = this.#results.keys()
    if (this.#results.size >= maxKept && oldest !== undefined) this.#results.delete(oldest)
    this.#results.set(key, { state, text })
  }
}
