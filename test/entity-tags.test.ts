import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { loadSample } from '../src/programs/sample.ts'
import { operations } from './support/fuzz/document.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, leastMapping, type Register } from './support/register.ts'

let register: Register
let address: string
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
  address = (await register.api.post('/v1/agreements').send(anAgreement()).expect(201)).headers['location']!
})

const get = (url: string, tags: string) => register.app.inject({ url, headers: { 'if-none-match': tags } })
const patch = (tags: string) =>
  register.app.inject({
    method: 'PATCH',
    url: address,
    headers: { ...authHeader('editor'), 'if-match': tags },
    payload: { title: anAgreement().title },
  })

/** Lists of entity tags by RFC 9110 that contain `"1"`. */
const lists = [
  '"1"',
  `"${'a'.repeat(80)}", "1"`,
  `"${'a'.repeat(10_000)}","1"`,
  `${Array.from({ length: 1000 }, (_, i) => `"v${i}"`).join(', ')}, "1"`,
  '"a,b", "1"',
  '"W/", "1"',
  '"", "1"',
  '"é", "1"',
  'W/"0", "1"',
  ', ,"0" ,, "1",',
  '"0"\t \t,\t\t\t"1"',
  // As a proxy makes it that compresses a response with a strong tag.
  'W/"1"',
  'W/"0", W/"1"',
]

/** Values that are neither `*` nor such a list. */
const malformed = ['1', '"1', '1"', '"0" "1"', 'w/"1"', 'W/ "1"', '*, "1"', '"1";q=1', '"a b", "1"', "'1'"]

const short = (tags: string): string => (tags.length > 40 ? `${tags.slice(0, 40)} …` : tags)
const named = (all: string[]) => all.map((tags): [string, string] => [short(tags), tags])

describe.each(named(lists))('the list of entity tags %s', (_, tags) => {
  test('matches any of its tags: a read gets 304, and a write passes', async () => {
    expect((await get(address, tags)).statusCode).toBe(304)
    expect((await patch(tags)).statusCode).toBe(200)
  })

  test('without the current tag does not match: a read gets 200, and a write 412', async () => {
    const others = tags.replace(/"1"(?=,?$)/, '"7"')
    expect((await get(address, others)).statusCode).toBe(200)
    expect((await patch(others)).statusCode).toBe(412)
  })
})

describe('a weak tag, as a proxy makes it', () => {
  const current = 1
  let own: string
  beforeAll(async () => {
    own = (await register.api.post('/v1/agreements').send(anAgreement()).expect(201)).headers['location']!
  })
  const edit = (tags: string) => register.api.patch(own).set('If-Match', tags).send({ title: anAgreement().title })

  test.each(['', '-gzip'])('lets a write pass when its content, `n%s`, is that of the current tag', async (suffix) => {
    await edit(`W/"${current}${suffix}"`).expect(200)
  })

  test.each([
    ['W/"0"', '`W/"0"` in `If-Match` is weak: '],
    ['W/"0-gzip"', '`W/"0-gzip"` in `If-Match` is weak: '],
    ['"x", W/"0-gzip"', '`W/"0-gzip"` in `If-Match` is weak: '],
    [`W/"${'0'.repeat(5000)}"`, 'A tag in `If-Match` is weak: '],
  ])('is called weak when it is outdated (%#)', async (tags, named) => {
    const { body, headers } = await edit(tags).expect(412)
    const changed = `The resource has changed since you read it; its ETag is now \`"${current}"\`.`
    const weak = `${named}a proxy has changed it. It was compared without \`W/\`.`
    expect([body.code, headers['etag']]).toEqual(['stale', `"${current}"`])
    expect(body.detail).toBe(`${changed} Read it again and repeat the change. ${weak}`)
  })

  test.each(['"0"', '"0-gzip"'])('is not what %s is called', async (tags) => {
    expect((await edit(tags).expect(412)).body.detail).not.toContain('weak')
  })
})

test('an empty list matches nothing', async () => {
  expect((await get(address, '')).statusCode).toBe(200)
  expect((await patch('')).statusCode).toBe(412)
})

describe.each(named(malformed))('a malformed list of entity tags, such as %s', (_, tags) => {
  test('is ignored by a read', async () => {
    const { statusCode, headers } = await get(address, tags)
    expect([statusCode, headers['etag']]).toEqual([200, '"1"'])
  })

  test('lets no write pass, and is reported as malformed', async () => {
    const answer = await patch(tags)
    const message = '`If-Match` must be `*`, or entity tags including their quotes, such as `"3"`.'
    expect([answer.statusCode, answer.headers['etag']]).toEqual([412, '"1"'])
    expect(answer.json()).toMatchObject({
      code: 'stale',
      detail: message,
      errors: [{ parameter: 'if-match', message }],
    })
  })
})

