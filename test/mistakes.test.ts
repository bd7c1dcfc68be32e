import { beforeAll, describe, expect, test } from 'vitest'
import { didYouMean } from '../src/problems/did-you-mean.ts'
import { problemCodes } from '../src/problems/problems.ts'
import { loadSample } from '../src/programs/sample.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

const refusal = async (address: string) => {
  const { body } = await register.api.get(address).expect(400)
  expect(problemCodes[body.code as keyof typeof problemCodes][0]).toBe(400)
  return body as { code: string; detail: string; errors: { parameter: string; code: string; didYouMean?: string }[] }
}

describe('a mistake gets a suggestion', () => {
  test.each([
    ['status=inforce', 'status', 'in_force'],
    ['status=active', 'status', undefined],
    ['type=treety', 'type', 'treaty'],
    ['type=MOU', 'type', 'memorandum_of_understanding'],
    ['type=memorandum', 'type', 'memorandum_of_understanding'],
    ['binding=nonbinding', 'binding', 'non_binding'],
    ['sort=signedDate', 'sort', 'signed'],
    ['party=KOR', 'party', 'KR'],
    ['party=410', 'party', 'KR'],
    ['party=Korea', 'party', 'KR'],
    ['party=South Korea', 'party', 'KR'],
    ['party=Corée du Sud', 'party', 'KR'],
    ['party=한국', 'party', 'KR'],
    ['party=GER', 'party', 'DE'],
    ['party=UK', 'party', 'GB'],
    ['party=Untied States', 'party', 'US'],
    ['signatory=DHS', 'signatory', 'US-DHS'],
    ['party=Nobodys Land', 'party', undefined],
    ['researchDomain=2.1', 'researchDomain', 'ford:2.1'],
    ['researchDomain=flooding', 'researchDomain', 'theme:flooding'],
    ['researchDomain=theme:floding', 'researchDomain', 'theme:flooding'],
    ['researchDomain=Public Safety', 'researchDomain', 'theme:public-safety-and-security'],
    ['pair=US', 'pair', undefined],
    ['pair=US-KR', 'pair', 'US,KR'],
    ['pair=US;KR', 'pair', 'US,KR'],
    ['pair=US KR', 'pair', 'US,KR'],
    ['pair=US,KOR', 'pair', 'KR'],
    ['identifier=04-601', 'identifier', undefined],
    ['identifier=TIAS 04-601', 'identifier', 'tias:04-601'],
    ['parties=KR', 'parties', 'party'],
    ['country=KR', 'country', 'party'],
    ['in_force_on=2019-01-01', 'in_force_on', 'inForceOn'],
    ['inforceon=2019-01-01', 'inforceon', 'inForceOn'],
    ['search=korea', 'search', 'q'],
    ['page=2', 'page', 'cursor'],
    ['di=2', 'di', 'id'],
    ['domain=flooding', 'domain', 'researchDomain'],
    ['nothinglikeit=1', 'nothinglikeit', undefined],
  ])('?%s', async (query, parameter, meant) => {
    const { detail, errors } = await refusal(`/v1/agreements?${encodeURI(query)}`)
    expect(errors).toEqual([expect.objectContaining({ parameter })])
    expect(errors[0]!.didYouMean).toBe(meant)
    if (meant === undefined) expect(detail).not.toContain('Did you mean')
    else expect(detail).toContain(`Did you mean \`${meant}\`?`)
    expect(detail).toMatch(new RegExp(`\`(${parameter}|${query.split(/[=,]/).at(-1)!})\``))
    if (meant === undefined || errors[0]!.code === 'unknown_parameter') return
    const mended = query.includes('pair=US,KOR') ? 'pair=US,KR' : `${parameter}=${meant}`
    await register.api.get(`/v1/agreements?${mended}`).expect(200)
  })

  test.each([
    ['status=inforce', 'negotiating, signed, provisionally_applied, in_force, suspended, terminated, unknown'],
    ['signedFrom=2019-13-01', 'year first: 2019-10-23'],
    ['signedFrom=23.10.2019', 'year first: 2019-10-23'],
    ['on=2019&status=signed', 'year first: 2019-10-23'],
    ['on=2019-01-01', '`on` requires `status`'],
    ['updatedSince=2019-01-01', '2026-01-31T12:00:00Z'],
    ['limit=1000', 'a whole number from 1 to 200'],
    ['limit=abc', 'a whole number from 1 to 200'],
    ['limit=0', 'a whole number from 1 to 200'],
    ['pair=US', 'separated by a comma, such as `US,KR`'],
    ['identifier=04-601', '`tias:04-601`'],
    ['sort=relevance', 'requires `q`'],
    ['party=Nobodys Land', '/v1/signatories?q='],
    ['researchDomain=alchemy', '/v1/research-domains?q='],
    ['id=5', 'UUID'],
  ])('?%s lists the valid values', async (query, taken) => {
    expect((await refusal(`/v1/agreements?${encodeURI(query)}`)).detail).toContain(taken)
  })

  test.each([
    ['/v1/statistics', '`groupBy=signedYear`'],
    ['/v1/statistics?groupBy=year', 'Did you mean `signedYear`?'],
    ['/v1/statistics?groupBy=type&groupBy=type&groupBy=type', 'once or twice'],
    ['/v1/agreements/export?format=excel', 'xlsx'],
    ['/v1/signatories?kind=country', 'former_state'],
    ['/v1/signatories?parent=DHS', 'Did you mean `US-DHS`?'],
    ['/v1/research-domains?parent=2', 'Did you mean `ford:2` or `throw-away:2`?'],
    ['/v1/research-domains?parent=2.1', 'Did you mean `ford:2.1`?'],
    ['/v1/dates?party=Korea', 'Did you mean `KR`?'],
  ])('%s', async (address, told) => {
    expect((await refusal(address)).detail).toContain(told)
  })

  test('spaces around the parties of a pair are allowed', async () => {
    const { body } = await register.api.get('/v1/agreements?pair=us,%20kr').expect(200)
    expect(body.items).toHaveLength(4)
  })
})

