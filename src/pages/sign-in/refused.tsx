import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasRole } from '../../auth/callers.ts'
import type { Problem } from '../../problems/problems.ts'
import { roles } from '../../shared/schemas.ts'
import { A, sendNotice } from '../page.tsx'
import { sendProblemPage } from '../problem.tsx'
import { seeOther } from '../see-other.ts'
import { signInAt } from './place.ts'

/** Sends what a refused request becomes: for want of a session the page to sign in, otherwise a page that says what is wrong. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { method, url } = request
  if (problem.code === 'forbidden') return sendTooLow(request, reply)
  if (problem.code !== 'credential_required') return sendProblemPage(request, reply, problem)
  if (method !== 'GET' && method !== 'HEAD') return sendSessionMissing(request, reply.headers(problem.headers))
  return seeOther(reply, signInAt(url))
}

/** For a form: the browser still has what was typed, and sends it again when the page is reloaded. */
const sendSessionMissing = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendNotice(request, reply, 401, {
    title: 'Sign in to continue',
    api: null,
    body: (
      <>
        <h1>Sign in to continue</h1>
        <p class="told wrong">You are not signed in, or your session has ended. Nothing was saved yet.</p>
        <p>What you entered is not lost:</p>
        <ol>
          <li>
            <A to="/sign-in" target="_blank" rel="noopener">
              Sign in in another tab
            </A>
            .
          </li>
          <li>Come back to this tab and reload this page. Confirm that the form is sent again.</li>
        </ol>
        <p>Or go back one page to change what you entered.</p>
      </>
    ),
  })

function sendTooLow(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const required = roles.find((role) => role === request.routeOptions.config.role) ?? 'reader'
  const { role } = request.caller
  const title = 'Your role does not allow this'
  return sendNotice(request, reply, 403, {
    title,
    api: null,
    body: (
      <>
        <h1>{title}</h1>
        <p class="told wrong">
          This requires the role {required}
          {required !== 'admin' && ' or a higher one'}. {role === null ? 'You have no role.' : `Your role is ${role}.`}
        </p>
        <p>
          Ask an administrator of the register for a key or an account with that role, sign out, and sign in with it.
        </p>
        {hasRole(role, 'reader') && (
          <p>
            <A to="/">Back to the start</A>
          </p>
        )}
      </>
    ),
  })
}

/** Refuses a form that another site sent, or a program that does not say where it comes from. */
export const sendOtherOrigin = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendNotice(request, reply, 403, {
    title: 'The form was not sent from this server',
    api: null,
    body: (
      <>
        <h1>The form was not sent from this server</h1>
        <p class="told wrong">
          Nothing was saved: the browser did not say that the form is on a page of this server. Open the page here, and
          send the form again.
        </p>
        <p class="faint">
          If this happens with each form, the register is behind a proxy and does not know its own address: its operator
          must set PUBLIC_URL. Programs use the API.
        </p>
      </>
    ),
  })