/** Operations with If-None-Match that need a credential. The list of keys shows when this caller last used its key. */
const notPublic = [
  'listKeys',
  'listImports',
  'getImport',
  'listDeletedAgreements',
  'listWebhooks',
  'getWebhook',
  'listDeliveries',
]

/** Every other operation with If-None-Match, at the address of its examples. */
const conditional = operations
  .filter(({ id, parameters }) => !notPublic.includes(id) && parameters.some(({ name }) => name === 'If-None-Match'))
  .map(({ id, path, parameters }) => ({
    id,
    url: parameters
      .filter((one): one is typeof one & { example: string } => one.in === 'path')
      .reduce((filled, { name, example }) => filled.replace(`{${name}}`, encodeURIComponent(example)), path),
  }))
  .map(({ id, url }) => ({ id, url: id.startsWith('getStatistics') ? `${url}?groupBy=type` : url }))

test.each(conditional)('$id never refuses a read for its If-None-Match', async ({ url }) => {
  for (const tags of [`"${'a'.repeat(80)}"`, ...malformed]) expect((await get(url, tags)).statusCode).toBe(200)
  const { headers } = await register.app.inject({ url })
  expect((await get(url, `"${'a'.repeat(80)}", ${String(headers['etag'])}`)).statusCode).toBe(304)
  expect((await get(url, `W/${String(headers['etag'])}`)).statusCode).toBe(304)
  expect((await get(url, '*')).statusCode).toBe(304)
})

test('an import has an entity tag: a read with it gets 304', async () => {
  const { body } = await register.api
    .post('/v1/imports')
    .query({ mapping: JSON.stringify(leastMapping), atomic: 'false' })
    .set('content-type', 'text/csv')
    .send('title,party\nA treaty,France')
    .expect(201)
  const url = `/v1/imports/${body.id}`
  const { headers } = await register.api.get(url).expect(200)
  await register.api.get(url).set('If-None-Match', headers['etag']!).expect(304)
  for (const tags of malformed) await register.api.get(url).set('If-None-Match', tags).expect(200)
})

/** Registry entries that show others: each with its parent. */
const registries = [
  {
    list: '/v1/signatories',
    name: 'name',
    above: { code: 'ABOVE', name: 'Above', kind: 'state' },
    below: { code: 'BELOW', name: 'Below', kind: 'agency', parent: 'ABOVE' },
    addresses: ['/v1/signatories/ABOVE', '/v1/signatories/BELOW'],
    shown: 'parent',
  },
  {
    list: '/v1/research-domains',
    name: 'label',
    above: { scheme: 'tags', code: 'above', label: 'Above' },
    below: { scheme: 'tags', code: 'below', label: 'Below', broader: 'tags:above' },
    addresses: ['/v1/research-domains/tags:above', '/v1/research-domains/tags:below'],
    shown: 'broader',
  },
]

describe.each(registries)('the tag of an entry of $list', ({ list, name, above, below, addresses, shown }) => {
  const [parent, child] = addresses as [string, string]
  const tagOf = async (url: string) => (await register.api.get(url).expect(200)).headers['etag']!
  const rename = (to: string) =>
    register.api
      .patch(parent)
      .set('If-Match', '*')
      .send({ [name]: to })
      .expect(200)
  beforeAll(async () => {
    await register.api.post(list).send(above).expect(201)
    await register.api.post(list).send(below).expect(201)
  })

  test('is returned by its creation and by each write, and stays the same while the entry does', async () => {
    const other = { ...below, [name]: 'Other', code: below.code === 'BELOW' ? 'OTHER' : 'other' }
    const created = await register.api.post(list).send(other).expect(201)
    const address = created.headers['location']!
    expect(await tagOf(address)).toBe(created.headers['etag'])
    const send = { patch: { [name]: 'Patched' }, put: { ...other, [name]: 'Put' } }
    for (const method of ['patch', 'put'] as const) {
      const before = await tagOf(address)
      const { headers } = await register.api[method](address).set('If-Match', before).send(send[method]).expect(200)
      expect(headers['etag']).not.toBe(before)
      expect(await tagOf(address)).toBe(headers['etag'])
    }
    await register.api
      .get(address)
      .set('If-None-Match', await tagOf(address))
      .expect(304)
  })

  test('changes when its parent is renamed: a client with the old response gets the new one', async () => {
    const before = await tagOf(child)
    await rename('Renamed')
    const { body, headers } = await register.api.get(child).set('If-None-Match', before).expect(200)
    expect(body[shown][name]).toBe('Renamed')
    expect(headers['etag']).not.toBe(before)
    await register.api.get(child).set('If-None-Match', headers['etag']!).expect(304)
  })

  test('lets no write pass when outdated; the new one and `*` do', async () => {
    const before = await tagOf(child)
    await rename('Renamed again')
    const now = await tagOf(child)
    const whole = { ...below, [name]: 'Whole' }
    const writes = [
      () => register.api.put(child).send(whole),
      () => register.api.patch(child).send({ [name]: 'Patched' }),
      () => register.api.delete(child),
    ]
    for (const write of writes) {
      const { body, headers } = await write().set('If-Match', before).expect(412)
      expect([body.code, headers['etag']]).toEqual(['stale', now])
      await write().set('If-Match', `W/${before}`).expect(412)
    }
    await writes[0]!().set('If-Match', `W/${now}`).expect(200)
    await writes[1]!().set('If-Match', now).expect(412)
    await writes[1]!()
      .set('If-Match', `"other", ${await tagOf(child)}`)
      .expect(200)
    await writes[1]!().set('If-Match', '*').expect(200)
    await writes[2]!()
      .set('If-Match', await tagOf(child))
      .expect(204)
    await register.api.post(list).send(below).expect(201)
  })
})

