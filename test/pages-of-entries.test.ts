import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DOMParser, parseHTML } from 'linkedom'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { outlines } from '../src/pages/map/outlines.ts'
import { mapOf } from '../src/pages/map/svg.ts'
import { mapWidth } from '../src/pages/map/worker.ts'
import { loadSample } from '../src/programs/sample.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

/** A page as a browser gets it, its text and its links. */
async function page(url: string, status = 200) {
  const { statusCode, headers, body } = await register.app.inject({ url, headers: { accept: 'text/html' } })
  expect(statusCode, url).toBe(status)
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  expect(body.length).toBeLessThan(100_000)
  const { document } = parseHTML(body)
  const text = document.querySelector('body')!.textContent.replaceAll(/\s+/g, ' ')
  const links = [...document.querySelectorAll('a')].map((link) => link.getAttribute('href')!)
  return { headers, document, text, links }
}

/** The rows of the first table with a column of this name, as the texts of their cells. */
const rowsOf = (document: Document, column: string): string[][] => {
  const table = [...document.querySelectorAll('table')].find(({ textContent }) => textContent.includes(column))!
  return [...table.querySelectorAll('tbody tr')].map((row) =>
    [...row.querySelectorAll('td')].map(({ textContent }) => textContent.trim()),
  )
}

async function picture(url: string) {
  const { statusCode, headers, body } = await register.app.inject({ url })
  expect([url, statusCode, headers['content-type']]).toEqual([url, 200, 'image/svg+xml; charset=utf-8'])
  const svg = new DOMParser().parseFromString(body, 'image/svg+xml')
  const marks = [...svg.querySelectorAll('a')].map((link) => ({
    to: link.getAttribute('href')!.replaceAll('&amp;', '&'),
    title: link.querySelector('title')!.textContent,
    /** Whether it is a dot. */
    dot: link.querySelector('circle') !== null,
  }))
  return { headers, body, svg, marks }
}

const add = async (over: object) => {
  await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)
}
const between = (one: string, other: string) => ({
  signatories: [
    { side: 1, signatory: one },
    { side: 2, signatory: other },
  ],
})

