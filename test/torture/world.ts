import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { runningAddress } from '../../src/database/embedded/running.ts'
import { prepare } from '../../src/programs/prepare.ts'
import { addTestKeys } from '../support/keys.ts'
import { ApiProcess } from './api-process.ts'
import { withDatabase } from './final-state.ts'
import { killPostgres, PostgresProcess } from './postgres-process.ts'
import { DatabaseProxy } from './proxy.ts'

/** Where things are. */
export interface Ground {
  /** The folder of a built project. */
  project: string
  /** A folder for data; whoever made it removes it. */
  folder: string
}

/** A register that is tortured. */
export interface World {
  apis: ApiProcess[]
  /** The address of the database, past the proxy. */
  databaseUrl(): string
  /** The origin of a server that runs, one after the other. */
  origin(): string
  killPostgres(): Promise<void>
  /** Starts what was killed again. */
  startAgain(): Promise<void>
  close(): Promise<void>
}

/** A world whose PostgreSQL is a server of its own, behind a proxy. */
export interface ExternalWorld extends World {
  proxy: DatabaseProxy
  postgres: PostgresProcess
}

const open = new Set<World>()

/** Closes every world that is open. */
export const closeWorlds = async (): Promise<void> => void (await Promise.all([...open].map((world) => world.close())))

/** Remembers a world until it is closed. */
function remembered<Kind extends World>(world: Kind): Kind {
  const { close } = world
  open.add(world)
  world.close = async () => {
    open.delete(world)
    await close()
  }
  return world
}

const newFolder = ({ folder }: Ground): string => mkdtempSync(join(folder, 'data-'))

/** The origins of `apis` that run, one after the other. */
function taker(apis: readonly ApiProcess[]): () => string {
  let turn = 0
  return () => {
    const running = apis.filter((api) => !api.hasEnded())
    turn += 1
    return (running[turn % running.length] ?? apis[0]!).origin
  }
}

interface Options {
  apis?: number
  settings?: Record<string, string>
  /** The folder of the database. Default: a new one. */
  folder?: string
}

export async function externalWorld(ground: Ground, options: Options = {}): Promise<ExternalWorld> {
  const { apis: count = 1, settings = {}, folder = newFolder(ground) } = options
  const postgres = await PostgresProcess.start(folder)
  await withDatabase(postgres.url, async (db) => {
    await prepare(db)
    await addTestKeys(db)
  })
  const proxy = await DatabaseProxy.listen(() => postgres.url)
  const apis = await Promise.all(
    Array.from({ length: count }, () => ApiProcess.start(ground.project, { ...settings, DATABASE_URL: proxy.url })),
  )
  return remembered<ExternalWorld>({
    apis,
    proxy,
    postgres,
    databaseUrl: () => postgres.url,
    origin: taker(apis),
    killPostgres: () => postgres.kill(),
    async startAgain() {
      if (postgres.hasEnded()) await postgres.start()
      await Promise.all(apis.map(async (api) => api.hasEnded() && api.start()))
    },
    async close() {
      await Promise.all(apis.map((api) => api.end('SIGKILL')))
      await proxy.close()
      await postgres.stop()
    },
  })
}

/** One server with its embedded PostgreSQL. */
export async function embeddedWorld(ground: Ground, options: Options = {}): Promise<World> {
  const { settings = {}, folder = newFolder(ground) } = options
  const api = await ApiProcess.start(ground.project, { ...settings, DATA_FOLDER: folder })
  const databaseUrl = () => {
    const url = runningAddress(folder)
    if (url === undefined) throw new Error('The embedded PostgreSQL does not run.')
    return url
  }
  await withDatabase(databaseUrl(), addTestKeys)
  return remembered<World>({
    apis: [api],
    databaseUrl,
    origin: () => api.origin,
    async killPostgres() {
      await killPostgres(folder)
      await api.ended()
    },
    async startAgain() {
      if (api.hasEnded()) await api.start()
    },
    async close() {
      await api.end('SIGTERM')
    },
  })
}

/** Waits until a server is ready. @throws Error when it is not within five minutes */
export async function ready(origin: string): Promise<void> {
  for (const until = performance.now() + 300_000; ;) {
    const answer = await fetch(`${origin}/readyz`).catch(() => undefined)
    const text = await answer?.text()
    if (answer?.status === 200) return
    if (performance.now() > until) throw new Error(`${origin} is not ready: ${text}`)
    await setTimeout(50)
  }
}
