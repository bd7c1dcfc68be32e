import type { AgreementReplacement } from '../agreements/schemas.ts'
import type { Parts } from '../agreements/publication/aggregate.ts'
import { replacementOf } from '../agreements/publication/from-request.ts'
import type { MappedRow } from './mapping/map-row.ts'
import type { Mapping } from './mapping/schemas.ts'
import { tidyIdentifier } from '../shared/identifiers.ts'

/** Fields that a row replaces as a whole. */
const wholeFields = [
  'reference',
  'title',
  'titleIsDescriptive',
  'alternativeTitles',
  'type',
  'binding',
  'summary',
  'languages',
  'entryIntoForce',
  'term',
  'documents',
  'researchDomains',
] as const

/**
 * The agreement with what a row brings. Left alone are: fields without a rule in the mapping, identifiers of other schemes,
 * dates of other acts, other sources, signatories in other roles, and dates and statements that have a source of their own.
 * Items of the row come first in each list, in its order.
 */
export function merged(
  parts: Parts,
  row: AgreementReplacement,
  { agreement: named }: MappedRow,
  mapping: Mapping,
): AgreementReplacement {
  const before = replacementOf(parts)
  const brought = wholeFields.filter((field) => field in named).map((field) => [field, row[field]] as const)
  const idOf = new Map(parts.signatures.map((one) => [`${one.side} ${one.role} ${one.signatoryId}`, one.id]))
  const roles = new Set<string>(mapping.parties.map(({ role = 'signed' }) => role))
  return {
    ...before,
    ...Object.fromEntries(brought),
    signatories: [
      ...row.signatories.map((one) => {
        const id = idOf.get(`${one.side} ${one.role} ${one.signatory}`)
        const old = before.signatories.find((other) => other.id === id)
        return id === undefined || !old
          ? one
          : { ...one, id, representative: one.representative ?? old.representative, source: old.source }
      }),
      ...before.signatories.filter(({ role }) => !roles.has(role)),
    ],
    dates: mapping.dates ? mergedDates(before, row, mapping.dates) : before.dates,
    identifiers: mergedIdentifiers(before, row, mapping),
    sources: [...row.sources, ...before.sources.filter(({ key }) => !row.sources.some((source) => source.key === key))],
    statusStatements: mapping.statements
      ? [...row.statusStatements, ...before.statusStatements.filter(({ source }) => source !== null)]
      : before.statusStatements,
  }
}

type Dates = AgreementReplacement['dates']

function mergedDates(
  { dates: before }: AgreementReplacement,
  row: AgreementReplacement,
  rules: { event?: string | undefined }[],
): Dates {
  const events = new Set<string>([...rules.flatMap(({ event }) => event ?? []), ...row.dates.map(({ event }) => event)])
  const replaced = before.filter(({ event, source }) => events.has(event) && source === null)
  const dates = row.dates.map((date) => {
    const same = replaced.find(
      (old) => old.event === date.event && old.signatory === date.signatory && old.occurrence === date.occurrence,
    )
    return same
      ? {
          ...same,
          date: date.date,
          effectiveDate: date.effectiveDate,
          place: date.place ?? same.place,
          note: date.note ?? same.note,
        }
      : date
  })
  return [...dates, ...before.filter((date) => !replaced.includes(date))]
}

function mergedIdentifiers(
  { identifiers: before }: AgreementReplacement,
  row: AgreementReplacement,
  { identifiers: rules = [] }: Mapping,
): AgreementReplacement['identifiers'] {
  const schemes = new Set(rules.map(({ scheme }) => tidyIdentifier({ scheme, value: 'x' }).scheme))
  return [...row.identifiers, ...before.filter(({ scheme }) => !schemes.has(scheme))]
}
