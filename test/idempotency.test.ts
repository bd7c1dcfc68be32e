import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { startPublisher } from '../src/agreements/publication/republish-worker.ts'
import { deleteOldAnswers } from '../src/http/idempotency/answers.ts'
import { openLog } from '../src/observability/log.ts'
import { authHeader } from './support/keys.ts'
import { holding, waitingForLocks } from './support/locks.ts'
import { isPooled } from './support/pooled.ts'
import { anAgreement, freshRegister, leastMapping, type Register } from './support/register.ts'
import { ask, serve, type Served, times } from './support/served.ts'
import { startServer } from './support/server-process.ts'
import { tcpProxy } from './support/tcp-proxy.ts'

let register: Register

beforeAll(async () => {
  register = await freshRegister()
})

interface Sent {
  key: string
  url?: string
  body?: object | string
  headers?: Record<string, string>
  role?: 'admin' | 'editor'
}

/** Posts with an `Idempotency-Key`. */
async function post(
  to: Pick<Served, 'app'>,
  { key, url = '/v1/agreements', body, headers = {}, role = 'admin' }: Sent,
) {
  const answer = await to.app.inject({
    method: 'POST',
    url,
    headers: {
      ...authHeader(role),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      'idempotency-key': key,
      ...headers,
    },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const { etag, location, 'x-similar': similar, 'content-type': type, 'cache-control': cache } = answer.headers
  const { 'retry-after': retryAfter, 'idempotent-replayed': replayed, vary } = answer.headers
  return {
    replayed,
    retryAfter,
    code: answer.statusCode >= 400 ? answer.json<{ code: string }>().code : undefined,
    status: answer.statusCode,
    same: { status: answer.statusCode, body: answer.body, etag, location, similar, type, cache, vary },
  }
}

const newKey = (): string => randomUUID()

/** A title that only one request of these tests uses. */
const newTitle = (): string => `Agreement ${randomUUID()}`

async function countOf(title: string): Promise<number> {
  const [row] = await register.db.query<{ count: number }>(
    sql`select count(*)::int as count from agreements where title = ${title}`,
  )
  return row!.count
}

async function keys(): Promise<number> {
  const [row] = await register.db.query<{ count: number }>(sql`select count(*)::int as count from idempotency_keys`)
  return row!.count
}

/** The number of connections in use. */
function busy({ db }: Served): number {
  const { total, idle } = db.connections()
  return total - idle
}

/** The number of transactions that hold a key: a lock of 64 bits, where those of the server's own work are small numbers. */
async function keysInProgress(): Promise<number> {
  const [row] = await register.db.query<{ count: number }>(sql`select count(*)::int as count from pg_locks
    where locktype = 'advisory' and granted and classid <> 0 and database = (select oid from pg_database where datname = current_database())`)
  return row!.count
}

/** Makes every creation of an agreement wait. */
const lockUs = () => holding(register.url, `select from signatories where code = 'US' for update`)

/** Repeats a request while it is in progress elsewhere, as a client does. */
async function untilAnswered(to: Pick<Served, 'app'>, sent: Sent) {
  for (;;) {
    const answer = await post(to, sent)
    if (answer.status !== 409) return answer
    expect([answer.code, answer.retryAfter]).toEqual(['idempotency_key_in_progress', '1'])
    await setTimeout(50)
  }
}

describe('a retry with the same Idempotency-Key', () => {
  test('of every POST that takes one gets the same answer, which says so, and writes nothing', async () => {
    const { body: agreement } = await ask(register, 'POST', '/v1/agreements', anAgreement())
    const deleted = (await ask(register, 'POST', '/v1/agreements', anAgreement())).body!.id
    await ask(register, 'DELETE', `/v1/agreements/${deleted}`)
    for (const code of ['LOST', 'KEPT']) {
      await ask(register, 'POST', '/v1/signatories', { code, name: `Body ${code}`, kind: 'other' })
    }
    const at = `/v1/agreements/${agreement!.id}`
    const { body: begun } = await register.api
      .post('/v1/imports')
      .query({ mapping: JSON.stringify(leastMapping) })
      .set('content-type', 'text/csv')
      .send(['title,party', ...Array.from({ length: 300 }, (_, i) => `Treaty ${i},France`)].join('\n'))
      .expect(202)
    const { body: webhook } = await ask(register, 'POST', '/v1/webhooks', {
      url: 'https://example.org/',
      enabled: false,
    })
    const { body: ping } = await ask(register, 'POST', `/v1/webhooks/${webhook!.id}/ping`)
    const deliveries = `/v1/webhooks/${webhook!.id}/deliveries`
    const requests: [route: string, url: string, body?: object][] = [
      ['/v1/agreements', '/v1/agreements', anAgreement()],
      ['/v1/agreements/{id}/restore', `/v1/agreements/${deleted}/restore`],
      ['/v1/agreements/{id}/dates', `${at}/dates`, { event: 'entered_into_force', date: '2020-01-01' }],
      ['/v1/agreements/{id}/signatories', `${at}/signatories`, { side: 2, signatory: 'FR' }],
      ['/v1/agreements/{id}/sources', `${at}/sources`, { key: 'a', title: 'A', url: 'https://example.org/a' }],
      ['/v1/signatories', '/v1/signatories', { code: 'ONCE', name: 'Once', kind: 'other' }],
      ['/v1/signatories/{id}/merge', '/v1/signatories/LOST/merge', { into: 'KEPT' }],
      ['/v1/collections', '/v1/collections', { code: 'once', name: 'Once' }],
      ['/v1/mappings', '/v1/mappings', { name: 'once', mapping: leastMapping }],
      ['/v1/imports/{id}/cancel', `/v1/imports/${begun.id}/cancel`],
      ['/v1/webhooks/{id}/ping', `/v1/webhooks/${webhook!.id}/ping`],
      ['/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver', `${deliveries}/${ping!.id}/redeliver`],
      ['/v1/research-domains', '/v1/research-domains', { scheme: 'test', code: 'once', label: 'Once' }],
    ]
    const headers = { 'if-match': '*' }
    for (const [, url, body] of requests) {
      const sent = { key: newKey(), url, headers, ...(body && { body }) }
      const first = await post(register, sent)
      expect(first.status, `${url}: ${first.same.body}`).toBeLessThan(300)
      const retry = await post(register, sent)
      expect(retry.same, url).toEqual(first.same)
      expect([first.replayed, retry.replayed], url).toEqual([undefined, 'true'])
    }
    const { paths } = (await register.anonymous.get('/openapi.json')).body as {
      paths: Record<string, { post?: { parameters?: { name: string }[] } }>
    }
    const taking = Object.entries(paths)
      .filter(([, { post }]) => post?.parameters?.some(({ name }) => name === 'Idempotency-Key'))
      .map(([path]) => path)
    expect(requests.map(([route]) => route).toSorted()).toEqual(taking.toSorted())
  })

  test('is taken by each POST, except those whose answer has a secret, and uploads', async () => {
    const { paths } = (await register.anonymous.get('/openapi.json')).body as {
      paths: Record<string, { post?: { description: string; parameters?: { name: string }[] } }>
    }
    const ignoring = Object.entries(paths).filter(
      ([, { post }]) => post && !post.parameters?.some(({ name }) => name === 'Idempotency-Key'),
    )
    const without = ignoring.map(([path]) => path)
    const silent = ignoring.filter(([, { post }]) => !post!.description.includes('`Idempotency-Key` is ignored'))
    expect(silent.map(([path]) => path)).toEqual(['/v1/claims/check', '/v1/imports/suggest', '/v1/drafts']) // write nothing
    expect(without).toEqual([
      '/v1/claims/check',
      '/v1/imports',
      '/v1/imports/suggest',
      '/v1/drafts',
      '/v1/keys',
      '/v1/keys/{id}/rotate',
      '/v1/webhooks',
      '/v1/webhooks/{id}/secret',
    ])
    const before = await keys()
    const body = { name: 'New', role: 'reader' }
    const key = newKey()
    const answers = [
      await post(register, { key, url: '/v1/keys', body }),
      await post(register, { key, url: '/v1/keys', body }),
    ]
    expect(answers.map(({ status, replayed }) => [status, replayed])).toEqual([
      [201, undefined],
      [201, undefined],
    ])
    expect(answers[0]!.same.body).not.toBe(answers[1]!.same.body)
    expect(await keys()).toBe(before)
  })

  test('gets the same representation, compressed or not, with the tag of that form', async () => {
    const summary = 'x'.repeat(5_000)
    const sent = { key: newKey(), body: anAgreement({ summary }) }
    const plain = await post(register, sent)
    const compressed = await post(register, { ...sent, headers: { 'accept-encoding': 'gzip' } })
    expect([compressed.status, compressed.same.etag, compressed.replayed]).toEqual([201, '"1-gzip"', 'true'])
    expect([plain.same.etag, (await post(register, sent)).same]).toEqual(['"1"', plain.same])
  })

  test('after the resource was changed still gets the first answer', async () => {
    const sent = { key: newKey(), body: anAgreement() }
    const first = await post(register, sent)
    expect((await ask(register, 'PATCH', first.same.location!, { summary: 'Changed' })).status).toBe(200)
    expect((await post(register, sent)).same).toEqual(first.same)
  })

  test('is answered by another server too', async () => {
    const sent = { key: newKey(), body: anAgreement() }
    const first = await post(await serve(register.url, {}), sent)
    const other = await serve(register.url, {})
    expect((await post(other, sent)).same).toEqual(first.same)
  })
})

describe('an Idempotency-Key', () => {
  test('with another body, or another path of the same kind, is 422', async () => {
    const [one, other] = await times(2, () => ask(register, 'POST', '/v1/agreements', anAgreement()))
    const body = { event: 'entered_into_force', date: '2020-01-01' }
    const sent = { key: newKey(), url: `/v1/agreements/${one!.body!.id}/dates`, body }
    expect((await post(register, sent)).status).toBe(201)
    for (const different of [
      { ...sent, body: { ...body, date: '2020-01-02' } },
      { ...sent, body: `${JSON.stringify(body)} ` },
      { ...sent, url: `/v1/agreements/${other!.body!.id}/dates` },
    ]) {
      const { status, code } = await post(register, different)
      expect([status, code]).toEqual([422, 'idempotency_key_reused'])
    }
    expect((await post(register, sent)).status).toBe(201)
  })

  test('of another caller, or on another route, is independent', async () => {
    const title = newTitle()
    const sent = { key: newKey(), body: anAgreement({ title }) }
    const [mine, theirs] = [await post(register, sent), await post(register, { ...sent, role: 'editor' })]
    expect([theirs.status, theirs.replayed]).toEqual([201, undefined])
    expect(theirs.same.location).not.toBe(mine.same.location)
    expect(await countOf(title)).toBe(2)
    const code = `C${randomUUID().slice(0, 8).toUpperCase()}`
    const onOther = { ...sent, url: '/v1/signatories', body: { code, name: code, kind: 'other' } }
    expect((await post(register, onOther)).status).toBe(201)
  })

  test('of a failed request is free again', async () => {
    const key = newKey()
    const title = newTitle()
    const before = await keys()
    const refused: [Sent, number][] = [
      [{ key, body: '{' }, 400],
      [{ key, body: anAgreement({ title: '' }) }, 400],
      [{ key, body: anAgreement({ title, signatories: [] }) }, 422],
      [{ key, body: anAgreement({ title, type: 'treaty', signatories: [{ side: 1, signatory: 'NOBODY' }] }) }, 422],
    ]
    for (const [sent, status] of refused) expect((await post(register, sent)).status).toBe(status)
    expect(await keys()).toBe(before)
    const sent = { key, body: anAgreement({ title }) }
    expect((await post(register, sent)).status).toBe(201)
    expect((await post(register, sent)).replayed).toBe('true')
  })

  test('may have 1 to 255 visible ASCII characters; anything else is 400', async () => {
    const sent = { body: anAgreement() }
    for (const key of ['k', '!~"', 'k'.repeat(255)]) expect((await post(register, { key, ...sent })).status).toBe(201)
    for (const key of ['', 'k'.repeat(256), 'two words', 'caf\u00e9']) {
      const { status, code } = await post(register, { key, ...sent })
      expect([status, code], key).toEqual([400, 'invalid_request'])
    }
  })

  test('needs the same role as the write', async () => {
    const answer = await register.anonymous.post('/v1/agreements').set('idempotency-key', newKey()).send(anAgreement())
    expect(answer.status).toBe(401)
  })

  test('does not get past the limit for bodies', async () => {
    const { status } = await post(register, { key: newKey(), body: anAgreement({ summary: 'x'.repeat(2_200_000) }) })
    expect(status).toBe(413)
  })
})

describe('while the first request is in progress', () => {
  test('fifty retries get 409 at once and hold no connection; then all get the one answer', async () => {
    const title = newTitle()
    const sent = { key: newKey(), body: anAgreement({ title }) }
    const here = await serve(register.url, {})
    const there = await serve(register.url, {})
    const release = await lockUs()
    const first = post(here, sent)
    await expect.poll(() => waitingForLocks(register.db)).toBe(1)
    const meanwhile = await times(50, (i) => post(i % 2 ? here : there, sent))
    for (const { status, code, retryAfter } of meanwhile) {
      expect([status, code, retryAfter]).toEqual([409, 'idempotency_key_in_progress', '1'])
    }
    expect([await waitingForLocks(register.db), busy(here), busy(there)]).toEqual([1, 1, 0])
    await release()
    const { status, same } = await first
    expect(status).toBe(201)
    const retries = await times(50, (i) => post(i % 2 ? here : there, sent))
    for (const retry of retries) expect([retry.same, retry.replayed]).toEqual([same, 'true'])
    expect(await countOf(title)).toBe(1)
  })

  test('writes with other keys to the same agreement hold at most two connections', async () => {
    const served = await serve(register.url, {})
    const { id } = (await ask(served, 'POST', '/v1/agreements', anAgreement())).body!
    const release = await holding(register.url, `select from agreements where id = '${id}' for update`)
    const writes = times(12, (i) =>
      post(served, {
        key: newKey(),
        url: `/v1/agreements/${id}/sources`,
        body: { title: `Source ${i}`, url: `https://example.org/${i}` },
      }),
    )
    await expect.poll(() => waitingForLocks(register.db)).toBe(2)
    await expect.poll(() => busy(served)).toBe(2)
    expect((await ask(served, 'GET', `/v1/agreements/${id}`)).status).toBe(200)
    await release()
    expect((await writes).map(({ status }) => status)).toEqual(Array(12).fill(201))
  })

  test('fifty at the same time, at two servers, make one row, and readers are served', async () => {
    const title = newTitle()
    const sent = { key: newKey(), body: anAgreement({ title }) }
    const [here, there] = [await serve(register.url, {}), await serve(register.url, {})]
    const reads = times(20, () => ask(here, 'GET', '/v1/signatories/KR'))
    const answers = await times(50, (i) => untilAnswered(i % 2 ? here : there, sent))
    expect((await reads).map(({ status }) => status)).toEqual(Array(20).fill(200))
    for (const { same } of answers) expect(same).toEqual(answers[0]!.same)
    expect(answers.filter(({ replayed }) => replayed === undefined)).toHaveLength(1)
    expect(await countOf(title)).toBe(1)
  })
})

describe('when the outcome was lost', () => {
  test.each(['after', 'before'] as const)('%s the COMMIT arrived, a retry gets the first answer', async (when) => {
    const proxy = await tcpProxy(register.url)
    const served = await serve(proxy.url, {})
    const title = newTitle()
    const sent = { key: newKey(), body: anAgreement({ title }) }
    proxy.cutAt('commit', when)
    expect((await post(served, sent)).code).toBe('outcome_unknown')
    const retry = await untilAnswered(served, sent)
    expect([retry.status, retry.replayed]).toEqual([201, when === 'after' ? 'true' : undefined])
    expect(await countOf(title)).toBe(1)
    expect((await post(served, sent)).same).toEqual(retry.same)
  })

  test.skipIf(isPooled).each(['store-idempotency-key', 'store-publications'])(
    'by a connection that was cut at %s, neither the write nor the key is stored',
    async (statement) => {
      const proxy = await tcpProxy(register.url)
      const served = await serve(proxy.url, {})
      const title = newTitle()
      const sent = { key: newKey(), body: anAgreement({ title }) }
      const before = await keys()
      proxy.cutAt(statement, 'after')
      expect((await post(served, sent)).status).toBe(503)
      expect([await countOf(title), await keys()]).toEqual([0, before])
      const retry = await untilAnswered(served, sent)
      expect([retry.status, retry.replayed, await countOf(title)]).toEqual([201, undefined, 1])
    },
  )

  test('by a server that was killed while it wrote, retries at another one make one row', async () => {
    const timeouts = { DATABASE_LOCK_TIMEOUT: '60000', DATABASE_STATEMENT_TIMEOUT: '60000' }
    const server = await startServer(register.url, timeouts)
    const title = newTitle()
    const sent = { key: newKey(), body: anAgreement({ title }) }
    const request = () =>
      fetch(`${server.origin}/v1/agreements`, {
        method: 'POST',
        headers: { ...authHeader('admin'), 'content-type': 'application/json', 'idempotency-key': sent.key },
        body: JSON.stringify(sent.body),
      }).then(
        ({ status }) => status,
        () => 'gone',
      )
    const release = await lockUs()
    const first = request()
    await expect.poll(keysInProgress).toBe(1)
    expect(await times(50, request)).toEqual(Array(50).fill(409))
    server.process.kill('SIGKILL')
    expect(await first).toBe('gone')
    expect((await post(register, sent)).status).toBe(409)
    await release()
    const answers = await times(50, () => untilAnswered(register, sent))
    for (const { same } of answers) expect(same).toEqual(answers[0]!.same)
    expect([answers[0]!.status, await countOf(title)]).toEqual([201, 1])
  })

  test('by servers that are killed at any moment, every key has one row', async () => {
    const server = await startServer(register.url)
    const all = Array.from({ length: 40 }, () => ({ key: newKey(), title: newTitle() }))
    const sendAll = all.map(({ key, title }, i) =>
      setTimeout(i * 5)
        .then(() =>
          fetch(`${server.origin}/v1/agreements`, {
            method: 'POST',
            headers: { ...authHeader('admin'), 'content-type': 'application/json', 'idempotency-key': key },
            body: JSON.stringify(anAgreement({ title })),
          }),
        )
        .then(
          ({ status }) => status,
          () => 'gone',
        ),
    )
    await Promise.any(sendAll.map(async (one) => expect(await one).toBe(201)))
    server.process.kill('SIGKILL')
    const outcomes = await Promise.all(sendAll)
    expect(outcomes).toContain(201)
    expect(outcomes).toContain('gone')
    const retries = await Promise.all(
      all.map(({ key, title }) => untilAnswered(register, { key, body: anAgreement({ title }) })),
    )
    expect(retries.map(({ status }) => status)).toEqual(Array(40).fill(201))
    outcomes.forEach((outcome, i) => outcome === 201 && expect(retries[i]!.replayed).toBe('true'))
    expect(await Promise.all(all.map(({ title }) => countOf(title)))).toEqual(Array(40).fill(1))
  })
})

describe('answers', () => {
  const age = (hours: number) =>
    register.db.query(
      sql`update idempotency_keys set created_at = clock_timestamp() - make_interval(hours => ${hours})`,
    )

  test('are kept for the hours of the setting, then deleted by the worker, and the key is free', async () => {
    const sent = { key: newKey(), body: anAgreement() }
    const first = await post(register, sent)
    await age(23)
    expect(await deleteOldAnswers(register.db, 24)).toBe(0)
    expect((await post(register, sent)).same).toEqual(first.same)
    await age(25)
    const publisher = startPublisher(register.db, register.today, openLog('silent'), (db) => deleteOldAnswers(db, 24))
    await expect.poll(keys).toBe(0)
    await publisher.stop()
    const again = await post(register, sent)
    expect([again.status, again.replayed]).toEqual([201, undefined])
    expect(again.same.location).not.toBe(first.same.location)
  })

  test('are deleted at most 500 at once', async () => {
    await register.db.query(sql`insert into idempotency_keys (id, request, status, headers, created_at)
      select sha256(n::text::bytea), '', 201, '{}', now() - interval '25 hours' from generate_series(1, 1200) n`)
    const deleted = [1, 2, 3, 4].map(() => () => deleteOldAnswers(register.db, 24))
    const sizes: number[] = []
    for (const one of deleted) sizes.push(await one())
    expect(sizes).toEqual([500, 500, 200, 0])
  })

  test('contain neither the key nor the credential', async () => {
    const key = `key-${newKey()}`
    await post(register, { key, body: anAgreement() })
    const rows = await register.db.query<{ row: string }>(sql`select k::text as row from idempotency_keys k`)
    const text = rows.map(({ row }) => row).join('\n')
    expect(text).not.toContain(key)
    expect(text).not.toContain('ent_')
    expect(text).not.toContain(Buffer.from(key).toString('hex'))
  })
})
