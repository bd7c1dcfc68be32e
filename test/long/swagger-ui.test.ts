import type { Page } from 'playwright-core'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { authorize, describeSwaggerUi, execute, followLink, openOperation, openPage } from '../support/browser.ts'
import { actorOf, keyTextOf } from '../support/keys.ts'

// What everything else on the page rests on; the rest of what it promises is in test/long/browser.test.ts.
describeSwaggerUi((ui) => {
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    ;({ page, complaints } = await openPage(ui.browser))
    await followLink(page, ui.origin, 'Search', 'listAgreements')
  })
  afterEach(() => expect(complaints.splice(0)).toEqual([]))

  test('shows the guide first, and the tags in the order of the work', async () => {
    expect(await page.title()).toBe('Entente: a register of bilateral agreements')
    expect(await page.locator('.info li a').first().isVisible()).toBe(true)
    const order =
      'Search,Agreements,Dates,Signatories,Research domains,Collections,Statistics,Export,Import,Changes,Webhooks,Admin'
    const tags = await page.locator('.opblock-tag').evaluateAll((all) => all.map((tag) => tag.getAttribute('data-tag')))
    expect(tags.length).toBeGreaterThan(7)
    expect(tags).toEqual(order.split(',').filter((tag) => tags.includes(tag)))
    expect(await page.evaluate('window.isSecureContext')).toBe(false)
  })

  test('the list is tried as it stands: no field is filled in, and the answer is the one of the API', async () => {
    const list = await openOperation(page, 'Search', 'listAgreements')
    const fields = await list
      .locator('input')
      .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('value')))
    expect(fields.length).toBeGreaterThan(10)
    expect(fields.filter((value) => value)).toEqual([])
    const { status, body, text } = await execute(list)
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual((await ui.register.api.get('/v1/agreements')).body)
    expect(text).toMatch(/Request duration\s+\d+ ms/)
  })

  test('a key that is given by Authorize makes a write succeed that was refused before', async () => {
    const form = await openOperation(page, 'Signatories', 'createSignatory')
    const refused = await execute(form)
    const { code, detail } = JSON.parse(refused.body)
    expect([refused.status, code]).toEqual([401, 'credential_required'])
    expect(await form.getByRole('status').innerText()).toContain(detail.replaceAll('`', ''))
    expect(await form.getByRole('button', { name: 'Not authorized' }).count()).toBe(1)
    expect(complaints.splice(0)).toEqual([
      'Failed to load resource: the server responded with a status of 401 (Unauthorized)',
    ])
    await authorize(page, keyTextOf('editor'))
    const { status, body } = await execute(form)
    expect(status).toBe(201)
    expect(JSON.parse(body).updatedBy).toBe(actorOf('editor'))
    expect(await form.locator('.curl-command').innerText()).toContain("'Authorization: Bearer YOUR_KEY'")
    expect(await page.content()).not.toContain(keyTextOf('editor'))
    expect(await form.getByRole('button', { name: 'Authorized' }).count()).toBe(1)
  })
})
