import type { Database, Statement } from '../../database/connect.ts'
import type { Day } from '../../shared/calendar.ts'

const judgedStatement: Statement = {
  name: 'store-judged',
  text: `update agreements a set judged_on = j.judged_on, changes_on = j.changes_on
    from json_to_recordset($1::json) j (id uuid, judged_on date, changes_on date)
    where a.id = j.id and a.judged_on > j.judged_on`,
}

/** An agreement whose document is unchanged. */
export interface Unchanged {
  id: string
  /** The words for full-text search. */
  words: string
  judgedOn: Day
  changesOn: Day | null
}

/** Stores what can have changed although the document has not: the search words, and a day that was still to come. */
export async function storeUnchanged(db: Database, unchanged: Unchanged[]): Promise<void> {
  if (unchanged.length === 0) return
  await storeWords(db, unchanged)
  const judged = unchanged.map(({ id, judgedOn, changesOn }) => ({ id, judged_on: judgedOn, changes_on: changesOn }))
  await db.query(judgedStatement, [JSON.stringify(judged)])
}

const wordsStatement: Statement = {
  name: 'store-words',
  text: `with listed as (
      update agreement_listings a set search = search_vector(w.words)
      from json_to_recordset($1::json) w (id uuid, words text)
      where a.agreement_id = w.id and a.search <> search_vector(w.words)
      returning a.agreement_id, a.search
    )
    update agreement_version_listings v set search = l.search from listed l join agreements a on a.id = l.agreement_id
    where v.agreement_id = a.id and v.version = a.version`,
}

async function storeWords(db: Database, unchanged: Unchanged[]): Promise<void> {
  await db.query(wordsStatement, [JSON.stringify(unchanged.map(({ id, words }) => ({ id, words })))])
}
