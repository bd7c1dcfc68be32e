import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { changesBetween, type FieldChange } from '../src/versions/changes.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('the changes of a version, for people to read', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  const create = async (over: object) =>
    (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body
  const edit = (method: 'patch' | 'put' | 'post', path: string, body: object) =>
    register.api[method](path).set('If-Match', '*').send(body)
  const latest = async (id: string): Promise<FieldChange[]> =>
    (await register.api.get(`/v1/agreements/${id}/versions?limit=1`).expect(200)).body.items[0].changes
  /** What a person changed, without what the register derived. */
  const edited = async (id: string) =>
    (await latest(id)).filter(({ computed }) => !computed).map(({ computed: _, ...change }) => change)

  test('of a date that is corrected: from what, to what, and what the register derived from it', async () => {
    const { id, dates } = await create({ dates: [{ event: 'signed', date: '2019-10-24', place: 'Seoul' }] })
    await edit('put', `/v1/agreements/${id}/dates/${dates[0].id}`, {
      event: 'signed',
      date: '2019-10-23',
      place: 'Daejeon',
    }).expect(200)
    expect(await edited(id)).toEqual([
      { pointer: '/dates/0/date', label: 'Dates (signed 2019-10-24): date', from: '2019-10-24', to: '2019-10-23' },
      { pointer: '/dates/0/place', label: 'Dates (signed 2019-10-24): place', from: 'Seoul', to: 'Daejeon' },
    ])
    const changes = await latest(id)
    expect(changes).toContainEqual({
      pointer: '/statusSince',
      label: 'Status since',
      computed: true,
      from: '2019-10-24',
      to: '2019-10-23',
    })
    expect(changes.findLastIndex(({ computed }) => !computed)).toBeLessThan(
      changes.findIndex(({ computed }) => computed),
    )
  })

  test('of fields, texts, terms and lists', async () => {
    const { id } = await create({
      summary: 'One.',
      languages: ['en', 'fr'],
      identifiers: [{ scheme: 'tias', value: '04-601' }],
      term: { length: 'P3Y', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P3M' } },
    })
    await edit('patch', `/v1/agreements/${id}`, {
      summary: null,
      languages: ['fr', 'en'],
      identifiers: [{ scheme: 'untc', value: 'I-1' }],
      term: { renewal: { notice: 'P6M' } },
      claims: [{ statement: 'It is the first.' }],
    }).expect(200)
    expect(await edited(id)).toMatchObject([
      { pointer: '/summary', label: 'Summary', from: 'One.', to: null },
      { pointer: '/languages', label: 'Languages: order', from: ['en', 'fr'], to: ['fr', 'en'] },
      { pointer: '/term/renewal/notice', label: 'Term: renewal: notice', from: 'P3M', to: 'P6M' },
      { pointer: '/identifiers/0/scheme', label: 'Identifiers (tias:04-601): scheme', from: 'tias', to: 'untc' },
      { pointer: '/identifiers/0/value', label: 'Identifiers (tias:04-601): value', from: '04-601', to: 'I-1' },
      { pointer: '/claims/0', label: 'Claims (It is the first.)', from: null, to: { statement: 'It is the first.' } },
    ])
  })

  test('of a signatory that another replaces: the whole of it, and not each of its fields', async () => {
    const { id, signatories } = await create({})
    const { side } = signatories[1]
    await edit('put', `/v1/agreements/${id}/signatories/${signatories[1].id}`, { side, signatory: 'NO' }).expect(200)
    const before = signatories[1].signatory
    expect(await edited(id)).toMatchObject([
      {
        pointer: '/signatories/1/signatory',
        label: `Signatories (${before.code}): signatory`,
        from: before,
        to: { code: 'NO' },
      },
    ])
  })

  test('of what is added and removed: its value, with null on the other side', async () => {
    const { id, dates } = await create({ dates: [{ event: 'signed', date: '2019-10-24' }] })
    await edit('post', `/v1/agreements/${id}/dates`, { event: 'entered_into_force', date: '2020' }).expect(201)
    expect(await edited(id)).toMatchObject([
      { pointer: '/dates/1', label: 'Dates (entered_into_force 2020)', from: null, to: { date: '2020' } },
    ])
    await register.api.delete(`/v1/agreements/${id}/dates/${dates[0].id}`).set('If-Match', '*').expect(204)
    expect(await edited(id)).toMatchObject([
      { pointer: '/dates/0', label: 'Dates (signed 2019-10-24)', from: { date: '2019-10-24' }, to: null },
    ])
  })

  test('are none for the first version and a deletion', async () => {
    const { id } = await create({})
    expect(await latest(id)).toEqual([])
    await register.api.delete(`/v1/agreements/${id}`).set('If-Match', '*').expect(204)
    expect(await latest(id)).toEqual([])
  })

  test('of a registry entry that was renamed are derived', () => {
    const before = { signatories: [{ id: 'a', signatory: { id: 'b', code: 'X-OLD', name: 'Old name' } }] }
    const after = { signatories: [{ id: 'a', signatory: { id: 'b', code: 'X-OLD', name: 'New name' } }] }
    expect(changesBetween(before, after)).toEqual([
      {
        pointer: '/signatories/0/signatory/name',
        label: 'Signatories (X-OLD): signatory: name',
        computed: true,
        from: 'Old name',
        to: 'New name',
      },
    ])
  })

  test('are none exactly when nothing differs but the version and its instant, for any documents', () => {
    const item = fc.record({ id: fc.constantFrom('a', 'b', 'c'), date: fc.constantFrom('2019', '2020') })
    const documents = fc.record({
      version: fc.nat(),
      title: fc.constantFrom('A', 'B'),
      dates: fc.uniqueArray(item, { selector: ({ id }) => id }),
      languages: fc.array(fc.constantFrom('en', 'fr', 'ko')),
      identifiers: fc.array(fc.record({ scheme: fc.constantFrom('x', 'y'), value: fc.constantFrom('1', '2') })),
      term: fc.option(fc.record({ length: fc.constantFrom('P1Y', 'P2Y') })),
    })
    fc.assert(
      fc.property(documents, documents, ({ version: _, ...before }, { version: __, ...after }) => {
        const same = JSON.stringify(before) === JSON.stringify(after)
        expect(changesBetween({ ...before, version: 1 }, { ...after, version: 2 }).length === 0).toBe(same)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the deleted agreements', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  test('are listed with who deleted them and why, the latest first, until they are restored', async () => {
    const remove = async (title: string, note: string) => {
      const { body } = await register.api.post('/v1/agreements').send(anAgreement({ title })).expect(201)
      await register.api.delete(`/v1/agreements/${body.id}`).set('If-Match', '*').set('X-Change-Note', note).expect(204)
      return body.id as string
    }
    const [first, second] = [await remove('First', 'Entered twice'), await remove('Second', '')]
    const list = async () => (await register.api.get('/v1/deleted-agreements').expect(200)).body.items
    const all = await list()
    expect(all).toMatchObject([
      { id: second, version: 2, title: 'Second', note: null },
      { id: first, version: 2, title: 'First', note: 'Entered twice' },
    ])
    expect(all[0].deletedBy).toMatch(/^key:/)
    await register.api.post(`/v1/agreements/${second}/restore`).expect(200)
    expect((await list()).map(({ id }: { id: string }) => id)).toEqual([first])
  })
})
