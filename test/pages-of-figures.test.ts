import { parseHTML } from 'linkedom'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { guide } from '../src/openapi/guide.ts'
import { loadSample } from '../src/programs/sample.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

const plain = (html: string): string =>
  html
    .replaceAll(/<title>.*?<\/title>|<[^>]*>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** A page as a browser gets it: its text, its links, the rows of its tables, and the address of the API's answer. */
async function page(url: string, status = 200) {
  const { statusCode, body } = await register.app.inject({ url, headers: { accept: 'text/html' } })
  expect([url, statusCode]).toEqual([url, status])
  const addresses = (tag: RegExp) => [...body.matchAll(tag)].map(([, href]) => href!.replaceAll('&amp;', '&'))
  const rows = [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) => plain(cell!)),
  )
  return {
    body,
    text: plain(body),
    links: addresses(/<a href="([^"]*)"/g),
    pictures: addresses(/<img src="([^"]*)"/g),
    rows: rows.filter((cells) => cells.length > 0),
    api: addresses(/<link rel="alternate" type="application\/json" href="([^"]*)"/g)[0] ?? '',
  }
}

interface Group {
  keys: (string | null)[]
  labels: string[]
  count: number
  inForce: number
}

const read = async (url: string) => (await register.api.get(url).expect(200)).body

describe('the page of statistics', () => {
  test('has in its table what the API counts for the same query', async () => {
    for (const query of ['', '?groupBy=pair&party=US', '?groupBy=signedDecade&q=border', '?groupBy=researchDomain']) {
      const { rows, api, text } = await page(`/statistics${query}`)
      const { items, total } = (await read(api)) as { items: Group[]; total: number }
      expect(items.length, query).toBeGreaterThan(0)
      expect(text).toContain(`${total} agreement`)
      const counted = items.map(({ labels, count, inForce }) => [labels[0], String(count), String(inForce)])
      expect(rows.map((cells) => cells.slice(0, 3))).toEqual(counted)
    }
  })

  test('counts by year unless asked otherwise, with a chart to take along that says what it shows', async () => {
    const { body, pictures, links, rows } = await page('/statistics?signatory=US-DHS')
    expect(pictures).toEqual(['/v1/statistics.svg?signatory=US-DHS&groupBy=signedYear'])
    expect(body).toContain('alt="Bar chart: Agreements by year of signature.')
    expect(links).toContain(pictures[0])
    expect(rows[0]!.slice(0, 2)).toEqual(['2023', '1'])
    const { headers } = await register.api.get(pictures[0]!).expect(200)
    expect(headers['content-type']).toContain('image/svg+xml')
    expect(headers['etag']).toBeDefined()
  })

  test('links each group to a list of as many agreements', async () => {
    for (const dimension of ['signedYear', 'signedDecade', 'kinds', 'pair']) {
      const { body } = await page(`/statistics?groupBy=${dimension}&groupBy=type&type=agreement`)
      const linked = /<a href="(\/agreements\?[^"]*)">[^<]*<\/a><\/td><td[^>]*>Agreement<\/td><td[^>]*>(\d+)</g
      const groups = [...body.matchAll(linked)].slice(0, 2)
      expect(groups.length, dimension).toBeGreaterThan(0)
      for (const [, href, count] of groups) {
        const { text } = await page(href!.replaceAll('&amp;', '&'))
        expect(text, href).toContain(`${count} agreement`)
      }
    }
  })

  test('of two dimensions has the groups with agreements alone', async () => {
    const { rows, api } = await page('/statistics?groupBy=signedYear&groupBy=type')
    const { items } = (await read(api)) as { items: Group[] }
    const known = items.filter(({ count }) => count > 0)
    expect(known.length).toBeLessThan(items.length)
    expect(rows).toHaveLength(known.length)
  })

  test('takes what its form sends, the empty fields too, and says what is wrong with the rest', async () => {
    const sent = await page('/statistics?groupBy=type&groupBy=&sort=key&q=')
    expect(sent.rows).toHaveLength(5)
    const twice = await page('/statistics?groupBy=type&groupBy=type', 400)
    expect(twice.text).toContain('Must be two different dimensions.')
    const misspelt = await page('/statistics?groupBy=signedyear', 400)
    expect(misspelt.links).toContain('/statistics?groupBy=signedYear')
    expect((await page('/statistics?groupby=type', 400)).links).toContain('/statistics?groupBy=type')
  })

  test('has pages of groups that together have each once', async () => {
    const first = await page('/statistics?groupBy=party&limit=10')
    const second = await page(first.links.find((link) => link.includes('cursor='))!)
    const names = [...first.rows, ...second.rows].map(([name]) => name)
    expect(names).toHaveLength(15)
    expect(new Set(names).size).toBe(15)
  })
})

