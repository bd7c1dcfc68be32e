import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import { operations } from './support/fuzz/document.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

const agreement = '01a0c451-6218-7549-96ad-388bcf6f4db3'
const needed: Record<string, string> = Object.fromEntries(
  ['getStatistics', 'getStatisticsAsJson', 'getStatisticsAsCsv', 'getStatisticsAsSvg'].map((id) => [
    id,
    'groupBy=type&',
  ]),
)

/** Every pair of query parameters in the document that begin and end a period. */
const periods = operations.flatMap(({ id, path, parameters }) => {
  const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name)
  return names
    .filter((name) => /(^f|F)rom$/.test(name))
    .map((from) => ({ id, path, from, to: from.replace('from', 'to').replace('From', 'To'), names }))
})

const ask = ({ id, path }: (typeof periods)[number], query: string, status: number) =>
  register.api.get(`${path.replace('{id}', agreement)}?${needed[id] ?? ''}${query}`).expect(status)

describe.each(periods)('the period of $id, $from and $to', (period) => {
  const { from, to } = period

  test('is refused if it ends before it begins, with an error at its end', async () => {
    expect(period.names).toContain(to)
    const { body } = await ask(period, `${from}=2019-10-24&${to}=2019-10-23`, 400)
    const message = `\`${to}\` (2019-10-23) is before \`${from}\` (2019-10-24).`
    expect(body).toMatchObject({ code: 'invalid_request', detail: message })
    expect(body.errors).toEqual([{ parameter: to, code: 'invalid_value', message }])
  })

  test('may be a single day', async () => {
    const { status } = await register.api.get(
      `${period.path.replace('{id}', agreement)}?${needed[period.id] ?? ''}${from}=2019-10-23&${to}=2019-10-23`,
    )
    expect(status).toBeOneOf(period.id === 'getPosition' ? [200, 404] : [200])
  })
})

test('the document has periods of days signed, of acts, of expiries, of dates and of deadlines', () => {
  expect(new Set(periods.map(({ from }) => from))).toEqual(new Set(['signedFrom', 'eventFrom', 'expiresFrom', 'from']))
  expect(new Set(periods.map(({ id }) => id))).toEqual(
    new Set([
      'listAgreements',
      'listDates',
      'getPosition',
      'listDeadlines',
      'listDeadlinesAsJson',
      'getDeadlineCalendar',
      'getStatistics',
      'getStatisticsAsJson',
      'getStatisticsAsCsv',
      'getStatisticsAsSvg',
      'exportAgreementsAsXlsx',
      'getChangesFeed',
      'getNetwork',
      'getNetworkAsGexf',
      'getNetworkAsJson',
      'listChanges',
      'exportAgreements',
      'exportAgreementsAsCsv',
      'exportAgreementsAsNdjson',
      'exportAgreementsAsJson',
    ]),
  )
})
