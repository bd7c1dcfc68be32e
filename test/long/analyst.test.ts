import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { readSheet } from 'read-excel-file/node'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { guide } from '../../src/openapi/guide.ts'
import { authorize, describeSwaggerUi, execute, followLink, openOperation, openPage } from '../support/browser.ts'
import { actorOf, keyTextOf } from '../support/keys.ts'

/** The links of the questions that answer in JSON, from the guide. */
const questions = [...guide.matchAll(/\[([^\]]+\?)\]\((\/v1\/[^)]+)\)/g)]
  .map(([, question, address]) => ({ question: question!, address: address! }))
  .filter(({ address }) => !address.includes('export'))

describeSwaggerUi((ui) => {
  describe('an analyst', () => {
    let page: Page
    let complaints: string[]
    beforeAll(async () => {
      ;({ page, complaints } = await openPage(ui.browser))
      await followLink(page, ui.origin, 'Search', 'listAgreements')
    })
    afterEach(() => expect(complaints.splice(0)).toEqual([]))

    const row = (operation: Locator, name: string) => operation.locator(`tr[data-param-name="${name}"]`)
    const fill = (operation: Locator, values: Record<string, string>) =>
      Object.entries(values).reduce(
        (before, [name, value]) => before.then(() => row(operation, name).locator('input').first().fill(value)),
        Promise.resolve(),
      )
    const download = async (operation: Locator) => {
      const [file] = await Promise.all([page.waitForEvent('download'), operation.getByText('Download file').click()])
      return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
    }

    test('opens each question of the guide, and reads its answer', async () => {
      expect(questions.length).toBeGreaterThanOrEqual(11)
      for (const { question, address } of questions) {
        const link = page.locator('.info a', { hasText: question }).first()
        const [answer] = await Promise.all([page.waitForEvent('popup'), link.click()])
        await answer.waitForLoadState()
        const { body } = await ui.register.api.get(address).expect(200)
        expect(JSON.parse(await answer.locator('pre').innerText()), question).toEqual(body)
        await answer.close()
      }
    })

    test('makes the chart of agreements a year', async () => {
      const count = await openOperation(page, 'Statistics', 'getStatistics')
      // Years are the example that is filled in.
      const groupBy = row(count, 'groupBy').locator('select')
      expect(await groupBy.inputValue()).toBe('signedYear')
      await row(count, 'format').locator('select').selectOption('svg')
      const { status } = await execute(count)
      expect(status).toBe(200)
      const image = count.locator('.live-responses-table img')
      await image.waitFor()
      await expect.poll(() => image.evaluate((one) => (one as HTMLImageElement).naturalWidth)).toBe(960)
    })

    test('downloads a workbook, whose days are days', async () => {
      const take = await openOperation(page, 'Export', 'exportAgreements')
      await row(take, 'format').locator('select').selectOption('xlsx')
      expect((await execute(take)).status).toBe(200)
      const { name, bytes } = await download(take)
      expect(name).toBe('agreements.xlsx')
      const [head = [], ...rows] = await readSheet(bytes, 'agreements')
      const memorandum = rows.find((cells) => cells[head.indexOf('reference')] === 'DHS-ST-2019-KR')!
      expect(memorandum[head.indexOf('signed')]).toEqual(new Date('2019-10-23T00:00:00Z'))
      expect(rows).toHaveLength(17)
    })

    test('corrects a date, and reads who changed what from what to what', async () => {
      const read = async () => (await ui.register.api.get('/v1/agreements/THROW-AWAY').expect(200)).body
      const { id, dates } = await read()
      await authorize(page, keyTextOf('editor'))
      const replace = await openOperation(page, 'Dates', 'replaceDate')
      await fill(replace, { id, dateId: dates[0].id, 'If-Match': '*', 'X-Change-Note': 'The gazette has the 17th' })
      const corrected = { event: dates[0].event, date: '2024-01-17', source: dates[0].source }
      await replace.locator('textarea').fill(JSON.stringify(corrected))
      expect((await execute(replace)).status).toBe(200)
      const versions = await openOperation(page, 'Changes', 'listVersions')
      await fill(versions, { id, limit: '1' })
      const { body } = await execute(versions)
      const [latest] = JSON.parse(body).items
      expect(latest).toMatchObject({ actor: actorOf('editor'), note: 'The gazette has the 17th' })
      expect(latest.changes).toContainEqual({
        pointer: '/dates/0/date',
        label: `Dates (${dates[0].event} ${dates[0].date}): date`,
        computed: false,
        from: dates[0].date,
        to: '2024-01-17',
      })
    })
  })
})
