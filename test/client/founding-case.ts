import assert from 'node:assert/strict'
import createClient from 'openapi-fetch'
import type { components, paths } from './register.gen.ts'

// The founding case as an independent program tells it: it knows of the register only what openapi/openapi.json says.
// Run as `node dist/founding-case.js http://…`, with a key in REGISTER_KEY; test/client.test.ts does so.

type Schemas = components['schemas']

const baseUrl = process.argv[2]
assert.ok(baseUrl, 'the address of a register is wanted')
const key = process.env['REGISTER_KEY']
assert.ok(key, 'a key that may write is wanted')
const register = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } })
const anonymous = createClient<paths>({ baseUrl })

/** The answer, which must have come with this status. */
function answered<Data>(status: number, { data, error, response }: Answer<Data>): NonNullable<Data> {
  assert.equal(response.status, status, error?.detail)
  assert.ok(data)
  return data
}

/** The problem, which must have come with this status: every error of every operation is one. */
function refused(status: number, { error, response }: Answer<unknown>): Schemas['Problem'] {
  assert.equal(response.status, status)
  assert.equal(response.headers.get('content-type')?.split(';')[0], 'application/problem+json')
  assert.ok(error)
  assert.equal(error.status, status)
  return error
}

interface Answer<Data> {
  data?: Data
  error?: Schemas['Problem']
  response: Response
}

function etag({ headers }: Response): string {
  const tag = headers.get('ETag')
  assert.ok(tag)
  return tag
}

const at = (id: string) => ({ path: { id } })

async function readsTheMemorandum(): Promise<void> {
  const { items } = answered(
    200,
    await register.GET('/v1/agreements', { params: { query: { pair: 'US,KR', signedTo: '2019-12-31' } } }),
  )
  const [memorandum, another] = items
  assert.ok(memorandum)
  assert.equal(another, undefined)

  assert.deepEqual(
    memorandum.dates.map(({ event, date, preferred, source }) => [event, date, preferred, source]),
    [
      ['signed', '2019-10-23', true, 'etnews'],
      ['signed', '2019-10-24', false, 'upi'],
      ['signed', '2019-10-27', false, 'article'],
    ],
  )
  assert.deepEqual(
    memorandum.signatories.map(({ signatory, ancestors, representative }) => [
      signatory.code,
      ancestors.map(({ code }) => code),
      representative?.name,
    ]),
    [
      ['US-DHS-ST', ['US-DHS', 'US'], 'William Bryan'],
      ['KR-MSIT', ['KR'], 'Mun Mi-ock'],
    ],
  )
  const status: Schemas['Status'] = memorandum.status
  assert.equal(status, 'signed')

  const read = await register.GET('/v1/agreements/{id}', { params: at(memorandum.id) })
  assert.deepEqual(answered(200, read), memorandum)
  const unchanged = await register.GET('/v1/agreements/{id}', {
    params: { ...at(memorandum.id), header: { 'If-None-Match': etag(read.response) } },
  })
  assert.equal(unchanged.response.status, 304)
  assert.ok(etag(unchanged.response))
}

/** The memorandum as somebody would enter it who had read the three sources. */
const newMemorandum: Schemas['AgreementInput'] = {
  reference: 'CLIENT-2019-KR',
  title: 'Memorandum of Understanding on Science and Technology for Homeland Security',
  titleIsDescriptive: true,
  type: 'memorandum_of_understanding',
  term: { length: 'P60M', atEnd: 'renews', renewal: { length: 'P60M', notice: 'P6M' } },
  signatories: [
    { side: 1, signatory: 'US-DHS-ST', representative: { name: 'William Bryan', office: null } },
    { side: 2, signatory: 'KR-MSIT', representative: { name: 'Mun Mi-ock' } },
  ],
  dates: [
    { event: 'signed', date: '2019-10-23', place: 'Daejeon', preferred: true, source: 'etnews' },
    { event: 'signed', date: '2019-10-24', place: 'Seoul', source: 'upi' },
  ],
  researchDomains: ['theme:flooding', 'theme:fire'],
  sources: [
    { key: 'etnews', title: 'Electronic Times', url: 'https://www.etnews.com/' },
    { key: 'upi', title: 'United Press International' },
  ],
  claims: [{ statement: 'It is the 13th bilateral agreement of its kind.', source: 'upi', assessment: 'supported' }],
}

