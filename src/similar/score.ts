import { remembered } from '../shared/remembered.ts'
import { wordsIn } from '../shared/text.ts'

export const reasonCodes = [
  'same_parties',
  'shared_parties',
  'same_day',
  'near_day',
  'same_title',
  'near_title',
  'other_collection',
  'same_collection',
] as const

export interface Reason {
  code: (typeof reasonCodes)[number]
  message: string
}

/** How another agreement relates to the one that it is compared with. They share parties on opposite sides. */
export interface Comparison {
  /** Number of parties that both have, and of all parties that either has. */
  sharedParties: number
  allParties: number
  /** Days between the possible days of signature; 0 when they overlap, null when one is unknown. */
  daysApart: number | null
  /** Whether both days of signature are exact. */
  exact: boolean
  /** The first possible day of signature of each. */
  days: [own: string | null, other: string | null]
  /** The titles of each, in all languages. */
  titles: [own: Title[], other: Title[]]
  /** Whether both are from the same collection; null when one is from none. */
  sameCollection: boolean | null
}

/** Longer titles are cut, in UTF-16 units. */
const maxLength = 300

/** A title as it is compared: its words, and the groups of three letters in them. */
export class Title {
  readonly words: string
  #trigrams: ReadonlySet<string> | undefined

  constructor(text: string) {
    this.words = wordsIn(text).join(' ')
  }

  get trigrams(): ReadonlySet<string> {
    return (this.#trigrams ??= new Set(this.words.split(' ').flatMap(trigramsOf)))
  }
}

/** As `pg_trgm` makes them: the beginning of a word counts more than its end. */
function trigramsIn(word: string): string[] {
  const padded = `  ${word} `
  return Array.from({ length: padded.length - 2 }, (_, i) => padded.slice(i, i + 3))
}

/** Most titles are made of a few hundred words. */
const trigramsOf = remembered(2_000, trigramsIn)

/** Each agreement of a busy pair is compared with much the same ones. */
const titleOfCut = remembered(1_000, (text) => new Title(text))

export const titleOf = (text: string): Title => titleOfCut(text.slice(0, maxLength))

/** From 0 to 1: twice the number of common groups of letters, divided by the number in both (Dice's coefficient). */
function likeness(a: Title, b: Title): number {
  if (a.words === b.words) return 1
  const all = a.trigrams.size + b.trigrams.size
  let common = 0
  for (const trigram of a.trigrams) if (b.trigrams.has(trigram)) common += 1
  return all === 0 ? 0 : (2 * common) / all
}

/** Two titles of one register have this likeness by their common words alone: “Agreement between the Government of”. */
const ordinaryLikeness = 0.4

/** The agreements of one year apart count as not near. */
const maxDaysApart = 366

/** The value of an unknown day: neither near nor far. */
const unknownDay = 0.4

/** The value of days that overlap but are not exact, such as `2019` and `2019-03-05`. */
const possiblyTheSame = 0.9

/** How much nearer to 1 the score is of two that different lists have: each list has an agreement of its own. */
const nearerInOther = 0.2

/** How much lower the score is of two in one list, which seldom has an agreement twice. */
const lowerInSame = 0.15

/**
 * How similar two agreements are, from 0 to 1, and why: the mean of the nearness of their days and of their titles, less
 * if only some of their parties are the same, more if they are from different collections, less if from the same one.
 */
export function scoreOf(comparison: Comparison): { score: number; why: Reason[] } {
  const { sharedParties, allParties, titles, sameCollection } = comparison
  const title = Math.max(...titles[0].flatMap((own) => titles[1].map((other) => likeness(own, other))))
  const nearTitle = Math.max(0, (title - ordinaryLikeness) / (1 - ordinaryLikeness))
  const parties = (1 + sharedParties / allParties) / 2
  const alone = (parties * (nearnessOf(comparison) + nearTitle)) / 2
  const inOther = alone + (1 - alone) * nearerInOther
  const score = sameCollection === null ? alone : sameCollection ? alone * (1 - lowerInSame) : inOther
  return {
    score: Math.round(score * 100) / 100,
    why: [
      ...partiesReason(comparison),
      ...dayReason(comparison),
      ...titleReason(title, nearTitle),
      ...collectionReason(comparison),
    ],
  }
}

/** From 1 (the same day) to 0 (a year apart or more); a day more matters less the further apart they are. */
function nearnessOf({ daysApart, exact }: Comparison): number {
  if (daysApart === null) return unknownDay
  if (daysApart === 0) return exact ? 1 : possiblyTheSame
  return Math.max(0, possiblyTheSame * (1 - Math.log(1 + daysApart) / Math.log(1 + maxDaysApart)))
}

function partiesReason({ sharedParties, allParties }: Comparison): Reason[] {
  if (sharedParties === allParties) return [{ code: 'same_parties', message: 'The parties are the same.' }]
  return [{ code: 'shared_parties', message: `${sharedParties} of all ${allParties} parties are the same.` }]
}

function dayReason({ daysApart, exact, days: [own, other] }: Comparison): Reason[] {
  if (daysApart === null || daysApart >= maxDaysApart) return []
  if (daysApart > 0) {
    const apart = `${daysApart} ${daysApart === 1 ? 'day' : 'days'}`
    return [{ code: 'near_day', message: `Signed ${apart} apart: ${own} and ${other}.` }]
  }
  if (exact) return [{ code: 'same_day', message: `Signed on the same day: ${own}.` }]
  return [{ code: 'near_day', message: 'Possibly signed on the same day: one of the dates is not an exact day.' }]
}

function titleReason(title: number, nearTitle: number): Reason[] {
  if (title === 1) return [{ code: 'same_title', message: 'The titles are the same.' }]
  if (nearTitle === 0) return []
  return [{ code: 'near_title', message: `${Math.floor(title * 100)} percent of the titles are the same.` }]
}

function collectionReason({ sameCollection }: Comparison): Reason[] {
  if (sameCollection === null) return []
  return sameCollection
    ? [{ code: 'same_collection', message: 'Both are from the same collection, which makes it less probable.' }]
    : [{ code: 'other_collection', message: 'They are from different collections, which makes it more probable.' }]
}
