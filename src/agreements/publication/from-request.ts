import { v7 as uuidv7 } from 'uuid'
import { parseEdtf } from '../../shared/edtf.ts'
import { identifierKey, referenceKey } from '../../shared/identifiers.ts'
import type { NewDate } from '../dates/schemas.ts'
import { inBody, type BodyError } from '../../problems/problems.ts'
import type { NewSignature } from '../signatures/schemas.ts'
import type { NewSource } from '../sources/schemas.ts'
import { columnFieldsOf } from './representation.ts'
import type { Parts, SignatureRow, SourceRow } from './aggregate.ts'
import { inAgreement, choosePreferred, type UndecidedDate } from './rules.ts'
import type { Named } from '../../registry/lookup.ts'
import type { Registry } from '../../registry/registry.ts'
import type { LookedUp, References } from './lookup.ts'
import type { AgreementReplacement, OwnFields } from '../schemas.ts'

/** Placeholder: positions are assigned at publication, from the order of the rows. */
const position = 0

export const signatureRow = (input: NewSignature, id: string, registry: Registry): SignatureRow => ({
  id,
  position,
  side: input.side,
  signatoryId: registry.body(input.signatory).id,
  role: input.role,
  representativeName: input.representative?.name ?? null,
  representativeOffice: input.representative?.office ?? null,
  sourceKey: input.source,
})

export function dateRow(input: NewDate, id: string, registry: Registry): UndecidedDate {
  const date = parseEdtf(input.date)
  const effective = input.effectiveDate === null ? null : parseEdtf(input.effectiveDate)
  return {
    id,
    event: input.event,
    signatoryId: input.signatory === null ? null : registry.body(input.signatory).id,
    occurrence: input.occurrence,
    date: input.date,
    firstDay: date.firstDay,
    lastDay: date.lastDay,
    effectiveDate: input.effectiveDate,
    effectiveFirstDay: effective?.firstDay ?? null,
    effectiveLastDay: effective?.lastDay ?? null,
    extension: input.extension,
    term: input.term,
    place: input.place,
    preferred: input.preferred,
    sourceKey: input.source,
    note: input.note,
  }
}

export const sourceRow = (input: NewSource): SourceRow => ({ ...input, position })

/**
 * The own fields of an agreement, in normal form.
 * @param before the agreement as it is: a reference and identifiers that stay keep their keys, which an earlier release may
 * have made otherwise
 */
export function ownParts(
  input: OwnFields,
  registry: LookedUp,
  before?: Parts,
): Pick<Parts, OwnPart> & { agreement: OwnColumns } {
  const stored = before?.agreement
  const keys = new Map(before?.identifiers.map(({ scheme, value, key }) => [`${scheme}:${value}`, key]))
  return {
    agreement: {
      ...columnFieldsOf(input),
      term: input.term && {
        ...input.term,
        endsWith: input.term.endsWith === null ? null : registry.agreement(input.term.endsWith),
      },
      collectionId: input.collection === null ? null : registry.collection(input.collection).id,
      referenceKey:
        input.reference === null
          ? null
          : input.reference === stored?.reference
            ? stored.referenceKey
            : referenceKey(input.reference),
    },
    identifiers: input.identifiers.map((identifier) => ({
      ...identifier,
      key: keys.get(`${identifier.scheme}:${identifier.value}`) ?? identifierKey(identifier),
      position,
      active: true,
    })),
    documents: input.documents.map((document) => ({ ...document, position })),
    relations: input.relations.map(({ kind, agreement }) => ({
      kind,
      relatedId: registry.agreement(agreement),
      position,
    })),
    claims: input.claims.map(({ source, ...claim }) => ({ ...claim, sourceKey: source, position })),
    statusStatements: input.statusStatements.map(({ status, on, source }) => ({
      status,
      on,
      sourceKey: source,
      position,
    })),
  }
}

/** The own fields of an agreement as in a request: the inverse of `ownParts`. */
export function ownFields(parts: Parts): OwnFields {
  const { agreement, identifiers, documents, relations, claims, statusStatements } = parts
  return {
    ...columnFieldsOf(agreement),
    collection: agreement.collectionId,
    identifiers: identifiers.map(({ scheme, value }) => ({ scheme, value })),
    documents: documents.map(({ title, url, language, mediaType }) => ({ title, url, language, mediaType })),
    relations: relations.map(({ kind, relatedId }) => ({ kind, agreement: relatedId })),
    claims: claims.map(({ statement, sourceKey, assessment, note }) => ({
      statement,
      source: sourceKey,
      assessment,
      note,
    })),
    statusStatements: statusStatements.map(({ status, on, sourceKey }) => ({ status, on, source: sourceKey })),
  }
}

type OwnPart = 'identifiers' | 'documents' | 'relations' | 'claims' | 'statusStatements'
type OwnColumns = Omit<Parts['agreement'], 'id' | 'version' | 'createdAt' | 'updatedAt' | 'deletedAt'>

