import type { FastifyReply, FastifyRequest } from 'fastify'
import { baseUrlOf, linkTo } from './addresses.ts'

interface Cookie {
  name: string
  value: string
  /** Until when the browser keeps it, in seconds from now; 0 removes it. */
  seconds: number
  sameSite: 'Strict' | 'Lax'
}

/** Over https, a cookie is only sent over https and to this host, which its name makes sure of (RFC 6265bis, `__Host-`). */
const isSecure = (request: FastifyRequest): boolean => baseUrlOf(request)?.startsWith('https://') ?? false

/** Registers at several paths of one host have cookies of their own. */
function nameOf(request: FastifyRequest, name: string): string {
  const prefix = linkTo(request, '').replaceAll('/', '-')
  return `${isSecure(request) ? '__Host-' : ''}entente-${name}${prefix}`
}

/** The value of a cookie of this register; undefined when the request has none. */
export function readCookie(request: FastifyRequest, name: string): string | undefined {
  const { cookie } = request.headers
  if (cookie === undefined) return undefined
  const start = `${nameOf(request, name)}=`
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(start))
    ?.slice(start.length)
}

/** Sets a cookie that scripts cannot read. `__Host-` requires the path `/`. */
export function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, value, seconds, sameSite }: Cookie,
): FastifyReply {
  const path = isSecure(request) ? '/; Secure' : linkTo(request, '') || '/'
  const cookie = `${nameOf(request, name)}=${value}; Max-Age=${seconds}; Path=${path}; HttpOnly; SameSite=${sameSite}`
  return reply.header('set-cookie', cookie)
}

export const removeCookie = (request: FastifyRequest, reply: FastifyReply, name: string): FastifyReply =>
  setCookie(request, reply, { name, value: '', seconds: 0, sameSite: 'Strict' })
