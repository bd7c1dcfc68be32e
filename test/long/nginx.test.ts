import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { loadSample } from '../../src/programs/sample.ts'
import { atEnd } from '../support/at-end.ts'
import {
  execute,
  followLink,
  host,
  installedBrowser,
  launchBrowser,
  openOperation,
  openPage,
} from '../support/browser.ts'
import { crawl } from '../support/crawl.ts'
import { authHeader } from '../support/keys.ts'
import { freePort } from '../support/free-port.ts'
import { installedNginx, startNginx } from '../support/nginx.ts'
import { anAgreement, freshRegister, leastMapping, type Register } from '../support/register.ts'

if (!installedNginx) process.stdout.write('nginx is not tested: none was found. Install one, or name one in NGINX.\n')

describe.skipIf(!installedNginx)('behind nginx, as docs/operations.md configures it', () => {
  let register: Register
  let port: number
  let base: string
  let direct: string
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, register.today())
    port = await freePort()
    base = `http://127.0.0.1:${port}/register`
    const { publicUrl, trustedProxies } = readConfig({ PUBLIC_URL: base, TRUSTED_PROXIES: '127.0.0.1' })
    const app = await buildApp({ db: register.db, today: register.today }, { publicUrl, trustedProxies })
    atEnd(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    direct = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    await startNginx(port, Number(new URL(direct).port))
  })

  /** Sends a request without decompressing the response. */
  const read = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((settle, reject) => {
      get(`${base}${path}`, { method, headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
        answer.on('end', () => {
          settle({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) })
        })
      }).on('error', reject)
    })

  test('every address leads below the path, to an answer', async () => {
    const { read, outside } = await crawl(base, ['/', '/docs/', '/v1/agreements?limit=5'], authHeader('admin'))
    expect([outside, [...read].filter(([, status]) => status >= 400)]).toEqual([[], []])
    expect(read.size).toBeGreaterThan(40)
  })

  test.skipIf(!installedBrowser)('Swagger UI sends requests there', async () => {
    const browser = await launchBrowser()
    atEnd(() => browser.close())
    const { page, complaints } = await openPage(browser)
    await followLink(page, `http://${host}:${port}/register`, 'Search', 'listAgreements')
    const { status, body } = await execute(await openOperation(page, 'Search', 'listAgreements'))
    expect([status, complaints]).toEqual([200, []])
    expect(JSON.parse(body)).toEqual((await register.api.get('/v1/agreements')).body)
    expect(await page.locator('.request-url').innerText()).toContain(`${host}:${port}/register/v1/agreements`)
  })

  test('a tag that nginx has made weak serves reads and writes', async () => {
    const { body } = await register.api.post('/v1/collections').send({ code: 'weak', name: 'Weak' }).expect(201)
    const address = `/v1/collections/${body.code}`
    const first = await read(address, { 'accept-encoding': 'gzip' })
    const tag = first.headers['etag']!
    expect([first.headers['content-encoding'], tag]).toEqual(['gzip', expect.stringMatching(/^W\/"/)])
    expect((await read(address, { 'accept-encoding': 'gzip', 'if-none-match': tag })).status).toBe(304)
    const patch = (name: string) =>
      fetch(`${base}${address}`, {
        method: 'PATCH',
        headers: { ...authHeader('editor'), 'if-match': tag, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
    expect([(await patch('Renamed')).status, (await patch('Renamed again')).status]).toEqual([200, 412])
  })

  test('HEAD and GET agree, and 304 has the tag', async () => {
    const path = '/v1/agreements?signatory=US-DHS'
    const [head, whole] = [await read(path, {}, 'HEAD'), await read(path)]
    const etag = String(whole.headers['etag'])
    expect([head.status, head.headers['etag'], head.headers['content-length'], head.body.length]).toEqual([
      200,
      etag,
      String(whole.body.length),
      0,
    ])
    const unchanged = await read(path, { 'if-none-match': etag })
    expect([unchanged.status, unchanged.headers['etag'], unchanged.body.length]).toEqual([304, etag, 0])
  })

  test('addresses arrive as they are: encoded slashes, and URLs of 30 kB', async () => {
    const slash = await read('/v1/mappings/a%2Fb', authHeader('admin'))
    expect([slash.status, JSON.parse(slash.body.toString()).errors[0].parameter]).toEqual([400, 'name'])
    const long = await read(`/v1/agreements?reference=${'a'.repeat(30_000)}`)
    expect([long.status, JSON.parse(long.body.toString()).errors[0].parameter]).toEqual([400, 'reference'])
  })

  test('an export arrives whole', async () => {
    const agreements = Array.from({ length: 300 }, (_, i) =>
      anAgreement({ title: `Agreement ${i}`, summary: 'x'.repeat(3000) }),
    )
    for (const one of agreements) await register.api.post('/v1/agreements').send(one).expect(201)
    const path = '/v1/agreements/export?format=ndjson'
    const [through, own] = [await read(path), await fetch(`${direct}${path}`)]
    expect(through.body.length).toBeGreaterThan(1_000_000)
    expect(through.body.equals(Buffer.from(await own.arrayBuffer()))).toBe(true)
    expect(through.headers['content-disposition']).toBe('attachment; filename="agreements.ndjson"')
  })

  test('a file of 63 MB is read by the API', async () => {
    const form = new FormData()
    form.append('mapping', JSON.stringify(leastMapping))
    form.append('collection', 'unknown')
    form.append('file', new Blob(['title,party\n', `${'x'.repeat(999)},JP\n`.repeat(62_000)]), 'large.csv')
    const answer = await fetch(`${base}/v1/imports`, { method: 'POST', headers: authHeader('admin'), body: form })
    const { errors } = (await answer.json()) as { errors: { parameter: string }[] }
    expect([answer.status, errors[0]?.parameter]).toEqual([400, 'collection'])
  })
})
