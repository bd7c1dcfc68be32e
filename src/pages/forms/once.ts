import { setTimeout } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerAgain, answerByKey } from '../../http/idempotency/keyed-routes.ts'
import { Problem } from '../../problems/problems.ts'
import type { Values } from './fields.ts'

/** The field with the token of a form, which makes it do what it does only once. */
export const tokenField = 'token'

export const newToken = (): string => randomUUID()

/** The token of a form that was sent; a new one if there is none. */
const tokenOf = (values: Values): string => {
  const token = values.get(tokenField) ?? ''
  return /^[0-9a-f-]{36}$/.test(token) ? token : newToken()
}

const sentBy = (values: Values) => ({ key: tokenOf(values), content: values.toString() })

/** The answer of a form that was sent before with the same content; undefined when it was not. */
export const answered = (request: FastifyRequest, reply: FastifyReply, values: Values) =>
  answerAgain(request, reply, sentBy(values)).catch((error: unknown) => {
    if (!isSavedBefore(error)) throw error
    return undefined
  })

/** Whether a form was sent before with other content: it was saved, and the person went back and changed something. */
export const isSavedBefore = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'idempotency_key_reused'

/** The same values, with a token with which they can be saved. */
export function withNewToken(values: Values): Values {
  const all = new URLSearchParams(values)
  all.set(tokenField, newToken())
  return all
}

/** How long, in milliseconds, and how often a form waits for itself when it was sent twice. */
const [pause, tries] = [250, 20]

/**
 * Does what a form asks for, once for each token: a form that is sent again gets the same answer, and one that is sent
 * while the first is in progress waits for it. What `handle` throws is rolled back, and frees the token.
 * @throws Problem 422 when the token was sent with other content before
 */
export async function once(
  request: FastifyRequest,
  reply: FastifyReply,
  values: Values,
  handle: (reply: FastifyReply) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const { db } = request
  for (let i = 1; ; i += 1) {
    try {
      return await answerByKey(request, reply, sentBy(values), handle)
    } catch (error) {
      const isRunning = error instanceof Problem && error.code === 'idempotency_key_in_progress'
      if (!isRunning) throw error
      if (i === tries)
        throw new Problem(error.code, 'This form is being saved. Wait a moment, and look at the agreement.')
    } finally {
      request.db = db
    }
    await setTimeout(pause)
  }
}
