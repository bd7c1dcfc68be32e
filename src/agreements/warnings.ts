import type { Day } from '../calendar.ts'
import type { AgreementDate } from '../dates/schemas.ts'
import type { Signature } from '../signatures/schemas.ts'
import type { LifecycleEvent } from './lifecycle.ts'

export interface Warning {
  code: string
  message: string
  /** JSON Pointer into the document. */
  pointer: string
}

/** What the warnings look at: the document, and the years in which its bodies existed. */
interface Input {
  dates: AgreementDate[]
  signatories: Signature[]
}

interface Years {
  body(id: string): { validFromDay: Day | null; validToDay: Day | null }
}

/** What looks wrong in an agreement, but is not refused: real registers hold all of it. */
export const warnings = (agreement: Input, years: Years): Warning[] => [
  ...noSignature(agreement),
  ...forceBeforeSignature(agreement),
  ...endBeforeForce(agreement),
  ...conflicts(agreement),
  ...outsideItsYears(agreement, years),
]

const signing: readonly LifecycleEvent[] = ['signed', 'signed_definitively', 'notes_exchanged']
const ending: readonly LifecycleEvent[] = ['denounced', 'withdrawn', 'expired', 'superseded', 'terminated']

interface Placed extends AgreementDate {
  pointer: string
}

const placed = ({ dates }: Input): Placed[] => dates.map((date, i) => ({ ...date, pointer: `/dates/${i}` }))
const preferred = (input: Input, events: readonly LifecycleEvent[]): Placed[] =>
  placed(input).filter((date) => date.preferred && events.includes(date.event))

function noSignature(input: Input): Warning[] {
  if (preferred(input, signing).some(({ firstDay, lastDay }) => firstDay ?? lastDay)) return []
  return [{ code: 'no_signature_date', message: 'No day of signature is known.', pointer: '/dates' }]
}

/** Certainly before: the last day that the entry into force can mean is earlier than the first of every signature. */
function forceBeforeSignature(input: Input): Warning[] {
  const signed = firstOf(preferred(input, signing))
  return preferred(input, ['entered_into_force']).flatMap(({ effectiveLastDay, lastDay, pointer }) => {
    const day = effectiveLastDay ?? lastDay
    if (signed === undefined || day === null || day >= signed) return []
    const message = `It entered into force (${day}) before it was signed (${signed}).`
    return [{ code: 'in_force_before_signature', message, pointer }]
  })
}

function endBeforeForce(input: Input): Warning[] {
  const force = firstOf(preferred(input, ['entered_into_force']))
  return preferred(input, ending).flatMap(({ effectiveLastDay, lastDay, pointer }) => {
    const day = effectiveLastDay ?? lastDay
    if (force === undefined || day === null || day >= force) return []
    return [
      { code: 'ended_before_in_force', message: `It ended (${day}) before it entered into force (${force}).`, pointer },
    ]
  })
}

const firstOf = (dates: Placed[]): Day | undefined => dates.flatMap(({ firstDay }) => firstDay ?? []).toSorted()[0]

/** Values for one act that differ in the day, or in a place that both give. */
function conflicts(input: Input): Warning[] {
  const all = placed(input)
  return all.flatMap((date) => {
    const held = all.find((other) => other.preferred && sameAct(other, date))
    if (!held || date.preferred) return []
    const differ = [
      ...(held.date === date.date ? [] : [`${date.date} or ${held.date}`]),
      ...(held.place && date.place && held.place !== date.place ? [`${date.place} or ${held.place}`] : []),
    ]
    if (differ.length === 0) return []
    const message = `Sources differ on \`${date.event}\`: ${differ.join('; ')}.`
    return [{ code: 'conflicting_sources', message, pointer: date.pointer }]
  })
}

const sameAct = (a: AgreementDate, b: AgreementDate): boolean =>
  a.event === b.event && a.signatory?.id === b.signatory?.id && a.occurrence === b.occurrence

function outsideItsYears(input: Input, years: Years): Warning[] {
  const dates = preferred(input, signing)
  const first = firstOf(dates)
  const last = dates
    .flatMap(({ lastDay }) => lastDay ?? [])
    .toSorted()
    .at(-1)
  if (first === undefined || last === undefined) return []
  return input.signatories.flatMap(({ signatory }, i) => {
    const { validFromDay, validToDay } = years.body(signatory.id)
    const tooEarly = validFromDay !== null && last < validFromDay
    const tooLate = validToDay !== null && first > validToDay
    if (!tooEarly && !tooLate) return []
    const message = tooEarly
      ? `${signatory.name} existed only from ${validFromDay}; it was signed on ${last}.`
      : `${signatory.name} existed only until ${validToDay}; it was signed on ${first}.`
    return [{ code: 'body_outside_its_years', message, pointer: `/signatories/${i}` }]
  })
}
