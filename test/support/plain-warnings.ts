import { Temporal } from 'temporal-polyfill'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { endings, type lifeOf, signing } from './plain-time.ts'

type Warning = Agreement['warnings'][number]

/** The first and last day of a body, both included; null if it has none. */
export interface Years {
  from: string | null
  to: string | null
  code: string
  name: string
  /** The ids of the bodies before it, and how it came after each. */
  before: { id: string; kind: string | null }[]
}

/** After these a body is the one before it, under another name or form, or has taken its place as a whole. */
const whole = new Set(['continuation', 'renaming', 'succession', 're_establishment'])

interface Earlier {
  id: string
  way: (string | null)[]
}

/** Another agreement that an agreement names: why it does not end that one, or when that one had ended before. */
export interface Named {
  id: string
  reference: string | null
  isDeleted: boolean
}

/**
 * What looks wrong between an agreement and those that it names.
 * @param extended those that it extends, with their places among its relations
 * @param ended those that it supersedes or terminates, likewise
 */
export function warningsOfOthers(
  extended: (Named & { at: number; hasDate: boolean })[],
  ended: (Named & { at: number; why: 'other_parties' | 'later_agreement' | null })[],
  umbrella: (Named & { endedOn: string | undefined; begins: string | null }) | undefined,
): Warning[] {
  const name = ({ reference, id }: Named) => `\`${reference ?? id}\``
  const ofExtended = extended
    .filter(({ isDeleted, hasDate }) => !isDeleted && !hasDate)
    .map((one): Warning => {
      const message = `${name(one)} has no date \`extended\`. Only such a date of that agreement changes its term.`
      return { code: 'extends_without_date', pointer: `/relations/${one.at}`, message }
    })
  const ofEnded = ended.flatMap((one): Warning[] => {
    if (one.isDeleted || one.why === null) return []
    const message =
      one.why === 'other_parties'
        ? `${name(one)} does not have the same parties. This agreement does not end it.`
        : `${name(one)} is later than the entry into force of this agreement, which does not end it.`
    return [{ code: `supersedes_${one.why}`, pointer: `/relations/${one.at}`, message }]
  })
  const ofRelations = [...ofExtended, ...ofEnded]
  if (umbrella === undefined) return ofRelations
  const { id, isDeleted, endedOn, begins } = umbrella
  const pointer = '/term/endsWith'
  if (isDeleted) {
    const message = `The agreement with which it ends (${id}) is deleted. Its end is not known.`
    return [...ofRelations, { code: 'ends_with_deleted', pointer, message }]
  }
  if (endedOn === undefined) return ofRelations
  const message = `${name(umbrella)}, with which it ends, had ended (${endedOn}) before it began (${begins}).`
  return [...ofRelations, { code: 'ends_with_ended', pointer, message }]
}

/** Whether two texts are durations of as many months and days. */
function isSameLength(one: string, two: string): boolean {
  if (![one, two].every((text) => /^P[0-9]+[YMWD]/.test(text))) return false
  const [a, b] = [one, two].map((text) => {
    const { years, months, weeks, days } = Temporal.Duration.from(text)
    return `${12 * years + months} ${7 * weeks + days}`
  })
  return a === b
}

type Days = Pick<Agreement['dates'][number], 'firstDay' | 'lastDay' | 'effectiveFirstDay' | 'effectiveLastDay'>
const isOfEffect = (date: Days) => date.effectiveFirstDay !== null || date.effectiveLastDay !== null
const firstOf = (date: Days) => (isOfEffect(date) ? date.effectiveFirstDay : date.firstDay)
const lastOf = (date: Days) => (isOfEffect(date) ? date.effectiveLastDay : date.lastDay)

/**
 * A second implementation of the warnings of an agreement, without any code of `src`, to compare with.
 * @param yearsOf by the id of a body
 */
