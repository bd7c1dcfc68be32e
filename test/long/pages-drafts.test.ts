import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../../src/programs/sample.ts'
import { type Draft, more, texts } from '../drafts/score.ts'
import { findings } from '../support/axe.ts'
import { host, installedBrowser, launchBrowser } from '../support/browser.ts'
import { draftPages, fromPage, marksIn, paraphrase } from '../support/draft-pages.ts'
import { keyTextOf } from '../support/keys.ts'
import { freshRegister, type Register } from '../support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, register.today())
})

const { send, read, saved } = draftPages(() => register)

const draftOf = async (body: object): Promise<Draft> =>
  (await register.api.post('/v1/drafts').send(body).expect(200)).body as Draft

const given = texts.concat(more).map(({ name, right, ...text }) => ({ name, right, text }))

describe('the page “From a text”', () => {
  test('takes 200 kB of any script and no byte more', async () => {
    const end = ' Peru and Ecuador signed an agreement on 14 June 2023.'
    const text = '한'.repeat((200_000 - end.length) / 3) + end
    const whole = text.padEnd(text.length + 200_000 - Buffer.byteLength(text), '.')
    const { main, fields } = await read({ text: whole, language: 'English' })
    expect(fields.get('read.text')).toBe(whole)
    expect(fields.get('signed.date')).toBe('14 June 2023')
    expect(main.querySelector('div.words')!.textContent.startsWith('한한한')).toBe(true)
    const refused = await read({ text: `${whole}.`, title: 'Kept' }, 413)
    expect(refused.text).toContain('The text must be at most 200 kB; it has 201 kB.')
    expect(refused.fields.get('read.text')).toBe(`${whole}.`)
    expect(refused.fields.get('read.title')).toBe('Kept')
  })
})

describe('the words that values were read from', () => {
  test.each(given.filter(({ right }) => right !== null))(
    'are marked, and lead to their fields and back: $name',
    async ({ text: pasted }) => {
      const { document, main } = await read(pasted)
      const marks = marksIn(document)
      const { values } = await draftOf(pasted)
      const said = new Set(values.map(({ evidence }) => evidence.words))
      for (const words of said) expect([...marks.values()].filter((one) => words.startsWith(one))).not.toEqual([])
      const links = [...document.querySelectorAll('.fills a')]
      expect(links.length).toBe(values.length)
      for (const link of links) {
        const field = document.getElementById(link.getAttribute('href')!.slice(1))!
        const label = document.querySelector(`label[for="${field.id}"]`)!.textContent.trim()
        expect(link.textContent.endsWith(label)).toBe(true)
        const about = document.getElementById(`${field.id}-read`)!
        expect(field.getAttribute('aria-describedby')).toContain(about.id)
        const number = link.parentElement!.querySelector('b')!.textContent
        const back = about.querySelector(`a[href="#words-${number}"]`)!
        expect(back.textContent).toBe(`Words ${number}`)
        expect(back.parentElement!.textContent).toMatch(/\((?:stated|from the context|only probable)\)/)
      }
      for (const id of marks.keys()) expect(main.querySelector(`[id="${id}"]`)).not.toBeNull()
    },
  )
})

/** What an agreement is, without what each one has of its own. */
function contentOf(agreement: Record<string, unknown>): object {
  const { id: _, createdAt: __, updatedAt: ___, signatories, dates, ...content } = agreement
  const bare = (list: unknown) => (list as { id: string }[]).map(({ id: _, ...item }) => item)
  return { ...content, signatories: bare(signatories), dates: bare(dates) }
}

describe('the forms', () => {
  test('take any text in any field without failing', async () => {
    const { fields } = await read(paraphrase)
    const { id } = (await register.api.get('/v1/agreements/DHS-ST-2019-KR').expect(200)).body
    for (const text of ['\0', '\u202e% (SE)', '(\u{1f525}', 'x'.repeat(5000)]) {
      const pasted = Object.fromEntries(
        [...fields.keys()].filter((name) => name.startsWith('read.')).map((name) => [name, text]),
      )
      const hostile = new URLSearchParams(
        [...fields].map(([name, value]) => [name, name.startsWith('read.') ? value : text]),
      )
      const known = new URLSearchParams(hostile)
      known.set(`add.${id}`, 'signed.date')
      known.set('known', id)
      known.set(`version.${id}`, '1')
      const statuses = [
        (await send('/drafts', pasted)).status,
        (await send('/drafts/agreement', new URLSearchParams(pasted))).status,
        (await send('/drafts/agreement', hostile)).status,
        (await send('/drafts/agreement', known)).status,
        (await send('/drafts/agreement', new URLSearchParams([...known, [`version.${id}`, text]]))).status,
        (await send('/drafts/agreement', new URLSearchParams([...hostile, ['more', text]]))).status,
      ]
      expect([text.slice(0, 9), ...statuses]).toEqual([text.slice(0, 9), 400, 400, 400, 400, 400, 200])
    }
    await register.api.post('/drafts').set(fromPage).send(paraphrase).expect(415)
    await send('/drafts', { 'read.text': 'x'.repeat(1280 * 1024) }).expect(413)
  })
})

