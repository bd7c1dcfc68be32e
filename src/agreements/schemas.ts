import { z } from 'zod'
import { Day } from '../shared/day-schemas.ts'
import { AgreementDate, DateReplacement, NewDate } from './dates/schemas.ts'
import { deletable, founding, throwAway } from '../openapi/examples.ts'
import { searchPageOf } from '../http/paging.ts'
import { CollectionReference } from '../registry/collections/schemas.ts'
import { CoveredDomain } from '../registry/research-domains/schemas.ts'
import {
  AgreementHandle,
  closedEnum,
  example,
  Id,
  Identifier,
  Instant,
  LanguageTag,
  listOf,
  NewIdentifier,
  AnyInstant,
  ReferenceInBody,
  Text,
  Version,
} from '../shared/schemas.ts'
import { NewSignature, Signature, SignatureReplacement } from './signatures/schemas.ts'
import { NewSource, Source } from './sources/schemas.ts'
import { NewStatusStatement, StatusBasis, StatusStatement, whichStatements } from './statement-schemas.ts'
import { endings, statuses } from './time/lifecycle.ts'
import {
  AlternativeTitle,
  Claim,
  Document,
  NewAlternativeTitle,
  NewClaim,
  NewDocument,
  NewRelation,
  Relation,
} from './field-schemas.ts'
import { AgreementParty, AgreementReference, day, EndByOther, RelationFromOther, Warning } from './derived-schemas.ts'
import { maxParts } from './part-limits.ts'
import { EntryIntoForce, EntryIntoForcePatch, NewEntryIntoForce, NewTerm, Term, TermPatch } from './term-schemas.ts'
import { agreementTypes, bindings } from './tables.ts'

const AgreementType = z.enum(agreementTypes).meta({ id: 'AgreementType' })
const Binding = z.enum(bindings).meta({
  id: 'BindingForce',
  description: 'Whether it is binding under international law. The title does not decide this.',
  [closedEnum]: true,
})
const Status = z
  .enum(statuses)
  .meta({ id: 'Status', description: 'Status, derived from the dates, the term and what sources state.' })

/** The schemas of a field: in a write, in a merge patch, and in a representation. */
interface Field {
  write: z.ZodType
  patch: z.ZodType
  read: z.ZodType
}

/** A field that is required in every write. */
const required = <Write extends z.ZodType, Read extends z.ZodType>(write: Write, read: Read) => ({
  write,
  patch: write,
  read,
})

/** A field whose default is null. */
const nullable = <Write extends z.ZodType, Read extends z.ZodType>(write: z.ZodNullable<Write>, read: Read) => ({
  write: write.default(null),
  patch: write,
  read,
})

/** A field that is never null: `initial` by default, and again when a patch sets it to null. */
const defaulted = <Write extends z.ZodType, Read extends z.ZodType>(
  write: Write,
  initial: z.util.NoUndefined<z.output<Write>>,
  read: Read,
) => ({ write: write.default(initial), patch: write.nullable(), read })

/** The same form of all fields, in their order. */
const formOf = <Fields extends Record<string, Field>, Form extends keyof Field>(fields: Fields, form: Form) =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field[form]])) as {
    [Name in keyof Fields]: Fields[Name][Form]
  }

/** The fields that are stored in a column of `agreements` with the same name. */
const columnFields = {
  reference: nullable(
    z
      .string()
      .max(100)
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9./_-]*$/,
        'Must contain only letters, digits, dots, slashes, hyphens and underscores, and begin with a letter or a digit.',
      )
      .nullable()
      .describe('A readable identifier, unique in the register.'),
    z.string().nullable().describe('A readable identifier, unique in the register; null when there is none.'),
  ),
  title: required(Text(2000), z.string().describe('Its title, or a description: see `titleIsDescriptive`.')),
  titleIsDescriptive: defaulted(
    z.boolean().describe('True when the title is a description because the official title is unknown.'),
    false,
    z.boolean().describe('True when the title is a description because the official title is unknown.'),
  ),
  alternativeTitles: defaulted(
    listOf(NewAlternativeTitle, 50),
    [],
    z.array(AlternativeTitle).describe('The title in other languages.'),
  ),
  type: required(AgreementType, AgreementType),
  binding: defaulted(Binding, 'unknown', Binding),
  summary: nullable(Text(20_000).nullable(), z.string().nullable().describe('What it is about; null when unknown.')),
  languages: defaulted(
    listOf(LanguageTag, 30).describe('The languages of its authentic texts.'),
    [],
    z.array(z.string()).describe('The languages of its authentic texts, BCP 47.'),
  ),
  entryIntoForce: {
    write: NewEntryIntoForce.nullable().describe('Null when unknown.').default(null),
    patch: EntryIntoForcePatch,
    read: EntryIntoForce.nullable().describe('Null when unknown.'),
  },
  term: {
    write: NewTerm.nullable().describe('Null when unknown.').default(null),
    patch: TermPatch,
    read: Term.nullable().describe('Null when unknown.'),
  },
}

