import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Webhook as Signature } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import { atEnd } from './support/at-end.ts'
import { freePort } from './support/free-port.ts'
import { freshRegister } from './support/register.ts'

const page = (name: string): string => readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8')

test('each format that docs/analysts.md names for an agreement is answered', async () => {
  const { api, db, today } = await freshRegister()
  await loadSample(db, today())
  const [, formats = ''] = /format=(.*) \|$/m.exec(page('analysts'))!
  const names = formats.match(/[\w-]+/g)!.filter((word) => word !== 'or')
  expect(names).toContain('ris')
  for (const name of names) await api.get(`/v1/agreements/DHS-ST-2019-KR?format=${name}`).expect(200)
})

test('the receiver in docs/webhooks.md tells agreements from other events', async () => {
  const [, program = ''] = /```js\n(.*?)```/s.exec(page('webhooks'))!
  const secret = `whsec_${Buffer.from('a secret of a test, not a real one').toString('base64')}`
  const port = await freePort()
  const receiver = spawn(process.execPath, ['--input-type=module', '-e', program.replace('8080', String(port))], {
    env: { ...process.env, SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  atEnd(() => stop(receiver))
  let said = ''
  receiver.stdout.on('data', (chunk) => (said += String(chunk)))

  async function send(data: object): Promise<void> {
    const body = JSON.stringify({ type: 'test', timestamp: new Date().toISOString(), data })
    const at = new Date()
    const signature = new Signature(secret).sign('message', at, body)
    const headers = {
      'webhook-id': 'message',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signature,
    }
    const answer = await untilItListens(() => fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body }))
    expect(answer.status).toBe(204)
  }
  await send({ kind: 'agreement', id: 'A', inSelection: true })
  await send({ kind: 'agreement', id: 'B', inSelection: false })
  await send({ kind: 'signatory', id: 'C', inSelection: null })
  await send({ kind: null, id: null, inSelection: null })
  await expect.poll(() => said).toBe('read /v1/agreements/A\nremove B\nother signatory C\nother null null\n')
})

/** Sends a request again until a server listens. */
async function untilItListens(request: () => Promise<Response>): Promise<Response> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await request()
    } catch {
      await setTimeout(100)
    }
  }
  return request()
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill()
  await ended
}
