import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../src/agreements/schemas.ts'
import { loadSample } from '../src/programs/sample.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { asQuery, matches, order, type Query, predicates, withPeriods } from './support/naive.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
let all: Agreement[]
const today = '2026-01-01'
const many = 300
/** Dates of signature, exact, imprecise and open. */
const possibleDates = (year: number, i: number): string[] => [
  `${year}`,
  `${year}-05`,
  `${year}-05-1${i % 9}`,
  `${year}/..`,
  `../${year}`,
]

const pick = <Item>(items: readonly Item[], n: number): Item => items[n % items.length]!

beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, today)
  await register.api.post('/v1/collections').send({ code: 'others', name: 'All others' }).expect(201)
  const parties = ['US', 'KR', 'JP', 'EU', 'SUHH', 'UN', 'US-DHS', 'WHO', 'FR']
  await addInBulk(
    register.db,
    Array.from({ length: many }, (_, i) => {
      const [one, other] = [pick(parties, i), pick(parties, i * 7 + 3)]
      const year = 1990 + (i % 35)
      return {
        id: numberedId(i),
        body: {
          title: `${pick(['Agreement', 'Memorandum', 'Protocol'], i)} on ${pick(['floods', 'storms', 'trade'], i * 5)} ${i}`,
          type: pick(['agreement', 'memorandum_of_understanding', 'treaty'], i * 5),
          binding: pick(['binding', 'non_binding', 'unknown'], i * 11),
          reference: i % 4 === 0 ? `REF-${i}` : null,
          term: pick(
            [null, { length: 'P24M', atEnd: 'ends' }, { length: 'P36M', atEnd: 'renews', renewal: { notice: 'P3M' } }],
            i * 13,
          ),
          signatories: [
            { side: 1, signatory: one },
            {
              side: 2,
              signatory:
                one === other || (one + other).includes('USUS')
                  ? 'BR'
                  : other
                      .replace('US-DHS', one === 'US' ? 'BR' : 'US-DHS')
                      .replace(/^US$/, one === 'US-DHS' ? 'BR' : 'US'),
            },
            ...(i % 7 === 4 ? [{ side: 1, signatory: pick(['MX', 'OECD'], i) }] : []),
          ],
          dates: [
            ...(i % 6 === 0 ? [] : [{ event: 'signed', date: pick(possibleDates(year, i), i) }]),
            ...(i % 3 === 0
              ? []
              : [{ event: 'entered_into_force', date: `${year + (i % 8 === 0 ? -1 : 1)}-02-0${1 + (i % 8)}` }]),
            ...(i % 10 === 0 ? [{ event: 'terminated', date: `${year + 5}` }] : []),
          ],
          researchDomains: [
            pick(['theme:flooding', 'theme:fire', 'ford:1.5', 'ford:2', 'theme:disaster-resilience'], i * 17),
          ],
          collection: i % 3 === 0 ? 'others' : null,
          identifiers: i % 5 === 0 ? [{ scheme: 'unts', value: `${i}` }] : [],
        },
      }
    }),
    today,
  )
  all = (await read('/v1/agreements?limit=200')).items
  for (let cursor = (await read('/v1/agreements?limit=200')).nextCursor; cursor;) {
    const page = await read(`/v1/agreements?limit=200&cursor=${cursor}`)
    all.push(...page.items)
    cursor = page.nextCursor
  }
})

const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body

