import type { Day } from '../../shared/calendar.ts'
import type { Duration } from '../../shared/durations.ts'
import {
  type Ending,
  endings,
  type LifecycleEvent,
  lifecycleEvents,
  type DatedAct,
  type Status,
  type Term,
} from './lifecycle.ts'
import type { EndByOther } from './other-agreements.ts'
import { changesOfTerm } from './runs.ts'
import { endAfterNotice, endOfTerm, finalEnd, type Run } from './term.ts'

/** A period with one status: `from` inclusive, `until` exclusive; null where unbounded. */
export interface StatusPeriod {
  status: Status
  from: Day | null
  until: Day | null
  endedBy: Ending | null
  /** Whether one of its bounds depends on a date that is not an exact day. */
  approximate: boolean
  /** Whether it begins on one exact day. */
  exactFrom: boolean
}

/** An act that can change the status, or the end of the term. */
interface StatusChange {
  event: LifecycleEvent
  occurrence: number
  day: Day
  exact: boolean
}

/** `before` is the status before the last suspension, and before the expiry that ended the agreement; null otherwise. */
type Rule = (now: Pick<StatusStart, 'status'>, before: { suspension: Status; expiry: Status | null }) => Status

const toNegotiating: Rule = ({ status }) => (status === 'unknown' ? 'negotiating' : status)
/** Consent to be bound (Articles 11 to 17) is not yet entry into force (Article 24). */
const toSigned: Rule = ({ status }) => (status === 'unknown' || status === 'negotiating' ? 'signed' : status)
const toTerminated: Rule = () => 'terminated'
/** An agreement that lapsed is revived when its term is extended. */
const toRevived: Rule = ({ status }, before) => before.expiry ?? status

/** How each act changes the current status; other acts do not change it. */
const rules: Partial<Record<LifecycleEvent, Rule>> = {
  negotiation_started: toNegotiating,
  initialled: toNegotiating,
  adopted: toNegotiating,
  signed: toSigned,
  signed_definitively: toSigned,
  notes_exchanged: toSigned,
  ratified: toSigned,
  accepted: toSigned,
  approved: toSigned,
  acceded: toSigned,
  instruments_exchanged: toSigned,
  notified_completion: toSigned,
  provisionally_applied: ({ status }) =>
    status === 'unknown' || status === 'negotiating' || status === 'signed' ? 'provisionally_applied' : status,
  entered_into_force: () => 'in_force',
  amended: toRevived,
  extended: toRevived,
  suspended: ({ status }) => (status === 'in_force' || status === 'provisionally_applied' ? 'suspended' : status),
  resumed: ({ status }, before) => (status === 'suspended' ? before.suspension : status),
  denounced: toTerminated,
  withdrawn: toTerminated,
  expired: toTerminated,
  superseded: toTerminated,
  terminated: toTerminated,
}

/**
 * The statuses of an agreement, in order. They follow from its preferred dates (the effective date where there is one) and
 * its term.
 */
export const statusStarts = (dated: DatedAct[], rules: RulesOfEnd): StatusStart[] =>
  statusStartsOf(statusChangesOf(dated, rules))

/** All past and future periods, without gaps or overlaps, each with a different status from the previous one. */
export const periodsOf = (starts: StatusStart[]): StatusPeriod[] =>
  starts.map(({ status, from, endedBy, exact }, i) => {
    const next = starts[i + 1]
    const approximate = !exact || next?.exact === false
    return { status, from, until: next?.from ?? null, endedBy, approximate, exactFrom: exact }
  })

/** A status and the day on which it begins. */
export interface StatusStart {
  status: Status
  from: Day | null
  endedBy: Ending | null
  /** Of the act with which it begins; 1 when none is known. */
  occurrence: number
  exact: boolean
}

function statusStartsOf(changes: StatusChange[]): StatusStart[] {
  const starts: StatusStart[] = [{ status: 'unknown', from: null, endedBy: null, occurrence: 1, exact: true }]
  const before: Parameters<Rule>[1] = { suspension: 'in_force', expiry: null }
  for (const { event, occurrence, day, exact } of changes) {
    const current = starts.at(-1)!
    const status: Status = rules[event]?.(current, before) ?? current.status
    if (status === current.status) continue
    if (status === 'suspended' && current.status !== 'terminated') before.suspension = current.status
    before.expiry = event === 'expired' ? current.status : null
    if (current.from === day) starts.pop()
    if (starts.at(-1)!.status === status) continue
    const endedBy = status === 'terminated' ? (event as Ending) : null
    starts.push({ status, from: day, endedBy, occurrence, exact })
  }
  return starts
}

/**
 * The status changes in the order of their days. On the same day, first occurrences come before second ones (resumed, then
 * suspended again), and otherwise the usual order of acts applies.
 */
function statusChangesOf(dated: DatedAct[], rules: RulesOfEnd): StatusChange[] {
  const { runs, ends } = rules
  const reviving = new Set(changesOfTerm(dated).filter((act) => revives(act, runs)))
  const acts = dated.flatMap((act) => {
    if (isExtension(act) && !reviving.has(act)) return []
    const change = statusChangeOf(act, dated, rules)
    return change === undefined || isRevoked(act, dated, change.day) || isUndone(change, reviving) ? [] : change
  })
  const expiries = runs.flatMap((run): StatusChange[] => {
    const day = endOfTerm(run)
    return day === null ? [] : [{ event: 'expired', occurrence: 1, day, exact: run.course!.exact }]
  })
  const byOthers = ends.map(({ event, day, exact }): StatusChange => ({ event, occurrence: 1, day, exact }))
  return [...acts, ...expiries, ...byOthers].toSorted(
    (a, b) =>
      (a.day < b.day ? -1 : a.day > b.day ? 1 : 0) ||
      a.occurrence - b.occurrence ||
      lifecycleEvents.indexOf(a.event) - lifecycleEvents.indexOf(b.event) ||
      Number(b.exact) - Number(a.exact),
  )
}