async function entersIt(): Promise<Schemas['Agreement']> {
  const unknown = await anonymous.POST('/v1/agreements', { body: newMemorandum })
  assert.equal(refused(401, unknown).code, 'credential_required')
  assert.match(unknown.response.headers.get('WWW-Authenticate') ?? '', /^Bearer /)
  const made = await register.POST('/v1/agreements', {
    params: { header: { 'X-Change-Note': 'Read in the newspapers' } },
    body: newMemorandum,
  })
  const memorandum = answered(201, made)
  assert.equal(made.response.headers.get('Location'), `/v1/agreements/${memorandum.id}`)
  assert.equal(memorandum.status, 'signed')
  assert.deepEqual(
    memorandum.warnings.map(({ code }) => code).filter((code) => code === 'conflicting_sources'),
    ['conflicting_sources'],
  )

  const twice = refused(409, await register.POST('/v1/agreements', { body: newMemorandum }))
  assert.equal(twice.type.endsWith(`#${twice.code}`), true)

  const misspelt = refused(
    422,
    await register.POST('/v1/agreements', {
      body: {
        ...newMemorandum,
        reference: null,
        signatories: [
          { side: 1, signatory: 'US-DHS-ST' },
          { side: 2, signatory: 'KR-MSTI' },
        ],
      },
    }),
  )
  assert.equal(misspelt.errors?.[0]?.pointer, '/signatories/1/signatory')
  return memorandum
}

async function amendsIt(id: string): Promise<void> {
  const read = await register.GET('/v1/agreements/{id}', { params: at(id) })
  const stale = etag(read.response)
  const summary = 'Research into disasters, and into the safety of the public.'
  const patched = await register.PATCH('/v1/agreements/{id}', {
    params: { ...at(id), header: { 'If-Match': stale } },
    body: { summary, binding: 'non_binding', term: { renewal: { notice: 'P3M' } } },
  })
  const amended = answered(200, patched)
  assert.equal(amended.summary, summary)
  assert.equal(amended.term?.length, 'P60M')
  assert.deepEqual(amended.term.renewal, { length: 'P60M', most: null, notice: 'P3M' })
  assert.notEqual(etag(patched.response), stale)

  const late = await register.PATCH('/v1/agreements/{id}', {
    params: { ...at(id), header: { 'If-Match': stale } },
    body: { summary: null },
  })
  assert.equal(refused(412, late).code, 'stale')

  const again = await register.PATCH('/v1/agreements/{id}', {
    params: { ...at(id), header: { 'If-Match': etag(late.response) } },
    body: { summary: null },
  })
  assert.equal(answered(200, again).summary, null)
}

async function datesIt(id: string): Promise<void> {
  const added = await register.POST('/v1/agreements/{id}/dates', {
    params: at(id),
    body: { event: 'entered_into_force', date: '2019-11' },
  })
  const inForce = answered(201, added)
  assert.deepEqual([inForce.firstDay, inForce.lastDay], ['2019-11-01', '2019-11-30'])

  const params = { path: { id, dateId: inForce.id } }
  const read = await register.GET('/v1/agreements/{id}/dates/{dateId}', { params })
  const replaced = await register.PUT('/v1/agreements/{id}/dates/{dateId}', {
    params: { ...params, header: { 'If-Match': etag(read.response) } },
    body: { event: 'entered_into_force', date: '2019-11-01', note: 'The first of the month.' },
  })
  assert.equal(answered(200, replaced).date, '2019-11-01')

  const list = await register.GET('/v1/agreements/{id}/dates', { params: at(id) })
  assert.deepEqual(
    answered(200, list).items.map(({ event, date }) => [event, date]),
    [
      ['signed', '2019-10-23'],
      ['signed', '2019-10-24'],
      ['entered_into_force', '2019-11-01'],
    ],
  )
  const timeline = await register.GET('/v1/dates', {
    params: { query: { event: ['entered_into_force'], from: '2019-11-01', to: '2019-11-01', party: ['KR'] } },
  })
  assert.deepEqual(
    answered(200, timeline).items.map(({ id }) => id),
    [inForce.id],
  )
  const gone = await register.DELETE('/v1/agreements/{id}/dates/{dateId}', {
    params: { ...params, header: { 'If-Match': etag(replaced.response) } },
  })
  assert.equal(gone.response.status, 204)
}

async function deletesIt(id: string): Promise<void> {
  const read = await register.GET('/v1/agreements/{id}', { params: at(id) })
  const gone = await register.DELETE('/v1/agreements/{id}', {
    params: { ...at(id), header: { 'If-Match': etag(read.response) } },
  })
  assert.equal(gone.response.status, 204)
  assert.equal(refused(404, await register.GET('/v1/agreements/{id}', { params: at(id) })).code, 'not_found')
  const { items } = answered(
    200,
    await register.GET('/v1/agreements', { params: { query: { pair: 'KR,US', signedTo: '2019-12-31' } } }),
  )
  assert.equal(items.length, 1)
}

await readsTheMemorandum()
const { id } = await entersIt()
await amendsIt(id)
await datesIt(id)
await deletesIt(id)
console.log('The founding case is told.')
