import type { Publication } from '../agreements/publication/aggregate.ts'
import type { Database, Statement } from '../database/connect.ts'
import { titles } from './queries.ts'
import { type Reason, scoreOf, titleOf } from './score.ts'

/** An agreement that is probably the same as another. */
export interface SimilarTo {
  agreement: string
  score: number
  why: Reason[]
}

/** Agreements signed so many days apart are compared, at most. */
const maxDaysApart = 7

/** How many agreements of a party in these days are looked at, and how many of a pair are compared. */
const [maxLookedAt, maxCompared] = [200, 3]

/** What is told only if it is probably the same. */
const minScore = 0.7

/** Agreements of a party (`w.party`) in a range of days, by the index of parties and days. */
const ofParty = (days: string, max: number): string => `
  (select p.agreement_id, p.side from agreement_parties p where p.party_id = w.party and ${days}
    order by p.signed desc, p.agreement_id desc limit ${max})`

/** The beginning of the month or the year: so an agreement is listed whose day is not known better. */
const beginning = (unit: 'month' | 'year'): string => `date_trunc('${unit}', w.first)::date`

/**
 * The agreements of other collections than `$1` that are next to each of some agreements: a party of each side on opposite
 * sides, a near day. One statement for all, which reads a limited number of index entries for each.
 */
const statement: Statement = {
  name: 'similar-to-many',
  text: `
    select w.n, a.id, o.first, ${titles}, a.collection_id is null as "inNone",
      greatest(0, o.first - w.last, w.first - o.last) as "daysApart", o.first = o.last and w.first = w.last as exact,
      (select array_agg(party_id) from agreement_parties where agreement_id = a.id) as parties
    from unnest($2::int[], $3::uuid[], $4::uuid[], $5::date[], $6::date[], $7::text[])
      w (n, party, partner, first, last, title)
    cross join lateral (
      select l.agreement_id as id, l.signed as first, coalesce(nullif(l.signed_last, 'infinity'), l.signed) as last
      from (
        ${ofParty(`p.signed between w.first - ${maxDaysApart} and w.last + ${maxDaysApart}`, maxLookedAt)}
        union all
        ${ofParty(`p.signed = ${beginning('month')} and ${beginning('month')} < w.first - ${maxDaysApart}`, 20)}
        union all
        ${ofParty(
          `p.signed = ${beginning('year')} and ${beginning('year')} < ${beginning('month')}
            and ${beginning('year')} < w.first - ${maxDaysApart}`,
          20,
        )}
      ) p
      join agreement_parties q on q.agreement_id = p.agreement_id and q.party_id = w.partner and q.side <> p.side
      join agreement_listings l on l.agreement_id = p.agreement_id
      where l.collection_id is distinct from $1
      order by l.sort_title = w.title desc, abs(l.signed - w.first), l.agreement_id limit ${maxCompared}
    ) o join agreements a on a.id = o.id`,
}

interface Row {
  n: number
  id: string
  first: string
  titles: string[]
  inNone: boolean
  daysApart: number
  exact: boolean
  parties: string[]
}

/** What is asked about one agreement: `n` is its position. */
interface Question {
  n: number
  party: string
  partner: string
  first: string
  last: string
  title: string
}

/**
 * The agreements of other collections that are probably the same as each of some new ones, the most similar first. Only
 * those with a near day of signature are found, see `maxDaysApart`; with a day that is open or unknown, none.
 * @returns one list for each, in their order
 */
export async function similarToMany(db: Database, collection: string, all: Publication[]): Promise<SimilarTo[][]> {
  const found: SimilarTo[][] = all.map(() => [])
  const questions = questionsOf(all)
  if (questions.length === 0) return found
  const column = (name: keyof Question) => questions.map((question) => question[name])
  const rows = await db.query<Row>(statement, [
    collection,
    ...(['n', 'party', 'partner', 'first', 'last', 'title'] as const).map(column),
  ])
  for (const row of rows) {
    const similar = compared(all[row.n]!, row)
    if (similar.score >= minScore) found[row.n]!.push(similar)
  }
  return found.map((some) => some.toSorted((a, b) => b.score - a.score || (a.agreement < b.agreement ? -1 : 1)))
}

/** Looks for each agreement by the party that the fewest of them have: in most lists one party has all of them. */
function questionsOf(all: Publication[]): Question[] {
  const counts = new Map<string, number>()
  for (const { after } of all)
    for (const { partyId } of after.parties) counts.set(partyId, (counts.get(partyId) ?? 0) + 1)
  const rarest = (ids: string[]): string | undefined => ids.toSorted((a, b) => counts.get(a)! - counts.get(b)!)[0]
  return all.flatMap(({ after: { parties, listing } }, n): Question[] => {
    const [{ signed, signedLast, sortTitle } = { signed: null, signedLast: null, sortTitle: '' }] = listing
    if (signed === null || signedLast === null || [signed, signedLast].some((day) => day.includes('infinity')))
      return []
    const sides = [1, 2].map((side) => rarest(parties.filter((one) => one.side === side).map(({ partyId }) => partyId)))
    const [party, partner] = sides.toSorted((a, b) => (counts.get(a ?? '') ?? 0) - (counts.get(b ?? '') ?? 0))
    if (party === undefined || partner === undefined) return []
    return [{ n, party, partner, first: signed, last: signedLast, title: sortTitle }]
  })
}

function compared({ after: { agreement, parties, listing } }: Publication, row: Row): SimilarTo {
  const ids = new Set(parties.map(({ partyId }) => partyId))
  const sharedParties = row.parties.filter((id) => ids.has(id)).length
  const own = [agreement.title, ...agreement.alternativeTitles.slice(0, 4).map(({ title }) => title)]
  const scored = scoreOf({
    sharedParties,
    allParties: ids.size + row.parties.length - sharedParties,
    daysApart: row.daysApart,
    exact: row.exact,
    days: [listing[0]!.signed, row.first],
    titles: [own.map(titleOf), row.titles.map(titleOf)],
    sameCollection: row.inNone ? null : false,
  })
  return { agreement: row.id, ...scored }
}
