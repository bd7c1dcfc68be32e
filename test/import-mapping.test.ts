import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readFile } from '../src/imports/files/read-file.ts'
import { mapRow, type MappedRow } from '../src/imports/mapping/map-row.ts'
import { expandedSize } from '../src/imports/mapping/pattern-size.ts'
import { MappingError } from '../src/imports/mapping/mapping-error.ts'
import { prepareMapping } from '../src/imports/mapping/prepare.ts'
import { Mapping } from '../src/imports/mapping/schemas.ts'
import { describeAll } from '../src/openapi/json-schema.ts'
import { type FileTable, readFileTable, TableError } from '../src/imports/mapping/value-tables.ts'

const examples = new URL('../docs/examples/', import.meta.url)
const example = (name: string): Mapping =>
  Mapping.parse(JSON.parse(readFileSync(new URL(`${name}.mapping.json`, examples), 'utf8')))

/** What the rows of a file say. */
async function mapped(file: string, mapping: Mapping, tables?: Map<string, FileTable>): Promise<MappedRow[]> {
  const table = await readFile(Buffer.from(file), mapping.file)
  const prepared = prepareMapping(mapping, table.columns, tables)
  const rows: MappedRow[] = []
  for await (const row of table.rows) rows.push(mapRow(prepared, row))
  return rows
}

const simple = {
  title: { column: 'title' },
  type: { constant: 'agreement' },
  parties: [
    { column: 'a', side: 1 },
    { column: 'b', side: 2 },
  ],
}
const cell = (value: string): string => `"${value.replaceAll('"', '""')}"`

/** What a single row with the column `x` says, by a mapping with more rules. */
async function one(x: string, more: object, other = ''): Promise<MappedRow> {
  const mapping = Mapping.parse({ ...simple, ...more })
  const [row] = await mapped(`title,a,b,x,y\nT,Atlantis,Borealia,${cell(x)},${cell(other)}\n`, mapping)
  return row!
}

const codesOf = ({ errors }: MappedRow) => errors.map(({ code }) => code)
const sides = ({ agreement }: MappedRow) => agreement.signatories.map(({ side, party }) => `${side} ${party}`)

describe('a file of the British register', () => {
  const records = [
    {
      uuid: 'u-1',
      id: 11,
      title: 'Exchange of Notes between A and B concerning Ice',
      subject: 'TRADE',
      country_name: 'ATLANTIS ; UNITED KINGDOM',
      signed_event_date: '05/02/1931',
      signed_event_location: 'Aport',
      definative_eif_event_date: '03/01/1932',
      definative_eif_event_effective_date: '01/01/1932',
      references: 'Series 1/2: 0;Series 003/1931: Cmd 1||https://example.org/3.pdf;Other: 4||https://example.org/4.pdf',
      document_url: 'https://example.org/data\\1.html',
    },
    {
      uuid: 'u-2',
      id: 12,
      title: 'Treaty of Friendship',
      country_name: 'Isle of Reed ; BOREALIA ; UNITED KINGDOM',
      signed_event_date: '30/02/1900',
      signed_event_location: 'U/N',
      document_url: 'https://example.org/2',
    },
    {
      uuid: 'u-3',
      id: 13,
      title: 'Charter',
      country_name: 'Isle of Reed ; BOREALIA',
      signed_event_date: '',
      document_url: 'https://example.org/3',
    },
    {
      uuid: 'u-4',
      id: 14,
      title: 'Agreement',
      country_name: 'ATLANTIS ; BOREALIA ; UNITED KINGDOM',
      document_url: 'https://example.org/4',
    },
    { uuid: 'u-5', id: 15, title: 'Agreement', country_name: 'UNITED KINGDOM', document_url: 'https://example.org/5' },
  ]

  test('names, acts, days and texts are found; every row has its verdict', async () => {
    const rows = await mapped(records.map((row) => JSON.stringify(row)).join('\n'), example('uk-treaties'))
    expect(rows.map(({ skipped }) => skipped)).toEqual([
      null,
      null,
      null,
      'More than two parties are named.',
      'Only one party is named.',
    ])
    expect(rows.map(({ rowKey }) => rowKey)).toEqual(['u-1', 'u-2', 'u-3', 'u-4', 'u-5'])
    expect(rows[0]).toMatchObject({
      agreement: {
        title: 'Exchange of Notes between A and B concerning Ice',
        type: 'exchange_of_notes',
        binding: 'unknown',
        signatories: [
          { side: 1, party: 'UNITED KINGDOM', column: 'country_name' },
          { side: 2, party: 'ATLANTIS', column: 'country_name' },
        ],
        dates: [
          { event: 'notes_exchanged', date: '1931-02-05', place: 'Aport', effectiveDate: null },
          { event: 'entered_into_force', date: '1932-01-03', effectiveDate: '1932-01-01' },
        ],
        identifiers: [{ scheme: 'uk-treaties', value: '11' }],
        documents: [
          { title: 'Record in UK Treaties Online', url: 'https://example.org/data\\1.html' },
          { title: 'Text', url: 'https://example.org/3.pdf' },
          { title: 'Text', url: 'https://example.org/4.pdf' },
        ],
      },
      errors: [],
      leftOver: ['subject'],
    })
    expect(rows[0]!.origins['/dates/1/effectiveDate']).toEqual({
      column: 'definative_eif_event_effective_date',
      value: '01/01/1932',
    })
    expect(rows.slice(1, 3).map(sides)).toEqual([
      ['1 UNITED KINGDOM', '2 BOREALIA'],
      ['1 Isle of Reed', '2 BOREALIA'],
    ])
    expect(rows[1]!.errors).toMatchObject([
      {
        column: 'signed_event_date',
        value: '30/02/1900',
        code: 'not_a_day',
        message: '"30/02/1900" is not a day as the mapping expects it: February 1900 has 28 days.',
        wouldDo: expect.stringContaining('`dd/MM/yyyy`'),
      },
    ])
    expect(rows[2]!.agreement).toMatchObject({ type: 'other', dates: [] })
  })
})

