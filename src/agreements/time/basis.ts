import type { Day } from '../../shared/calendar.ts'
import { addDays } from '../../shared/durations.ts'
import type { Act, StatedStatus, Status, StatusBasis } from './lifecycle.ts'
import type { StatusPeriod, StatusStart } from './status.ts'

/** The status of an agreement on a day, as a source states it. */
export interface Statement {
  status: StatedStatus
  on: Day
}

/** A period in which the status, how it ended and what it rests on stay the same. */
export interface Standing extends StatusPeriod {
  basis: StatusBasis
  /** The day of the statement on which the status rests; null for another basis. */
  statedOn: Day | null
  /** The first day of the status, which can be earlier than `from`; null where unbounded. */
  statusSince: Day | null
  /** The day on which the status ends, which can be later than `until`; null where unbounded. */
  statusUntil: Day | null
}

interface Piece extends StatusStart {
  basis: StatusBasis
  statedOn: Day | null
}

/**
 * The statuses of an agreement, with what they rest on. Statements count where nothing is recorded: before the first known
 * act, and after the last one. Of several, the latest on or before a day counts, and the first of those for the same day.
 * @param starts the statuses that follow from the acts and the term
 */
export function standingsOf(
  starts: readonly StatusStart[],
  acts: readonly Act[],
  statements: readonly Statement[],
): Standing[] {
  const byDay = statements.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
  const pieces = starts.flatMap((start, i) => {
    const until = starts[i + 1]?.from ?? null
    if (start.from === null) return unknown(start, until, byDay)
    const last = latest(start.from, lastDayOf(acts))
    if (start.status === 'unknown')
      return unknown(
        start,
        until,
        byDay.filter(({ on }) => on >= last),
      )
    if (until !== null || start.status === 'terminated')
      return [{ ...start, basis: 'recorded' as const, statedOn: null }]
    return toLastAct(start, last, byDay)
  })
  return standingsOfPieces(pieces)
}

/** An unknown status, such as that before the first known act, is never recorded: any statement in it counts. */
function unknown(start: StatusStart, until: Day | null, statements: readonly Statement[]): Piece[] {
  const counted = statements.filter(({ on }) => until === null || on < until)
  const pieces: Piece[] = [
    { ...start, basis: 'presumed', statedOn: null },
    ...firstOfEachDay(counted).map((one) => stated(one, one.on)),
  ]
  return pieces.filter(({ from }, i) => from !== pieces[i + 1]?.from)
}

/**
 * The last status, which nothing ends: recorded up to `last`, the day of the last act, inclusive. A statement from before
 * the status does not count, nor does one of another status from before the last act: the acts after it decide.
 */
function toLastAct(start: StatusStart, last: Day, statements: readonly Statement[]): Piece[] {
  const recorded: Piece = { ...start, basis: 'recorded', statedOn: null }
  const next = addDays(last, 1)
  if (next === null) return [recorded]
  const counted = statements.filter(({ status, on }) => on >= start.from! && (on >= last || status === start.status))
  const pieces: Piece[] = [
    { ...start, from: next, exact: true, basis: 'presumed', statedOn: null },
    ...firstOfEachDay(counted).map((one) => stated(one, latest(one.on, next))),
  ]
  return [recorded, ...pieces.filter(({ from }, i) => from !== pieces[i + 1]?.from)]
}

const firstOfEachDay = (statements: readonly Statement[]): Statement[] =>
  statements.filter(({ on }, i) => on !== statements[i - 1]?.on)

const stated = ({ status, on }: Statement, from: Day): Piece => ({
  status,
  from,
  // How it ended is not stated.
  endedBy: null,
  exact: true,
  occurrence: 1,
  basis: 'stated',
  statedOn: on,
})

const latest = (a: Day, b: Day): Day => (a > b ? a : b)

/** The last possible day of the acts and their effects; an empty text when none is known. */
const lastDayOf = (acts: readonly Act[]): Day =>
  acts
    .filter(({ preferred }) => preferred)
    .flatMap(({ date, effective }) => [date, ...(effective ? [effective] : [])])
    .map(({ firstDay, lastDay }) => lastDay ?? firstDay ?? '')
    .reduce(latest, '')

function standingsOfPieces(pieces: readonly Piece[]): Standing[] {
  const changes = pieces.filter(({ status }, i) => status !== pieces[i - 1]?.status)
  let n = -1
  return pieces.map((piece, i) => {
    if (piece === changes[n + 1]) n += 1
    const [begin, end] = [changes[n]!, changes[n + 1]]
    const { exact: _, ...rest } = piece
    return {
      ...rest,
      until: pieces[i + 1]?.from ?? null,
      statusSince: begin.from,
      statusUntil: end?.from ?? null,
      approximate: !begin.exact || end?.exact === false,
      exactFrom: piece.exact,
    }
  })
}

/** A statement that differs from the status on its day. */
export interface Difference {
  /** Position among the statements. */
  at: number
  statement: Statement
  /** Whether the agreement has the stated status on that day. */
  isShown: boolean
  /** If so, the status that the acts and the term give; otherwise the status that the agreement has. */
  other: Status
  /** What the status of the agreement on that day rests on. */
  basis: StatusBasis
}

/**
 * The statements that differ from what the acts and the term give for their day, or from another statement that is shown
 * instead. What is unknown does not differ.
 * @param periods the periods that follow from the acts and the term
 */
export function differences(
  statements: readonly Statement[],
  periods: readonly StatusPeriod[],
  standings: readonly Standing[],
): Difference[] {
  return statements.flatMap((statement, at): Difference[] => {
    const { status, on } = statement
    const shown = periodOn(standings, on)
    const isShown = shown.status === status
    const other = isShown ? periodOn(periods, on).status : shown.status
    return other === status || other === 'unknown' ? [] : [{ at, statement, isShown, other, basis: shown.basis }]
  })
}

/** The period in which a day falls. */
export const periodOn = <Period extends StatusPeriod>(periods: readonly Period[], day: Day): Period =>
  periods.find(({ until }) => until === null || day < until)!
