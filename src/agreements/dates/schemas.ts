import { z } from 'zod'
import { lifecycleEvents } from '../time/lifecycle.ts'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { example, Id, Reference, Text } from '../../shared/schemas.ts'
import { BodyReference } from '../../registry/signatories/schemas.ts'
import { SourceKey } from '../sources/schemas.ts'
import { EdtfDate } from '../../shared/day-schemas.ts'

export const LifecycleEvent = z.enum(lifecycleEvents).meta({
  id: 'LifecycleEvent',
  description: 'A lifecycle act, as the Vienna Convention on the Law of Treaties names it.',
})

export const NewDate = z
  .strictObject({
    event: LifecycleEvent,
    signatory: Reference('signatory', 'KR')
      .nullable()
      .default(null)
      .describe('Whose act it is: id or code; null for an act of the whole agreement.'),
    occurrence: z.int().min(1).max(1000).default(1).describe('Which time, when an act happens more than once.'),
    date: EdtfDate,
    effectiveDate: EdtfDate.nullable().default(null).describe('When the act takes effect, if that is another day.'),
    place: Text(300).nullable().default(null).describe('Where; null when unknown.'),
    preferred: z
      .boolean()
      .optional()
      .describe('Whether the register holds this value for the right one. Without it, the first value of an act is.'),
    source: SourceKey.nullable().default(null).describe('Key of the source that says so.'),
    note: Text(2000).nullable().default(null),
  })
  .meta({
    id: 'NewDate',
    description: 'One value for one lifecycle act of one agreement.',
    examples: [{ event: 'initialled', date: '2024-03-05', place: 'Geneva', preferred: true }],
  })
export type NewDate = z.infer<typeof NewDate>

export const DateReplacement = NewDate.extend({
  id: Id.optional().describe('Id of the date that this one replaces; without it, it is a new one.'),
}).meta({ id: 'DateReplacement', description: 'A date within the replacement of a whole agreement.' })

const day = z.string().nullable().meta({ format: 'date' })

export const AgreementDate = z
  .object({
    id: Id,
    event: LifecycleEvent,
    signatory: BodyReference.nullable().describe('Whose act it is; null for an act of the whole agreement.'),
    occurrence: z.int(),
    date: z.string().describe('EDTF level 1, as the source gives it.'),
    firstDay: day.describe('The first day it can mean; null when open or unknown.'),
    lastDay: day.describe('The last day it can mean; null when open or unknown.'),
    effectiveDate: z.string().nullable().describe('EDTF; null when it is the day of the act, or unknown.'),
    effectiveFirstDay: day,
    effectiveLastDay: day,
    place: z.string().nullable().describe('Null when unknown.'),
    preferred: z.boolean().describe('Whether the register holds it for the right value of its act.'),
    source: z.string().nullable().describe('Key of the source that says so; null when none is known.'),
    note: z.string().nullable(),
  })
  .meta({ id: 'Date', description: 'One value for one lifecycle act of an agreement.' })
export type AgreementDate = z.infer<typeof AgreementDate>

export const DateList = z.object({ items: z.array(AgreementDate) }).meta({ id: 'DateList' })

const dateOf = ({ agreement, date }: { agreement: string; date: string }) =>
  z.strictObject({ id: example(Id, agreement), dateId: example(Id, date) })
export const DateParams = dateOf(founding)
export const EditedDateParams = dateOf(throwAway)
export const DeletedDateParams = dateOf(deletable)