/** The fields that are lists; each has its own table. */
const listFields = {
  identifiers: defaulted(
    listOf(NewIdentifier, 50),
    [],
    z.array(Identifier).describe('Its numbers in treaty series and registers.'),
  ),
  documents: defaulted(listOf(NewDocument, 50), [], z.array(Document).describe('Links to its texts.')),
  relations: defaulted(listOf(NewRelation, 100), [], z.array(Relation).describe('How it affects other agreements.')),
  claims: defaulted(
    listOf(NewClaim, 100),
    [],
    z.array(Claim).describe('What is said about it, and whether it is right.'),
  ),
  statusStatements: defaulted(
    listOf(NewStatusStatement, 100).describe(whichStatements),
    [],
    z.array(StatusStatement).describe(whichStatements),
  ),
}

const collection = nullable(
  ReferenceInBody('collection', 'sample').nullable(),
  CollectionReference.nullable().describe('The list from which it was taken; null when it was not taken from one.'),
)

/** The agreement's own fields: those without their own path. */
const ownFields = { ...columnFields, collection, ...listFields }
const ownWritten = formOf(ownFields, 'write')

/** The names of the fields stored in a column with the same name, in the order of the document. */
export const columnFieldNames = Object.keys(columnFields) as (keyof typeof columnFields)[]

const twoSides = 'Both sides must have at least one signature that is not of a witness. No party may be on both sides.'
const domains = listOf(ReferenceInBody('research domain', 'ford:2.1'), maxParts.researchDomains).default([])

/** The own fields in a write. The result of a merge patch is validated against this. */
export const OwnFields = z.strictObject(ownWritten)
export type OwnFields = z.infer<typeof OwnFields>

