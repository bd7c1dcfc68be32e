import { addMonths, type Day } from '../../shared/calendar.ts'
import { parseDuration } from '../../shared/durations.ts'
import type { AgreementDate } from '../dates/schemas.ts'
import type { Agreement } from '../schemas.ts'
import { groupedBy } from '../../shared/grouped.ts'
import type { EarlierBody } from '../../registry/signatories/predecessors.ts'
import type { Signature as BodySignature } from '../signatures/schemas.ts'
import { endings, type LifecycleEvent, type Signature, signingEvents } from '../time/lifecycle.ts'
import type { Timeline } from '../time/timeline.ts'

export const warningCodes = [
  'no_signature_date',
  'in_force_before_signature',
  'in_force_long_after_signature',
  'registered_before_signature',
  'ended_before_in_force',
  'ended_before_signature',
  'conflicting_sources',
  'body_outside_its_years',
  'term_start_unknown',
  'notice_unknown',
  'revoked_too_late',
  'extended_after_lapse',
  'extended_retroactively',
  'resumed_after_end',
  'succession_without_date',
  'one_sided',
  'stated_status_differs',
  'extends_without_date',
  'supersedes_other_parties',
  'supersedes_later_agreement',
  'ends_with_deleted',
  'ends_with_ended',
] as const

export interface Warning {
  code: (typeof warningCodes)[number]
  message: string
  /** JSON Pointer into the document. */
  pointer: string
}

/** The parts of the document that warnings depend on. */
interface Input {
  term: Agreement['term']
  dates: AgreementDate[]
  signatories: BodySignature[]
}

/** The first and the last day on which bodies existed, inclusive; null where unknown. */
interface Years {
  body(id: string): { validFromDay: Day | null; validToDay: Day | null }
  /** The bodies before it. */
  earlier(id: string): EarlierBody[]
}

/** Everything that looks wrong in an agreement but is accepted, because it occurs in real registers. */
export const warnings = (agreement: Input, timeline: Timeline, years: Years): Warning[] => {
  const { signature } = timeline
  return [
    ...noSignature(signature),
    ...forceBeforeSignature(agreement, signature),
    ...forceLongAfterSignature(agreement, signature),
    ...registeredBeforeSignature(agreement, signature),
    ...endTooEarly(agreement, signature),
    ...conflicts(agreement),
    ...signedOutsideItsYears(agreement, years),
    ...actedOutsideItsYears(agreement, years),
    ...termWithoutStart(timeline, agreement.term),
    ...noticeUnknown(agreement, timeline),
    ...revokedTooLate(timeline),
    ...changedTooLate(timeline),
    ...resumedTooLate(agreement, timeline),
    ...succeededOnUnknownDay(agreement),
    ...oneSided(agreement),
    ...statedOtherwise(timeline),
  ]
}

const signing: readonly LifecycleEvent[] = signingEvents

/** Years between signature and entry into force from which a wrong century is likely: 1919 for 2019. */
const longYears = 20

interface Placed extends AgreementDate {
  pointer: string
}

const placed = ({ dates }: Input): Placed[] => dates.map((date, i) => ({ ...date, pointer: `/dates/${i}` }))
const preferred = (input: Input, events: readonly LifecycleEvent[]): Placed[] =>
  placed(input).filter((date) => date.preferred && events.includes(date.event))

/** The first and the last day on which the act can have taken effect, inclusive; null when unknown. */
const firstDayOf = (date: AgreementDate): Day | null => (hasEffect(date) ? date.effectiveFirstDay : date.firstDay)
const lastDayOf = (date: AgreementDate): Day | null => (hasEffect(date) ? date.effectiveLastDay : date.lastDay)

/** Whether a day of its effect is known: the days of the act itself then say nothing, also where the effect is open. */
const hasEffect = (date: AgreementDate): boolean => (date.effectiveFirstDay ?? date.effectiveLastDay) !== null

