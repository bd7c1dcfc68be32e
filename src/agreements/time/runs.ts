import type { Day } from '../../shared/calendar.ts'
import type { DatedAct, Signature, Term } from './lifecycle.ts'
import { type Beginning, courseOf, extended, finalEnd, type Run } from './term.ts'

type RunAlone = Omit<Run, 'next' | 'nextEntry'>

/** The runs of an agreement in order. */
export function runsOf(dated: readonly DatedAct[], term: Term | null, signature: Signature | null): Run[] {
  const changes = changesOfTerm(dated)
  const entries = entriesOf(dated)
  const starts = entries.length > 0 ? entries : withoutEntry(dated, term, changes, signature)
  const runs = starts.flatMap((start, i) => {
    const nextEntry = starts[i + 1]?.first ?? null
    const [earlier, rest] = i === 0 ? [[], changes] : split(changes, ({ first }) => first < start.first)
    const within = rest.filter(({ first }) => nextEntry === null || first < nextEntry)
    const beginnings = { start, signature: i === 0 ? signature : undefined, hasEntry: entries.length > 0 }
    return runsWithin(termAfter(earlier, term), within, beginnings).map((run) => ({ ...run, nextEntry }))
  })
  return runs.map((run, i) => ({ ...run, next: runs[i + 1]?.first ?? null }))
}

const compare = (a: Day, b: Day): number => (a < b ? -1 : a > b ? 1 : 0)

const split = <Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] => [
  items.filter(isFirst),
  items.filter((item) => !isFirst(item)),
]

const entriesOf = (dated: readonly DatedAct[]): Beginning[] =>
  dated
    .filter(({ event }) => event === 'entered_into_force')
    .toSorted((a, b) => compare(a.first, b.first) || compare(a.last, b.last))
    .filter(({ first }, i, all) => first !== all[i + 1]?.first)

/**
 * The extensions and the amendments of the term, in the order of their effect. Several dates for one occurrence of an
 * extension count once, and so do two that say the same of the same day.
 */
export function changesOfTerm(dated: readonly DatedAct[]): DatedAct[] {
  const seen = new Set<string>()
  return dated
    .filter(({ event, term }) => event === 'extended' || (event === 'amended' && term !== null))
    .toSorted(
      (a, b) =>
        compare(a.first, b.first) ||
        a.occurrence - b.occurrence ||
        compare(a.event, b.event) ||
        compare(a.last, b.last) ||
        compare(a.done, b.done),
    )
    .filter(({ event, occurrence, first, extension }) => {
      if (event === 'amended') return true
      const keys = [`${occurrence}`, ...(extension ? [`${first} ${JSON.stringify(extension)}`] : [])]
      const isNew = !keys.some((key) => seen.has(key))
      for (const key of keys) seen.add(key)
      return isNew
    })
}

const termAfter = (changes: readonly DatedAct[], term: Term | null): Term | null =>
  changes.reduce((now, change) => (change.event === 'amended' ? change.term : now), term)

/** The term of an agreement on a day. */
export const termOn = (dated: readonly DatedAct[], term: Term | null, day: Day): Term | null =>
  termAfter(
    changesOfTerm(dated).filter(({ first }) => first <= day),
    term,
  )

interface Beginnings {
  start: Beginning
  /** Undefined from the second entry into force on: terms are then counted from it. */
  signature: Signature | null | undefined
  /** Whether the start is an entry into force. */
  hasEntry: boolean
}

/** The runs from one entry into force to the next. */
function runsWithin(term: Term | null, changes: readonly DatedAct[], beginnings: Beginnings): RunAlone[] {
  const { start } = beginnings
  const counted = countedFrom(term, beginnings)
  const first = counted !== null && counted.first < start.first ? counted.first : start.first
  const runs: RunAlone[] = [
    {
      ...start,
      first,
      began: first,
      term,
      course: courseOf(term, counted, first),
      isCounted: counted !== null,
      change: null,
    },
  ]
  const rest = [...changes]
  while (rest.length > 0) {
    const current = runs.at(-1)!
    const { act, day } = nextOf(rest, current)
    rest.splice(rest.indexOf(act), 1)
    const changed =
      act.event === 'amended'
        ? underTerm(act.term, current, beginnings)
        : { ...current, course: extended(current.course, act, day, current.term) }
    // An act before the run begins decides from its beginning.
    if (day <= current.first) runs[runs.length - 1] = changed
    else runs.push({ ...changed, first: day, last: act.last, exact: act.exact, change: act })
  }
  return runs
}

