import { Writable } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { openLog } from '../src/observability/log.ts'
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

const ids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i

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

  test('has no facet without agreements', async () => {
    const references = ['PAGE-1975', 'PAGE-2005']
    for (const reference of references) {
      const dates = [{ event: 'signed', date: `${reference.slice(-4)}-03-04` }]
      await register.api.post('/v1/agreements').send(anAgreement({ reference, dates })).expect(201)
    }
    const { text, body } = await page('/agreements?reference=PAGE-1975&reference=PAGE-2005')
    expect(text).toContain('Decade 2000s 1 1970s 1 Status')
    expect(body).not.toContain('<span class="number">0</span>')
    for (const reference of references) {
      await register.api.delete(`/v1/agreements/${reference}`).set('if-match', '*').expect(204)
    }
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
    expect(text).toContain('Signed since 23 October 2019, as an act of that day says; no later change is recorded.')
    for (const day of ['23 October 2019', '24 October 2019', '27 October 2019']) expect(text).toContain(day)
    expect(text).toContain('Yes, preferred to the others')
    expect(text).toContain('“It is the 13th bilateral of the Department of Homeland Security.” – supported')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  test('says that a day is not exact, and names languages', async () => {
    const given = anAgreement({
      reference: 'PAGE-1999',
      languages: ['ko', 'en'],
      dates: [{ event: 'signed', date: '1999' }],
    })
    await register.api.post('/v1/agreements').send(given).expect(201)
    const { text } = await page('/agreements/PAGE-1999')
    expect(text).toContain('Signed since 1 January 1999, as far as is known: no later change is recorded.')
    expect(text).toContain('Some of these days are not exact.')
    expect(text).toContain('Languages Korean, English')
    expect((await page('/agreements?reference=PAGE-1999')).text).toContain('since 1 January 1999 (not exact)')
    expect((await page('/timeline?reference=PAGE-1999')).text).toContain('1 January 1999 (not exact)')
    const exact = await page('/agreements?reference=DHS-ST-2019-KR')
    expect(exact.text).toMatch(/since 23 October 2019 [^(]/)
    await register.api.delete('/v1/agreements/PAGE-1999').set('if-match', '*').expect(204)
  })

  test('on another day', async () => {
    const { text, links } = await page('/agreements/DHS-ST-2012-NL?on=2016-03-31')
    expect(links).toContain('/agreements/DHS-ST-2012-NL')
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
    expect(text).toMatch(/Updated on .* UTC , by Test editor \(key \w+\): A better title/)
    expect(text).toContain('from “Old” to “New')
    expect(body).toContain('New &lt;b>title&lt;/b> &amp; &quot;more&quot;')
    expect(body).not.toContain('<b>title')
  })

  test('has its term and what notice would do in words, and what it is to others', async () => {
    const inForce = ['signed', 'entered_into_force'].map((event) => ({ event, date: '2020-03-01' }))
    const term = {
      length: 'P5Y',
      atEnd: 'renews',
      renewal: { length: 'P1Y', notice: 'P3M' },
      exit: { notice: 'P6M' },
    }
    const whole = {
      reference: 'PAGE-TERM',
      title: 'Agreement with a term',
      term,
      dates: inForce,
      entryIntoForce: { on: 'last_notification', delay: 'P1M', roundedUp: 'month' },
      documents: [{ title: 'English text', url: 'https://example.org/text.pdf', language: 'en' }],
    }
    await register.api.post('/v1/agreements').send(anAgreement(whole)).expect(201)
    const relations = [{ kind: 'implements', agreement: 'PAGE-TERM' }]
    const statusStatements = [{ status: 'in_force', on: '2021-02-28' }]
    const other = anAgreement({ reference: 'PAGE-UNDER', title: 'Arrangement under it', relations, statusStatements })
    await register.api.post('/v1/agreements').send(other).expect(201)
    const { text, links } = await page('/agreements/PAGE-TERM')
    const { body } = await register.api.get('/v1/agreements/PAGE-TERM?on=2026-01-01').expect(200)
    expect(body.exitDay).toBe('2026-07-01')
    for (const sentence of [
      'In force since 1 March 2020, as an act of that day says; no later change is recorded.',
      'If notice were given today, it would end on 1 July 2026.',
      'It runs 5 years from the entry into force. Then it renews itself by 1 year unless notice is given 3 months before.',
      'It can be terminated at any time with 6 months of notice.',
      'Enters into force 1 month after the last notification that the procedures are completed, on the first day of the month',
      'Implemented by Arrangement under it',
    ])
      expect(text).toContain(sentence)
    expect(links).toEqual(expect.arrayContaining(['/agreements/PAGE-UNDER', 'https://example.org/text.pdf']))
    const under = await page('/agreements/PAGE-UNDER')
    expect(under.text).toContain('Implements Agreement with a term')
    expect(under.text).toContain('In force on 28 February 2021')
    expect(under.links).toContain('/agreements/PAGE-TERM')
  })

  test('as the register had it at an instant, with a link to what it is now and an address to cite it by', async () => {
    const added = await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'PAGE-PAST', title: 'Before' }))
      .expect(201)
    const edit = { headers: { ...authHeader('editor'), 'if-match': '*' }, payload: { title: 'After' } }
    await register.app.inject({ method: 'PATCH', url: `/v1/agreements/${added.body.id}`, ...edit })
    const { text } = await page('/agreements/PAGE-PAST')
    const [, cited] = /http:\/\/localhost(\/agreements\/PAGE-PAST\?asOf=\S+)/.exec(text)!
    expect((await page(cited!)).text).toContain('After , signed')
    const past = await page(`/agreements/PAGE-PAST?asOf=${added.body.updatedAt}`)
    expect(past.text).toContain('Before , signed')
    expect(past.text).toContain('As the register had it at')
    expect(past.links).toContain('/agreements/PAGE-PAST')
    const none = await page('/agreements/PAGE-PAST?asOf=2000-01-01', 404)
    expect(none.text).toContain('The register did not have this agreement at 2000-01-01T00:00:00.000Z.')
    expect(none.body.replace(/To report this.*/s, '')).not.toMatch(ids)
  })

  test('has its changes in words: no JSON, and the titles of other agreements instead of their ids', async () => {
    const added = await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'PAGE-CHANGED' }))
      .expect(201)
    await register.app.inject({
      method: 'PATCH',
      url: `/v1/agreements/${added.body.id}`,
      headers: { ...authHeader('editor'), 'if-match': '*' },
      payload: {
        relations: [{ kind: 'cites', agreement: 'DHS-ST-2012-NL' }],
        term: { length: 'P5Y', atEnd: 'ends' },
        identifiers: [{ scheme: 'tias', value: '12-345' }],
        titleIsDescriptive: true,
      },
    })
    const { text, body } = await page('/agreements/PAGE-CHANGED')
    expect(text).toContain('Term: from nothing to runs from entry into force, length 5 years, at end ends')
    expect(text).toContain('Title is descriptive: from no to yes')
    expect(text).toContain('Identifiers (tias:12-345): from nothing to scheme tias, value 12-345')
    expect(text).toContain('Agreement on Cooperation in Science and Technology Concerning Homeland')
    expect(body.replace(/<a [^>]*>/g, '')).not.toMatch(ids)
    expect(body).not.toContain('{&quot;')
  })

  test('is not read again when nothing has changed', async () => {
    const { headers } = await page(korea)
    const again = { accept: 'text/html', 'if-none-match': headers['etag'] as string }
    expect((await register.app.inject({ url: korea, headers: again })).statusCode).toBe(304)
  })

  test('that does not exist says so, without an id or a stack', async () => {
    const { text, links, body } = await page('/agreements/NO-SUCH', 404)
    expect(body.replace(/To report this.*/s, '')).not.toMatch(ids)
    expect(links).toContain('/agreements?q=NO-SUCH')
    expect(text).toContain('There is no agreement with the reference NO-SUCH')
    expect(links).toContain('/agreements')
  })
})

