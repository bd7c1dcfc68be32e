import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
const all: [string, string, string, string | null][] = [
  ['EEC-JP-1965', 'EUROPEAN-COMMUNITY', 'JP', '1965-05-01'],
  ['EEC-JP-1950', 'EUROPEAN-COMMUNITY', 'JP', null],
  ['ECSC-JP-1960', 'ECSC', 'JP', '1960'],
  ['EU-JP-2012', 'EU', 'JP', '2012-05-01'],
  ['PK-JP-1960', 'PK', 'JP', '1960-05-01'],
  ['PK-JP-1971', 'PK', 'JP', '1971-03-26'],
  ['PK-JP-2000', 'PK', 'JP', '2000-05-01'],
  ['PK-JP-NEVER', 'PK', 'JP', null],
  ['BD-JP-1980', 'BD', 'JP', '1980-05-01'],
  ['YUCS-JP-1970', 'YUCS', 'JP', '1970-05-01'],
  ['HR-SI-1999', 'HR', 'SI', '1999-05-01'],
  ['YUCS-KE-1980', 'YUCS', 'KENYA-COLONY', '1955-05-01'],
  ['KENYA-JP-1930', 'KENYA-COLONY', 'JP', '1930-05-01'],
  ['GB-JP-1990', 'GB', 'JP', '1990-05-01'],
  ['KE-GB-1990', 'KE', 'GB', '1990-05-01'],
  ['GATT-CH-1995', 'GATT', 'CH', '1995-06-01'],
]
beforeAll(async () => {
  register = await freshRegister()
  for (const [reference, one, other, date] of all) {
    const signatories = [one, other].map((signatory, i) => ({ side: i + 1, signatory }))
    const dates = date === null ? [] : [{ event: 'signed', date }]
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference, signatories, dates, term: null }))
      .expect(201)
  }
})

const read = async (address: string) => (await register.api.get(address).expect(200)).body
const found = async (query: string): Promise<string[]> =>
  (await read(`/v1/agreements?limit=200&sort=signed&${query}`)).items.map(
    ({ reference }: { reference: string }) => reference,
  )