const day = fc.integer({ min: 1988, max: 2030 }).map((year) => `${year}-06-15`)
const some = (...values: string[]) => fc.subarray(values, { minLength: 1, maxLength: 2 })
const values = fc.record({
  id: fc.subarray([0, 1, 2, 3, 50].map(numberedId), { minLength: 1 }),
  reference: some('REF-0', 'REF-4', 'DHS-ST-2019-KR'),
  identifier: some('unts:5', 'unts:10', 'tias:04-601'),
  q: fc.constantFrom('flood', 'storm', 'memorandum', '"on storms"'),
  party: some('US', 'KR', 'SUHH', 'WHO'),
  pair: fc.constantFrom('US,KR', 'KR,US', 'JP,EU', 'FR,UN', 'MX,KR', 'UN,OECD'),
  signatory: some('US', 'US-DHS', 'US-DHS-ST', 'KR-MSIT', 'EU'),
  partyKind: some('state', 'former_state', 'intergovernmental_organization', 'supranational_body'),
  kinds: some('state,state', 'state,former_state', 'intergovernmental_organization,state', 'mixed,state'),
  researchDomain: some('theme:disaster-resilience', 'theme:fire', 'ford:1', 'ford:2'),
  collection: some('sample', 'others'),
  type: some('agreement', 'treaty', 'memorandum_of_understanding'),
  binding: some('binding', 'unknown'),
  status: some('signed', 'in_force', 'terminated', 'unknown'),
  signedFrom: day,
  signedTo: day,
  event: some('entered_into_force', 'terminated', 'signed'),
  expiresFrom: day,
  expiresTo: day,
  warning: some(
    'no_signature_date',
    'in_force_before_signature',
    'in_force_long_after_signature',
    'body_outside_its_years',
  ),
  sort: fc.constantFrom(...Object.keys(order)),
})
/** One to three of the filters, with or without a sort. */
const aQuery = fc
  .tuple(values, fc.subarray(Object.keys(predicates), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([given, names, sorted]): Query => {
    const chosen = [...names, ...(sorted ? ['sort'] : [])]
    return withPeriods(Object.fromEntries(Object.entries(given).filter(([name]) => chosen.includes(name))))
  })

describe('the filters of the list', () => {
  test('alone and combined find, in the same order, what a naive filter over the whole register finds', async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(aQuery, async (query) => {
        const { sort = '-signed', ...filters } = query as { sort?: string } & Query
        const expected = all.filter((a) => matches(a, filters))
        const { items, total } = await read(`/v1/agreements?limit=200&count=exact&${asQuery(query)}`)
        const ids = (agreements: Agreement[]) => agreements.map(({ id }) => id).toSorted()
        expect(total).toBe(expected.length)
        if (total <= 200) expect(ids(items)).toEqual(ids(expected))
        if ('sort' in query || !('q' in filters)) {
          const keys = items.map(order[sort])
          expect(keys).toEqual(sort.startsWith('-') ? keys.toSorted().toReversed() : keys.toSorted())
        }
        found += total
      }),
      { numRuns: 150 },
    )
    expect(found).toBeGreaterThan(150)
  }, 120_000)

  test.each<[string, string | string[]]>([
    ['id', [numberedId(1), numberedId(2)]],
    ['reference', 'REF-4'],
    ['identifier', ['unts:5', 'tias:04-601']],
    ['q', 'flood'],
    ['party', ['KR', 'SUHH']],
    ['pair', 'KR,US'],
    ['signatory', 'US-DHS'],
    ['partyKind', 'state'],
    ['kinds', 'state,intergovernmental_organization'],
    ['kinds', ['former_state,state', 'supranational_body,state']],
    ['kinds', 'state,state'],
    ['kinds', 'state,mixed'],
    ['researchDomain', 'theme:disaster-resilience'],
    ['collection', ['sample', 'others']],
    ['type', 'treaty'],
    ['binding', ['binding', 'unknown']],
    ['status', 'terminated'],
    ['signedFrom', '2015-05-20'],
    ['signedTo', '2015-05-20'],
    ['event', 'terminated'],
    ['expiresFrom', '2026-06-15'],
    ['expiresTo', '2027-06-15'],
    ['warning', 'in_force_before_signature'],
  ])('%s alone', async (name, value) => {
    const expected = all.filter((a) => predicates[name]!(a, [value].flat()))
    const { total } = await read(`/v1/agreements?count=exact&${asQuery({ [name]: value })}`)
    expect(total).toBe(expected.length)
    expect(total).toBeGreaterThan(0)
    expect(total).toBeLessThan(all.length)
  })

  test('an act within a period, and what was published since', async () => {
    const within = await read(
      '/v1/agreements?event=entered_into_force&eventFrom=2007-02-16&eventTo=2007-04-13&party=US&q=homeland',
    )
    expect(within.items.map((a: Agreement) => a.reference).toSorted()).toEqual([
      'DHS-ST-2005-AU',
      'DHS-ST-2007-SE',
      'DHS-ST-2007-SG',
    ])
    const { items } = await read('/v1/agreements?sort=-updated&limit=1')
    expect((await read(`/v1/agreements?count=exact&updatedSince=${items[0].updatedAt}`)).total).toBeGreaterThan(0)
    expect((await read('/v1/agreements?count=exact&updatedSince=2999-01-01T00:00:00Z')).total).toBe(0)
  })

  test('words rank their finds, unless another order is asked for; relevance needs words', async () => {
    const { items } = await read('/v1/agreements?q=south%20korea%20dhs')
    expect(items[0].reference).toBe('DHS-ST-2019-KR')
    expect((await read('/v1/agreements?sort=relevance', 400)).errors).toMatchObject([
      { parameter: 'sort', code: 'needs_q' },
    ])
  })

  test.each([
    ['status=inforce', 'status', 'in_force'],
    ['party=KOR', 'party', 'KR'],
    ['researchDomain=theme:floding', 'researchDomain', 'theme:flooding'],
    ['collection=other', 'collection', 'others'],
    ['type=memorandum', 'type', undefined],
    ['signedFrom=2019-13-01', 'signedFrom', undefined],
  ])('a mistake speaks: %s', async (query, parameter, didYouMean) => {
    const { errors } = await read(`/v1/agreements?${query}`, 400)
    expect(errors).toMatchObject([didYouMean ? { parameter, didYouMean } : { parameter }])
  })
})

