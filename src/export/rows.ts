import type { Agreement } from '../agreements/schemas.ts'

/** The columns of a CSV export; several values in a cell are joined with ` | `. */
export const columns = [
  'id',
  'reference',
  'title',
  'type',
  'binding',
  'status',
  'side1Parties',
  'side1Signatories',
  'side2Parties',
  'side2Signatories',
  'signed',
  'signedPlaces',
  'inForceFrom',
  'inForceUntil',
  'nextExpiry',
  'noticeDeadline',
  'researchDomains',
  'identifiers',
  'languages',
  'warnings',
  'updatedAt',
  'url',
] as const

const several = (values: (string | null)[]): string => [...new Set(values.filter(Boolean))].join(' | ')

/** An agreement as a row of `columns`. */
export function rowOf(agreement: Agreement): (string | null)[] {
  const { signatories, dates } = agreement
  const side = (number: number) => signatories.filter((signature) => signature.side === number)
  const acts = (event: string) => dates.filter((date) => date.event === event)
  const preferredDates = (event: string) =>
    several(acts(event).flatMap(({ preferred, date }) => (preferred ? [date] : [])))
  const inForce = agreement.status === 'in_force'
  return [
    agreement.id,
    agreement.reference,
    agreement.title,
    agreement.type,
    agreement.binding,
    agreement.status,
    several(side(1).map(({ party }) => party.code)),
    several(side(1).map(({ signatory }) => signatory.code)),
    several(side(2).map(({ party }) => party.code)),
    several(side(2).map(({ signatory }) => signatory.code)),
    preferredDates('signed'),
    several(acts('signed').map(({ place }) => place)),
    preferredDates('entered_into_force'),
    agreement.status === 'terminated' ? agreement.statusSince : inForce ? agreement.statusUntil : null,
    agreement.nextExpiry,
    agreement.noticeDeadline,
    several(agreement.researchDomains.map(({ scheme, code }) => `${scheme}:${code}`)),
    several(agreement.identifiers.map(({ scheme, value }) => `${scheme}:${value}`)),
    several(agreement.languages),
    several(agreement.warnings.map(({ code }) => code)),
    agreement.updatedAt,
    `/v1/agreements/${agreement.id}`,
  ]
}
