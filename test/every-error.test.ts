import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, register.today())
})

type Found = { pointer?: string; parameter?: string; code: string; message: string; didYouMean?: string }
const placesIn = ({ errors }: { errors: Found[] }) => errors.map(({ pointer, code }) => `${pointer} ${code}`).toSorted()

const broken = {
  reference: '0190a000-0000-7000-8000-000000000001',
  signatories: [
    { side: 1, signatory: 'US' },
    { side: 1, signatory: 'ATLANTIS', source: 'nothing' },
  ],
  dates: [
    { event: 'signed', date: '2020', preferred: true },
    { event: 'signed', date: '2021', preferred: true, signatory: null },
    { event: 'ratified', date: '2021', signatory: 'LEMURIA', source: 'none' },
  ],
  researchDomains: ['theme:alchemy'],
  documents: [{ title: 'Text', url: 'https://example.org:99999/' }],
  sources: [
    { key: 'one', title: 'One' },
    { key: 'one', title: 'Two' },
  ],
  relations: [{ kind: 'amends', agreement: 'NOTHING-1' }],
  claims: [{ statement: 'The 13th.', source: 'nobody' }],
  statusStatements: [{ status: 'in_force', on: '2021-02-28', source: 'nobody' }],
}

const everyRule = [
  '/claims/0/source unknown_source',
  '/dates/1/preferred two_preferred',
  '/dates/2/signatory unknown_code',
  '/dates/2/source unknown_source',
  '/documents/0/url no_url',
  '/reference looks_like_id',
  '/relations/0/agreement unknown_code',
  '/researchDomains/0 unknown_code',
  '/signatories one_sided',
  '/signatories/1/signatory unknown_code',
  '/signatories/1/source unknown_source',
  '/sources/1/key repeated',
  '/statusStatements/0/source unknown_source',
]

describe('every broken rule is in one answer', () => {
  test('to a creation', async () => {
    const { body } = await register.api.post('/v1/agreements').send(anAgreement(broken)).expect(422)
    expect(placesIn(body)).toEqual(everyRule)
  })

  test('to a replacement, with the ids that are nothing of it', async () => {
    const { body: created } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    const id = '0190a000-0000-7000-8000-000000000002'
    const replacement = anAgreement({
      ...broken,
      dates: broken.dates.map((date, i) => (i === 2 ? { ...date, id } : date)),
    })
    const { body } = await register.api
      .put(`/v1/agreements/${created.id}`)
      .set('if-match', '*')
      .send(replacement)
      .expect(422)
    expect(placesIn(body)).toEqual([...everyRule, '/dates/2/id unknown_id'].toSorted())
  })

  test('to a change of its own fields, and to one of its dates', async () => {
    const { body: created } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    const patch = { reference: broken.reference, documents: broken.documents, relations: broken.relations }
    const patched = await register.api
      .patch(`/v1/agreements/${created.id}`)
      .set('if-match', '*')
      .send(patch)
      .expect(422)
    expect(placesIn(patched.body)).toEqual([
      '/documents/0/url no_url',
      '/reference looks_like_id',
      '/relations/0/agreement unknown_code',
    ])
    const added = await register.api.post(`/v1/agreements/${created.id}/dates`).send(broken.dates[2]).expect(422)
    expect(placesIn(added.body)).toEqual(['/signatory unknown_code', '/source unknown_source'])
  })

  test('at most a hundred', async () => {
    const signatories = Array.from({ length: 90 }, (_, i) => ({ side: 1, signatory: `NOBODY-${i}`, source: 'none' }))
    const { body } = await register.api.post('/v1/agreements').send(anAgreement({ signatories })).expect(422)
    expect(body.errors).toHaveLength(100)
  })
})

test('every error of the schema is in one answer', async () => {
  const { body } = await register.api
    .post('/v1/agreements')
    .send({
      titel: 'A',
      type: 'treety',
      term: { atEnd: 'yearly', length: 5, years: 5 },
      signatories: [{ side: 3, signatory: 7 }],
      dates: [{ event: 'signed', date: '23.10.2019' }],
      languages: ['english language'],
      sources: [{ title: '', url: 'ftp://example.org' }],
    })
    .expect(400)
  expect(placesIn(body)).toEqual([
    '/dates/0/date invalid_value',
    '/languages/0 invalid_format',
    '/signatories/0/side invalid_value',
    '/signatories/0/signatory invalid_type',
    '/sources/0/key invalid_type',
    '/sources/0/title invalid_format',
    '/sources/0/url invalid_format',
    '/term/atEnd invalid_value',
    '/term/length invalid_type',
    '/term/years unknown_field',
    '/titel unknown_field',
    '/title invalid_type',
    '/type invalid_value',
  ])
})

