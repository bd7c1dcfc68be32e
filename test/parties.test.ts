import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import type { Network } from '../src/network/schemas.ts'
import type { Group } from '../src/statistics/schemas.ts'
import { migrationStatements } from './support/migration.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

type Signed = [side: 1 | 2, signatory: string, role?: string]
const signed = (...signatures: Signed[]) =>
  signatures.map(([side, signatory, role = 'signed']) => ({ side, signatory, role }))

const post = (signatories: object[], over: object = {}) =>
  register.api.post('/v1/agreements').send(anAgreement({ signatories, ...over }))
const create = async (signatures: Signed[], over: object = {}): Promise<Agreement> =>
  (await post(signed(...signatures), over).expect(201)).body
const read = async (address: string) => (await register.api.get(`/v1/${address}`).expect(200)).body
const found = async (query: string): Promise<string[]> =>
  (await read(`agreements?${query}`)).items.map(({ title }: { title: string }) => title).toSorted()
const codesOf = ({ parties }: Agreement) => parties.map(({ code, side }) => `${side} ${code}`)

describe('a territory', () => {
  beforeAll(async () => {
    await create(
      [
        [1, 'FR'],
        [2, 'NC'],
      ],
      { title: 'France and New Caledonia' },
    )
    await create(
      [
        [1, 'NC'],
        [2, 'VU'],
      ],
      { title: 'New Caledonia and Vanuatu' },
    )
    await create(
      [
        [1, 'FR'],
        [2, 'VU'],
      ],
      { title: 'France and Vanuatu' },
    )
  })

  test('is a party of its own, also to an agreement with the state above it', async () => {
    const { items } = await read('agreements?pair=FR,NC')
    expect(items.map(codesOf)).toEqual([['1 FR', '2 NC']])
    expect((await read('signatories/NC')).party.code).toBe('NC')
  })

  test('is found by `signatory` of the state above it, and not by its `party`', async () => {
    expect(await found('signatory=FR&party=VU')).toEqual(['France and Vanuatu', 'New Caledonia and Vanuatu'])
    expect(await found('party=FR')).toEqual(['France and New Caledonia', 'France and Vanuatu'])
    expect(await found('party=NC')).toEqual(['France and New Caledonia', 'New Caledonia and Vanuatu'])
    expect(await found('pair=FR,VU')).toEqual(['France and Vanuatu'])
    expect(await found('partyKind=territory&partyKind=state&signatory=VU&party=NC')).toEqual([
      'New Caledonia and Vanuatu',
    ])
  })

  test('acts through its own offices', async () => {
    const office = { code: 'NC-GOV', name: 'Government of New Caledonia', kind: 'agency', parent: 'NC' }
    const { body } = await register.api.post('/v1/signatories').send(office).expect(201)
    expect(body.party.code).toBe('NC')
    const refused = await register.api.get('/v1/agreements?party=NC-GOV').expect(400)
    expect(refused.body.errors).toMatchObject([{ parameter: 'party', code: 'not_a_party', didYouMean: 'NC' }])
  })
})

test('an act of a state is its own, also if a territory of its own has signed on the other side', async () => {
  const ministry = { code: 'FR-MINISTRY', name: 'Ministry of France', kind: 'agency', parent: 'FR' }
  await register.api.post('/v1/signatories').send(ministry).expect(201)
  const over = {
    entryIntoForce: { on: 'last_ratification' },
    dates: [
      { event: 'ratified', signatory: 'FR', date: '2001-01-01' },
      { event: 'ratified', signatory: 'NC', date: '2002-01-01' },
    ],
  }
  for (const [france, territory] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const { status, statusSince } = await create(
      [
        [france, 'FR-MINISTRY'],
        [territory, 'NC'],
      ],
      over,
    )
    expect([status, statusSince]).toEqual(['in_force', '2002-01-01'])
  }
})

