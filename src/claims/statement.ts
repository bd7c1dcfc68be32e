import type { LifecycleEvent } from '../agreements/time/lifecycle.ts'
import { countablesIn } from '../drafts/claims.ts'
import { nearestAct } from '../drafts/dates.ts'
import { daysIn } from '../drafts/days.ts'
import type { Body, Names } from '../drafts/names.ts'
import { isAsserted } from '../drafts/negation.ts'
import { languageIn } from '../drafts/reading/language.ts'
import { Reading } from '../drafts/reading/reading.ts'
import type { Day } from '../shared/calendar.ts'
import { countIn, type CountStatement, notAsserted, type Unread } from './count.ts'

/** What a statement says that can be counted or read. */
export type Statement =
  | { kind: 'position'; number: number; noun: string; body: Body | undefined }
  | { kind: 'first_since'; year: string; body: Body | undefined }
  | CountStatement
  | { kind: 'date'; event: LifecycleEvent; date: string }

/** Acts of words that are no acts of agreements by themselves. */
const noEvents = new Set(['agreed', 'notice', 'renewed_by_itself'])

/** Reads a statement; undefined when it is of no kind that the register can count. */
export async function readStatement(text: string, names: Names, today: Day): Promise<Statement | Unread | undefined> {
  const reading = await Reading.of(text, languageIn(text), names, today)
  const countables = [...countablesIn(reading)]
  const denied = countables.find(({ at }) => !isAsserted(reading, at))
  if (denied) return notAsserted(denied.claim.kind)
  return countables[0]?.claim ?? countIn(reading, today) ?? dateIn(reading, today)
}

/** `in force since 2016`, `signed on 27 October 2019`: the day next to the act. */
function dateIn(reading: Reading, today: Day): Statement | Unread | undefined {
  const acts = reading.acts.filter(({ act }) => !noEvents.has(act))
  if (acts.length === 0) return undefined
  const [day] = daysIn(reading, { from: 0, to: reading.tokens.length }, today).days
  const nearest = day && nearestAct(day, acts)
  if (!nearest) return undefined
  const { mood, from, to } = nearest
  const isDayAsserted = isAsserted(reading, { from: Math.max(from, day.from), to: Math.max(to, day.to) })
  if (mood === 'denied' || mood === 'open' || !isDayAsserted) return notAsserted('date')
  const event = nearest.act === 'ceases' ? 'terminated' : nearest.act
  return { kind: 'date', event: event as LifecycleEvent, date: day.date }
}