describe('shape A: codes of parties in a second file, slipped columns, wrong centuries', () => {
  const file = [
    '\ttreaty_id\tSource\tVol\tPage\tSigned\tForce\tRegis\tRegisant\tparty1\tgroup1\tparty2\tgroup2\tlaterality\theadnote\ttopic\ttitle\textra_entry',
    '0\t101\tARIX\t4\t17\t1925-05-01\t2026-01-31\t2027-02-02 00:00:00\tRIVERA\tRIVERA\t7.0\tBOREAL\t\tBILAT\tPILOTS\t3TRAN\tEXCHAN\tx',
    '1\t102\tUNTX\t\t9\t1991-01-01\t9999\t\tZZBOTH\tBOREAL\t\tMARSHX\t\tBILAT\t(blank)\tMEMORA\t3TAXAT\t',
    '2\t103\tUNTX\t1\t9\t1950-01-01\t\t\t\tRIVERA\t\t\t\tUNILAT\tCOURT\t1X\tDECLAR\t',
    '3\t104\tUNTX\t1\t9\t1950-13-01\t\t\t\tRIVERA\t\tMARSHA\t\tBILAT\tCOURT\t1X\tTREATY\tduplicate of 103',
  ].join('\n')

  test('codes are names, by the day where a code changed its meaning', async () => {
    const codes = await readFileTable(
      await readFile(Buffer.from('CODE\tNAME\nRIVERA\tRivera, Republic of\nBOREAL\tBorealia\nMARSHA\tMarsha\n')),
      'CODE',
      'NAME',
    )
    const rows = await mapped(file, example('coded-parties'), new Map([['codes', codes]]))
    expect(rows.map(({ skipped }) => skipped)).toEqual([null, null, 'Not bilateral.', 'A duplicate, says the file.'])
    expect(rows[0]).toMatchObject({
      rowKey: '101',
      agreement: {
        title: 'PILOTS',
        titleIsDescriptive: true,
        type: 'exchange_of_notes',
        signatories: [
          { side: 1, party: 'Rivera, Republic of', code: 'RIVERA', column: 'party1' },
          { side: 2, party: 'Polaria', code: 'BOREAL', column: 'party2' },
        ],
        dates: [
          { event: 'notes_exchanged', date: '1925-05-01' },
          { event: 'entered_into_force', date: '1926-01-31' },
          { event: 'registered', date: '1927-02-02', party: 'Rivera, Republic of' },
        ],
        sources: [{ key: 'print', title: 'ARIX 4, 17' }],
      },
      errors: [],
      warnings: [
        { code: 'century_corrected', column: 'Force', value: '2026-01-31' },
        { code: 'century_corrected', column: 'Regis' },
      ],
      leftOver: ['topic'],
    })
    expect(rows[1]).toMatchObject({
      agreement: {
        title: 'Treaty between Borealia and MARSHX',
        type: 'other',
        dates: [
          { event: 'signed', date: '1991-01-01' },
          { event: 'entered_into_force', date: '1999' },
        ],
        sources: [],
      },
      elsewhere: expect.arrayContaining([
        { table: 'codes', value: 'MARSHX', became: 'MARSHX' },
        { table: 'types', value: '3TAXAT', became: 'other' },
      ]),
    })
    expect(sides(rows[1]!)).toEqual(['1 Borealia', '2 MARSHX'])
  })

  test('without the second file the mapping is refused with a pointer', async () => {
    await expect(mapped(file, example('coded-parties'))).rejects.toMatchObject({
      issues: [{ pointer: '/tables/codes/file', code: 'no_file_table' }],
    })
  })

  test('a second file that contradicts itself is refused', async () => {
    const table = await readFile(Buffer.from('CODE,NAME\nX,Atlantis\nx,Borealia\n'))
    await expect(readFileTable(table, 'CODE', 'NAME')).rejects.toThrow('Row 2 gives `x` another value')
    await expect(readFileTable(table, 'CODES', 'NAME')).rejects.toThrow(
      new TableError('The file has no column `CODES`.'),
    )
  })
})

