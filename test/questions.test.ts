import { readFileSync } from 'node:fs'
import type { Response } from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../src/agreements/schemas.ts'
import type { TimelineDate } from '../src/timeline/schemas.ts'
import { loadSample } from '../src/programs/sample.ts'
import { freshRegister, type Register } from './support/register.ts'

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })
const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }
const ordinal = (n: number): string => `the ${n}${endings[ordinals.select(n)] ?? 'th'}`
const inWords = (day: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day))

const items = <Item>({ body }: Response): Item[] => (body as { items: Item[] }).items

const references = (answer: Response) => items<Agreement>(answer).map(({ reference }) => reference)
const bodiesOnSide2 = (answer: Response) =>
  items<Agreement>(answer).map(({ signatories }) => signatories.find(({ side }) => side === 2)?.signatory.name)
const sayings = (answer: Response) =>
  items<TimelineDate>(answer).map(({ date, source }) => `${ordinal(Number(date.slice(-2)))} (${source})`)
const agreementsOfDates = (answer: Response) => items<TimelineDate>(answer).map(({ agreement }) => agreement.reference)
const countsOfYears = (answer: Response) =>
  items<{ keys: string[]; count: number }>(answer).flatMap(({ keys, count }) =>
    count === 0 ? [] : [`${count} in ${keys.join()}`],
  )
const partners = (answer: Response) => {
  const pairs = items<{ labels: string[]; count: number }>(answer)
  const name = (labels: string[]) => labels.join().replace(/ – United States|United States – /, '')
  const often = pairs.filter(({ count }) => count > 1).map(({ labels, count }) => `${count} with ${name(labels)}`)
  return [...often, 'once each', ...pairs.flatMap(({ labels, count }) => (count === 1 ? [name(labels)] : []))]
}
const changes = (answer: Response) =>
  items<{ version: number; operation: string; note: string }>(answer).map(
    ({ version, operation, note }) => `${version}: ${operation}, “${note}”`,
  )
const rows = ({ text }: Response) => [`${text.trimEnd().split('\n').length - 1} rows`]
const number = ({ body }: Response) => [ordinal(body.position)]
const numberAndOneBefore = ({ body }: Response) => [
  ordinal(body.position),
  body.previous.reference,
  inWords(body.previous.signed),
]

const memorandum = '/v1/agreements/01a0c451-6218-7549-96ad-388bcf6f4db3'

/** For each question's address: a function that summarizes the response, and the correct summary. */
const answers: Record<string, [summarize: (answer: Response) => (string | null | undefined)[], right: string[]]> = {
  '/v1/dates?party=KR&event=signed&to=2019-12-31': [
    sayings,
    ['the 23rd (etnews)', 'the 24th (upi)', 'the 27th (article)'],
  ],
  [`${memorandum}/position?signatory=US-DHS&partyKind=state`]: [
    numberAndOneBefore,
    ['the 13th', 'DHS-ST-2012-NL', '29 November 2012'],
  ],
  [`${memorandum}/position?signatory=US-DHS`]: [number, ['the 14th']],
  '/v1/agreements?pair=US,KR': [
    references,
    ['DHS-ST-2023-JSI-KR', 'DHS-ST-2022-JSI-KR', 'DHS-ST-2022-PA-KR', 'DHS-ST-2019-KR'],
  ],
  '/v1/agreements?pair=US,NL&inForceOn=2016-04-01': [references, ['DHS-ST-2012-NL']],
  '/v1/agreements?researchDomain=theme:infectious-disease-control': [references, ['DHS-ST-2019-KR']],
  '/v1/agreements?q=floods': [references, ['DHS-ST-2019-KR']],
  '/v1/statistics?groupBy=signedYear&signatory=US-DHS': [
    countsOfYears,
    '3 in 2008,2 in 2004,2 in 2007,2 in 2010,2 in 2022,1 in 2005,1 in 2009,1 in 2011,1 in 2012,1 in 2019,1 in 2023'.split(
      ',',
    ),
  ],
  '/v1/statistics?groupBy=pair&party=US': [
    partners,
    (
      '4 with Republic of Korea,once each,Australia,Canada,Germany,Spain,European Union,France,United Kingdom,Israel,' +
      'Mexico,Netherlands,New Zealand,Sweden,Singapore'
    ).split(','),
  ],
  '/v1/deadlines': [(answer) => items<{ kind: string }>(answer).map(({ kind }) => kind), []],
  [`${memorandum}/versions`]: [
    changes,
    [...[4, 3, 2].map((n) => `${n}: updated, “Sample register”`), '1: created, “Sample register”'],
  ],
  '/v1/agreements/export?bom=true&signatory=US-DHS': [rows, ['17 rows']],
  '/v1/agreements?inForceOn=2024-10-01&asOf=2024-11-01T00:00:00Z': [references, []],
  '/v1/agreements?researchDomain=theme:disaster-resilience': [references, ['DHS-ST-2019-KR']],
  '/v1/agreements?status=signed&on=2012-12-01': [
    bodiesOnSide2,
    ['Netherlands', 'Spain', 'European Commission', 'France'],
  ],
  '/v1/dates?event=entered_into_force&from=2007-01-01&to=2007-12-31': [
    agreementsOfDates,
    ['DHS-ST-2005-AU', 'DHS-ST-2007-SG', 'DHS-ST-2007-SE'],
  ],
  '/v1/agreements?pair=US,KR&inForceOn=2015-01-01': [references, []],
}

