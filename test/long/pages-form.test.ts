import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findings } from '../support/axe.ts'
import { host, installedBrowser, launchBrowser } from '../support/browser.ts'
import { keyTextOf } from '../support/keys.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

if (!installedBrowser) {
  process.stdout.write(
    'Forms are not tested in a browser: no Chromium was found. Install one, or name one in CHROMIUM.\n',
  )
}

interface Opened {
  width?: number
  colorScheme?: 'light' | 'dark'
  javaScriptEnabled?: boolean
}

describe.skipIf(!installedBrowser)('forms in a browser', () => {
  let register: Register
  let browser: Browser
  let origin: string
  beforeAll(async () => {
    register = await freshRegister()
    await register.app.listen({ host: '127.0.0.1', port: 0 })
    origin = `http://${host}:${(register.app.server.address() as AddressInfo).port}`
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  /** A new page of an editor, and what its console says. */
  async function open({ width = 1440, colorScheme = 'light', javaScriptEnabled = true }: Opened = {}) {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      javaScriptEnabled,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(`${origin}/sign-in`)
    await page.getByLabel('API key').fill(keyTextOf('admin'))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'Add an agreement' }).waitFor()
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    return { page, said, close: () => context.close() }
  }

  const isWider = 'document.documentElement.scrollWidth > innerWidth'
  const main = (page: Page) => page.getByRole('main').innerText()

  describe.each([1440, 390])('at a width of %i pixels', (width) => {
    test.each(['light', 'dark'] as const)(
      'axe finds nothing serious in a form, empty and with errors, %s',
      async (colorScheme) => {
        const { page, said, close } = await open({ width, colorScheme })
        await page.goto(`${origin}/agreements/new`)
        expect(await findings(page)).toEqual([])
        await page.getByLabel('Country or organization').first().fill('Swedn')
        await page.getByRole('button', { name: 'Save', exact: true }).click()
        await page.getByText('Not saved').waitFor()
        expect(await page.getByText('Did you mean').count()).toBe(1)
        expect(await findings(page)).toEqual([])
        expect(await page.evaluate(isWider)).toBe(false)
        // The browser itself reports a page with an error status.
        expect(said.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
        await close()
      },
    )
  })

  /** Counts the clicks and choices of a person; typing in a field is one. */
  function counting(page: Page) {
    let clicks = 0
    const side = (number: number) => page.getByRole('group', { name: `Side ${number}`, exact: true })
    return {
      clicks: () => clicks,
      type: async (label: string, text: string, within: Page | ReturnType<typeof side> = page) => {
        clicks += 1
        await within.getByLabel(label, { exact: true }).fill(text)
      },
      choose: async (label: string, option: string) => {
        clicks += 1
        await page.getByLabel(label, { exact: true }).selectOption(option)
      },
      press: async (name: string) => {
        clicks += 1
        await page.getByRole('button', { name, exact: true }).last().click()
        await page.waitForLoadState()
      },
      side,
    }
  }

  test.each([true, false])(
    'the agreement of Sweden and Singapore is added at the first try, script: %s',
    async (on) => {
      const { page, said, close } = await open({ javaScriptEnabled: on })
      await page.goto(`${origin}/agreements`)
      await page.getByRole('link', { name: 'Add an agreement' }).click()
      await page.waitForLoadState()
      const person = counting(page)
      await person.type('Title', `Agreement on fire research, ${on ? 'with' : 'without'} script`)
      await person.choose('Type', 'Agreement')
      await person.type('Country or organization', 'Sweden', person.side(1))
      await person.type('Country or organization', 'Singapore', person.side(2))
      await person.type('Signed on', on ? '3 March 2024' : '4 March 2004')
      await person.type('Place', 'Stockholm')
      await person.choose('Enters into force', 'On signature')
      await person.type('Runs for', 'five years')
      await person.choose('After that', 'It renews itself, unless notice is given')
      await person.type('Each renewal is for', '1 year')
      await person.type('Notice against the renewal, at the latest', 'three months')
      await person.press('Save')
      await page.getByText('The agreement was added.').waitFor()
      const text = await main(page)
      const year = on ? '2024' : '2004'
      expect(text).toContain(`In force since ${on ? 3 : 4} March ${year}`)
      expect(text).toContain('Stockholm')
      expect(text).toContain(`${on ? 3 : 4} December`)
      expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7|\{"/)
      process.stdout.write(
        `Sweden and Singapore: ${person.clicks() + 1} fields, choices and clicks, at the first try\n`,
      )
      expect(said).toEqual([])
      await close()
    },
  )

  test.each([true, false])(
    'keep what was typed when one goes back to them, with script: %s',
    async (javaScriptEnabled) => {
      const { page, close } = await open({ javaScriptEnabled })
      await page.goto(`${origin}/agreements/new`)
      const fields = page.locator('form.edit input[type=text]')
      for (const field of await fields.all()) await field.pressSequentially('Text')
      await page.getByRole('link', { name: 'Map' }).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.goBack()
      await page.getByRole('heading', { name: 'Add an agreement' }).waitFor()
      const values = await Promise.all((await fields.all()).map(async (field) => field.inputValue()))
      expect(new Set(values)).toEqual(new Set(['Text']))
      await close()
    },
  )

  test('the keyboard alone finds a name in another language, and adds an agreement', async () => {
    const { page, close } = await open()
    await page.goto(`${origin}/agreements/new`)
    const { keyboard } = page
    const tabTo = async (name: string) => {
      for (let i = 0; i < 60; i += 1) {
        const focused = 'document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent'
        if ((await page.evaluate(focused)) === name) return
        await keyboard.press('Tab')
      }
      throw new Error(`The keyboard does not reach ${name}.`)
    }
    await tabTo('Title')
    await keyboard.type('Agreement by keyboard')
    await tabTo('Type')
    await keyboard.type('Treaty')
    await tabTo('Country or organization')
    await keyboard.type('Schweden')
    await page.getByRole('option', { name: 'Sweden (SE)' }).waitFor()
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    expect(await page.getByLabel('Country or organization').first().inputValue()).toBe('Sweden (SE)')
    await keyboard.press('Tab')
    await tabTo('Country or organization')
    await keyboard.type('Singapore')
    await keyboard.press('Escape')
    await keyboard.press('Enter')
    await page.getByText('The agreement was added.').waitFor()
    await close()
  })

  describe('an agreement', () => {
    let reference = ''
    beforeAll(async () => {
      reference = 'BROWSER-FORM'
      const given = anAgreement({ reference, sources: [{ key: 'letter', title: 'Letter' }] })
      await register.api.post('/v1/agreements').send(given).expect(201)
    })

    test('has a date corrected by clicks, and says who changed what', async () => {
      const { page, said, close } = await open()
      await page.goto(`${origin}/agreements/${reference}`)
      await page.getByRole('link', { name: 'Edit', exact: true }).click()
      await page.getByRole('link', { name: 'Signed, 5 March 2019' }).click()
      await page.getByLabel('Day', { exact: true }).fill('6 March 2019')
      await page.getByLabel('Reason').fill('Misread')
      await page.getByRole('button', { name: 'Save', exact: true }).last().click()
      await page.getByText('The change was saved.').waitFor()
      const text = await main(page)
      expect(text).toContain('by Test admin (key TestKeyadmin): Misread')
      expect(text).toContain('date: from “5 March 2019” to “6 March 2019”')
      expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7|\{"/)
      process.stdout.write('A date is corrected: 3 clicks and 2 fields\n')
      expect(said).toEqual([])
      await close()
    })

    test('has a relation added by typing words of the title of the other one', async () => {
      const { page, said, close } = await open({ width: 390 })
      const title = 'Arrangement on the exchange of seismographs'
      await register.api.post('/v1/agreements').send(anAgreement({ title })).expect(201)
      await page.goto(`${origin}/agreements/${reference}/edit`)
      await page.getByRole('link', { name: 'Add a relation' }).click()
      await page.getByLabel('How', { exact: true }).selectOption('Extends')
      await page.getByLabel('The other agreement').pressSequentially('seismographs')
      await page.getByRole('option', { name: title }).waitFor()
      expect(await findings(page)).toEqual([])
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Save', exact: true }).last().click()
      await page.getByText('The change was saved.').waitFor()
      expect(await main(page)).toContain(`Extends ${title}`)
      expect(said).toEqual([])
      await close()
    })

    test.each([1440, 390])(
      'at a width of %i pixels, axe finds nothing serious on any page that edits it',
      async (width) => {
        const { page, close } = await open({ width, colorScheme: width === 390 ? 'dark' : 'light' })
        const edit = `${origin}/agreements/${reference}/edit`
        await page.goto(edit)
        const links = await page
          .getByRole('main')
          .getByRole('link')
          .evaluateAll((all) => all.map((link) => (link as unknown as { href: string }).href))
        const pages = [...new Set([edit, ...links, `${origin}/agreements/deleted`])].filter(
          (one) => !one.endsWith(reference),
        )
        expect(pages.length).toBeGreaterThan(8)
        for (const address of pages) {
          await page.goto(address)
          expect([address, ...(await findings(page))]).toEqual([address])
          expect([address, await page.evaluate(isWider)]).toEqual([address, false])
        }
        await page.goto(pages.find((one) => one.includes('/dates/') && !one.endsWith('/new'))!)
        const { body } = await register.api.get(`/v1/agreements/${reference}`).expect(200)
        const { id, event, date } = body.dates[0]
        const other = { event, date, place: `Place ${width}` }
        await register.api.put(`/v1/agreements/${reference}/dates/${id}`).set('if-match', '*').send(other).expect(200)
        await page.getByLabel('Place').fill('Elsewhere')
        await page.getByRole('button', { name: 'Save', exact: true }).last().click()
        await page.getByText('this was changed while you edited it').waitFor()
        expect(await findings(page)).toEqual([])
        expect(await page.evaluate(isWider)).toBe(false)
        await close()
      },
    )
  })
})
