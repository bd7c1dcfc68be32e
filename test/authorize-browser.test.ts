import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  authorize,
  execute,
  installedBrowser,
  launchBrowser,
  listen,
  openOperation,
  openPage,
} from './support/browser.ts'
import { actorOf, keyTextOf } from './support/keys.ts'
import { freshRegister, type Register } from './support/register.ts'

const minute = 60_000
if (installedBrowser === undefined) console.log('Authorize in Swagger UI is not tried: no Chromium is found.')

describe.skipIf(installedBrowser === undefined)('Authorize in Swagger UI', () => {
  let register: Register
  let browser: Browser
  let origin: string
  beforeAll(async () => {
    register = await freshRegister()
    origin = await listen(register.app)
    browser = await launchBrowser()
  }, minute)
  afterAll(() => browser?.close())

  test(
    'with a key makes a write succeed that was refused before, also after a reload',
    { timeout: 4 * minute },
    async () => {
      const { page } = await openPage(browser)
      /** Opens the page anew, as after a reload, at the operation. */
      const open = async (tag: string, operationId: string) => {
        await page.goto('about:blank')
        return openOperation(page, origin, tag, operationId)
      }
      const create = () => open('Signatories', 'createSignatory')
      const form = await create()
      const refused = await execute(form)
      expect([refused.status, JSON.parse(refused.body).code]).toEqual([401, 'credential_required'])

      await authorize(page, keyTextOf('editor'))
      const added = await execute(form)
      expect(added.status).toBe(201)
      const { code, updatedBy } = JSON.parse(added.body) as { code: string; updatedBy: string }
      expect(updatedBy).toBe(actorOf('editor'))

      const read = await execute(await open('Admin', 'getMe'))
      expect(JSON.parse(read.body)).toMatchObject({ actor: actorOf('editor'), role: 'editor' })
      await register.api.delete(`/v1/signatories/${code}`).set('If-Match', '*').expect(204)
      expect((await execute(await create())).status).toBe(201)
    },
  )

  test('with a key that does not hold says so', { timeout: 4 * minute }, async () => {
    const { page } = await openPage(browser)
    const me = await openOperation(page, origin, 'Admin', 'getMe')
    await authorize(page, `${keyTextOf('editor')}x`)
    const { status, body } = await execute(me)
    expect([status, JSON.parse(body).code]).toEqual([401, 'credential_invalid'])
  })
})
