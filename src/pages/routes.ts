import type { FastifyError, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AgreementFilter, AgreementQuery } from '../agreements/list/filter.ts'
import { sendTagged } from '../http/responses.ts'
import { isFromOwnPage } from '../http/same-origin.ts'
import type { App, Dependencies } from '../http/routes.ts'
import type { Problem } from '../problems/problems.ts'
import { AgreementHandle } from '../shared/schemas.ts'
import type { KeptResults } from '../agreements/list/kept-results.ts'
import { AgreementPageQuery, agreementPage } from './agreement.tsx'
import { agreementsPage } from './agreements.tsx'
import { fromForm } from './asked.ts'
import { takeForms } from './forms/body.ts'
import { addForms } from './forms/routing.ts'
import { draftPages } from './drafts/pages.ts'
import { importPages } from './imports/pages.ts'
import { DeadlinesPageQuery, deadlinesPage } from './deadlines.tsx'
import { NetworkQuery } from '../network/schemas.ts'
import { PositionQuery } from '../position/schemas.ts'
import { networkPage } from './network.tsx'
import { positionPage } from './position.tsx'
import { collectionPage } from './entries/collection.tsx'
import { CollectionsPageQuery, collectionsPage } from './entries/collections.tsx'
import { pairPage } from './entries/pair.tsx'
import { domainPage } from './entries/research-domain.tsx'
import { DomainsPageQuery, domainsPage } from './entries/research-domains.tsx'
import { SignatoriesPageQuery, signatoriesPage } from './entries/signatories.tsx'
import { signatoryPage } from './entries/signatory.tsx'
import { mapPage, mapPicture } from './map/page.tsx'
import { sendOtherOrigin, sendRefusal } from './sign-in/refused.tsx'
import { addSignIn, type SignInOptions } from './sign-in/sign-in.ts'
import { StatisticsPageQuery, statisticsPage } from './statistics.tsx'
import { icon, style } from './style.ts'
import { TimelinePageQuery, timelinePage } from './timeline.tsx'

interface PageDependencies extends Dependencies {
  /** What an error becomes. Those of the server are logged. */
  problemOf: (error: FastifyError, request: FastifyRequest) => Problem
  kept: KeptResults
  signIn: SignInOptions
}

/** Pages for people, rendered on the server; each shows what the API answers to the same query. */
export async function pageRoutes(
  app: App,
  { today, problemOf, kept, signIn, ...deps }: PageDependencies,
): Promise<void> {
  app.setErrorHandler<FastifyError>((error, request, reply) => sendRefusal(request, reply, problemOf(error, request)))
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, takesSession: route.config?.role !== 'public' }
  })
  app.addHook('onRequest', async (request, reply) =>
    request.method === 'POST' && !isFromOwnPage(request) ? sendOtherOrigin(request, reply) : undefined,
  )
  app.addHook('preValidation', (request, _, done) => {
    fromForm(request.query as Record<string, unknown>)
    done()
  })
  takeForms(app)
  addSignIn(app, signIn)
  addForms(app, { today })
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
  app.get(
    '/statistics',
    { config: { ...config, list: 'statistics' }, schema: { hide: true, querystring: StatisticsPageQuery } },
    async (request, reply) => statisticsPage(request, reply, today(), kept),
  )
  app.get(
    '/deadlines',
    { config: { ...config, list: 'deadlines' }, schema: { hide: true, querystring: DeadlinesPageQuery } },
    async (request, reply) => deadlinesPage(request, reply, today()),
  )
  app.get(
    '/timeline',
    { config: { ...config, list: 'agreements' }, schema: { hide: true, querystring: TimelinePageQuery } },
    async (request, reply) => timelinePage(request, reply, today()),
  )
  app.get('/network', { config, schema: { hide: true, querystring: NetworkQuery } }, async (request, reply) =>
    networkPage(request, reply, today()),
  )
  const params = z.strictObject({ id: AgreementHandle })
  app.get(
    '/agreements/:id/position',
    { config, schema: { hide: true, params, querystring: PositionQuery } },
    async (request, reply) => positionPage(request, reply, kept),
  )
  app.get(
    '/agreements/:id',
    { config, schema: { hide: true, params, querystring: AgreementPageQuery } },
    async (request, reply) => agreementPage(request, reply, today()),
  )
  const map = { config, schema: { hide: true, querystring: AgreementFilter } }
  app.get('/map', map, async (request, reply) => mapPage(request, reply, today(), kept))
  app.get('/map.svg', map, async (request, reply) => mapPicture(request, reply, today(), kept))

  app.get(
    '/signatories',
    { config: { ...config, list: 'signatories' }, schema: { hide: true, querystring: SignatoriesPageQuery } },
    async (request, reply) => signatoriesPage(request, reply, today(), kept),
  )
  app.get(
    '/research-domains',
    { config: { ...config, list: 'research-domains' }, schema: { hide: true, querystring: DomainsPageQuery } },
    async (request, reply) => domainsPage(request, reply, today(), kept),
  )
  app.get(
    '/collections',
    { config: { ...config, list: 'collections' }, schema: { hide: true, querystring: CollectionsPageQuery } },
    async (request, reply) => collectionsPage(request, reply, today(), kept),
  )

  const entry = { config, schema: { hide: true, params: z.strictObject({ code: EntryCode }) } }
  app.get('/signatories/:code', entry, async (request, reply) => signatoryPage(request, reply, today(), kept))
  app.get('/pairs/:code', entry, async (request, reply) => pairPage(request, reply, today(), kept))
  app.get('/research-domains/:code', entry, async (request, reply) => domainPage(request, reply, today(), kept))
  app.get('/collections/:code', entry, async (request, reply) => collectionPage(request, reply, today(), kept))
  await app.register(draftPages, { ...deps, today })
  await app.register(importPages, { ...deps, today, problemOf })
}

/** The code of an entry, or any text: what is no code is looked up among the names, to say what was probably meant. */
const EntryCode = z
  .string()
  .min(1)
  .max(270)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'Must be a code, such as KR.')