describe('a map', () => {
  test('has a title and a link on each partner, and the figures of its table and of the API', async () => {
    const { document, text } = await page('/map?party=US')
    const { marks, svg } = await picture('/map.svg?party=US')
    const { body } = await register.api.get('/v1/statistics?groupBy=pair&party=US').expect(200)
    const rows = rowsOf(document, 'Partner')
    expect(rows.map(([, count, inForce]) => [Number(count), Number(inForce)])).toEqual(
      body.items.map(({ count, inForce }: { count: number; inForce: number }) => [count, inForce]),
    )
    expect(marks).toContainEqual({ to: '/pairs/US,KR', title: 'Republic of Korea: 4 agreements', dot: false })
    expect(marks).toContainEqual({ to: '/pairs/US,SG', title: 'Singapore: 1 agreement', dot: true })
    expect(marks).toHaveLength(rows.length - 1)
    expect(svg.querySelector('title')!.textContent).toBe('United States: partners by number of agreements')
    expect(text).toContain('Borders are those of the data set (Natural Earth)')
    expect(text).toContain('Not on the map: 1 party')
    const image = document.querySelector('img')!
    expect(image.getAttribute('src')).toBe('/map.svg?party=US')
    expect(image.getAttribute('alt')).toContain('Australia 1')
  })

  test('names organizations and vanished states beside it', async () => {
    await add({ reference: 'MAP-1', ...between('SUHH', 'FI') })
    const { document } = await page('/map?party=FI')
    expect(document.querySelector('details')!.textContent).toContain('former state, 1 agreement')
    expect((await picture('/map.svg?party=FI')).marks).toEqual([])
  })

  test('shows no former territory in the place of the country that has its number today', async () => {
    await add({ reference: 'MAP-3', ...between('AIDJ', 'IS'), dates: [{ event: 'signed', date: '1970-01-05' }] })
    const { document } = await page('/map?party=IS')
    expect(document.querySelector('details')!.textContent).toContain('French Afars and Issas')
    expect((await picture('/map.svg?party=IS')).marks).toEqual([])
  })

  test('of other filters links to the agreements of each party', async () => {
    const { marks } = await picture('/map.svg?status=in_force')
    expect(marks).toContainEqual({
      to: '/agreements?status=in_force&party=AU',
      title: 'Australia: 1 agreement',
      dot: false,
    })
  })

  test('is not sent again when nothing has changed, and is when something has', async () => {
    const { headers } = await picture('/map.svg?party=NO')
    const again = { 'if-none-match': headers['etag'] as string }
    expect((await register.app.inject({ url: '/map.svg?party=NO', headers: again })).statusCode).toBe(304)
    await add({ reference: 'MAP-2', ...between('NO', 'CH') })
    expect((await register.app.inject({ url: '/map.svg?party=NO', headers: again })).statusCode).toBe(200)
  })

  test('says what a misspelt word was taken for', async () => {
    const { text, links } = await page('/map?q=dissaster')
    expect(text).toContain('This is what is found for “disaster”')
    expect(links).toContain('/agreements?q=dissaster&party=KR')
  })

  test('says what is wrong with a filter', async () => {
    const { links } = await page('/map?prty=US', 400)
    expect(links).toContain('/map?party=US')
    expect((await register.app.inject({ url: '/map.svg?sort=title' })).statusCode).toBe(400)
  })

  test('has a legend that fits below it, however many agreements there are', () => {
    const partners = [1, 4, 5, 19, 20, 99, 100, 499, 500, 571_000].map((agreements, i) => ({
      code: `X${i}`,
      name: `Party ${i}`,
      kind: 'state' as const,
      place: null,
      inForce: 0,
      agreements,
    }))
    const home = { code: 'GS', name: 'South Georgia and the South Sandwich Islands', place: '239' }
    const svg = mapOf([], { total: 1, didYouMean: null, home, partners }, { title: 'Map', addressOf: () => '/' })
    const [, size] = /<g font-size="([\d.]+)"><rect/.exec(svg)!
    const labels = [...svg.matchAll(/<text x="(\d+)"[^>]*>([^<]*)<\/text>/g)]
    expect(labels.length).toBeGreaterThan(4)
    const ends = labels.map(([, x, label]) => Number(x) + (label!.length * Number(size)) / 2)
    expect(Math.max(...ends)).toBeLessThanOrEqual(mapWidth)
  })

  test('has a place for every country of ISO 3166 but these', async () => {
    const ids = new Set((await outlines()).map(({ id }) => id))
    const file = readFileSync(join(import.meta.dirname, '../data/vocabularies/states.csv'), 'utf8')
    const all = file.split('\n').flatMap((line) => {
      const [, code, id] = /^([A-Z]{2}),.*iso3166-1-numeric:(\d{3})/.exec(line) ?? []
      return code === undefined ? [] : [{ code, id: id! }]
    })
    expect(all.length).toBeGreaterThan(240)
    const without = all.filter(({ id }) => !ids.has(id)).map(({ code }) => code)
    expect(without).toEqual('AQ BQ BV CC CX GF GI GP MQ RE SJ TK TV UM YT'.split(' '))
    expect(ids).toContain('XK')
  })
})

describe('the home page', () => {
  test('has a map of all parties beside a table', async () => {
    const { document, links } = await page('/')
    expect(document.querySelector('img')!.getAttribute('src')).toBe('/map.svg')
    expect(rowsOf(document, 'In force')[0]).toEqual(['United States', '17', '10'])
    expect(links).toContain('/signatories/US')
    expect(links).toContain('/map')
    expect((await picture('/map.svg')).marks).toContainEqual({
      to: '/signatories/SE',
      title: 'Sweden: 1 agreement',
      dot: false,
    })
  })
})

