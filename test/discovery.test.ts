import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const get = (url: string, headers: Record<string, string> = {}) => register.app.inject({ url, headers })
const serviceDescription = '</openapi.json>; rel="service-desc"; type="application/json"'

describe('the document at /', () => {
  test('has the name and the version of the API, and links that lead somewhere', async () => {
    const answer = await get('/')
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    const { name, version, links } = answer.json<{ name: string; version: string; links: Record<string, string> }>()
    const { info } = (await get('/openapi.json')).json<{ info: { version: string } }>()
    expect([name, version]).toEqual(['Entente', info.version])
    expect(links).toMatchObject({ docs: '/docs', openapi: '/openapi.json', agreements: '/v1/agreements' })
    for (const link of Object.values(links)) expect([link, (await get(link)).statusCode]).toEqual([link, 200])
  })

  test('names the OpenAPI document, the documentation and the catalog in Link', async () => {
    const link = String((await get('/')).headers['link'])
    expect(link.split(', ')).toEqual([
      serviceDescription,
      '</docs>; rel="service-doc"; type="text/html"',
      '</.well-known/api-catalog>; rel="api-catalog"',
    ])
  })

  test('is for programs: a browser gets the home page', async () => {
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    const page = await get('/', { accept: browser })
    expect([page.statusCode, page.headers['content-type'], page.headers['vary']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'accept, cookie, accept-encoding',
    ])
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      const { statusCode, headers } = await get('/', { accept })
      expect([statusCode, headers['vary']]).toEqual([200, 'accept, accept-encoding'])
    }
  })
})

describe('the API catalog', () => {
  test('is a set of links to the description, the documentation and the state of the API', async () => {
    const { headers, statusCode, ...answer } = await get('/.well-known/api-catalog')
    expect([statusCode, headers['content-type']]).toEqual([
      200,
      'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
    ])
    const { linkset } = answer.json<{ linkset: Record<string, string | { href: string; type: string }[]>[] }>()
    const relations = linkset.map(({ anchor, ...links }) => [anchor, Object.keys(links)])
    expect(relations).toEqual([
      ['/.well-known/api-catalog', ['item']],
      ['/', ['service-desc', 'service-doc', 'status']],
    ])
    for (const { href, type } of linkset
      .flatMap((links) => Object.values(links))
      .filter((v) => typeof v !== 'string')
      .flat()) {
      const { statusCode, headers } = await get(href)
      expect([href, statusCode, String(headers['content-type']).split(';', 1)[0]]).toEqual([href, 200, type])
    }
  })

  test('names itself in Link, also for HEAD', async () => {
    const { headers } = await register.app.inject({ method: 'HEAD', url: '/.well-known/api-catalog' })
    expect(headers['link']).toBe('</.well-known/api-catalog>; rel="api-catalog"')
  })
})

test('Link names the OpenAPI document at /docs and for a path that does not exist; reads are not made larger by it', async () => {
  for (const url of ['/docs', '/nothing', '/v1/nothing'])
    expect((await get(url)).headers['link']).toBe(serviceDescription)
  for (const url of ['/v1/signatories/KR', '/livez']) expect((await get(url)).headers['link']).toBeUndefined()
})

describe('security.txt', () => {
  test('does not exist without a contact', async () => {
    expect((await get('/.well-known/security.txt')).statusCode).toBe(404)
  })

  test('has the contacts of the operator, and expires within a year', async () => {
    const securityContacts = ['mailto:security@example.org', 'https://example.org/report']
    const app = await buildApp({ db: register.db, today: () => '2026-07-15' }, { securityContacts, publicRead: false })
    const { statusCode, headers, payload } = await app.inject({ url: '/.well-known/security.txt' })
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(payload).toBe(
      'Contact: mailto:security@example.org\nContact: https://example.org/report\nExpires: 2027-01-11T00:00:00Z\n',
    )
    await app.close()
  })
})
