import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { Problem, problems } from '../problems/problems.ts'
import { type Role, roles } from '../shared/schemas.ts'

/** Who sends a request, and what they may do. */
export interface Caller {
  /** The name of the caller, as stored in histories; null for an anonymous caller. */
  actor: string | null
  /** Null: may not even read. */
  role: Role | null
  via: 'none' | 'key' | 'oidc'
  /** When the credential expires: RFC 3339, UTC; null: never. */
  expiresAt: string | null
}

/**
 * Who may call a route. `public`: everyone, and credentials are ignored. `anyone`: everyone, but a credential that is sent
 * must be valid. A role: callers with it or a higher one; an anonymous caller is a reader while reading is public.
 */
type Access = 'public' | 'anyone' | Role

/**
 * A method of authentication: undefined when the credential is of another kind.
 * @throws Problem 401 when the credential is not valid; 503 when it cannot be checked now
 */
export type Authenticate = (credential: string) => Promise<Caller> | undefined

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
  }
  interface FastifyContextConfig {
    /** Who may call the route. Without it, nobody may. */
    role?: Access
  }
}

interface CallerOptions {
  /** Whether reading needs no credential. */
  publicRead: boolean
  /** Tried in this order. */
  methods: readonly Authenticate[]
  /** Called for each invalid credential; may throw another problem instead. */
  failed: (request: FastifyRequest) => void
}

const scheme = 'bearer'

/** How the OpenAPI document describes the credential. */
export const securitySchemes = {
  [scheme]: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key (`ent_…`), or an access token of the trusted OpenID Connect issuer.',
  },
}

/** Authenticates the caller of each request, before its body is read. */
export function authenticateCallers(app: FastifyInstance, { publicRead, methods, failed }: CallerOptions): void {
  const anonymous: Caller = { actor: null, role: publicRead ? 'reader' : null, via: 'none', expiresAt: null }
  app.decorateRequest('caller')
  app.addHook('onRequest', (request, reply, done) => {
    const access = accessOf(request)
    const { authorization } = request.headers
    request.caller = anonymous
    if (authorization === undefined || access === 'public' || access === undefined) return done()
    if (isSentTwice(request)) return done(invalidCredential('`Authorization` must be sent only once.'))
    authenticate(authorization, methods)
      .catch((error: unknown) => {
        if (error instanceof Problem && error.status === 401) failed(request)
        throw error
      })
      .then((caller) => {
        attach(request, reply, publicRead ? { ...caller, role: caller.role ?? 'reader' } : caller)
        done()
      }, done)
  })
}

/**
 * Enforces the role that each route declares, for all routes that are added afterwards, and describes it in their
 * schemas. A route that declares none is closed to everyone.
 */
export function enforceRoles(app: FastifyInstance, { publicRead }: Pick<CallerOptions, 'publicRead'>): void {
  app.addHook('onRoute', (route) => describeAccess(route, publicRead))
  app.addHook('onRequest', (request, _reply, done) => done(refusal(accessOf(request), request.caller)))
}

/** Node uses the first of several headers; a proxy may use the last. */
const isSentTwice = ({ raw }: FastifyRequest): boolean =>
  raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization').length > 1

const accessOf = ({ is404, routeOptions }: FastifyRequest): Access | undefined =>
  is404 ? 'public' : routeOptions.config.role

/** Attaches the caller to the request and its log. */
function attach(request: FastifyRequest, reply: FastifyReply, caller: Caller): void {
  request.caller = caller
  request.log = reply.log = request.log.child({ actor: caller.actor })
}

/** @throws Problem 401, or 503 when the issuer cannot be reached */
async function authenticate(header: string, methods: readonly Authenticate[]): Promise<Caller> {
  const credential = /^bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1]
  if (credential === undefined)
    throw invalidCredential('`Authorization` must be `Bearer`, a space, and the key or token.')
  for (const method of methods) {
    const caller = method(credential)
    if (caller !== undefined) return caller
  }
  throw invalidCredential('The credential must be an API key, or a token of the trusted issuer.')
}

/** The problem when the caller lacks access; undefined otherwise. */
function refusal(access: Access | undefined, { role, via }: Caller): Problem | undefined {
  if (access === undefined) return new Problem('forbidden', 'This path is closed to everyone.')
  if (access === 'public' || access === 'anyone') return undefined
  if (role !== null && roles.indexOf(role) >= roles.indexOf(access)) return undefined
  if (via !== 'none')
    return new Problem('forbidden', `This requires the role \`${access}\`. Your role: ${role ?? 'none'}.`)
  const message = `This requires a credential with the role \`${access}\`. Send it as \`Authorization: Bearer …\`.`
  return new Problem('credential_required', message, [], challenge())
}

/** A 401 for an invalid credential. */
export const invalidCredential = (detail: string): Problem =>
  new Problem('credential_invalid', detail, [], challenge('invalid_token'))

/** RFC 6750, section 3: no error code when no credential was sent. */
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