describe('the page of', () => {
  test('a party has its agreements, partners, decades, domains, predecessors and bodies', async () => {
    const { document, text, links } = await page('/signatories/us')
    expect(document.querySelector('h1')!.textContent).toBe('United States')
    expect(text).toContain('Republic of Texas (union, 29 December 1845)')
    expect(rowsOf(document, 'Decade')).toEqual([
      ['2000s', '9'],
      ['2010s', '5'],
      ['2020s', '3'],
    ])
    for (const link of [
      '/agreements?party=US',
      '/agreements?party=US&signedFrom=2000-01-01&signedTo=2009-12-31',
      '/agreements/DHS-ST-2019-KR',
      '/pairs/US,AU',
      '/signatories/US-DHS',
      '/v1/signatories/US',
    ])
      expect(links).toContain(link)
    expect(links.some((link) => link.startsWith('/research-domains/'))).toBe(true)
  })

  test('a body says for whom it acts, and counts what it and the bodies under it signed', async () => {
    const { text, links } = await page('/signatories/US-DHS')
    expect(text).toContain('17 agreements')
    expect(links).toContain('/signatories/US')
    expect(links).toContain('/agreements?signatory=US-DHS')
  })

  test('a party leads to pages alone, not to JSON, but for what the page itself shows', async () => {
    for (const url of ['/signatories/US', '/signatories/GB', '/research-domains/theme:disaster-resilience']) {
      const { links } = await page(url)
      expect(links.filter((link) => link.startsWith('/v1/'))).toHaveLength(1)
    }
    expect((await page('/signatories/GB')).links).toContain('/signatories?parent=GB')
    expect((await page('/signatories?parent=GB')).text).toContain('Anguilla')
  })

  test('a body that signed nothing', async () => {
    expect((await page('/signatories/TV')).text).toContain('No agreement.')
  })

  test('a party whose oldest agreement is centuries old has the decades with agreements', async () => {
    await add({ reference: 'OLD-1', ...between('PT', 'GB'), dates: [{ event: 'signed', date: '1373-06-16' }] })
    await add({ reference: 'OLD-2', ...between('PT', 'BR'), dates: [{ event: 'signed', date: '2000-04-22' }] })
    const { document, links } = await page('/signatories/PT')
    expect(rowsOf(document, 'Decade')).toEqual([
      ['1370s', '1'],
      ['2000s', '1'],
    ])
    expect(links).toContain('/agreements?party=PT&signedFrom=1370-01-01&signedTo=1379-12-31')
  })

  test('a pair has the agreements between the two, in either order', async () => {
    for (const url of ['/pairs/US,KR', '/pairs/kr,us']) {
      const { text, links } = await page(url)
      expect(text).toContain('4 agreements')
      expect(links).toContain('/agreements/DHS-ST-2019-KR')
      expect(links).toContain('/signatories/KR')
    }
  })

  test('a domain has its agreements and its place in the taxonomy', async () => {
    const { body } = await register.api.get('/v1/agreements?researchDomain=theme:disaster-resilience&count=exact')
    const { text, links } = await page('/research-domains/theme:disaster-resilience')
    expect(text).toContain(`${body.total} agreement`)
    expect(links).toContain('/agreements?researchDomain=theme%3Adisaster-resilience')
    expect(links.some((link) => link.startsWith('/research-domains/theme:'))).toBe(true)
  })

  test('a collection says whose list it is', async () => {
    const { body } = await register.api.get('/v1/collections/sample').expect(200)
    const { text, links } = await page('/collections/sample')
    expect(text).toContain(body.publisher ?? body.name)
    expect(links).toContain('/agreements?collection=sample')
  })

  test('what does not exist says what was probably meant', async () => {
    for (const [url, meant] of [
      ['/signatories/Korea', '/signatories/KR'],
      ['/pairs/Korea,US', '/pairs/KR,US'],
      ['/pairs/US-DHS,KR', '/pairs/US,KR'],
      ['/research-domains/theme:disaster-resilienc', '/research-domains/theme:disaster-resilience'],
      ['/collections/sampl', '/collections/sample'],
    ] as const)
      expect((await page(url, 404)).links, url).toContain(meant)
    for (const url of [
      '/pairs/US',
      '/pairs/US,US',
      '/pairs/US,KR,SE',
      '/signatories/xyzzy',
      '/signatories/%F0%9F%8E%89',
    ])
      expect((await page(url, 404)).text, url).toContain('Not found')
  })

  test('what several may be meant by names them all', async () => {
    for (const parent of ['SE', 'FI']) {
      const body = { code: `${parent}-TWIN`, name: `Twin of ${parent}`, kind: 'other', parent, aliases: ['The Twins'] }
      await register.api.post('/v1/signatories').send(body).expect(201)
    }
    const { links } = await page('/pairs/The%20Twins,KR', 404)
    expect(links).toEqual(expect.arrayContaining(['/pairs/FI-TWIN,KR', '/pairs/SE-TWIN,KR']))
  })
})

