import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Webhook as Signature } from 'standardwebhooks'
import supertest from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { moveFeed } from '../src/changes/restored.ts'
import { storeResult } from '../src/webhooks/claim.ts'
import { deleteOldDeliveries, redeliver } from '../src/webhooks/deliveries.ts'
import { moveWebhooks } from '../src/webhooks/queries.ts'
import { receiversOf, type Resolve } from '../src/webhooks/receivers.ts'
import type { Delivery, Webhook, WebhookWithSecret } from '../src/webhooks/schemas.ts'
import { deliverSoon, startDeliverer } from '../src/webhooks/worker.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader } from './support/keys.ts'
import { waitingForLocks } from './support/locks.ts'
import { type Received, type Receiver, startReceiver } from './support/receiver.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'
import { times } from './support/served.ts'

let register: Register
let api: ReturnType<typeof supertest.agent>

/** The addresses of host names for these tests, by the first label; each look-up takes the next one. */
const addresses = new Map<string, string[]>()
const resolve: Resolve = (host, _, done) => {
  const some = addresses.get(host.split('.')[0]!) ?? []
  const address = some.length > 1 ? some.shift()! : some[0]!
  done(null, [{ address, family: address.includes(':') ? 6 : 4 }])
}

const timeout = 1_000
const failures: unknown[] = []
/** What the workers report: nothing may go wrong in them. */
const reports = { error: (about: object) => void failures.push(about) }
const privateNetworks = ['127.0.0.1']
const receivers = receiversOf({ privateNetworks, timeout }, resolve)
const start = () => startDeliverer(register.db, reports, { receivers, retries: [0.05, 0.05], timeout })

beforeAll(async () => {
  register = await freshRegister()
  const app = await buildApp({ db: register.db, today: register.today }, { receivers })
  await app.ready()
  api = supertest.agent(app.server).set(authHeader('admin'))
  const workers = [start(), start()]
  atEnd(async () => {
    for (const worker of workers) await worker.stop()
    await app.close()
  })
})

async function subscribe(to: Pick<Receiver, 'url'>, over: object = {}): Promise<WebhookWithSecret> {
  return (
    await api
      .post('/v1/webhooks')
      .send({ url: to.url, ...over })
      .expect(201)
  ).body as WebhookWithSecret
}

const read = async ({ id }: Pick<Webhook, 'id'>) => (await api.get(`/v1/webhooks/${id}`).expect(200)).body as Webhook
const log = async ({ id }: Pick<Webhook, 'id'>, query = '') =>
  (await api.get(`/v1/webhooks/${id}/deliveries${query}`).expect(200)).body.items as Delivery[]
const remove = ({ id }: Pick<Webhook, 'id'>) => api.delete(`/v1/webhooks/${id}`).set('if-match', '*').expect(204)

/** Until what `look` gives is as expected; workers look at once. */
const eventually = (look: () => unknown) => expect.poll(() => (deliverSoon(), look()), { interval: 20, timeout: 4_000 })

