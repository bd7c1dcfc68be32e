import { freePort } from '../support/free-port.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { backlog, startPublisher } from '../../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { connect } from '../../src/database/connect.ts'
import { atEnd } from '../support/at-end.ts'
import { authHeader } from '../support/keys.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'
import { ample, times } from '../support/served.ts'
import { startServer } from '../support/server-process.ts'

interface Sizes {
  writers: number
  /** Writes of each writer. */
  writes: number
  /** How often the follower and, half as often, the server are killed; 0: the server is in this process, and only the follower is killed, once. */
  kills: number
  /** Rows of the file that is imported meanwhile. */
  rows: number
}

interface Item {
  sequence: number
  kind: string
  id: string
  version: number | null
  document: Agreement | null
}

const example = fileURLToPath(new URL('../../docs/examples/follower.mjs', import.meta.url))
const mapping = JSON.stringify({
  title: { column: 'title' },
  type: { constant: 'agreement' },
  parties: [
    { column: 'a', side: 1 },
    { column: 'b', side: 2 },
  ],
})
const pick = <T>(some: readonly T[]): T => some[Math.floor(Math.random() * some.length)]!

/** Makes each transaction that publishes take up to 0.2 s longer, most of them much less, before it commits. */
async function delayCommits({ db }: Register): Promise<void> {
  await db.query(
    sql.raw(`
    create function delay_commit() returns trigger language plpgsql as $$
    begin
      if current_setting('test.delayed', true) is distinct from pg_current_xact_id()::text then
        perform set_config('test.delayed', pg_current_xact_id()::text, true), pg_sleep(0.2 * random() ^ 3);
      end if;
      return null;
    end $$`),
  )
  await db.query(
    sql.raw(`
    create constraint trigger delay_commit after insert on agreement_versions deferrable initially deferred
      for each row execute function delay_commit()`),
  )
}

/** A program that is killed and started again. */
interface Killed {
  kill(): Promise<void>
  start(): Promise<void>
}

function exampleFollower(origin: string, folder: string): Killed {
  let process: ChildProcess | undefined
  const kill = async () => {
    process?.kill('SIGKILL')
    if (process?.exitCode === null && process.signalCode === null) await once(process, 'exit')
  }
  const start = async () =>
    void (process = spawn(globalThis.process.execPath, [example, origin, folder], { stdio: 'ignore' }))
  atEnd(kill)
  return { kill, start }
}

/** The server in a process of its own, always on the same port. */
function serverProcess(url: string, port: number): Killed {
  let server: Awaited<ReturnType<typeof startServer>> | undefined
  return {
    kill: async () => {
      server?.process.kill('SIGKILL')
      await server?.ended
    },
    start: async () => void (server = await startServer(url, { PORT: String(port), DATABASE_POOL: '20' })),
  }
}

/** Reads the feed from the beginning, and counts what must not be. */
class Reader {
  cursor = '0'
  last = 0
  gaps = 0
  repeats = 0
  readonly items: Item[] = []
  readonly #ask: (path: string) => Promise<{ items: Item[]; cursor: string }>

  constructor(ask: (path: string) => Promise<{ items: Item[]; cursor: string }>) {
    this.#ask = ask
  }

  async readOn(): Promise<void> {
    const limit = pick([1, 3, 20, 200])
    const { items, cursor } = await this.#ask(`/v1/changes?after=${this.cursor}&limit=${limit}&wait=${pick([0, 1])}`)
    for (const { sequence, kind, id, version } of items) {
      if (sequence <= this.last) this.repeats += 1
      if (sequence > this.last + 1) this.gaps += 1
      this.last = sequence
      this.items.push({ sequence, kind, id, version, document: null })
    }
    this.cursor = cursor
  }
}