const known = (days: (Day | null)[]): Day[] => days.filter((day) => day !== null).toSorted()

const noSignature = (signature: Signature | null): Warning[] =>
  signature === null ? [{ code: 'no_signature_date', message: 'No day of signature is known.', pointer: '/dates' }] : []

/** Only if certain: the last possible day of the entry into force is before the first possible day of signature. */
function forceBeforeSignature(input: Input, signature: Signature | null): Warning[] {
  const signed = signature?.first ?? null
  return preferred(input, ['entered_into_force']).flatMap((date) => {
    const day = lastDayOf(date)
    if (signed === null || day === null || day >= signed) return []
    const message = `It entered into force (${day}) before it was signed (${signed}).`
    return [{ code: 'in_force_before_signature', message, pointer: date.pointer }]
  })
}

/**
 * Only if certain, and also for an entry into force that is still to come. A later occurrence is left out: an agreement
 * can enter into force again after it ended.
 */
function forceLongAfterSignature(input: Input, signature: Signature | null): Warning[] {
  const signed = signature?.last ?? null
  const long = signed === null ? null : addMonths(signed, 12 * longYears)
  return preferred(input, ['entered_into_force']).flatMap((date) => {
    const day = firstDayOf(date)
    if (long === null || day === null || day < long || date.occurrence > 1) return []
    const message = `The entry into force (${day}) is ${longYears} years or more after the signature (${signed}).`
    return [{ code: 'in_force_long_after_signature', message, pointer: date.pointer }]
  })
}

/** Only if certain: the last possible day of the registration is before the first possible day of signature. */
function registeredBeforeSignature(input: Input, signature: Signature | null): Warning[] {
  const signed = signature?.first ?? null
  return preferred(input, ['registered']).flatMap(({ lastDay, pointer }) => {
    if (signed === null || lastDay === null || lastDay >= signed) return []
    const message = `It was registered (${lastDay}) before it was signed (${signed}).`
    return [{ code: 'registered_before_signature', message, pointer }]
  })
}

/** The agreement ended before its entry into force or, if that is unknown, before its signature. */
function endTooEarly(input: Input, signature: Signature | null): Warning[] {
  const force = known(preferred(input, ['entered_into_force']).map(firstDayOf))[0]
  const signed = signature?.first ?? null
  return preferred(input, endings).flatMap((date): Warning[] => {
    const [day, pointer] = [lastDayOf(date), date.pointer]
    if (day === null) return []
    if (force !== undefined && day < force) {
      const message = `It ended (${day}) before it entered into force (${force}).`
      return [{ code: 'ended_before_in_force', message, pointer }]
    }
    if (force === undefined && signed !== null && day < signed) {
      const message = `It ended (${day}) before it was signed (${signed}).`
      return [{ code: 'ended_before_signature', message, pointer }]
    }
    return []
  })
}

/** Dates of the same act that differ in the day, or in an effective day, an extension or a place that both give. */
function conflicts(input: Input): Warning[] {
  const all = placed(input)
  const preferredOf = new Map(all.filter((date) => date.preferred).map((date) => [actOf(date), date]))
  return all.flatMap((date) => {
    const chosen = preferredOf.get(actOf(date))
    if (!chosen || date.preferred) return []
    const differ = [
      ...difference(date.date, chosen.date),
      ...difference(date.effectiveDate, chosen.effectiveDate),
      ...difference(lengthOf(date), lengthOf(chosen), durationKey),
      ...difference(date.extension?.lastDay, chosen.extension?.lastDay),
      ...difference(date.place, chosen.place),
    ]
    if (differ.length === 0) return []
    const message = `Sources differ on \`${date.event}\`: ${differ.join('; ')}.`
    return [{ code: 'conflicting_sources', message, pointer: date.pointer }]
  })
}

/** A value that only one of two sources gives is not a conflict. */
const difference = (a: Given, b: Given, keyOf = (text: string): string => text): string[] =>
  a && b && keyOf(a) !== keyOf(b) ? [`${a} or ${b}`] : []