describe('withPredecessors', () => {
  test.each([
    ['party=EU', ['ECSC-JP-1960', 'EEC-JP-1965', 'EU-JP-2012', 'EEC-JP-1950'], ['EU-JP-2012']],
    ['signatory=EU', ['ECSC-JP-1960', 'EEC-JP-1965', 'EU-JP-2012', 'EEC-JP-1950'], ['EU-JP-2012']],
    ['party=EUROPEAN-COMMUNITY', ['ECSC-JP-1960', 'EEC-JP-1965', 'EEC-JP-1950'], ['EEC-JP-1965', 'EEC-JP-1950']],
    ['party=BD', ['PK-JP-1960', 'PK-JP-1971', 'BD-JP-1980', 'PK-JP-NEVER'], ['BD-JP-1980']],
    ['party=PK', ['PK-JP-1960', 'PK-JP-1971', 'PK-JP-2000', 'PK-JP-NEVER'], undefined],
    ['party=HR', ['YUCS-KE-1980', 'YUCS-JP-1970', 'HR-SI-1999'], ['HR-SI-1999']],
    ['party=WTO', ['GATT-CH-1995'], []],
    ['party=KE', ['KENYA-JP-1930', 'YUCS-KE-1980', 'KE-GB-1990'], ['KE-GB-1990']],
    [
      'party=BD&party=EU',
      [
        'PK-JP-1960',
        'ECSC-JP-1960',
        'EEC-JP-1965',
        'PK-JP-1971',
        'BD-JP-1980',
        'EU-JP-2012',
        'EEC-JP-1950',
        'PK-JP-NEVER',
      ],
      undefined,
    ],
    ['pair=EU,JP', ['ECSC-JP-1960', 'EEC-JP-1965', 'EU-JP-2012', 'EEC-JP-1950'], ['EU-JP-2012']],
    ['pair=JP,BD', ['PK-JP-1960', 'PK-JP-1971', 'BD-JP-1980', 'PK-JP-NEVER'], ['BD-JP-1980']],
    ['pair=HR,SI', ['HR-SI-1999'], ['HR-SI-1999']],
    ['pair=HR,KE', ['YUCS-KE-1980'], []],
    ['pair=KE,GB', ['KE-GB-1990'], ['KE-GB-1990']],
    ['pair=KE,JP', ['KENYA-JP-1930'], []],
    ['party=JP&pair=EU,JP&signatory=EU', ['ECSC-JP-1960', 'EEC-JP-1965', 'EU-JP-2012', 'EEC-JP-1950'], ['EU-JP-2012']],
  ])('%s also finds what predecessors signed in their time', async (query, withThem, without) => {
    const sorted = (references: string[]) => references.toSorted()
    expect(sorted(await found(`${query}&withPredecessors=true`))).toEqual(sorted(withThem))
    if (without === undefined) return
    expect(sorted(await found(query))).toEqual(sorted(without))
    expect(sorted(await found(`${query}&withPredecessors=false`))).toEqual(sorted(without))
  })

  test('counts and pages are those of the list', async () => {
    const query = 'party=EU&withPredecessors=true'
    const first = await read(`/v1/agreements?${query}&limit=3&count=exact`)
    expect([first.total, first.items.length]).toEqual([4, 3])
    const second = await read(`/v1/agreements?${query}&limit=3&count=exact&cursor=${first.nextCursor}`)
    expect(second.items).toHaveLength(1)
    await register.api.get(`/v1/agreements?party=EU&limit=3&cursor=${first.nextCursor}`).expect(400)
  })

  test('holds wherever agreements are selected', async () => {
    const query = 'party=EU&withPredecessors=true'
    const [last] = (await read(`/v1/agreements?reference=EU-JP-2012`)).items
    const position = await read(`/v1/agreements/${last.id}/position?${query}`)
    expect(position).toMatchObject({ position: 3, total: 4, previous: { reference: 'EEC-JP-1965' } })
    expect(position.selection).toContain(query)
    expect((await read(position.selection)).total).toBe(4)
    const statistics = await read(`/v1/statistics?groupBy=party&${query}`)
    const counts = Object.fromEntries(
      statistics.items.map(({ keys: [key], count }: { keys: string[]; count: number }) => [key, count]),
    )
    expect([statistics.total, counts]).toEqual([4, { JP: 4, EU: 1, ECSC: 1, 'EUROPEAN-COMMUNITY': 2 }])
    const { text } = await register.api.get(`/v1/agreements/export?format=ndjson&${query}`).expect(200)
    expect(text.trim().split('\n')).toHaveLength(4)
    const dates = await read(`/v1/dates?${query}`)
    expect(dates.items.map(({ date }: { date: string }) => date)).toEqual(['1960', '1965-05-01', '2012-05-01'])
    expect((await read('/v1/dates?party=EU')).items).toHaveLength(1)
    await read(`/v1/deadlines?${query}`)
  })

  test('an agreement with a body under a predecessor counts', async () => {
    const agency = { code: 'GATT-SECRETARIAT', name: 'Secretariat of the GATT', kind: 'agency', parent: 'GATT' }
    await register.api.post('/v1/signatories').send(agency).expect(201)
    const signatories = [
      { side: 1, signatory: 'GATT-SECRETARIAT' },
      { side: 2, signatory: 'NO' },
    ]
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'GATT-NO', signatories }))
      .expect(201)
    expect(await found('pair=WTO,NO&withPredecessors=true')).toEqual(['GATT-NO'])
    expect(await found('signatory=WTO&withPredecessors=true')).toContain('GATT-NO')
  })

  test('follows links that an editor adds, through any number of bodies, and none that is taken away', async () => {
    const chain = ['LINK-1', 'LINK-2', 'LINK-3']
    for (const [i, code] of chain.entries()) {
      const predecessors = i === 0 ? [] : [{ signatory: chain[i - 1] }]
      await register.api.post('/v1/signatories').send({ code, name: code, kind: 'other', predecessors }).expect(201)
    }
    const signatories = [
      { side: 1, signatory: 'LINK-1' },
      { side: 2, signatory: 'JP' },
    ]
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'LINKED', signatories }))
      .expect(201)
    expect(await found('party=LINK-3&withPredecessors=true')).toEqual(['LINKED'])
    await register.api.patch('/v1/signatories/LINK-2').set('If-Match', '*').send({ predecessors: null }).expect(200)
    expect(await found('party=LINK-3&withPredecessors=true')).toEqual([])
  })

  test.each(['/v1/agreements', '/v1/dates', '/v1/deadlines', '/v1/statistics?groupBy=type'])(
    'says nothing without a body: %s',
    async (path) => {
      const query = `${path.includes('?') ? '&' : '?'}withPredecessors=true`
      const { body } = await register.api.get(path + query).expect(400)
      expect(body.errors).toMatchObject([{ parameter: 'withPredecessors', code: 'needs_body' }])
      expect(body.detail).toContain('`party`')
      await register.api.get(`${path}${query}&party=EU`).expect(200)
      await register.api.get(`${path}${query.replace('true', 'yes')}&party=EU`).expect(400)
    },
  )
})

