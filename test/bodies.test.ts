import { beforeAll, describe, expect, test } from 'vitest'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const any = ['If-Match', '*'] as const
const address = (code: string) => `/v1/signatories/${code}`
const read = async (path: string) => (await register.api.get(path).expect(200)).body
const post = async (body: object, status = 201) =>
  (await register.api.post('/v1/signatories').send(body).expect(status)).body
const patch = async (code: string, body: object, status = 200) =>
  (
    await register.api
      .patch(address(code))
      .set(...any)
      .send(body)
      .expect(status)
  ).body
const remove = (code: string, status: number) =>
  register.api
    .delete(address(code))
    .set(...any)
    .expect(status)

const found = async (q: string, rest = ''): Promise<string[]> =>
  (await read(`/v1/signatories?q=${encodeURIComponent(q)}${rest}`)).items.map(({ code }: { code: string }) => code)

describe('names by language', () => {
  const names = [
    { language: 'fr', name: 'Île de l’Épreuve', kind: 'short', source: 'A gazette' },
    { language: 'zh', name: '試驗島', kind: 'variant', source: null },
  ]

  test('are kept in their order with their source, read as they were given, and replaced whole', async () => {
    const body = await post({ code: 'TEST-ISLE', name: 'Test Isle', kind: 'other', names })
    expect(body.names).toEqual(names)
    expect(await read(address('TEST-ISLE'))).toEqual(body)
    expect(await found('试驗島')).toEqual([])
    for (const q of ['試驗島', '試驗', 'ile de lepreuve', "l'épreuve"]) expect(await found(q)).toEqual(['TEST-ISLE'])
    const one = [{ language: 'ko', name: '시험섬' }]
    const patched = await patch('TEST-ISLE', { names: one })
    expect(patched).toMatchObject({ version: 2, names: [{ ...one[0], kind: 'variant', source: null }] })
    expect(await found('시험')).toEqual(['TEST-ISLE'])
    expect(await found('試驗島')).toEqual([])
    expect((await patch('TEST-ISLE', { names: null })).names).toEqual([])
  })

  test.each([
    [{ language: 'not a tag', name: 'X' }, '/names/0/language'],
    [{ language: 'fr', name: '' }, '/names/0/name'],
    [{ language: 'fr', name: 'X', kind: 'nickname' }, '/names/0/kind'],
  ])('are refused where they are wrong: %j', async (name, pointer) => {
    const { errors } = await post({ code: 'TEST-NO', name: 'No', kind: 'other', names: [name] }, 400)
    expect(errors).toMatchObject([{ pointer }])
  })

  test('of a body stand in no document of an agreement', async () => {
    const { text } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    expect(text).not.toContain('アメリカ')
    expect(text).not.toContain('"names"')
    expect(text).not.toContain('predecessors')
  })
})