test('shape B: numbered parties in a cell, terms in words, an act chosen by another cell', async () => {
  const file = [
    'name,Parties,Treaty type,Status,Date of signature,Date of entry into force,Treaty full text,Years of initial treaty term,Automatic renewal,Length of notice period,"""Survival""/""sunset"" clause length",Date of termination,Type of termination,Arbitration',
    'Rivera - Marsha BIT (2001),"1. Rivera, Republic of\n2. Marsha",Bilateral Investment Treaties,In force,17/06/2001,03-2003,en | fr,15 years,Indefinite term,One year prior notice,20 years,,,yes',
    'Eland Union - Marsha BIT (1990),"1. EUN (Eland Union)\n2. Marsha",Bilateral Investment Treaties,Terminated,1990,,ar,10 years,5 years,Six months prior notice,None,21/04/2016,Replaced by new treaty,',
    'Three,"1. A\n2. B\n3. C",X,Signed,,,,,,,,,,',
    'Bad,"1. A\n2. B",X,Closed,5 May,,,ten or so,None,Other period,,01/01/2001,,',
  ].join('\n')
  const rows = await mapped(file, example('investment-treaties'))
  expect(rows[0]).toMatchObject({
    agreement: {
      type: 'treaty',
      languages: ['en', 'fr'],
      dates: [
        { event: 'signed', date: '2001-06-17' },
        { event: 'entered_into_force', date: '2003-03' },
      ],
      term: {
        runsFrom: 'entry_into_force',
        length: 'P15Y',
        atEnd: 'open_ended',
        exit: { notice: 'P1Y' },
        sunset: 'P20Y',
      },
    },
    statements: [{ status: 'in_force', on: null, column: 'Status' }],
    errors: [],
    leftOver: ['Arbitration'],
  })
  expect(rows[0]!.agreement.term).not.toHaveProperty('renewal')
  expect(sides(rows[0]!)).toEqual(['1 Rivera, Republic of', '2 Marsha'])
  expect(rows[1]).toMatchObject({
    agreement: {
      dates: [
        { event: 'signed', date: '1990' },
        { event: 'superseded', date: '2016-04-21' },
      ],
      term: { length: 'P10Y', atEnd: 'renews', renewal: { length: 'P5Y', notice: 'P6M' } },
    },
    statements: [],
  })
  expect(sides(rows[1]!)).toEqual(['1 Eland Union', '2 Marsha'])
  expect(rows[2]!.skipped).toBe('More than two parties.')
  expect(rows[3]!.errors.map(({ column, code }) => `${column}: ${code}`).toSorted()).toEqual([
    'Date of signature: not_a_day',
    'Status: not_in_table',
    'Years of initial treaty term: not_a_duration',
  ])
})

test('shape C: party and number in the title, everything else in one cell', async () => {
  const page = (address: string, title: string, text: string, codes = '', pdfs = ''): string =>
    [address, title, text, codes, '', pdfs].map(cell).join(',')
  const file = [
    'source_url,title,paragraphs,agreement_codes,primary_pdf,other_pdfs',
    page(
      'https://example.org/1',
      'Rivera (12-77.1) – Agreement on Sea Ice',
      '… | Office | May 4, 2012 | Agreement effected by exchange of notes at Aport and Bport October 3, 2011 and May 4, 2012; entered into force May 4, 2012. With effect from June 1, 2012. | Tags',
    ),
    page(
      'https://example.org/2',
      'Marsha (18-77) – Extension of Arrangement on Safety',
      '… | Arrangement signed at A February 7 and 9, 2019; e | ntered into force February 28, 2019. | Extension done: | No. 99-77',
      '99-77, 99-78',
      'https://example.org/c.pdf, https://example.org/d.pdf',
    ),
    page(
      'https://example.org/3',
      'Dunia (03-1) – Treaty on Legal Assistance',
      'Treaty signed at D May 2, 2001; Ratified by Dunia January 2, 2003; entered into force March 3, 2003. | Tags',
    ),
    page(
      'https://example.org/4',
      'Multilateral (24-1) – Agreement on Prosperity',
      'Signed at S June 6, 2024; entered into force October 1, 2024.',
    ),
    page(
      'https://example.org/5',
      'Kingdom in respect of Isle (09-9) – Tax Agreement',
      'Signed at I May 1and 9, 2009; entered in force May 9, 1009. | Tags',
    ),
    page('https://example.org/6', 'About this site', 'nothing'),
  ].join('\n')
  const rows = await mapped(file, example('scraped-pages'))
  expect(rows[0]).toMatchObject({
    rowKey: 'https://example.org/1',
    agreement: {
      reference: 'MER-12-77.1',
      title: 'Agreement on Sea Ice',
      type: 'agreement',
      dates: [
        { event: 'notes_exchanged', date: '2011-10-03/2012-05-04', place: 'Aport and Bport' },
        { event: 'entered_into_force', date: '2012-05-04', effectiveDate: '2012-06-01' },
      ],
      identifiers: [{ scheme: 'mer', value: '12-77.1' }],
    },
    errors: [],
  })
  expect(sides(rows[0]!)).toEqual(['1 Meridia', '2 Rivera'])
  expect(rows[1]).toMatchObject({
    agreement: {
      type: 'extension',
      dates: [
        { event: 'signed', date: '2019-02-07/2019-02-09' },
        { event: 'entered_into_force', date: '2019-02-28' },
      ],
      documents: [
        { title: 'Further text', url: 'https://example.org/c.pdf' },
        { title: 'Further text', url: 'https://example.org/d.pdf' },
        { title: 'Page', url: 'https://example.org/2' },
      ],
    },
    relations: [
      { kind: 'extends', scheme: 'mer', to: '99-77', column: 'agreement_codes' },
      { kind: 'extends', scheme: 'mer', to: '99-78' },
    ],
  })
  expect(rows[2]!.agreement.dates).toMatchObject([
    { event: 'signed' },
    { event: 'ratified', date: '2003-01-02', party: 'Dunia' },
    { event: 'entered_into_force' },
  ])
  expect(rows[3]!.skipped).toBe('Multilateral.')
  expect(rows[4]!.agreement.dates).toMatchObject([
    { date: '2009-05-01/2009-05-09' },
    { event: 'entered_into_force', date: '2009-05-09' },
  ])
  expect(sides(rows[4]!)).toEqual(['1 Meridia', '2 Isle'])
  expect(rows[5]!.errors).toContainEqual(
    expect.objectContaining({ column: 'title', value: 'About this site', code: 'nothing_found' }),
  )
})

