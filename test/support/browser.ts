import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { loadSample } from '../../src/programs/sample.ts'
import { freshRegister, type Register } from './register.ts'

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Where the browser is: what `CHROMIUM` names, or else the first in its usual places; undefined where there is none. */
export const installedBrowser: string | undefined = process.env['CHROMIUM'] ?? usualPlaces.find(existsSync)

/** A name that is not local, so that a page of plain http is as any other: browsers trust `localhost` with more. */
export const host = 'register.example'

/** A browser of its own, with a profile of its own: whoever launches it closes it. It finds nothing but this machine. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: installedBrowser!,
    timeout: 60_000,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${host} 127.0.0.1, MAP * ~NOTFOUND`,
    ],
  })
}

/** Lets the application listen on loopback; its origin under a host name that is not local. */
async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://${host}:${(app.server.address() as AddressInfo).port}`
}

export interface SwaggerUi {
  register: Register
  browser: Browser
  origin: string
}

/** Describes the Swagger UI of a register with the sample. Its tests are skipped where there is no Chromium. */
export function describeSwaggerUi(tests: (ui: SwaggerUi) => void): void {
  if (!installedBrowser) {
    process.stdout.write('Swagger UI is not tested: no Chromium was found. Install one, or name one in CHROMIUM.\n')
  }
  describe.skipIf(!installedBrowser)('Swagger UI, over plain http on a host name that is not local', () => {
    const ui = {} as SwaggerUi
    beforeAll(async () => {
      ui.register = await freshRegister()
      await loadSample(ui.register.db, ui.register.today())
      ui.origin = await listen(ui.register.app)
      ui.browser = await launchBrowser()
    })
    afterAll(() => ui.browser?.close())
    tests(ui)
  })
}

/** A new page, and all that goes wrong on it: errors on its console, and requests that fail or are blocked. */
export async function openPage(
  browser: Browser,
  options: { width?: number; isMobile?: boolean } = {},
): Promise<{ page: Page; complaints: string[] }> {
  const { width = 1400, isMobile = false } = options
  const page = await browser.newPage({ viewport: { width, height: 900 }, isMobile })
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`))
  return { page, complaints }
}

const operationOn = (page: Page, tag: string, operationId: string): Locator =>
  page.locator(`[id="operations-${tag.replaceAll(' ', '_')}-${operationId}"]`)

/** Opens an operation on a page that shows the document, and closes the others: each open one makes every click slower. */
export async function openOperation(page: Page, tag: string, operationId: string): Promise<Locator> {
  const operation = operationOn(page, tag, operationId)
  await operation.waitFor()
  const open = page.locator('.opblock.is-open')
  const ids = await open.evaluateAll((all) => all.map(({ id }) => id))
  const own = await operation.getAttribute('id')
  for (const id of ids) if (id !== own) await page.locator(`[id="${id}"] .opblock-summary-control`).click()
  if (!ids.includes(own!)) await operation.locator('.opblock-summary-control').click()
  await operation.locator('.execute').waitFor()
  return operation
}

/** Loads the document anew, by the deep link of an operation: `Search`, `listAgreements`. It takes seconds of computing. */
export async function followLink(page: Page, origin: string, tag: string, operationId: string): Promise<void> {
  await page.goto('about:blank')
  await page.goto(`${origin}/docs#/${encodeURIComponent(tag)}/${operationId}`)
  await operationOn(page, tag, operationId).locator('.execute').waitFor()
}

/** What Swagger UI shows after Execute: the status, the body as it stands on the page, and everything as a person sees it. */
export async function execute(operation: Locator): Promise<{ status: number; body: string; text: string }> {
  const answer = operation.locator('.live-responses-table')
  const before = await operation.locator('.btn-clear').count()
  if (before > 0) await operation.locator('.btn-clear').click()
  await operation.locator('.execute').click()
  await answer.waitFor()
  const body = answer.locator('.highlight-code .microlight, .highlight-code pre').first()
  return {
    status: Number(await answer.locator('.response .response-col_status').first().innerText()),
    body: (await body.count()) > 0 ? ((await body.textContent()) ?? '') : '',
    text: await answer.innerText(),
  }
}

/** Gives Swagger UI a key to send with every request, as a person does: Authorize, Logout if need be, the key, Authorize, Close. The server must accept it. */
export async function authorize(page: Page, key: string): Promise<void> {
  await page.locator('.auth-wrapper > .authorize').click()
  const dialog = page.locator('.dialog-ux')
  const given = dialog.getByRole('button', { name: 'Logout' })
  if (await given.count()) await given.click()
  await dialog.locator('input').first().fill(key)
  await dialog.locator('.btn.authorize').first().click()
  await given.waitFor()
  await dialog.locator('.btn-done').first().click()
}
