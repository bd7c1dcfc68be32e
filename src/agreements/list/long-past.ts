import { immutable } from '../../http/responses.ts'
import type { Day, Today } from '../../shared/calendar.ts'
import { addDays } from '../../shared/durations.ts'

/**
 * Whether `instant` is so long past, at least some hours in any time zone, that no transaction of before it is still
 * running: it would add a version to what was answered.
 */
function isLongPast(instant: string, today: Day): boolean {
  const lastDay = addDays(today, -2)
  return lastDay !== null && new Date(instant).toISOString().slice(0, 10) <= lastDay
}

interface Question {
  asOf?: string | undefined
}

/**
 * The `Cache-Control` of the answer to a question.
 * @param otherwise that of an answer which can change
 */
export const cacheControlOf = ({ asOf }: Question, today: Day, otherwise = 'no-cache'): string =>
  asOf !== undefined && isLongPast(asOf, today) ? immutable : otherwise

/** The day for which a question is evaluated unless it gives one: that of its instant, or today if that is to come. */
export function dayOf({ asOf }: Question, today: Today): Day {
  const [now, then] = [today(), today(asOf)]
  return then < now ? then : now
}