describe('predecessors', () => {
  const add = (code: string, predecessors: object[] = []) =>
    post({ code, name: `The body ${code}`, kind: 'other', predecessors })

  test('are shown on both bodies, and an edit of one changes what the other shows', async () => {
    await add('BOARD', [])
    await add('COMMISSION', [{ signatory: 'board', date: '1975-01', kind: 'succession', source: 'An act' }])
    const link = { date: '1975-01', kind: 'succession', source: 'An act' }
    const after = await read(address('COMMISSION'))
    expect(after.predecessors).toMatchObject([{ signatory: { code: 'BOARD' }, ...link }])
    const { body: board, headers } = await register.api.get(address('BOARD')).expect(200)
    expect(board.successors).toMatchObject([{ signatory: { code: 'COMMISSION' }, ...link }])
    expect([board.predecessors, after.successors]).toEqual([[], []])
    await patch('COMMISSION', { predecessors: [{ signatory: 'BOARD', date: '1976' }] })
    const { body: again, headers: later } = await register.api.get(address('BOARD')).expect(200)
    expect(again.successors).toMatchObject([{ date: '1976', kind: null, source: null }])
    expect([again.version, later['etag'] === headers['etag']]).toEqual([board.version, false])
  })

  test('keep their order, and what a GET gives changes nothing when it is put', async () => {
    for (const code of ['ORDER-1', 'ORDER-2', 'ORDER-3']) await add(code)
    await add(
      'ORDERED',
      ['ORDER-3', 'ORDER-1', 'ORDER-2'].map((signatory) => ({ signatory })),
    )
    const body = await read(address('ORDERED'))
    const codes = body.predecessors.map(({ signatory }: { signatory: { code: string } }) => signatory.code)
    expect(codes).toEqual(['ORDER-3', 'ORDER-1', 'ORDER-2'])
    const { code, name, kind, aliases, names, identifiers, validFrom, validTo } = body
    const predecessors = codes.map((signatory: string) => ({ signatory, date: null, kind: null, source: null }))
    const whole = { code, name, kind, aliases, names, identifiers, validFrom, validTo, predecessors, parent: null }
    const put = await register.api
      .put(address('ORDERED'))
      .set(...any)
      .send(whole)
      .expect(200)
    expect(put.body).toEqual(body)
    const { predecessors: _, ...without } = whole
    const cleared = await register.api
      .put(address('ORDERED'))
      .set(...any)
      .send(without)
      .expect(200)
    expect(cleared.body).toMatchObject({ version: 2, predecessors: [] })
  })

  test('never lead back to where they began', async () => {
    await add('ROUND-1')
    await add('ROUND-2', [{ signatory: 'ROUND-1' }])
    await add('ROUND-3', [{ signatory: 'ROUND-2' }])
    for (const signatory of ['ROUND-1', 'ROUND-2', 'ROUND-3']) {
      const { errors } = await patch('ROUND-1', { predecessors: [{ signatory }] }, 422)
      expect(errors).toMatchObject([{ pointer: '/predecessors/0/signatory', code: 'cycle' }])
      expect(errors[0].message).toContain(signatory)
    }
    expect(await read(address('ROUND-1'))).toMatchObject({ version: 1, predecessors: [] })
  })

  test('two edits at once make no cycle together', async () => {
    for (const code of ['TWO-1', 'TWO-2']) await add(code)
    const edits = [
      ['TWO-1', 'TWO-2'],
      ['TWO-2', 'TWO-1'],
    ].map(([code, signatory]) =>
      register.api
        .patch(address(code!))
        .set(...any)
        .send({ predecessors: [{ signatory }] }),
    )
    const statuses = (await Promise.all(edits)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200, 422]))
  })

  test.each([
    [[{ signatory: 'US' }, { signatory: 'us' }], 422, '/predecessors/1/signatory', 'same_predecessor'],
    [[{ signatory: 'NOTHING-LIKE-IT' }], 422, '/predecessors/0/signatory', 'unknown_code'],
    [[{ signatory: 'US', date: 'then' }], 400, '/predecessors/0/date', undefined],
    [[{ signatory: 'US', kind: 'marriage' }], 400, '/predecessors/0/kind', undefined],
  ])('are refused where they are wrong: %j', async (predecessors, status, pointer, code) => {
    const { errors } = await post({ code: 'WRONG-1', name: 'Wrong', kind: 'other', predecessors }, status)
    expect(errors).toMatchObject([code === undefined ? { pointer } : { pointer, code }])
    await register.api.get(address('WRONG-1')).expect(404)
  })

  test('one that others follow is not deleted; a successor is, and its links with it', async () => {
    await add('KEPT')
    await add('FOLLOWER', [{ signatory: 'KEPT' }])
    const { body } = await remove('KEPT', 409)
    expect([body.code, body.detail]).toEqual(['in_use', expect.stringContaining('predecessor')])
    await remove('FOLLOWER', 204)
    expect((await read(address('KEPT'))).successors).toEqual([])
    await remove('KEPT', 204)
  })

  test('a body has 200 successors at most', async () => {
    await add('POPULAR')
    const ids = Array.from({ length: 200 }, (_, i) => `'SUCC-${i}'`).join(', ')
    await register.db.query({
      name: 'many-successors',
      text: `with many as (
          insert into signatories (id, code, name, kind, aliases, identifiers, words)
          select gen_random_uuid(), code, code, 'other', '{}', '[]', lower(code) from unnest(array[${ids}]) code returning id
        )
        insert into signatory_predecessors (successor_id, predecessor_id, position)
        select many.id, s.id, 0 from many, signatories s where s.code = 'POPULAR'`,
    })
    const one = { code: 'SUCC-200', name: 'One more', kind: 'other', predecessors: [{ signatory: 'POPULAR' }] }
    const { errors } = await post(one, 422)
    expect(errors).toMatchObject([{ pointer: '/predecessors/0/signatory', code: 'too_many_successors' }])
    await patch('SUCC-0', { predecessors: [{ signatory: 'POPULAR', date: '1990' }] })
    expect((await read(address('POPULAR'))).successors).toHaveLength(200)
  })
})

