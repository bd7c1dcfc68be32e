import { createHash, type Hash } from 'node:crypto'
import { pipeline, Transform } from 'node:stream'
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  preParsingHookHandler,
  RouteHandlerMethod,
  RouteOptions,
} from 'fastify'
import { z } from 'zod'
import { holdTransaction } from '../../database/held.ts'
import { problems } from '../../problems/problems.ts'
import { IdempotencyKey } from '../../shared/schemas.ts'
import { callerOf } from '../rate-limits.ts'
import { jsonType, sendText } from '../responses.ts'
import {
  AlreadyAnswered,
  type Answer,
  claim,
  digestOf,
  findAnswer,
  inProgress,
  type Keyed,
  storeAnswer,
} from './answers.ts'
import { recorderOf } from './recorder.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whether a success is stored for retries with the same `Idempotency-Key`. Default: for each POST. Must be false for a
     * POST whose answer contains a secret; should be for one that writes nothing.
     */
    storesAnswer?: boolean
  }
  interface FastifyRequest {
    /** Of the body, as far as it was read; only for a request with an `Idempotency-Key`. */
    bodyHash: Hash | undefined
  }
}

const header = 'idempotency-key'
const toFindOut = 'Send the request again with the same `Idempotency-Key`: it is not applied twice.'

/**
 * Lets each POST route that is added to `app` afterwards take an `Idempotency-Key`, unless its `config` says otherwise.
 * Why and how: docs/decisions/idempotency.md.
 */
export function answerRetries(app: FastifyInstance): void {
  app.decorateRequest('bodyHash', undefined)
  /** The ids of the keys that this process works on. */
  const running = new Set<string>()
  app.addHook('onRoute', (route) => {
    if (route.method !== 'POST' || route.config?.storesAnswer === false) return
    describeHeader(route)
    route.preParsing = [hashBody, ...[route.preParsing ?? []].flat()]
    route.handler = keyed(route.handler, running)
  })
}

function describeHeader({ schema }: RouteOptions): void {
  if (!schema) return
  const others = (schema.headers as z.ZodObject | undefined) ?? z.object({})
  schema.headers = others.extend({ [header]: IdempotencyKey })
  schema.response = { ...(schema.response as object), ...problems(400, 409, 422) }
}

/** Hashes the body while it is read, whatever its media type. */
const hashBody: preParsingHookHandler = (request, _reply, payload, done) => {
  if (request.headers[header] === undefined) return done(null, payload)
  const hash = createHash('sha256')
  request.bodyHash = hash
  const through = new Transform({
    transform: (chunk: Buffer, _encoding, next) => {
      hash.update(chunk)
      next(null, chunk)
    },
  })
  pipeline(payload, through, () => {})
  done(null, through)
}

const keyed = (own: RouteHandlerMethod, running: Set<string>): RouteHandlerMethod =>
  async function (this: FastifyInstance, request, reply) {
    const key = request.headers[header]
    if (key === undefined) return own.call(this, request, reply)
    const sent = { key: String(key), content: request.bodyHash!.digest('hex') }
    return answerByKey(request, reply, sent, (reply) => own.call(this, request, reply), running)
  }

/** A key, and what was sent with it. */
interface SentByKey {
  key: string
  content: string
}

/** The ids of the keys of other requests than those with the header, that this process works on. */
const runningElsewhere = new Set<string>()

/**
 * Answers a request by `handle`, or like the first request with the same key, caller, route and content.
 * @throws Problem 409 while another request with the key is in progress, 422 when the key was sent with other content
 */
export async function answerByKey(
  request: FastifyRequest,
  reply: FastifyReply,
  { key, content }: SentByKey,
  handle: (reply: FastifyReply) => unknown,
  running = runningElsewhere,
): Promise<FastifyReply> {
  const asked = askedBy(request, { key, content })
  const answer = await findAnswer(request.db, asked)
  if (answer) return replay(reply, answer)
  const name = asked.id.toString('hex')
  if (running.has(name)) throw inProgress()
  running.add(name)
  try {
    return send(reply, await answerOnce(request, reply, asked, handle))
  } catch (error) {
    if (error instanceof AlreadyAnswered) return replay(reply, error.answer)
    throw error
  } finally {
    running.delete(name)
  }
}

/** Answers like the first request with the same key and content; undefined when there was none. @throws Problem 422 */
export async function answerAgain(request: FastifyRequest, reply: FastifyReply, sent: SentByKey) {
  const answer = await findAnswer(request.db, askedBy(request, sent))
  return answer && replay(reply, answer)
}

const askedBy = (request: FastifyRequest, { key, content }: SentByKey): Keyed => ({
  id: digestOf(callerOf(request), request.routeOptions.url ?? '', key),
  request: digestOf(request.url, content),
})

/** Runs a handler in a transaction in which its answer is stored too, if it is a success. */
async function answerOnce(
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Keyed,
  handle: (reply: FastifyReply) => unknown,
): Promise<Answer> {
  const held = holdTransaction(request.db, { first: (db) => claim(db, asked), toFindOut })
  const recorder = recorderOf(reply)
  request.db = held.db
  try {
    const returned = await handle(recorder.reply)
    if (returned !== undefined && returned !== recorder.reply) void recorder.reply.send(returned)
    const answer = recorder.answer()
    await held.commit(async (db) => {
      if (answer.status < 400) await storeAnswer(db, asked, answer)
    })
    return answer
  } catch (error) {
    await held.rollBack()
    throw error
  }
}

const replay = (reply: FastifyReply, answer: Answer): FastifyReply =>
  send(reply.header('idempotent-replayed', 'true'), answer)

function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  const { 'content-type': type = jsonType, ...others } = headers
  void reply.code(status).headers(others)
  return body === null ? reply.send() : sendText(reply, body, type)
}
