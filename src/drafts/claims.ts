import type { Confidence } from './parties.ts'
import type { Reading, Span } from './reading/reading.ts'
import type { Body } from './names.ts'
import { isAsserted } from './negation.ts'

/** A claim of a kind that a register can count. */
export interface ClaimFound {
  statement: string
  at: Span
  confidence: Confidence
  /** `number` is the place in the row of agreements of `body`; `since` is the year of the one before. */
  claim: Countable
}

/** A place in the row of the agreements of a body, or the year of the agreement before. */
export type Countable =
  | { kind: 'position'; number: number; noun: string; body: Body | undefined }
  | { kind: 'first_since'; year: string; body: Body | undefined }

const ordinals =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth'.split(
    ' ',
  )
const counted = new Map(
  Object.entries({
    bilateral: 'bilateral',
    bilaterals: 'bilateral',
    agreement: 'agreement',
    accord: 'agreement',
    pact: 'agreement',
    treaty: 'treaty',
    memorandum: 'memorandum',
    arrangement: 'arrangement',
    partnership: 'bilateral',
    partner: 'bilateral',
    deal: 'agreement',
    mou: 'memorandum',
    one: 'agreement',
    such: 'agreement',
  }),
)

/** The place in a row that a word names, such as 13 of `13th` and `thirteenth`. */
const ordinalOf = (key: string): number | undefined => {
  const [, digits] = /^(\d{1,3})(?:st|nd|rd|th)$/.exec(key) ?? []
  if (digits) return Number(digits)
  const index = ordinals.indexOf(key)
  return index < 0 ? undefined : index + 1
}

const withSuffix = (number: number): string => {
  const tens = number % 100
  if (tens > 10 && tens < 14) return `${number}th`
  return `${number}${['th', 'st', 'nd', 'rd'][number % 10] ?? 'th'}`
}

/** The claims of an English text: `the 13th bilateral of …`, `the first since 2013`. */
export function claimsOf(reading: Reading): ClaimFound[] {
  const claims = new Map<string, ClaimFound>()
  for (const { claim, at } of countablesIn(reading)) {
    if (claim.kind === 'position' && claim.body === undefined) continue
    const statement = statementOf(claim)
    if (!claims.has(statement) && isAsserted(reading, at))
      claims.set(statement, { statement, at, confidence: 'medium', claim })
  }
  return [...claims.values()].slice(0, 20)
}

const statementOf = (claim: Countable): string =>
  claim.kind === 'first_since'
    ? `It is the first since ${claim.year}.`
    : `It is the ${withSuffix(claim.number)} ${claim.noun} of ${called(claim.body!)}.`

/** What an English text says that can be counted, in its order; it may also deny it. */
export function* countablesIn(reading: Reading): Generator<{ claim: Countable; at: Span }> {
  if (reading.language !== 'en') return
  for (const [at, { key }] of reading.tokens.entries()) {
    const number = ordinalOf(key)
    const found = number === undefined ? undefined : countableAt(reading, at, number)
    if (found) yield found
  }
}

function countableAt(reading: Reading, at: number, number: number): { claim: Countable; at: Span } | undefined {
  const { tokens } = reading
  const { to } = reading.sentenceOf(at)
  if (number === 1) {
    const since = sinceYear(reading, at, to)
    if (since) {
      const body = bodyAfter(reading, at + 1, since.to)?.body
      return { claim: { kind: 'first_since', year: since.year, body }, at: { from: at, to: since.to } }
    }
  }
  for (let i = at + 1; i < Math.min(to, at + 4); i++) {
    const noun = counted.get(tokens[i]!.key)
    if (noun === undefined || (tokens[i]!.key === 'one' && i + 1 < to)) continue
    const body = bodyAfter(reading, i + 1, to) ?? bodyBefore(reading, at)
    return {
      claim: { kind: 'position', number, noun, body: body?.body },
      at: { from: at, to: Math.max(body?.to ?? 0, i + 1) },
    }
  }
  return undefined
}

const called = ({ name, kind }: Body): string =>
  kind === 'agency' || kind === 'supranational_body' ? `the ${name}` : name

/** `since 2013` after `first`, with a word for what is counted, or none, between. */
function sinceYear(reading: Reading, at: number, to: number): { year: string; to: number } | undefined {
  const { tokens } = reading
  for (let i = at + 1; i + 1 < Math.min(to, at + 20); i++) {
    if (tokens[i]!.key !== 'since' || !/^(?:19|20)\d\d$/.test(tokens[i + 1]!.key)) continue
    const words = tokens.slice(at + 1, i)
    const counts =
      words.length === 0 || words.some(({ key }, n) => counted.has(key) || reading.nounAt(at + 1 + n) !== undefined)
    return counts ? { year: tokens[i + 1]!.key, to: i + 2 } : undefined
  }
  return undefined
}

/** The body of which the agreements are counted: `of DHS`, `that the US Department … has undertaken`, `DHS has signed`. */
function bodyAfter(reading: Reading, from: number, to: number): { body: Body; to: number } | undefined {
  let best: { body: Body; to: number } | undefined
  for (let i = from; i < Math.min(to, from + 14); i++) {
    if (reading.endsClause(i) && i > from && !/\(/.test(reading.tokens[i]!.gap)) break
    if (/^(?:with|between)$/.test(reading.tokens[i]!.key)) break
    const mention = reading.mentionAt(i)
    if (!mention || mention.isAdjective) continue
    // Of `the US Department of Homeland Security`, the narrower body.
    if (!best || (best.body.id === mention.party.id && mention.body.id !== best.body.id))
      best = { body: mention.body, to: mention.to }
    i = mention.to - 1
  }
  return best
}

/** `For DHS it is the 13th bilateral`: the nearest body before, in the same sentence. */
function bodyBefore(reading: Reading, at: number): { body: Body; to: number } | undefined {
  const { from } = reading.sentenceOf(at)
  for (let i = at - 1; i >= from && at - i < 20; i--) {
    const mention = reading.mentionAt(i)
    if (mention && !mention.isAdjective) return { body: mention.body, to: mention.to }
  }
  return undefined
}