/**
 * A whole agreement in normalized form, and the errors in how the request writes it.
 * @param before the agreement that it replaces; parts are matched by id
 */
export function wholeParts(
  input: AgreementReplacement,
  id: string,
  registry: LookedUp,
  now: string,
  before?: Parts,
): { parts: Parts; errors: BodyError[] } {
  const { agreement, ...own } = ownParts(input, registry, before)
  const rows = input.dates.map((date) => dateRow(date, date.id ?? uuidv7(), registry))
  const { dates: chosen, errors } = choosePreferred(rows, new Set(rows.map((date) => date.id)), inAgreement)
  const parts: Parts = {
    ...own,
    agreement: {
      ...agreement,
      id,
      version: before?.agreement.version ?? 0,
      createdAt: before?.agreement.createdAt ?? now,
      updatedAt: before?.agreement.updatedAt ?? now,
      deletedAt: null,
    },
    signatures: input.signatories.map((signature) => signatureRow(signature, signature.id ?? uuidv7(), registry)),
    dates: chosen,
    domains: input.researchDomains.map((domain) => ({ domainId: registry.domain(domain).id })),
    sources: input.sources.map(sourceRow),
    document: before?.document ?? '',
    outlook: before?.outlook ?? null,
    parties: before?.parties ?? [],
    pairs: before?.pairs ?? [],
    listing: before?.listing ?? [],
    due: before?.due ?? [],
  }
  return { parts, errors: [...(before ? unknownIds(input, before) : []), ...errors] }
}

/** The ids in a replacement that are unknown or duplicate. */
function unknownIds(input: AgreementReplacement, before: Parts): BodyError[] {
  const check = (items: { id?: string | undefined }[], rows: { id: string }[], part: string): BodyError[] =>
    items.flatMap(({ id }, i) => {
      const unique = items.findIndex((item) => item.id === id) === i
      if (id === undefined || (unique && rows.some((row) => row.id === id))) return []
      const message = unique
        ? 'The agreement has no item with this id. Omit the id to add a new item.'
        : 'Duplicate id.'
      return [{ pointer: `/${part}/${i}/id`, code: 'unknown_id', message }]
    })
  return [...check(input.signatories, before.signatures, 'signatories'), ...check(input.dates, before.dates, 'dates')]
}

/** The ids of the agreements that an agreement refers to. */
export const agreementsIn = ({ relations, agreement: { term } }: Parts): string[] => [
  ...relations.map(({ relatedId }) => relatedId),
  ...(term?.endsWith ? [term.endsWith] : []),
]

const named = (references: (string | null)[], pointer: (i: number) => string): Named[] =>
  references.flatMap((reference, i) => (reference === null ? [] : [{ reference, at: inBody(pointer(i)) }]))

export const ownReferences = ({
  relations,
  term,
  collection,
}: {
  /** Undefined if they stay as they are. */
  relations: OwnFields['relations'] | undefined
  term: { endsWith?: string | null | undefined } | null
  collection: string | null
}): References => ({
  ...(relations && { relations }),
  collections: named([collection], () => '/collection'),
  agreements: [
    ...named(
      (relations ?? []).map(({ agreement }) => agreement),
      (i) => `/relations/${i}/agreement`,
    ),
    ...named([term?.endsWith ?? null], () => '/term/endsWith'),
  ],
})

/** Everything that a whole agreement refers to. */
export const wholeReferences = (input: AgreementReplacement): References => ({
  ...ownReferences(input),
  bodies: [
    ...named(
      input.signatories.map(({ signatory }) => signatory),
      (i) => `/signatories/${i}/signatory`,
    ),
    ...named(
      input.dates.map(({ signatory }) => signatory),
      (i) => `/dates/${i}/signatory`,
    ),
  ],
  domains: named(input.researchDomains, (i) => `/researchDomains/${i}`),
})

/** A whole agreement as in a request that would leave it unchanged: the inverse of `wholeParts`. References are ids. */
export const replacementOf = (parts: Parts): AgreementReplacement => ({
  ...ownFields(parts),
  signatories: parts.signatures.map(
    ({ id, side, role, signatoryId, representativeName: name, representativeOffice: office, sourceKey: source }) => ({
      id,
      side,
      role,
      signatory: signatoryId,
      representative: name === null ? null : { name, office },
      source,
    }),
  ),
  dates: parts.dates.map(({ signatoryId, sourceKey, firstDay: _, lastDay: __, ...date }) => {
    const { effectiveFirstDay: ___, effectiveLastDay: ____, ...own } = date
    return { ...own, signatory: signatoryId, source: sourceKey }
  }),
  researchDomains: parts.domains.map(({ domainId }) => domainId),
  sources: parts.sources.map(({ position: _, ...source }) => source),
})
