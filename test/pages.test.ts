import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { loadSample } from '../src/programs/sample.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

/** A page as a browser gets it, and its text without tags. */
async function page(url: string, status = 200) {
  const { statusCode, headers, body } = await register.app.inject({ url, headers: { accept: 'text/html' } })
  expect(statusCode, url).toBe(status)
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  const text = body
    .replaceAll(/<title>.*?<\/title>|<[^>]*>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
  const links = [...body.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href!.replaceAll('&amp;', '&'))
  return { headers, body, text, links }
}

const korea = '/agreements/DHS-ST-2019-KR'

describe('the home page', () => {
  test('says what this is, and shows figures and what was signed last', async () => {
    const { text, links } = await page('/')
    expect(text).toContain('A register of bilateral agreements')
    expect(links).toContain(korea)
    expect(links).toContain('/agreements?status=in_force')
  })

  test('of a register that is read with a key asks to sign in', async () => {
    const app = await buildApp({ db: register.db, today: register.today }, { publicRead: false })
    const headers = { accept: 'text/html' }
    for (const url of ['/', '/agreements', korea]) {
      const { statusCode, headers: answered, body } = await app.inject({ url, headers })
      expect([url, statusCode, body]).toEqual([url, 303, ''])
      expect(answered['location']).toMatch(/^\/sign-in/)
      if (url === '/') continue
      const read = await app.inject({ url, headers: { ...headers, ...authHeader('reader') } })
      expect([url, read.statusCode]).toEqual([url, 200])
    }
    await app.close()
  })
})

describe('the page of agreements', () => {
  test('finds what the list of the API finds for the same query', async () => {
    for (const query of ['', '?party=SE', '?q=floods', '?pair=US,NL&inForceOn=2016-04-01', '?sort=title&limit=3']) {
      const { body } = await register.api.get(`/v1/agreements${query}`).expect(200)
      const { links } = await page(`/agreements${query}`)
      const shown = links.filter((link) => /^\/agreements\/[^?]+$/.test(link)).map(decodeURIComponent)
      expect(shown, query).toEqual(body.items.map(({ reference }: { reference: string }) => `/agreements/${reference}`))
    }
  })

  test('has facets that narrow, chips that widen, and an address of each next page', async () => {
    const { text, links } = await page('/agreements?type=agreement&limit=2')
    expect(text).toContain('12 agreements')
    expect(links).toContain('/agreements?type=agreement&limit=2&party=AU')
    expect(links).toContain('/agreements?limit=2')
    const next = links.find((link) => link.includes('cursor='))!
    const second = await page(next)
    expect(second.links.filter((link) => /^\/agreements\/[^?]+$/.test(link))).toHaveLength(2)
  })

  test('says what a misspelt word was taken for', async () => {
    const { text } = await page('/agreements?q=dissaster')
    expect(text).toContain('This is what is found for “disaster”')
  })

  test('says what is wrong with a query, and links to what was probably meant', async () => {
    const unknown = await page('/agreements?prty=KR', 400)
    expect(unknown.links).toContain('/agreements?party=KR')
    const country = await page('/agreements?type=agreement&party=Korea', 400)
    expect(country.text).toContain('party')
    expect(country.body).not.toMatch(/\{"|    at /)
  })
})

describe('the page of an agreement', () => {
  test('shows the status with what it rests on, competing dates, claims and sources', async () => {
    const { text, headers } = await page(korea)
    expect(text).toContain('Signed since 23 October 2019, as far as is known')
    for (const day of ['23 October 2019', '24 October 2019', '27 October 2019']) expect(text).toContain(day)
    expect(text).toContain('Yes, preferred to the others')
    expect(text).toContain('“It is the 13th bilateral of the Department of Homeland Security.” – supported')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  test('on another day', async () => {
    const { text } = await page('/agreements/DHS-ST-2012-NL?on=2016-03-31')
    expect(text).toContain('As it was in law on 31 March 2016')
    expect(text).toContain('Signed since 29 November 2012, until 1 April 2016')
  })

  test('says who changed what, from what to what', async () => {
    const added = await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'PAGE-1', title: 'Old' }))
      .expect(201)
    const edit = { headers: { ...authHeader('editor'), 'if-match': '*', 'x-change-note': 'A better title' } }
    await register.app.inject({
      method: 'PATCH',
      url: `/v1/agreements/${added.body.id}`,
      ...edit,
      payload: { title: 'New <b>title</b> & "more"' },
    })
    const { text, body } = await page('/agreements/PAGE-1')
    expect(text).toMatch(/Updated on .* by key:.*: A better title/)
    expect(text).toContain('from “Old” to “New')
    expect(body).toContain('New &lt;b>title&lt;/b> &amp; &quot;more&quot;')
    expect(body).not.toContain('<b>title')
  })

  test('is not read again when nothing has changed', async () => {
    const { headers } = await page(korea)
    const again = { accept: 'text/html', 'if-none-match': headers['etag'] as string }
    expect((await register.app.inject({ url: korea, headers: again })).statusCode).toBe(304)
  })

  test('that does not exist says so, without an id or a stack', async () => {
    const { text, links } = await page('/agreements/NO-SUCH', 404)
    expect(text).toContain('There is no agreement with the reference NO-SUCH')
    expect(links).toContain('/agreements')
  })
})

test('the style sheet and the picture of the tab are there', async () => {
  for (const [url, type] of [
    ['/pages.css', 'text/css; charset=utf-8'],
    ['/pages.svg', 'image/svg+xml; charset=utf-8'],
  ] as const) {
    const { statusCode, headers } = await register.app.inject({ url })
    expect([statusCode, headers['content-type']]).toEqual([200, type])
  }
})