const create = async (over: object = {}) =>
  (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body as { id: string }
const patch = (id: string, body: object) =>
  register.api.patch(`/v1/agreements/${id}`).set('if-match', '*').send(body).expect(200)

const typesOf = ({ received }: Receiver) => received.map(({ event }) => event.type)
const verify = (secret: string, { body, headers }: Received) =>
  new Signature(secret).verify(body, headers as Record<string, string>)

describe('an event', () => {
  test('says what was changed, without the document, and is signed by the Standard Webhooks specification', async () => {
    const receiver = await startReceiver()
    const webhook = await subscribe(receiver)
    const { id } = await create({ reference: 'THIN-1' })
    await patch(id, { summary: 'Changed' })
    await register.api.delete(`/v1/agreements/${id}`).set('if-match', '*').expect(204)
    await register.api.post(`/v1/agreements/${id}/restore`).expect(200)
    await eventually(() => receiver.received.length).toBe(4)
    const events = receiver.received
      .map(({ event }) => event)
      .toSorted((a, b) => Number(a.data['sequence']) - Number(b.data['sequence']))
    const common = {
      webhook: webhook.id,
      kind: 'agreement',
      id,
      reference: 'THIN-1',
      cause: 'edit',
      code: null,
      mergedInto: null,
    }
    const expected = (type: string, version: number, inSelection = true) => ({
      type: `agreement.${type}`,
      timestamp: expect.stringMatching(/^20.+Z$/),
      data: { ...common, version, inSelection, sequence: expect.any(Number) },
    })
    expect(events).toEqual([
      expected('created', 1),
      expected('updated', 2),
      expected('deleted', 3, false),
      expected('restored', 4),
    ])
    for (const got of receiver.received) {
      expect(verify(webhook.secret, got)).toEqual(got.event)
      expect(() => verify(webhook.secret, { ...got, body: `${got.body} ` })).toThrow('No matching signature')
      expect(got.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Entente' })
    }
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    expect(new Set((await log(webhook)).map((one) => one.id))).toEqual(new Set(ids))
    await remove(webhook)
  })

  test('tells of registry entries, and only of the types that are asked for', async () => {
    const [all, some] = [await startReceiver(), await startReceiver()]
    const webhooks = [await subscribe(all), await subscribe(some, { events: ['signatory.deleted'] })]
    await register.api.post('/v1/signatories').send({ code: 'SHORT', name: 'Short-lived', kind: 'other' }).expect(201)
    await create()
    await register.api.delete('/v1/signatories/SHORT').set('if-match', '*').expect(204)
    await eventually(() => [typesOf(all).toSorted(), typesOf(some)]).toEqual([
      ['agreement.created', 'signatory.deleted'],
      ['signatory.deleted'],
    ])
    expect(some.received[0]!.event.data).toMatchObject({ kind: 'signatory', code: 'SHORT', version: null })
    await Promise.all(webhooks.map(remove))
  })

  test('of a selection is sent if the agreement matches, and once when it no longer does', async () => {
    const receiver = await startReceiver()
    const webhook = await subscribe(receiver, {
      selection: '/v1/agreements?party=FR&type=treaty&type=agreement&sort=title',
    })
    const french = [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: 'FR' },
    ]
    await create()
    const { id } = await create({ signatories: french })
    await patch(id, { type: 'other' })
    await patch(id, { summary: 'Unseen' })
    const last = await create({ signatories: french })
    await eventually(() => receiver.received.length).toBe(3)
    const got = receiver.received.map(({ event: { data } }) => [data['id'], data['version'], data['inSelection']])
    expect(got).toHaveLength(3)
    expect(got).toEqual(
      expect.arrayContaining([
        [id, 1, true],
        [id, 2, false],
        [last.id, 1, true],
      ]),
    )
    await remove(webhook)
  })

  test('is sent once, by whichever process, and later ones do not wait for one that is slow', async () => {
    const [slow, other] = [await startReceiver(), await startReceiver()]
    slow.answer = (response) => void globalThis.setTimeout(() => response.writeHead(200).end(), 400)
    const webhooks = [await subscribe(slow), await subscribe(other)]
    await times(12, () => create())
    await eventually(() => other.received.length).toBe(12)
    expect(slow.received.length).toBeLessThan(12)
    await eventually(() => slow.received.length).toBe(12)
    for (const { received } of [slow, other]) {
      expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(12)
    }
    await Promise.all(webhooks.map(remove))
  })
})

describe('a delivery that fails', () => {
  test('is tried again with the same id, and the log has each attempt', async () => {
    const receiver = await startReceiver()
    receiver.answer = (response) => void response.writeHead(receiver.received.length < 3 ? 500 : 200).end()
    const webhook = await subscribe(receiver)
    await create()
    await eventually(() => receiver.received.length).toBe(3)
    await eventually(async () => (await log(webhook))[0]!.status).toBe('delivered')
    const [delivery] = await log(webhook)
    expect(delivery).toMatchObject({
      attempts: [{ status: 500 }, { status: 500 }, { status: 200, error: null }],
      nextTry: null,
      event: receiver.received[0]!.event,
    })
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery!.id]))
    for (const got of receiver.received) verify(webhook.secret, got)
    expect((await read(webhook)).enabled).toBe(true)
    const { text } = await api.get('/metrics').expect(200)
    expect(Number(/^entente_webhook_attempts_total\{outcome="failed"\} (\d+)$/m.exec(text)![1])).toBeGreaterThan(1)
    expect(Number(/^entente_webhook_attempts_total\{outcome="delivered"\} (\d+)$/m.exec(text)![1])).toBeGreaterThan(0)
    expect(text).toMatch(/^entente_webhook_deliveries_waiting \d+$/m)
    await remove(webhook)
  })

  test('for good disables the webhook if nothing succeeds; enabled again, it goes on where it was', async () => {
    const receiver = await startReceiver()
    receiver.answer = (response) => void response.writeHead(503).end()
    const webhook = await subscribe(receiver)
    await create()
    await eventually(async () => (await read(webhook)).disabledReason).toBe('failing')
    expect(await log(webhook, '?status=failed')).toMatchObject([{ attempts: [{}, {}, {}], nextTry: null }])
    const { id } = await create()
    const got = receiver.received.length
    await setTimeout(100)
    receiver.answer = (response) => void response.writeHead(204).end()
    const { body } = await api.get(`/v1/webhooks/${webhook.id}`)
    await api
      .put(`/v1/webhooks/${webhook.id}`)
      .set('if-match', '"1"')
      .send({ ...body, enabled: true })
      .expect(412)
    const again = await api
      .put(`/v1/webhooks/${webhook.id}`)
      .set('if-match', '"2"')
      .send({ url: receiver.url })
      .expect(200)
    expect(again.body).toMatchObject({ enabled: true, disabledReason: null, version: 3 })
    await eventually(() => receiver.received.slice(got).map(({ event }) => event.data['id'])).toEqual([id])
    await remove(webhook)
  })

  test('for good does not disable a webhook that received others meanwhile', async () => {
    const receiver = await startReceiver()
    const webhook = await subscribe(receiver, { events: ['signatory.deleted'] })
    const [id, worker] = [randomUUID(), randomUUID()]
    const claim = () =>
      register.db.query(sql`update webhook_deliveries set claimed_by = ${worker}, next_try = now() + interval '1 hour'
        where id = ${id}`)
    await register.db.query(sql`insert into webhook_deliveries (id, webhook_id, type, body, next_try)
      values (${id}, ${webhook.id}, 'ping', '{}', now() + interval '1 hour')`)
    const claimed = {
      id,
      webhook: webhook.id,
      url: webhook.url,
      body: '',
      secrets: [],
      tries: 0,
      byHand: false,
      worker,
    }
    const refused = { status: 500, error: null, milliseconds: 1 }
    await claim()
    await storeResult(register.db, { ...claimed, at: Date.now() }, refused, 3_600)
    await api.post(`/v1/webhooks/${webhook.id}/ping`).expect(201)
    await eventually(async () => (await log(webhook, '?status=delivered')).length).toBe(1)
    await claim()
    await storeResult(register.db, { ...claimed, at: Date.now() }, refused, null)
    expect(await log(webhook, '?status=failed')).toMatchObject([{ id, attempts: [{}, {}] }])
    expect(await read(webhook)).toMatchObject({ enabled: true, disabledReason: null })
    await remove(webhook)
  })

  test('with 410 disables the webhook at once', async () => {
    const receiver = await startReceiver()
    receiver.answer = (response) => void response.writeHead(410).end()
    const webhook = await subscribe(receiver)
    await create()
    await eventually(async () => (await read(webhook)).disabledReason).toBe('gone')
    await create()
    await setTimeout(100)
    expect(receiver.received).toHaveLength(1)
    await remove(webhook)
  })

  test.each([
    [
      'redirects',
      'status 307',
      (response: Parameters<Receiver['answer']>[0], port: number) =>
        void response.writeHead(307, { location: `http://127.0.0.1:${port}/elsewhere` }).end(),
    ],
    ['answers too late', 'timeout', () => {}],
    [
      'closes the connection',
      'connection_failed',
      (response: Parameters<Receiver['answer']>[0]) => void response.destroy(),
    ],
    [
      'sends endless headers',
      'connection_failed',
      (response: Parameters<Receiver['answer']>[0]) =>
        void response.writeHead(200, { filler: 'x'.repeat(100_000) }).end(),
    ],
  ])('because the receiver %s is in the log as such: %s', async (_, what, answer) => {
    const receiver = await startReceiver()
    receiver.answer = (response) => answer(response, receiver.port)
    const webhook = await subscribe(receiver)
    await api.post(`/v1/webhooks/${webhook.id}/ping`).expect(201)
    await eventually(async () =>
      (await log(webhook))[0]!.attempts.map(({ status, error }) => error ?? `status ${status}`),
    ).toEqual([what])
    expect(receiver.received).toHaveLength(1)
    await remove(webhook)
  })

  test('because nobody listens is tried again until somebody does', async () => {
    const receiver = await startReceiver()
    const webhook = await subscribe({ url: 'http://127.0.0.1:1/' }, { events: ['agreement.deleted'] })
    await api.post(`/v1/webhooks/${webhook.id}/ping`).expect(201)
    await eventually(async () => (await log(webhook))[0]!.attempts[0]?.error).toBe('connection_failed')
    await api.put(`/v1/webhooks/${webhook.id}`).set('if-match', '*').send({ url: receiver.url }).expect(200)
    await create()
    await eventually(() => typesOf(receiver)).toEqual(['agreement.created'])
    await remove(webhook)
  })
})

