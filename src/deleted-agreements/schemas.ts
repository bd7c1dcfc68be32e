import { z } from 'zod'
import { pageOf, pageParameters } from '../http/paging.ts'
import { Actor, Id, Instant, Version } from '../shared/schemas.ts'

const DeletedAgreement = z
  .object({
    id: Id,
    version: Version.describe('The version that is the deletion.'),
    reference: z.string().nullable(),
    title: z.string(),
    deletedAt: Instant,
    deletedBy: Actor.describe(
      'Who deleted it: `key:<public part> (<name>)`, `oidc:<subject>@<issuer>`, or `operator`; null when the caller was not identified.',
    ),
    note: z.string().nullable().describe('Why, as the editor wrote it (`X-Change-Note`).'),
  })
  .meta({ id: 'DeletedAgreement', description: 'An agreement that was deleted and can be restored.' })
export type DeletedAgreement = z.infer<typeof DeletedAgreement>

export const DeletedAgreementPage = pageOf(DeletedAgreement, 'DeletedAgreementPage')

export const DeletedAgreementQuery = z.strictObject(pageParameters)
export type DeletedAgreementQuery = z.infer<typeof DeletedAgreementQuery>