test('the tag of a body changes when its root is renamed or an ancestor moves', async () => {
  const body = (code: string, parent: string | null) => ({ code, name: code, kind: 'other', parent })
  for (const one of [body('ROOT', null), body('ROOT-2', null), body('MIDDLE', 'ROOT'), body('LEAF', 'MIDDLE')]) {
    await register.api.post('/v1/signatories').send(one).expect(201)
  }
  const read = () => register.api.get('/v1/signatories/LEAF').expect(200)
  const tags = [(await read()).headers['etag']]
  const changes = [
    { code: 'ROOT', patch: { name: 'Renamed root' }, party: 'Renamed root' },
    { code: 'MIDDLE', patch: { parent: 'ROOT-2' }, party: 'ROOT-2' },
  ]
  for (const { code, patch, party } of changes) {
    await register.api.patch(`/v1/signatories/${code}`).set('If-Match', '*').send(patch).expect(200)
    const { body: leaf, headers } = await read()
    expect(leaf.party.name).toBe(party)
    tags.push(headers['etag'])
  }
  expect(new Set(tags).size).toBe(3)
  await register.api
    .patch('/v1/signatories/ROOT-2')
    .set('If-Match', '*')
    .send({ aliases: ['Unseen'] })
    .expect(200)
  expect((await read()).headers['etag']).toBe(tags.at(-1))
})

test('the tag of a compressed entry is accepted in reads and writes', async () => {
  const aliases = Array.from({ length: 100 }, (_, i) => `The ${i}th of many aliases of one body`)
  const large = { code: 'LARGE', name: 'Large', kind: 'other', aliases }
  await register.api.post('/v1/signatories').send(large).expect(201)
  const url = '/v1/signatories/LARGE'
  const { headers } = await register.app.inject({ url, headers: { 'accept-encoding': 'gzip' } })
  const etag = String(headers['etag'])
  expect(etag).toMatch(/-gzip"$/)
  expect((await get(url, etag)).statusCode).toBe(304)
  await register.api.patch(url).set('If-Match', etag).send({ name: 'Larger' }).expect(200)
  await register.api.patch(url).set('If-Match', etag).send({ name: 'Largest' }).expect(412)
})

test('different responses at one address have different tags', async () => {
  const seen = new Map<string, string>()
  const urls = [
    ...conditional.map(({ url }) => url),
    ...['US-DHS', 'US-DHS-ST', 'KR-MSIT'].map((code) => `/v1/signatories/${code}`),
    ...['theme:flooding', 'theme:disaster-resilience', 'ford:2.1'].map((code) => `/v1/research-domains/${code}`),
  ]
  const look = async () => {
    for (const url of urls) {
      const { headers, payload } = await register.app.inject({ url })
      const tag = `${url} ${String(headers['etag'])}`
      expect(seen.get(tag) ?? payload, tag).toBe(payload)
      seen.set(tag, payload)
    }
  }
  await look()
  for (const [address, change] of [
    ['/v1/signatories/US', { name: 'America' }],
    ['/v1/signatories/US-DHS', { name: 'The Department' }],
    ['/v1/signatories/KR', { name: 'Korea' }],
    ['/v1/research-domains/theme:disaster-resilience', { label: 'Resilience' }],
    ['/v1/research-domains/ford:2', { label: 'Engineering' }],
  ] as const) {
    await register.api.patch(address).set('If-Match', '*').send(change).expect(200)
    await look()
  }
  await publishAll(register.db, register.today())
  await look()
  register.setToday('2026-06-01')
  await look()
})