test('of a response, hardly more is read than its status', async () => {
  const receiver = await startReceiver()
  let written = 0
  let closed: Promise<unknown> = Promise.resolve()
  receiver.answer = (response) => {
    response.writeHead(200)
    closed = once(response, 'close')
    const write = () => {
      let isTaken = true
      for (; isTaken && !response.destroyed && written < 1e9; written += 65_536) {
        isTaken = response.write(Buffer.alloc(65_536))
      }
      response.once('drain', write)
    }
    write()
  }
  const webhook = await subscribe(receiver)
  await create()
  await eventually(async () => (await log(webhook))[0]?.status).toBe('delivered')
  await closed
  expect(written).toBeLessThan(50_000_000)
  await remove(webhook)
})

describe('an address that is not public', () => {
  const special = [
    '127.0.0.2',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '192.0.0.192',
    '198.18.0.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.2',
    '::ffff:a9fe:a9fe',
    '::127.0.0.2',
    '64:ff9b::7f00:2',
    '2002:7f00:2::',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
  ]

  test('is never connected to, whatever a name says', async () => {
    const webhooks = await Promise.all(
      special.map(async (address, i) => {
        addresses.set(`special-${i}`, [address])
        return subscribe({ url: `https://special-${i}.example.org:9/` })
      }),
    )
    await Promise.all(webhooks.map(({ id }) => api.post(`/v1/webhooks/${id}/ping`).expect(201)))
    const errors = () =>
      Promise.all(webhooks.map(async (one) => (await log(one)).map(({ attempts }) => attempts[0]?.error)))
    await eventually(errors).toEqual(special.map(() => ['address_not_allowed']))
    await Promise.all(webhooks.map(remove))
  })

  test('is not connected to when the name had another address before', async () => {
    const receiver = await startReceiver()
    receiver.answer = (response) => void response.writeHead(200, { connection: 'close' }).end()
    addresses.set('changing', ['127.0.0.1', '127.0.0.2'])
    const webhook = await subscribe({ url: `http://changing.example.org:${receiver.port}/` })
    const ping = async () => {
      const { body } = await api.post(`/v1/webhooks/${webhook.id}/ping`).expect(201)
      const attempts = async () => (await log(webhook)).find(({ id }) => id === body.id)!.attempts
      await eventually(async () => (await attempts()).length).toBe(1)
      return (await attempts())[0]
    }
    expect(await ping()).toMatchObject({ status: 200 })
    expect(await ping()).toMatchObject({ status: null, error: 'address_not_allowed' })
    expect(receiver.received).toHaveLength(1)
    await remove(webhook)
  })

  test('in a URL is refused with the request, however it is written', async () => {
    const written = [
      '127.0.0.2',
      '2130706434',
      '0x7f.2',
      '169.254.169.254',
      '10.1',
      '017700000002',
      'localhost',
      'a.localhost',
    ]
    for (const host of written) {
      const { body } = await register.api
        .post('/v1/webhooks')
        .send({ url: `https://${host}/` })
        .expect(422)
      expect(body.errors).toMatchObject([{ pointer: '/url', code: 'address_not_allowed' }])
    }
    for (const [url, code] of [
      ['http://example.org/', 'insecure'],
      ['http://08/', 'no_url'],
      ['https://example.org:99999/', 'no_url'],
    ]) {
      const { body } = await register.api.post('/v1/webhooks').send({ url }).expect(422)
      expect(body.errors).toMatchObject([{ pointer: '/url', code }])
    }
  })

  test('that the operator allows may be sent to over http, a public one may not', async () => {
    addresses.set('public', ['192.88.98.1'])
    const webhook = await subscribe({ url: 'http://public.example.org:9/' })
    await api.post(`/v1/webhooks/${webhook.id}/ping`).expect(201)
    await eventually(async () => (await log(webhook))[0]!.attempts[0]?.error).toBe('address_not_allowed')
    await remove(webhook)
  })
})

