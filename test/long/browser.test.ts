import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findings } from '../support/axe.ts'
import { authorize, describeSwaggerUi, execute, followLink, openOperation, openPage } from '../support/browser.ts'
import { actorOf, keyTextOf } from '../support/keys.ts'

describeSwaggerUi((ui) => {
  // To load the document takes longer than anything that is done with it, so these share one page.
  describe('on a wide screen', () => {
    let page: Page
    let complaints: string[]
    beforeAll(async () => {
      ;({ page, complaints } = await openPage(ui.browser))
      await followLink(page, ui.origin, 'Research domains', 'listResearchDomains')
    })
    afterEach(() => expect(complaints.splice(0)).toEqual([]))

    const parameter = (operation: Locator, name: string) => operation.locator(`tr[data-param-name="${name}"]`)
    const isFocused = (element: { ownerDocument: { activeElement: unknown } }) =>
      element === element.ownerDocument.activeElement
    const chosen = (list: Locator) =>
      list.evaluate((select) => [...(select as HTMLSelectElement).selectedOptions].map(({ value }) => value))

    test('a deep link opens its operation, also in a tag of two words', async () => {
      const list = await openOperation(page, 'Research domains', 'listResearchDomains')
      await parameter(list, 'q').locator('input').fill('flood')
      expect(JSON.parse((await execute(list)).body)).toEqual(
        (await ui.register.api.get('/v1/research-domains?q=flood')).body,
      )
    })

    test('a question of the guide opens with its answer', async () => {
      const link = page.locator('.info a', { hasText: '13th' })
      const [answer] = await Promise.all([page.waitForEvent('popup'), link.click()])
      await answer.waitForLoadState()
      const { pathname, search } = new URL(answer.url())
      const { body } = await ui.register.api.get(pathname + search).expect(200)
      expect(body.position).toBe(13)
      expect(JSON.parse(await answer.locator('pre').innerText())).toEqual(body)
      await answer.close()
    })

    test('a filter is typed, added or picked; a list of values is taken and given back by clicks', async () => {
      const list = await openOperation(page, 'Search', 'listAgreements')
      await parameter(list, 'party').getByRole('button').click()
      const party = parameter(list, 'party').locator('input')
      expect(await party.inputValue()).toBe('')
      await party.fill('NL')
      await parameter(list, 'inForceOn').locator('input').fill('2016-04-01')
      await parameter(list, 'sort').locator('select').selectOption('title')
      const kinds = parameter(list, 'partyKind').locator('select')
      for (const kind of ['state', 'agency', 'agency']) await kinds.locator(`option[value=${kind}]`).click()
      expect(await chosen(kinds)).toEqual(['state'])
      const asked = '/v1/agreements?party=NL&inForceOn=2016-04-01&sort=title'
      const narrow = await execute(list)
      const { body } = await ui.register.api.get(`${asked}&partyKind=state`)
      expect(body.items).toHaveLength(1)
      expect(JSON.parse(narrow.body)).toEqual(body)
      await kinds.locator('option[value=state]').click()
      expect(await chosen(kinds)).toEqual([])
      await execute(list)
      expect(await list.locator('.request-url').innerText()).toContain(ui.origin + asked)
      expect(await list.locator('.request-url').innerText()).not.toContain('partyKind')
    })

    test('a big answer is shown whole, without colours, and only what is in view is laid out', async () => {
      const list = await openOperation(page, 'Signatories', 'listSignatories')
      const colours = list.locator('.live-responses-table .response-col_description .microlight span[style]')
      await parameter(list, 'limit').locator('input').fill('2')
      await execute(list)
      expect(await colours.count()).toBeGreaterThan(10)
      await parameter(list, 'limit').locator('input').fill('200')
      const { body } = await execute(list)
      expect(JSON.parse(body)).toEqual((await ui.register.api.get('/v1/signatories?limit=200')).body)
      expect(body.length).toBeGreaterThan(100_000)
      expect(await colours.count()).toBe(0)
      const pieces = list.locator('.live-responses-table .piece')
      expect(await pieces.count()).toBe(Math.ceil(body.split('\n').length / 200))
      expect(
        await pieces.last().evaluate((piece) => piece.computedStyleMap().get('content-visibility')?.toString()),
      ).toBe('auto')
    })

    test('a mistake is answered with what is wrong, beside Execute, where the keyboard then is', async () => {
      const list = await openOperation(page, 'Dates', 'listDates')
      await parameter(list, 'pair').locator('input').fill('US')
      const { status, body } = await execute(list)
      const said = list.getByRole('status')
      expect(await said.innerText()).toContain('Must be two parties separated by a comma, such as US,KR.')
      expect(await said.evaluate(isFocused)).toBe(true)
      expect(status).toBe(400)
      expect(JSON.parse(body).errors[0]).toMatchObject({
        parameter: 'pair',
        message: 'Must be two parties separated by a comma, such as `US,KR`.',
      })
      const expected = 'Failed to load resource: the server responded with a status of 400 (Bad Request)'
      expect(complaints.splice(0)).toEqual([expected])
    })

    test('a value that the server takes is not marked as wrong, and the keyboard goes to the response', async () => {
      const list = await openOperation(page, 'Dates', 'listDates')
      await parameter(list, 'pair').locator('input').fill(' US, NL ')
      const { status, body } = await execute(list)
      expect([status, JSON.parse(body)]).toEqual([200, (await ui.register.api.get('/v1/dates?pair=US,NL')).body])
      expect(await list.locator('.validation-errors, .invalid').count()).toBe(0)
      const response = list.getByRole('region', { name: 'Response of the server' })
      expect(await response.evaluate(isFocused)).toBe(true)
    })

    test('Execute is on the screen as soon as a long form opens', async () => {
      const list = await openOperation(page, 'Search', 'listAgreements')
      await list.locator('.opblock-summary').evaluate((element) => element.scrollIntoView())
      const { height } = page.viewportSize()!
      expect((await list.boundingBox())!.height).toBeGreaterThan(2 * height)
      const { y, height: own } = (await list.locator('.execute').boundingBox())!
      expect(y + own).toBeLessThan(height)
    })

    test.each([
      ['excel', 'exportAgreements'],
      ['calendar', 'getDeadlineCalendar'],
      ['who changed', 'listVersions'],
      ['/v1/me', 'getMe'],
    ])('the filter finds by %s what %s does', async (words, operationId) => {
      const box = page.getByRole('textbox', { name: 'Find an operation by what it does' })
      const shown = page.locator('.opblock')
      const all = await shown.count()
      await box.fill(words)
      await expect.poll(() => shown.count()).toBeLessThan(all)
      expect(await page.locator(`[id$="-${operationId}"]`).count()).toBe(1)
      expect(await page.locator('.found').innerText()).toMatch(/^\d+ operations?$/)
      await box.fill('')
      await expect.poll(() => shown.count()).toBe(all)
    })

    test('a downloaded spreadsheet has the bytes that the server sent, the byte order mark included', async () => {
      const take = await openOperation(page, 'Export', 'exportAgreements')
      await parameter(take, 'format').locator('select').selectOption('csv')
      await parameter(take, 'bom').locator('select').selectOption('true')
      await execute(take)
      const [download] = await Promise.all([page.waitForEvent('download'), take.getByText('Download file').click()])
      const headers = { host: new URL(ui.origin).host }
      const url = '/v1/agreements/export?format=csv&bom=true'
      const { rawPayload } = await ui.register.app.inject({ url, headers })
      expect(rawPayload.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
      expect(await readFile(await download.path())).toEqual(rawPayload)
      await parameter(take, 'bom').locator('select').selectOption('')
    })

    test('an export is a file to download, in each format', async () => {
      const take = await openOperation(page, 'Export', 'exportAgreements')
      for (const format of ['csv', 'ndjson', 'json']) {
        await parameter(take, 'format').locator('select').selectOption(format)
        await execute(take)
        const [download] = await Promise.all([page.waitForEvent('download'), take.getByText('Download file').click()])
        expect(download.suggestedFilename()).toBe(`agreements.${format}`)
        // The file has the addresses of the host that it was downloaded from.
        const headers = { host: new URL(ui.origin).host }
        const { payload } = await ui.register.app.inject({ url: `/v1/agreements/export?format=${format}`, headers })
        expect(await readFile(await download.path(), 'utf8')).toBe(payload)
      }
    })

    test('an agreement is added with the example as it stands, twice in a row', async () => {
      const create = await openOperation(page, 'Agreements', 'createAgreement')
      await authorize(page, keyTextOf('editor'))
      const ids = new Set<string>()
      for (const _ of [1, 2]) {
        const { status, body } = await execute(create)
        expect(status).toBe(201)
        const shown = JSON.parse(body)
        expect((await ui.register.api.get(`/v1/agreements/${shown.id}`).expect(200)).body).toEqual(shown)
        ids.add(shown.id)
      }
      expect(ids.size).toBe(2)
    })

    test.each(['협정을 다시 읽음', "UTF-8''%41", '100 % read'])('a note may be any text: %s', async (note) => {
      const create = await openOperation(page, 'Agreements', 'createAgreement')
      await parameter(create, 'X-Change-Note').locator('input').fill(note)
      const { status, body } = await execute(create)
      expect(status).toBe(201)
      const { items } = (await ui.register.api.get(`/v1/agreements/${JSON.parse(body).id}/versions`)).body
      expect(items[0].note).toBe(note)
      await parameter(create, 'X-Change-Note').locator('input').fill('')
    })
  })

  describe('a key', () => {
    let page: Page
    let complaints: string[]
    beforeAll(async () => {
      ;({ page, complaints } = await openPage(ui.browser))
      await followLink(page, ui.origin, 'Admin', 'getMe')
    })
    const refused = 'Failed to load resource: the server responded with a status of 401 (Unauthorized)'
    const stored = () => page.evaluate('localStorage.getItem("authorized")')

    test('that the server does not accept is not kept, and the dialog says why', async () => {
      const wrong = `${keyTextOf('editor')}x`
      await page.locator('.auth-wrapper > .authorize').click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox').first().fill(wrong)
      await dialog.getByRole('button', { name: 'Authorize' }).first().click()
      const { body } = await ui.register.api.get('/v1/me').set('Authorization', `Bearer ${wrong}`).expect(401)
      expect(await dialog.getByRole('alert').innerText()).toBe(body.detail)
      expect(await stored()).toBeNull()
      await dialog.getByRole('button', { name: 'Close' }).first().click()
      expect((await execute(await openOperation(page, 'Admin', 'getMe'))).status).toBe(200)
      expect(complaints.splice(0)).toEqual([refused])
    })

    test('that stopped working is told of when the page loads, and removed by one button', async () => {
      await authorize(page, ` ${keyTextOf('editor')} `)
      expect(await stored()).toContain(`"${keyTextOf('editor')}"`)
      await page.evaluate(
        `localStorage.setItem('authorized', localStorage.getItem('authorized').replace('"ent_', '"ent_x'))`,
      )
      await followLink(page, ui.origin, 'Admin', 'getMe')
      const notice = page.getByRole('alert')
      await notice.waitFor()
      expect(await notice.innerText()).toContain('The register does not accept the key in this browser')
      await notice.getByRole('button', { name: 'Remove the key' }).click()
      expect([await notice.count(), await stored()]).toEqual([0, '{}'])
      expect((await execute(await openOperation(page, 'Admin', 'getMe'))).status).toBe(200)
      expect(complaints.splice(0)).toEqual([refused])
    })
  })

  describe.each([1440, 390])('axe finds nothing serious at a width of %i pixels', (width) => {
    let page: Page
    beforeAll(async () => {
      ;({ page } = await openPage(ui.browser, { width }))
      await page.goto(`${ui.origin}/docs`)
      await page.locator('.opblock').first().waitFor()
    })
    test('when nothing is open, with an operation open, and after Execute', async () => {
      expect(await findings(page)).toEqual([])
      const list = await openOperation(page, 'Search', 'listAgreements')
      expect(await findings(page)).toEqual([])
      expect((await execute(list)).status).toBe(200)
      expect(await findings(page)).toEqual([])
    })

    test('after an error, and in the dialog of Authorize', async () => {
      const create = await openOperation(page, 'Agreements', 'createAgreement')
      expect(await findings(page)).toEqual([])
      expect((await execute(create)).status).toBe(401)
      expect(await findings(page)).toEqual([])
      await page.locator('.auth-wrapper > .authorize').click()
      await page.getByRole('dialog').getByRole('button', { name: 'Authorize' }).first().click()
      await page.getByRole('alert').waitFor()
      expect(await findings(page)).toEqual([])
    })
  })

  describe('on a telephone', () => {
    let page: Page
    let complaints: string[]
    beforeAll(async () => {
      ;({ page, complaints } = await openPage(ui.browser, { width: 400, isMobile: true }))
      await followLink(page, ui.origin, 'Search', 'listAgreements')
    })
    test('it fits', async () => {
      const list = await openOperation(page, 'Search', 'listAgreements')
      expect(await page.evaluate('[document.documentElement.scrollWidth, window.innerWidth]')).toEqual([400, 400])
      const cut = await list
        .locator('.table-container')
        .evaluateAll((tables) => tables.filter((table) => table.scrollWidth > table.clientWidth).length)
      expect(cut).toBe(0)
      expect(complaints.splice(0)).toEqual([])
    })

    test('a key that is given by Authorize is kept: it makes a write succeed, also after a reload', async () => {
      await authorize(page, keyTextOf('editor'))
      const added = await execute(await openOperation(page, 'Signatories', 'createSignatory'))
      expect(added.status).toBe(201)
      const { code, updatedBy } = JSON.parse(added.body) as { code: string; updatedBy: string }
      expect(updatedBy).toBe(actorOf('editor'))
      await ui.register.api.delete(`/v1/signatories/${code}`).set('If-Match', '*').expect(204)

      await followLink(page, ui.origin, 'Admin', 'getMe')
      const read = await execute(await openOperation(page, 'Admin', 'getMe'))
      expect(JSON.parse(read.body)).toMatchObject({ actor: actorOf('editor'), role: 'editor' })
      expect((await execute(await openOperation(page, 'Signatories', 'createSignatory'))).status).toBe(201)
      expect(complaints.splice(0)).toEqual([])
    })
  })
})
