import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { IssuerLogin, Login } from '../../auth/issuer-login.ts'
import { signIn } from '../../auth/sessions/cookie.ts'
import { baseUrlOf } from '../../http/addresses.ts'
import { readCookie, removeCookie, setCookie } from '../../http/cookies.ts'
import { queryOf } from '../../http/responses.ts'
import type { App } from '../../http/routes.ts'
import { invalidCredential } from '../../auth/callers.ts'
import { Problem } from '../../problems/problems.ts'
import { sendOnward, sendSignInFailed } from './page.tsx'
import { pathOnThisServer, To } from './place.ts'
import { seeOther } from '../see-other.ts'

/** The cookie of those who are at the issuer. */
const name = 'login'

/** How long one may stay at the issuer, in seconds. */
const lifetime = 600

const callback = '/sign-in/callback'

/** Signing in at the issuer. It begins with a link, since browsers do not let a form lead to another server (`form-action`). */
export function addIssuerSignIn(
  app: App,
  issuer: IssuerLogin,
  failed: (request: FastifyRequest) => Promise<void>,
): void {
  const config = { role: 'anyone' } as const

  app.get('/sign-in/issuer', { config, schema: { hide: true, querystring: To } }, async (request, reply) => {
    const { address, login } = await issuer.begin(callbackOf(request))
    const value = Buffer.from(JSON.stringify({ ...login, to: request.query.to })).toString('base64url')
    void setCookie(request, reply, { name, value, seconds: lifetime, sameSite: 'Lax' })
    return seeOther(reply, address)
  })
  app.get(callback, { config, schema: { hide: true, querystring: z.looseObject({}) } }, async (request, reply) => {
    const login = loginIn(request)
    void removeCookie(request, reply, name)
    try {
      return await finish(request, reply, login, issuer)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error
      await failed(request)
      return sendSignInFailed(request, reply, { to: login?.to ?? '/', message: error.message })
    }
  })
}

/** Where the issuer leads back to. @throws Problem 400 when `Host` is not valid */
function callbackOf(request: FastifyRequest): string {
  const base = baseUrlOf(request)
  if (base === null) throw new Problem('invalid_request', '`Host` must be the name or address of this server.')
  return base + callback
}

type Begun = Login & { to: string }

async function finish(
  request: FastifyRequest,
  reply: FastifyReply,
  login: Begun | undefined,
  issuer: IssuerLogin,
): Promise<FastifyReply> {
  if (login === undefined) {
    throw invalidCredential('This sign-in took longer than ten minutes, or was already used. Sign in again.')
  }
  const answer = new URL(`${callbackOf(request)}?${queryOf(request.url)}`)
  const { caller, name } = await issuer.finish(answer, login, request.db)
  await signIn(request, reply, caller, { name })
  // Not a redirect: the issuer has led here, so that the browser would not send the cookie of the session.
  return sendOnward(request, reply, login.to)
}

const Kept = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string().transform((text) => pathOnThisServer(text) ?? '/'),
})

/** What was kept when the sign-in began; undefined when it is gone, or cannot be read. */
function loginIn(request: FastifyRequest): Begun | undefined {
  try {
    const text = Buffer.from(readCookie(request, name) ?? '', 'base64url').toString()
    return Kept.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
