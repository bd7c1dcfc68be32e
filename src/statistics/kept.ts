import type { Database, Statement } from '../database/connect.ts'

/** Maximum number of characters of all results, and of one. */
const [maxTotal, maxLength] = [4 * 1024 * 1024, 512 * 1024]

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
  #total = 0

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