describe('a secret', () => {
  test('is shown once, and after a rotation the old one signs too for a while', async () => {
    const receiver = await startReceiver()
    const webhook = await subscribe(receiver)
    expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const rotated = (await api.post(`/v1/webhooks/${webhook.id}/secret`).send({ overlapHours: 1 }).expect(200)).body
    expect(rotated).toMatchObject({ version: 2, previousSecretUntil: expect.any(String) })
    await create()
    await eventually(() => receiver.received.length).toBe(1)
    for (const secret of [webhook.secret, rotated.secret]) verify(secret, receiver.received[0]!)
    const last = (await api.post(`/v1/webhooks/${webhook.id}/secret`).send({ overlapHours: 0 }).expect(200)).body
    await create()
    await eventually(() => receiver.received.length).toBe(2)
    verify(last.secret, receiver.received[1]!)
    for (const secret of [webhook.secret, rotated.secret]) {
      expect(() => verify(secret, receiver.received[1]!)).toThrow('No matching signature')
    }
    const shown = [await read(webhook), (await api.get('/v1/webhooks')).body, await log(webhook)]
    expect(JSON.stringify(shown)).not.toContain('whsec_')
    await remove(webhook)
  })
})

describe('a webhook', () => {
  test('is replaced by what GET gives, and one that is the same gets no new version', async () => {
    const webhook = await subscribe({ url: 'http://127.0.0.1:1/' }, { enabled: false, description: 'A' })
    const shown = await read(webhook)
    const put = (body: object) => api.put(`/v1/webhooks/${webhook.id}`).set('if-match', '*').send(body)
    expect((await put(shown).expect(200)).body).toEqual(shown)
    expect((await put({ ...shown, description: 'B' }).expect(200)).body).toMatchObject({ version: 2, description: 'B' })
    expect((await put({ ...shown, version: 7 }).expect(422)).body.errors[0]).toMatchObject({ pointer: '/version' })
    await remove(webhook)
    await api.get(`/v1/webhooks/${webhook.id}`).expect(404)
  })

  test.each([
    ['party=ATLANTIS', 422, 'unknown_code'],
    ['partei=US', 422, 'unknown_field'],
    ['limit=9999', 422, undefined],
    ['signedFrom=2020-01-01&signedTo=2019-01-01', 422, undefined],
  ])('with the selection %s is refused', async (query, status, code) => {
    const { body } = await api
      .post('/v1/webhooks')
      .send({ url: 'https://example.org/', selection: `/v1/agreements?${query}` })
      .expect(status)
    expect(body.errors[0]).toMatchObject({
      pointer: '/selection',
      ...(code && { code: expect.stringMatching(/^unknown_/) }),
    })
  })

  test('is disabled when its selection names what no longer exists', async () => {
    await register.api.post('/v1/collections').send({ code: 'brief', name: 'Brief' }).expect(201)
    const receiver = await startReceiver()
    const webhook = await subscribe(receiver, { selection: '/v1/agreements?collection=brief' })
    await register.api.delete('/v1/collections/brief').set('if-match', '*').expect(204)
    await eventually(async () => (await read(webhook)).disabledReason).toBe('selection_invalid')
    await remove(webhook)
  })

  test('follows the bodies of its selection as they are, whatever its instant', async () => {
    const bodies = ['PINNED-1', 'PINNED-2']
    for (const code of bodies)
      await register.api
        .post('/v1/signatories')
        .send({ code, name: `Body ${code}`, kind: 'other' })
        .expect(201)
    const receiver = await startReceiver()
    const asOf = new Date(Date.now() + 1_000).toISOString()
    await setTimeout(1_000)
    const webhook = await subscribe(receiver, { selection: `/v1/agreements?signatory=PINNED-1&asOf=${asOf}` })
    const merge = api.post('/v1/signatories/PINNED-1/merge').set('if-match', '*')
    await merge.send({ into: 'PINNED-2' }).expect(201)
    const signatories = [
      { side: 1, signatory: 'PINNED-2' },
      { side: 2, signatory: 'KR' },
    ]
    const { id } = await create({ signatories })
    await eventually(() => receiver.received.map(({ event }) => event.data['id'])).toEqual([id])
    await remove(webhook)
  })

  test('is tested by a ping, also while it is disabled, and a delivery is sent again with its id', async () => {
    const receiver = await startReceiver()
    const webhook = await subscribe(receiver, { enabled: false })
    const ping = await api.post(`/v1/webhooks/${webhook.id}/ping`).expect(201)
    await eventually(() => typesOf(receiver)).toEqual(['ping'])
    const address = ping.headers['location']!
    await eventually(async () => (await api.get(address)).body.status).toBe('delivered')
    receiver.answer = (response) => void response.writeHead(500).end()
    await api.post(`${address}/redeliver`).expect(200)
    await eventually(async () => (await api.get(address)).body).toMatchObject({
      status: 'failed',
      attempts: [{ status: 204 }, { status: 500 }],
    })
    const [first, second] = receiver.received.map(({ headers }) => headers['webhook-id'])
    expect(first).toBe(second)
    verify(webhook.secret, receiver.received[1]!)
    await remove(webhook)
    await api.post(`${address}/redeliver`).expect(404)
  })

  test('goes on after a restore, when all changes get new places', async () => {
    const receiver = await startReceiver()
    const webhook = await subscribe(receiver)
    await moveFeed(register.db, moveWebhooks)
    const { id } = await create()
    await eventually(() => receiver.received.map(({ event }) => event.data['id'])).toEqual([id])
    await remove(webhook)
  })

  test('has a log in pages, from which old deliveries are deleted', async () => {
    const receiver = await startReceiver()
    const webhook = await subscribe(receiver, { enabled: false })
    const ids = []
    for (let i = 0; i < 3; i += 1) ids.unshift((await api.post(`/v1/webhooks/${webhook.id}/ping`)).body.id)
    const { body } = await api.get(`/v1/webhooks/${webhook.id}/deliveries?limit=2&count=exact`).expect(200)
    const next = await log(webhook, `?limit=2&cursor=${body.nextCursor}`)
    expect([...body.items, ...next].map(({ id }) => id)).toEqual(ids)
    expect(body.total).toBe(3)
    await eventually(async () => (await log(webhook, '?status=delivered')).length).toBe(3)
    await register.db.query(
      sql`update webhook_deliveries set finished_at = now() - interval '31 days' where id = ${ids[0]}`,
    )
    expect(await deleteOldDeliveries(register.db, 30)).toBe(1)
    expect((await log(webhook)).map(({ id }) => id)).toEqual(ids.slice(1))
    await remove(webhook)
  })
})