describe('saved as a new agreement', () => {
  test.each(given.filter(({ right }) => right !== null))(
    'a text is the agreement that the API makes of its draft: $name',
    async ({ text: pasted }) => {
      const { agreement } = await draftOf(pasted)
      const { body } = await register.api.post('/v1/agreements').send(agreement!).expect(201)
      const { fields } = await read(pasted)
      const response = await send('/drafts/agreement', new URLSearchParams([...fields, ['anyway', 'yes']]))
      expect(contentOf(await saved(response))).toEqual(contentOf(body))
    },
  )
})

if (!installedBrowser) {
  process.stdout.write(
    'Drafts are not tested in a browser: no Chromium was found. Install one, or name one in CHROMIUM.\n',
  )
}

describe.skipIf(!installedBrowser)('in a browser', () => {
  let browser: Browser
  let origin: string
  beforeAll(async () => {
    await register.app.listen({ host: '127.0.0.1', port: 0 })
    origin = `http://${host}:${(register.app.server.address() as AddressInfo).port}`
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  interface Opened {
    width?: number
    colorScheme?: 'light' | 'dark'
    javaScriptEnabled?: boolean
  }

  async function open({ width = 1280, colorScheme = 'light', javaScriptEnabled = true }: Opened = {}) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled })
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(`${origin}/sign-in`)
    await page.getByLabel('API key').fill(keyTextOf('editor'))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'From a text' }).click()
    await page.getByRole('heading', { name: 'From a text' }).waitFor()
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    return { page, said, close: () => context.close() }
  }

  async function paste(page: Page, given: { text: string; title?: string; publisher?: string }) {
    await page.getByLabel('Text', { exact: true }).fill(given.text)
    if (given.title) await page.getByLabel('Title of the text').fill(given.title)
    if (given.publisher) await page.getByLabel('Publisher').fill(given.publisher)
    await page.getByRole('button', { name: 'Read the text', exact: true }).last().click()
    await page.getByRole('heading', { name: 'New agreement' }).waitFor()
  }

  const isWider = 'document.documentElement.scrollWidth > innerWidth'

  test.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)('axe finds nothing serious at a width of %i pixels, %s', async (width, colorScheme) => {
    const { page, said, close } = await open({ width, colorScheme })
    expect(await findings(page)).toEqual([])
    await paste(page, { ...paraphrase, publisher: `Paper ${width}` })
    expect(await findings(page)).toEqual([])
    expect(await page.evaluate(isWider)).toBe(false)
    await page.getByLabel('Signed on').fill('soon')
    await page.getByRole('button', { name: 'Save as a new agreement' }).last().click()
    await page.getByText('Not saved').waitFor()
    expect(await findings(page)).toEqual([])
    expect(said.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
    await close()
  })

  test.each([true, false])('a click goes from a field to its words and back, script: %s', async (on) => {
    const { page, said, close } = await open({ javaScriptEnabled: on })
    await paste(page, paraphrase)
    const about = page.locator('#field-signed-date-read')
    expect(await about.innerText()).toContain('“27th of October, 2019” (stated)')
    await about.getByRole('link').click()
    const target = page.locator('mark:target')
    expect(await target.innerText()).toBe('27th of October, 2019')
    expect(await target.isVisible()).toBe(true)
    await page.locator('.fills').getByRole('link', { name: 'Signed on' }).click()
    expect(await page.locator('input:target').inputValue()).toBe('27 October 2019')
    expect(said).toEqual([])
    await close()
  })

  test('a competing date is saved by a paste and two clicks', async () => {
    const { page, said, close } = await open()
    await paste(page, { ...paraphrase, title: 'Pasted in a browser' })
    await page.getByRole('button', { name: 'Add to this agreement' }).first().click()
    await page.getByText('The change was saved.').waitFor()
    const row = page.getByRole('row', { name: /27 October 2019.*Pasted in a browser/ })
    expect(await row.innerText()).toContain('No')
    expect(said).toEqual([])
    await close()
  })
})
