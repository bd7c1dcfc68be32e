import { mark, prototypes, wordOf } from '../register/agreements.ts'
import { type Register, turn, type Workload } from './workload.ts'

/** A word that the same number of agreements have in a register of any size. */
const wordOfCopy = (word: string, n: number, { size }: Register): string =>
  word.replace(mark, String(n % (size / prototypes)).padStart(4, '0'))

const search = ([word]: string[]) => ({ path: `/v1/agreements?q=${word}` })

/** The same search as the server's: by a function that the planner does not turn into a scan of the table. */
const statementOf = (name: string): Workload['statement'] => ({
  name,
  text: `select a.document as body from (
      select l.agreement_id, ts_rank(l.search, to_tsquery('register', $1)) as rank from agreement_listings l
      where l.agreement_id in (
        select agreements_with((select to_tsquery('register', $1)), (select to_tsquery('register', $1))))
      order by rank desc, l.agreement_id desc limit 26
    ) page join agreements a on a.id = page.agreement_id order by page.rank desc, page.agreement_id desc`,
})

export const rareWords: Workload = {
  key: 'rare-words',
  name: 'rare words (20 found)',
  goal: 0.5,
  list: 25,
  values: (n, register) => [wordOfCopy(wordOf.rare.word, n, register)],
  request: search,
  statement: statementOf('rare-words')!,
}

export const rankedWords: Workload = {
  key: 'ranked-words',
  name: 'ranked words (500 found)',
  goal: 0.5,
  list: 25,
  values: (n, register) => [wordOfCopy(wordOf.ranked.word, n, register)],
  request: search,
  statement: statementOf('ranked-words')!,
}

const common = ['cooperation', 'consultation', 'committee', 'experts', 'trade']

export const commonWords: Workload = {
  key: 'common-words',
  name: 'common words',
  goal: 0.5,
  list: 25,
  values: (n) => [turn(common, n)],
  request: search,
  statement: {
    name: 'common-words',
    text: `select a.document as body from (
        select l.agreement_id, coalesce(l.signed, '-infinity'::date) as key from agreement_listings l
        where l.search @@ (select to_tsquery('register', $1))
        order by coalesce(l.signed, '-infinity'::date) desc, l.agreement_id desc limit 26
      ) page join agreements a on a.id = page.agreement_id order by page.key desc, page.agreement_id desc`,
  },
}
