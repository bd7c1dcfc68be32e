import type { Agreement } from '../../src/agreements/schemas.ts'

// A naive second implementation of the rules of time (docs/decisions/rules-of-time.md), without any code of `src`, to
// compare with. It is slow, because it counts instead of computing.

type Dates = Agreement['dates']
type Term = Dates[number]['term']
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

interface Bounds {
  earliest: string
  latest: string
  isCertain: boolean
}

interface Act extends Bounds {
  event: string
  /** The signatory, and its party with its side; null for an act of the agreement as a whole. */
  by: string | null
  party: string | null
  side: number | null
  occurrence: number
  /** Whether its days are effective dates, not the dates of the act. */
  isEffect: boolean
  /** Its place among the dates; undefined when it is derived. */
  at?: number
  /** The first possible day of the act itself. */
  agreed: string
  extension: Dates[number]['extension']
  term: Term
}

interface Party {
  id: string
  side: number
  isSuccessor: boolean
}

/** Who signed, is responsible or succeeded; a witness is no party. */
function partiesIn(signatories: Own['signatories']): Party[] {
  const parties: Party[] = []
  for (const { party, side, role } of signatories.filter(({ role }) => role !== 'witnessed')) {
    const known = parties.find(({ id }) => id === party.id)
    if (known) known.isSuccessor &&= role === 'succeeded'
    else parties.push({ id: party.id, side, isSuccessor: role === 'succeeded' })
  }
  return parties
}

/** The ids of the bodies above one, up to its party; none above a party. */
function upTo(party: string, ancestors: { id: string }[]): string[] {
  const ids = ancestors.map(({ id }) => id)
  return ids.slice(0, ids.indexOf(party) + 1)
}

/**
 * The party for which a body acts, and its side: its own, that of a signatory for which it is the party or between, or that
 * of any other below it.
 */
function placeOf(id: string, signatories: Own['signatories']): { party: string | null; side: number | null } {
  const counted = signatories.filter(({ role }) => role !== 'witnessed')
  const found =
    counted.find(({ signatory }) => signatory.id === id) ??
    counted.findLast(({ party, ancestors }) => upTo(party.id, ancestors).includes(id)) ??
    counted.findLast(({ ancestors }) => ancestors.some((body) => body.id === id))
  return { party: found?.party.id ?? null, side: found?.side ?? null }
}

/** The acts with a preferred date of known day, each as its source gives it. */
const actsIn = ({ dates, signatories }: Own): Act[] =>
  dates.flatMap((date, at): Act[] => {
    const isEffect = date.effectiveFirstDay !== null || date.effectiveLastDay !== null
    const text = isEffect ? date.effectiveDate : date.date
    const [first, last] = isEffect ? [date.effectiveFirstDay, date.effectiveLastDay] : [date.firstDay, date.lastDay]
    const [earliest, latest] = [first ?? last, last ?? first]
    if (!date.preferred || earliest === null || latest === null) return []
    const isCertain = isDay(text!)
    const { event, occurrence, signatory, extension, term } = date
    const by = signatory?.id ?? null
    const place = by === null ? { party: null, side: null } : placeOf(by, signatories)
    const agreed = date.firstDay ?? date.lastDay ?? earliest
    return [{ event, by, ...place, occurrence, earliest, latest, isCertain, isEffect, at, agreed, extension, term }]
  })

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text)

/** An act that is complete when the last of these is. */
const complete = (acts: Act[]): Act => ({
  ...acts[0]!,
  earliest: latestOf(acts.map(({ earliest }) => earliest)),
  latest: latestOf(acts.map(({ latest }) => latest)),
  isCertain: acts.every(({ isCertain }) => isCertain),
})

/** One act for the agreement, from the days on which several have performed it. */
function together(acts: Act[]): Act {
  const whole = acts.filter(({ by }) => by === null)
  if (whole.length > 0) return complete(whole)
  if (!['provisionally_applied', 'entered_into_force'].includes(acts[0]!.event)) return complete(acts)
  const sides = [...new Set(acts.map(({ side }) => side))].map((side) => {
    const parties = new Set(acts.filter((act) => act.side === side).map(({ party, by }) => party ?? by))
    const each = [...parties].map((id) => complete(acts.filter(({ party, by }) => (party ?? by) === id)))
    return each.toSorted(byBounds)[0]!
  })
  return complete(sides)
}

const byBounds = (a: Bounds, b: Bounds): number => byText(a.earliest, b.earliest) || byText(a.latest, b.latest)