describe('the warning that a body is outside its years', () => {
  const warned = async (one: string, date: string, other = 'JP'): Promise<string[]> => {
    const signatories = [one, other].map((signatory, i) => ({ side: i + 1, signatory }))
    const given = anAgreement({ signatories, dates: [{ event: 'signed', date }] })
    const { body } = await register.api.post('/v1/agreements').send(given).expect(201)
    return body.warnings.map(({ code, message }: { code: string; message: string }) => {
      expect(code).toBe('body_outside_its_years')
      return message
    })
  }

  test.each([
    ['EU', '1965-05-01'],
    ['EU', '1992-12-31'],
    ['ESA', '1970'],
    ['WTO', '1980-01-01'],
    ['TR', '1900-01-01'],
    ['RS', '2004-01-01'],
  ])('is not given for %s in %s: a predecessor whose place it took existed', async (code, date) => {
    expect(await warned(code, date)).toEqual([])
  })

  test.each([
    ['ZW', '1970-01-01', ' Its predecessor then was `RHZW` (Southern Rhodesia).'],
    ['BD', '1965-01-01', ' Its predecessor then was `PK` (Pakistan).'],
    ['UA', '1890-01-01', undefined],
    ['UN', '1930-01-01', ' Its predecessor then was `LEAGUE-OF-NATIONS` (League of Nations).'],
    ['YE', '1980-01-01', ''],
    ['SS', '1700-01-01', ''],
    ['EU', '1900-01-01', ''],
  ])('is given for %s in %s, and names the one that existed, if there was just one', async (code, date, end) => {
    const [message, ...others] = await warned(code, date)
    expect(others).toEqual([])
    expect(message).toContain('existed only from')
    if (end !== undefined)
      expect(message).toMatch(new RegExp(`; it was signed on ${date}\\.${end.replace(/[()]/g, '\\$&')}$`))
  })

  test('names the predecessor of a body that acted too early', async () => {
    const signatories = ['ZW', 'JP'].map((signatory, i) => ({ side: i + 1, signatory }))
    const dates = [
      { event: 'signed', date: '1990-01-01' },
      { event: 'ratified', date: '1975-01-01', signatory: 'ZW' },
    ]
    const { body } = await register.api.post('/v1/agreements').send(anAgreement({ signatories, dates })).expect(201)
    expect(body.warnings).toMatchObject([{ pointer: '/dates/0', message: expect.stringContaining('`RHZW`') }])
  })

  test('follows the registry: a link, its kind, and the years of a predecessor', async () => {
    const add = (code: string, over: object) =>
      register.api
        .post('/v1/signatories')
        .send({ code, name: `Body ${code}`, kind: 'other', ...over })
        .expect(201)
    const edit = async (code: string, change: object) => {
      await register.api.patch(`/v1/signatories/${code}`).set('If-Match', '*').send(change).expect(200)
      await publishAll(register.db, register.today())
    }
    await add('OLDEST', {})
    await add('OLDER', {
      validFrom: '1950',
      validTo: '1959',
      predecessors: [{ signatory: 'OLDEST', kind: 'renaming' }],
    })
    await add('NEWER', { validFrom: '1960' })
    const signatories = ['NEWER', 'JP'].map((signatory, i) => ({ side: i + 1, signatory }))
    const given = anAgreement({ signatories, dates: [{ event: 'signed', date: '1955-01-01' }] })
    const { body: made } = await register.api.post('/v1/agreements').send(given).expect(201)
    const messages = async () =>
      (await read(`/v1/agreements/${made.id}`)).warnings.map(({ message }: { message: string }) => message)
    const early = 'Body NEWER existed only from 1960-01-01; it was signed on 1955-01-01.'
    expect(await messages()).toEqual([early])
    await edit('NEWER', { predecessors: [{ signatory: 'OLDER', kind: 'separation' }] })
    expect(await messages()).toEqual([early])
    await edit('OLDEST', { validTo: '1949' })
    expect(await messages()).toEqual([`${early} Its predecessor then was \`OLDER\` (Body OLDER).`])
    await edit('OLDER', { name: 'The older' })
    expect(await messages()).toEqual([`${early} Its predecessor then was \`OLDER\` (The older).`])
    await edit('NEWER', { predecessors: [{ signatory: 'OLDER', kind: 'succession' }] })
    expect(await messages()).toEqual([])
    await edit('OLDER', { validTo: '1952' })
    expect(await messages()).toEqual([early])
    await edit('OLDEST', { validTo: null })
    expect(await messages()).toEqual([])
    expect((await read(`/v1/agreements/${made.id}/versions`)).items[0]).toMatchObject({ cause: 'registry' })
  })
})
