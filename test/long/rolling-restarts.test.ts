import { Agent, type IncomingMessage, request as send } from 'node:http'
import { expect, test } from 'vitest'
import { startBalancer } from '../support/balancer.ts'
import { authHeader } from '../support/keys.ts'
import { anAgreement, freshDatabase } from '../support/register.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'

const requests = 20_000
const restarts = 10
const clients = 16

const agent = new Agent({ keepAlive: true })

interface Answer {
  status: number
  body: string
}

function ask(origin: string, method: string, path: string, body?: object): Promise<Answer> {
  const headers = { ...authHeader('editor'), 'if-match': '*', ...(body && { 'content-type': 'application/json' }) }
  return new Promise((settle, reject) => {
    const asking = send(new URL(path, origin), { method, headers, agent }, (answer: IncomingMessage) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.on('end', () => settle({ status: answer.statusCode!, body: text })).on('error', reject)
    })
    asking.on('error', reject).end(body && JSON.stringify(body))
  })
}

test(`two servers behind a balancer that never retries lose 0 of ${requests} requests in ${restarts} restarts`, async () => {
  const { db, url } = await freshDatabase()
  const settings = { DRAIN_SECONDS: '1', DATABASE_POOL: '5' }
  const servers: ServerProcess[] = [await startServer(url, settings), await startServer(url, settings)]
  const balancer = await startBalancer(servers.map(({ origin }) => origin))
  for (const { origin } of servers) await balancer.ready(origin)
  const refused: string[] = []
  const created: string[] = []
  let sent = 0
  let isRestarting = true

  /** One client: creates an agreement, and then reads and edits it. */
  async function work(client: number): Promise<void> {
    while (isRestarting || sent < requests) {
      const [kind, last] = [sent % 32, created.at(-1 - client)]
      sent += 1
      const asked =
        kind === 0 || !last
          ? ask(balancer.origin, 'POST', '/v1/agreements', anAgreement())
          : kind === 1
            ? ask(balancer.origin, 'PATCH', `/v1/agreements/${last}`, { summary: `${sent}` })
            : ask(balancer.origin, 'GET', kind === 2 ? '/v1/agreements?limit=5' : `/v1/agreements/${last}`)
      const { status, body } = await asked.catch((error: Error) => ({ status: 0, body: error.message }))
      if (status === 201) created.push((JSON.parse(body) as { id: string }).id)
      else if (status !== 200) refused.push(`${status} ${body}`)
    }
  }

  async function restartInTurn(): Promise<void> {
    for (let i = 0; i < restarts; i += 1) {
      const former = servers.shift()!
      former.process.kill('SIGTERM')
      expect(await former.ended).toBe(0)
      balancer.remove(former.origin)
      const next = await startServer(url, settings)
      servers.push(next)
      balancer.add(next.origin)
      await balancer.ready(next.origin)
    }
  }

  const working = Array.from({ length: clients }, (_, client) => work(client))
  await restartInTurn().finally(() => (isRestarting = false))
  await Promise.all(working)
  process.stdout.write(`${sent} requests in ${restarts} restarts, ${refused.length} lost\n`)
  expect([refused, balancer.lost]).toEqual([[], []])
  expect(sent).toBeGreaterThanOrEqual(requests)
  const [stored] = await db.query<{ count: number }>({ name: 'created', text: 'select count(*)::int from agreements' })
  expect(stored!.count).toBe(created.length)
  agent.destroy()
})