type Given = string | null | undefined

const lengthOf = ({ extension }: AgreementDate): Given => extension?.length

/** One year is twelve months. */
const durationKey = (text: string): string => JSON.stringify(parseDuration(text))

const actOf = ({ event, signatory, occurrence }: AgreementDate): string => `${event} ${signatory?.id} ${occurrence}`

/** The first and the last possible day of any of these dates, inclusive. */
function spanOf(dates: AgreementDate[]): { first: Day | undefined; last: Day | undefined } {
  const [first] = known(dates.map(({ firstDay }) => firstDay))
  return { first, last: known(dates.map(({ lastDay }) => lastDay)).at(-1) }
}

/** Compares the years of each signatory with the day on which it signed or, if unknown, that of the agreement. */
function signedOutsideItsYears(input: Input, years: Years): Warning[] {
  const dates = preferred(input, signing)
  const ofAll = spanOf(dates)
  const ofEach = new Map(
    [...groupedBy(dates, ({ signatory }) => signatory?.id)].map(([id, own]) => [id, spanOf(own)] as const),
  )
  return input.signatories.flatMap(({ signatory, role }, i) => {
    const { first, last } = ofEach.get(signatory.id) ?? ofAll
    if (first === undefined || last === undefined) return []
    const outside = outsideItsYears(signatory, years, { first, last })
    // A body can be responsible for an agreement signed before the body existed.
    if (!outside || (outside.isTooEarly && role === 'responsible')) return []
    return [
      {
        code: 'body_outside_its_years',
        message: `${outside.years}; it was signed on ${outside.day}.${outside.instead}`,
        pointer: `/signatories/${i}`,
      },
    ]
  })
}

function termWithoutStart({ startIsUnknown }: Timeline, term: Agreement['term']): Warning[] {
  if (!startIsUnknown) return []
  const start = term?.runsFrom === 'signature' ? 'signature' : 'entry into force'
  const message = `The term runs from the ${start}, and no day of it is known: no end can be derived.`
  return [{ code: 'term_start_unknown', message, pointer: '/term' }]
}

/** Where no text gives the notice, the law of treaties gives one for binding agreements only. */
const noticeUnknown = ({ dates }: Input, { endless }: Timeline): Warning[] =>
  endless.map((at) => ({
    code: 'notice_unknown',
    message: `No end follows from \`${dates[at]!.event}\`: neither its effective date nor the notice is known.`,
    pointer: `/dates/${at}`,
  }))

/** A denunciation can be revoked only before it takes effect (Vienna Convention, Article 68). */
const revokedTooLate = ({ lateRevocations }: Timeline): Warning[] =>
  lateRevocations.map((at) => ({
    code: 'revoked_too_late',
    message: 'The denunciation had taken effect before it was revoked. The revocation changes nothing.',
    pointer: `/dates/${at}`,
  }))

/** From when a successor takes part is known from a date only. */
const succeededOnUnknownDay = ({ dates, signatories }: Input): Warning[] =>
  signatories.flatMap(({ role, party, signatory, ancestors }, i) => {
    const bodies = [signatory, ...ancestors].map(({ id }) => id)
    const isKnown = dates.some(
      (date) =>
        date.event === 'succeeded' &&
        date.preferred &&
        (date.firstDay ?? date.lastDay) !== null &&
        bodies.includes(date.signatory?.id ?? ''),
    )
    if (role !== 'succeeded' || isKnown) return []
    const message = `No day is known on which ${party.name} succeeded: it needs a date \`succeeded\` of this signatory.`
    return [{ code: 'succession_without_date', message, pointer: `/signatories/${i}` }]
  })

