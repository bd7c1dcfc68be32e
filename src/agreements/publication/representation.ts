import type { AgreementDate } from '../dates/schemas.ts'
import type { CoveredDomain } from '../../registry/research-domains/schemas.ts'
import type { SignatoryReference } from '../../registry/signatories/schemas.ts'
import type { Signature } from '../signatures/schemas.ts'
import { enderOf } from '../time/other-agreements.ts'
import { type DatedStatus, exitDayOn, statusOn, type Timeline, timelineOf } from '../time/timeline.ts'
import { lifeOfDocument } from './life.ts'
import { byDay } from './life-of-parts.ts'
import { partiesInDocument } from './parties.ts'
import type { DateRow, Parts, SignatureRow } from './aggregate.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Collection } from '../../registry/collections/lookup.ts'
import type { Domain } from '../../registry/research-domains/lookup.ts'
import type { SignatoryEntry } from '../../registry/signatories/lookup.ts'
import { type Agreement, columnFieldNames } from '../schemas.ts'
import { outlookOfParts, type Other, type Others } from './others.ts'
import { warnings } from './warnings.ts'
import { warningsOfOthers } from './warnings-of-others.ts'

/**
 * The representation of an agreement: a pure function of its parts, of the registry entries and the agreements that they
 * refer to, of its timeline, and of the day for which its status is evaluated.
 */
export function documentOf(
  parts: Parts,
  registry: Registry,
  timeline: Timeline,
  today: string,
  others: Others,
): Agreement {
  const own = parts.agreement
  const dates = parts.dates.toSorted(byDay).map((row) => dateOf(row, registry))
  const ends = timeline.ends.map(({ by, event, day, exact }) => ({
    agreement: endingAgreement(others.get(by)!),
    event,
    day,
    approximate: !exact,
  }))
  const status = statusOn(timeline, today)
  const agreement = {
    id: own.id,
    version: own.version,
    ...columnFieldsOf(own),
    ...status,
    exitDay: null as string | null,
    endedByAgreement: endedBy(ends, timeline, status),
    endsByOthers: ends,
    signatories: parts.signatures.map((row) => signatureOf(row, registry)),
    parties: partiesInDocument(timeline, (id) => signatoryReference(registry.body(id))),
    dates,
    researchDomains: parts.domains
      .map(({ domainId }) => coveredDomain(registry.domain(domainId), registry))
      .toSorted(byCode),
    collection: own.collectionId === null ? null : collectionReference(registry.collection(own.collectionId)),
    sources: parts.sources.map(({ key, title, publisher, url, publishedOn, language, quote }) => ({
      key,
      title,
      publisher,
      url,
      publishedOn,
      language,
      quote,
    })),
    identifiers: parts.identifiers.map(({ scheme, value }) => ({ scheme, value })),
    documents: parts.documents.map(({ title, url, language, mediaType }) => ({ title, url, language, mediaType })),
    relations: parts.relations.map(({ kind, relatedId }) => ({ kind, agreement: relatedId })),
    claims: parts.claims.map(({ statement, sourceKey, assessment, note }) => ({
      statement,
      source: sourceKey,
      assessment,
      note,
    })),
    statusStatements: parts.statusStatements.map(({ status, on, sourceKey }) => ({ status, on, source: sourceKey })),
    ...others.relatedBy(own.id),
    warnings: [] as Agreement['warnings'],
    createdAt: own.createdAt,
    updatedAt: own.updatedAt,
  }
  const ofOthers = warningsOfOthers(parts, outlookOfParts(parts, timeline, registry), others)
  return { ...agreement, warnings: [...warnings(agreement, timeline, registry), ...ofOthers] }
}

const endingAgreement = ({ id, reference, title }: Other) => ({ id, reference, title })

/** The agreement by which it ended, if its status is `status`. */
const endedBy = (
  ends: Agreement['endsByOthers'],
  timeline: Timeline,
  status: DatedStatus,
): Agreement['endedByAgreement'] => {
  const id = enderOf(timeline.ends, status)
  return ends.find(({ agreement }) => agreement.id === id)?.agreement ?? null
}

/** The document with the legal situation on `day`. */
export function onDay(document: Agreement, day: string): Agreement {
  const timeline = timelineOf(lifeOfDocument(document))
  const status = statusOn(timeline, day)
  return {
    ...document,
    ...status,
    exitDay: exitDayOn(timeline, day),
    endedByAgreement: endedBy(document.endsByOthers, timeline, status),
  }
}

type ColumnField = (typeof columnFieldNames)[number]

/** The fields stored in a column with the same name, in the order of the document. */
export const columnFieldsOf = <Own extends Pick<Agreement, ColumnField>>(own: Own): Pick<Own, ColumnField> =>
  Object.fromEntries(columnFieldNames.map((name) => [name, own[name]])) as Pick<Own, ColumnField>

export const signatoryReference = ({ id, code, name, kind }: SignatoryEntry): SignatoryReference => ({
  id,
  code,
  name,
  kind,
})
export const collectionReference = ({ id, code, name }: Collection) => ({ id, code, name })
const domainReference = ({ id, scheme, code, label }: Domain) => ({ id, scheme, code, label })

function signatureOf(row: SignatureRow, registry: Registry): Signature {
  const body = registry.body(row.signatoryId)
  return {
    id: row.id,
    side: row.side,
    signatory: signatoryReference(body),
    party: signatoryReference(registry.party(body)),
    ancestors: registry.above(body).map(signatoryReference),
    role: row.role,
    representative:
      row.representativeName === null ? null : { name: row.representativeName, office: row.representativeOffice },
    source: row.sourceKey,
  }
}

const dateOf = (row: DateRow, registry: Registry): AgreementDate => ({
  id: row.id,
  event: row.event,
  signatory: row.signatoryId === null ? null : signatoryReference(registry.body(row.signatoryId)),
  occurrence: row.occurrence,
  date: row.date,
  firstDay: row.firstDay,
  lastDay: row.lastDay,
  effectiveDate: row.effectiveDate,
  effectiveFirstDay: row.effectiveFirstDay,
  effectiveLastDay: row.effectiveLastDay,
  extension: row.extension,
  term: row.term,
  place: row.place,
  preferred: row.preferred,
  source: row.sourceKey,
  note: row.note,
})

export const coveredDomain = (domain: Domain, registry: Registry): CoveredDomain => ({
  ...domainReference(domain),
  ancestors: registry.broader(domain).map(domainReference),
})

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0)
const byCode = (a: CoveredDomain, b: CoveredDomain): number =>
  compare(a.scheme, b.scheme) || a.code.localeCompare(b.code, 'en', { numeric: true })
