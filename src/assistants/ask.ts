import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { wayOf } from '../http/addresses.ts'
import { positionHeader } from '../http/read-replicas.ts'
import type { ProblemDocument } from '../problems/problems.ts'

type ProblemDocument = z.infer<typeof ProblemDocument>

/** The API refused a request: the problem that it answered. */
export class Refusal extends Error {
  readonly problem: ProblemDocument

  constructor(problem: ProblemDocument) {
    super(problem.detail)
    this.problem = problem
  }
}

/**
 * Sends a request to the API: GET, or POST with a body.
 * @param path with its query, without the prefix of the public URL
 * @throws Refusal when the answer is a problem
 */
export type Ask = <Body>(path: string, body?: object) => Promise<Body>

/** By what the caller is identified, what it must see at least, and what describes its request in logs and traces. */
const ofTheCaller = ['authorization', positionHeader, 'user-agent', 'traceparent', 'tracestate']

/** Counted for one caller: the client of a request whose connection is gone. */
const unknownAddress = '0.0.0.0'

/**
 * Asks the API what the client of `request` could ask itself: with its credential, from its address, through the same hooks.
 * What is asked is given up when the client disconnects.
 */
export function askFor(request: FastifyRequest): Ask {
  const { server, raw, disconnect } = request
  const gone = new AbortController()
  disconnect.addEventListener('abort', () => gone.abort())
  const own = ofTheCaller.flatMap((name) => (raw.headers[name] === undefined ? [] : [[name, raw.headers[name]]]))
  const headers = { ...wayOf(request), ...Object.fromEntries(own), accept: 'application/json' }
  return async <Body>(path: string, body?: object): Promise<Body> => {
    gone.signal.throwIfAborted()
    const answer = await server.inject({
      method: body === undefined ? 'GET' : 'POST',
      url: path,
      headers,
      remoteAddress: raw.socket.remoteAddress ?? unknownAddress,
      signal: gone.signal,
      ...(body !== undefined && { payload: body }),
    })
    if (answer.statusCode >= 400) throw new Refusal(answer.json<ProblemDocument>())
    return answer.json<Body>()
  }
}
