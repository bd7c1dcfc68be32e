import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticate } from '../../auth/callers.ts'
import type { IssuerLogin } from '../../auth/issuer-login.ts'
import { publicIdOf } from '../../auth/keys/key.ts'
import { signIn, signOut } from '../../auth/sessions/cookie.ts'
import type { App } from '../../http/routes.ts'
import { Problem } from '../../problems/problems.ts'
import { sendOnward, sendSignInPage } from './page.tsx'
import { addIssuerSignIn } from './issuer.ts'
import { pathOnThisServer, To } from './place.ts'
import { seeOther } from '../see-other.ts'

export interface SignInOptions {
  /** Checks API keys. */
  byKey: Authenticate
  /** Signs people in at the issuer, if there is one. */
  issuer: IssuerLogin | undefined
  /** Called for each failed attempt; may throw a problem. */
  failed: (request: FastifyRequest) => Promise<void>
}

/** Signing in and out on the pages. Why it is done so: docs/decisions/page-sessions.md. */
export function addSignIn(app: App, options: SignInOptions): void {
  const config = { role: 'anyone', storesAnswer: false } as const

  app.get('/sign-in', { config, schema: { hide: true, querystring: To } }, async (request, reply) => {
    const { to } = request.query
    if (request.session !== undefined) return seeOther(reply, to)
    if (request.headers['sec-fetch-site'] === 'cross-site') return sendOnward(request, reply, request.url)
    return sendSignInPage(request, reply, { to, hasIssuer: options.issuer !== undefined })
  })
  app.post('/sign-in', { config, schema: { hide: true } }, async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    return signInByKey(request, reply, form, options)
  })
  app.post('/sign-out', { config, schema: { hide: true } }, async (request, reply) => {
    await signOut(request, reply)
    return seeOther(reply, '/')
  })
  if (options.issuer !== undefined) addIssuerSignIn(app, options.issuer, options.failed)
}

async function signInByKey(
  request: FastifyRequest,
  reply: FastifyReply,
  form: URLSearchParams,
  { byKey, issuer, failed }: SignInOptions,
): Promise<FastifyReply> {
  const to = pathOnThisServer(form.get('to') ?? '/') ?? '/'
  const key = (form.get('key') ?? '').trim()
  try {
    const caller = await (byKey(key, request.db) ?? Promise.reject(noKey()))
    await signIn(request, reply, caller, { key: publicIdOf(key)! })
    return seeOther(reply, to)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'credential_invalid') throw error
    await failed(request)
    return sendSignInPage(request, reply, { to, hasIssuer: issuer !== undefined, error: error.message })
  }
}

const noKey = (): Problem => new Problem('credential_invalid', 'This is not an API key: a key begins with ent_.')
