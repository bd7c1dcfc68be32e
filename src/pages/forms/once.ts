import { setTimeout } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerByKey } from '../../http/idempotency/keyed-routes.ts'
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
      return await answerByKey(request, reply, { key: tokenOf(values), content: values.toString() }, handle)
    } catch (error) {
      const isRunning = error instanceof Problem && error.code === 'idempotency_key_in_progress'
      if (!isRunning || i === tries) throw error
    } finally {
      request.db = db
    }
    await setTimeout(pause)
  }
}
