import { isDay } from '../../shared/calendar.ts'
import type { StatedStatus } from '../time/lifecycle.ts'

/** The words that lists use for each status in place of a date. */
const words: Record<StatedStatus, RegExp> = {
  terminated:
    /^(?:terminated|denounced|expired|ended|inactive|lapsed|superseded|withdrawn|(?:not|no longer) (?:in force|in effect|active|valid))\b/i,
  in_force:
    /^(?:still |currently |entered )?(?:in[ _-]?force|in effect|into force|active|current|effective|ongoing|valid)\b/i,
  provisionally_applied: /^(?:provisional|provisionally[ _-]applied)\b/i,
  suspended: /^suspended\b/i,
  signed: /^(?:signed|not yet in force|pending)\b/i,
  negotiating: /^(?:negotiating|(?:under|in) negotiations?|initialled|draft)\b/i,
}

/**
 * What to write in place of a text that is a status (`in force`, `terminated 2021-02-28`) and not a date; undefined for any
 * other text.
 */
export function statementInstead(text: string): string | undefined {
  const trimmed = text.trim()
  const [status] = Object.entries(words).find(([, word]) => word.test(trimmed)) ?? []
  if (status === undefined) return undefined
  const day = /[0-9]{4}-[0-9]{2}-[0-9]{2}/.exec(trimmed)?.[0]
  const example = JSON.stringify({ status, on: day !== undefined && isDay(day) ? day : '2021-02-28', source: 'list' })
  return `Must be a date; \`${trimmed}\` is a status. Omit this date, and add a statement to \`statusStatements\`: \`${example}\`. \`on\` is the day for which the source states it, \`source\` the key of the source.`
}