test('shape D: a list without days states what is in force; the home party is in no row', async () => {
  const file = [
    'Numero,Nombre del Tratado,Bilateral,Lugar de Adopcion,Estados-Organismos,Naturaleza,Suscribio,Vigente',
    '1,ACUERDO DE PESCA,SI,APUERTO,ATLANTIDA REPUBLICA,ACUERDO PROCEDIMIENTO SIMPLIFICADO,JUANA PEREZ - MINISTRA,SI',
    '2,CONVENIO GENERAL,NO,BPUERTO,ODE,TRATADO,,NO',
    '3,ACTA,SI,,XATLANTIDABOREALIA,OTRO,,NO',
    '3,ACTA,SI,,XATLANTIDABOREALIA,OTRO,,NO',
  ].join('\n')
  const mapping = example('spreadsheet-without-dates')
  const rows = await mapped(file, mapping)
  expect(rows[0]).toMatchObject({
    agreement: {
      title: 'ACUERDO DE PESCA',
      type: 'agreement',
      summary: 'Place of adoption: APUERTO',
      signatories: [
        { side: 1, party: 'Meridia', representative: { name: 'JUANA PEREZ', office: 'MINISTRA' }, column: null },
        { side: 2, party: 'Atlantis', column: 'Estados-Organismos', value: 'ATLANTIDA REPUBLICA' },
      ],
    },
    statements: [{ status: 'in_force', on: '2021-02-28', column: 'Vigente', value: 'SI' }],
    errors: [],
  })
  expect(rows[1]!.skipped).toBe('Not bilateral.')
  expect(rows[2]).toMatchObject({ agreement: { type: 'other', summary: null }, statements: [] })
  expect(rows[3]!.rowKey).toBe(rows[2]!.rowKey)
  const { rowKey: _, ...withoutKey } = mapping
  const [a, b, c, d] = (await mapped(file, withoutKey)).map(({ rowKey }) => rowKey)
  expect(a).toMatch(/^[0-9a-f]{64}$/)
  expect([c === d, a === b]).toEqual([true, false])
})

test('the key of a row does not depend on the format of the file or the order of its columns', async () => {
  const keys = await Promise.all(
    ['title,a,b\nT,X,Y\n', 'b;title;a;c\nY;T;X;\n', '{"a":"X","b":"Y","title":"T"}'].map(
      async (file) => (await mapped(file, Mapping.parse(simple)))[0]!.rowKey,
    ),
  )
  expect(new Set(keys).size).toBe(1)
})

describe('days', () => {
  const day = async (x: string, rule: object = {}, other = '') => {
    const row = await one(
      x,
      { dates: [{ event: 'signed', date: { column: 'x', ...rule } }], unknown: ['9999-12-31', '0000-00-00'] },
      other,
    )
    return (
      row.errors[0]?.code ??
      (row.agreement.dates ?? [])
        .map(({ date, occurrence }) => (occurrence === 1 ? date : `${occurrence}: ${date}`))
        .join(' ')
    )
  }

  test.each([
    ['2019-10-23', {}, '2019-10-23'],
    ['2019-10-23 00:00:00', {}, '2019-10-23'],
    ['2019-10', {}, '2019-10'],
    ['2019', {}, '2019'],
    ['2019-10-23?', {}, '2019-10-23?'],
    ['9999-12-31', {}, ''],
    ['0000-00-00', {}, ''],
    ['N/A', { unknown: ['n/a'] }, ''],
    ['17/06/2002', { formats: ['dd/MM/yyyy'] }, '2002-06-17'],
    ['7/6/2002', { formats: ['dd/MM/yyyy'] }, '2002-06-07'],
    ['05-1996', { formats: ['dd/MM/yyyy', 'MM-yyyy'] }, '1996-05'],
    ['May 4, 2012', { formats: ['MMMM d, yyyy'] }, '2012-05-04'],
    ['Sept. 4th, 2012', { formats: ['MMMM d, yyyy'] }, '2012-09-04'],
    ['4 de mayo de 2012', { formats: ["d 'de' MMMM 'de' yyyy"], language: 'es' }, '2012-05-04'],
    ['1er août 1950', { formats: ['d MMMM yyyy'], language: 'fr' }, '1950-08-01'],
    ['04.05.49', { formats: ['dd.MM.yy'] }, '2049-05-04'],
    ['04.05.50', { formats: ['dd.MM.yy'] }, '1950-05-04'],
    ['1949', { formats: ['excel', 'yyyy'] }, '1949'],
    ['37424', { formats: ['excel', 'yyyy'] }, '2002-06-17'],
    ['37424.75', { formats: ['excel'] }, '2002-06-17'],
    ['1', { formats: ['excel'] }, '1900-01-01'],
    ['59', { formats: ['excel'] }, '1900-02-28'],
    ['60', { formats: ['excel'] }, 'not_a_day'],
    ['61', { formats: ['excel'] }, '1900-03-01'],
    ['1976-06-31', {}, 'not_a_day'],
    ['31/04/2000', { formats: ['dd/MM/yyyy', 'MM/dd/yyyy'] }, 'not_a_day'],
    ['soon', {}, 'not_a_day'],
    ['October 3, 2011 and May 4, 2012', { formats: ['MMMM d, yyyy'] }, 'several_days'],
    ['October 3, 2011 and May 4, 2012', { formats: ['MMMM d, yyyy'], several: 'range' }, '2011-10-03/2012-05-04'],
    ['February 7 and 29, 2016', { formats: ['MMMM d, yyyy'], several: 'first' }, '2016-02-07'],
    ['February 7 and 29, 2016', { formats: ['MMMM d, yyyy'], several: 'last' }, '2016-02-29'],
    ['February 7 and 29, 2019', { formats: ['MMMM d, yyyy'], several: 'last' }, 'not_a_day'],
    ['May 1and 9, 2009', { formats: ['MMMM d, yyyy'], several: 'each' }, '2009-05-01 2: 2009-05-09'],
    ['7 & 9/02/2019', { formats: ['dd/MM/yyyy'], several: 'range' }, '2019-02-07/2019-02-09'],
    ['2000-01-01; 2000-01-01', { several: 'range' }, '2000-01-01'],
  ])('%j by %j is %j', async (text, rule, expected) => {
    expect(await day(text, rule)).toBe(expected)
  })

  test.each([
    ['2026-12-15', '1926-03-09', '1926-12-15'],
    ['1009-05-09', '2009', '2009-05-09'],
    ['1970-01-01', '1926-03-09', '1970-01-01'],
    ['1977-01-01', '1926-03-09', '1877-01-01'],
    ['2026-12-15', '', '2026-12-15'],
    ['2026-12-15', '9999-12-31', '2026-12-15'],
  ])('the century of %s beside %j: %s', async (text, other, expected) => {
    expect(await day(text, { century: { like: 'y' } }, other)).toBe(expected)
  })
})

