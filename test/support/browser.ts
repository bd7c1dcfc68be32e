import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The path of the browser: `CHROMIUM`, or the first of the usual paths that exists; undefined if there is none. */
export const installedBrowser: string | undefined = process.env['CHROMIUM'] ?? usualPlaces.find(existsSync)

/** A host name that is not local, because browsers give `localhost` more rights than other plain HTTP origins. */
const host = 'register.example'

/** A new browser with its own profile, which can only reach this machine. The caller closes it. */
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

/** Makes the application listen on loopback. Returns its origin with a host name that is not local. */
export async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://${host}:${(app.server.address() as AddressInfo).port}`
}

/** A new page and its errors: errors on the console, and requests that fail or are blocked. */
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

/** Opens an operation on a page of Swagger UI, and closes the others, because each open one makes clicks slower. */
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

/** Reloads the page with the deep link of an operation, such as `Search`, `listAgreements`. Takes seconds. */
export async function followLink(page: Page, origin: string, tag: string, operationId: string): Promise<void> {
  await page.goto('about:blank')
  await page.goto(`${origin}/docs#/${encodeURIComponent(tag)}/${operationId}`)
  await operationOn(page, tag, operationId).locator('.execute').waitFor()
}

/** The response that Swagger UI shows after Execute: its status, its body, and its whole visible text. */
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

/** Gives Swagger UI a key to send with every request, like a user: Authorize, Logout if necessary, the key, Authorize, Close. */
export async function authorize(page: Page, key: string): Promise<void> {
  await page.locator('.auth-wrapper .authorize').click()
  const dialog = page.locator('.dialog-ux')
  const given = dialog.getByRole('button', { name: 'Remove authorization' })
  if (await given.count()) await given.click()
  await dialog.locator('input').first().fill(key)
  await dialog.locator('.btn.authorize').first().click()
  await dialog.locator('.btn-done').click()
}