function underTerm(term: Term | null, current: RunAlone, beginnings: Beginnings): RunAlone {
  const counted = countedFrom(term, beginnings)
  return { ...current, term, course: courseOf(term, counted, beginnings.start.first), isCounted: counted !== null }
}

/** From when the length of a term is counted; null when unknown. */
function countedFrom(term: Term | null, { start, signature, hasEntry }: Beginnings): Beginning | null {
  const fixed = signature === undefined ? undefined : fixedBeginning(term, signature)
  return fixed === undefined ? (hasEntry ? start : null) : fixed
}

/**
 * The day from which an act decides the end: that of an extension itself, if it was agreed before it takes effect and leaves
 * no gap; otherwise that of its effect.
 */
function beginningOf(act: DatedAct, { course }: RunAlone): Day {
  if (act.event === 'amended' || act.done >= act.first) return act.first
  const end = finalEnd(course)
  return end === null || act.first <= end ? act.done : act.first
}

/** The change that decides next, and from when; of several on one day, the first to take effect. */
const nextOf = (changes: readonly DatedAct[], current: RunAlone): { act: DatedAct; day: Day } =>
  changes
    .map((act) => ({ act, day: beginningOf(act, current) }))
    .reduce((a, b) => (b.day < a.day && a.day > current.first ? b : a))

/** The beginning of a term that does not run from the entry into force; undefined for other terms. */
function fixedBeginning(term: Term | null, signature: Signature | null): Beginning | null | undefined {
  if (term === null || term.runsFrom === 'entry_into_force') return undefined
  if (term.runsFrom !== 'signature') return { first: term.runsFrom, last: term.runsFrom, exact: true }
  if (signature === null) return null
  const { first, last, text } = signature
  const [earliest, latest] = [first ?? last, last ?? first]
  return earliest === null || latest === null ? null : { first: earliest, last: latest, exact: text === earliest }
}

/** The run of an agreement whose entry into force is not known: from its signature or first act, if its end is known. */
function withoutEntry(
  dated: readonly DatedAct[],
  term: Term | null,
  changes: readonly DatedAct[],
  signature: Signature | null,
): Beginning[] {
  const terms = [term, ...changes.map((change) => change.term)]
  const fixed = terms.flatMap((one) => fixedBeginning(one, signature) ?? [])[0]
  if (fixed) return [fixed]
  const hasLastDay = terms.some((one) => one?.lastDay) || changes.some(({ extension }) => extension?.lastDay)
  if (!hasLastDay) return []
  const first = dated.map((act) => act.first).toSorted(compare)[0] ?? '0001-01-01'
  return [{ first, last: first, exact: true }]
}

/** An extension or amendment made or effective after the agreement had lapsed. */
export interface LateChange {
  act: DatedAct
  /** The first day on which it was not in force. */
  lapsed: Day
  /** Whether it takes effect by then, so that there is no gap. */
  isRetroactive: boolean
  /** Whether the end to which it extends is over before it begins, so that it changes nothing. */
  isOver: boolean
}

export const lateChanges = (runs: readonly Run[]): LateChange[] =>
  runs.flatMap(({ change, course, first }, i) => {
    const lapsed = finalEnd(runs[i - 1]?.course ?? null)
    if (change === null || lapsed === null || (change.done <= lapsed && change.first <= lapsed)) return []
    const end = finalEnd(course)
    return [{ act: change, lapsed, isRetroactive: change.first <= lapsed, isOver: end !== null && end <= first }]
  })
