import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Webhook as Signature } from 'standardwebhooks'
import { expect, test } from 'vitest'
import type { WebhookWithSecret } from '../../src/webhooks/schemas.ts'
import { freePort } from '../support/free-port.ts'
import { authHeader } from '../support/keys.ts'
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts'
import { anAgreement, freshDatabase } from '../support/register.ts'
import { times } from '../support/served.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'

const writers = 3
const kills = 4
const settings = {
  DATABASE_POOL: '5',
  WEBHOOKS_PRIVATE_NETWORKS: '127.0.0.1',
  WEBHOOKS_TIMEOUT: '1000',
  WEBHOOKS_RETRIES: Array(20).fill('1').join(),
}

/** What became of the events of one receiver. */
class Tally {
  /** How often each event was accepted, by agreement and version; 0 when it was received, and refused. */
  readonly accepted = new Map<string, number>()
  /** The events of each `webhook-id`. */
  readonly ids = new Map<string, Set<string>>()
  requests = 0
  badSignatures = 0

  add(secret: string, { headers, body, event }: Received, isAccepted: boolean): void {
    const key = `${String(event.data['id'])} ${String(event.data['version'])}`
    const id = String(headers['webhook-id'])
    this.requests += 1
    this.accepted.set(key, (this.accepted.get(key) ?? 0) + Number(isAccepted))
    this.ids.set(id, (this.ids.get(id) ?? new Set()).add(key))
    try {
      new Signature(secret).verify(body, headers as Record<string, string>)
    } catch {
      this.badSignatures += 1
    }
  }
}

/** A receiver that answers as it should, or fails in one of the ways of `faults`, with the given chance. */
function failingAtRandom(receiver: Receiver, secret: string, chance: number): Tally {
  const tally = new Tally()
  receiver.answer = (response, got) => {
    const fault = Math.random() < chance ? Math.floor(Math.random() * 4) : undefined
    // Accepted, but the sender is not told: it has to send again.
    const isAccepted = fault === undefined || fault === 3
    tally.add(secret, got, isAccepted)
    // Some time later, so that servers die while they wait for it.
    if (fault === undefined) globalThis.setTimeout(() => response.writeHead(204).end(), 300 * Math.random())
    else if (fault === 0) response.writeHead(500).end()
    else if (fault === 1) response.writeHead(302, { location: receiver.url }).end()
    // Fault 2 never answers.
    else if (fault === 3) response.destroy()
  }
  return tally
}

