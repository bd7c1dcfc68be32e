import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Database } from '../database/connect.ts'
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

/** A person who is signed in on the pages. */
export interface Session {
  caller: Caller
  /** As pages show it. */
  name: string
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
export type Authenticate = (credential: string, db: Database) => Promise<Caller> | undefined

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
    /** Only on pages, and only when the caller signed in there. */
    session: Session | undefined
  }
  interface FastifyContextConfig {
    /** Who may call the route. Without it, nobody may. */
    role?: Access
    /** Whether a reader needs a credential even while reading is public. */
    needsCredential?: boolean
    /** Whether an API key may also be sent as the password of HTTP Basic: for programs that can send nothing else. */
    acceptsBasic?: boolean
    /** Whether the caller is the one who signed in when no `Authorization` is read: on pages, never below `/v1`. */
    takesSession?: boolean
  }
}

interface CallerOptions {
  /** Whether reading needs no credential. */
  publicRead: boolean
  /** Tried in this order. */
  methods: readonly Authenticate[]
  /** Checks the password of HTTP Basic, on the routes that accept it. */
  password: Authenticate
  /** The session of a request, on the routes that take one. */
  sessionOf: (request: FastifyRequest) => Promise<Session | undefined>
  /** Called for each invalid credential; may throw another problem instead. */
  failed: (request: FastifyRequest) => Promise<void>
}

/** How the OpenAPI document describes the credentials. */
export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key (`ent_…`), or an access token of the trusted OpenID Connect issuer.',
  },
  basic: {
    type: 'http',
    scheme: 'basic',
    description: 'For calendar programs: any user name, and an API key (`ent_…`) as the password.',
  },
}

/** Authenticates the caller of each request, before its body is read. */
export function authenticateCallers(app: FastifyInstance, options: CallerOptions): void {
  const { publicRead, failed } = options
  const anonymous: Caller = { actor: null, role: publicRead ? 'reader' : null, via: 'none', expiresAt: null }
  app.decorateRequest('caller')
  app.decorateRequest('session', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const access = accessOf(request)
    const { authorization } = request.headers
    const { acceptsBasic = false, takesSession = false } = request.routeOptions.config
    request.caller = anonymous
    const proceedAs = (caller: Caller) => {
      attach(request, reply, publicRead ? { ...caller, role: caller.role ?? 'reader' } : caller)
      done()
    }
    if (authorization === undefined || access === 'public' || access === undefined) {
      if (!takesSession) return done()
      return void options.sessionOf(request).then((session) => {
        request.session = session
        if (session === undefined) done()
        else proceedAs(session.caller)
      }, done)
    }
    if (isSentTwice(request)) return done(refused('`Authorization` must be sent only once.', acceptsBasic))
    authenticate(authorization, options, { acceptsBasic, db: request.db })
      .catch(async (error: unknown) => {
        if (!(error instanceof Problem) || error.status !== 401) throw error
        await failed(request)
        throw refused(error.message, acceptsBasic)
      })
      .then(proceedAs, done)
  })
}

/**
 * Enforces the role that each route declares, for all routes that are added afterwards, and describes it in their
 * schemas. A route that declares none is closed to everyone.
 */
export function enforceRoles(app: FastifyInstance, { publicRead }: Pick<CallerOptions, 'publicRead'>): void {
  app.addHook('onRoute', (route) => describeAccess(route, publicRead))
  app.addHook('onRequest', (request, _reply, done) => {
    const { acceptsBasic = false, needsCredential = false } = request.routeOptions.config
    const { caller } = request
    const given = needsCredential && caller.via === 'none' ? { ...caller, role: null } : caller
    done(refusal(accessOf(request), given, acceptsBasic))
  })
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
async function authenticate(
  header: string,
  options: CallerOptions,
  { acceptsBasic, db }: { acceptsBasic: boolean; db: Database },
): Promise<Caller> {
  const basic = acceptsBasic ? passwordIn(header) : undefined
  if (basic !== undefined) {
    const caller = options.password(basic, db)
    if (caller === undefined) throw invalidCredential('With `Basic`, the password must be an API key.')
    return caller
  }
  const credential = /^bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1]
  if (credential === undefined) {
    const otherwise = acceptsBasic ? ', or `Basic` with the key as password' : ''
    throw invalidCredential(`\`Authorization\` must be \`Bearer\`, a space, and the key or token${otherwise}.`)
  }
  for (const method of options.methods) {
    const caller = method(credential, db)
    if (caller !== undefined) return caller
  }
  throw invalidCredential('The credential must be an API key, or a token of the trusted issuer.')
}

/** The password in an HTTP Basic header (RFC 7617), after the first colon; undefined when it is another header. */
function passwordIn(header: string): string | undefined {
  const encoded = /^basic +([\w+/-]+=*)$/i.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString()
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined
}

/** Whether a role is `least` or a higher one. */
export const hasRole = (role: Role | null, least: Role): boolean =>
  role !== null && roles.indexOf(role) >= roles.indexOf(least)

/** The problem when the caller lacks access; undefined otherwise. */
function refusal(access: Access | undefined, { role, via }: Caller, acceptsBasic: boolean): Problem | undefined {
  if (access === undefined) return new Problem('forbidden', 'This path is closed to everyone.')
  if (access === 'public' || access === 'anyone') return undefined
  if (hasRole(role, access)) return undefined
  if (via !== 'none')
    return new Problem('forbidden', `This requires the role \`${access}\`. Your role: ${role ?? 'none'}.`)
  const otherwise = acceptsBasic ? ', or an API key as the password of HTTP Basic' : ''
  const message = `This requires a credential with the role \`${access}\`. Send it as \`Authorization: Bearer …\`${otherwise}.`
  return new Problem('credential_required', message, [], challenges('', acceptsBasic))
}

/** A 401 for an invalid credential. */
export const invalidCredential = (detail: string): Problem => new Problem('credential_invalid', detail)

/** The same, with the challenges of the route. */
const refused = (detail: string, acceptsBasic: boolean): Problem =>
  new Problem('credential_invalid', detail, [], challenges(', error="invalid_token"', acceptsBasic))

/**
 * A header line for each scheme, because many programs read only one challenge per line.
 * @param error of RFC 6750, section 3: empty when no credential was sent
 */
function challenges(error: string, acceptsBasic: boolean): Problem['headers'] {
  const bearer = `Bearer realm="entente"${error}`
  return { 'www-authenticate': acceptsBasic ? [bearer, 'Basic realm="entente", charset="UTF-8"'] : bearer }
}

function describeAccess({ config, schema }: RouteOptions, publicRead: boolean): void {
  const access = config?.role
  if (!schema || schema.hide || access === undefined || access === 'public') return
  const open = access === 'anyone' || (access === 'reader' && publicRead && !config?.needsCredential)
  schema.security = [...(open ? [{}] : []), { bearer: [] }, ...(config?.acceptsBasic ? [{ basic: [] }] : [])]
  schema.response = { ...(schema.response as object), ...problems(401), ...(access !== 'anyone' && problems(403)) }
}