export const NewAgreement = z
  .strictObject({
    ...ownWritten,
    signatories: listOf(NewSignature, maxParts.signatories).describe(twoSides),
    dates: listOf(NewDate, maxParts.dates).default([]),
    researchDomains: domains.describe('Ids or codes (`ford:2.1`) of the domains that it covers.'),
    sources: listOf(NewSource, maxParts.sources).default([]),
  })
  .meta({
    id: 'AgreementInput',
    description: 'A whole agreement with all its parts.',
    examples: [
      {
        title: 'Memorandum of Understanding on Research into Water Treatment',
        type: 'memorandum_of_understanding',
        binding: 'non_binding',
        term: { length: 'P3Y', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P3M' } },
        signatories: [
          { side: 1, signatory: 'US' },
          { side: 2, signatory: 'JP', representative: { name: 'Hanako Yamada', office: 'Ambassador' } },
        ],
        dates: [
          { event: 'signed', date: '2024-03-05', place: 'Tokyo', source: 'release' },
          { event: 'entered_into_force', date: '2024-04' },
        ],
        researchDomains: ['ford:2.7'],
        sources: [
          { key: 'release', title: 'Press release', publishedOn: '2024-03-05' },
          { key: 'list', title: 'List of agreements in force on 31 January 2025', publishedOn: '2025-01-31' },
        ],
        statusStatements: [{ status: 'in_force', on: '2025-01-31', source: 'list' }],
      },
    ],
  })
export type NewAgreement = z.infer<typeof NewAgreement>

export const AgreementReplacement = z
  .strictObject({
    ...ownWritten,
    signatories: listOf(SignatureReplacement, maxParts.signatories).describe(
      `${twoSides} Matched by id; signatures that are not listed are removed.`,
    ),
    dates: listOf(DateReplacement, maxParts.dates)
      .default([])
      .describe('Matched by id; dates that are not listed are removed.'),
    researchDomains: domains.describe('Ids or codes (`ford:2.1`) of the domains that it covers.'),
    sources: listOf(NewSource, maxParts.sources)
      .default([])
      .describe('Matched by key; sources that are not listed are removed.'),
  })
  .meta({
    id: 'AgreementReplacement',
    description: 'A complete agreement that replaces the stored one.',
    examples: [
      {
        reference: 'THROW-AWAY',
        title: 'Throw-away agreement, replaced',
        titleIsDescriptive: true,
        type: 'memorandum_of_understanding',
        signatories: [
          { id: '01a0c452-2000-7000-8000-000000000011', side: 1, signatory: 'THROW-AWAY-1' },
          { id: throwAway.signature, side: 2, signatory: 'THROW-AWAY-2' },
          { id: deletable.signature, side: 2, signatory: 'THROW-AWAY-2', role: 'witnessed' },
        ],
        dates: [
          { id: throwAway.date, event: 'negotiation_started', date: '2024-01-16', source: 'draft' },
          { id: deletable.date, event: 'adopted', date: '2024-02', source: 'draft' },
        ],
        researchDomains: ['throw-away:1'],
        sources: [
          { key: 'draft', title: 'Draft of the throw-away agreement' },
          { key: 'letter', title: 'Letter that nothing names' },
        ],
      },
    ],
  })
export type AgreementReplacement = z.infer<typeof AgreementReplacement>

export const AgreementPatch = z
  .strictObject(formOf(ownFields, 'patch'))
  .partial()
  .meta({
    id: 'AgreementPatch',
    description:
      'JSON merge patch (RFC 7396). Fields that are left out stay unchanged, null removes a value, and a list is replaced as a whole. Signatories, dates, research domains and sources have paths of their own.',
    examples: [
      { summary: 'Invented, and changed.', term: { length: 'P3Y', atEnd: 'renews', renewal: { notice: 'P6M' } } },
    ],
  })

export const Agreement = z
  .object({
    id: Id.describe('Id of the agreement.'),
    version: Version,
    ...formOf(columnFields, 'read'),
    status: Status,
    statusSince: day.describe('The first day of this status; null when unknown.'),
    statusUntil: day.describe('The day on which this status ends (exclusive); null when no end is known.'),
    endedBy: z.enum(endings).nullable().describe('How it ended; null when it has not ended or this is unknown.'),
    approximate: z.boolean().describe('True when the status depends on a date that is not an exact day.'),
    statusBasis: StatusBasis,
    statedOn: day.describe('The day of the statement on which the status rests; null when it rests on none.'),
    nextExpiry: day.describe(
      'The day on which the current term ends, the first one that it no longer covers; null when none is known.',
    ),
    noticeDeadline: day.describe(
      'The last day on which notice prevents the next renewal; null when there is no renewal.',
    ),
    exitDay: day.describe(
      'With `on`: the first day no longer in force if notice were given on that day; null when it is not in force, and when no text gives the notice. Always null without `on`.',
    ),
    endedByAgreement: AgreementReference.nullable().describe(
      'The agreement that superseded or terminated it, or with which it ended; null when it has not ended, and when it ended otherwise.',
    ),
    endsByOthers: z
      .array(EndByOther)
      .describe(
        'The ends that follow from other agreements, earliest first, at most 100. A date `superseded` or `terminated` of this agreement takes precedence over the first two kinds.',
      ),
    signatories: z.array(Signature).describe('Who signed, on which side.'),
    parties: z.array(AgreementParty).describe('The parties: those for which the signatories act, witnesses left out.'),
    dates: z.array(AgreementDate).describe('Ordered by first possible day; unknown days last.'),
    researchDomains: z.array(CoveredDomain).describe('The topics that it covers.'),
    collection: collection.read,
    sources: z.array(Source).describe('Where the information comes from.'),
    ...formOf(listFields, 'read'),
    relatedBy: z
      .array(RelationFromOther)
      .describe(
        'The relations that other agreements have to this one, those entered first before others; at most 100. Deleted agreements are left out.',
      ),
    relatedByTotal: z
      .int()
      .nullable()
      .describe(
        'How many relations other agreements have to this one; null in a version of an earlier release, which did not record them.',
      ),
    warnings: z.array(Warning).describe('What looks wrong, but was accepted.'),
    createdAt: Instant,
    updatedAt: Instant.describe('When this version was published.'),
  })
  .meta({ id: 'Agreement', description: 'An agreement between two sides, with all its parts.' })
export type Agreement = z.infer<typeof Agreement>

export const AgreementPage = searchPageOf(Agreement, 'AgreementPage')

export const AgreementParams = z.strictObject({ id: example(AgreementHandle, founding.agreement) })
export const EditedAgreementParams = z.strictObject({ id: example(AgreementHandle, throwAway.agreement) })

export const ReadQuery = z.strictObject({
  on: Day.optional().describe(
    'Legal situation on this day: status, its basis, expiry and notice deadline are those of the day, and `exitDay` answers what notice on it would do.',
  ),
  asOf: AnyInstant.optional().describe(
    'The agreement as the register had it at this instant, even if it has been deleted since.',
  ),
})
export type ReadQuery = z.infer<typeof ReadQuery>