test.each([
  ['abc', 3],
  ['(?:ab){3}c', 10],
  ['((a{10}){10}){10}', 1000],
  ['[^]a-z]{2,5}\\d{3,}', 8],
  ['a{x}', 4],
])('the pattern %s written out has at least %i characters', (source, size) => {
  expect(expandedSize(source)).toBeGreaterThanOrEqual(size)
  expect(expandedSize(source)).toBeLessThan(2 * size + 10 + (size === 1000 ? 500 : 0))
})

describe('lists, durations, conditions', () => {
  test.each([
    ['A ; B', ['semicolon'], ['A', 'B']],
    ['A | B|C', ['pipe'], ['A', 'B', 'C']],
    ['1. A, Republic of\n2. B\n10) C', ['numbered_lines'], ['A, Republic of', 'B', 'C']],
    ['A and B', ['and'], ['A', 'B']],
    ['Andorra and Holland', ['and'], ['Andorra', 'Holland']],
    ['A, B and C', ['comma', 'and'], ['A', 'B', 'C']],
    ['A\n\nB', ['lines'], ['A', 'B']],
    ['A; B', [], ['A; B']],
  ])('%j divided by %j', async (text, split, expected) => {
    const row = await one(text, { identifiers: [{ scheme: 's', value: { column: 'x', split } }] })
    expect(row.agreement.identifiers?.map(({ value }) => value)).toEqual(expected)
  })

  test.each([
    ['5 years', 'P5Y'],
    ['60', 'P60M'],
    ['P18M', 'P18M'],
    ['One year prior notice', 'P1Y'],
    ['Six months', 'P6M'],
    ['two years and 6 months', 'P2Y6M'],
    ["90 days' notice", 'P90D'],
    ['10 años', 'P10Y'],
    ['5 years unless 6 months before', 'not_a_duration'],
    ['5', 'P5M'],
    ['long', 'not_a_duration'],
    ['constructor years', 'not_a_duration'],
    ['', undefined],
  ])('the duration %j is %s', async (text, expected) => {
    const row = await one(text, { term: { length: { column: 'x', unit: 'months' } } })
    expect(row.errors[0]?.code ?? row.agreement.term?.length).toBe(expected)
  })

  test('templates that double a text are stopped before it is large, and the row is refused', async () => {
    const doubling = Array.from({ length: 60 }, (_, n) => ({
      as: `d${n + 1}`,
      template: `{${n === 0 ? 'x' : `d${n}`}}`.repeat(300),
    }))
    const row = await one('twenty characters.. ', { derived: doubling, summary: { column: 'd60' } })
    expect(codesOf(row)).toEqual(['too_long'])
    const twelve = Array.from({ length: 12 }, (_, n) => ({ as: `d${n}`, template: '{x}{x}' }))
    expect(codesOf(await one('x'.repeat(45_000), { derived: twelve }))).toEqual(['too_long'])
  })

  test('a text is never more than its column, its template and its default say', async () => {
    expect((await one('7', { reference: { template: 'T-{x}/{y}' } }, '9')).agreement.reference).toBe('T-7/9')
    expect((await one('7', { reference: { template: 'T-{x}/{y}' } })).agreement.reference).toBe(null)
    expect((await one('', { reference: { column: 'x', default: 'none' } })).agreement.reference).toBe('none')
    expect(
      (await one('n/a', { reference: { column: 'x', default: 'none', unknown: ['N/A'] } })).agreement.reference,
    ).toBe('none')
    expect((await one('7', {})).agreement).not.toHaveProperty('reference')
  })

  test.each([
    [{ is: ['yes', 'MULTI'] }, true],
    [{ is: ['yes'] }, false],
    [{ isNot: ['BILAT'] }, true],
    [{ isNot: ['multi'] }, false],
    [{ matches: '^[Mm]' }, true],
    [{ blank: false }, true],
    [{ blank: true }, false],
    [{ split: ['comma'], moreThan: 0, fewerThan: 2 }, true],
    [{ matches: '^M', blank: true }, false],
  ])('the condition %j leaves out a row with "Multi": %s', async (condition, expected) => {
    const row = await one('Multi', { leaveOut: [{ when: [{ column: 'x', ...condition }], reason: 'R.' }] })
    expect(row.skipped).toBe(expected ? 'R.' : null)
  })

  test.each([
    [{ rule: 'first_two' }, ['1 A', '2 B']],
    [{ rule: 'first_against_others' }, ['1 A', '2 B', '2 C']],
    [{ rule: 'home', home: 'B' }, ['1 B', '2 A', '2 C']],
    [{ rule: 'home', home: 'Bee', homeNames: ['b'] }, ['1 Bee', '2 A', '2 C']],
    [{ rule: 'home', home: 'H', homeImplied: true }, ['1 H', '2 A', '2 B', '2 C']],
    [{ rule: 'home', home: 'H' }, ['1 A', '2 B', '2 C']],
  ])('sides %j', async (rule, expected) => {
    const names = rule.rule === 'first_two' ? 'A ; a ; B' : 'A ; B ; C'
    const row = await one(names, { parties: [{ column: 'x', split: ['semicolon'] }], sides: rule })
    expect([sides(row), codesOf(row)]).toEqual([expected, []])
  })

  test('too many parties, and a side without one, are errors', async () => {
    const parties = [{ column: 'x', split: ['semicolon'] }]
    expect(codesOf(await one('A;B;C', { parties, sides: { rule: 'first_two' } }))).toEqual(['too_many_parties'])
    expect((await one('A', { parties, sides: { rule: 'first_two' } })).errors).toMatchObject([
      { code: 'party_missing', column: 'x', value: 'A' },
    ])
    expect(codesOf(await one('', { parties, sides: { rule: 'home', home: 'H', homeImplied: true } }))).toEqual([
      'party_missing',
    ])
  })
})