/** The links of a Markdown text into the API: the question, and the address of its answer. */
const questionsIn = (markdown: string): [question: string, address: string][] =>
  [...markdown.matchAll(/\[([^\]]+)\]\((\/v1\/[^)\s]+)\)/g)].map((found) => [found[1]!, found[2]!])

/** The rows of the README's table of questions. */
const table = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  .split('\n')
  .map((line) => /^\| (.+?) \| \[`.+?`\]\(http:\/\/127\.0\.0\.1:3000(.+?)\) \| (.+) \|$/.exec(line))
  .filter((row) => row !== null)
  .map(([, question, address, answer]) => ({ question: question!, address: address!, answer: answer! }))

describe('the questions of an analyst', () => {
  let register: Register
  let guide: [question: string, address: string][]
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, register.today())
    const { body } = await register.api.get('/openapi.json').expect(200)
    guide = questionsIn(body.info.description)
  })

  test('at least ten are at the top of Swagger UI, and all of these in the table of the README', () => {
    expect(guide.length).toBeGreaterThanOrEqual(10)
    expect(table.map(({ question, address }) => [question, address])).toEqual(expect.arrayContaining(guide))
  })

  test('those in the table are the ones with answers here', () => {
    expect(table.map(({ address }) => address)).toEqual(Object.keys(answers))
  })

  test.each(Object.entries(answers))('%s', async (address, [summarize, right]) => {
    const answer = await register.api.get(address).expect(200)
    expect(summarize(answer)).toEqual(right)
    const row = table.find((one) => one.address === address)
    const words = right.length === 0 ? ['nothing'] : right.map((word) => word.toLowerCase())
    expect(words.filter((word) => !row?.answer.toLowerCase().includes(word))).toEqual([])
  })

  test('the first example in the README has the response that it shows', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [, address] = /^curl -s 'http:\/\/127\.0\.0\.1:3000(.+)'$/m.exec(readme)!
    const [, shown] = /^```json\n(.+)\n```$/m.exec(readme)!
    const { body } = await register.api.get(address!).expect(200)
    const atAnInstant = (text: string) =>
      text.replaceAll(/(?<=asOf=)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'INSTANT')
    expect(atAnInstant(shown!)).toContain('asOf=INSTANT')
    expect(JSON.parse(atAnInstant(shown!))).toEqual(JSON.parse(atAnInstant(JSON.stringify(body))))
  })

  test('those in the descriptions of operations also have responses', async () => {
    const { body } = await register.api.get('/openapi.json')
    const links = questionsIn(JSON.stringify(body.paths))
    expect(links.length).toBeGreaterThan(0)
    for (const [, address] of links) await register.api.get(address).expect(200)
  })

  test('what the examples of the API change is in no list, count or export, and is found by its reference', async () => {
    const { body } = await register.api.get('/v1/agreements/THROW-AWAY').expect(200)
    expect(body.collection.code).toBe('examples')
    const { text } = await register.api.get('/v1/agreements/export?format=ndjson').expect(200)
    const exported = text.trimEnd().split('\n')
    expect(exported).toHaveLength(17)
    expect(text).not.toContain(body.id)
    const { body: counted } = await register.api.get('/v1/statistics?groupBy=collection').expect(200)
    expect(counted.items).toMatchObject([{ keys: ['sample'], count: 17 }])
    const { body: listed } = await register.api.get('/v1/agreements?count=exact').expect(200)
    expect([listed.items.length, listed.total]).toEqual([17, 17])
  })
})