/** A follower that keeps a copy of the register, while all that can happen to it happens. */
export function followersStayEqual({ writers, writes, kills, rows }: Sizes): void {
  test('a follower has what the register has, and nobody misses or gets twice a change', async () => {
    const register = await freshRegister()
    const { db, url, api } = register
    await delayCommits(register)
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const folder = mkdtempSync(join(tmpdir(), 'entente-follower-'))
    atEnd(() => rmSync(folder, { recursive: true, force: true }))
    if (kills === 0) await register.app.listen({ port, host: '127.0.0.1' })
    const server = kills === 0 ? undefined : serverProcess(url, port)
    const follower = exampleFollower(origin, folder)
    await Promise.all([server?.start(), follower.start()])

    const headers = { ...authHeader('admin'), 'if-match': '*', 'content-type': 'application/json' }
    const write = async (method: string, path: string, body?: object): Promise<{ id?: string }> => {
      const answer = await fetch(`${origin}/v1${path}`, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(text)
      return text === '' ? {} : (JSON.parse(text) as { id: string })
    }
    for (const code of ['LOST', 'KEPT', 'SPARE', 'OTHER']) {
      await api
        .post('/v1/signatories')
        .send({ code, name: `Body ${code}`, kind: 'other' })
        .expect(201)
    }

    const ids: string[] = []
    const partners = ['JP', 'KR', 'LOST', 'KEPT', 'OTHER']
    let failed = 0
    const some = () =>
      anAgreement({
        title: `Agreement ${Math.random()}`,
        dates: [{ event: 'entered_into_force', date: '2020-01-01' }],
        term: pick([null, { length: pick(['P7Y', 'P8Y', 'P9Y']), atEnd: 'ends' }]),
        signatories: [
          { side: 1, signatory: 'US' },
          { side: 2, signatory: pick(partners) },
        ],
      })
    async function writeOnce(): Promise<void> {
      const id = Math.random() < 0.3 ? undefined : pick(ids)
      if (id === undefined) ids.push((await write('POST', '/agreements', some())).id!)
      else if (Math.random() < 0.15) await write('DELETE', `/agreements/${id}`)
      else if (Math.random() < 0.2) await write('POST', `/agreements/${id}/restore`)
      else await write('PATCH', `/agreements/${id}`, { summary: `Summary ${Math.random()}` })
    }
    const writing = times(writers, async () => {
      for (let done = 0; done < writes;) {
        try {
          await writeOnce()
          done += 1
        } catch {
          failed += 1
          await setTimeout(50)
        }
        await setTimeout(Math.random() * 20)
      }
    })

    let [isWritten, isOver] = [false, false]
    const own = connect({ url, pool: 4, limits: ample })
    let day = 0
    const publisher = startPublisher(own, () => `20${26 + (Math.floor(day / 3) % 4)}-06-01`, { error: () => {} })
    const repeatedly = async (
      pause: number,
      work: () => Promise<unknown>,
      isDone = (): boolean => isWritten,
    ): Promise<void> => {
      while (!isDone()) {
        await work().catch(() => {})
        await setTimeout(pause)
      }
    }
    const readers = [
      new Reader(async (path) => (await (await fetch(`${origin}${path}`)).json()) as { items: Item[]; cursor: string }),
      new Reader(async (path) => (await register.app.inject({ url: path })).json()),
    ]
    let renames = 0
    const others = [
      repeatedly(200, async () => void (day += 1)),
      repeatedly(kills === 0 ? 200 : 1000, () => {
        renames += 1
        return write('PATCH', `/signatories/${pick(['OTHER', 'US'])}`, { name: `Name ${Math.random()}` })
      }),
      ...readers.map((reader) =>
        repeatedly(
          0,
          () => reader.readOn(),
          () => isOver,
        ),
      ),
    ]
    const registryWrites = async (): Promise<void> => {
      await api
        .post('/v1/imports')
        .query({ mapping })
        .set('content-type', 'text/csv')
        .send(['title,a,b', ...Array.from({ length: rows }, (_, i) => `Treaty ${i},France,Japan`)].join('\n'))
        .expect((answer) => expect(answer.status).toBeLessThan(300))
      partners.splice(2, 1)
      await api.post('/v1/signatories/LOST/merge').set('if-match', '*').send({ into: 'KEPT' }).expect(201)
      await api.delete('/v1/signatories/SPARE').set('if-match', '*').expect(204)
    }
    const killing = async (): Promise<void> => {
      for (let n = 0; n < Math.max(kills, 1); n += 1) {
        await setTimeout(kills === 0 ? 300 : 1000 + Math.random() * 1000)
        await follower.kill()
        if (n % 2 === 0) await server?.kill()
        await Promise.all([follower.start(), n % 2 === 0 && server?.start()])
      }
    }
    await Promise.all([writing, registryWrites(), killing()])
    isWritten = true
    await publisher.stop()
    await own.close()
    // Whatever a dead process has left is done soon.
    const rest = async () => {
      await db.query(sql`update imports set lease_until = clock_timestamp() where lease_until is not null`)
      const running = await db.query(sql`select from imports where status in ('queued', 'running')`)
      const { failed: _, ...due } = await backlog(db, await today(register, kills))
      return { running: running.length, ...due }
    }
    const nothing = { running: 0, registryChanges: 0, agreementChanges: 0, due: 0, formerFormats: 0 }
    if (kills === 0) await publishHere(register)
    await expect.poll(rest).toEqual(nothing)
    isOver = true
    await Promise.all(others)
    const { cursor } = (await register.app.inject({ url: '/v1/changes?after=latest' })).json<{ cursor: string }>()
    await expect.poll(() => readFileSync(join(folder, 'cursor'), 'utf8')).toBe(cursor)
    for (const reader of readers) while (reader.cursor !== cursor) await reader.readOn()
    await follower.kill()

    const copies = readdirSync(folder).filter((name) => name.endsWith('.json'))
    const copied = new Map(
      copies.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(folder, name), 'utf8')) as Agreement]),
    )
    const exported = (await register.app.inject({ url: '/v1/agreements/export?format=ndjson' })).body
    const lines = exported
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Agreement)
    expect(Object.fromEntries(copied)).toEqual(Object.fromEntries(lines.map((one) => [one.id, one])))
    for (const [id, copy] of copied) {
      expect((await register.app.inject({ url: `/v1/agreements/${id}` })).json()).toEqual(copy)
    }
    const versions = await db.query<{ id: string; version: number }>(
      sql`select agreement_id as id, version from agreement_versions order by 1, 2`,
    )
    for (const { gaps, repeats, items, last } of readers) {
      expect({ gaps, repeats, items: items.length }).toEqual({ gaps: 0, repeats: 0, items: Number(cursor) })
      expect(last).toBe(Number(cursor))
      const read = items.flatMap(({ kind, id, version }) => (kind === 'agreement' ? [{ id, version: version! }] : []))
      const byId = new Map<string, number[]>()
      for (const { id, version } of read) byId.set(id, [...(byId.get(id) ?? []), version])
      for (const [id, numbers] of byId) expect(numbers, id).toEqual(numbers.map((_, i) => i + 1))
      expect(read.length).toBe(versions.length)
      expect(items.filter(({ kind }) => kind !== 'agreement')).toHaveLength(2)
    }
    console.log(
      `followers: ${writers} writers, ${writers * writes} writes (${failed} more were refused or cut off), ${renames} renames, ${cursor} changes, ` +
        `${copied.size} documents equal, gaps 0, repeats 0, kills: follower ${Math.max(kills, 1)}, server ${Math.ceil(kills / 2)}`,
    )
  })
}

/** The day of the server: that of the database, or the one that the register was given. */
async function today({ db, today }: Register, kills: number): Promise<string> {
  if (kills === 0) return today()
  const [row] = await db.query<{ day: string }>(sql`select (now() at time zone 'UTC')::date::text as day`)
  return row!.day
}

/** Publishes what is due as a server does. */
async function publishHere({ db, today }: Register): Promise<void> {
  const publisher = startPublisher(db, today, { error: () => {} })
  await expect.poll(async () => (await backlog(db, today())).due).toBe(0)
  await expect.poll(async () => (await backlog(db, today())).registryChanges).toBe(0)
  await expect.poll(async () => (await backlog(db, today())).agreementChanges).toBe(0)
  await publisher.stop()
}
