import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../../src/app.ts'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { withoutLimits } from '../../src/database/time-limits.ts'
import { prepare } from '../../src/programs/prepare.ts'
import { addTestKeys, authHeader } from '../support/keys.ts'
import { changesBetween, contentsOf } from './contents.ts'
import { PostgresProcess } from './postgres-process.ts'
import { DatabaseProxy, type Fate } from './proxy.ts'
import type { Ground } from './world.ts'
import type { Prepared, Send } from './writes.ts'

interface Asked {
  withKey: boolean
  /** The statement, from 1, that has the fate. */
  n?: number
  fate?: Fate
}

/** The application in this process, without workers, behind a proxy that lets the n-th statement of a request fail. */
export class FailureBench {
  readonly #app: FastifyInstance
  readonly #proxy: DatabaseProxy
  /** Past the proxy. */
  readonly #db: ConnectedDatabase
  readonly #close: () => Promise<void>

  private constructor(app: FastifyInstance, proxy: DatabaseProxy, db: ConnectedDatabase, close: () => Promise<void>) {
    this.#app = app
    this.#proxy = proxy
    this.#db = db
    this.#close = close
  }

  static async open({ folder }: Pick<Ground, 'folder'>): Promise<FailureBench> {
    const postgres = await PostgresProcess.start(mkdtempSync(join(folder, 'data-')))
    const db = connect({ url: postgres.url, pool: 2, limits: withoutLimits })
    await prepare(db)
    await addTestKeys(db)
    const proxy = await DatabaseProxy.listen(() => postgres.url)
    const proxied = connect({ url: proxy.url, pool: 4 })
    const app = await buildApp({ db: proxied, today: () => '2026-01-01' })
    await app.ready()
    return new FailureBench(app, proxy, db, async () => {
      await app.close()
      await Promise.all([proxied.close(), db.close()])
      await proxy.close()
      await postgres.stop()
    })
  }

  close = (): Promise<void> => this.#close()

  /** Whether an operation takes an Idempotency-Key. */
  async takesKey(operation: string): Promise<boolean> {
    const { paths } = (await this.#app.inject('/openapi.json')).json<{
      paths: Record<string, { post?: { operationId: string; parameters?: { name: string }[] } }>
    }>()
    const post = Object.values(paths).find(({ post }) => post?.operationId === operation)?.post
    return post?.parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false
  }

  async #ask({ method, url, body, file }: Prepared, key?: string) {
    const payload = file ?? (body && JSON.stringify(body))
    const answer = await this.#app.inject({
      method,
      url,
      headers: {
        ...authHeader('admin'),
        'if-match': '*',
        ...(payload !== undefined && { 'content-type': file ? 'text/csv' : 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(payload !== undefined && { payload }),
    })
    const { statusCode: status } = answer
    const code = status >= 400 ? answer.json<{ code: string }>().code : undefined
    return { status, code, body: answer.body }
  }

  /** Sends a request that must succeed. */
  #prepare: Send = async (request) => {
    const { status, body } = await this.#ask(request)
    if (status >= 300) throw new Error(`${request.method} ${request.url}: ${status} ${body}`)
    return body === '' ? {} : JSON.parse(body)
  }

  /** Sends a new request of a write. @returns the answer, what changed, and how many statements it took */
  async send(write: (send: Send) => Promise<Prepared>, { withKey, n = 0, fate = 'passes' }: Asked) {
    const request = await write(this.#prepare)
    const before = await contentsOf(this.#db)
    const key = withKey ? randomUUID() : undefined
    let statements = 0
    let failed = ''
    this.#proxy.fateOf = ({ text }) => {
      statements += 1
      if (statements !== n) return 'passes'
      failed = text.replaceAll(/\s+/g, ' ').slice(0, 60)
      return fate
    }
    const answer = await this.#ask(request, key)
    this.#proxy.fateOf = () => 'passes'
    const found = async () => changesBetween(before, await contentsOf(this.#db))
    const changes = await found()
    return {
      answer,
      changes,
      statements,
      /** The beginning of the statement that had the fate. */
      failed,
      /** Sends it again as it is. */
      again: async () => ({ answer: await this.#ask(request, key), changes: await found() }),
    }
  }
}
