import { addDays, endOfMonth, plus } from '../../shared/durations.ts'
import type { Day } from '../../shared/calendar.ts'
import {
  type Act,
  type DatedAct,
  datedActsOf,
  type EntryIntoForce,
  type LifecycleEvent,
  signingEvents,
  type Trigger,
} from './lifecycle.ts'

const triggering: Record<Trigger, readonly LifecycleEvent[]> = {
  signature: signingEvents,
  notes_exchanged: ['notes_exchanged'],
  last_notification: ['notified_completion'],
  last_ratification: ['ratified', 'accepted', 'approved', 'acceded'],
  instruments_exchanged: ['instruments_exchanged'],
}

/**
 * The entry into force that follows from the act to which the text ties it. Null when a date of the entry into force
 * itself is known, which decides, and when not both sides have performed the act.
 */
export function derivedEntry(acts: readonly Act[], rule: EntryIntoForce | null): DatedAct | null {
  if (rule === null || datedActsOf(acts).some(({ event }) => event === 'entered_into_force')) return null
  const trigger = bySides(acts.filter(({ event }) => triggering[rule.on].includes(event)))
  if (trigger === null) return null
  const [first, last] = [enters(trigger.first, rule), enters(trigger.last, rule)]
  if (first === null || last === null) return null
  const { exact } = trigger
  return {
    event: 'entered_into_force',
    signatory: null,
    party: null,
    side: null,
    occurrence: 1,
    first,
    last,
    exact,
    ofTheAct: true,
    done: first,
    extension: null,
    term: null,
    at: -1,
  }
}

/** When an act was performed by both sides: the first of the agreement as a whole, otherwise that of the last party. */
function bySides(acts: readonly Act[]): { first: Day; last: Day; exact: boolean } | null {
  const known = acts.flatMap((act) => {
    const { firstDay, lastDay, exact } = act.date
    const [first, last] = [firstDay ?? lastDay, lastDay ?? firstDay]
    return act.preferred && first && last ? [{ ...act, first, last, exact }] : []
  })
  const whole = known.filter(({ signatory }) => signatory === null)
  const [earliest] = whole.toSorted((a, b) =>
    a.first < b.first ? -1 : a.first > b.first ? 1 : a.last < b.last ? -1 : 1,
  )
  const counted = earliest ? [earliest] : known
  const sides = new Set(counted.map(({ side }) => side))
  if (counted.length === 0 || (whole.length === 0 && !(sides.has(1) && sides.has(2)))) return null
  const latest = (days: Day[]): Day => days.reduce((a, b) => (a > b ? a : b))
  return {
    first: latest(counted.map(({ first }) => first)),
    last: latest(counted.map(({ last }) => last)),
    exact: counted.every(({ exact }) => exact),
  }
}

/** The day of the entry into force for a day of its trigger; null after 9999-12-31. */
function enters(trigger: Day, { delay, roundedUp }: EntryIntoForce): Day | null {
  const day = delay === null ? trigger : plus(trigger, delay)
  return day === null || roundedUp === null ? day : addDays(endOfMonth(day), 1)
}
