import { parse } from 'csv-parse/sync'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../src/agreements/schemas.ts'
import { loadSample } from '../src/programs/sample.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

/** The columns of CSV: their names and places are promised, and new ones come at the end. */
const columns =
  'id,reference,title,type,binding,status,side1Parties,side1Signatories,side2Parties,side2Signatories,signed,signedPlaces,inForceFrom,inForceUntil,nextExpiry,noticeDeadline,researchDomains,identifiers,languages,warnings,updatedAt,url,signedFirstDay,signedLastDay,inForceFromFirstDay,inForceFromLastDay,side1PartyNames,side1SignatoryNames,side2PartyNames,side2SignatoryNames,researchDomainLabels,statusBasis,statedOn,collection'

describe('the export of a selection', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, register.today())
  })

  const exported = (query: string) => register.app.inject({ url: `/v1/agreements/export?${query}` })

  test('as NDJSON and JSON holds the very documents, and tells beforehand how many', async () => {
    const { body } = await register.api.get('/v1/agreements?limit=200&party=US').expect(200)
    const byId = (items: Agreement[]) => items.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const lines = await exported('format=ndjson&party=US')
    expect(lines.headers).toMatchObject({
      'x-total-count': '17',
      'content-type': 'application/x-ndjson; charset=utf-8',
    })
    expect(
      lines.payload
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(byId(body.items))
    expect((await exported('format=json&party=US')).json()).toEqual({ items: byId(body.items) })
    expect((await exported('format=json&reference=NONE')).json()).toEqual({ items: [] })
  })

  test('as CSV has one row an agreement, as a file', async () => {
    const { headers, payload } = await exported('party=KR&signedTo=2019-12-31')
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="agreements.csv"',
    })
    const rows: Record<string, string>[] = parse(payload, { columns: true })
    expect(Object.keys(rows[0]!).join()).toBe(columns)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      reference: 'DHS-ST-2019-KR',
      side1Parties: 'US',
      side1Signatories: 'US-DHS-ST',
      side2Signatories: 'KR-MSIT',
      signed: '2019-10-23',
      signedPlaces: 'Daejeon | Seoul',
      warnings: 'conflicting_sources',
      side1PartyNames: 'United States',
      side2SignatoryNames: 'Ministry of Science and ICT',
      signedFirstDay: '2019-10-23',
      signedLastDay: '2019-10-23',
      collection: 'sample',
    })
    const { body } = await register.api.get('/v1/agreements?reference=DHS-ST-2019-KR').expect(200)
    const { signatories, researchDomains } = body.items[0] as Agreement
    expect(rows[0]).toMatchObject({
      side1SignatoryNames: signatories.find(({ side }) => side === 1)!.signatory.name,
      side2PartyNames: signatories.find(({ side }) => side === 2)!.party.name,
      researchDomainLabels: researchDomains.map(({ label }) => label).join(' | '),
    })
    expect((await exported('party=KR&bom=true')).payload.startsWith('\uFEFFid,')).toBe(true)
  })

  const rowOf = async (reference: string) => {
    const { payload } = await exported(`reference=${reference}`)
    const rows: Record<string, string>[] = parse(payload, { columns: true })
    return rows[0]!
  }
  const created = (over: object) => register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)

  test('has the day of signature by which lists are sorted, whatever the act and whoever signed when', async () => {
    const date = (event: string, date: string, over: object = {}) => ({ event, date, ...over })
    const cases: [dates: object[], signed: string, first: string, last: string][] = [
      [[date('signed', '2019-10', { place: 'Seoul' })], '2019-10', '2019-10-01', '2019-10-31'],
      [[date('notes_exchanged', '2001-02-03')], '2001-02-03', '2001-02-03', '2001-02-03'],
      [[date('signed_definitively', '2001?')], '2001?', '2001-01-01', '2001-12-31'],
      [
        [date('signed', '2005-05-05', { signatory: 'JP' }), date('signed', '2004-04', { signatory: 'US' })],
        '2005-05-05',
        '2005-05-05',
        '2005-05-05',
      ],
      [
        [date('notes_exchanged', '1999', { signatory: 'JP' }), date('notes_exchanged', '2000', { signatory: 'US' })],
        '2000',
        '2000-01-01',
        '2000-12-31',
      ],
      [
        [
          date('notes_exchanged', '1990-01-01'),
          date('signed', '1991-01-01'),
          date('signed', '1992', { signatory: 'US' }),
        ],
        '1991-01-01',
        '1991-01-01',
        '1991-01-01',
      ],
      [[date('signed', '2019-10-23'), date('signed', '2019-10-27')], '2019-10-23', '2019-10-23', '2019-10-23'],
      [[date('signed', '../2010-02-28')], '../2010-02-28', '', ''],
      [[date('ratified', '2010-02-28')], '', '', ''],
    ]
    for (const [i, [dates, signed, signedFirstDay, signedLastDay]] of cases.entries()) {
      const { body } = await created({ reference: `SIGNED-${i}`, dates })
      const row = await rowOf(`SIGNED-${i}`)
      expect(row).toMatchObject({ signed, signedFirstDay, signedLastDay })
      const { body: page } = await register.api.get(`/v1/agreements/${body.id}/position?reference=SIGNED-${i}`)
      expect(page.signed ?? '').toBe(signedFirstDay)
    }
    expect((await rowOf('SIGNED-0'))['signedPlaces']).toBe('Seoul')
  })

  test('has the places of an exchange of notes, and the days on which an entry into force can have been', async () => {
    await created({
      reference: 'NOTES',
      dates: [
        { event: 'notes_exchanged', date: '2001-02-03', place: 'Bern' },
        { event: 'entered_into_force', date: '2003-04', signatory: 'US' },
        { event: 'entered_into_force', date: '2002', signatory: 'JP' },
        { event: 'entered_into_force', date: '2010-01-01', occurrence: 2 },
      ],
    })
    expect(await rowOf('NOTES')).toMatchObject({
      signedPlaces: 'Bern',
      inForceFromFirstDay: '2003-04-01',
      inForceFromLastDay: '2003-04-30',
    })
  })

  test('has a day on which it was no longer in force only for what was in force', async () => {
    const end = { event: 'terminated', date: '2005-06-01' }
    const begin = { event: 'entered_into_force', date: '2001-01-01' }
    await created({ reference: 'NEVER-IN-FORCE', dates: [{ event: 'signed', date: '2000-01-01' }, end] })
    await created({ reference: 'ONCE-IN-FORCE', dates: [begin, end] })
    expect(await rowOf('NEVER-IN-FORCE')).toMatchObject({ status: 'terminated', inForceFrom: '', inForceUntil: '' })
    expect(await rowOf('ONCE-IN-FORCE')).toMatchObject({ status: 'terminated', inForceUntil: '2005-06-01' })
  })

  test('has a name for each code, also where two bodies have one name', async () => {
    for (const [code, parent] of [
      ['US-X1', 'US'],
      ['US-X2', 'US-DHS'],
    ]) {
      const body = { code, name: 'Office, of "Floods"', kind: 'agency', parent }
      await register.api.post('/v1/signatories').send(body).expect(201)
    }
    const signatories = [
      { side: 1, signatory: 'US-X1' },
      { side: 1, signatory: 'US-X2' },
      { side: 2, signatory: 'JP' },
    ]
    await created({ reference: 'NAMES', signatories, researchDomains: ['ford:2.1', 'theme:flooding'] })
    const row = await rowOf('NAMES')
    expect(row).toMatchObject({
      side1Parties: 'US',
      side1PartyNames: 'United States',
      side1Signatories: 'US-X1 | US-X2',
      side1SignatoryNames: 'Office, of "Floods" | Office, of "Floods"',
      side2SignatoryNames: 'Japan',
    })
    expect(row['researchDomains']!.split(' | ')).toHaveLength(2)
    expect(row['researchDomainLabels']!.split(' | ')).toHaveLength(2)
    expect(row['researchDomainLabels']).toContain('Flooding')
  })

  test('has addresses that can be opened, at the origin that was asked', async () => {
    const { body } = await created({ reference: 'ADDRESS' })
    const urlFrom = async (host: string) => {
      const url = '/v1/agreements/export?reference=ADDRESS'
      const { payload } = await register.app.inject({ url, headers: { host } })
      const rows: Record<string, string>[] = parse(payload, { columns: true })
      return rows[0]!['url']
    }
    expect(await urlFrom('register.example:8080')).toBe(`http://register.example:8080/v1/agreements/${body.id}`)
    expect(await urlFrom('[no host')).toBe(`/v1/agreements/${body.id}`)
  })

  test('has the separator that is asked for, in every row and beside the other options', async () => {
    await created({ reference: 'SEPARATED', title: 'One, two; three\tfour\n"five"' })
    const plain = await rowOf('SEPARATED')
    expect(plain['title']).toBe('One, two; three\tfour\n"five"')
    for (const [separator, delimiter] of Object.entries({ ',': ',', ';': ';', '%3B': ';', tab: '\t' })) {
      const { payload } = await exported(`reference=SEPARATED&bom=true&separator=${separator}`)
      expect(payload.startsWith(`\uFEFFid${delimiter}reference${delimiter}`)).toBe(true)
      expect(parse(payload, { columns: true, bom: true, delimiter })).toEqual([plain])
    }
    expect((await exported('separator=|')).json()).toMatchObject({ errors: [{ parameter: 'separator' }] })
  })

  /** The cells of a row as a program sees them that takes `separator` and knows no quotes within a cell. */
  const cellsOf = (text: string, separator: string) => text.split(new RegExp(`[${separator}\r\n]`))

  test('has no formula in any cell, whatever hides before it and whichever separator a spreadsheet takes', async () => {
    const signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠']
    const hidden = ['', ' ', '  ', '\t', '"', "'", '\uFEFF', '\u00A0', '\u200B', '" \t"']
    const ends = ['', 'One;', 'One,', 'One\t', 'One\n', 'One; ,']
    const titles = signs.flatMap((sign) => hidden.flatMap((before) => ends.map((end) => `${end}${before}${sign}1+1`)))
    const bulk = titles.map((title, i) => ({ id: numberedId(i), body: anAgreement({ reference: `SIGN-${i}`, title }) }))
    await addInBulk(register.db, bulk, register.today())
    for (const [separator, delimiter] of [
      [',', ','],
      [';', ';'],
      ['tab', '\t'],
    ]) {
      const { payload } = await exported(`q=1&signatory=JP&separator=${separator}`)
      const rows: Record<string, string>[] = parse(payload, { columns: true, delimiter: delimiter! })
      expect(rows.length).toBeGreaterThanOrEqual(titles.length)
      const formulas = rows.flatMap(({ title }) =>
        [',', ';', '\t'].flatMap((taken) =>
          cellsOf(title!, taken).filter((cell) => /^[\s"\p{C}]*[=+\-@＝＋－＠]/u.test(cell)),
        ),
      )
      expect(formulas).toEqual([])
    }
  }, 60_000)

  test('leaves alone what is no formula: hyphens, days and signs within words', async () => {
    for (const [i, title] of ['US - Japan', 'a=b', 'C++ (2019-10-23)', 'Research, “Floods”; C-2', 'x @ y'].entries()) {
      await created({ reference: `PLAIN-${i}`, title })
      expect((await rowOf(`PLAIN-${i}`))['title']).toBe(title)
    }
  })

  test('escapes what a spreadsheet would take for a formula', async () => {
    const title = '=HYPERLINK("https://example.org")'
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ title, reference: 'FORMULA' }))
      .expect(201)
    const [row] = parse((await exported('reference=FORMULA')).payload, { columns: true }) as Record<string, string>[]
    expect(row!['title']).toBe(`'${title}`)
    const [raw] = parse((await exported('reference=FORMULA&escapeFormulas=false')).payload, { columns: true })
    expect((raw as Record<string, string>)['title']).toBe(title)
    expect((await exported('escapeFormulas=no')).statusCode).toBe(400)
  })

  test('refuses a misspelt filter, and is a route of its own beside the ids', async () => {
    expect((await exported('partty=US')).statusCode).toBe(400)
    expect((await exported('format=xml')).statusCode).toBe(400)
    expect((await register.app.inject({ method: 'PUT', url: '/v1/agreements/export' })).statusCode).toBe(405)
  })
})
