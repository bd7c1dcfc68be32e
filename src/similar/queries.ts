import { setImmediate } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { noAgreement } from '../agreements/queries.ts'
import type { Database, Statement } from '../database/connect.ts'
import type { SimilarAgreement } from './schemas.ts'
import { scoreOf, type Title, titleOf } from './score.ts'

/** How many agreements are compared with one. */
interface Effort {
  /** Of each pair of parties, those that are next in the order of signature, in each direction. */
  byDay: number
  /** Those that are next in the order of titles, in each direction. */
  byTitle: number
  /** Of these, the nearest. */
  compared: number
  /** The days between the signatures of two, at most; null for any number. */
  daysApart: number | null
}

const thorough: Effort = { byDay: 100, byTitle: 50, compared: 200, daysApart: null }

/** For the response to a creation. Further apart than these days, none has the score that is told. */
export const quick: Effort = { byDay: 25, byTitle: 10, compared: 40, daysApart: 76 }

/** The title of agreement `a`, and at most four in other languages, each cut to the length that is compared. */
export const titles = `(select json_agg(left(title, 300)) from (
    select a.title union all (select other ->> 'title' from json_array_elements(a.alternative_titles) other limit 4)
  ) titles (title)) as titles`

/** The first and the last possible day of signature of `l`; null where open or unknown. */
const days = `nullif(l.signed, '-infinity') as first, coalesce(nullif(l.signed_last, 'infinity'), nullif(l.signed, '-infinity')) as last`

/**
 * The agreement `$1` with the agreements that may be the same. `agreements_near` reads a limited number of rows, so that a
 * pair with thousands of agreements, even of one day, takes as long as any other.
 */
const statement: Statement = {
  name: 'similar-agreements',
  text: `
    with own as materialized (
      select l.agreement_id as id, ${days} from agreement_listings l where l.agreement_id = $1
    ), party as materialized (select party_id as id from agreement_parties where agreement_id = $1),
    other as (
      select l.* from own, (select l.id, l.same_title, ${days} from agreements_near($1, $2, $3) l) l
      where $5::int is null or coalesce(l.first - own.last <= $5 and own.first - l.last <= $5, true)
      order by l.same_title desc, abs(l.first - own.first), l.id limit $4
    ), found as (
      select a.id, a.reference, a.title, o.first as signed, ${titles},
        case when o.first is not null and own.first is not null
          then greatest(0, o.first - own.last, own.first - o.last) end as "daysApart",
        o.first = o.last and own.first = own.last as exact,
        a.collection_id = (select collection_id from agreements where id = $1) as "sameCollection", (
          select json_build_array(count(party.id), count(*) + (select count(*) from party) - count(party.id))
          from agreement_parties p left join party on party.id = p.party_id where p.agreement_id = o.id
        ) as parties
      from own, other o join agreements a on a.id = o.id
    )
    select own.first as signed, ${titles}, (select coalesce(json_agg(found), '[]') from found) as others
    from own join agreements a on a.id = own.id`,
}

interface Row {
  signed: string | null
  titles: string[]
  others: (SimilarAgreement['agreement'] & {
    titles: string[]
    daysApart: number | null
    exact: boolean | null
    sameCollection: boolean | null
    /** The number of parties that both have, and that either has. */
    parties: [shared: number, all: number]
  })[]
}

/** Titles that are compared between two turns of the event loop; each takes up to 0.1 ms. */
const perTurn = 50

/** The agreements with a score of at least `minScore`, the most similar first; undefined when there is no agreement `id`. */
async function similarTo(
  db: Database,
  id: string,
  { byDay, byTitle, compared, daysApart: most }: Effort,
  minScore: number,
): Promise<SimilarAgreement[] | undefined> {
  const [row] = await db.query<Row>(statement, [id, byDay, byTitle, compared, most])
  if (!row) return undefined
  const own = row.titles.map(titleOf)
  const similar: SimilarAgreement[] = []
  for (const [i, other] of row.others.entries()) {
    if (i % perTurn === perTurn - 1) await setImmediate()
    const { id, reference, title, signed, parties, daysApart, exact, sameCollection } = other
    const titles: [Title[], Title[]] = [own, other.titles.map(titleOf)]
    const days: [string | null, string | null] = [row.signed, signed]
    const [sharedParties, allParties] = parties
    const near = { daysApart, exact: exact === true, days }
    const scored = scoreOf({ sharedParties, allParties, ...near, titles, sameCollection })
    if (scored.score >= minScore) similar.push({ agreement: { id, reference, title, signed }, ...scored })
  }
  return similar.toSorted((a, b) => b.score - a.score || (a.agreement.id < b.agreement.id ? -1 : 1))
}

/** @returns at most `limit` agreements that may be the same, the most similar first. @throws Problem 404 */
export async function findSimilar(db: Database, id: string, limit: number): Promise<SimilarAgreement[]> {
  const similar = await similarTo(db, id, thorough, minScore)
  if (!similar) throw noAgreement(id)
  return similar.slice(0, limit)
}

const minScore = 0.5

/** What the response to a creation tells: fewer, and only if they are probably the same. */
const maxTold = 5
export const minScoreTold = 0.7

/**
 * The agreements that are probably the same as a new one, as a list of RFC 9651: `"<id>";score=0.97`. Null when there are
 * none, or when they cannot be looked up: the agreement has been stored, so that is no reason for an error. Takes one query,
 * after the commit: of two identical agreements created at the same time, at least one response then names the other.
 */
export async function similarHeader({ db, log }: FastifyRequest, id: string): Promise<string | null> {
  const similar = await similarTo(db, id, quick, minScoreTold).catch((error: unknown) => {
    log.warn({ err: error, agreement: id }, 'Similar agreements could not be looked up. The agreement was created.')
    return []
  })
  const told = (similar ?? []).slice(0, maxTold)
  if (told.length === 0) return null
  return told.map(({ agreement, score }) => `"${agreement.id}";score=${score.toFixed(2)}`).join(', ')
}