test(`two servers, ${kills} of which are killed, send each change to receivers that fail at random`, async () => {
  const { db, url } = await freshDatabase()
  const ports = [await freePort(), await freePort()]
  const start = (port: number) => startServer(url, { ...settings, PORT: String(port) })
  const servers: ServerProcess[] = await Promise.all(ports.map(start))
  const origins = servers.map(({ origin }) => origin)
  const headers = { ...authHeader('admin'), 'if-match': '*', 'content-type': 'application/json' }
  const ask = async <Answer>(origin: string, method: string, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${origin}/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? (undefined as Answer) : ((await answer.json()) as Answer)
  }
  const subscribe = (to: string, selection?: string) =>
    ask<WebhookWithSecret>(origins[0]!, 'POST', '/webhooks', { url: to, ...(selection && { selection }) })

  const chances = [0, 0.2, 0.4]
  const receivers = await Promise.all(chances.map(() => startReceiver()))
  const tallies = await Promise.all(
    receivers.map(async (receiver, i) => {
      const { secret } = await subscribe(receiver.url, i === 1 ? '/v1/agreements?party=FR' : undefined)
      return failingAtRandom(receiver, secret, chances[i]!)
    }),
  )
  // Nobody is there until half of the servers were killed.
  const away = await startReceiver()
  const later = await subscribe('http://127.0.0.1:1/')

  let [isOver, refused] = [false, 0]
  const ids: string[] = []
  const write = async (origin: string): Promise<void> => {
    const id = ids[Math.floor(Math.random() * ids.length)]
    if (id === undefined || Math.random() < 0.3) {
      const other = Math.random() < 0.5 ? 'FR' : 'JP'
      const signatories = [
        { side: 1, signatory: 'US' },
        { side: 2, signatory: other },
      ]
      ids.push((await ask<{ id: string }>(origin, 'POST', '/agreements', anAgreement({ signatories }))).id)
    } else if (Math.random() < 0.1) {
      await ask(origin, 'DELETE', `/agreements/${id}`)
      ids.splice(ids.indexOf(id), 1)
    } else await ask(origin, 'PATCH', `/agreements/${id}`, { summary: `Summary ${Math.random()}` })
  }
  const writing = times(writers, async (i) => {
    while (!isOver) {
      await write(origins[i % 2]!).catch(() => (refused += 1))
      await setTimeout(100 + Math.random() * 200)
    }
  })
  for (let kill = 0; kill < kills; kill += 1) {
    await setTimeout(1_000 + Math.random() * 500)
    const one = kill % 2
    // Most of them are killed; one in four is asked to stop.
    servers[one]!.process.kill(kill % 4 === 3 ? 'SIGTERM' : 'SIGKILL')
    await servers[one]!.ended
    servers[one] = await start(ports[one]!)
    if (kill === kills / 2) {
      tallies.push(failingAtRandom(away, later.secret, 0))
      await ask(origins[0]!, 'PUT', `/webhooks/${later.id}`, { url: away.url, enabled: true })
    }
  }
  const written = async () => (await db.query(sql`select from agreement_versions`)).length
  await expect.poll(written, { interval: 200, timeout: 60_000 }).toBeGreaterThan(100)
  isOver = true
  await writing

  const waiting = async () => {
    const [row] = await db.query<{ behind: number; pending: number }>(sql`select
      (select count(*)::int from changes where sequence is null) + (select count(*)::int from webhooks
        where position < (select max(sequence) from changes)) as behind,
      (select count(*)::int from webhook_deliveries where status = 'pending') as pending`)
    return row
  }
  await expect.poll(waiting, { interval: 200, timeout: 50_000 }).toEqual({ behind: 0, pending: 0 })
  const failed = await db.query(sql`select id from webhook_deliveries where status = 'failed'`)
  const versions = await db.query<{ key: string; french: boolean }>(sql`
    select v.agreement_id || ' ' || v.version as key, exists (
      select from agreement_versions f where f.agreement_id = v.agreement_id and f.document like '%"code":"FR"%'
    ) as french from agreement_versions v`)
  const attempts = await db.query<{ n: number }>(sql`select sum(tries)::int as n from webhook_deliveries`)
  const figures = tallies.map(({ accepted, ids, requests, badSignatures }, i) => {
    const due = versions.filter(({ french }) => i !== 1 || french).map(({ key }) => key)
    const counts = due.map((key) => accepted.get(key) ?? 0)
    return {
      events: due.length,
      requests,
      once: counts.filter((n) => n === 1).length,
      twice: counts.filter((n) => n === 2).length,
      more: counts.filter((n) => n > 2).length,
      never: counts.filter((n) => n === 0).length,
      others: [...accepted.keys()].filter((key) => !due.includes(key)).length,
      idsOfSeveral: [...ids.values()].filter((keys) => keys.size > 1).length,
      idsMore: ids.size - new Set([...ids.values()].flatMap((keys) => [...keys])).size,
      badSignatures,
    }
  })
  for (const [i, one] of figures.entries()) {
    console.log(`webhooks, receiver ${i} (fails ${[...chances, 'away at first'][i]}): ${JSON.stringify(one)}`)
  }
  console.log(
    `webhooks: ${versions.length} versions, ${refused} writes refused, ${kills} stops, ${attempts[0]!.n} attempts recorded, ${failed.length} deliveries failed for good`,
  )
  const none = { never: 0, others: 0, idsOfSeveral: 0, idsMore: 0, badSignatures: 0 }
  for (const one of figures) expect(one).toMatchObject(none)
  expect(versions.length).toBeGreaterThan(100)
})
