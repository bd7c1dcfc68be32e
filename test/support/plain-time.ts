import type { Agreement } from '../../src/agreements/schemas.ts'

// A naive second implementation of the rules of time (docs/decisions/rules-of-time.md), without any code of `src`, to
// compare with. It is slow, because it counts instead of computing.

type Dates = Agreement['dates']
type Term = Agreement['term']

/** The lifecycle acts in the order of the Vienna Convention. */
export const events = [
  'negotiation_started',
  'initialled',
  'adopted',
  'signed',
  'signed_definitively',
  'notes_exchanged',
  'ratified',
  'accepted',
  'approved',
  'acceded',
  'succeeded',
  'notified_completion',
  'provisionally_applied',
  'entered_into_force',
  'registered',
  'reserved',
  'declared',
  'amended',
  'extended',
  'suspended',
  'resumed',
  'denounced',
  'withdrawn',
  'expired',
  'superseded',
  'terminated',
  'corrected',
]

export const signing = ['signed', 'signed_definitively', 'notes_exchanged']
export const endings = ['expired', 'denounced', 'withdrawn', 'superseded', 'terminated']
const joint = [...signing, 'provisionally_applied', 'entered_into_force']

/** The status after an act; `before` is the status before the last suspension. */
function become(status: string, event: string, before: string): string {
  const isOneOf = (...statuses: string[]) => statuses.includes(status)
  if (['negotiation_started', 'initialled', 'adopted'].includes(event)) {
    return isOneOf('unknown') ? 'negotiating' : status
  }
  if ([...signing, 'ratified', 'accepted', 'approved', 'acceded', 'notified_completion'].includes(event)) {
    return isOneOf('unknown', 'negotiating') ? 'signed' : status
  }
  if (event === 'provisionally_applied') return isOneOf('unknown', 'negotiating', 'signed') ? event : status
  if (event === 'entered_into_force') return 'in_force'
  if (event === 'suspended') return isOneOf('in_force', 'provisionally_applied') ? event : status
  if (event === 'resumed') return isOneOf('suspended') ? before : status
  return endings.includes(event) ? 'terminated' : status
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const earliestOf = (days: string[]): string => days.toSorted(byText)[0]!
const latestOf = (days: string[]): string => days.toSorted(byText).at(-1)!

/** The day `months` later, or the last day of a shorter month; undefined outside the years 0001 to 9999. */
function later(day: string, months: number): string | undefined {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const count = year * 12 + month - 1 + months
  const [y, m] = [Math.floor(count / 12), count % 12]
  if (y < 1 || y > 9999) return undefined
  const isLeap = (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0
  const length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m]!
  const padded = (part: number, digits: number) => String(part).padStart(digits, '0')
  return `${padded(y, 4)}-${padded(m + 1, 2)}-${padded(Math.min(date, length), 2)}`
}

interface Act {
  event: string
  by: string | null
  occurrence: number
  earliest: string
  latest: string
  isCertain: boolean
  /** Whether its days are effective dates, not the dates of the act. */
  isEffect: boolean
}

/** The acts with a preferred date of known day; joint acts of the parties are one act. */
function actsIn(dates: Dates): Act[] {
  const each = dates.flatMap((date): Act[] => {
    const isEffect = date.effectiveFirstDay !== null || date.effectiveLastDay !== null
    const text = isEffect ? date.effectiveDate : date.date
    const [first, last] = isEffect ? [date.effectiveFirstDay, date.effectiveLastDay] : [date.firstDay, date.lastDay]
    const [earliest, latest] = [first ?? last, last ?? first]
    if (!date.preferred || earliest === null || latest === null) return []
    const isCertain = /^\d{4}-\d{2}-\d{2}$/.test(text!)
    const { event, occurrence, signatory } = date
    return [{ event, by: signatory?.id ?? null, occurrence, earliest, latest, isCertain, isEffect }]
  })
  const once = new Map<string, Act>()
  for (const [i, one] of each.entries()) {
    const same = each.filter(({ event, occurrence }) => event === one.event && occurrence === one.occurrence)
    const whole = same.filter(({ by }) => by === null)
    const counted = whole.length > 0 ? whole : same
    const together = {
      ...one,
      earliest: latestOf(counted.map(({ earliest }) => earliest)),
      latest: latestOf(counted.map(({ latest }) => latest)),
      isCertain: counted.every(({ isCertain }) => isCertain),
    }
    const isJoint = joint.includes(one.event)
    once.set(isJoint ? `${one.event} ${one.occurrence}` : String(i), isJoint ? together : one)
  }
  return [...once.values()]
}

/** An entry into force, with everything that follows from it until the next one. */
interface Run extends Act {
  next: string | undefined
  extensions: number
}

function runsIn(acts: Act[]): Run[] {
  const starts = acts
    .filter(({ event }) => event === 'entered_into_force')
    .toSorted((a, b) => byText(a.earliest, b.earliest) || byText(a.latest, b.latest))
  const ofTheDay = starts.filter(({ earliest }, i) => earliest !== starts[i + 1]?.earliest)
  return ofTheDay.map((start, i) => {
    const [from, next] = [i === 0 ? '' : start.earliest, ofTheDay[i + 1]?.earliest]
    const extended = acts.filter(
      ({ event, earliest }) => event === 'extended' && earliest >= from && (next === undefined || earliest < next),
    )
    return { ...start, next, extensions: new Set(extended.map(({ occurrence }) => occurrence)).size }
  })
}

/** The `n`th end of a term that runs from `start`, from 0. */
function end(term: Term, start: string, n: number): string | undefined {
  if (!term || term.months === null || term.renewal === 'indefinite') return undefined
  return later(start, term.months + n * (term.renewalMonths ?? term.months))
}

const isTacit = (term: Term): boolean => term?.renewal === 'tacit'

/** The day on which a denunciation without an effective date ends the agreement. */
function endByNotice(term: Term, run: Run | undefined, day: string): string | undefined {
  const notice = term?.noticeMonths ?? null
  if (!isTacit(term) || term!.months === null || !run) return later(day, notice ?? 12)
  for (let n = 0; ; n += 1) {
    const renewal = end(term, run.earliest, n)
    if (renewal === undefined) return undefined
    const isInTime = notice === null ? renewal > day : (later(renewal, -notice) ?? '') >= day
    if (isInTime) return end(term, run.latest, n)
  }
}

interface StatusChange {
  day: string
  event: string
  occurrence: number
  isCertain: boolean
}

function statusChangesIn(acts: Act[], runs: Run[], term: Term): StatusChange[] {
  const ofActs = acts.flatMap((one): StatusChange[] => {
    const { event, occurrence, earliest, latest, isCertain } = one
    if ((event === 'denounced' || event === 'withdrawn') && !one.isEffect) {
      const run = runs.findLast((other) => other.earliest <= latest)
      const applied = acts.some((act) => act.event === 'provisionally_applied' && act.earliest <= latest)
      const day = !run && applied ? latest : endByNotice(term, run ?? runs[0], latest)
      const isVague = isTacit(term) && (run ?? runs[0])?.isCertain === false
      return day === undefined ? [] : [{ day, event, occurrence, isCertain: isCertain && !isVague }]
    }
    if (event !== 'resumed' && !endings.includes(event)) return [{ day: earliest, event, occurrence, isCertain }]
    const opening = event === 'resumed' ? 'suspended' : 'entered_into_force'
    const again = acts.filter((act) => act.event === opening && act.occurrence > occurrence && act.earliest >= earliest)
    return [{ day: earliestOf([latest, ...again.map((act) => act.earliest)]), event, occurrence, isCertain }]
  })
  const expiries = runs.flatMap(({ latest, extensions, next, isCertain }): StatusChange[] => {
    const day = isTacit(term) ? undefined : end(term, latest, extensions)
    if (day === undefined || (next !== undefined && day >= next)) return []
    return [{ day, event: 'expired', occurrence: 1, isCertain }]
  })
  return [...ofActs, ...expiries].toSorted(
    (a, b) =>
      byText(a.day, b.day) ||
      a.occurrence - b.occurrence ||
      events.indexOf(a.event) - events.indexOf(b.event) ||
      Number(b.isCertain) - Number(a.isCertain),
  )
}

interface Period {
  status: string
  from: string | null
  endedBy: string | null
  isCertain: boolean
}

/** The periods by the status at the end of each day with an act. */
function periodsOf(changes: StatusChange[]): Period[] {
  const periods: Period[] = [{ status: 'unknown', from: null, endedBy: null, isCertain: true }]
  let [status, before] = ['unknown', 'in_force']
  for (const day of new Set(changes.map((change) => change.day))) {
    let last: StatusChange | undefined
    for (const change of changes.filter((one) => one.day === day)) {
      const becomes = become(status, change.event, before)
      if (becomes === status) continue
      if (becomes === 'suspended') before = status
      ;[status, last] = [becomes, change]
    }
    if (last === undefined || status === periods.at(-1)!.status) continue
    const endedBy = status === 'terminated' ? last.event : null
    periods.push({ status, from: day, endedBy, isCertain: last.isCertain })
  }
  return periods
}

/** The fields of a document that depend on the day. */
type Judgement = Pick<
  Agreement,
  'status' | 'statusSince' | 'statusUntil' | 'endedBy' | 'approximate' | 'nextExpiry' | 'noticeDeadline'
>

/** The life of an agreement: its status on any day, and the next day on which that changes. */
export function lifeOf({ dates, term }: Pick<Agreement, 'dates' | 'term'>) {
  const acts = actsIn(dates)
  const runs = runsIn(acts)
  const periods = periodsOf(statusChangesIn(acts, runs, term))

  const expiryAfter = (day: string, { latest, extensions }: Run): [n: number, expiry: string | undefined] => {
    let n = isTacit(term) ? 0 : extensions
    while (isTacit(term) && (end(term, latest, n) ?? '~') <= day) n += 1
    return [n, end(term, latest, n)]
  }

  function dueOn(day: string): Pick<Judgement, 'nextExpiry' | 'noticeDeadline'> {
    const none = { nextExpiry: null, noticeDeadline: null }
    const run = runs.findLast(({ earliest }) => earliest <= day)
    if (!run) return none
    const [n, nextExpiry] = expiryAfter(day, run)
    const lastsInto = (i: number) => run.earliest < (periods[i + 1]?.from ?? '~')
    const over = periods.find(({ status }, i) => status === 'terminated' && lastsInto(i))?.from ?? '~'
    if (nextExpiry === undefined || nextExpiry <= day || nextExpiry >= (run.next ?? '~') || over < nextExpiry)
      return none
    const renewal = end(term, run.earliest, n)
    const notice =
      isTacit(term) && term!.noticeMonths !== null && renewal !== undefined && over !== nextExpiry
        ? later(renewal, -term!.noticeMonths)
        : undefined
    return { nextExpiry, noticeDeadline: notice !== undefined && notice >= run.earliest ? notice : null }
  }

  function on(day: string): Judgement {
    const i = periods.findLastIndex(({ from }) => from === null || from <= day)
    const [now, next] = [periods[i]!, periods[i + 1]]
    return {
      status: now.status,
      statusSince: now.from,
      statusUntil: next?.from ?? null,
      endedBy: now.endedBy,
      approximate: !now.isCertain || next?.isCertain === false,
      ...dueOn(day),
    } as Judgement
  }

  function changesAfter(day: string): string | null {
    const days = [
      ...periods.map(({ from }) => from ?? ''),
      ...runs.flatMap((run) => [run.earliest, expiryAfter(day, run)[1] ?? '']),
    ]
    const said = JSON.stringify(on(day))
    const changing = days.filter((other) => other > day && JSON.stringify(on(other)) !== said)
    return changing.length > 0 ? earliestOf(changing) : null
  }

  return { on, changesAfter, periods: periods.map(({ from, status }) => [from, status]) }
}