describe('a search for bodies', () => {
  test.each([
    ['Germany', 'DE'],
    ['Ireland', 'IE'],
    ['United Nations', 'UN'],
    ['Korea, Republic of', 'KR'],
    ['Korea (Republic of)', 'KR'],
    ['kor', 'KR'],
    ['UK', 'GB'],
    ['EL', 'GR'],
    ['U.S.A.', 'US'],
    ['the united states', 'US'],
    ['Russia', 'RU'],
    ['Yemen', 'YE'],
    ['EEC', 'EUROPEAN-COMMUNITY'],
    ['eu', 'EU'],
    ['Estados Unidos de América', 'US'],
    ['República Popular China', 'CN'],
    ['République tchèque', 'CZ'],
    ['Republique tcheque', 'CZ'],
    ['Holanda', 'NL'],
    ['Santa Sede', 'VA'],
    ['Gran Bretaña', 'GB'],
    ['XKX', 'XK'],
    ['RKS', 'XK'],
    ['Kosovo', 'XK'],
    ['Taiwan', 'TW'],
    ['中国', 'CN'],
    ['中华人民共和国', 'CN'],
    ['中华人民', 'CN'],
    ['대한민국', 'KR'],
    ['미국', 'US'],
    ['Соединенные Штаты', 'US'],
    ['Россия', 'RU'],
    ['الولايات المتحدة', 'US'],
    ['مصر', 'EG'],
    ['Untied States', 'US'],
  ])('%s finds %s first', async (q, code) => {
    expect((await found(q))[0]).toBe(code)
  })

  test('what a name has exactly comes first, then names before other names, what is there before what is over', async () => {
    const body = (code: string, name: string, over: object = {}) => post({ code, name, kind: 'other', ...over })
    await body('ZB-1', 'Zabulon')
    await body('ZB-2', 'Old Zabulon', { validTo: '1950' })
    await body('ZB-3', 'Greater Zabulon of the North')
    await body('ZB-4', 'Little Zabulon')
    await body('ZB-5', 'Another', { aliases: ['A friend of Zabulon'] })
    await body('ZB-6', 'Another again', { names: [{ language: 'fr', name: 'Zabulon' }], parent: 'KR' })
    await body('ZABULON', 'By its code', { parent: 'JP' })
    expect(await found('zabulon')).toEqual(['ZABULON', 'ZB-1', 'ZB-6', 'ZB-4', 'ZB-3', 'ZB-2', 'ZB-5'])
  })

  test('pages hold each find once, in one order', async () => {
    const all = await found('republic', '&limit=200')
    expect(all.length).toBeGreaterThan(100)
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const page = await read(`/v1/signatories?q=republic&limit=7${cursor}`)
      seen.push(...page.items.map(({ code }: { code: string }) => code))
      if (page.nextCursor === null) break
      cursor = `&cursor=${page.nextCursor}`
    }
    expect(seen).toEqual(all)
  })

  test('what holds no letter finds what has it, or nothing', async () => {
    for (const q of ['%', '_', '+++', '「」']) expect(await found(q)).toEqual([])
    await post({ code: 'SIGNS', name: '★★★', kind: 'other' })
    expect(await found('★★★')).toEqual(['SIGNS'])
  })

  test('research domains are ordered so too', async () => {
    const { items } = await read('/v1/research-domains?q=Computer and information sciences')
    expect(items[0]).toMatchObject({ scheme: 'ford', code: '1.2' })
    const { items: found } = await read('/v1/research-domains?q=engineering')
    expect(found[0]).toMatchObject({ label: 'Civil engineering' })
    expect((await read('/v1/research-domains?q=theme:flooding')).items[0]).toMatchObject({ code: 'flooding' })
  })
})

test('a page of bodies with many names, links and numbers reads no more than it sends', async () => {
  const names = Array.from({ length: 100 }, (_, i) => ({
    language: 'ja',
    name: `${i} ${'山'.repeat(285)}`,
    source: '山'.repeat(290),
  }))
  for (let i = 0; i < 30; i += 1) {
    await post({
      code: `LARGE-${100 + i}`,
      name: `Large body ${i}`,
      kind: 'subnational',
      parent: 'JP',
      names: names.map((one) => ({ ...one, name: `${one.name}${i}` })),
    })
  }
  const codes: string[] = []
  let pages = 0
  for (let cursor = ''; ; pages += 1) {
    const { text, body } = await register.api.get(`/v1/signatories?parent=JP&limit=200${cursor}`).expect(200)
    expect(Buffer.byteLength(text)).toBeLessThan(4 * 1024 * 1024 + 1000)
    codes.push(...body.items.map(({ code }: { code: string }) => code))
    if (body.nextCursor === null) break
    cursor = `&cursor=${body.nextCursor}`
  }
  expect(codes.filter((code) => code.startsWith('LARGE-'))).toHaveLength(30)
  expect(new Set(codes).size).toBe(codes.length)
  expect(pages).toBe(1)
})
