import { Agent, request } from 'node:http'
import { authHeader } from '../support/keys.ts'
import type { Attempt, History, Outcome, WriteKind } from './history.ts'

/** Longer than any limit of the server, in milliseconds. */
const timeout = 40_000

export interface Answer {
  status: number
  code: string | null
  etag: string | undefined
  body: { id?: string; version?: number; summary?: string | null; code?: string } | undefined
}

/** A request that no server took: it was not sent. */
export class NotSent extends Error {}

interface Asked {
  method: string
  path: string
  headers?: Record<string, string>
  body?: object
}

/** Sends requests and records what was sent, and what was answered when. */
export class RecordedClient {
  readonly history: History = { attempts: [], reads: [], others: [] }
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #origin: () => string

  /** @param origin of the server that gets the next request */
  constructor(origin: () => string) {
    this.#origin = origin
  }

  close(): void {
    this.#agent.destroy()
  }

  /** @returns undefined when there was no whole response @throws NotSent */
  ask({ method, path, headers = {}, body }: Asked): Promise<Answer | undefined> {
    return new Promise((settle, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const sent = request(
        this.#origin() + path,
        {
          method,
          agent: this.#agent,
          headers: {
            ...authHeader('admin'),
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(text)),
            }),
            ...headers,
          },
        },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => void chunks.push(chunk))
          answer.on('error', () => settle(undefined))
          answer.on('end', () => {
            if (!answer.complete) return settle(undefined)
            const json = /json/.test(answer.headers['content-type'] ?? '')
            const body = json ? (JSON.parse(Buffer.concat(chunks).toString()) as Answer['body']) : undefined
            settle({ status: answer.statusCode!, code: body?.code ?? null, etag: answer.headers.etag, body })
          })
        },
      )
      sent.setTimeout(timeout, () => sent.destroy())
      sent.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNREFUSED' ? reject(new NotSent(error.code)) : settle(undefined),
      )
      sent.end(text)
    })
  }

  /** Reads an agreement. */
  async read(agreement: string): Promise<Answer | undefined> {
    const began = performance.now()
    const answer = await this.ask({ method: 'GET', path: `/v1/agreements/${agreement}` })
    const version = answer?.body?.version
    if (answer?.status === 200 && version !== undefined)
      this.history.reads.push({ agreement, version, began, ended: performance.now() })
    return answer
  }

  /** One attempt of a write. */
  async write(
    { write, kind, agreement, ifMatch }: Pick<Attempt, 'write' | 'kind' | 'agreement' | 'ifMatch'>,
    asked: Asked,
  ): Promise<Attempt> {
    const began = performance.now()
    const headers = {
      'x-change-note': write,
      ...(kind !== 'create' && { 'if-match': ifMatch === null ? '*' : `"${ifMatch}"` }),
      ...asked.headers,
    }
    const answer = await this.ask({ ...asked, headers })
    const outcome = outcomeOf(answer)
    const attempt: Attempt = {
      write,
      kind,
      agreement,
      ifMatch,
      began,
      ended: performance.now(),
      outcome,
      status: answer?.status ?? 0,
      code: answer?.code ?? null,
      id: outcome === 'done' && kind === 'create' ? (answer?.body?.id ?? null) : null,
      version: outcome === 'done' ? versionOf(kind, answer) : null,
    }
    this.history.attempts.push(attempt)
    return attempt
  }
}

function outcomeOf(answer: Answer | undefined): Outcome {
  if (answer === undefined || answer.code === 'outcome_unknown') return 'unknown'
  return answer.status < 300 ? 'done' : 'refused'
}

/** The tag of an agreement is its version. */
function versionOf(kind: WriteKind, answer: Answer | undefined): number | null {
  const [, version] = /^(?:W\/)?"(\d+)/.exec(answer?.etag ?? '') ?? []
  return kind === 'delete' || version === undefined ? null : Number(version)
}