test('an old delivery that is being sent again is not deleted from the log', async () => {
  const webhook = await subscribe({ url: 'http://127.0.0.1:1/' }, { enabled: false })
  const id = randomUUID()
  await register.db.query(sql`insert into webhook_deliveries (id, webhook_id, type, body, status, next_try, finished_at)
    values (${id}, ${webhook.id}, 'ping', '{}', 'failed', null, now() - interval '40 days')`)
  let deleting: Promise<number> | undefined
  await register.db.transaction(async (db) => {
    await redeliver(db, webhook.id, id)
    deleting = deleteOldDeliveries(register.db, 30)
    await Promise.race([deleting, expect.poll(() => waitingForLocks(register.db)).toBeGreaterThan(0)])
  })
  expect(await deleting).toBe(0)
  await api.get(`/v1/webhooks/${webhook.id}/deliveries/${id}`).expect(200)
  await remove(webhook)
})

test('a webhook for which no delivery can be stored does not keep others from their events', async () => {
  const own = await freshRegister()
  const receiver = await startReceiver()
  const [broken, sound] = [randomUUID(), randomUUID()]
  await own.db.query(sql`insert into webhooks (id, url, enabled, secret, position)
    select id, ${receiver.url}, true, ${'whsec_c2VjcmV0c2VjcmV0c2VjcmV0'}, 0 from unnest(array[${broken}, ${sound}]::uuid[]) id`)
  await own.db.query(
    sql.raw(`alter table webhook_deliveries add constraint fails check (webhook_id <> '${broken}') not valid`),
  )
  await own.api.post('/v1/agreements').send(anAgreement()).expect(201)
  const errors: unknown[] = []
  const log = { error: (about: object) => void errors.push(about) }
  const worker = startDeliverer(own.db, log, { receivers, retries: [1], timeout })
  const webhooksTold = () => receiver.received.map(({ event }) => event.data['webhook'])
  await eventually(webhooksTold).toEqual([sound])
  await own.db.query(sql.raw('alter table webhook_deliveries drop constraint fails'))
  await eventually(webhooksTold).toEqual([sound, broken])
  await worker.stop()
  expect(errors.length).toBeGreaterThan(0)
})

