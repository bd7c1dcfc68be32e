import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
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
    const chosen = (list: Locator) =>
      list.evaluate((select: { selectedOptions: Iterable<{ value: string }> }) =>
        [...select.selectedOptions].map(({ value }) => value),
      )

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

    test('a big answer is shown whole, without colours, which would take a minute', async () => {
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
    })

    test('a mistake is answered with what is wrong', async () => {
      const list = await openOperation(page, 'Dates', 'listDates')
      await parameter(list, 'pair').locator('input').fill('US')
      const { status, body } = await execute(list)
      expect(status).toBe(400)
      expect(JSON.parse(body).errors[0]).toMatchObject({
        parameter: 'pair',
        message: 'Must be two parties separated by a comma, such as `US,KR`.',
      })
      const expected = 'Failed to load resource: the server responded with a status of 400 (Bad Request)'
      expect(complaints.splice(0)).toEqual([expected])
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
