import type { FastifyReply, FastifyRequest } from 'fastify'
import { A, type Page, PostForm, sendNotice } from '../page.tsx'
import { issuerAt, signInAt } from './place.ts'

interface SignInPage {
  /** Where to go afterwards. */
  to: string
  /** Whether people can sign in at the issuer. */
  hasIssuer: boolean
  /** What was wrong with the key. */
  error?: string
}

const title = 'Sign in'

const pageOf = ({ to, hasIssuer, error }: SignInPage): Page => ({
  title,
  api: null,
  body: (
    <>
      <h1>{title}</h1>
      {hasIssuer && (
        <p>
          <A to={issuerAt(to)} rel="nofollow">
            Sign in with your account
          </A>
          , or with a key:
        </p>
      )}
      <PostForm to="/sign-in" class="fields">
        <input type="hidden" name="to" value={to} />
        <input name="username" autocomplete="username" value="API key" hidden />
        <label for="key">API key</label>
        <input
          id="key"
          type="password"
          name="key"
          required
          autocomplete="current-password"
          maxLength={200}
          aria-describedby={error === undefined ? 'key-help' : 'key-error key-help'}
          aria-invalid={error === undefined ? undefined : 'true'}
        />
        {error !== undefined && (
          <p id="key-error" class="told wrong">
            {error}
          </p>
        )}
        <p id="key-help" class="faint">
          It begins with <code>ent_</code>. An administrator of the register gives you one.
        </p>
        <button>Sign in</button>
      </PostForm>
      <p>You stay signed in for eight hours at most, or until you sign out. This uses one cookie.</p>
    </>
  ),
})

/** The page at `/sign-in`. */
export function sendSignInPage(request: FastifyRequest, reply: FastifyReply, page: SignInPage): FastifyReply {
  if (page.error === undefined) return sendNotice(request, reply, 200, pageOf(page))
  return sendNotice(request, reply.header('www-authenticate', 'Bearer realm="entente"'), 401, pageOf(page))
}

/**
 * Sends a page that goes on to another by itself. After a redirect, the browser would not send the cookie of the session
 * when another site led here; from a page of this server it does.
 */
export const sendOnward = (request: FastifyRequest, reply: FastifyReply, to: string): FastifyReply =>
  sendNotice(request, reply, 200, {
    title,
    api: null,
    onward: to,
    body: (
      <p>
        <A to={to}>Continue</A>
      </p>
    ),
  })

/** Sends a page that says why signing in at the issuer did not succeed. */
export const sendSignInFailed = (
  request: FastifyRequest,
  reply: FastifyReply,
  { to, message }: { to: string; message: string },
): FastifyReply =>
  sendNotice(request, reply.header('www-authenticate', 'Bearer realm="entente"'), 401, {
    title: 'You are not signed in',
    api: null,
    body: (
      <>
        <h1>You are not signed in</h1>
        <p class="told wrong">{message}</p>
        <p>
          <A to={signInAt(to)}>Sign in again</A>
        </p>
      </>
    ),
  })