describe('a witness', () => {
  test('is no party: it counts in no list, kind or position', async () => {
    const { id, parties } = await create(
      [
        [1, 'BW'],
        [2, 'LS'],
        [2, 'UN', 'witnessed'],
      ],
      { title: 'Witnessed' },
    )
    expect(parties.map(({ code }) => code)).toEqual(['BW', 'LS'])
    expect(await found('party=BW')).toEqual(['Witnessed'])
    for (const query of ['party=UN', 'signatory=UN', 'pair=BW,UN']) expect(await found(query), query).toEqual([])
    expect(await found('party=BW&partyKind=state')).toEqual(['Witnessed'])
    const outside = await register.api.get(`/v1/agreements/${id}/position?signatory=UN`)
    expect(outside.status).not.toBe(200)
    const csv = await register.api.get('/v1/agreements/export?format=csv&party=BW').expect(200)
    expect(csv.text.split('\n')[1]).toContain(',LS,LS | UN,')
    const now = new Date().toISOString()
    for (const asOf of ['', `&asOf=${now}`]) {
      const { items } = await read(`statistics?groupBy=signatory&party=BW${asOf}`)
      expect(items.map(({ keys, count }: Group) => [...keys, count])).toEqual([
        ['BW', 1],
        ['LS', 1],
      ])
    }
  })

  test('fills no side', async () => {
    const alone = await post(signed([1, 'BW'], [2, 'LS', 'witnessed'])).expect(422)
    expect(alone.body.errors).toEqual([
      { pointer: '/signatories', code: 'one_sided', message: 'Side 2 has no signatory that is not a witness.' },
    ])
    const { id, signatories } = await create([
      [1, 'BW'],
      [2, 'LS'],
      [2, 'UN', 'witnessed'],
    ])
    const last = await register.api
      .delete(`/v1/agreements/${id}/signatories/${signatories[1]!.id}`)
      .set('if-match', '*')
    expect(last.status).toBe(409)
    await register.api.delete(`/v1/agreements/${id}/signatories/${signatories[2]!.id}`).set('if-match', '*').expect(204)
  })

  test('may be of the party of the other side', async () => {
    const office = { code: 'US-WITNESS', name: 'Office that witnesses', kind: 'agency', parent: 'US' }
    await register.api.post('/v1/signatories').send(office).expect(201)
    const { parties } = await create([
      [1, 'US'],
      [2, 'LS'],
      [2, 'US-WITNESS', 'witnessed'],
    ])
    expect(parties.map(({ code }) => code)).toEqual(['US', 'LS'])
  })
})

describe('the database itself', () => {
  test('refuses an agreement whose side has only a witness', async () => {
    const { signatories } = await create([
      [1, 'BW'],
      [2, 'LS'],
    ])
    const change = register.db.query(sql`update signatures set role = 'witnessed' where id = ${signatories[1]!.id}`)
    await expect(change).rejects.toMatchObject({ constraint: 'agreements_side2_fk' })
    const unset = register.db.query(sql`update agreements set side2_signature_id = null`)
    await expect(unset).rejects.toMatchObject({ constraint: 'agreements_sides_check' })
  })
})

