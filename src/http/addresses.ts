import { isIP } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, type ProblemError } from '../problems/problems.ts'
import { isPrefix, maxPrefix } from '../shared/prefix.ts'
import { networksOf } from './networks.ts'

/**
 * Where clients find the API. Inside the process an address is a path of the API, `/v1/…`; whatever leaves it has the
 * prefix of the request in front: headers by a hook, bodies by `linkTo` and `baseUrlOf`. Only this file reads where a request
 * was sent to (`test/architecture.test.ts`). Why: docs/decisions/addresses.md.
 */
export interface PublicAddress {
  /** `https://example.org`; null when unknown. */
  origin: string | null
  /** The path in front of each address of the API: `/register`, or empty. */
  prefix: string
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Where the client of a request finds the API. Of the application: Fastify does not decorate requests that it cannot route. */
    publicAddressOf: (request: FastifyRequest) => PublicAddress
    /** Whose name a request was sent to, as far as is known. */
    hostOf: (request: FastifyRequest) => NamedHost
  }
}

/**
 * Whose name is in the `Host` of a request. `own`: that of the public URL, an IP address, `localhost` or, where the public URL
 * is known, a name without a dot, as a proxy has it. `other`: another name than that of the public URL. `unknown`: a name with
 * a dot, where the public URL is not known: any site can have such a name lead here (DNS rebinding).
 */
type NamedHost = 'own' | 'other' | 'unknown'

export interface AddressOptions {
  /** Where all clients find the API, from the settings; null: where each request was sent to. */
  publicUrl: PublicAddress | null
  /** The networks of the proxies whose `X-Forwarded-Prefix` is trusted, as CIDRs. */
  trustedProxies: readonly string[]
}

const header = 'x-forwarded-prefix'

/** Tells each request where its client finds the API. Must be called before any hook that can refuse a request. */
export function addPublicAddresses(app: FastifyInstance, { publicUrl, trustedProxies }: AddressOptions): void {
  const isProxy = networksOf(trustedProxies)
  const forwarded = (request: FastifyRequest): string | undefined => {
    const value = publicUrl === null ? request.headers[header] : undefined
    return value !== undefined && isProxy(request.socket.remoteAddress ?? '') ? String(value) : undefined
  }
  app.decorate('publicAddressOf', (request) => {
    if (publicUrl !== null) return publicUrl
    const prefix = forwarded(request)?.replace(/\/$/, '') ?? ''
    return {
      prefix: isPrefix(prefix) ? prefix : '',
      get origin() {
        return originOf(request)
      },
    }
  })
  const publicName = publicUrl?.origin ? new URL(publicUrl.origin).hostname : undefined
  app.decorate('hostOf', ({ hostname }): NamedHost => {
    const name = hostname.toLowerCase()
    if (name === publicName || name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return 'own'
    if (publicName === undefined) return 'unknown'
    return name.includes('.') ? 'other' : 'own'
  })
  if (publicUrl === null && trustedProxies.length > 0) {
    app.addHook('onRequest', (request, reply, done) => {
      const prefix = forwarded(request)
      if (prefix === undefined) return done()
      void reply.header('vary', header)
      done(isPrefix(prefix.replace(/\/$/, '')) ? undefined : malformedPrefix())
    })
  }
  if (publicUrl === null ? trustedProxies.length > 0 : publicUrl.prefix !== '') addPrefixToHeaders(app)
}

function malformedPrefix(): Problem {
  const message = `\`X-Forwarded-Prefix\` must be one path such as \`/register\`: letters, digits, \`.\`, \`_\`, \`~\` and \`-\` between slashes, at most ${maxPrefix} characters. Correct the configuration of the proxy.`
  return new Problem('invalid_request', message, [{ parameter: header, code: 'invalid_value', message }])
}

/** The origin to which a request was sent, such as `https://example.org`; null when its `Host` is not valid. */
function originOf({ protocol, host }: FastifyRequest): string | null {
  const address = `${protocol}://${host}`
  return /^https?:\/\/[\w.:[\]-]+$/.test(address) && URL.canParse(address) ? new URL(address).origin : null
}

/** The headers that say from where and to where a request was sent. */
const ofTheWay = ['host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', header]

/**
 * The same headers for a request that this process sends to itself on behalf of the client of `request`, so that it counts
 * for that client, and its answer has the addresses that the client uses.
 */
export const wayOf = ({ headers }: FastifyRequest): Record<string, string | string[]> =>
  Object.fromEntries(ofTheWay.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))

/** Puts the prefix in front of the addresses in headers. */
function addPrefixToHeaders(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const prefix = linkTo(request, '')
    if (prefix !== '') {
      for (const name of ['location', 'content-location']) rewrite(reply, name, /^\/(?!\/)/, `${prefix}/`)
      rewrite(reply, 'link', /(?<=^|, )<\//g, `<${prefix}/`)
    }
    done(null, payload)
  })
}

function rewrite(reply: FastifyReply, name: string, from: RegExp, to: string): void {
  const value = reply.getHeader(name)
  if (value !== undefined) void reply.header(name, String(value).replace(from, to))
}

/** The address of a path of the API, without scheme and host, so that the `Host` of a request cannot change it. */
export const linkTo = (request: FastifyRequest, path: string): string =>
  request.server.publicAddressOf(request).prefix + path

/** The URL in front of each path of the API, for what is read elsewhere: `https://example.org/register`; null when unknown. */
export function baseUrlOf(request: FastifyRequest): string | null {
  const { origin, prefix } = request.server.publicAddressOf(request)
  return origin === null ? null : origin + prefix
}

/** The same, or only the prefix where the URL is unknown. */
export const baseOf = (request: FastifyRequest): string => baseUrlOf(request) ?? linkTo(request, '')

/** Errors with the addresses that clients use. */
export const withLinks = (request: FastifyRequest, errors: ProblemError[]): ProblemError[] =>
  errors.map(({ conflictsWith, ...error }) =>
    conflictsWith === undefined ? error : { ...error, conflictsWith: linkTo(request, conflictsWith) },
  )

/** The `type` of a problem: a heading of the page `/problems`. */
export const problemType = (prefix: string, code: string): string => `${prefix}/problems#${code}`
