import { mkdtempSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startImporter } from '../../src/imports/worker.ts'
import { loadSample } from '../../src/programs/sample.ts'
import { findings } from '../support/axe.ts'
import { atEnd } from '../support/at-end.ts'
import { host, installedBrowser, launchBrowser } from '../support/browser.ts'
import { keyTextOf } from '../support/keys.ts'
import { freshRegister, type Register } from '../support/register.ts'
import { excelDay, xlsx } from '../support/xlsx.ts'

/** A list as people keep it: a title above the header, days of Excel, a party that nobody knows, a column of remarks. */
const list = xlsx({
  Agreements: [
    ['Our agreements'],
    ['File', 'Subject', 'Form', 'Our side', 'Other party', 'Concluded on', 'Remarks'],
    ['L-1', 'Cooperation on Sea Ice', 'MoU', 'Norway', 'Japan', excelDay(36_526), 'see folder 3'],
    ['L-2', 'Exchange of Weather Data', 'Treaty', 'Norway', 'Peru', excelDay(36_900), null],
    ['L-3', 'Rescue at Sea', 'Agreement', 'Norway', 'Atlantis', excelDay(37_200), null],
  ],
})

/** What is not counted. */
const dialog = ', besides those in the dialog for the file'

/** More rows than are imported while one waits. */
const longList = [
  'No,Title,Type,Party 1,Party 2,Signed',
  ...Array.from(
    { length: 600 },
    (_, i) => `B-${i},Treaty on Bridge ${i},Treaty,France,Chile,${1500 + (i % 400)}-0${1 + (i % 9)}-11`,
  ),
].join('\n')

describe.skipIf(!installedBrowser)('importing on the pages, in a browser', () => {
  let register: Register
  let browser: Browser
  let origin: string
  const folder = mkdtempSync(join(tmpdir(), 'entente-pages-imports-'))
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, register.today())
    await register.app.listen({ host: '127.0.0.1', port: 0 })
    origin = `http://${host}:${(register.app.server.address() as AddressInfo).port}`
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true })
  })

  /** A page at which an editor is signed in, and what is counted there. */
  async function open(width: number, colorScheme: 'light' | 'dark' = 'light') {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    page.setDefaultTimeout(100_000)
    await page.goto(`${origin}/sign-in`)
    await page.getByLabel('API key').fill(keyTextOf('editor'))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    await page.goto(`${origin}/`)
    let clicks = 0
    const click = async (target: Locator) => {
      clicks += 1
      await target.click()
    }
    const button = (name: string | RegExp) => click(page.getByRole('button', { name }))
    const link = (name: string | RegExp) => click(page.getByRole('link', { name }).first())
    const choose = async (label: string, option: string) => {
      clicks += 2
      await page.getByLabel(label, { exact: true }).selectOption(option)
    }
    return { page, button, link, choose, click, clicks: () => clicks }
  }

  /** What is wrong with the page as it is shown: for axe, and for the eye. */
  async function faults(page: Page): Promise<string[]> {
    const [scrolls, shown] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as number[]
    const text = await page.locator('body').innerText()
    return [
      ...(await findings(page)),
      ...(scrolls === shown ? [] : [`It scrolls sideways: ${scrolls}`]),
      ...(/[0-9a-f]{8}-[0-9a-f]{4}-|\{"/.test(text) ? ['It shows an id or JSON'] : []),
      ...((await page.content()).length < 100_000 ? [] : ['It has more than 100 kB']),
    ]
  }

  const upload = async (page: Page, name: string, content: string | Buffer): Promise<void> => {
    await writeFile(join(folder, name), content)
    await page.getByLabel('File', { exact: true }).setInputFiles(join(folder, name))
  }

  test.each([
    [1440, 'light'],
    [390, 'dark'],
  ] as const)(
    'a spreadsheet becomes agreements by clicks and plain words alone, at %i pixels, %s',
    async (width, colours) => {
      const { page, button, link, choose, clicks } = await open(width, colours)
      const shot = async (name: string) => {
        expect([name, await faults(page)]).toEqual([name, []])
        const folder = process.env['SCREENSHOTS']
        if (folder) await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true })
      }
      await link('Import')
      await shot('imports')
      await upload(page, `our-list-${width}.xlsx`, list)
      await button('Upload')
      await page.getByRole('heading', { name: `our-list-${width}.xlsx` }).waitFor()
      await shot('columns')
      await choose('What Subject is', 'Title')
      await choose('What Our side is', 'Title')
      await button('Dry run')
      await page.getByText('Only one column can be this, and “Subject” is it already.').first().waitFor()
      await shot('columns-wrong')
      await choose('What Our side is', 'Party on side 1')
      await choose('What Other party is', 'Party on side 2')
      await choose('What Concluded on is', 'Day: signed')
      await choose('What File is', width === 1440 ? 'Reference, and number of the row' : 'Number of the row')
      await button('Dry run')
      await page.getByText('2 agreements would be added; 1 row would be refused.').waitFor()
      await shot('dry-run')
      await link(/^Refused: 1/)
      await page.getByText('Rescue at Sea').waitFor()
      expect(await page.getByText('Exchange of Weather Data').count()).toBe(0)
      await button('Import the other 2 rows')
      await page.getByText('Done: 2 new, 1 refused').waitFor()
      await shot('imported')
      await link(width === 1440 ? 'L-1' : 'Cooperation on Sea Ice')
      await page.getByRole('heading', { name: 'Cooperation on Sea Ice' }).waitFor()
      const text = await page.getByRole('main').innerText()
      for (const said of ['1 January 2000', 'Norway', 'Japan']) expect(text).toContain(said)
      await page.goto(`${origin}/imports`)
      await shot('imports-after')
      process.stdout.write(
        `A spreadsheet is imported, with one wrong choice corrected, at ${width} px: ${clicks()} clicks${dialog}\n`,
      )
      await page.close()
    },
  )

  test('a long list shows its progress by itself until it is imported', async () => {
    const { page, button, link, clicks } = await open(1440)
    await link('Import')
    await upload(page, 'bridges.csv', longList)
    await button('Upload')
    await button('Dry run')
    await page.getByText('Waits for its turn').waitFor()
    const address = page.url()
    await page.goto(`${address}?renew=false`)
    expect(await faults(page)).toEqual([])
    await page.goto(address)
    const importer = startImporter(register.db, register.today, { error: (about: object) => console.error(about) })
    atEnd(() => importer.stop())
    await page.getByText('600 agreements would be added').waitFor()
    await button('Import 600 rows')
    await page.getByText('Done: 600 new').waitFor()
    await link('Next page')
    await page.getByText('Treaty on Bridge 99', { exact: true }).waitFor()
    process.stdout.write(`A proposal without a fault is imported: ${clicks() - 1} clicks${dialog}\n`)
    await page.close()
  })

  test('a file that cannot be read, or is too large, is told beside its field', async () => {
    const { page, button, link } = await open(390)
    await link('Import')
    await upload(page, 'scan.pdf', '%PDF-1.7 scan')
    await button('Upload')
    await page.getByRole('alert').getByText('PDF files cannot be read').waitFor()
    expect(await faults(page)).toEqual([])
    await upload(page, 'large.csv', Buffer.alloc(65 * 1024 * 1024, 'a,b\n'))
    await button('Upload')
    await page.getByRole('alert').getByText('The file must be at most 64 MB.').waitFor()
    await page.close()
  })
})
