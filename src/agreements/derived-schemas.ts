import { z } from 'zod'
import { SignatoryReference } from '../registry/signatories/schemas.ts'
import { Id } from '../shared/schemas.ts'
import { RelationKind } from './field-schemas.ts'
import { endingsByOthers } from './time/other-agreements.ts'

export const day = z.string().nullable().meta({ format: 'date' })

export const AgreementParty = SignatoryReference.extend({
  side: z.int().describe('Side of the agreement: 1 or 2.'),
  inForce: z
    .array(
      z.object({
        since: day.describe('The first day.'),
        until: day.describe('The first day no longer in force; null when no end is known.'),
      }),
    )
    .describe('When the agreement was, is or will be in force for this party, as far as is known; in order.'),
}).meta({ id: 'AgreementParty', description: 'A party to an agreement, and when it is in force for it.' })

export const Warning = z
  .object({
    code: z.string().describe('Machine-readable code of the warning.'),
    message: z.string().describe('Human-readable explanation.'),
    pointer: z.string().describe('JSON Pointer to the place in this document.'),
  })
  .meta({ id: 'AgreementWarning', description: 'Something that looks wrong but was accepted.' })

export const AgreementReference = z
  .object({
    id: Id.describe('Id of the agreement.'),
    reference: z.string().nullable().describe('Its readable identifier; null when there is none.'),
    title: z.string().describe('Its title.'),
  })
  .meta({ id: 'EndingAgreement', description: 'The agreement by which another one ends.' })

export const EndByOther = z
  .object({
    agreement: AgreementReference,
    event: z
      .enum(endingsByOthers)
      .describe('How it ends: `superseded` or `terminated` by the other agreement, or `expired` together with it.'),
    day: z.string().meta({ format: 'date' }).describe('The first day no longer in force.'),
    approximate: z.boolean().describe('True when the day depends on a date that is not an exact day.'),
  })
  .meta({ id: 'EndByOther', description: 'An end that follows from another agreement.' })

export const RelationFromOther = z
  .object({
    kind: RelationKind,
    agreement: z
      .object({
        id: Id.describe('Id of the agreement.'),
        reference: z.string().nullable().describe('Its readable identifier; null when there is none.'),
        title: z.string().describe('Its title.'),
      })
      .meta({ id: 'RelatedAgreement', description: 'The agreement that has the relation.' }),
  })
  .meta({ id: 'RelationFromOther', description: 'How another agreement affects this one.' })