describe('the page of deadlines', () => {
  beforeAll(async () => {
    const inForce = (date: string) => [
      { event: 'signed', date },
      { event: 'entered_into_force', date },
    ]
    const tacit = { length: 'P5Y', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P3M' } }
    const ends = { length: 'P5Y', atEnd: 'ends' }
    for (const [reference, term, date] of [
      ['PAGE-RENEWS', tacit, '2016-04-10'],
      ['PAGE-ENDS', ends, '2021-06-20'],
    ] as const) {
      const agreement = anAgreement({ reference, title: `Agreement ${reference}`, term, dates: inForce(date) })
      await register.api.post('/v1/agreements').send(agreement).expect(201)
    }
  })

  test('lists month by month what the API lists, and links to each agreement', async () => {
    const { text, rows, links, api } = await page('/deadlines')
    const { items } = (await read(api)) as { items: { agreement: { title: string } }[] }
    expect(rows.map(([title]) => title)).toEqual(items.map(({ agreement }) => agreement.title))
    expect(rows).toEqual([
      [
        'Agreement PAGE-RENEWS',
        '10 January 2026',
        'Last day for notice; otherwise it renews on 10 April 2026',
        expect.any(String),
      ],
      ['Agreement PAGE-RENEWS', '10 April 2026', 'Renews', expect.any(String)],
      ['Agreement PAGE-ENDS', '20 June 2026', 'Ends', expect.any(String)],
    ])
    for (const month of ['January 2026', 'April 2026', 'June 2026']) expect(text).toContain(month)
    expect(links).toContain('/agreements/PAGE-ENDS')
  })

  test('of one kind, in another period, has the calendar of just these', async () => {
    const { rows, links } = await page('/deadlines?kind=expiry&from=2026-06-01&to=2026-07-01')
    expect(rows.map(([title]) => title)).toEqual(['Agreement PAGE-ENDS'])
    const calendar = links.find((link) => link.startsWith('/v1/deadlines.ics'))!
    const { text } = await register.api.get(calendar).expect(200)
    expect(text.match(/^SUMMARY:.*/gm)).toHaveLength(1)
    expect(text).toContain('SUMMARY:Ends: Agreement PAGE-ENDS')
  })

  test('goes on where a page ends, and says what is wrong with a period', async () => {
    const { links } = await page('/deadlines?limit=2')
    const { rows } = await page(links.find((link) => link.includes('cursor='))!)
    expect(rows.map(([title]) => title)).toEqual(['Agreement PAGE-ENDS'])
    const { text } = await page('/deadlines?from=2026-06-01&to=2026-01-01', 400)
    expect(text).toContain('is before')
  })
})

describe('the timeline', () => {
  test('has a line and a row for each agreement that the list finds, in the same order', async () => {
    for (const query of ['?party=NL', '?sort=title&limit=5', '?q=border']) {
      const { body, rows, api } = await page(`/timeline${query}`)
      const { items } = (await read(api)) as { items: { title: string; reference: string }[] }
      expect(rows.map(([title]) => title)).toEqual(items.map(({ title }) => title))
      const [, picture] = /<svg class="timeline"(.*?)<\/svg>/s.exec(body)!
      const drawn = [...picture!.matchAll(/href="\/agreements\/([^"]*)"/g)].map(([, reference]) => reference)
      expect(drawn).toEqual(items.map(({ reference }) => reference))
    }
  })

  test('draws the statuses from signature on, and says when each began', async () => {
    const { body, rows } = await page('/timeline?reference=DHS-ST-2012-NL')
    expect(rows[0]!.slice(2, 5)).toEqual(['29 November 2012', '1 April 2016', 'No known end'])
    expect(body).toContain('<title>Signed from 29 November 2012 until 1 April 2016</title>')
    expect(body).toContain('<title>In force from 1 April 2016</title>')
  })

  test('says how many it shows, and has the others on further pages', async () => {
    const all = (await page('/timeline')).rows.length
    const first = await page('/timeline?limit=10')
    expect(first.text).toContain(`This page shows 10 of ${all}.`)
    const second = await page(first.links.find((link) => link.includes('cursor='))!)
    expect(second.rows).toHaveLength(all - 10)
    await page('/timeline?limit=51', 400)
  })
})

describe('the network', () => {
  interface Network {
    nodes: { name: string; agreements: number; inForce: number }[]
    edges: { source: string; target: string }[]
  }

  test('lists the parties and pairs of the API, and draws each', async () => {
    const { body, rows, api } = await page('/network?signatory=US-DHS')
    const { nodes, edges } = (await read(api)) as Network
    expect(rows.slice(0, nodes.length)).toEqual(
      nodes.map(({ name, agreements, inForce }) => [name, String(agreements), String(inForce)]),
    )
    expect(rows).toHaveLength(nodes.length + edges.length)
    const [, picture] = /<svg class="network"(.*?)<\/svg>/s.exec(body)!
    expect(picture!.match(/<path/g)).toHaveLength(edges.length)
    expect(picture!.match(/<circle/g)).toHaveLength(nodes.length)
    expect(body).toContain('<title>Sweden: 1 agreement</title>')
  })

  test('of many parties shows the largest, and says how many it leaves out', async () => {
    const others = 'AT BE BG HR CY CZ DK EE FI GR HU IE IT LV LT LU MT PL PT RO'.split(' ')
    for (const code of others) {
      const signatories = [
        { side: 1, signatory: 'US' },
        { side: 2, signatory: code },
      ]
      await register.api.post('/v1/agreements').send(anAgreement({ signatories })).expect(201)
    }
    const { text, rows, api } = await page('/network')
    const { nodes, edges } = (await read(api)) as Network
    expect(nodes.length).toBeGreaterThan(30)
    expect(rows).toHaveLength(30 + 29)
    expect(text).toContain(`Left out: ${nodes.length - 30} parties and ${edges.length - 29} pairs.`)
  })
})

describe('the page of a position', () => {
  const memorandum = '/agreements/DHS-ST-2019-KR/position'

  test('says which one it is, what is counted, and which ones are before and after', async () => {
    const { text, links } = await page(`${memorandum}?signatory=US-DHS&partyKind=state`)
    expect(text).toContain('The 13th of 16 agreements')
    expect(links).toContain('/agreements/DHS-ST-2012-NL')
    expect(links).toContain('/agreements?signatory=US-DHS&partyKind=state&sort=signed')
    expect((await page(`${memorandum}?signatory=US-DHS`)).text).toContain('The 14th of 17 agreements')
  })

  test('of an agreement that is not in the selection says so, without an id', async () => {
    const { text, body } = await page(`${memorandum}?type=treaty`, 404)
    expect(text).toContain('The agreement does not match the filter.')
    expect(body.replace(/To report this.*/s, '')).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
  })
})

describe('one selection', () => {
  test('has a link from each page to all others, to its files, and to the page without a filter', async () => {
    const views = ['/agreements', '/timeline', '/network', '/statistics', '/deadlines']
    for (const view of views) {
      const { links, text } = await page(`${view}?party=KR&type=memorandum_of_understanding`)
      for (const other of views) expect(links, view).toContain(`${other}?party=KR&type=memorandum_of_understanding`)
      expect(links, view).toContain(`${view}?party=KR`)
      expect(text).toContain('Party: Republic of Korea')
    }
    const { links } = await page('/agreements?party=KR')
    for (const file of [
      'agreements/export.csv',
      'agreements/export.xlsx',
      'deadlines.ics',
      'changes.atom',
      'network.gexf',
    ]) {
      expect(links).toContain(`/v1/${file}?party=KR`)
      await register.api.get(`/v1/${file}?party=KR`).expect(200)
    }
  })

  test('of a misspelt word says what it was taken for', async () => {
    for (const view of ['/agreements', '/timeline', '/statistics', '/deadlines']) {
      const { text } = await page(`${view}?q=dissaster`)
      expect(text, view).toContain('This is what is found for “disaster”')
    }
  })

  test('that does not exist is refused on every page with what was probably meant', async () => {
    for (const view of ['/agreements', '/timeline', '/network', '/statistics', '/deadlines']) {
      const { links } = await page(`${view}?prty=KR`, 400)
      expect(links, view).toContain(`${view}?party=KR`)
    }
  })

  test('of the status on a day is counted by status, and has no link to a day without a status', async () => {
    const counts = '/statistics?groupBy=status&on=2010-01-01'
    const { rows, links, api } = await page(counts)
    const { items } = (await read(api)) as { items: Group[] }
    expect(rows.map((cells) => cells[1])).toEqual(items.map(({ count }) => String(count)))
    const listed = await page('/agreements?status=in_force&on=2010-01-01')
    expect(listed.links).toContain('/agreements')
    for (const link of [...links, ...listed.links].filter((one) => /^\/(?!v1)\w+\?.*on=2010/.test(one)))
      await page(link)
    const field = '<input type="date" name="on"'
    expect(listed.body).toContain(field)
    expect((await page(counts)).body).toContain(field)
    for (const url of ['/agreements', '/statistics']) expect((await page(url)).body).not.toContain(field)
    expect((await page('/map?party=&q=')).text).not.toContain('Party:')
  })

  test('of a search with an empty field is that of all agreements', async () => {
    const { text } = await page('/agreements?q=&sort=-signed')
    expect(text).toContain((await page('/agreements')).text.match(/\d+ agreements/)![0])
  })

  test('has its filters in words, by the names of today', async () => {
    const query = 'pair=US,KR&researchDomain=theme:disaster-resilience&status=in_force&signedFrom=2000-01-31'
    for (const view of ['/agreements', '/timeline', '/network', '/map', '/statistics', '/deadlines']) {
      const { text } = await page(`${view}?${query}`)
      for (const chip of [
        'Between: United States and Republic of Korea',
        'Research domain: Disaster resilience',
        'Status: In force',
        'Signed from: 31 January 2000',
      ])
        expect(text, view).toContain(chip)
    }
  })

  test('of another day and as known at another instant is what the API answers, on every page that it is kept on', async () => {
    const now = new Date().toISOString()
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'PAGE-LATER', title: 'Entered later' }))
      .expect(201)
    const past = `party=JP&asOf=${encodeURIComponent(now)}`
    expect((await page('/agreements?party=JP')).links).toContain('/agreements/PAGE-LATER')
    const { links, text, api } = await page(`/agreements?${past}`)
    const { items } = (await read(api)) as { items: { reference: string }[] }
    expect(items.map(({ reference }) => `/agreements/${reference}`)).toEqual(
      links.filter((link) => /^\/agreements\/[^?]+$/.test(link)),
    )
    expect(text).toContain('As the register had it at')
    expect(links).not.toContain('/agreements/PAGE-LATER')
    expect(links).toContain('/agreements?party=JP')
    expect(links).not.toContain('/network?party=JP')
    for (const view of ['/timeline', '/statistics', '/v1/agreements/export.csv', '/v1/agreements/export.xlsx']) {
      const kept = links.find((link) => link.startsWith(`${view}?`))!
      expect(new URLSearchParams(kept.split('?')[1]).get('asOf'), view).toBe(now)
      expect((await register.app.inject({ url: kept })).statusCode, view).toBe(200)
    }
    expect((await page(`/statistics?${past}`)).text).toContain(`${items.length} agreements.`)
    const earlier = await page(`/agreements/PAGE-LATER/position?${past}`, 404)
    expect(earlier.body.replace(/To report this.*/s, '')).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
  })

  test('takes the day and the time that a form sends without an offset', async () => {
    for (const [sent, meant] of [
      ['2024-11-01', '2024-11-01T00:00:00Z'],
      ['2024-11-01T08:30', '2024-11-01T08:30:00Z'],
      ['2024-11-01T08:30:15', '2024-11-01T08:30:15Z'],
      ['2024-11-01T08:30:15+02:00', '2024-11-01T08:30:15+02:00'],
    ]) {
      const { api, text } = await page(`/agreements?on=&inForceOn=2024-10-01&asOf=${encodeURIComponent(sent!)}`)
      expect(api).toBe(`/v1/agreements?${new URLSearchParams({ inForceOn: '2024-10-01', asOf: meant! }).toString()}`)
      expect(text).toContain('As the register had it at 1 November 2024')
    }
    await page('/agreements?asOf=2024', 400)
    expect((await page('/agreements?q=flood')).body).not.toContain('name="asOf"')
  })

  test('of a register that is read with a key is shown to those who have signed in', async () => {
    const app = await buildApp({ db: register.db, today: register.today }, { publicRead: false })
    for (const url of ['/timeline', '/network', '/statistics', '/deadlines', '/agreements/DHS-ST-2019-KR/position']) {
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 303])
    }
    await app.close()
  })
})

