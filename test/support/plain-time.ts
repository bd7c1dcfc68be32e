import type { Agreement } from '../../src/agreements/schemas.ts'

// A naive second implementation of the rules of time (docs/decisions/rules-of-time.md), without any code of `src`, to
// compare with. It is slow, because it counts instead of computing.

type Dates = Agreement['dates']
type Term = Agreement['term']
type Own = Pick<Agreement, 'dates' | 'signatories' | 'term' | 'entryIntoForce' | 'binding' | 'statusStatements'>

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
  'instruments_exchanged',
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
  'denunciation_revoked',
  'expired',
  'superseded',
  'terminated',
  'corrected',
]

export const signing = ['signed', 'signed_definitively', 'notes_exchanged']
export const endings = ['expired', 'denounced', 'withdrawn', 'superseded', 'terminated']
const joint = [...signing, 'instruments_exchanged', 'provisionally_applied', 'entered_into_force']

/** The status after an act; `before` is the status before the last suspension. */
function become(status: string, event: string, before: string): string {
  const isOneOf = (...statuses: string[]) => statuses.includes(status)
  if (['negotiation_started', 'initialled', 'adopted'].includes(event)) {
    return isOneOf('unknown') ? 'negotiating' : status
  }
  if (
    [
      ...signing,
      'ratified',
      'accepted',
      'approved',
      'acceded',
      'instruments_exchanged',
      'notified_completion',
    ].includes(event)
  ) {
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

/** Months and days of an ISO 8601 duration. */
function unitsOf(duration: string): { months: number; days: number } {
  const units = { Y: 0, M: 0, W: 0, D: 0 }
  for (const [, number, unit] of duration.matchAll(/([0-9]+)([YMWD])/g)) units[unit as 'Y'] = Number(number)
  return { months: 12 * units.Y + units.M, days: 7 * units.W + units.D }
}

/** The day so many days later; undefined outside the years 0001 to 9999. */
function daysLater(day: string, days: number): string | undefined {
  const text = new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
  return /^\d{4}-\d\d-\d\d$/.test(text) && text > '0001' ? text : undefined
}

/** The day after so many durations of several kinds: first all months, then all days. */
function after(day: string, ...durations: [duration: string, times: number][]): string | undefined {
  const all = durations.map(([duration, times]) => ({ ...unitsOf(duration), times }))
  const month = later(
    day,
    all.reduce((sum, { months, times }) => sum + months * times, 0),
  )
  return (
    month &&
    daysLater(
      month,
      all.reduce((sum, { days, times }) => sum + days * times, 0),
    )
  )
}

interface Bounds {
  earliest: string
  latest: string
  isCertain: boolean
}

/** The signature: of the whole agreement, or of the last party; kinds of signature in their order. */
function signatureIn(dates: Dates): Bounds | undefined {
  const usable = (has: (date: Dates[number]) => boolean) =>
    signing
      .map((kind) => dates.filter((date) => date.event === kind && date.preferred && has(date)))
      .find(({ length }) => length > 0)
  const deciding = usable(({ firstDay }) => firstDay !== null) ?? usable(({ lastDay }) => lastDay !== null)
  if (!deciding) return undefined
  const sorted = deciding.toSorted(
    (a, b) => byText(a.firstDay ?? '', b.firstDay ?? '') || byText(a.lastDay ?? '~', b.lastDay ?? '~'),
  )
  const whole = sorted.find(({ signatory }) => signatory === null)
  const counted = whole ? [whole] : sorted
  const last = counted.at(-1)!
  const isOpen = counted.some(({ lastDay }) => lastDay === null)
  const end = isOpen ? null : latestOf(counted.map(({ lastDay }) => lastDay!))
  const [earliest, latest] = [last.firstDay ?? end, end ?? last.firstDay]
  return { earliest: earliest!, latest: latest!, isCertain: last.date === earliest }
}

/** The first possible day of signature; null when only a last one is known, or none. */
function signatureDay(dates: Dates): string | null {
  for (const event of signing) {
    const known = dates.filter((date) => date.event === event && date.preferred && date.firstDay !== null)
    const whole = known.filter(({ signatory }) => signatory === null).map(({ firstDay }) => firstDay!)
    if (whole.length > 0) return earliestOf(whole)
    if (known.length > 0) return latestOf(known.map(({ firstDay }) => firstDay!))
  }
  return null
}

const triggers: Record<string, string[]> = {
  signature: signing,
  notes_exchanged: ['notes_exchanged'],
  last_notification: ['notified_completion'],
  last_ratification: ['ratified', 'accepted', 'approved', 'acceded'],
  instruments_exchanged: ['instruments_exchanged'],
}

/** The entry into force that follows from the act of both sides. */
function entryIn(own: Own, acts: Act[]): Act | undefined {
  const { entryIntoForce: rule, dates, signatories } = own
  if (rule === null || acts.some(({ event }) => event === 'entered_into_force')) return undefined
  const sideOf = (id: string) =>
    signatories.findLast(({ signatory, ancestors }) => [signatory, ...ancestors].some((body) => body.id === id))?.side
  const done = dates.filter(
    ({ event, preferred, firstDay, lastDay }) =>
      triggers[rule.on]!.includes(event) && preferred && (firstDay ?? lastDay) !== null,
  )
  const whole = done.filter(({ signatory }) => signatory === null)
  const sides = done.map(({ signatory }) => signatory && sideOf(signatory.id))
  if (whole.length === 0 && !(sides.includes(1) && sides.includes(2))) return undefined
  const counted = whole.length > 0 ? whole.slice(0, 1) : done
  const enters = (trigger: string) => {
    const day = rule.delay === null ? trigger : after(trigger, [rule.delay, 1])
    return day === undefined || rule.roundedUp === null ? day : later(`${day.slice(0, 7)}-01`, 1)
  }
  const earliest = enters(latestOf(counted.map(({ firstDay, lastDay }) => (firstDay ?? lastDay)!)))
  const latest = enters(latestOf(counted.map(({ firstDay, lastDay }) => (lastDay ?? firstDay)!)))
  if (earliest === undefined || latest === undefined) return undefined
  const isCertain = counted.every(({ date }) => /^\d{4}-\d{2}-\d{2}$/.test(date))
  return { event: 'entered_into_force', by: null, occurrence: 1, earliest, latest, isCertain, isEffect: false }
}

/** The term from one beginning to the next. */
interface Run {
  earliest: string
  /** From when its length is counted. */
  counted: Bounds | undefined
  next: string | undefined
  extensions: number
}

function runsIn(acts: Act[], term: Term, signature: Bounds | undefined): Run[] {
  const entries = acts
    .filter(({ event }) => event === 'entered_into_force')
    .toSorted((a, b) => byText(a.earliest, b.earliest) || byText(a.latest, b.latest))
  const ofTheDay: Bounds[] = entries.filter(({ earliest }, i) => earliest !== entries[i + 1]?.earliest)
  const isFixed = term !== null && term.runsFrom !== 'entry_into_force'
  const day = isFixed && term.runsFrom !== 'signature' ? term.runsFrom : undefined
  const fixed = day === undefined ? signature : { earliest: day, latest: day, isCertain: true }
  if (ofTheDay.length === 0 && isFixed && fixed) ofTheDay.push(fixed)
  if (ofTheDay.length === 0 && term !== null && term.lastDay !== null) {
    const first = acts.length > 0 ? earliestOf(acts.map(({ earliest }) => earliest)) : '0001-01-01'
    ofTheDay.push({ earliest: first, latest: first, isCertain: true })
  }
  return ofTheDay.map((start, i) => {
    const counted = i === 0 && isFixed ? fixed : start
    const earliest = earliestOf([start.earliest, ...(i === 0 && counted ? [counted.earliest] : [])])
    const [from, next] = [i === 0 ? '' : start.earliest, ofTheDay[i + 1]?.earliest]
    const extended = acts.filter(
      ({ event, earliest }) => event === 'extended' && earliest >= from && (next === undefined || earliest < next),
    )
    return { earliest, counted, next, extensions: new Set(extended.map(({ occurrence }) => occurrence)).size }
  })
}

const isTacit = (term: Term): boolean => term?.atEnd === 'renews'

/** How often the term renews itself. */
const renewalsOf = (term: Term): number => (isTacit(term) ? (term!.renewal?.most ?? Infinity) : 0)

const hasFixedEnd = (term: Term, run: Run): boolean =>
  term !== null && term.lastDay !== null && term.lastDay >= run.earliest

/** Whether the ends of the term are counted from one exact day. */
const isExact = (term: Term, run: Run): boolean => hasFixedEnd(term, run) || run.counted?.isCertain === true

/** The end of the term after `n` renewals, counted from the earliest or the latest possible beginning. */
function end(term: Term, run: Run, n: number, from: 'earliest' | 'latest' = 'latest'): string | undefined {
  if (term === null) return undefined
  const each = term.renewal?.length ?? term.length
  const times = isTacit(term) ? n : run.extensions
  if (times > 0 && each === null) return undefined
  const more: [string, number][] = each === null ? [] : [[each, times]]
  if (hasFixedEnd(term, run)) return after(daysLater(term.lastDay!, 1) ?? '9999-12-31', ...more)
  if (term.length === null || term.lastDay !== null || !run.counted) return undefined
  return after(run.counted[from], [term.length, 1], ...more)
}

/** The last day for notice before the end of the term after `n` renewals. */
function noticeBefore(term: Term, run: Run, n: number, notice: string): string | undefined {
  const at = end(term, run, n, 'earliest')
  const day = at !== undefined && (hasFixedEnd(term, run) || notice === 'P0D') ? daysLater(at, -1) : at
  return day && after(day, [notice, -1])
}

/** The end of the first term for whose renewal notice on `day` is in time; undefined when it renews before. */
function endByRenewal(term: Term, run: Run, day: string, notice: string | null): string | undefined {
  for (let n = 0; n <= renewalsOf(term); n += 1) {
    const renewal = end(term, run, n, 'earliest')
    if (renewal === undefined) return undefined
    const isInTime = notice === null ? renewal > day : (noticeBefore(term, run, n, notice) ?? '') >= day
    if (isInTime || n === renewalsOf(term)) return end(term, run, n)
  }
  return undefined
}

function endByExit(term: Term, run: Run | undefined, day: string): string | undefined {
  const { notice, from, takesEffect } = term!.exit!
  const minimum = run && end(term, run, 0)
  if (from === 'after_minimum' && minimum === undefined) return undefined
  const given = from === 'after_minimum' && minimum! > day ? minimum! : day
  if (takesEffect === 'at_once') return after(given, [notice!, 1])
  if (takesEffect === 'term_end') return run && endByRenewal(term, run, given, notice)
  if (after(given, [notice!, 1]) === undefined) return undefined
  for (let last: string | undefined = given; last !== undefined; last = daysLater(last, 1)) {
    const next = daysLater(last, 1)
    const ends = takesEffect === 'year_end' ? last.endsWith('-12-31') : next === undefined || next.endsWith('-01')
    if (ends && (after(last, [notice!, -1]) ?? '') >= given) return next
  }
  return undefined
}

/** The first day no longer in force if notice is given on `day`. */
function exitAfter(term: Term, run: Run | undefined, day: string): string | undefined {
  const ends = [
    term?.renewal?.notice && isTacit(term) && run ? endByRenewal(term, run, day, term.renewal.notice) : undefined,
    term?.exit?.notice ? endByExit(term, run, day) : undefined,
  ].filter((one) => one !== undefined)
  return ends.length > 0 ? earliestOf(ends) : undefined
}

/** The day on which a denunciation without an effective date ends the agreement. */
function endByNotice(term: Term, run: Run | undefined, day: string, isBinding: boolean): string | undefined {
  const known = exitAfter(term, run, day)
  if (known !== undefined) return known
  const hasCourse =
    run !== undefined &&
    (hasFixedEnd(term, run) || (term?.length != null && term.lastDay === null && run.counted !== undefined))
  if (isTacit(term) && hasCourse) return endByRenewal(term, run, day, term!.renewal?.notice ?? null)
  const notice = term?.exit?.notice ?? term?.renewal?.notice ?? (isBinding ? 'P12M' : null)
  return notice === null ? undefined : after(day, [notice, 1])
}

interface StatusChange {
  day: string
  event: string
  occurrence: number
  isCertain: boolean
  /** Whose act it is; undefined when it is none. */
  by?: string | null
}

/** The revocations of a denunciation or withdrawal. */
const revocationsOf = (one: Pick<Act, 'event' | 'occurrence' | 'by'>, acts: Act[]): Act[] =>
  acts.filter(
    ({ event, occurrence, by }) =>
      event === 'denunciation_revoked' &&
      ['denounced', 'withdrawn'].includes(one.event) &&
      occurrence === one.occurrence &&
      (by === null || one.by === null || by === one.by),
  )

function statusChangesIn(acts: Act[], runs: Run[], term: Term, isBinding: boolean): StatusChange[] {
  const changesOf = (one: Act): StatusChange[] => {
    const { event, occurrence, earliest, latest, isCertain } = one
    if ((event === 'denounced' || event === 'withdrawn') && !one.isEffect) {
      const run = runs.findLast((other) => other.earliest <= latest) ?? runs[0]
      const began = (event: string) => acts.some((act) => act.event === event && act.earliest <= latest)
      const isApplied = !began('entered_into_force') && (event === 'withdrawn' || began('provisionally_applied'))
      const day = isApplied ? latest : endByNotice(term, run, latest, isBinding)
      const isVague =
        !isApplied && isTacit(term) && run !== undefined && end(term, run, 0) !== undefined && !isExact(term, run)
      return day === undefined ? [] : [{ day, event, occurrence, isCertain: isCertain && !isVague, by: one.by }]
    }
    if (event !== 'resumed' && !endings.includes(event)) return [{ day: earliest, event, occurrence, isCertain }]
    const opening = event === 'resumed' ? 'suspended' : 'entered_into_force'
    const again = acts.filter((act) => act.event === opening && act.occurrence > occurrence && act.earliest >= earliest)
    return [{ day: earliestOf([latest, ...again.map((act) => act.earliest)]), event, occurrence, isCertain }]
  }
  const ofActs = acts.flatMap((one) =>
    changesOf(one).filter(({ day }) => !revocationsOf(one, acts).some(({ latest }) => latest < day)),
  )
  const expiries = runs.flatMap((run): StatusChange[] => {
    const most = renewalsOf(term)
    const day = most === Infinity || term?.atEnd === 'open_ended' ? undefined : end(term, run, most)
    if (day === undefined || (run.next !== undefined && day >= run.next)) return []
    return [{ day, event: 'expired', occurrence: 1, isCertain: isExact(term, run) }]
  })
  return inTurn([...ofActs, ...expiries])
}

const inTurn = (changes: StatusChange[]): StatusChange[] =>
  changes.toSorted(
    (a, b) =>
      byText(a.day, b.day) ||
      a.occurrence - b.occurrence ||
      events.indexOf(a.event) - events.indexOf(b.event) ||
      Number(b.isCertain) - Number(a.isCertain),
  )

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
  | 'status'
  | 'statusSince'
  | 'statusUntil'
  | 'endedBy'
  | 'approximate'
  | 'statusBasis'
  | 'statedOn'
  | 'nextExpiry'
  | 'noticeDeadline'
>

/** An end that follows from another agreement. */
export interface OtherEnd {
  day: string
  event: 'superseded' | 'terminated' | 'expired'
  isCertain: boolean
}

/**
 * The life of an agreement: its status on any day, and the next day on which that changes.
 * @param others the ends that follow from other agreements
 */
export function lifeOf(own: Own, others: OtherEnd[] = []) {
  const { dates, term, binding, statusStatements } = own
  const told = actsIn(dates)
  const entry = entryIn(own, told)
  const acts = entry ? [...told, entry] : told
  const runs = runsIn(acts, term, signatureIn(dates))
  const hasOwnEnd = acts.some(({ event }) => event === 'superseded' || event === 'terminated')
  const fromOthers = others.filter(({ event }) => event === 'expired' || !hasOwnEnd)
  const ofItsOwn = statusChangesIn(acts, runs, term, binding === 'binding')
  const periods = periodsOf(inTurn([...ofItsOwn, ...fromOthers.map((end) => ({ ...end, occurrence: 1 }))]))

  /** The first day after `day` on which it ends together with another agreement, unless it ends before. */
  function endsWithOtherAfter(day: string): string | null {
    const at = periods.findLastIndex(({ from }) => from === null || from <= day)
    const next = periods.findIndex(({ status }, i) => i > at && status === 'terminated')
    const isUnsaid = next < 0 || periods[at]!.status === 'terminated'
    if (isUnsaid || (periods[at]!.status === 'unknown' && next > at + 1)) return null
    const { from, endedBy } = periods[next]!
    return others.some((end) => end.event === 'expired' && end.day === from && endedBy === 'expired') ? from : null
  }

  const expiryAfter = (day: string, run: Run): [n: number, expiry: string | undefined] => {
    let n = 0
    while (n < renewalsOf(term) && (end(term, run, n) ?? '~') <= day) n += 1
    return [n, term?.atEnd === 'open_ended' ? undefined : end(term, run, n)]
  }

  function dueOn(day: string): Pick<Judgement, 'nextExpiry' | 'noticeDeadline'> {
    const none = { nextExpiry: endsWithOtherAfter(day), noticeDeadline: null }
    const run = runs.findLast(({ earliest }) => earliest <= day)
    if (!run) return none
    const [n, nextExpiry] = expiryAfter(day, run)
    const lastsInto = (i: number) => run.earliest < (periods[i + 1]?.from ?? '~')
    const over = periods.find(({ status }, i) => status === 'terminated' && lastsInto(i))?.from ?? '~'
    if (nextExpiry === undefined || nextExpiry <= day || nextExpiry >= (run.next ?? '~') || over < nextExpiry)
      return none
    const isStopped = n >= renewalsOf(term) || over === nextExpiry
    const length = term?.renewal?.notice ?? null
    const notice = isStopped || length === null ? undefined : noticeBefore(term, run, n, length)
    return { nextExpiry, noticeDeadline: notice !== undefined && notice >= run.earliest ? notice : null }
  }

  /** The first day no longer in force if notice were given on `day`. */
  function exitOn(day: string): string | null {
    const { status } = on(day)
    if (status !== 'in_force' && status !== 'suspended') return null
    const run = runs.findLast(({ earliest }) => earliest <= day)
    const exit = exitAfter(term, run, day)
    const over = periods.find(({ status, from }) => status === 'terminated' && from !== null && from > day)?.from
    return exit === undefined ? null : earliestOf([exit, over ?? '~'])
  }

  const lastDays = dates.flatMap((date) =>
    date.preferred ? [date.lastDay ?? date.firstDay ?? '', date.effectiveLastDay ?? date.effectiveFirstDay ?? ''] : [],
  )

  /** The period of the acts and the term in which a day falls, and the one after it. */
  function actsOn(day: string): [now: Period, next: Period | undefined] {
    const i = periods.findLastIndex(({ from }) => from === null || from <= day)
    return [periods[i]!, periods[i + 1]]
  }

  /** The statement that counts on a day on which nothing is recorded. */
  function statementOn(day: string): Own['statusStatements'][number] | undefined {
    const [now] = actsOn(day)
    const counted = statusStatements.filter(
      ({ on, status }) =>
        on <= day &&
        (now.from === null || (on >= now.from && (status === now.status || !lastDays.some((last) => last > on)))),
    )
    const latest = counted.length > 0 ? latestOf(counted.map(({ on }) => on)) : undefined
    return counted.find(({ on }) => on === latest)
  }

  /** The status on a day, and what it rests on. */
  function standingOn(day: string): Pick<Judgement, 'status' | 'endedBy' | 'statusBasis' | 'statedOn'> {
    const [now, next] = actsOn(day)
    const isBounded = next !== undefined || now.status === 'terminated' || lastDays.some((last) => last >= day)
    const { status, endedBy } = now as Pick<Judgement, 'status' | 'endedBy'>
    const isRecorded = status !== 'unknown' && (isBounded || now.from === day)
    if (isRecorded) return { status, endedBy, statusBasis: 'recorded', statedOn: null }
    const said = statementOn(day)
    if (said === undefined) return { status, endedBy, statusBasis: 'presumed', statedOn: null }
    return { status: said.status, endedBy: null, statusBasis: 'stated', statedOn: said.on }
  }

  const turns = [
    ...periods.map(({ from }) => from ?? ''),
    ...[...periods.map(({ from }) => from ?? ''), ...lastDays].map((day) => (day && daysLater(day, 1)) ?? ''),
    ...statusStatements.map(({ on }) => on),
  ]
    .filter(Boolean)
    .toSorted(byText)

  function on(day: string): Judgement {
    const now = standingOn(day)
    const others = turns.filter((turn) => standingOn(turn).status !== now.status)
    const before =
      others.findLast((turn) => turn <= day) ?? (standingOn('0001-01-01').status === now.status ? null : '')
    const statusSince = before === null ? null : turns.find((turn) => turn > before)!
    const statusUntil = others.find((turn) => turn > day) ?? null
    const isUncertain = (turn: string | null) => periods.some(({ from, isCertain }) => from === turn && !isCertain)
    return {
      ...now,
      statusSince,
      statusUntil,
      approximate: isUncertain(statusSince) || (statusUntil !== null && isUncertain(statusUntil)),
      ...dueOn(day),
    }
  }

  function changesAfter(day: string): string | null {
    const days = [...turns, ...runs.flatMap((run) => [run.earliest, expiryAfter(day, run)[1] ?? ''])]
    const said = JSON.stringify(on(day))
    const changing = days.filter((other) => other > day && JSON.stringify(on(other)) !== said)
    return changing.length > 0 ? earliestOf(changing) : null
  }

  /** What cannot be derived: the start of the term, and the ends after denunciations. */
  const isNotice = ({ event, effectiveFirstDay, effectiveLastDay }: Dates[number]) =>
    (event === 'denounced' || event === 'withdrawn') && effectiveFirstDay === null && effectiveLastDay === null
  const ended = statusChangesIn(acts, runs, term, binding === 'binding').filter(({ event }) => event !== 'expired')
  const hasStart = runs.some((run) => hasFixedEnd(term, run) || (run.counted && term?.lastDay === null))
  const gaps = {
    startOfTerm:
      term === null || term.length === null || hasStart
        ? null
        : term.runsFrom === 'signature'
          ? 'signature'
          : 'entry into force',
    withoutEnd: dates.filter(
      (date) =>
        isNotice(date) &&
        (date.firstDay ?? date.lastDay) !== null &&
        revocationsOf({ ...date, by: date.signatory?.id ?? null }, acts).length === 0 &&
        !ended.some(
          ({ event, occurrence, by }) =>
            event === date.event && occurrence === date.occurrence && by === (date.signatory?.id ?? null),
        ),
    ),
  }

  const inForce = periods.flatMap(({ status, from }, i) =>
    status === 'in_force' ? [{ since: from, until: periods[i + 1]?.from ?? null }] : [],
  )
  const parties = own.signatories
    .filter(
      ({ role, party }, i) =>
        role !== 'witnessed' &&
        own.signatories.findIndex((one) => one.party.id === party.id && one.role !== 'witnessed') === i,
    )
    .map(({ party, side }) => ({ id: party.id, side, inForce }))
  const entries = acts.filter(({ event }) => event === 'entered_into_force')
  const [first] = entries.toSorted((a, b) => byText(a.earliest, b.earliest))
  const signed = signatureDay(dates)
  /** What other agreements need to know of it. */
  const forOthers = {
    begins: signed ?? first?.earliest ?? null,
    entry: first && { day: first.latest, isCertain: first.isCertain },
    ends: periods.flatMap(({ status, from, isCertain }, i) =>
      status === 'terminated' && from !== null ? [{ day: from, isCertain, until: periods[i + 1]?.from ?? null }] : [],
    ),
  }
  const statusByActs = (day: string) => actsOn(day)[0].status

  return {
    on,
    exitOn,
    changesAfter,
    gaps,
    statusByActs,
    parties,
    forOthers,
    periods: periods.map(({ from, status }) => [from, status]),
  }
}