function statusChangeOf(act: DatedAct, dated: DatedAct[], rulesOfEnd: RulesOfEnd): StatusChange | undefined {
  const { event, occurrence, first, exact } = act
  if (!rules[event]) return undefined
  if (isNotice(act)) return denunciation(act, dated, rulesOfEnd)
  return { event, occurrence, day: endingActs.includes(event) ? endOfPeriod(act, dated) : first, exact }
}

const isExtension = ({ event }: DatedAct): boolean => event === 'extended' || event === 'amended'

/** Whether an expiry is undone by an act that revives, made on that day or later, with effect from that day or before. */
const isUndone = ({ event, day }: StatusChange, reviving: ReadonlySet<DatedAct>): boolean =>
  event === 'expired' && [...reviving].some((act) => act.first <= day && day <= act.done)

/** Whether the end of the term is still to come when a change of it takes effect. */
function revives(act: DatedAct, runs: Run[]): boolean {
  const run = runs.findLast(({ first }) => first <= act.first)
  if (run === undefined) return false
  const end = finalEnd(run.course)
  return end === null || end > act.first
}

/** Acts that end a period: an imprecise date counts by its last possible day. All others count by the first. */
const endingActs: readonly LifecycleEvent[] = [...endings, 'resumed']

/** The last day on which the act can have ended a period, which is not after the start of the next such period. */
function endOfPeriod({ event, occurrence, first, last }: DatedAct, dated: DatedAct[]): Day {
  const opening = event === 'resumed' ? 'suspended' : 'entered_into_force'
  const again = dated.filter((act) => act.event === opening && act.occurrence > occurrence && act.first >= first)
  return [last, ...again.map((act) => act.first)].toSorted()[0]!
}

/** Whether an act ends the agreement after notice, because the day of its effect is unknown. */
export const isNotice = (act: DatedAct): boolean => isEndByParty(act) && act.ofTheAct

/** From what the end of an agreement follows, besides its acts. */
export interface RulesOfEnd {
  runs: Run[]
  /** The term on a day; null when unknown. */
  termOn: (day: Day) => Term | null
  /** The notice where no text gives it; null when none applies. */
  silent: Duration | null
  /** The ends that follow from other agreements. */
  ends: readonly EndByOther[]
}

const isEndByParty = ({ event }: DatedAct): boolean => event === 'denounced' || event === 'withdrawn'

/** Whether an act revokes a denunciation or a withdrawal: it is of the same occurrence, and not of another party. */
const revokes = (revocation: DatedAct, act: DatedAct): boolean =>
  revocation.event === 'denunciation_revoked' &&
  isEndByParty(act) &&
  revocation.occurrence === act.occurrence &&
  (revocation.party === act.party || revocation.party === null || act.party === null)

/** Whether an act is revoked before it takes effect on `day` (Article 68). */
const isRevoked = (act: DatedAct, dated: DatedAct[], day: Day): boolean =>
  isEndByParty(act) && dated.some((other) => revokes(other, act) && other.last < day)

/** The revocations that come too late to change anything. */
export const lateRevocations = (dated: DatedAct[], rules: RulesOfEnd): DatedAct[] =>
  dated.filter(
    (revocation) =>
      revocation.event === 'denunciation_revoked' &&
      dated.some((act) => {
        const change = revokes(revocation, act) ? statusChangeOf(act, dated, rules) : undefined
        return change !== undefined && revocation.last >= change.day
      }),
  )

/**
 * The end caused by a denunciation without an effective date. Before the entry into force, a withdrawal shows the intention
 * not to become a party (Article 18 (a)), and provisional application ends immediately (Article 25, paragraph 2); an
 * agreement in force ends after notice. Undefined when no text gives the notice.
 */
function denunciation(
  { event, occurrence, last, exact }: DatedAct,
  dated: DatedAct[],
  { runs, termOn, silent }: RulesOfEnd,
): StatusChange | undefined {
  const before = (event: LifecycleEvent): boolean => dated.some((act) => act.event === event && act.first <= last)
  const run = runs.findLast(({ first }) => first <= last) ?? runs[0] ?? null
  const isAtOnce = !before('entered_into_force') && (event === 'withdrawn' || before('provisionally_applied'))
  const day = isAtOnce ? last : endAfterNotice(run ? run.term : termOn(last), run, last, silent)
  const countsFromRun = !isAtOnce && run?.term?.atEnd === 'renews' && run.course?.exact === false
  return day === null ? undefined : { event, occurrence, day, exact: exact && !countsFromRun }
}

/** Whether a notice ends the agreement on a known day, or is revoked. */
export const hasKnownEnd = (act: DatedAct, dated: DatedAct[], rules: RulesOfEnd): boolean =>
  denunciation(act, dated, rules) !== undefined || dated.some((other) => revokes(other, act))

/** The periods in force; provisional application (Article 25) and suspension (Article 57) do not count. */
export const inForcePeriods = <Period extends Pick<StatusPeriod, 'status'>>(all: readonly Period[]): Period[] =>
  all.filter(({ status }) => status === 'in_force')
