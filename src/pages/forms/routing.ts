import { sendTagged } from '../../http/responses.ts'
import type { App, Dependencies } from '../../http/routes.ts'
import { z } from 'zod'
import { DeletedAgreementQuery } from '../../deleted-agreements/schemas.ts'
import { AgreementHandle, Id, Text } from '../../shared/schemas.ts'
import { addAgreement, newAgreementPage } from './add.tsx'
import { deleteAgreement, deletedPage, deletionPage } from './deletion.tsx'
import { deletedAgreementsPage, restoreAgreement } from './deleted.tsx'
import { partPage, savePart } from './edit.tsx'
import { LookupParams, LookupQuery, sendNames } from './lookup.ts'
import { editPage } from './overview.tsx'
import { script } from './script.ts'

/** The pages that change the register, for editors. */
export function addForms(app: App, { today }: Pick<Dependencies, 'today'>): void {
  // Each form has a token that does what an `Idempotency-Key` does.
  const config = { role: 'editor', storesAnswer: false } as const
  const hidden = { config, schema: { hide: true } }

  app.get('/pages.js', { config: { role: 'public' }, schema: { hide: true } }, async (request, reply) =>
    sendTagged(request, reply.header('cache-control', 'public, max-age=300'), script, 'text/javascript; charset=utf-8'),
  )
  app.get(
    '/names/:kind',
    { config, schema: { hide: true, params: LookupParams, querystring: LookupQuery } },
    async (request, reply) => sendNames(request, reply),
  )
  app.get('/agreements/new', hidden, async (request, reply) => newAgreementPage(request, reply))
  app.post('/agreements/new', hidden, async (request, reply) => addAgreement(request, reply, today))

  const params = z.strictObject({ id: AgreementHandle })
  const agreement = { config, schema: { hide: true, params } }
  app.get('/agreements/:id/edit', agreement, async (request, reply) => editPage(request, reply))
  const part = { config, schema: { hide: true, params: PartParams } }
  app.get('/agreements/:id/edit/:list/:key', part, async (request, reply) => partPage(request, reply))
  app.post('/agreements/:id/edit/:list/:key', part, async (request, reply) => savePart(request, reply, today))
  app.get('/agreements/:id/delete', agreement, async (request, reply) => deletionPage(request, reply))
  app.post('/agreements/:id/delete', agreement, async (request, reply) => deleteAgreement(request, reply, today))
  app.get('/agreements/:id/deleted', agreement, async (request, reply) => deletedPage(request, reply))

  const admin = { ...config, role: 'admin' } as const
  app.get(
    '/agreements/deleted',
    { config: admin, schema: { hide: true, querystring: DeletedAgreementQuery } },
    async (request, reply) => deletedAgreementsPage(request, reply),
  )
  app.post(
    '/agreements/:id/restore',
    { config: admin, schema: { hide: true, params: z.strictObject({ id: Id }) } },
    async (request, reply) => restoreAgreement(request, reply, today),
  )
}

const PartParams = z.strictObject({ id: AgreementHandle, list: Text(40), key: Text(100) })