describe('a pair', () => {
  const bodies = (...sides: string[][]) =>
    sides.flatMap((side, i) => side.map((signatory) => ({ side: i + 1, signatory })))
  let allies: string
  let opposed: string

  beforeAll(async () => {
    const add = async (...sides: string[][]): Promise<string> => {
      const { body } = await register.api
        .post('/v1/agreements')
        .send(anAgreement({ signatories: bodies(...sides) }))
        .expect(201)
      return body.id
    }
    allies = await add(['PT', 'GR'], ['IE'])
    opposed = await add(['PT', 'IE'], ['GR', 'HU'])
  })

  const idsOf = (items: { id: string }[]) => items.map(({ id }) => id)

  test.each(['PT,GR', 'GR,PT'])('%s finds parties on opposite sides, never two on one side', async (pair) => {
    expect(idsOf((await read(`/v1/agreements?pair=${pair}`)).items)).toEqual([opposed])
    expect((await read(`/v1/agreements?pair=${pair}&count=exact&limit=1`)).total).toBe(1)
    expect((await read(`/v1/agreements?pair=${pair}&party=IE&signedFrom=2019-01-01&sort=title`)).items).toHaveLength(1)
    const dates = (await read(`/v1/dates?pair=${pair}`)).items
    expect(dates.map(({ agreement }: { agreement: { id: string } }) => agreement.id)).toEqual([opposed])
    expect(await read(`/v1/agreements/${opposed}/position?pair=${pair}`)).toMatchObject({ position: 1, total: 1 })
    await read(`/v1/agreements/${allies}/position?pair=${pair}`, 404)
    const { headers } = await register.api.get(`/v1/agreements/export?pair=${pair}`).expect(200)
    expect(headers['x-total-count']).toBe('1')
    const { items, total } = await read(`/v1/statistics?groupBy=pair&pair=${pair}`)
    expect(total).toBe(1)
    expect(items.map(({ keys }: { keys: string[] }) => keys[0])).toContain('GR,PT')
  })

  test('of allies who each face the third party is found with that party', async () => {
    expect(idsOf((await read('/v1/agreements?pair=IE,GR')).items).toSorted()).toEqual([allies, opposed].toSorted())
    expect(idsOf((await read('/v1/agreements?pair=IE,PT')).items)).toEqual([allies])
  })
})

describe('the position of an agreement', () => {
  const memorandum = '01a0c451-6218-7549-96ad-388bcf6f4db3'
  const sample = 'updatedSince=2000-01-01T00:00:00Z&q=homeland%20OR%20memorandum%20OR%20security'

  test('«the 13th bilateral of DHS» is the 13th with a state, the 14th with the Commission’s', async () => {
    const { app, api, db } = await freshRegister()
    await loadSample(db, today)
    const position = async (query: string) =>
      (await api.get(`/v1/agreements/${memorandum}/position?${query}`).expect(200)).body
    const amongStates = await position('signatory=US-DHS&partyKind=state')
    expect(amongStates).toMatchObject({
      position: 13,
      total: 16,
      signed: '2019-10-23',
      previous: { reference: 'DHS-ST-2012-NL', signed: '2012-11-29' },
      next: { reference: 'DHS-ST-2022-PA-KR', signed: '2022-05-05' },
      daysSincePrevious: 2519,
    })
    expect(amongStates.selection.replace(/asOf=[-\d]{10}T[:.\d]{12}Z/, 'asOf=THEN')).toBe(
      '/v1/agreements?signatory=US-DHS&partyKind=state&asOf=THEN&sort=signed&count=exact',
    )
    const { body } = await api.get(amongStates.selection).expect(200)
    expect(body.total).toBe(16)
    expect(body.items[12].id).toBe(memorandum)
    expect(await position('signatory=US-DHS')).toMatchObject({ position: 14, total: 17 })
    const { selection } = await position('q=memorandum?&party=KR')
    expect(selection).toBe('/v1/agreements?q=memorandum?&party=KR&sort=signed&count=exact')
    expect((await api.get(selection).expect(200)).body.total).toBe(1)
    const { body: other } = await api.get(`/v1/agreements/${memorandum}/position?party=FR`).expect(404)
    expect(other.detail).toContain('does not match the filter')
    await api.get(`/v1/agreements/${numberedId(1)}/position`).expect(404)
    await api.get(`/v1/agreements/${memorandum}/position?sort=title`).expect(400)
    await app.close()
  })

  test('is where the list in the order of signature has it', async () => {
    const { items } = await read(`/v1/agreements?sort=signed&limit=200&${sample}`)
    for (const at of [0, 1, 7]) {
      const { position, previous, next } = await read(`/v1/agreements/${items[at].id}/position?${sample}`)
      expect([position, previous?.id, next?.id]).toEqual([at + 1, items[at - 1]?.id, items[at + 1]?.id])
    }
  })
})