/** Stored before a witness was no party. */
const oneSided = ({ signatories }: Input): Warning[] =>
  [1, 2].flatMap((number) => {
    if (signatories.some(({ side, role }) => side === number && role !== 'witnessed')) return []
    const message = `Side ${number} has no signatory that is not a witness.`
    return [{ code: 'one_sided', message, pointer: '/signatories' }]
  })

/** An extension or an amendment of the term that is made, or takes effect, after the term had run out. */
const changedTooLate = ({ lateChanges }: Timeline): Warning[] =>
  lateChanges.map(({ act: { at, first, done }, lapsed, isRetroactive, isOver }) => ({
    code: isRetroactive ? 'extended_retroactively' : 'extended_after_lapse',
    message: isRetroactive
      ? `It had lapsed on ${lapsed}; the act of ${done} revived it with effect from ${first}.`
      : isOver
        ? `It had lapsed on ${lapsed}, and the end to which it is extended was over on ${first}: it stays at an end.`
        : `It had lapsed on ${lapsed}, and was not in force until it was revived on ${first}.`,
    pointer: `/dates/${at}`,
  }))

/** Only if certain: it was at an end before the first possible day of the resumption. */
const resumedTooLate = (input: Input, { periods }: Timeline): Warning[] =>
  preferred(input, ['resumed']).flatMap((date) => {
    const day = firstDayOf(date)
    const now = day === null ? undefined : periods.findLast(({ from }) => from === null || from < day)
    if (now?.status !== 'terminated') return []
    const message = `It ended on ${now.from}, before it was resumed (${day}). The resumption changes nothing.`
    return [{ code: 'resumed_after_end', message, pointer: date.pointer }]
  })

const statedOtherwise = ({ differences }: Timeline): Warning[] =>
  differences.map(({ at, statement: { status, on }, other, basis, isShown }) => {
    const instead = isShown
      ? `By the acts and the term it would be \`${other}\`.`
      : `The status on that day is \`${other}\` (${basis}).`
    const message = `A source states \`${status}\` on ${on}. ${instead}`
    return { code: 'stated_status_differs', message, pointer: `/statusStatements/${at}` }
  })

/** Compares the years of each signatory with the days of its other acts. */
function actedOutsideItsYears(input: Input, years: Years): Warning[] {
  return placed(input).flatMap(({ event, preferred, signatory, firstDay, lastDay, pointer }) => {
    if (!preferred || signatory === null || signing.includes(event) || firstDay === null || lastDay === null) return []
    const outside = outsideItsYears(signatory, years, { first: firstDay, last: lastDay })
    if (!outside) return []
    const message = `${outside.years}; the day of \`${event}\` is ${outside.day}.${outside.instead}`
    return [{ code: 'body_outside_its_years', message, pointer }]
  })
}

/**
 * Only if certain: the body did not exist on any day from `first` to `last`, inclusive, and neither did a predecessor whose
 * place it took as a whole. `instead` names the predecessor that existed, if there was just one.
 */
function outsideItsYears(
  { id, name }: { id: string; name: string },
  years: Years,
  { first, last }: { first: Day; last: Day },
): { years: string; day: Day; isTooEarly: boolean; instead: string } | undefined {
  const { validFromDay, validToDay } = years.body(id)
  if (validFromDay !== null && last < validFromDay) {
    const there = years.earlier(id).filter((body) => mayExist(body, first, last))
    if (there.some(({ isSame }) => isSame)) return undefined
    const [one] = there
    const instead = one && there.length === 1 ? ` Its predecessor then was \`${one.code}\` (${one.name}).` : ''
    return { years: `${name} existed only from ${validFromDay}`, day: last, isTooEarly: true, instead }
  }
  if (validToDay !== null && first > validToDay) {
    return { years: `${name} existed only until ${validToDay}`, day: first, isTooEarly: false, instead: '' }
  }
  return undefined
}

const mayExist = ({ validFromDay, validToDay }: EarlierBody, first: Day, last: Day): boolean =>
  (validFromDay === null || validFromDay <= last) && (validToDay === null || validToDay >= first)
