import type { afterTerm, Trigger } from '../../agreements/time/lifecycle.ts'
import {
  afterTermValues,
  exitEffectValues,
  noticeFromValues,
  roundingValues,
  triggerValues,
} from './register-values.ts'
import type { RowReader, Value } from './row-reader.ts'
import type { EntryIntoForceRule, TermRule } from './schemas.ts'

/** What the text ties the entry into force to. */
export interface MappedEntryIntoForce {
  on: Trigger
  /** ISO 8601. */
  delay?: string
  roundedUp?: 'month'
}

/** How long an agreement runs. Durations are ISO 8601. */
export interface MappedTerm {
  /** `signature`, `entry_into_force` or a day. */
  runsFrom: string
  length?: string
  /** Still in force on this day. */
  lastDay?: string
  atEnd?: (typeof afterTerm)[number]
  renewal?: { length: string; most?: number; notice?: string }
  exit?: { notice: string; from?: string; takesEffect?: string }
  sunset?: string
}

/** Keeps where a value comes from, by its place in the agreement. */
type Keep = (pointer: string, value: Value | undefined) => void

export function entryIntoForceOf(row: RowReader, rule: EntryIntoForceRule, keep: Keep): MappedEntryIntoForce | null {
  const on = row.oneOf(rule.on, triggerValues)
  if (!on) return null
  const delay = row.duration(rule.delay)
  keep('/entryIntoForce/delay', delay)
  const roundedUp = row.oneOf(rule.roundedUp, roundingValues)
  return { on: on.text, ...(delay && { delay: delay.text }), ...(roundedUp && { roundedUp: roundedUp.text }) }
}

/** Null when the row says nothing of it. */
export function termOf(row: RowReader, rule: TermRule, keep: Keep): MappedTerm | null {
  const length = row.duration(rule.length)
  const [lastDay] = rule.lastDay ? row.days(rule.lastDay) : []
  const atEnd = row.oneOf(rule.atEnd, afterTermValues)
  const renewal = renewalOf(row, rule, keep)
  const exit = exitOf(row, rule, keep)
  const sunset = row.duration(rule.sunset)
  if (!length && !lastDay && !atEnd && !renewal && !exit && !sunset) return null
  const runsFrom = row.value(rule.runsFrom)
  for (const [field, value] of Object.entries({ runsFrom, length, lastDay, sunset })) keep(`/term/${field}`, value)
  return {
    runsFrom: runsFrom?.text ?? 'entry_into_force',
    ...(length && { length: length.text }),
    ...(lastDay && { lastDay: lastDay.text }),
    ...(atEnd && { atEnd: atEnd.text }),
    ...(renewal && { renewal }),
    ...(exit && { exit }),
    ...(sunset && { sunset: sunset.text }),
  }
}

function renewalOf(row: RowReader, { renewal }: TermRule, keep: Keep): MappedTerm['renewal'] {
  const length = row.duration(renewal?.length)
  if (!renewal || !length) return undefined
  const notice = row.duration(renewal.notice)
  keep('/term/renewal/length', length)
  keep('/term/renewal/notice', notice)
  return { length: length.text, ...mostOf(row, renewal, keep), ...(notice && { notice: notice.text }) }
}

function mostOf(row: RowReader, { most }: NonNullable<TermRule['renewal']>, keep: Keep): { most?: number } {
  const found = row.value(most)
  if (!found) return {}
  keep('/term/renewal/most', found)
  if (/^[0-9]{1,4}$/.test(found.text)) return { most: Number(found.text) }
  row.error(found.origin, 'not_a_number', `${JSON.stringify(found.text)} is not a number.`, 'A whole number.')
  return {}
}

function exitOf(row: RowReader, { exit }: TermRule, keep: Keep): MappedTerm['exit'] {
  const notice = row.duration(exit?.notice)
  if (!exit || !notice) return undefined
  keep('/term/exit/notice', notice)
  const [from, takesEffect] = [row.oneOf(exit.from, noticeFromValues), row.oneOf(exit.takesEffect, exitEffectValues)]
  return {
    notice: notice.text,
    ...(from && { from: from.text }),
    ...(takesEffect && { takesEffect: takesEffect.text }),
  }
}
