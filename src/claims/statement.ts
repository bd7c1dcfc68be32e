import type { LifecycleEvent } from '../agreements/time/lifecycle.ts'
import { countablesIn } from '../drafts/claims.ts'
import { daysIn } from '../drafts/days.ts'
import type { Body, Names } from '../drafts/names.ts'
import { languageIn } from '../drafts/reading/language.ts'
import { Reading } from '../drafts/reading/reading.ts'
import { numberOf } from '../drafts/words/durations.ts'

/** What a statement says that can be counted or read. */
export type Statement =
  | { kind: 'position'; number: number; noun: string; body: Body | undefined }
  | { kind: 'first_since'; year: string; body: Body | undefined }
  | { kind: 'count'; number: number; body: Body; with: Body | undefined }
  | { kind: 'date'; event: LifecycleEvent; date: string }

const plurals = new Set('agreements bilaterals treaties accords memoranda arrangements pacts'.split(' '))
/** Acts of words that are no acts of agreements by themselves. */
const noEvents = new Set(['agreed', 'notice', 'renewed_by_itself'])

/** Reads a statement; undefined when it is of no kind that the register can count. */
export async function readStatement(text: string, names: Names, today: string): Promise<Statement | undefined> {
  const reading = await Reading.of(text, languageIn(text), names, today)
  const [countable] = countablesIn(reading)
  return countable?.claim ?? dateIn(reading, today) ?? countIn(reading)
}

/** `in force since 2016`, `signed on 27 October 2019`: the day next to the act. */
function dateIn(reading: Reading, today: string): Statement | undefined {
  if (reading.acts.length === 0) return undefined
  const span = { from: 0, to: reading.tokens.length }
  const { days } = daysIn(reading, span, today)
  const acts = reading.acts.filter(({ act, mood }) => mood !== 'denied' && !noEvents.has(act))
  const [day] = days
  if (!day || acts.length === 0) return undefined
  const distance = ({ from, to }: { from: number; to: number }) => (from >= day.to ? from - day.to + 3 : day.from - to)
  const [nearest] = acts.toSorted((a, b) => distance(a) - distance(b))
  const event = nearest!.act === 'ceases' ? 'terminated' : (nearest!.act as LifecycleEvent)
  return { kind: 'date', event, date: day.date }
}

/** `DHS has signed 16 agreements`, `3 treaties between Peru and Chile`. */
function countIn({ tokens, mentions }: Reading): Statement | undefined {
  const [body, other] = mentions.filter(({ isAdjective }) => !isAdjective)
  for (const [i, { key }] of tokens.entries()) {
    const number = numberOf(key)
    const isCounted = tokens.slice(i + 1, i + 4).some((token) => plurals.has(token.key))
    if (number !== undefined && isCounted && body)
      return {
        kind: 'count',
        number,
        body: body.body,
        with: other?.party.id === body.party.id ? undefined : other?.body,
      }
  }
  return undefined
}