describe('bad input', () => {
  test('in a path gives a page with what was probably meant, and a search for it', async () => {
    for (const [url, meant] of [
      ['/agreements/DHS-ST-2019-KX', '/agreements/DHS-ST-2019-KR'],
      ['/agreements/DHS-ST-2012-N?on=2016-03-31', '/agreements/DHS-ST-2012-NL?on=2016-03-31'],
      ['/agreements/DHS-ST-2019-KX/position?party=KR', '/agreements/DHS-ST-2019-KR/position?party=KR'],
      ['/agreements/quantum%20flood', '/agreements?q=quantum+flood'],
      ['/signatories/Koera', '/signatories?q=Koera'],
      ['/research-domains/flods', '/research-domains?q=flods'],
      ['/nowhere', '/'],
      ['/agreements/DHS-ST-2019-KR/nowhere', '/agreements'],
    ] as const)
      expect((await page(url, 404)).links, url).toContain(meant)
  })

  test('in a query gives a page that says each thing once, with what was meant or a search for it', async () => {
    const country = await page('/agreements?type=agreement&party=Koera', 400)
    expect(country.links).toContain('/signatories?q=Koera')
    expect(country.text).not.toContain('/v1/')
    const day = await page('/agreements?inForceOn=1.4.2016', 400)
    expect(day.text.split('Must be a calendar day').length).toBe(2)
  })

  const attempts = [
    '/agreements?q=%00',
    '/agreements?q=%FF',
    '/agreements?q=%3Cscript%3Ealert(1)%3C/script%3E',
    '/agreements?party=%3Cimg%20src=x%3E',
    '/agreements?__proto__=1',
    '/agreements?constructor[prototype]=1',
    '/agreements?cursor=abc',
    '/agreements?limit=-1',
    '/agreements?id=zz',
    '/agreements?party=KR&asOf=99999-01-01',
    '/agreements/..%2f..%2fetc%2fpasswd',
    '/agreements/%00',
    "/agreements/' or 1=1 --",
    '/agreements/00000000-0000-0000-0000-000000000000',
    '/agreements/DHS-ST-2019-KR?asOf=0001-01-01',
    '/agreements/DHS-ST-2019-KR/position?type=treaty',
    '/signatories?kind=%3Cu%3E',
    '/signatories?q=%27%22%3E',
    '/signatories?cursor=x.y',
    '/research-domains?parent=nope',
    '/collections/%F0%9F%8E%89',
    '/pairs/,',
    '/pairs/%2C%2C%2C',
    '/statistics?groupBy=a&groupBy=b&groupBy=c',
    '/deadlines?from=2026-01-01&to=2025-01-01',
    '/map?party=%00',
    '/no/such/path?x=%3Cscript%3E',
    '/no/such/path/',
    `/signatories/${'a'.repeat(500)}`,
    '/%',
    '/agreements/%E0%A4%A',
    '/%3Cscript%3Ealert(1)%3C/script%3E',
  ]
  test.each(attempts)('%s shows no JSON, no id, no stack and nothing that runs', async (url) => {
    const { statusCode, headers, body } = await register.app.inject({
      url: url.replaceAll(' ', '%20'),
      headers: { accept: 'text/html' },
    })
    expect(statusCode).toBeLessThan(500)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    const shown = body.replace(/<details class="faint"><summary>To report this.*?<\/details>/s, '')
    expect(shown.replaceAll('00000000-0000-0000-0000-000000000000', '')).not.toMatch(ids)
    expect(shown).not.toMatch(/\{"|\{&quot;|^\s+at |node_modules|<script|<img src=x|<u>/m)
  })
})

test('a path that no route has is answered to programs as ever', async () => {
  for (const [url, accept] of [
    ['/nowhere', '*/*'],
    ['/v1/nowhere', 'text/html'],
    ['/nowhere', 'application/json, text/html;q=0.9'],
  ]) {
    const { statusCode, headers } = await register.app.inject({ url: url!, headers: { accept: accept! } })
    expect([statusCode, headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8'])
  }
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

test('an error of the server is a page without its words, and is logged', async () => {
  const lines: string[] = []
  const loggerInstance = openLog(
    'error',
    new Writable({ write: (line, _, done) => (lines.push(String(line)), done()) }),
  )
  const db = register.db.watchedBy(() => Promise.reject(new Error('secret')))
  const app = await buildApp({ db, today: register.today }, { loggerInstance })
  for (const url of ['/', '/agreements', korea]) {
    const { statusCode, headers, body } = await app.inject({ url, headers: { accept: 'text/html' } })
    expect([url, statusCode, headers['content-type']]).toEqual([url, 500, 'text/html; charset=utf-8'])
    expect(body).not.toContain('secret')
    expect(JSON.parse(lines.pop()!)).toMatchObject({ level: 50, reqId: headers['x-request-id'] })
  }
  expect(lines).toEqual([])
  await app.close()
})
