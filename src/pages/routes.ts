import type { FastifyError } from 'fastify'
import { z } from 'zod'
import { AgreementQuery } from '../agreements/list/filter.ts'
import { ReadQuery } from '../agreements/schemas.ts'
import { sendTagged } from '../http/responses.ts'
import type { App, Dependencies } from '../http/routes.ts'
import type { Problem } from '../problems/problems.ts'
import { AgreementHandle } from '../shared/schemas.ts'
import type { KeptResults } from '../statistics/kept.ts'
import { agreementPage } from './agreement.tsx'
import { agreementsPage } from './agreements.tsx'
import { sendProblemPage } from './problem.tsx'
import { icon, style } from './style.ts'

interface PageDependencies extends Dependencies {
  /** What an error becomes. */
  problemOf: (error: FastifyError) => Problem
  kept: KeptResults
}

/** Pages for people, rendered on the server; each shows what the API answers to the same query. */
export async function pageRoutes(app: App, { today, problemOf, kept }: PageDependencies): Promise<void> {
  app.setErrorHandler<FastifyError>((error, request, reply) => sendProblemPage(request, reply, problemOf(error)))
  const config = { role: 'reader' } as const

  app.get('/pages.css', { config: { role: 'public' }, schema: { hide: true } }, async (request, reply) =>
    sendTagged(request, reply.header('cache-control', 'public, max-age=300'), style, 'text/css; charset=utf-8'),
  )
  app.get('/pages.svg', { config: { role: 'public' }, schema: { hide: true } }, async (request, reply) =>
    sendTagged(request, reply.header('cache-control', 'public, max-age=300'), icon, 'image/svg+xml; charset=utf-8'),
  )
  app.get(
    '/agreements',
    { config: { ...config, list: 'agreements' }, schema: { hide: true, querystring: AgreementQuery } },
    async (request, reply) => agreementsPage(request, reply, today(), kept),
  )
  const params = z.strictObject({ id: AgreementHandle })
  app.get(
    '/agreements/:id',
    { config, schema: { hide: true, params, querystring: ReadQuery } },
    async (request, reply) => agreementPage(request, reply, today()),
  )
}