export function warningsOf(
  { dates, signatories, statusStatements }: Pick<Agreement, 'dates' | 'signatories' | 'statusStatements'>,
  yearsOf: (id: string) => Years,
  { gaps, late, periods, on: statusOn, statusByActs }: ReturnType<typeof lifeOf>,
): Warning[] {
  const found: Warning[] = []
  const warn = (code: string, pointer: string, message: string) => void found.push({ code, pointer, message })

  const held = dates.map((date, i) => ({ ...date, pointer: `/dates/${i}` })).filter(({ preferred }) => preferred)
  const signatures = held.filter(({ event }) => signing.includes(event))
  const entries = held.filter(({ event }) => event === 'entered_into_force')
  const sorted = (days: (string | null)[]) => days.flatMap((day) => day ?? []).toSorted()

  if (sorted(signatures.flatMap(({ firstDay, lastDay }) => [firstDay, lastDay])).length === 0) {
    warn('no_signature_date', '/dates', 'No day of signature is known.')
  }

  const ofKind = (has: (date: Agreement['dates'][number]) => boolean) =>
    signing
      .map((kind) => signatures.filter((date) => date.event === kind && has(date)))
      .find(({ length }) => length > 0)
  const deciding = ofKind(({ firstDay }) => firstDay !== null) ?? ofKind(({ lastDay }) => lastDay !== null) ?? []
  const ofTheWhole = deciding
    .filter(({ signatory }) => signatory === null)
    .toSorted((a, b) => ((a.firstDay ?? '') < (b.firstDay ?? '') ? -1 : 1))
  const decided = ofTheWhole.length > 0 ? ofTheWhole.slice(0, 1) : deciding
  const signed = sorted(decided.map(({ firstDay }) => firstDay)).at(-1) ?? ''
  for (const entry of entries) {
    const day = lastOf(entry)
    if (day === null || day >= signed) continue
    const message = `It entered into force (${day}) before it was signed (${signed}).`
    warn('in_force_before_signature', entry.pointer, message)
  }

  const isOpen = decided.some(({ lastDay }) => lastDay === null)
  const lastSigned = isOpen ? undefined : sorted(decided.map(({ lastDay }) => lastDay)).at(-1)
  for (const entry of entries.filter(({ occurrence }) => occurrence === 1)) {
    const day = firstOf(entry)
    if (day === null || lastSigned === undefined) continue
    const twentyYearsOn = Temporal.PlainDate.from(lastSigned).add({ years: 20 })
    if (Temporal.PlainDate.compare(day, twentyYearsOn) < 0) continue
    const message = `The entry into force (${day}) is 20 years or more after the signature (${lastSigned}).`
    warn('in_force_long_after_signature', entry.pointer, message)
  }

  for (const { event, lastDay, pointer } of held) {
    if (event !== 'registered' || lastDay === null || lastDay >= signed) continue
    warn('registered_before_signature', pointer, `It was registered (${lastDay}) before it was signed (${signed}).`)
  }

  const [inForce] = sorted(entries.map(firstOf))
  for (const ending of held.filter(({ event }) => endings.includes(event))) {
    const day = lastOf(ending)
    if (day === null || day >= (inForce ?? signed)) continue
    if (inForce === undefined) {
      warn('ended_before_signature', ending.pointer, `It ended (${day}) before it was signed (${signed}).`)
    } else {
      warn('ended_before_in_force', ending.pointer, `It ended (${day}) before it entered into force (${inForce}).`)
    }
  }

  for (const [i, date] of dates.entries()) {
    const other = held.find(
      ({ event, signatory, occurrence }) =>
        event === date.event && signatory?.id === date.signatory?.id && occurrence === date.occurrence,
    )
    if (date.preferred || other === undefined) continue
    const pairs = [
      [date.date, other.date],
      [date.effectiveDate, other.effectiveDate],
      [date.extension?.length, other.extension?.length],
      [date.extension?.lastDay, other.extension?.lastDay],
      [date.place, other.place],
    ]
    const differences = pairs.flatMap(([one, two]) =>
      one && two && one !== two && !isSameLength(one, two) ? `${one} or ${two}` : [],
    )
    if (differences.length === 0) continue
    warn('conflicting_sources', `/dates/${i}`, `Sources differ on \`${date.event}\`: ${differences.join('; ')}.`)
  }

  /** The bodies before `id` that can have existed on a day from `first` to `last`, and by which kinds one comes to each. */
  const existing = (id: string, first: string, last: string, way: (string | null)[] = []): Earlier[] =>
    yearsOf(id).before.flatMap((link) => {
      const { from, to } = yearsOf(link.id)
      const there = (from === null || from <= last) && (to === null || to >= first)
      const longer = [...way, link.kind]
      return [...(there ? [{ id: link.id, way: longer }] : []), ...existing(link.id, first, last, longer)]
    })

  /** A further sentence if just one body before it existed then. */
  const instead = (body: { id: string }, first: string, last: string): string => {
    const [id, ...others] = new Set(existing(body.id, first, last).map((one) => one.id))
    return id === undefined || others.length > 0
      ? ''
      : ` Its predecessor then was \`${yearsOf(id).code}\` (${yearsOf(id).name}).`
  }

  /** The beginning of the message if the body did not exist on any day from `first` to `last`. */
  const outside = (body: { id: string; name: string }, first: string, last: string): string | undefined => {
    const { from, to } = yearsOf(body.id)
    if (from !== null && last < from) {
      const isSame = existing(body.id, first, last).some(({ way }) => way.every((kind) => whole.has(kind ?? '')))
      return isSame ? undefined : `${body.name} existed only from ${from}`
    }
    return to !== null && first > to ? `${body.name} existed only until ${to}` : undefined
  }

  for (const [i, { signatory, role }] of signatories.entries()) {
    const own = signatures.filter((date) => date.signatory?.id === signatory.id)
    const counted = own.length > 0 ? own : signatures
    const first = sorted(counted.map(({ firstDay }) => firstDay))[0]
    const last = sorted(counted.map(({ lastDay }) => lastDay)).at(-1)
    const sentence = first !== undefined && last !== undefined && outside(signatory, first, last)
    if (!sentence) continue
    const isYounger = sentence.includes('existed only from')
    if (isYounger && role === 'responsible') continue
    const end = isYounger ? `${last}.${instead(signatory, first, last)}` : `${first}.`
    warn('body_outside_its_years', `/signatories/${i}`, `${sentence}; it was signed on ${end}`)
  }

  for (const { event, signatory, firstDay, lastDay, pointer } of held) {
    if (signatory === null || signing.includes(event) || firstDay === null || lastDay === null) continue
    const sentence = outside(signatory, firstDay, lastDay)
    if (sentence === undefined) continue
    const isYounger = sentence.includes('existed only from')
    const end = isYounger ? `${lastDay}.${instead(signatory, firstDay, lastDay)}` : `${firstDay}.`
    warn('body_outside_its_years', pointer, `${sentence}; the day of \`${event}\` is ${end}`)
  }

  if (gaps.startOfTerm !== null) {
    warn(
      'term_start_unknown',
      '/term',
      `The term runs from the ${gaps.startOfTerm}, and no day of it is known: no end can be derived.`,
    )
  }
  for (const [i, { event, preferred }] of dates.entries()) {
    if (!preferred || !gaps.withoutEnd.includes(dates[i]!)) continue
    const message = `No end follows from \`${event}\`: neither its effective date nor the notice is known.`
    warn('notice_unknown', `/dates/${i}`, message)
  }
  for (const { change, lapsed, isRetroactive, isOver } of late) {
    const { at, agreed, earliest } = change
    const what = isRetroactive
      ? `the act of ${agreed} revived it with effect from ${earliest}.`
      : isOver
        ? `and the end to which it is extended was over on ${earliest}: it stays at an end.`
        : `and was not in force until it was revived on ${earliest}.`
    const code = isRetroactive ? 'extended_retroactively' : 'extended_after_lapse'
    warn(code, `/dates/${at}`, `It had lapsed on ${lapsed}${isRetroactive ? ';' : ','} ${what}`)
  }
  for (const { pointer, ...date } of held) {
    const [event, day] = [date.event, firstOf(date)]
    if (event !== 'resumed' || day === null) continue
    const [from, status] = periods.findLast(([from]) => from === null || from! < day)!
    if (status !== 'terminated') continue
    const message = `It ended on ${from}, before it was resumed (${day}). The resumption changes nothing.`
    warn('resumed_after_end', pointer, message)
  }
  for (const [i, { role, signatory, party, ancestors }] of signatories.entries()) {
    const isIts = (id: string) => [signatory, ...ancestors].some((body) => body.id === id)
    const known = held.filter(
      (date) => date.event === 'succeeded' && date.signatory !== null && isIts(date.signatory.id),
    )
    if (role !== 'succeeded' || known.some(({ firstDay, lastDay }) => (firstDay ?? lastDay) !== null)) continue
    const message = `No day is known on which ${party.name} succeeded: it needs a date \`succeeded\` of this signatory.`
    warn('succession_without_date', `/signatories/${i}`, message)
  }
  for (const side of [1, 2]) {
    if (signatories.some((one) => one.side === side && one.role !== 'witnessed')) continue
    warn('one_sided', '/signatories', `Side ${side} has no signatory that is not a witness.`)
  }
  for (const [i, { status, on }] of statusStatements.entries()) {
    const [shown, byActs] = [statusOn(on), statusByActs(on)]
    const begin = `A source states \`${status}\` on ${on}.`
    if (shown.status !== status && shown.status !== 'unknown') {
      const message = `${begin} The status on that day is \`${shown.status}\` (${shown.statusBasis}).`
      warn('stated_status_differs', `/statusStatements/${i}`, message)
    } else if (byActs !== status && byActs !== 'unknown') {
      const message = `${begin} By the acts and the term it would be \`${byActs}\`.`
      warn('stated_status_differs', `/statusStatements/${i}`, message)
    }
  }
  return found
}
