import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { Problem, problems } from '../problems/problems.ts'
import { type Role, roles } from '../shared/schemas.ts'

/** Who sends a request, and what they may do. */
export interface Caller {
  /** Who it is, in the words that histories keep; null when nobody is told apart. */
  actor: string | null
  /** Null: not even to read. */
  role: Role | null
  via: 'none' | 'key' | 'oidc'
  /** When the credential ends: RFC 3339, UTC; null when it does not. */
  expiresAt: string | null
}

/**
 * Who may call a route. `public`: everybody, and no credential is looked at. `anyone`: everybody, but a credential that
 * is sent must hold. A role: who has it, or a higher one; a stranger counts as a reader while reading is public.
 */
type Access = 'public' | 'anyone' | Role

/**
 * A way to authenticate: undefined when the credential is not of its kind.
 * @throws Problem 401 when it is, but does not hold; 503 when that cannot be found out now
 */
export type Authenticate = (credential: string) => Promise<Caller> | undefined

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
  }
  interface FastifyContextConfig {
    /** Who may call the route; one that says nothing is closed to all. */
    role?: Access
  }
}

interface CallerOptions {
  /** Whether reading needs no credential. */
  publicRead: boolean
  /** In the order in which they are asked. */
  ways: readonly Authenticate[]
  /** Told of each credential that does not hold; it may throw a problem of its own. */
  failed: (request: FastifyRequest) => void
}

const scheme = 'bearer'

/** How the document describes the credential. */
export const securitySchemes = {
  [scheme]: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key (`ent_…`), or an access token of the OpenID Connect issuer that the register trusts.',
  },
}

/** Finds out who sends each request, from now on and before a body is read. */
export function tellCallersApart(app: FastifyInstance, { publicRead, ways, failed }: CallerOptions): void {
  const stranger: Caller = { actor: null, role: publicRead ? 'reader' : null, via: 'none', expiresAt: null }
  app.decorateRequest('caller')
  app.addHook('onRequest', (request, reply, done) => {
    const access = accessOf(request)
    const { authorization } = request.headers
    request.caller = stranger
    if (authorization === undefined || access === 'public' || access === undefined) return done()
    if (isSentTwice(request)) return done(invalidCredential('Authorization is sent twice.'))
    authenticate(authorization, ways)
      .catch((error: unknown) => {
        if (error instanceof Problem && error.status === 401) failed(request)
        throw error
      })
      .then((caller) => {
        be(request, reply, publicRead ? { ...caller, role: caller.role ?? 'reader' } : caller)
        done()
      }, done)
  })
}

/**
 * Holds every route that is added from now on to the role that it declares, and describes that in its schema. A route
 * that declares nothing is closed to all.
 */
export function holdToRoles(app: FastifyInstance, { publicRead }: Pick<CallerOptions, 'publicRead'>): void {
  app.addHook('onRoute', (route) => describeAccess(route, publicRead))
  app.addHook('onRequest', (request, _reply, done) => done(refusal(accessOf(request), request.caller)))
}

/** Node takes the first of several; another server on the way may take the last. */
const isSentTwice = ({ raw }: FastifyRequest): boolean =>
  raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization').length > 1

const accessOf = ({ is404, routeOptions }: FastifyRequest): Access | undefined =>
  is404 ? 'public' : routeOptions.config.role

/** Attaches the caller to the request and its log. */
function be(request: FastifyRequest, reply: FastifyReply, caller: Caller): void {
  request.caller = caller
  request.log = reply.log = request.log.child({ actor: caller.actor })
}

/** @throws Problem 401, or 503 when an issuer is away */
async function authenticate(header: string, ways: readonly Authenticate[]): Promise<Caller> {
  const credential = /^bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1]
  if (credential === undefined) throw invalidCredential('Send it as `Authorization: Bearer`, then a space and the key.')
  for (const way of ways) {
    const caller = way(credential)
    if (caller !== undefined) return caller
  }
  throw invalidCredential('The credential must be a key of this register, or a token of the issuer that it trusts.')
}

/** Why `caller` may not, if so. */
function refusal(access: Access | undefined, { role, via }: Caller): Problem | undefined {
  if (access === undefined) return new Problem('forbidden', 'This address is closed to everybody.')
  if (access === 'public' || access === 'anyone') return undefined
  if (role !== null && roles.indexOf(role) >= roles.indexOf(access)) return undefined
  if (via !== 'none') return new Problem('forbidden', `This takes the role \`${access}\`; yours is ${role ?? 'none'}.`)
  const message = `This takes a credential with the role \`${access}\`: send it as \`Authorization: Bearer\`.`
  return new Problem('credential_required', message, [], challenge())
}

/** A 401 for a credential that was sent and does not hold. */
export const invalidCredential = (detail: string): Problem =>
  new Problem('credential_invalid', detail, [], challenge('invalid_token'))

/** RFC 6750, section 3: no error code for who sent nothing. */
const challenge = (error?: string): Record<string, string> => ({
  'www-authenticate': `Bearer realm="entente"${error === undefined ? '' : `, error="${error}"`}`,
})

function describeAccess({ config, schema }: RouteOptions, publicRead: boolean): void {
  const access = config?.role
  if (!schema || schema.hide || access === undefined || access === 'public') return
  const needed = { [scheme]: [] }
  const open = access === 'anyone' || (access === 'reader' && publicRead)
  schema.security = open ? [{}, needed] : [needed]
  schema.response = { ...(schema.response as object), ...problems(401), ...(access !== 'anyone' && problems(403)) }
}