test('the questions of Swagger UI are on the home page, in the same order, and each link has its answer', async () => {
  const { body } = await page('/')
  const asked = [...guide.matchAll(/\[([^\]]+)\]\(\/v1\/[^)\s]+\)/g)].map(([, question]) => question)
  const [, list] = /Questions to begin with<\/h2><ol>(.*?)<\/ol>/s.exec(body)!
  const linked = [...list!.matchAll(/<a href="([^"]*)">([^<]*)<\/a>/g)]
  expect(linked.map(([, , question]) => question)).toEqual(asked)
  for (const [, href] of linked) {
    const [path, anchor] = href!.replaceAll('&amp;', '&').split('#')
    const answer = await register.app.inject({ url: path!, headers: { accept: 'text/html,*/*;q=0.8' } })
    expect([href, answer.statusCode]).toEqual([href, 200])
    if (anchor !== undefined) expect(answer.body).toContain(`id="${anchor}"`)
  }
})

describe('a number that is a link', () => {
  beforeAll(async () => {
    const side = (side: number, ...codes: string[]) => codes.map((signatory) => ({ side, signatory }))
    const add = (title: string, signatories: object[], date: string, researchDomains: string[] = []) =>
      register.api
        .post('/v1/agreements')
        .send(anAgreement({ title, signatories, researchDomains, dates: [{ event: 'signed', date }] }))
        .expect(201)
    await add('Of two', [...side(1, 'FR'), ...side(2, 'US')], '2003-04-05', ['theme:flooding', 'theme:earthquakes'])
    await add('Of three', [...side(1, 'FR', 'KR'), ...side(2, 'SE')], '2006-01-02', ['theme:flooding'])
    await add('Of others', [...side(1, 'FR'), ...side(2, 'SE')], '2009-12-31', ['theme:earthquakes'])
  })

  /** The agreements that the list of the API finds for the query of a link. */
  const found = async (link: string): Promise<string[]> => {
    const query = new URLSearchParams(link.split('?')[1])
    for (const name of ['groupBy', 'cursor']) query.delete(name)
    query.set('limit', '100')
    const { items } = (await read(`/v1/agreements?${query.toString()}`)) as { items: { id: string }[] }
    return items.map(({ id }) => id)
  }

  /** The links of a page to narrower lists, with the numbers beside them. */
  async function linksOf(url: string) {
    const { document } = parseHTML((await page(url)).body)
    return [...document.querySelectorAll('.facets li, main tbody tr')].flatMap((row) => {
      const link = [...row.querySelectorAll('a')]
        .map((a) => a.getAttribute('href')!)
        .find((href) => /^\/(?:agreements|statistics)\?/.test(href))
      const count = [...row.querySelectorAll('.number, [data-name=Agreements]')][0]?.textContent
      return link === undefined || count === undefined ? [] : [{ link, count: Number(count) }]
    })
  }

  test.each([
    ['/agreements', ''],
    ['/agreements', 'party=KR'],
    ['/agreements', 'party=FR&party=KR'],
    ['/agreements', 'signatory=US-DHS'],
    ['/agreements', 'signatory=FR'],
    ['/agreements', 'party=US&signatory=US-DHS'],
    ['/agreements', 'researchDomain=theme:flooding'],
    ['/agreements', 'researchDomain=theme:disaster-resilience'],
    ['/agreements', 'signedFrom=2005-01-01&signedTo=2007-06-30'],
    ['/statistics', 'groupBy=party&party=US'],
    ['/statistics', 'groupBy=signedYear&signedFrom=2007-04-01'],
    ['/statistics', 'groupBy=party&groupBy=signedDecade&party=FR'],
    ['/network', 'party=US'],
    ['/network', 'signatory=FR&party=SE'],
    ['/map', 'party=FR&party=US'],
    ['/signatories/US-DHS', 'signatory=US-DHS'],
    ['/signatories/FR', 'party=FR'],
    ['/pairs/FR,SE', 'pair=FR,SE'],
    ['/research-domains/theme:flooding', 'researchDomain=theme:flooding'],
  ])('leads to these agreements, of those that were asked for: %s %s', async (path, query) => {
    const links = await linksOf(path.split('/').length > 2 ? path : `${path}?${query}`)
    const all = await found(`?${query}`)
    expect(links.length).toBeGreaterThan(0)
    for (const { link, count } of links) {
      const listed = await found(link)
      expect(
        listed.filter((id) => !all.includes(id)),
        `${link}: what was not asked for`,
      ).toEqual([])
      // A list has the agreements of the bodies and domains below as well: the page says so.
      const isOfTree = /[?&](?:signatory|researchDomain)=/.test(link)
      if (isOfTree) expect(listed.length, link).toBeGreaterThanOrEqual(count)
      else expect([link, listed.length]).toEqual([link, count])
    }
  })
})