describe('the list of', () => {
  test('parties and bodies has all that the API lists, page by page, each with its agreements', async () => {
    const { body } = await register.api.get('/v1/signatories?count=exact&limit=1').expect(200)
    const first = await page('/signatories')
    expect(first.text).toContain(`${body.total} parties and bodies`)
    const names: string[] = []
    let next: string | undefined = '/signatories'
    while (next !== undefined) {
      const { document } = await page(next)
      names.push(...rowsOf(document, 'Part of').map(([name]) => name!))
      next = document.querySelector('a[rel=next]')?.getAttribute('href') ?? undefined
    }
    expect(names).toHaveLength(body.total)
    expect(new Set(names).size).toBe(body.total)
  })

  test('parties and bodies finds a name in any language, by kind too, and says what was taken for it', async () => {
    const { document, links } = await page('/signatories?q=corée')
    expect(rowsOf(document, 'Part of')[0]!.slice(0, 2)).toEqual(['Republic of Korea KR', 'State'])
    expect(links).toContain('/agreements?party=KR')
    const dhs = await page('/signatories?q=homeland&kind=agency')
    expect(rowsOf(dhs.document, 'Part of')[0]).toEqual([
      'Department of Homeland Security US-DHS',
      'Agency',
      'United States',
      '0',
      '13',
    ])
    expect((await page('/signatories?q=Swedn')).text).toContain('This is what is found for')
    expect((await page('/signatories?q=xyzzyplugh')).text).toContain('Nothing was found')
    expect((await page('/signatories?kind=stat', 400)).links).toContain('/signatories?kind=state')
  })

  test('research domains counts each with the narrower ones, as its list does', async () => {
    const { document } = await page('/research-domains?q=disaster')
    const links = [...document.querySelectorAll('tbody td.number a')]
    expect(links.length).toBeGreaterThan(0)
    for (const link of links) {
      const { text } = await page(link.getAttribute('href')!)
      expect(text, link.getAttribute('href')!).toContain(`${link.textContent} agreement`)
    }
  })

  test('collections says whose lists they are', async () => {
    const { document, links } = await page('/collections')
    const { body } = await register.api.get('/v1/collections').expect(200)
    const names = body.items.map(({ name }: { name: string }) => name)
    expect(rowsOf(document, 'Publisher').map(([name]) => name)).toEqual(names)
    expect(links).toContain('/collections/sample')
  })

  test('each is reached from every page', async () => {
    for (const url of ['/', '/agreements', '/signatories/US']) {
      const { links } = await page(url)
      expect(links).toEqual(expect.arrayContaining(['/signatories', '/research-domains', '/collections']))
    }
  })
})