test('a worker that is stopped begins nothing, and gives back what does not end', async () => {
  const other = await freshRegister()
  const app = await buildApp({ db: other.db, today: other.today }, { receivers })
  await app.ready()
  atEnd(() => app.close())
  const own = supertest.agent(app.server).set(authHeader('admin'))
  const receiver = await startReceiver()
  receiver.answer = () => {}
  const { body } = await own.post('/v1/webhooks').send({ url: receiver.url }).expect(201)
  const patient = { privateNetworks, timeout: 60_000 }
  const settings = { receivers: receiversOf(patient), retries: [60], timeout: 60_000, stopTimeout: 200 }
  const worker = startDeliverer(other.db, reports, settings)
  await own.post(`/v1/webhooks/${body.id}/ping`).expect(201)
  await eventually(() => receiver.received.length).toBe(1)
  await worker.stop()
  await own.post(`/v1/webhooks/${body.id}/ping`).expect(201)
  receiver.answer = (response) => void response.writeHead(204).end()
  const next = startDeliverer(other.db, reports, settings)
  await eventually(() => receiver.received.length).toBe(3)
  await next.stop()
  const { items } = (await own.get(`/v1/webhooks/${body.id}/deliveries`)).body as { items: Delivery[] }
  expect(items.map(({ status, attempts }) => [status, attempts.length])).toEqual([
    ['delivered', 1],
    ['delivered', 1],
  ])
})

test('a webhook is deleted while the end of an attempt is stored: a deadlock is no error of either', async () => {
  const webhook = await subscribe({ url: 'http://127.0.0.1:1/' }, { enabled: false })
  const [id, worker] = [randomUUID(), randomUUID()]
  await register.db.query(sql`insert into webhook_deliveries (id, webhook_id, type, body, next_try, claimed_by)
    values (${id}, ${webhook.id}, 'ping', '{}', now() + interval '1 hour', ${worker})`)
  const claimed = { id, webhook: webhook.id, url: webhook.url, body: '', secrets: [], tries: 0, byHand: false }
  let storing: Promise<void> | undefined
  await register.db.transaction(async (db) => {
    await db.query(sql`select from webhooks where id = ${webhook.id} for update`)
    const result = { status: 500, error: null, milliseconds: 1 }
    storing ??= storeResult(register.db, { ...claimed, at: Date.now(), worker }, result, 60)
    await expect.poll(() => waitingForLocks(register.db)).toBeGreaterThan(0)
    await db.query(sql`delete from webhooks where id = ${webhook.id}`)
  })
  await storing
  await api.get(`/v1/webhooks/${webhook.id}`).expect(404)
})

test('and nothing went wrong in any worker', () => expect(failures).toEqual([]))