describe('when it is in force for each party', () => {
  const dates = [
    { event: 'signed', date: '1999-06-01' },
    { event: 'entered_into_force', date: '2000-01-01' },
    { event: 'denounced', signatory: 'NO', date: '2009-06-01', effectiveDate: '2010-06-01' },
  ]

  test('is shown, and asked by `pair` and `party` with `inForceOn`', async () => {
    const { id, status, parties } = await create(
      [
        [1, 'FJ'],
        [2, 'NO'],
        [2, 'IS'],
      ],
      { title: 'Of three', dates },
    )
    expect(status).toBe('in_force')
    expect(parties).toMatchObject([
      { code: 'FJ', side: 1, inForce: [{ since: '2000-01-01', until: null }] },
      { code: 'NO', side: 2, inForce: [{ since: '2000-01-01', until: '2010-06-01' }] },
      { code: 'IS', side: 2, inForce: [{ since: '2000-01-01', until: null }] },
    ])
    const days = ['2010-05-31', '2010-06-01']
    const answers = (filter: string) => Promise.all(days.map((day) => found(`${filter}&inForceOn=${day}`)))
    expect(await answers('pair=FJ,NO')).toEqual([['Of three'], []])
    expect(await answers('pair=NO,FJ')).toEqual([['Of three'], []])
    expect(await answers('pair=FJ,IS')).toEqual([['Of three'], ['Of three']])
    expect(await answers('party=NO')).toEqual([['Of three'], []])
    expect(await answers('party=NO&party=IS')).toEqual([['Of three'], ['Of three']])
    expect(await answers('party=FJ')).toEqual([['Of three'], ['Of three']])
    await register.api.get(`/v1/agreements/${id}/position?pair=FJ,NO&inForceOn=${days[0]}`).expect(200)
    const outside = await register.api.get(`/v1/agreements/${id}/position?pair=FJ,NO&inForceOn=${days[1]}`)
    expect(outside.status).not.toBe(200)
    for (const sort of ['-signed', 'signed']) {
      expect(await answers(`pair=FJ,NO&party=IS&sort=${sort}`), sort).toEqual([['Of three'], []])
      expect(await answers(`pair=FJ,IS&party=NO&sort=${sort}`), sort).toEqual([['Of three'], []])
      expect(await answers(`pair=FJ,IS&party=IS&sort=${sort}`), sort).toEqual([['Of three'], ['Of three']])
    }
  })

  test('is counted as lists with `inForceOn` find it', async () => {
    await create(
      [
        [1, 'TO'],
        [2, 'SE'],
        [2, 'FI'],
      ],
      { dates: dates.map((date) => ('signatory' in date ? { ...date, signatory: 'SE' } : date)) },
    )
    const inForce = async (query: string) =>
      Object.fromEntries(
        (await read(`statistics?${query}`)).items.map((group: Group) => [group.keys[0], group.inForce]),
      )
    const none = { FI: 1, SE: 0, TO: 1 }
    const instants = ['', `&asOf=${new Date().toISOString()}`]
    for (const asOf of instants) {
      expect(await inForce(`groupBy=party&party=TO${asOf}`)).toEqual(none)
      expect(await inForce(`groupBy=pair&party=TO${asOf}`)).toEqual({ 'FI,TO': 1, 'SE,TO': 0 })
      expect(await inForce(`groupBy=signedYear&party=SE${asOf}`)).toEqual({ 1999: 0 })
      expect(await inForce(`groupBy=signedYear&pair=FI,TO${asOf}`)).toEqual({ 1999: 1 })
      const then = 'status=in_force&on=2010-05-31'
      expect(await inForce(`groupBy=party&party=TO&${then}${asOf}`)).toEqual({ FI: 1, SE: 1, TO: 1 })
    }
    const { nodes, edges } = await read('network?party=TO')
    expect(Object.fromEntries(nodes.map((node: Network['nodes'][number]) => [node.code, node.inForce]))).toEqual(none)
    const counted = edges.map(({ source, target, inForce }: Network['edges'][number]) => [
      [source, target].toSorted().join(),
      inForce,
    ])
    expect(Object.fromEntries(counted)).toEqual({ 'FI,TO': 1, 'SE,TO': 0 })
  })

  test('a succession without a date is told', async () => {
    const succeeded: Signed[] = [
      [1, 'FJ'],
      [2, 'SUHH'],
      [2, 'RU', 'succeeded'],
    ]
    const { warnings } = await create(succeeded)
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'succession_without_date', pointer: '/signatories/2' }),
    )
    const told = await create(succeeded, {
      dates: [...dates.slice(0, 2), { event: 'succeeded', signatory: 'RU', date: '2001-12-26' }],
    })
    expect(told.warnings.map(({ code }) => code)).not.toContain('succession_without_date')
    expect(told.parties[2]).toMatchObject({ code: 'RU', inForce: [{ since: '2001-12-26', until: null }] })
  })
})

describe('extensions and amendments over HTTP', () => {
  test('carry a length, a last day or a term, in writes and reads', async () => {
    const dates = [
      { event: 'entered_into_force', date: '2020-01-01' },
      { event: 'extended', date: '2022-06-01', extension: { length: '6 months' } },
      { event: 'extended', date: '2023-01-01', occurrence: 2, extension: { lastDay: '2024-08-17' } },
      { event: 'amended', date: '2024-01-01', term: { length: 'P10Y' } },
    ]
    const both: Signed[] = [
      [1, 'FJ'],
      [2, 'TO'],
    ]
    const { id, ...agreement } = await create(both, { term: { length: 'P3Y' }, dates })
    expect(agreement.dates.map(({ extension, term }) => extension ?? term?.length)).toEqual([
      undefined,
      { length: 'P6M', lastDay: null },
      { length: null, lastDay: '2024-08-17' },
      'P10Y',
    ])
    const next = async (day: string) => (await read(`agreements/${id}?on=${day}`)).nextExpiry
    expect(await next('2022-05-31')).toBe('2023-01-01')
    expect(await next('2022-06-01')).toBe('2023-07-01')
    expect(await next('2023-01-01')).toBe('2024-08-18')
    expect(await next('2024-01-01')).toBe('2030-01-01')
  })

  test.each([
    [{ event: 'signed', extension: { length: 'P6M' } }, 422, '/dates/0/extension', 'no_extension'],
    [{ event: 'extended', term: { length: 'P6M' } }, 422, '/dates/0/term', 'no_amendment'],
    [{ event: 'extended', extension: {} }, 422, '/dates/0/extension/length', 'length_or_last_day'],
    [
      { event: 'extended', extension: { length: 'P6M', lastDay: '2024-01-01' } },
      422,
      '/dates/0/extension/lastDay',
      'length_or_last_day',
    ],
    [{ event: 'extended', extension: { length: 'half a year' } }, 400, '/dates/0/extension/length', 'invalid_value'],
  ])('%j is refused', async (date, status, pointer, code) => {
    const answer = await post(signed([1, 'FJ'], [2, 'TO']), { dates: [{ date: '2020-01-01', ...date }] })
    expect(answer.status).toBe(status)
    expect(answer.body.errors).toMatchObject([{ pointer, code }])
  })

  test('made late are told', async () => {
    const codes = async (...extended: object[]) =>
      (
        await create(
          [
            [1, 'FJ'],
            [2, 'TO'],
          ],
          { term: { length: 'P3Y' }, dates: [{ event: 'entered_into_force', date: '2015-01-01' }, ...extended] },
        )
      ).warnings.flatMap(({ code, pointer }) => (code === 'no_signature_date' ? [] : [`${code} ${pointer}`]))
    const late = { event: 'extended', date: '2018-06-01', extension: { length: 'P1Y' } }
    expect(await codes(late)).toEqual(['extended_after_lapse /dates/1'])
    expect(await codes({ ...late, effectiveDate: '2018-01-01' })).toEqual(['extended_retroactively /dates/1'])
    expect(await codes({ event: 'suspended', date: '2017-01-01' }, { event: 'resumed', date: '2018-06-01' })).toEqual([
      'resumed_after_end /dates/2',
    ])
  })
})

