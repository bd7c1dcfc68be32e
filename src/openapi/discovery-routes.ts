import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { catalogPath, serviceDescription } from '../http/discovery.ts'
import { linkTo } from '../http/addresses.ts'
import { asksFor, sendTagged, sendTaggedJson, varying } from '../http/responses.ts'
import type { Today } from '../shared/calendar.ts'
import { addDays } from '../shared/durations.ts'
import { packageVersion } from './openapi.ts'

/** The addresses at `/`. */
const links = {
  docs: '/docs',
  openapi: '/openapi.json',
  catalog: catalogPath,
  problems: '/problems',
  llms: '/llms.txt',
  agreements: '/v1/agreements',
  dates: '/v1/dates',
  deadlines: '/v1/deadlines',
  statistics: '/v1/statistics?groupBy=signedYear',
  export: '/v1/agreements/export',
  signatories: '/v1/signatories',
  researchDomains: '/v1/research-domains',
  health: '/readyz',
}

/** The API catalog (RFC 9727): a set of links (RFC 9264) with one API, whose entry document is at `/`. */
const catalogOf = (link: (path: string) => string) => ({
  linkset: [
    { anchor: link(catalogPath), item: [{ href: link('/'), type: 'application/json', title: 'Entente' }] },
    {
      anchor: link('/'),
      'service-desc': [{ href: link(links.openapi), type: 'application/json' }],
      'service-doc': [{ href: link(links.docs), type: 'text/html' }],
      status: [{ href: link(links.health), type: 'application/json' }],
    },
  ],
})

const catalogType = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
const catalogLink = `<${catalogPath}>; rel="api-catalog"`
const docsLink = `<${links.docs}>; rel="service-doc"; type="text/html"`
const cacheControl = 'public, max-age=300'

/** How long a `security.txt` is valid, in days; RFC 9116 recommends less than a year. */
const validity = 180

interface DiscoveryOptions {
  today: Today
  /** URIs for reports of vulnerabilities. Empty: no `security.txt`. */
  securityContacts: readonly string[]
  /** Sends the page for people who ask for `/`. */
  home: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
  /** Sends what an error of that page becomes. */
  homeFailed: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

/** What programs find without documentation: links at `/`, the API catalog, and `security.txt`. */
export async function discoveryRoutes(app: FastifyInstance, options: DiscoveryOptions): Promise<void> {
  const { today, securityContacts, home, homeFailed } = options
  const route = { config: { role: 'public' }, schema: { hide: true } } as const
  const version = packageVersion()
  const ofHome: RouteShorthandOptions = {
    ...route,
    config: { role: 'public', takesSession: true },
    errorHandler: (error, request, reply) => {
      if (!asksFor(request, 'text/html')) throw error
      void homeFailed(error, request, reply)
    },
  }
  app.get('/', ofHome, async (request, reply) => {
    void varying(reply, 'accept')
      .header('cache-control', cacheControl)
      .header('link', `${serviceDescription}, ${docsLink}, ${catalogLink}`)
    if (asksFor(request, 'text/html')) return home(request, reply)
    const linked = Object.fromEntries(Object.entries(links).map(([name, path]) => [name, linkTo(request, path)]))
    return sendTaggedJson(request, reply, { name: 'Entente', version, links: linked })
  })
  app.get(catalogPath, route, async (request, reply) => {
    void reply.header('cache-control', cacheControl).header('link', catalogLink)
    return sendTagged(request, reply, JSON.stringify(catalogOf((path) => linkTo(request, path))), catalogType)
  })
  if (securityContacts.length === 0) return
  app.get('/.well-known/security.txt', route, async (request, reply) => {
    const contacts = securityContacts.map((contact) => `Contact: ${contact}\n`).join('')
    const text = `${contacts}Expires: ${addDays(today(), validity)}T00:00:00Z\n`
    return sendTagged(request, reply.header('cache-control', cacheControl), text, 'text/plain; charset=utf-8')
  })
}
