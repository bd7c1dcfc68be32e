import type { FastifyReply } from 'fastify'
import type { Answer } from './answers.ts'

/** A reply that keeps what it is told to send; see `recorderOf`. */
export interface Recorder {
  reply: FastifyReply
  /** @throws Error when what was sent is not text */
  answer(): Answer
}

/** `Vary` depends on the request that is answered; it is added when the answer is sent. */
const excluded = new Set(['vary'])

/**
 * A reply that sends nothing: its status, headers and body become an `Answer`, in the form that a client gets which accepts
 * no compression.
 */
export function recorderOf(reply: FastifyReply): Recorder {
  const headers = new Map<string, string>()
  let status = 200
  let payload: unknown
  const recorder = Object.create(reply, {
    statusCode: {
      get: () => status,
      set: (code: number) => {
        status = code
      },
    },
    request: { value: Object.create(reply.request, { headers: { value: {} } }) },
    // A reply is a promise of its end, and an async handler that returned this one would wait for it forever.
    // oxlint-disable-next-line unicorn/no-thenable -- it makes the object no longer a promise
    then: { value: undefined },
    server: { value: Object.create(reply.server, { downloads: { value: undefined } }) },
  }) as FastifyReply
  const header = (name: string, value: unknown): FastifyReply => {
    headers.set(name.toLowerCase(), String(value))
    return recorder
  }
  const code = (code: number): FastifyReply => {
    status = code
    return recorder
  }
  void Object.assign(recorder, {
    header,
    headers: (all: object) => {
      for (const [name, value] of Object.entries(all)) void header(name, value)
      return recorder
    },
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    hasHeader: (name: string) => headers.has(name.toLowerCase()),
    removeHeader: (name: string) => {
      headers.delete(name.toLowerCase())
      return recorder
    },
    type: (type: string) => header('content-type', type),
    code,
    status: code,
    send: (sent: unknown) => {
      payload = sent
      return recorder
    },
  })
  return {
    reply: recorder,
    answer: () => ({
      status,
      headers: Object.fromEntries([...headers].filter(([name]) => !excluded.has(name))),
      body: textOf(payload),
    }),
  }
}

function textOf(payload: unknown): string | null {
  if (payload === undefined || payload === null) return null
  if (typeof payload === 'string') return payload
  if (Buffer.isBuffer(payload)) return payload.toString()
  throw new Error('The answer to a request with an Idempotency-Key must be text.')
}
