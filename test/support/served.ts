import type { FastifyInstance } from 'fastify'
import { buildApp } from '../../src/app.ts'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import type { TimeLimits } from '../../src/database/time-limits.ts'
import { atEnd } from './at-end.ts'
import { authHeader } from './keys.ts'

/** Time limits that no test exceeds, even on a busy machine. */
export const ample: TimeLimits = { statement: 60_000, lock: 60_000, idle: 60_000, connect: 60_000 }

export interface Served {
  app: FastifyInstance
  db: ConnectedDatabase
}

/** The application on a database at `url`, closed after the test file. Default: ample time limits. */
export async function serve(url: string, limits: Partial<TimeLimits>, pool = 10): Promise<Served> {
  const db = connect({ url, pool, limits: { ...ample, ...limits } })
  const app = await buildApp({ db, today: () => '2026-01-01' })
  await app.ready()
  atEnd(async () => {
    await app.close()
    await db.close()
  })
  return { app, db }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** Sends a request with an admin key. */
export async function ask({ app }: Pick<Served, 'app'>, method: Method, url: string, payload?: object) {
  const headers = { ...authHeader('admin'), 'if-match': '*' }
  const answer = await app.inject({ method, url, headers, ...(payload && { payload }) })
  const retryAfter = answer.headers['retry-after']
  const body =
    answer.body === '' ? undefined : answer.json<{ id: string; code?: string; detail?: string; version: number }>()
  return { status: answer.statusCode, retryAfter, code: body?.code, body }
}

export const times = <T>(n: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => work(i)))