test('a value of the wrong type has one error, also where its length is limited', async () => {
  const body = { ...anAgreement(), languages: 'e'.repeat(31), sources: 's'.repeat(201) }
  const answer = await register.api.post('/v1/agreements').send(body).expect(400)
  expect(placesIn(answer.body)).toEqual(['/languages invalid_type', '/sources invalid_type'])
})

test.each([
  ['/v1/agreements', []],
  ['/v1/statistics?groupBy=type&domainLevel=1', ['domainLevel needs_research_domain']],
  ['/v1/deadlines?from=2030-01-01&to=2020-01-01', ['to invalid_value']],
  ['/v1/deadlines.ics?from=2030-01-01&to=2050-01-01', ['to invalid_value']],
])('every error of a query is in one answer of %s', async (list, own) => {
  const query =
    'party=ATLANTIS&party=US-DHS&pair=US,LEMURIA&signatory=NOBODY&researchDomain=theme:alchemy&on=2020-01-01&signedFrom=2020-01-01&signedTo=2019-01-01'
  const { body } = await register.api.get(`${list}${list.includes('?') ? '&' : '?'}${query}`).expect(400)
  expect(body.errors.map(({ parameter, code }: Found) => `${parameter} ${code}`)).toEqual([
    ...own,
    'on needs_status',
    'signedTo invalid_value',
    'party unknown_code',
    'pair unknown_code',
    'signatory unknown_code',
    'researchDomain unknown_code',
    'party not_a_party',
  ])
})

describe('what would do instead', () => {
  const bodyOf = async (text: string): Promise<{ detail: string; errors?: Found[] }> => {
    const { body } = await register.api
      .post('/v1/agreements')
      .set('content-type', 'application/json')
      .send(text)
      .expect(400)
    return body
  }

  test.each([
    ['{"a":1,}', 'line 1, column 8'],
    ['{\n  "title": "A"\n  "type": "treaty"\n}', 'line 3, column 3'],
    ['[1,2', 'line 1, column 5'],
    ['{"title": \'A\'}', 'line 1, column 11'],
    ['nul', 'line 1, column 1'],
  ])('for %j: where it stops being JSON', async (text, place) => {
    expect((await bodyOf(text)).detail).toBe(`The body must be valid JSON: see ${place}.`)
  })

  test.each(['[]', '[{"title":"A"}]'])('for %s: an object, not a list', async (text) => {
    expect((await bodyOf(text)).errors).toEqual([
      { pointer: '', code: 'invalid_type', message: 'Must be an object, not a list.' },
    ])
  })

  test.each([
    ['years', 'length'],
    ['duration', 'length'],
    ['noticePeriod', 'exit'],
    ['renewalMonths', 'renewal'],
  ])('for `%s` in a term: `%s`', async (field, didYouMean) => {
    const { errors } = await bodyOf(JSON.stringify(anAgreement({ term: { atEnd: 'renews', [field]: 5 } })))
    expect(errors).toEqual([expect.objectContaining({ pointer: `/term/${field}`, didYouMean })])
    expect(errors![0]!.message.includes('`P5Y` is 5 years')).toBe(field === 'years')
  })

  test.each([
    ['date', '-signed'],
    ['latest', '-signed'],
    ['oldest', 'signed'],
    ['name', 'title'],
    ['modified', '-updated'],
    ['expiry', 'expires'],
    ['Signed', 'signed'],
  ])('for `sort=%s`: `%s`', async (sort, didYouMean) => {
    const { body } = await register.api.get(`/v1/agreements?sort=${sort}`).expect(400)
    expect(body.errors).toEqual([expect.objectContaining({ parameter: 'sort', didYouMean })])
  })

  test('for several values with commas: the parameter repeated', async () => {
    const { body } = await register.api.get('/v1/statistics?groupBy=kinds,signedYear').expect(400)
    expect(body.errors[0].message).toContain('`groupBy=kinds&groupBy=signedYear`')
  })

  test.each(['/v1/agreements/', '/v1/agreements/?limit=1'])('for %s: no slash at the end', async (url) => {
    const { body } = await register.api.get(url).expect(404)
    expect(body.detail).toContain('must not end with a slash')
  })
})
