import { z } from 'zod'
import { lifecycleEvents } from '../time/lifecycle.ts'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { AgreementHandle, example, Id, ReferenceInBody, Text } from '../../shared/schemas.ts'
import { SignatoryReference } from '../../registry/signatories/schemas.ts'
import { SourceKey } from '../sources/schemas.ts'
import { edtfDate } from '../../shared/day-schemas.ts'
import { Extension, NewAmendedTerm, NewExtension, AmendedTerm } from '../term-schemas.ts'
import { statementInstead } from './instead-of-date.ts'

export const LifecycleEvent = z.enum(lifecycleEvents).meta({
  id: 'LifecycleEvent',
  description: 'A lifecycle act, named as in the Vienna Convention on the Law of Treaties.',
})

const ActDate = edtfDate(statementInstead)

export const NewDate = z
  .strictObject({
    event: LifecycleEvent,
    signatory: ReferenceInBody('signatory', 'KR')
      .nullable()
      .default(null)
      .describe('The signatory whose act it is, by id or code; null for an act of the agreement as a whole.'),
    occurrence: z
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .describe('Number of the occurrence, if the act happened more than once.'),
    date: ActDate,
    effectiveDate: ActDate.nullable()
      .default(null)
      .describe('When the act takes effect, if not on the day of the act.'),
    extension: NewExtension.nullable()
      .default(null)
      .describe('For `extended`: by how long, or until when. Null when not known: then as long as a renewal.'),
    term: NewAmendedTerm.nullable()
      .default(null)
      .describe('For `amended`: the term as it is from then on. Null when it leaves the term as it is.'),
    place: Text(300).nullable().default(null).describe('Place of the act; null when unknown.'),
    preferred: z
      .boolean()
      .optional()
      .describe('Marks this date as the preferred one for the act. Default: the first date of an act is preferred.'),
    source: SourceKey.nullable().default(null).describe('Key of the source.'),
    note: Text(2000).nullable().default(null),
  })
  .meta({
    id: 'AgreementDateInput',
    description: 'A date that a source gives for a lifecycle act of an agreement.',
    examples: [{ event: 'initialled', date: '2024-03-05', place: 'Geneva', preferred: true }],
  })
export type NewDate = z.infer<typeof NewDate>

export const DateReplacement = NewDate.extend({
  id: Id.optional().describe('Id of the date to replace. Default: a new date.'),
}).meta({ id: 'AgreementDateReplacement', description: 'A date within the replacement of a whole agreement.' })

const day = z.string().nullable().meta({ format: 'date' })

export const AgreementDate = z
  .object({
    id: Id.describe('Id of the date.'),
    event: LifecycleEvent,
    signatory: SignatoryReference.nullable().describe(
      'The signatory whose act it is; null for an act of the agreement as a whole.',
    ),
    occurrence: z.int().describe('Which of several acts of this kind, from 1.'),
    date: z.string().describe('EDTF level 1, as given by the source.'),
    firstDay: day.describe('The first possible day; null when open or unknown.'),
    lastDay: day.describe('The last possible day; null when open or unknown.'),
    effectiveDate: z
      .string()
      .nullable()
      .describe('When the act takes effect, EDTF; null when on the day of the act, or unknown.'),
    effectiveFirstDay: day.describe('The first possible day of the effect; null when open or unknown.'),
    effectiveLastDay: day.describe('The last possible day of the effect; null when open or unknown.'),
    extension: Extension.nullable().describe('For `extended`: by how long, or until when; otherwise null.'),
    term: AmendedTerm.nullable().describe('For `amended`: the term as it is from then on; otherwise null.'),
    place: z.string().nullable().describe('Null when unknown.'),
    preferred: z.boolean().describe('Whether this is the preferred date of its act.'),
    source: z.string().nullable().describe('Key of the source; null when none is known.'),
    note: z.string().nullable().describe('A remark on the date; null when there is none.'),
  })
  .meta({ id: 'AgreementDate', description: 'A date that a source gives for a lifecycle act of an agreement.' })
export type AgreementDate = z.infer<typeof AgreementDate>

export const DateList = z.object({ items: z.array(AgreementDate) }).meta({ id: 'AgreementDateList' })

const dateOf = ({ agreement, date }: { agreement: string; date: string }) =>
  z.strictObject({ id: example(AgreementHandle, agreement), dateId: example(Id, date) })
export const DateParams = dateOf(founding)
export const EditedDateParams = dateOf(throwAway)
export const DeletedDateParams = dateOf(deletable)