test('all errors of a row are told at once, with column, value and what would do', async () => {
  const mapping = Mapping.parse({
    ...simple,
    type: { column: 'type' },
    dates: [{ event: 'signed', date: { column: 'signed' } }],
    term: { length: { column: 'term' } },
    tables: { statuses: { entries: { yes: 'in_force' } } },
    statements: [{ status: { column: 'status', table: 'statuses' } }],
  })
  const [row] = await mapped('title,a,b,type,signed,term,status\n,Atlantis,,Tariff,31/12/1999,long,maybe\n', mapping)
  expect(row!.errors.map(({ column, value, code }) => [column, value, code])).toEqual([
    ['title', '', 'required'],
    ['type', 'Tariff', 'not_in_register'],
    ['b', '', 'party_missing'],
    ['signed', '31/12/1999', 'not_a_day'],
    ['term', 'long', 'not_a_duration'],
    ['status', 'maybe', 'not_in_table'],
  ])
  for (const { message, wouldDo } of row!.errors) {
    expect(message).toMatch(/^["A-Z].*\.$/)
    expect(wouldDo).toBeTruthy()
  }
})

test('an error of the file in a row is an error of the row', async () => {
  const [row] = await mapped('title,a,b\nT,A\0,B\n', Mapping.parse(simple))
  expect(row!.errors).toMatchObject([{ code: 'not_text', column: 'a' }])
})

describe('a mapping that does not fit', () => {
  const issues = async (more: object): Promise<unknown> => {
    try {
      await one('', more)
      return []
    } catch (error) {
      if (!(error instanceof MappingError)) throw error
      return error.issues.map(({ message: _, ...rest }) => rest)
    }
  }

  test.each([
    [{ title: { column: 'titel' } }, { pointer: '/title/column', code: 'no_such_column', didYouMean: 'title' }],
    [{ reference: { template: 'T-{nr}' } }, { pointer: '/reference/template', code: 'no_such_column' }],
    [
      { dates: [{ event: 'signed', date: { column: 'x', century: { like: 'zzzz' } } }] },
      { pointer: '/dates/0/date/century/like', code: 'no_such_column' },
    ],
    [
      { summary: { column: 'x', table: 'typs' }, tables: { 'a/b': {} } },
      { pointer: '/summary/table', code: 'no_such_table' },
    ],
    [
      { tables: { 'a/b': { file: 'f', key: 'k', value: 'v' } } },
      { pointer: '/tables/a~1b/file', code: 'no_file_table' },
    ],
    [{ derived: [{ column: 'x', pattern: '(?<a>x' }] }, { pointer: '/derived/0/pattern', code: 'invalid_pattern' }],
    [
      { derived: [{ column: 'x', pattern: '(?=a)(?<a>.)' }] },
      { pointer: '/derived/0/pattern', code: 'invalid_pattern' },
    ],
    [
      { dates: [{ event: 'signed', date: { column: 'x', formats: ['yyyy', 'dd/mm/yyyy'] } }] },
      { pointer: '/dates/0/date/formats/1', code: 'invalid_format' },
    ],
    [
      { dates: [{ event: 'signed', date: { column: 'x', language: 'e n' } }] },
      { pointer: '/dates/0/date/language', code: 'invalid_format' },
    ],
    [{ derived: [{ column: 'x', pattern: 'abc' }] }, { pointer: '/derived/0/pattern', code: 'invalid_pattern' }],
    [{ reference: { template: 'T-{x' } }, { pointer: '/reference/template', code: 'invalid_template' }],
    [{ reference: { template: '{}{x}' } }, { pointer: '/reference/template', code: 'invalid_template' }],
    [{ derived: [{ as: 'n', template: '{x}{n}' }] }, { pointer: '/derived/0/template', code: 'column_made_later' }],
    [
      {
        derived: [
          { as: 'n', column: 'm' },
          { as: 'm', template: '{x}' },
        ],
      },
      { pointer: '/derived/0/column', code: 'column_made_later' },
    ],
    [{ type: { constant: 'pact' } }, { pointer: '/type/constant', code: 'not_in_register' }],
    [
      { statements: [{ status: { column: 'x', default: 'unknown' } }] },
      { pointer: '/statements/0/status/default', code: 'not_in_register' },
    ],
    [
      { statements: [{ status: { column: 'x', table: 's/t' } }], tables: { 's/t': { entries: { '~': 'unknown' } } } },
      { pointer: '/tables/s~1t/entries/~0', code: 'not_in_register' },
    ],
    [
      { statements: [{ status: { column: 'x', table: 's' } }], tables: { s: { otherwise: 'valid' } } },
      { pointer: '/tables/s/otherwise', code: 'not_in_register' },
    ],
    [
      {
        term: { atEnd: { column: 'x', table: 's' } },
        tables: { s: { changes: [{ from: 'a', before: '1991-01-01', to: 'b' }] } },
      },
      { pointer: '/tables/s/changes/0/to', code: 'not_in_register' },
    ],
    [
      {
        title: { constant: 'T' },
        parties: [
          { constant: 'A', side: 1 },
          { constant: 'B', side: 2 },
        ],
      },
      { pointer: '', code: 'no_column_used' },
    ],
  ])('%j', async (more, expected) => {
    expect(await issues(more)).toContainEqual(expected)
  })

  test.each(['(?<a>(?:[ab]c?){1000})', `(?<a>(?:${'a?b?'.repeat(200)}){1000})c`])(
    'a pattern that is large when written out is refused (%#)',
    async (pattern) => {
      const expected = { pointer: '/derived/0/pattern', code: 'invalid_pattern' }
      expect(await issues({ derived: [{ column: 'x', pattern }] })).toEqual([expected])
    },
  )

  test('a table that also gives texts, or nothing, can have other values', async () => {
    const tables = { s: { entries: { a: 'In force', b: 'Denounced', c: '' }, otherwise: '' } }
    const statements = [{ status: { column: 'x', table: 's' } }]
    expect(await issues({ tables, statements, summary: { column: 'x', table: 's' } })).toEqual([])
    const dates = [{ eventFrom: { column: 'x', table: 's' }, date: { column: 'y' } }]
    expect(await issues({ tables, statements, dates })).toEqual([])
  })

  test('what must be instead is told', async () => {
    const more = { statements: [{ status: { column: 'x', default: 'unknown' } }] }
    await expect(one('', more)).rejects.toThrow(
      'Must be a status that a source can state: one of negotiating, signed, provisionally_applied, in_force, suspended, terminated. Leave it blank if the status is not known.',
    )
  })

  test('all issues are told at once', async () => {
    expect(await issues({ title: { column: 'p' }, reference: { column: 'q', table: 'r' } })).toHaveLength(3)
  })

  test('columns that a file may lack are blank', async () => {
    const row = await one('', { optionalColumns: ['no'], reference: { column: 'no' } })
    expect([row.agreement.reference, row.errors]).toEqual([null, []])
  })

  test.each([
    [{ title: {} }, ['title']],
    [{ title: { column: 'x', constant: 'y' } }, ['title']],
    [{ titel: { column: 'x' } }, []],
    [{ dates: [{ date: { column: 'x' } }] }, ['dates', 0]],
    [{ derived: [{ column: 'x' }] }, ['derived', 0]],
    [{ sides: { rule: 'home' } }, ['sides']],
  ])('%j is refused by its schema', (more, path) => {
    expect(Mapping.safeParse({ ...simple, ...more }).error?.issues[0]?.path).toEqual(path)
  })
})

test('no pattern and no cell holds the process up', async () => {
  const evil = `${'a'.repeat(100_000)}!`
  const derived = [
    { column: 'x', pattern: '^(?<q>(a+)+)+$' },
    { column: 'x', pattern: '(?<r>(.*)*b)' },
  ]
  const row = await one(evil, { derived, reference: { column: 'q' }, summary: { column: 'r', default: 'no match' } })
  expect([row.agreement.reference, row.agreement.summary]).toEqual([null, 'no match'])

  const quadratic = [{ column: 'x', pattern: '(?<q>a)(?:.*!)?(?:.*c)?', every: true }]
  expect(codesOf(await one('ab'.repeat(10_000), { derived: quadratic, reference: { column: 'q' } }))).toEqual([
    'pattern_too_slow',
  ])

  const large = `(?<q>[ab]{900})c`
  const slow = await one('ab'.repeat(20_000), {
    derived: [{ column: 'x', pattern: large }],
    reference: { column: 'x', keep: large },
    leaveOut: [{ when: [{ column: 'x', matches: large }], reason: 'R.' }],
  })
  expect(codesOf(slow)).toEqual(Array.from({ length: 3 }, () => 'pattern_too_slow'))

  const blanks = `A${' '.repeat(500_000)}B`
  const long = await one(blanks, {
    identifiers: [{ scheme: 's', value: { column: 'x', split: ['semicolon', 'lines', 'numbered_lines', 'and'] } }],
    term: { length: { column: 'x' } },
    dates: [{ event: 'signed', date: { column: 'x', formats: ['d MMMM yyyy', 'dd/MM/yyyy'] } }],
    summary: { column: 'x' },
  })
  expect(codesOf(long)).toEqual(['not_a_day', 'not_a_duration'])
  expect(long.agreement.identifiers).toHaveLength(1)
})

describe('no number of rules holds the process up', () => {
  const times = <Item>(count: number, item: (i: number) => Item): Item[] =>
    Array.from({ length: count }, (_, i) => item(i))
  /** Rows are left out by none of many conditions: the last of each group is false. */
  const when = (count: number, condition: (i: number) => object) => ({
    leaveOut: times(Math.ceil(count / 99), (n) => ({
      when: [...times(99, (i) => ({ column: 'x', ...condition(99 * n + i) })), { column: 'title', blank: true }],
      reason: 'R.',
    })),
  })

  test('conditions on a long text', async () => {
    const long = 'é'.repeat(300_000)
    const values = (i: number) => times(10, (n) => `value ${i} ${n}`)
    expect(
      codesOf(
        await one(
          long,
          when(2000, (i) => ({ isNot: values(i) })),
        ),
      ),
    ).toEqual([])
    const counted = await one(
      'a;'.repeat(500_000),
      when(2000, () => ({ split: ['semicolon'], moreThan: 5 })),
    )
    expect(codesOf(counted)).toEqual(['too_long'])
  })

  test('patterns that take a second each', async () => {
    const slow = await one(
      'ab'.repeat(9000),
      when(1000, (i) => ({ matches: `^[ab]{50}|c${i}` })),
    )
    expect(codesOf(slow)).toContain('pattern_too_slow')
    expect(slow.errors.length).toBeLessThanOrEqual(100)
  })

  test('patterns that are large together', () => {
    const mapping = Mapping.parse({ ...simple, ...when(2000, (i) => ({ matches: `a{900}b${i}` })) })
    let issues: { code: string }[] = []
    try {
      prepareMapping(mapping, ['title', 'a', 'b', 'x'])
    } catch (error) {
      issues = (error as MappingError).issues
    }
    expect(issues).toHaveLength(100)
    expect(issues[0]).toMatchObject({ code: 'invalid_pattern', message: expect.stringContaining('together') })
  })

  test('names that are not there', () => {
    const columns = times(900, (i) => `the column with number ${i}`)
    const mapping = Mapping.parse({ ...simple, ...when(4000, (i) => ({ column: `kolumn nr ${i}`, blank: false })) })
    expect(() => prepareMapping(mapping, columns)).toThrow(MappingError)
  })

  test('many values in a cell', async () => {
    const list = times(100_000, (i) => `p${i}`).join(';')
    const of = { column: 'x', split: ['semicolon'] }
    for (const sides of [{ rule: 'home', home: 'Meridia' }, { rule: 'first_two' }] as const) {
      const row = await one(list, { parties: [of], sides })
      expect(row.agreement.signatories.length).toBeLessThan(150)
      expect(codesOf(row)).toContain('too_many_values')
    }
    const table = { researchDomains: times(20, () => ({ ...of, table: 't' })), tables: { t: {} } }
    expect((await one(list.slice(0, 5000), table)).errors).toHaveLength(100)
    const others = await one(list, {
      researchDomains: times(20, () => ({ ...of, table: 't' })),
      tables: { t: { keepOthers: true } },
    })
    expect(others.elsewhere.length).toBeGreaterThan(9_900)
    expect(others.elsewhere.length).toBeLessThanOrEqual(10_000)
  })

  test('templates', async () => {
    const template = '{x}'.repeat(600)
    const row = await one('x'.repeat(160), {
      sources: times(60, (i) => ({ key: `s${i}`, title: { template }, publisher: { template } })),
    })
    expect(codesOf(row)).toEqual(['too_long'])
    expect(JSON.stringify(row.agreement).length).toBeLessThan(1_200_000)
  })
})

test('the examples are mappings, and each says what it is for', () => {
  const names = readdirSync(examples).filter((name) => name.endsWith('.mapping.json'))
  expect(names.length).toBeGreaterThan(4)
  for (const name of names) expect(example(name.replace('.mapping.json', '')).description).toMatch(/\.$/)
})

test('the schema of mappings can be described without alternatives, and its examples are mappings', () => {
  const { named } = describeAll(new Map([[Mapping, 'mapping']]), 'input')
  expect(Object.keys(named)).toEqual(
    expect.arrayContaining(['ImportMapping', 'MappedText', 'MappedDay', 'MappedTable']),
  )
  expect(JSON.stringify(named)).not.toMatch(/"(?:anyOf|oneOf|allOf)"/)
  for (const mapping of named['ImportMapping']!.examples ?? []) expect(Mapping.safeParse(mapping).error).toBeUndefined()
  expect(named['ImportMapping']!.examples).toHaveLength(1)
})