test('an agreement with notice at any time has the same version after 30 days of the clock', async () => {
  const dates = [
    { event: 'signed', date: '2020-01-01' },
    { event: 'entered_into_force', date: '2020-01-01' },
  ]
  const term = { atEnd: 'open_ended', exit: { notice: 'P6M' } }
  const { id } = await create(
    [
      [1, 'FJ'],
      [2, 'TO'],
    ],
    { term, dates },
  )
  for (let day = 2; day <= 31; day += 1) {
    register.setToday(`2026-01-${String(day).padStart(2, '0')}`)
    await publishAll(register.db, register.today())
  }
  expect((await read(`agreements/${id}`)).version).toBe(1)
  expect((await read(`agreements/${id}?on=2026-01-31`)).exitDay).toBe('2026-07-31')
  register.setToday('2026-01-01')
})

test('what was stored with a witness as the only one on a side keeps its data, with a warning, and can be edited', async () => {
  const { db } = register
  const { id, signatories } = await create(
    [
      [1, 'KI'],
      [2, 'TV'],
    ],
    { title: 'Old' },
  )
  await db.transaction(async (db) => {
    for (const column of ['side1', 'side2'])
      await db.query(sql.raw(`alter table agreements drop constraint agreements_${column}_fk`))
    await db.query(sql`alter table agreements drop constraint agreements_sides_check, drop column may_be_one_sided`)
    await db.query(sql`alter table signatures drop constraint signatures_side_key, drop column filled_side`)
    await db.query(sql`alter table signatures add constraint signatures_side_key unique (id, agreement_id, side)`)
    await db.query(sql`alter table dates drop column extension, drop column term`)
    await db.query(sql`alter table agreement_listings drop column parties, drop column parties_in_force`)
    for (const side of [1, 2]) {
      await db.query(
        sql.raw(`alter table agreements add constraint agreements_side${side}_fk
          foreign key (side${side}_signature_id, id, side${side}) references signatures (id, agreement_id, side)`),
      )
    }
    await db.query(sql`update signatures set role = 'witnessed' where id = ${signatories[1]!.id}`)
  })
  await db.transaction(async (db) => {
    for (const statement of migrationStatements('force_of_parties')) await db.query(sql.raw(statement))
    await db.query(sql`update agreements set format = 3 where id = ${id}`)
  })
  await publishAll(db, register.today())
  const old = await read(`agreements/${id}`)
  expect(codesOf(old)).toEqual(['1 KI'])
  expect(old.warnings).toContainEqual(expect.objectContaining({ code: 'one_sided' }))
  expect(await found('warning=one_sided')).toEqual(['Old'])
  const patch = (body: object) => register.api.patch(`/v1/agreements/${id}`).set('if-match', '*').send(body)
  await patch({ summary: 'Still editable.' }).expect(200)
  const added = { side: 2, signatory: 'NR' }
  await register.api.post(`/v1/agreements/${id}/signatories`).send(added).expect(201)
  const mended: Agreement = await read(`agreements/${id}`)
  expect(mended.warnings.map(({ code }) => code)).not.toContain('one_sided')
  const last = mended.signatories.find(({ signatory }) => signatory.code === 'NR')!
  const removal = await register.api.delete(`/v1/agreements/${id}/signatories/${last.id}`).set('if-match', '*')
  expect(removal.status).toBe(409)
})
