import { type Column, columns, rowOf } from '../rows.ts'
import type { Agreement } from '../../agreements/schemas.ts'

/** A cell: text, a number, a calendar day (`{ day: 'YYYY-MM-DD' }`), or nothing. */
export type Cell = string | number | { day: string } | null

/** The sheets, and the columns of each. */
export const sheets = {
  agreements: columns,
  dates: [
    'agreementId',
    'reference',
    'id',
    'event',
    'signatory',
    'occurrence',
    'date',
    'firstDay',
    'lastDay',
    'effectiveDate',
    'effectiveFirstDay',
    'effectiveLastDay',
    'place',
    'preferred',
    'source',
    'note',
  ],
  signatories: [
    'agreementId',
    'reference',
    'id',
    'side',
    'signatory',
    'signatoryName',
    'signatoryKind',
    'party',
    'partyName',
    'role',
    'representative',
    'office',
    'source',
  ],
  sources: ['agreementId', 'reference', 'key', 'title', 'publisher', 'url', 'publishedOn', 'language', 'quote'],
} as const satisfies Record<string, readonly string[]>

export type SheetName = keyof typeof sheets

/** Columns of days; a value that is no exact day, such as `2019-10` or `2019/2020`, stays text. */
const dayColumns: readonly string[] = [
  'signed',
  'inForceFrom',
  'inForceUntil',
  'nextExpiry',
  'noticeDeadline',
  'signedFirstDay',
  'signedLastDay',
  'inForceFromFirstDay',
  'inForceFromLastDay',
  'statedOn',
  'date',
  'firstDay',
  'lastDay',
  'effectiveDate',
  'effectiveFirstDay',
  'effectiveLastDay',
  'publishedOn',
] satisfies (Column | (typeof sheets)[SheetName][number])[]

/** A spreadsheet has no days before this one: Excel takes 1900 for a leap year. */
const firstDay = '1900-03-01'

const cellOf = (column: string, value: string | number | null): Cell =>
  typeof value === 'string' && dayColumns.includes(column) && /^\d{4}-\d\d-\d\d$/.test(value) && value >= firstDay
    ? { day: value }
    : value

/**
 * The rows of an agreement in each sheet.
 * @param base what stands in front of each path of the API, such as `https://example.org/register`
 */
export function rowsOf(agreement: Agreement, base: string): Record<SheetName, Cell[][]> {
  const of = [agreement.id, agreement.reference]
  const rows: Record<SheetName, (string | number | null)[][]> = {
    agreements: [rowOf(agreement, base)],
    dates: agreement.dates.map((date) => [
      ...of,
      date.id,
      date.event,
      date.signatory && date.signatory.code,
      date.occurrence,
      date.date,
      date.firstDay,
      date.lastDay,
      date.effectiveDate,
      date.effectiveFirstDay,
      date.effectiveLastDay,
      date.place,
      String(date.preferred),
      date.source,
      date.note,
    ]),
    signatories: agreement.signatories.map(({ id, side, signatory, party, role, representative, source }) => [
      ...of,
      id,
      side,
      signatory.code,
      signatory.name,
      signatory.kind,
      party.code,
      party.name,
      role,
      representative && representative.name,
      representative && representative.office,
      source,
    ]),
    sources: agreement.sources.map((source) => [
      ...of,
      source.key,
      source.title,
      source.publisher,
      source.url,
      source.publishedOn,
      source.language,
      source.quote,
    ]),
  }
  const cells = (name: SheetName) => rows[name].map((row) => row.map((value, i) => cellOf(sheets[name][i]!, value)))
  return {
    agreements: cells('agreements'),
    dates: cells('dates'),
    signatories: cells('signatories'),
    sources: cells('sources'),
  }
}
