import type { FastifyReply, FastifyRequest } from 'fastify'
import { readCookie, removeCookie, setCookie } from '../../http/cookies.ts'
import type { Caller, Session } from '../callers.ts'
import { endSession, findSession, type SignedInBy, startSession } from './queries.ts'

const name = 'session'

/** The token in the cookie; undefined when it cannot be one of ours. */
function tokenIn(request: FastifyRequest): string | undefined {
  const value = readCookie(request, name)
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
}

/** The session whose cookie a request carries. */
export async function sessionOf(request: FastifyRequest): Promise<Session | undefined> {
  const token = tokenIn(request)
  return token === undefined ? undefined : findSession(request.db, token)
}

/** Starts a session in place of the one that the request has, and sets its cookie. */
export async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  by: SignedInBy,
): Promise<void> {
  const former = tokenIn(request)
  const { token, seconds } = await startSession(request.db, caller, by)
  if (former !== undefined) await endSession(request.db, former)
  void setCookie(request, reply, { name, value: token, seconds, sameSite: 'Strict' })
}

/** Ends the session of a request, and removes its cookie. */
export async function signOut(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const token = tokenIn(request)
  if (token !== undefined) await endSession(request.db, token)
  void removeCookie(request, reply, name)
}