/** The acts with the joint ones of each occurrence as one. `own` chooses the acts of one party instead. */
function withJoint(acts: Act[], own?: string): Act[] {
  const merged = acts.flatMap((act) => {
    const same = acts.filter(({ event, occurrence }) => event === act.event && occurrence === act.occurrence)
    if (!joint.includes(act.event)) return act
    if (same.indexOf(act) > 0) return []
    const mine = same.filter(({ party }) => party !== null && party === own)
    return mine.length > 0 ? complete(mine) : together(same)
  })
  return merged
}

const leaving = ['suspended', 'resumed', 'denunciation_revoked', ...endings]

/** The acts that count for one party. */
function actsFor(party: Party, acts: Act[], parties: Party[]): Act[] {
  const isAlone = (id: string): boolean => {
    const side = parties.find((one) => one.id === id)!.side
    return parties.filter((one) => one.side === side).length === 1
  }
  const counted = acts.filter(
    ({ event, party: id }) => id === null || id === party.id || isAlone(id) || !leaving.includes(event),
  )
  return withJoint(counted, isAlone(party.id) ? undefined : party.id)
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
  return isDay(text) && text > '0001' ? text : undefined
}

type Times = [duration: string, times: number]

/** The months and days of so many durations of several kinds. */
function sum(durations: Times[]): { months: number; days: number } {
  const total = { months: 0, days: 0 }
  for (const [duration, times] of durations) {
    const { months, days } = unitsOf(duration)
    total.months += months * times
    total.days += days * times
  }
  return total
}

