import { lifeOfDocument } from '../agreements/publication/life.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { type DatedAct, signingEvents } from '../agreements/time/lifecycle.ts'
import type { StatusPeriod } from '../agreements/time/status.ts'
import { timelineOf } from '../agreements/time/timeline.ts'
import type { SignatoryReference } from '../registry/signatories/schemas.ts'

/** The columns of a CSV export, and what each contains; several values in a cell are joined with ` | `. */
export const columnsWithMeaning = {
  id: 'Id of the agreement.',
  reference: 'Its readable identifier in the register.',
  title: 'Its title.',
  type: 'Its type, such as `memorandum_of_understanding`.',
  binding: 'Whether it is binding under international law: `binding`, `non_binding` or `unknown`.',
  status: 'Its status on the day of the export.',
  side1Parties: 'Codes of the parties on side 1.',
  side1Signatories: 'Codes of the bodies that signed for side 1.',
  side2Parties: 'Codes of the parties on side 2.',
  side2Signatories: 'Codes of the bodies that signed for side 2.',
  signed:
    'The day of signature by which lists are sorted, in EDTF as its source gives it; where each party has a day of its own, the latest.',
  signedPlaces: 'Where it was signed.',
  inForceFrom: 'The day of its entry into force, in EDTF.',
  inForceUntil: 'The first day on which it is or was no longer in force; empty when no end is known.',
  nextExpiry: 'The day on which the current term ends, the first one that it no longer covers.',
  noticeDeadline: 'The last day on which notice prevents the next renewal.',
  researchDomains: 'Its research domains, `scheme:code`.',
  identifiers: 'Its numbers, `scheme:value`.',
  languages: 'The languages of its authentic texts, BCP 47.',
  warnings: 'Codes of what looks wrong in it.',
  updatedAt: 'When this version was published, UTC.',
  url: 'Its address in the register.',
  signedFirstDay: 'The first possible day of signature.',
  signedLastDay: 'The last possible day of signature.',
  inForceFromFirstDay: 'The first possible day of its entry into force.',
  inForceFromLastDay: 'The last possible day of its entry into force.',
  side1PartyNames: 'Names of the parties on side 1, in the order of their codes.',
  side1SignatoryNames: 'Names of the bodies that signed for side 1, in the order of their codes.',
  side2PartyNames: 'Names of the parties on side 2, in the order of their codes.',
  side2SignatoryNames: 'Names of the bodies that signed for side 2, in the order of their codes.',
  researchDomainLabels: 'Names of its research domains, in the order of their codes.',
  statusBasis: 'What the status rests on: `recorded`, `stated` or `presumed`.',
  statedOn: 'The day of the statement on which the status rests.',
  collection: 'Code of the list from which it was taken.',
} as const

export type Column = keyof typeof columnsWithMeaning
export const columns = Object.keys(columnsWithMeaning) as Column[]

const several = (values: (string | null)[]): string => [...new Set(values.filter(Boolean))].join(' | ')

/** The names of bodies, in the order in which `several` gives their codes. */
const namesOf = (bodies: SignatoryReference[]): string =>
  [...new Map(bodies.map(({ code, name }) => [code, name])).values()].join(' | ')

/** The days of an act that is derived, as EDTF. */
const edtfOf = ({ first, last }: DatedAct): string => (first === last ? first : `${first}/${last}`)

/** The day on which it is or was no longer in force; null when unknown, and when it never was in force. */
function inForceUntil({ status, statusSince, statusUntil }: Agreement, periods: StatusPeriod[]): string | null {
  if (status === 'in_force') return statusUntil
  const wasInForce = periods.some(({ status, from }) => status === 'in_force' && (from ?? '') < (statusSince ?? ''))
  return status === 'terminated' && wasInForce ? statusSince : null
}

/**
 * An agreement as a row of `columns`.
 * @param base what stands in front of each path of the API, such as `https://example.org/register`
 */
export function rowOf(agreement: Agreement, base: string): (string | null)[] {
  const { signatories, dates } = agreement
  const side = (number: number) => signatories.filter((signature) => signature.side === number)
  const parties = (number: number) => agreement.parties.filter((party) => party.side === number)
  const signers = (number: number) => side(number).map(({ signatory }) => signatory)
  const acts = (...events: readonly string[]) => dates.filter((date) => events.includes(date.event))
  const preferredDates = (...events: readonly string[]) =>
    several(acts(...events).flatMap(({ preferred, date }) => (preferred ? [date] : [])))
  const { signature, entry, standings } = timelineOf(lifeOfDocument(agreement))
  return [
    agreement.id,
    agreement.reference,
    agreement.title,
    agreement.type,
    agreement.binding,
    agreement.status,
    several(parties(1).map(({ code }) => code)),
    several(signers(1).map(({ code }) => code)),
    several(parties(2).map(({ code }) => code)),
    several(signers(2).map(({ code }) => code)),
    signature?.text ?? preferredDates(...signingEvents),
    several(acts(...signingEvents).map(({ place }) => place)),
    preferredDates('entered_into_force') || (entry && edtfOf(entry)),
    inForceUntil(agreement, standings),
    agreement.nextExpiry,
    agreement.noticeDeadline,
    several(agreement.researchDomains.map(({ scheme, code }) => `${scheme}:${code}`)),
    several(agreement.identifiers.map(({ scheme, value }) => `${scheme}:${value}`)),
    several(agreement.languages),
    several(agreement.warnings.map(({ code }) => code)),
    agreement.updatedAt,
    `${base}/v1/agreements/${agreement.id}`,
    signature?.first ?? null,
    signature?.first ? signature.last : null,
    entry?.first ?? null,
    entry?.last ?? null,
    namesOf(parties(1)),
    namesOf(signers(1)),
    namesOf(parties(2)),
    namesOf(signers(2)),
    agreement.researchDomains.map(({ label }) => label).join(' | '),
    agreement.statusBasis,
    agreement.statedOn,
    agreement.collection && agreement.collection.code,
  ]
}
