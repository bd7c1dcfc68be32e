import type { Day } from '../../shared/calendar.ts'
import type { DatedAct, Ending, Outlook, Signature, Status } from './lifecycle.ts'

/** How an agreement can end because of another one; `expired` when it ends with that one. */
export const endingsByOthers = ['superseded', 'terminated', 'expired'] as const satisfies Ending[]

/** An end of an agreement that follows from another agreement. */
export interface EndByOther {
  event: (typeof endingsByOthers)[number]
  /** The first day no longer in force. */
  day: Day
  /** Whether that is one exact day. */
  exact: boolean
  /** Id of the other agreement. */
  by: string
}

interface OwnTimeline {
  signature: Signature | null
  entry: DatedAct | null
  periods: { status: Status; from: Day | null; until: Day | null; exactFrom: boolean }[]
  isExtended: boolean
}

export function outlookOf({ signature, entry, periods, isExtended }: OwnTimeline, parties: readonly string[]): Outlook {
  return {
    parties: [...new Set(parties)].toSorted(),
    begins: signature?.first ?? entry?.first ?? null,
    entry: entry && { day: entry.last, exact: entry.exact },
    ends: periods.flatMap(({ status, from, until, exactFrom }) =>
      status === 'terminated' && from !== null ? [{ day: from, exact: exactFrom, until }] : [],
    ),
    isExtended,
  }
}

/** Why an agreement does not end another one that it supersedes or terminates. */
export type NoEnd = 'other_parties' | 'later_agreement' | 'not_in_force'

/**
 * The end of an agreement by a later one between the same parties: the day on which the later one enters into force
 * (Vienna Convention, Article 59). An imprecise day counts by its last possible day. It does not depend on how long the
 * later one lasts.
 */
export function endBySuccessor(
  earlier: Pick<Outlook, 'parties' | 'begins'>,
  later: Outlook,
): Omit<EndByOther, 'event' | 'by'> | NoEnd {
  if (earlier.parties.join() !== later.parties.join()) return 'other_parties'
  if (later.entry === null) return 'not_in_force'
  const { day, exact } = later.entry
  return earlier.begins !== null && day < earlier.begins ? 'later_agreement' : { day, exact }
}

/** The ends of an agreement that ends with `umbrella`: whenever that ends, except before this one begins. */
export const endsWithUmbrella = (
  { begins }: Pick<Outlook, 'begins'>,
  umbrella: Outlook,
): { day: Day; exact: boolean }[] =>
  umbrella.ends.flatMap(({ day, exact }) => (begins !== null && day < begins ? [] : [{ day, exact }]))

/** The day on which `umbrella` had ended when the agreement began; null when it had not. */
export const endedBefore = ({ begins }: Pick<Outlook, 'begins'>, umbrella: Outlook): Day | null =>
  umbrella.ends.find(({ day, until }) => begins !== null && day < begins && (until === null || begins < until))?.day ??
  null

/** The ends that count: a date `superseded` or `terminated` of the agreement itself decides when a later one ended it. */
export function countingEnds(ends: readonly EndByOther[], dated: readonly DatedAct[]): readonly EndByOther[] {
  const hasOwn = dated.some(({ event }) => event === 'superseded' || event === 'terminated')
  return hasOwn ? ends.filter(({ event }) => event === 'expired') : ends
}

/** The agreement by which another ended, on a day on which its status is this; null when none did. */
export function enderOf(
  ends: readonly EndByOther[],
  { status, statusSince, endedBy }: { status: Status; statusSince: Day | null; endedBy: Ending | null },
): string | null {
  if (status !== 'terminated') return null
  const same = ends.filter(({ event }) => event === endedBy)
  const ofTheDay = same.find(({ day }) => day === statusSince)
  // With a date of its own, the days can differ.
  return (ofTheDay ?? (endedBy === 'expired' ? undefined : same[0]))?.by ?? null
}