test('a page with several addresses names the one to keep, and says what it shows', async () => {
  const { body } = await register.api.get('/v1/agreements/DHS-ST-2019-KR').expect(200)
  for (const [url, canonical] of [
    ['/pairs/US,KR', '/pairs/KR,US'],
    ['/pairs/kr,us', '/pairs/KR,US'],
    ['/signatories/us', '/signatories/US'],
    ['/collections/SAMPLE', '/collections/sample'],
    [`/agreements/${body.id}`, '/agreements/DHS-ST-2019-KR'],
    ['/agreements/dhs-st-2019-kr?on=2020-01-01', '/agreements/DHS-ST-2019-KR'],
    ['/agreements?type=agreement&party=US&q=', '/agreements?party=US&type=agreement'],
    ['/', '/'],
  ] as const) {
    const { document } = await page(url)
    expect(document.querySelector('link[rel=canonical]')!.getAttribute('href'), url).toBe(canonical)
    expect(document.querySelector('meta[name=description]')!.getAttribute('content')!.length, url).toBeGreaterThan(30)
    await page(canonical)
  }
  for (const [url, status] of [
    ['/signatories/xyzzy', 404],
    ['/sign-in', 200],
  ] as const)
    expect((await page(url, status)).document.querySelector('link[rel=canonical]'), url).toBe(null)
})

test('below a prefix, every link and picture leads below it', async () => {
  const publicUrl = { origin: 'https://example.org', prefix: '/register' }
  const app = await buildApp({ db: register.db, today: register.today }, { publicUrl })
  for (const url of [
    '/',
    '/map?party=US',
    '/map.svg?party=US',
    '/signatories/US',
    '/pairs/US,KR',
    '/signatories/Korea',
  ]) {
    const { body } = await app.inject({ url: `/register${url}`, headers: { accept: 'text/html' } })
    const addresses = [...body.matchAll(/ (?:href|src)="([^"#]+)"/g)].map(([, address]) => address!)
    expect(addresses.length, url).toBeGreaterThan(3)
    expect(
      addresses.filter((address) => !/^\/register\/./.test(address) && address !== '/register/'),
      url,
    ).toEqual([])
  }
  await app.close()
})

test('in a register that is read with a key, they ask to sign in', async () => {
  const app = await buildApp({ db: register.db, today: register.today }, { publicRead: false })
  const lists = ['/signatories', '/research-domains', '/collections']
  for (const url of [...lists, '/map', '/map.svg', '/signatories/US', '/pairs/US,KR', '/collections/sample']) {
    expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 303])
  }
  await app.close()
})

test('headings are in order, tables have headers, and every picture has a text, on each page', async () => {
  const lists = ['/signatories', '/research-domains', '/collections']
  for (const url of [
    '/',
    ...lists,
    '/map',
    '/agreements',
    '/signatories/US',
    '/pairs/US,KR',
    '/research-domains/ford:2',
  ]) {
    const { document } = await page(url)
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName[1]))
    expect(levels[0], url).toBe(1)
    expect(
      levels.every((level, i) => i === 0 || level <= levels[i - 1]! + 1),
      url,
    ).toBe(true)
    for (const table of document.querySelectorAll('table'))
      expect(table.querySelector('th[scope=col]'), url).toBeTruthy()
    for (const image of document.querySelectorAll('img')) expect(image.getAttribute('alt'), url).toBeTruthy()
  }
})

test('the pages of agreements lead to these pages', async () => {
  const agreement = await page('/agreements/DHS-ST-2019-KR')
  expect(agreement.links).toContain('/signatories/US-DHS-ST')
  expect(agreement.links).toContain('/signatories/KR')
  expect(agreement.links).toContain('/collections/sample')
  const list = await page('/agreements?party=US&researchDomain=theme:disaster-resilience&sort=title')
  expect(list.links).toContain('/signatories/US')
  expect(list.links).toContain('/research-domains/theme:disaster-resilience')
  expect(list.links).toContain('/map?party=US&researchDomain=theme%3Adisaster-resilience')
})