describe('a rejected cursor gets a reason', () => {
  const next = async (address: string) => (await register.api.get(address).expect(200)).body.nextCursor as string
  const because = async (address: string) => {
    const { code, detail, errors } = await refusal(address)
    expect([code, errors.length, errors[0]!.parameter]).toEqual(['invalid_cursor', 1, 'cursor'])
    return [errors[0]!.code, detail]
  }

  test('it was changed, or belongs to another filter, sort or list', async () => {
    const cursor = await next('/v1/agreements?party=US&limit=2')
    expect(await because(`/v1/agreements?party=US&cursor=${cursor.slice(0, -1)}`)).toEqual([
      'altered',
      expect.stringContaining('altered'),
    ])
    expect(await because(`/v1/agreements?party=KR&cursor=${cursor}`)).toEqual([
      'other_filters',
      expect.stringContaining('another `party`'),
    ])
    expect(await because(`/v1/agreements?party=US&type=treaty&cursor=${cursor}`)).toEqual([
      'other_filters',
      expect.stringContaining('another `type`'),
    ])
    expect(await because(`/v1/agreements?cursor=${cursor}&sort=title`)).toEqual([
      'other_filters',
      expect.stringMatching(/another `(sort|party)`, another `(sort|party)`/),
    ])
    expect(await because(`/v1/agreements?party=US&sort=title&cursor=${cursor}`)).toEqual([
      'other_sort',
      expect.stringContaining('another `sort`'),
    ])
    const signatories = await next('/v1/signatories?limit=2')
    expect(await because(`/v1/agreements?cursor=${signatories}`)).toEqual([
      'other_list',
      expect.stringContaining('another list'),
    ])
    await register.api.get(`/v1/agreements?limit=5&count=exact&party=US&cursor=${cursor}`).expect(200)
  })
})

describe('suggestions stay short', () => {
  test('for a hundred long names that do not exist', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `party=${'unknown'.repeat(10)}${i}`)
    const { errors, detail } = await refusal(`/v1/agreements?${names.join('&')}`)
    expect(errors).toHaveLength(100)
    expect(detail.length).toBeLessThan(1000)
  })

  test('nothing is suggested for values that are unlike any other, or too long', () => {
    expect(didYouMean('qwertz', ['party', 'pair'])).toEqual({})
    expect(didYouMean('party'.repeat(50), ['party'])).toEqual({})
    expect(didYouMean('x', [])).toEqual({})
    expect(didYouMean('PARTY', ['pair', 'party'])).toEqual({ didYouMean: 'party' })
  })
})

test('a body that is not a party, and a pair of one party with itself, are refused: no other query is answered silently', async () => {
  const { body: agency } = await register.api.get('/v1/agreements?party=US-DHS').expect(400)
  expect(agency.errors).toMatchObject([{ parameter: 'party', code: 'not_a_party', didYouMean: 'US' }])
  expect(agency.detail).toContain('signatory=US-DHS')
  const { body: twice } = await register.api.get('/v1/agreements?pair=KR,kr').expect(400)
  expect(twice.errors).toMatchObject([{ parameter: 'pair', code: 'one_party' }])
})

test('a cursor of one list is refused by another', async () => {
  const { body: dates } = await register.api.get('/v1/dates?limit=1').expect(200)
  const { body } = await register.api.get(`/v1/agreements?cursor=${dates.nextCursor}`).expect(400)
  expect(body.errors).toMatchObject([{ parameter: 'cursor', code: 'other_list' }])
})

test('a cursor of the history of one agreement is refused by another, and by other lists', async () => {
  const history = async () => {
    const { body } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    for (const summary of ['One', 'Two']) {
      await register.api.patch(`/v1/agreements/${body.id}`).set('If-Match', '*').send({ summary }).expect(200)
    }
    return `/v1/agreements/${body.id}/versions`
  }
  const [one, other] = [await history(), await history()]
  const { body } = await register.api.get(`${one}?limit=1`).expect(200)
  const cursor = `limit=1&cursor=${body.nextCursor}`
  for (const list of [other, '/v1/agreements', '/v1/dates', '/v1/keys', '/v1/signatories', '/v1/deadlines']) {
    const refused = await register.api.get(`${list}?${cursor}`).expect(400)
    expect(refused.body).toMatchObject({
      code: 'invalid_cursor',
      errors: [{ parameter: 'cursor', code: 'other_list' }],
    })
  }
  for (const list of [one, one.replace(/[^/]+(?=\/versions)/, (id) => id.toUpperCase())]) {
    const { body: next } = await register.api.get(`${list}?${cursor}`).expect(200)
    expect(next.items).toMatchObject([{ version: 2 }])
  }
})

test('a missing value is reported as missing, in plain words', async () => {
  const { body } = await register.api.post('/v1/agreements').send({ type: 'treaty', signatories: [] }).expect(400)
  expect(body.errors).toContainEqual({ pointer: '/title', code: 'invalid_type', message: 'Must be given.' })
})

test.each(['../../package.json', '%2e%2e/%2e%2e/package.json', '....//package.json', '/etc/passwd'])(
  'Swagger UI serves only its own files: %s',
  async (path) => {
    const { statusCode } = await register.app.inject({ url: `/docs/static/${path}` })
    expect(statusCode).toBe(404)
  },
)