/** The day after so many durations of several kinds: first all months, then all days. */
function after(day: string, ...durations: Times[]): string | undefined {
  const { months, days } = sum(durations)
  const month = later(day, months)
  return month && daysLater(month, days)
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

const triggers: Record<string, string[]> = {
  signature: signing,
  notes_exchanged: ['notes_exchanged'],
  last_notification: ['notified_completion'],
  last_ratification: ['ratified', 'accepted', 'approved', 'acceded'],
  instruments_exchanged: ['instruments_exchanged'],
}

/** The entry into force that follows from the act of both sides. */
function entryIn({ entryIntoForce: rule, dates, signatories }: Own, acts: Act[]): Act | undefined {
  if (rule === null || acts.some(({ event }) => event === 'entered_into_force')) return undefined
  const done = dates
    .filter(
      ({ event, preferred, firstDay, lastDay }) =>
        triggers[rule.on]!.includes(event) && preferred && (firstDay ?? lastDay) !== null,
    )
    .toSorted((a, b) => byText((a.firstDay ?? a.lastDay)!, (b.firstDay ?? b.lastDay)!))
  const whole = done.filter(({ signatory }) => signatory === null)
  const sides = done.map(({ signatory }) => signatory && placeOf(signatory.id, signatories).side)
  if (whole.length === 0 && !(sides.includes(1) && sides.includes(2))) return undefined
  const counted = whole.length > 0 ? whole.slice(0, 1) : done
  const enters = (trigger: string) => {
    const day = rule.delay === null ? trigger : after(trigger, [rule.delay, 1])
    return day === undefined || rule.roundedUp === null ? day : later(`${day.slice(0, 7)}-01`, 1)
  }
  const earliest = enters(latestOf(counted.map(({ firstDay, lastDay }) => (firstDay ?? lastDay)!)))
  const latest = enters(latestOf(counted.map(({ firstDay, lastDay }) => (lastDay ?? firstDay)!)))
  if (earliest === undefined || latest === undefined) return undefined
  const isCertain = counted.every(({ date }) => isDay(date))
  return {
    event: 'entered_into_force',
    by: null,
    party: null,
    side: null,
    occurrence: 1,
    earliest,
    latest,
    isCertain,
    isEffect: false,
    agreed: earliest,
    extension: null,
    term: null,
  }
}

/** The term from one entry into force to the next. */
interface Run {
  earliest: string
  /** The entry into force; undefined when none is known. */
  entry: Bounds | undefined
  /** The signature, from which the first run can be counted. */
  signature: Bounds | undefined
  isFirst: boolean
  /** The day from which a term with a last day can apply. */
  from: string
  next: string | undefined
  /** The term at its beginning. */
  term: Term
  /** The extensions and amendments that take effect in it, in the order of their effect. */
  changes: Act[]
}

const byOrder = (a: Pick<Act, 'event' | 'occurrence'>, b: Pick<Act, 'event' | 'occurrence'>): number =>
  a.occurrence - b.occurrence || events.indexOf(a.event) - events.indexOf(b.event)

const byEffect = (a: Act, b: Act): number =>
  byText(a.earliest, b.earliest) || byOrder(a, b) || byText(a.latest, b.latest) || byText(a.agreed, b.agreed)

const isAmendment = ({ event, term }: Act): boolean => event === 'amended' && term !== null

/** The term on a day: as amended last. */
const termOn = (acts: Act[], term: Term, day: string): Term =>
  acts
    .filter((act) => isAmendment(act) && act.earliest <= day)
    .toSorted(byEffect)
    .at(-1)?.term ?? term

/** From when the length of a term is counted; undefined when that is not known. */
function countedFrom(term: Term, { entry, signature, isFirst }: Pick<Run, 'entry' | 'signature' | 'isFirst'>) {
  if (term === null || !isFirst || term.runsFrom === 'entry_into_force') return entry
  if (term.runsFrom === 'signature') return signature
  return { earliest: term.runsFrom, latest: term.runsFrom, isCertain: true }
}

function runsIn(acts: Act[], term: Term, signature: Bounds | undefined): Run[] {
  const entries = acts.filter(({ event }) => event === 'entered_into_force').toSorted(byBounds)
  const ofTheDay = entries.filter(({ earliest }, i) => earliest !== entries[i + 1]?.earliest)
  const changes = once(acts.filter((act) => act.event === 'extended' || isAmendment(act)).toSorted(byEffect))
  const starts: { entry: Bounds | undefined; from: string }[] = ofTheDay.map((entry) => ({
    entry,
    from: entry.earliest,
  }))
  if (starts.length === 0) {
    const terms = [term, ...changes.map((change) => change.term)].filter((one) => one !== null)
    const [fixed] = terms.flatMap((one) => countedFrom(one, { entry: undefined, signature, isFirst: true }) ?? [])
    const hasLastDay = terms.some(({ lastDay }) => lastDay) || changes.some(({ extension }) => extension?.lastDay)
    const first = acts.length > 0 ? earliestOf(acts.map(({ earliest }) => earliest)) : '0001-01-01'
    if (fixed) starts.push({ entry: undefined, from: fixed.earliest })
    else if (hasLastDay) starts.push({ entry: undefined, from: first })
  }
  return starts.map(({ entry, from }, i) => {
    const [isFirst, next] = [i === 0, starts[i + 1]?.from]
    const within = changes.filter(({ earliest }) => (isFirst || earliest >= from) && (!next || earliest < next))
    const own = isFirst ? term : termOn(acts, term, daysLater(from, -1) ?? '')
    const counted = countedFrom(own, { entry, signature, isFirst })
    const earliest = counted ? earliestOf([from, counted.earliest]) : from
    return { earliest, entry, signature, isFirst, from, next, term: own, changes: within }
  })
}

/** Without the further dates of one extension. */
const once = (changes: Act[]): Act[] =>
  changes.filter(
    (one, i) =>
      one.event !== 'extended' ||
      !changes
        .slice(0, i)
        .some(
          (other) => other.event === 'extended' && (other.occurrence === one.occurrence || isSameExtension(other, one)),
        ),
  )

function isSameExtension(a: Act, b: Act): boolean {
  const { length = null, lastDay = null } = a.extension ?? {}
  const isSame = length === (b.extension?.length ?? null) && lastDay === (b.extension?.lastDay ?? null)
  return a.earliest === b.earliest && isSame && (length ?? lastDay) !== null
}

const isTacit = (term: Term): boolean => term?.atEnd === 'renews'

/** The ends of a term, as far as it was changed. */
interface Course {
  term: Term
  /** From when its lengths are counted; undefined when no end is known. */
  base: Bounds | undefined
  lengths: Times[]
  /** Whether a text gives the last day. */
  isLastDay: boolean
  /** How often it can still renew itself. */
  most: number
  /** The end of the first term, once that has passed. */
  minimum: string | undefined
}

/** @param from the day from which a term with a last day can apply */
function courseFrom(term: Term, run: Run, from = run.from): Course {
  const most = isTacit(term) ? (term!.renewal?.most ?? Infinity) : 0
  const shared = { term, most, minimum: undefined }
  if (term !== null && term.lastDay !== null) {
    const day = term.lastDay >= from ? daysLater(term.lastDay, 1) : undefined
    return { ...shared, base: day === undefined ? undefined : exactly(day), lengths: [], isLastDay: true }
  }
  const isKnown = term !== null && term.length !== null
  const base = isKnown ? countedFrom(term, run) : undefined
  return { ...shared, base, lengths: isKnown ? [[term.length!, 1]] : [], isLastDay: false }
}

/** An exact day. */
const exactly = (day: string): Bounds => ({ earliest: day, latest: day, isCertain: true })

/** The length of each renewal; null when it is not known. */
const eachOf = ({ term }: Course): string | null => term?.renewal?.length ?? term?.length ?? null

/** The end of the term after `n` further renewals, counted from the earliest or the latest possible beginning. */
function end(course: Course, n: number, from: 'earliest' | 'latest' = 'latest'): string | undefined {
  const { base, lengths } = course
  const each = eachOf(course)
  if (base === undefined || (n > 0 && each === null)) return undefined
  return after(base[from], ...lengths, ...(n > 0 ? [[each!, n] satisfies Times] : []))
}

/** The end after which it is not in force unless it is extended; undefined when there is none, or it is not known. */
const finalEnd = (course: Course): string | undefined =>
  course.most === Infinity || course.term?.atEnd === 'open_ended' ? undefined : end(course, course.most)

/** The course after an extension that decides from a day. */
function extended(course: Course, { extension }: Act, day: string): Course {
  const { length = null, lastDay = null } = extension ?? {}
  const each = eachOf(course)
  if (isTacit(course.term) && course.most > 0 && length === null && lastDay === null) return course
  let n = 0
  while (n < course.most && (end(course, n) ?? '~') < day) n += 1
  const [earliest, latest] = [end(course, n, 'earliest'), end(course, n)]
  const moved = { ...course, most: course.most - n, minimum: course.minimum ?? (n > 0 ? end(course, 0) : undefined) }
  if (lastDay !== null) {
    const next = daysLater(lastDay, 1)
    if (next === undefined || (latest !== undefined && next <= latest)) return course
    return { ...moved, base: exactly(next), lengths: [], isLastDay: true }
  }
  const own = length ?? each
  if (own === null || earliest === undefined || latest === undefined) return { ...moved, base: undefined }
  const isAdded = n === 0 && (sum(course.lengths).days === 0 || unitsOf(own).months === 0)
  const longer: Course = isAdded
    ? { ...moved, lengths: [...course.lengths, [own, 1]] }
    : { ...moved, base: { ...course.base!, earliest, latest }, lengths: [[own, 1]] }
  const isDaysFirst = sum(longer.lengths).days > 0 && each !== null && unitsOf(each).months > 0
  if (longer.most === 0 || !isDaysFirst) return longer
  const [first, last] = [end(longer, 0, 'earliest'), end(longer, 0)]
  const base = first && last ? { ...longer.base!, earliest: first, latest: last } : undefined
  return { ...longer, base, lengths: [] }
}

/** The term ran out on a day; a change revived it later, or not at all. */
interface Lapse {
  day: string
  isCertain: boolean
}

/** A change of the term made, or with effect, after the term had run out. */
interface LateChange {
  change: Act
  lapsed: string
  isRetroactive: boolean
  /** Whether the end to which it extends is over before it begins. */
  isOver: boolean
}

interface Followed {
  course: Course
  lapses: Lapse[]
  late: LateChange[]
}

/**
 * The course of a term as it was agreed by a day, found by going from each day on which something can be decided to the
 * next, and when it lapsed on the way.
 */
function followed(run: Run, until = '9999-12-31'): Followed {
  let course = courseFrom(run.term, run, run.earliest)
  let last: { day: string; isAmendment: boolean } | undefined
  const lapses: Lapse[] = []
  const late: LateChange[] = []
  const endsBefore = (day: string) => {
    const at = finalEnd(course)
    if (at === undefined || at >= day) return
    const isCertain = isExact(course)
    if (last === undefined || at > last.day) lapses.push({ day: at, isCertain })
    else if (last.isAmendment) lapses.push({ day: last.day, isCertain })
  }
  const pending = [...run.changes]
  const days = pending.flatMap(({ agreed, earliest }) => [agreed, earliest]).map((day) => latestOf([day, run.earliest]))
  for (const day of [...new Set(days)].toSorted(byText).filter((one) => one <= until)) {
    const decidesFrom = ({ event, agreed, earliest }: Act) =>
      event === 'extended' && earliest <= (finalEnd(course) ?? '~') ? earliestOf([agreed, earliest]) : earliest
    const decides = (change: Act) => decidesFrom(change) <= day
    const deciding = pending.find(decides)
    const before = finalEnd(course)
    if (deciding && day > run.earliest) {
      endsBefore(day)
      last = { day, isAmendment: isAmendment(deciding) }
    }
    for (let change = deciding; change !== undefined; change = pending.find(decides)) {
      pending.splice(pending.indexOf(change), 1)
      course = isAmendment(change) ? courseFrom(change.term, run) : extended(course, change, decidesFrom(change))
    }
    if (deciding === undefined || day <= run.earliest || before === undefined) continue
    if (deciding.agreed <= before && deciding.earliest <= before) continue
    const isOver = (finalEnd(course) ?? '~') <= day
    late.push({ change: deciding, lapsed: before, isRetroactive: deciding.earliest <= before, isOver })
  }
  endsBefore('~')
  return { course, lapses, late }
}

/** Whether its ends are exact days. */
const isExact = ({ base }: Course): boolean => base?.isCertain === true

/** The last day for notice before the end of the term after `n` renewals. */
function noticeBefore(course: Course, n: number, notice: string): string | undefined {
  const at = end(course, n, 'earliest')
  const day = at !== undefined && (course.isLastDay || notice === 'P0D') ? daysLater(at, -1) : at
  return day && after(day, [notice, -1])
}

/** The end of the first term for whose renewal notice on `day` is in time; undefined when it renews before. */
function endByRenewal(course: Course, day: string, notice: string | null): string | undefined {
  for (let n = 0; n <= course.most; n += 1) {
    const renewal = end(course, n, 'earliest')
    if (renewal === undefined) return undefined
    const isInTime = notice === null ? renewal > day : (noticeBefore(course, n, notice) ?? '') >= day
    if (isInTime || (n === course.most && course.term?.atEnd !== 'open_ended')) return end(course, n)
  }
  return undefined
}

function endByExit(term: Term, course: Course | undefined, day: string): string | undefined {
  const { notice, from, takesEffect } = term!.exit!
  const minimum = course && (course.minimum ?? end(course, 0))
  if (from === 'after_minimum' && minimum === undefined) return undefined
  const given = from === 'after_minimum' && minimum! > day ? minimum! : day
  if (takesEffect === 'at_once') return after(given, [notice!, 1])
  if (takesEffect === 'term_end') return course && endByRenewal(course, given, notice)
  if (after(given, [notice!, 1]) === undefined) return undefined
  for (let last: string | undefined = given; last !== undefined; last = daysLater(last, 1)) {
    const next = daysLater(last, 1)
    const ends = takesEffect === 'year_end' ? last.endsWith('-12-31') : next === undefined || next.endsWith('-01')
    if (ends && (after(last, [notice!, -1]) ?? '') >= given) return next
  }
  return undefined
}

/** The first day no longer in force if notice is given on `day`. */
function exitAfter(term: Term, course: Course | undefined, day: string): string | undefined {
  const ends = [
    term?.renewal?.notice && isTacit(term) && course ? endByRenewal(course, day, term.renewal.notice) : undefined,
    term?.exit?.notice ? endByExit(term, course, day) : undefined,
  ].filter((one) => one !== undefined)
  return ends.length > 0 ? earliestOf(ends) : undefined
}

/** The day on which a denunciation without an effective date ends the agreement. */
function endByNotice(term: Term, course: Course | undefined, day: string, isBinding: boolean): string | undefined {
  const known = exitAfter(term, course, day)
  if (known !== undefined) return known
  if (isTacit(term) && course?.base) return endByRenewal(course, day, term!.renewal?.notice ?? null)
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
  /** Whether it revives what had expired. */
  isRevival?: boolean
}

/** The revocations of a denunciation or withdrawal. */
const revocationsOf = (one: Pick<Act, 'event' | 'occurrence' | 'party'>, acts: Act[]): Act[] =>
  acts.filter(
    ({ event, occurrence, party }) =>
      event === 'denunciation_revoked' &&
      ['denounced', 'withdrawn'].includes(one.event) &&
      occurrence === one.occurrence &&
      (party === null || one.party === null || party === one.party),
  )

/** The term and its ends on a day. */
type Judged = (day: string) => { run: Run | undefined; term: Term; course: Course | undefined }

/** The changes of status by acts. */
function changesByActs(acts: Act[], judged: Judged, isBinding: boolean): StatusChange[] {
  const changesOf = (one: Act): StatusChange[] => {
    const { event, occurrence, earliest, latest, isCertain } = one
    if ((event === 'denounced' || event === 'withdrawn') && !one.isEffect) {
      const { term, course } = judged(latest)
      const began = (event: string) => acts.some((act) => act.event === event && act.earliest <= latest)
      const isApplied = !began('entered_into_force') && (event === 'withdrawn' || began('provisionally_applied'))
      const day = isApplied ? latest : endByNotice(term, course, latest, isBinding)
      const isVague = !isApplied && isTacit(term) && course?.base !== undefined && !isExact(course)
      return day === undefined ? [] : [{ day, event, occurrence, isCertain: isCertain && !isVague, by: one.by }]
    }
    if (event !== 'resumed' && !endings.includes(event)) return [{ day: earliest, event, occurrence, isCertain }]
    const opening = event === 'resumed' ? 'suspended' : 'entered_into_force'
    const again = acts.filter((act) => act.event === opening && act.occurrence > occurrence && act.earliest >= earliest)
    return [{ day: earliestOf([latest, ...again.map((act) => act.earliest)]), event, occurrence, isCertain }]
  }
  return acts.flatMap((one) =>
    changesOf(one).filter(({ day }) => !revocationsOf(one, acts).some(({ latest }) => latest < day)),
  )
}

/** The changes of the term in a run whose end is still to come when they take effect. */
const revivingIn = (run: Run): Act[] =>
  run.changes.filter(
    ({ earliest }) => earliest >= run.earliest && (finalEnd(followed(run, earliest).course) ?? '~') > earliest,
  )

/** The days on which the term runs out, and is revived. */
const changesByTerm = (runs: Run[]): StatusChange[] =>
  runs.flatMap((run) => {
    const reviving = revivingIn(run)
    return [
      ...followed(run)
        .lapses.filter(({ day }) => run.next === undefined || day < run.next)
        .map((lapse) => ({ ...lapse, event: 'expired', occurrence: 1 })),
      ...reviving.map((change) => ({ ...change, day: change.earliest, isRevival: true })),
    ]
  })

/** The course of the term in a run, as it was agreed by a day. Computed once from one decision to the next. */
function coursesOf(): (run: Run, day: string) => Course {
  const known = new Map<Run, Course[]>()
  return (run, day) => {
    const courses = known.get(run) ?? []
    known.set(run, courses)
    const decided = run.changes.flatMap(({ agreed, earliest }) => [agreed, earliest]).filter((one) => one <= day).length
    return (courses[decided] ??= followed(run, day).course)
  }
}

const byTime = (a: StatusChange, b: StatusChange): number =>
  byText(a.day, b.day) || byOrder(a, b) || Number(b.isCertain) - Number(a.isCertain)

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

/** What is known of a party at the end of a day. */
interface Standing {
  status: string
  /** The status before the last suspension. */
  before: string
  /** The status when it expired; null unless it ended so. */
  expired: string | null
}

function stepped({ status, before, expired }: Standing, { event, isRevival }: StatusChange): Standing {
  const becomes = isRevival ? (expired ?? status) : become(status, event, before)
  if (becomes === status) return { status, before, expired }
  return {
    status: becomes,
    before: becomes === 'suspended' && status !== 'terminated' ? status : before,
    expired: event === 'expired' ? status : null,
  }
}

interface Period {
  status: string
  from: string | null
  endedBy: string | null
  isCertain: boolean
}

const statusesFromNear = [
  'terminated',
  'unknown',
  'negotiating',
  'signed',
  'provisionally_applied',
  'suspended',
  'in_force',
]
const nearness = (status: string): number => statusesFromNear.indexOf(status)
const furthest = (statuses: string[]): string => statuses.toSorted((a, b) => nearness(b) - nearness(a))[0]!
const nearest = (statuses: string[]): string => statuses.toSorted((a, b) => nearness(a) - nearness(b))[0]!

/** A party whose status is followed from day to day. */
interface Member {
  party: Party | null
  changes: StatusChange[]
  /** The day from which it takes part; undefined when always. */
  joined: Act | undefined
}

/** The periods of the agreement and of each member, by the status at the end of each day with an act. */
function periodsOf(members: Member[]): { periods: Period[]; own: Period[][] } {
  const first: Period = { status: 'unknown', from: null, endedBy: null, isCertain: true }
  const standings = members.map((): Standing => ({ status: 'unknown', before: 'in_force', expired: null }))
  const [periods, own] = [[first], members.map(() => [first])]
  const all = members.flatMap(({ changes, joined }, i) => [
    ...changes.map((change) => ({ ...change, i, isJoining: false })),
    ...(joined ? [{ ...joined, day: joined.earliest, i, isJoining: true }] : []),
  ])
  const ofAll = (day: string): string =>
    nearest(
      [...new Set(members.map(({ party }) => party?.side))].map((side) => {
        const here = members.flatMap(({ party, joined }, i) => (party?.side === side ? [{ i, joined }] : []))
        const part = here.filter(({ joined }) => joined === undefined || joined.earliest <= day)
        return furthest((part.length > 0 ? part : here).map(({ i }) => standings[i]!.status))
      }),
    )
  const add = (list: Period[], status: string, day: string, last: StatusChange | undefined): void => {
    if (last === undefined || status === list.at(-1)!.status) return
    list.push({ status, from: day, endedBy: status === 'terminated' ? last.event : null, isCertain: last.isCertain })
  }
  let status = 'unknown'
  for (const day of [...new Set(all.map((change) => change.day))].toSorted(byText)) {
    let last: StatusChange | undefined
    const lastOwn: (StatusChange | undefined)[] = []
    for (const change of all.filter((one) => one.day === day).toSorted(byTime)) {
      const was = standings[change.i]!
      if (!change.isJoining) standings[change.i] = stepped(was, change)
      if (standings[change.i]!.status !== was.status) lastOwn[change.i] = change
      const becomes = ofAll(day)
      if (becomes !== status) last = change
      status = becomes
    }
    for (const i of members.keys()) add(own[i]!, standings[i]!.status, day, lastOwn[i])
    const begun = [...own.map((each) => each.at(-1)!), ...all.filter(({ isJoining }) => isJoining)]
    const isCertain = begun.every((one) => ('day' in one ? one.day : one.from) !== day || one.isCertain)
    add(periods, status, day, last && { ...last, isCertain })
  }
  return { periods, own }
}

const statusIn = (periods: Period[], day: string): string =>
  periods.findLast(({ from }) => from === null || from <= day)!.status

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
  const { dates, signatories, binding, statusStatements } = own
  const told = actsIn(own)
  const entry = entryIn(own, withJoint(told))
  const each = entry ? [...told, entry] : told
  const acts = withJoint(each)
  const runs = runsIn(acts, own.term, signatureIn(dates))
  const courseOn = coursesOf()
  const runOn = (day: string) => runs.findLast(({ earliest }) => earliest <= day)
  const judged: Judged = (day) => {
    const run = runOn(day) ?? runs[0]
    const course = run && courseOn(run, latestOf([day, run.earliest]))
    return { run, term: course ? course.term : termOn(acts, own.term, day), course }
  }
  const parties = partiesIn(signatories)
  const ofTerm = changesByTerm(runs)
  const reviving = runs.flatMap(revivingIn)
  /** An expiry is undone by what revives: made on that day or later, with effect from that day or before. */
  const isKept = ({ event, day }: StatusChange): boolean =>
    event !== 'expired' || !reviving.some(({ earliest, agreed }) => earliest <= day && day <= agreed)
  const hasOwnEnd = acts.some(({ event }) => event === 'superseded' || event === 'terminated')
  const fromOthers = others
    .filter(({ event }) => event === 'expired' || !hasOwnEnd)
    .map((one): StatusChange => ({ ...one, occurrence: 1 }))
  const members = (parties.length > 0 ? parties : [null]).map((party): Member => {
    const counted = party === null ? acts : actsFor(party, each, parties)
    const succeeded = acts.filter((act) => act.event === 'succeeded' && act.party === party?.id).toSorted(byBounds)
    return {
      party,
      changes: [...changesByActs(counted, judged, binding === 'binding').filter(isKept), ...ofTerm, ...fromOthers],
      joined: party?.isSuccessor ? succeeded[0] : undefined,
    }
  })
  const { periods, own: ownPeriods } = periodsOf(members)

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
  const standings = new Map<string, ReturnType<typeof judgedOn>>()
  function standingOn(day: string): ReturnType<typeof judgedOn> {
    const known = standings.get(day) ?? judgedOn(day)
    standings.set(day, known)
    return known
  }

  function judgedOn(day: string): Pick<Judgement, 'status' | 'endedBy' | 'statusBasis' | 'statedOn'> {
    const [now, next] = actsOn(day)
    const isBounded = next !== undefined || now.status === 'terminated' || lastDays.some((last) => last >= day)
    const { status, endedBy } = now as Pick<Judgement, 'status' | 'endedBy'>
    const isRecorded = status !== 'unknown' && (isBounded || now.from === day)
    if (isRecorded) return { status, endedBy, statusBasis: 'recorded', statedOn: null }
    const said = statementOn(day)
    if (said === undefined) return { status, endedBy, statusBasis: 'presumed', statedOn: null }
    return { status: said.status, endedBy: null, statusBasis: 'stated', statedOn: said.on }
  }

  /** The days on which anything of this can change. */
  const turns = [
    ...periods.map(({ from }) => from ?? ''),
    ...[...periods.map(({ from }) => from ?? ''), ...lastDays].map((day) => (day && daysLater(day, 1)) ?? ''),
    ...statusStatements.map(({ on }) => on),
  ]
    .filter(Boolean)
    .toSorted(byText)

  /** Whether the agreement is in force for a member on a day. What a source states holds for all who have not left. */
  function isInForceFor(i: number, day: string): boolean {
    const { status, statusBasis } = standingOn(day)
    const itsOwn = statusIn(ownPeriods[i]!, day)
    const isIn = statusBasis === 'stated' ? itsOwn !== 'terminated' : itsOwn === 'in_force'
    return status === 'in_force' && isIn && (members[i]!.joined?.earliest ?? '') <= day
  }

  /** The periods in force for each party: `until` is the first day on which it is not. */
  const forceByParty = members.flatMap(({ party, joined }, i) => {
    if (party === null) return []
    const days = [...turns, ...ownPeriods[i]!.flatMap(({ from }) => from ?? [])]
    const bounds = [...new Set([...days, ...(joined ? [joined.earliest] : [])])].toSorted(byText)
    const inForce: { since: string; until: string | null }[] = []
    for (const day of bounds) {
      const last = inForce.at(-1)
      const isOpen = last?.until === null
      if (isInForceFor(i, day) && !isOpen) inForce.push({ since: day, until: null })
      if (!isInForceFor(i, day) && isOpen) last.until = day
    }
    return [{ ...party, inForce }]
  })

  /** The first day, of those after `day` or with `day` in a period, on which the agreement has ended. */
  const overAfter = (day: string): string | undefined =>
    periods.find(({ status }, i) => status === 'terminated' && day < (periods[i + 1]?.from ?? '~'))?.from ?? undefined

  /** The first day after `day` on which it ends together with another agreement, unless it ends before. */
  function endsWithOtherAfter(day: string): string | null {
    const at = periods.findLastIndex(({ from }) => from === null || from <= day)
    const next = periods.findIndex(({ status }, i) => i > at && status === 'terminated')
    const isUnsaid = next < 0 || periods[at]!.status === 'terminated'
    if (isUnsaid || (periods[at]!.status === 'unknown' && next > at + 1)) return null
    const { from, endedBy } = periods[next]!
    return others.some((end) => end.event === 'expired' && end.day === from && endedBy === 'expired') ? from : null
  }

  function dueOn(day: string): Pick<Judgement, 'nextExpiry' | 'noticeDeadline'> {
    const none = { nextExpiry: endsWithOtherAfter(day), noticeDeadline: null }
    const run = runOn(day)
    if (!run) return none
    const course = courseOn(run, day)
    let n = 0
    while (n < course.most && (end(course, n) ?? '~') <= day) n += 1
    const nextExpiry = course.term?.atEnd === 'open_ended' ? undefined : end(course, n)
    const over = overAfter(day) ?? '~'
    if (nextExpiry === undefined || nextExpiry <= day || nextExpiry >= (run.next ?? '~') || over < nextExpiry)
      return none
    const isStopped = n >= course.most || over === nextExpiry
    const length = course.term?.renewal?.notice ?? null
    const notice = isStopped || length === null ? undefined : noticeBefore(course, n, length)
    return { nextExpiry, noticeDeadline: notice !== undefined && notice >= run.earliest ? notice : null }
  }

  /** The first day no longer in force if notice were given on `day`. */
  function exitOn(day: string): string | null {
    const { status } = standingOn(day)
    if (status !== 'in_force' && status !== 'suspended') return null
    const run = runOn(day)
    const course = run && courseOn(run, day)
    const exit = exitAfter(termOn(acts, own.term, day), course, day)
    return exit === undefined ? null : earliestOf([exit, overAfter(day) ?? '~'])
  }

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
    const days = [
      ...turns,
      ...runs.flatMap((run) => [run.earliest, ...run.changes.flatMap(({ agreed, earliest }) => [agreed, earliest])]),
      on(day).nextExpiry ?? '',
    ]
    const said = JSON.stringify(on(day))
    const changing = days.filter((other) => other > day && JSON.stringify(on(other)) !== said)
    return changing.length > 0 ? earliestOf(changing) : null
  }

  /** What cannot be derived: the start of the term, and the ends after denunciations. */
  const isNotice = ({ event, effectiveFirstDay, effectiveLastDay }: Dates[number]) =>
    (event === 'denounced' || event === 'withdrawn') && effectiveFirstDay === null && effectiveLastDay === null
  const ended = members.flatMap(({ changes }) => changes).filter(({ event }) => event !== 'expired')
  const hasStart = runs.some((run) => courseFrom(own.term, run).base !== undefined)
  const gaps = {
    startOfTerm:
      own.term === null || own.term.length === null || hasStart
        ? null
        : own.term.runsFrom === 'signature'
          ? 'signature'
          : 'entry into force',
    withoutEnd: dates.filter(
      (date) =>
        isNotice(date) &&
        (date.firstDay ?? date.lastDay) !== null &&
        revocationsOf({ ...date, party: date.signatory && placeOf(date.signatory.id, signatories).party }, acts)
          .length === 0 &&
        !ended.some(
          ({ event, occurrence, by }) =>
            event === date.event && occurrence === date.occurrence && by === (date.signatory?.id ?? null),
        ),
    ),
  }

  const entries = acts.filter(({ event }) => event === 'entered_into_force')
  const [firstEntry] = entries.toSorted((a, b) => byText(a.earliest, b.earliest))
  /** What other agreements need to know of it. */
  const forOthers = {
    begins: signatureDay(dates) ?? firstEntry?.earliest ?? null,
    entry: firstEntry && { day: firstEntry.latest, isCertain: firstEntry.isCertain },
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
    late: runs.flatMap((run) => followed(run).late),
    statusByActs,
    forOthers,
    periods: periods.map(({ from, status }) => [from, status]),
    parties: forceByParty,
  }
}
