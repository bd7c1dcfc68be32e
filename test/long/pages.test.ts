import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { readSheet } from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../../src/programs/sample.ts'
import { findings } from '../support/axe.ts'
import { host, installedBrowser, launchBrowser } from '../support/browser.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

if (!installedBrowser) {
  process.stdout.write(
    'Pages are not tested in a browser: no Chromium was found. Install one, or name one in CHROMIUM.\n',
  )
}

const memorandum = '/agreements/DHS-ST-2019-KR'

/** Every kind of page, with and without content. */
const paths = [
  '/',
  '/agreements',
  '/agreements?party=KR&sort=title',
  '/agreements?q=dissaster',
  '/agreements?party=KR&type=treaty',
  '/agreements?prty=KR',
  '/timeline',
  '/timeline?party=NL',
  '/network',
  '/statistics',
  '/statistics?groupBy=pair&party=US',
  '/statistics?groupBy=type&groupBy=signedDecade',
  '/deadlines',
  '/deadlines?kind=expiry&to=2030-01-01',
  memorandum,
  '/agreements/DHS-ST-2012-NL?on=2016-03-31',
  '/agreements/PAGE-RENEWS',
  `${memorandum}/position?signatory=US-DHS&partyKind=state`,
  '/agreements/NO-SUCH',
  '/agreements/DHS-ST-2019-KX',
  '/agreements?inForceOn=2024-10-01&asOf=2024-11-01T00:00:00Z',
  '/nowhere',
  '/map?party=US',
  '/signatories?q=corée',
  '/signatories/US',
  '/pairs/US,KR',
  '/research-domains?q=disaster',
  '/research-domains/theme:disaster-resilience',
  '/collections',
  '/collections/sample',
]

describe.skipIf(!installedBrowser)('pages in a browser', () => {
  let register: Register
  let browser: Browser
  let origin: string
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, register.today())
    const dates = ['signed', 'entered_into_force'].map((event) => ({ event, date: '2016-04-10' }))
    const term = { length: 'P5Y', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P3M' } }
    const renewing = anAgreement({ reference: 'PAGE-RENEWS', title: 'Agreement that renews itself', term, dates })
    await register.api.post('/v1/agreements').send(renewing).expect(201)
    await register.app.listen({ host: '127.0.0.1', port: 0 })
    origin = `http://${host}:${(register.app.server.address() as AddressInfo).port}`
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  /** A new page, what its console says, and the requests that go to other hosts. */
  async function open(width: number, colorScheme: 'light' | 'dark' = 'light') {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, bypassCSP: false })
    page.setDefaultTimeout(60_000)
    const said: string[] = []
    const elsewhere: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText
      // The picture of the tab is fetched after the page, and given up when the next one is opened.
      if (reason !== 'net::ERR_ABORTED') said.push(`${request.url()}: ${reason}`)
    })
    page.on('request', (request) => void (request.url().startsWith(`${origin}/`) || elsewhere.push(request.url())))
    return { page, said, elsewhere }
  }

  describe.each([1440, 390])('at a width of %i pixels', (width) => {
    test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async (colours) => {
      const { page } = await open(width, colours)
      for (const path of paths) {
        await page.goto(origin + path)
        expect([path, ...(await findings(page))]).toEqual([path])
      }
      await page.close()
    })

    test('no page scrolls sideways, asks another host, says anything on the console, or lacks its pictures', async () => {
      const { page, said, elsewhere } = await open(width)
      for (const path of paths) {
        const answer = await page.goto(origin + path, { waitUntil: 'load' })
        const [scrolls, shown] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as number[]
        expect([path, scrolls]).toEqual([path, shown])
        const broken = '[...document.images].filter((image) => image.naturalWidth === 0).map((image) => image.src)'
        expect([path, await page.evaluate(broken)]).toEqual([path, []])
        // The browser itself reports a page with an error status.
        const own = said.splice(0).filter((text) => answer!.ok() || !text.startsWith('Failed to load resource'))
        expect([path, own, elsewhere]).toEqual([path, [], []])
        expect((await answer!.body()).length, path).toBeLessThan(100_000)
      }
      await page.close()
    })
  })

  test('no day or status is broken within a word, beside a long title too', async () => {
    const title = 'Agreement between the Government of the one and the Government of the other on cooperation '.repeat(
      5,
    )
    const dates = ['signed', 'entered_into_force'].map((event) => ({ event, date: '2016-09-10' }))
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'PAGE-LONG', title, dates }))
      .expect(201)
    const { page } = await open(1280)
    for (const path of ['/agreements?reference=PAGE-LONG', '/timeline?reference=PAGE-LONG']) {
      await page.goto(origin + path)
      const broken =
        await page.evaluate(`[...document.querySelectorAll('td[data-name]:not([data-name=Parties])')].flatMap((cell) => {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
        const all = []
        while (texts.nextNode()) {
          for (const { 0: word, index } of texts.currentNode.data.matchAll(/\\S+/g)) {
            const range = document.createRange()
            range.setStart(texts.currentNode, index)
            range.setEnd(texts.currentNode, index + word.length)
            if (range.getClientRects().length > 1) all.push(word)
          }
        }
        return all
      })`)
      expect([path, broken]).toEqual([path, []])
    }
    await page.close()
  })

  test('a summary in Arabic ends on its left', async () => {
    const summary = 'ملخص الاتفاقية.'
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'PAGE-AR', summary }))
      .expect(201)
    const { page } = await open(1280)
    await page.goto(`${origin}/agreements/PAGE-AR`)
    const [first, last] = (await page.evaluate(`(() => {
      const text = [...document.querySelectorAll('main p')].find((p) => p.textContent === '${summary}').firstChild
      return [0, text.length - 1].map((at) => {
        const range = document.createRange()
        range.setStart(text, at)
        range.setEnd(text, at + 1)
        return range.getBoundingClientRect().x
      })
    })()`)) as number[]
    expect(last).toBeLessThan(first!)
    await page.close()
  })

  describe('by clicks alone, from the home page,', () => {
    /** Follows links by their names, from the home page. */
    async function follow(page: Page, ...names: string[]): Promise<string> {
      await page.goto(`${origin}/`)
      for (const name of names) {
        const link = page.getByRole('main').getByRole('link', { name, exact: true }).first()
        await Promise.all([page.waitForEvent('framenavigated'), link.click()])
        await page.waitForLoadState()
      }
      process.stdout.write(`${names[0]}: ${names.length} click${names.length === 1 ? '' : 's'}\n`)
      return page.getByRole('main').innerText()
    }

    const questions: [question: string, ...answers: string[]][] = [
      [
        'Who says that the United States and Korea signed on 27 October 2019?',
        '23 October 2019',
        '24 October 2019',
        '27 October 2019',
        'Yes, preferred to the others',
      ],
      [
        'Is that the 13th agreement of Homeland Security with a state?',
        'The 13th of 16 agreements',
        '29 November 2012',
      ],
      ['And with the European Commission counted?', 'The 14th of 17 agreements'],
      ['What have the United States and Korea agreed?', '4 agreements', 'disaster response and public safety'],
      [
        'What was in force between the United States and the Netherlands on 1 April 2016?',
        '1 agreement',
        'Homeland and Civil Security Matters',
      ],
      ['Which agreements cover infectious disease?', '1 agreement', 'disaster response and public safety'],
      ['Which speak of floods?', 'disaster response and public safety'],
      ['How many has Homeland Security signed a year?', 'Agreements by year of signature', '17 agreements', '2008\t3'],
      ['With whom have the United States agreed?', 'Republic of Korea – United States', 'Canada – United States'],
      [
        'What ends, renews itself or needs notice in the next six months?',
        '10 January 2026\tLast day for notice; otherwise it renews on 10 April 2026',
        '10 April 2026\tRenews',
      ],
      ['Who changed the memorandum with Korea, when and why?', 'Created on', 'Sample register'],
      [
        'What was in force on 1 October 2024, as the register knew it on 1 November 2024?',
        '0 agreements',
        'As the register had it at 1 November 2024, 00:00 UTC.',
      ],
    ]
    const asked = questions.map(([question]) => question)

    test.each(questions)('“%s” is answered', async (question, ...answers) => {
      const { page, said } = await open(1440)
      const shown = await follow(page, question)
      for (const answer of answers) expect(shown).toContain(answer)
      expect(shown).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7|\{"/)
      expect(said).toEqual([])
      await page.close()
    })

    test('“May I have its agreements in a spreadsheet?” is answered with the file', async () => {
      const { page } = await open(1440)
      await page.goto(`${origin}/`)
      const link = page.getByRole('link', { name: 'May I have its agreements in a spreadsheet?' })
      const [file] = await Promise.all([page.waitForEvent('download'), link.click()])
      expect(file.suggestedFilename()).toBe('agreements.xlsx')
      const [, ...rows] = await readSheet(await readFile(await file.path()), 'agreements')
      expect(rows).toHaveLength(17)
      process.stdout.write('May I have its agreements in a spreadsheet?: 1 click\n')
      await page.close()
    })

    test('every question of the guide is one of these', async () => {
      const { page } = await open(1440)
      await page.goto(`${origin}/`)
      const list = page.locator('h2:has-text("Questions to begin with") + ol')
      const linked = await list.getByRole('link').allInnerTexts()
      expect(linked.toSorted()).toEqual([...asked, 'May I have its agreements in a spreadsheet?'].toSorted())
      await page.close()
    })

    test('the pair with the most agreements is found, and the chart of agreements a year is made', async () => {
      const { page } = await open(390)
      await page.goto(`${origin}/`)
      await page.getByRole('link', { name: 'Statistics', exact: true }).click()
      const chart = page.getByRole('img', { name: 'Bar chart: Agreements by year of signature' })
      await chart.waitFor()
      expect(await chart.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0)
      process.stdout.write('The chart of agreements a year: 1 click\n')
      await page.getByLabel('Count by').selectOption('Pair of parties')
      await page.getByLabel('Order').selectOption('Largest first')
      await page.getByRole('button', { name: 'Count' }).click()
      await page.getByRole('heading', { name: 'Agreements by pair of parties' }).waitFor()
      const top = page.getByRole('main').locator('tbody tr').first()
      expect(await top.innerText()).toContain('–')
      process.stdout.write('The pair with the most agreements: 4 clicks\n')
      await page.close()
    })

    test('an agreement is seen as it was on another day, and as the register had it at another instant', async () => {
      const { page, said } = await open(390)
      await page.goto(`${origin}/`)
      await page.getByRole('link', { name: 'Agreements', exact: true }).click()
      await page.getByRole('link', { name: 'Agreement that renews itself' }).click()
      await page.getByLabel('Legal situation on').fill('2016-01-31')
      await page.getByRole('button', { name: 'Show' }).click()
      await page.getByText('As it was in law on 31 January 2016.').waitFor()
      expect(await page.getByRole('main').innerText()).toContain('Its status is not known')
      await page.getByRole('link', { name: 'Show it as it is now' }).click()
      await page.getByText('In force since 10 April 2016').waitFor()
      await page.getByLabel('As the register had it at (UTC)').fill('2100-01-31T08:30:00')
      await page.getByRole('button', { name: 'Show' }).click()
      await page.getByText('As the register had it at 31 January 2100, 08:30 UTC.').waitFor()
      expect(said).toEqual([])
      process.stdout.write('An agreement on another day, now, and at another instant: 5 clicks\n')
      await page.close()
    })

    test('whoever looks for a party, a domain or a collection finds its agreements', async () => {
      for (const [list, words, entry] of [
        ['Parties and bodies', 'corée', 'Republic of Korea'],
        ['Research domains', 'infectious', 'Infectious disease control'],
        ['Collections', 'science', 'Agreements of DHS on science and technology'],
      ] as const) {
        const { page } = await open(1440)
        await page.goto(`${origin}/`)
        await page.getByRole('navigation', { name: 'Lists' }).getByRole('link', { name: list }).click()
        await page.getByLabel('Search').fill(words)
        await page.getByRole('button', { name: 'Search' }).click()
        await page.getByRole('main').getByRole('link', { name: entry, exact: true }).first().click()
        await page.getByRole('heading', { level: 1, name: entry }).waitFor()
        expect(await page.getByRole('main').innerText()).toContain('disaster response and public safety')
        process.stdout.write(`${entry}, by its list: 3 clicks\n`)
        await page.close()
      }
    })

    test('the keyboard alone does it too: a search, and an agreement that it finds', async () => {
      const { page } = await open(1440)
      await page.goto(`${origin}/`)
      const focused = (): Promise<string> =>
        page.evaluate('(document.activeElement.name || document.activeElement.textContent).trim()')
      /** Goes on with the tabulator until something with this name or text has the focus, and sees where that is. */
      const tabTo = async (name: string) => {
        for (let i = 0; i < 80 && (await focused()) !== name; i += 1) await page.keyboard.press('Tab')
        expect(await focused()).toBe(name)
        expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
      }
      await page.keyboard.press('Tab')
      expect(await focused()).toBe('Skip to the content')
      await tabTo('q')
      await page.keyboard.type('floods')
      await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')])
      const title = await page.getByRole('main').locator('tbody a').first().innerText()
      await tabTo(title)
      await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')])
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.close()
    })
  })
})
