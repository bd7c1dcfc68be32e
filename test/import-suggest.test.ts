import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { agreementTypes } from '../src/agreements/tables.ts'
import { statedStatuses } from '../src/agreements/time/lifecycle.ts'
import { readFile } from '../src/imports/files/read-file.ts'
import type { Row } from '../src/imports/files/table.ts'
import { mapRow } from '../src/imports/mapping/map-row.ts'
import { prepareMapping } from '../src/imports/mapping/prepare.ts'
import { Mapping } from '../src/imports/mapping/schemas.ts'
import { suggest } from '../src/imports/suggest/suggest.ts'
import { headAndMapping } from '../src/pages/imports/head.ts'

/** What is proposed for a file, and what its rows say by it. */
async function proposed(file: string) {
  const { columns, rows } = await readFile(Buffer.from(file))
  const head: Row[] = []
  for await (const row of rows) head.push(row)
  const suggestion = await suggest({ columns, rows: head })
  const mapping = Mapping.parse(JSON.parse(JSON.stringify(suggestion.mapping)))
  const prepared = prepareMapping(mapping, columns)
  return { ...suggestion, mapped: head.map((row) => mapRow(prepared, row)) }
}

const csv = (rows: string[][]): string =>
  rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n')

describe('a plain sheet', () => {
  const file = csv([
    ['No.', 'Title', 'Party 1', 'Party 2', 'Signed', 'In force', 'Type', 'Place', 'TIAS', 'Link', 'Officer'],
    [
      'M-1',
      'Memorandum on Ice and Snow',
      'Meridia',
      'Atlantis',
      '17/06/2002',
      '01/07/2002',
      'MoU',
      'Aport',
      '02-617',
      'https://example.org/1',
      'K.',
    ],
    [
      'M-2',
      'Agreement on Fish in the North',
      'Meridia',
      'Borealia',
      '03/02/2010',
      'n/a',
      'Agreement',
      'Bport',
      '',
      '',
      '',
    ],
    ['M-3', 'Plan of Work for Four Years', 'Meridia', 'Coralia', '05-2011', '2011', 'Work plan', '', '', '', ''],
  ])

  test('the proposal can be used as it stands', async () => {
    const { mapped } = await proposed(file)
    expect(mapped.flatMap(({ errors }) => errors)).toEqual([])
    expect(mapped[0]).toMatchObject({
      rowKey: 'M-1',
      skipped: null,
      agreement: {
        reference: 'M-1',
        title: 'Memorandum on Ice and Snow',
        type: 'memorandum_of_understanding',
        signatories: [
          { side: 1, party: 'Meridia' },
          { side: 2, party: 'Atlantis' },
        ],
        dates: [
          { event: 'signed', date: '2002-06-17', place: 'Aport' },
          { event: 'entered_into_force', date: '2002-07-01' },
        ],
        identifiers: [{ scheme: 'tias', value: '02-617' }],
        documents: [{ title: 'Link', url: 'https://example.org/1' }],
      },
    })
    expect(mapped[1]!.agreement).toMatchObject({ type: 'agreement', dates: [{ event: 'signed', date: '2010-02-03' }] })
    expect(mapped[2]!.agreement).toMatchObject({ type: 'other', dates: [{ date: '2011-05' }, { date: '2011' }] })
  })

  test('it tells what it saw in each column, and what to check', async () => {
    const { columns, notes } = await proposed(file)
    expect(columns.find(({ name }) => name === 'Place')).toEqual({
      name: 'Place',
      seen: { filled: 2, distinct: 2, examples: ['Aport', 'Bport'], looksLike: 'text' },
    })
    expect(Object.fromEntries(columns.map(({ name, seen }) => [name, seen.looksLike]))).toMatchObject({
      Title: 'text',
      Signed: 'day',
      'In force': 'day',
      Link: 'address',
    })
    expect(notes).toEqual([
      'These types become `other`: `Work plan`.',
      'Days in `In force` are read as day/month/year; no value tells it from month/day/year.',
      'No rule uses these columns: `Officer`.',
    ])
  })

  test.each([
    ['2002-06-17', '2002-06-17'],
    ['06/17/2002', '2002-06-17'],
    ['17.06.2002', '2002-06-17'],
    ['June 17, 2002', '2002-06-17'],
    ['17 June 2002', '2002-06-17'],
    ['17-Jun-2002', '2002-06-17'],
    ['20020617', '2002-06-17'],
  ])('the format of %s is found', async (day, expected) => {
    const { mapped } = await proposed(
      csv([
        ['Title', 'Party A', 'Party B', 'Date of signature'],
        ['Treaty of Peace', 'A', 'B', day],
      ]),
    )
    expect(mapped[0]!.agreement.dates).toMatchObject([{ event: 'signed', date: expected }])
  })

  test.each([
    [['03/04/2002'], ['are read as day/month/year; no value tells it from month/day/year.']],
    [['3/4/2002', '5/6/2003'], ['are read as day/month/year; no value tells it from month/day/year.']],
    [['03-04-2002'], ['are read as day/month/year; no value tells it from month/day/year.']],
    [['03/04/02'], ['are read as day/month/year; no value tells it from month/day/year.']],
    [['2002-06-17', '03/04/2002'], ['are read as day/month/year; no value tells it from month/day/year.']],
    [
      ['03/04/2002', '12/31/2002', '11/30/2002', '31/12/2002'],
      ['can only be day/month/year, others only month/day/year. Those that can be both are read as month/day/year.'],
    ],
    [['03/04/2002', '31/12/2002'], []],
    [['03/04/2002', '12/31/2002'], []],
    [['03.04.2002'], []],
  ])('of the days %j it is told which could be either', async (days, expected) => {
    const rows = days.map((day) => ['Treaty of Peace', 'A', 'B', day])
    const { notes } = await proposed(csv([['Title', 'Party A', 'Party B', 'Signed'], ...rows]))
    expect(notes.filter((note) => note.includes('ays in `Signed`'))).toEqual(
      expected.map((text) => expect.stringContaining(text) as string),
    )
  })

  test.each([
    [
      ['Titel', 'Partei 1', 'Partei 2', 'Unterzeichnung', 'Inkrafttreten'],
      ['Abkommen über Fische', 'A', 'B', '17.06.2002', '18.06.2003'],
    ],
    [
      ['Título', 'Parte 1', 'Parte 2', 'Fecha de firma', 'Entrada en vigor'],
      ['Acuerdo de pesca', 'A', 'B', '17/06/2002', '18/06/2003'],
    ],
    [
      ['agreementName', 'country_1', 'country_2', 'signatureDate', 'eifDate'],
      ['Agreement on fish', 'A', 'B', '2002-06-17', '2003-06-18'],
    ],
  ])('the columns %j are understood', async (header, row) => {
    const { mapped } = await proposed(csv([header, row]))
    expect(mapped[0]).toMatchObject({
      agreement: {
        title: row[0],
        signatories: [{ party: 'A' }, { party: 'B' }],
        dates: [
          { event: 'signed', date: '2002-06-17' },
          { event: 'entered_into_force', date: '2003-06-18' },
        ],
      },
      errors: [],
    })
  })
})

test('shape A: codes, kinds of treaties in the column `title`, centuries that differ', async () => {
  const file = [
    '\ttreaty_id\tSigned\tForce\tparty1\tparty2\tlaterality\theadnote\ttitle',
    '0\t101\t1925-05-01\t2026-01-31\tRIVERA\tBOREAL\tBILAT\tPILOTS AND PORTS\tEXCHAN',
    '1\t102\t1991-01-01\t9999-12-31\tBOREAL\tMARSHX\tBILAT\tABOLITION OF VISAS\tMEMORA',
    '2\t103\t1950-01-01\t\tRIVERA\t\tUNILAT\tCOURTS AND JUDGES\tDECLAR',
  ].join('\n')
  const { mapped, notes, mapping } = await proposed(file)
  expect(mapping).toMatchObject({ rowKey: { column: 'treaty_id' }, unknown: ['9999-12-31'] })
  expect(mapped.map(({ skipped }) => skipped)).toEqual([null, null, 'Not bilateral.'])
  expect(mapped[0]).toMatchObject({
    agreement: {
      title: 'PILOTS AND PORTS',
      type: 'exchange_of_notes',
      dates: [{ date: '1925-05-01' }, { date: '1926-01-31' }],
    },
    errors: [],
  })
  expect(notes).toEqual(
    expect.arrayContaining([expect.stringContaining('look like codes'), expect.stringContaining('a century away')]),
  )
})

test('shape B: numbered parties, days of two formats, a status, and what no rule uses', async () => {
  const file = csv([
    ['name', 'Parties', 'Treaty type', 'Status', 'Date of signature', 'Date of entry into force', 'Treaty full text'],
    [
      'Rivera - Marsha BIT (2001)',
      '1. Rivera\n2. Marsha',
      'Bilateral Investment Treaties',
      'In force',
      '17/06/2001',
      '03-2003',
      'en | fr',
    ],
    [
      'Dunia - Marsha BIT (1990)',
      '1. Dunia\n2. Marsha',
      'Bilateral Investment Treaties',
      'Terminated',
      '11/12/1990',
      '',
      'ar',
    ],
    ['Three', '1. A\n2. B\n3. C', 'Other', 'Signed', '', '', ''],
  ])
  const { mapped, notes } = await proposed(file)
  expect(mapped.map(({ skipped }) => skipped)).toEqual([null, null, 'More than two parties are named.'])
  expect(mapped[0]).toMatchObject({
    agreement: {
      type: 'treaty',
      signatories: [{ party: 'Rivera' }, { party: 'Marsha' }],
      dates: [{ date: '2001-06-17' }, { event: 'entered_into_force', date: '2003-03' }],
    },
    statements: [{ status: 'in_force' }],
    errors: [],
  })
  expect(notes.at(-1)).toBe('No rule uses these columns: `Treaty full text`.')
})

test('shape C: what is hidden in texts is left to a person, who is told so', async () => {
  const { notes, mapped } = await proposed(
    csv([
      ['source_url', 'title', 'paragraphs'],
      [
        'https://example.org/1',
        'Rivera (12-77) – Agreement on Sea Ice',
        'Signed at A May 4, 2012; entered into force May 4, 2012.',
      ],
    ]),
  )
  expect(mapped[0]!.agreement).toMatchObject({ title: 'Rivera (12-77) – Agreement on Sea Ice', type: 'agreement' })
  expect(notes).toEqual([
    'No column names the parties. Say where they come from (`parties`).',
    'No column has the type; it is taken from the words of the title.',
    'No column has days of signature.',
    'No rule uses these columns: `paragraphs`.',
  ])
})

test('shape D: a Spanish list with one party in each row', async () => {
  const { mapped, notes } = await proposed(
    csv([
      ['Numero', 'Nombre del Tratado', 'Bilateral', 'Lugar de Adopcion', 'Estados-Organismos', 'Naturaleza', 'Vigente'],
      ['1', 'ACUERDO DE PESCA', 'SI', 'APUERTO', 'ATLANTIDA REPUBLICA', 'ACUERDO SIMPLIFICADO', 'SI'],
      ['2', 'CONVENIO GENERAL', 'NO', 'BPUERTO', 'ORGANIZACION', 'TRATADO', 'NO'],
    ]),
  )
  expect(mapped[0]).toMatchObject({
    rowKey: '1',
    agreement: {
      title: 'ACUERDO DE PESCA',
      type: 'agreement',
      signatories: [{ party: 'Home party' }, { side: 2, party: 'ATLANTIDA REPUBLICA' }],
    },
    statements: [{ status: 'in_force' }],
    errors: [],
  })
  expect(mapped[1]!.skipped).toBe('Not bilateral.')
  expect(notes[0]).toBe('`Estados-Organismos` names one party. Say which party is on the other side (`sides.home`).')
})

test('the values of the register itself are those values', async () => {
  const of = (values: readonly string[]) => Object.fromEntries(values.map((value) => [value, value]))
  const types = agreementTypes.filter((type) => type !== 'other')
  const rows = types.map((type, i) => [
    `Plan of Work ${i}`,
    'Meridia',
    'Atlantis',
    type,
    statedStatuses[i % statedStatuses.length]!,
  ])
  const { mapping } = await proposed(csv([['title', 'party 1', 'party 2', 'type', 'status'], ...rows]))
  expect(mapping.tables?.['types']?.entries).toEqual(of(types))
  expect(mapping.tables?.['statuses']?.entries).toEqual(of(statedStatuses))
})

test.each([
  ['Suspended', 'suspended'],
  ['Extended', ''],
  ['Amended', ''],
  ['Ended in 2001', 'terminated'],
  ['Inactive', ''],
  ['Active', 'in_force'],
  ['Never in force', ''],
  ['NO VIGENTE', ''],
  ['nicht in Kraft', ''],
  ['Not yet in force', 'signed'],
  ['No longer in force', 'terminated'],
])('the status %j is proposed as %j', async (value, expected) => {
  const rows = ['In force', value].map((status, i) => [`Plan of Work ${i}`, 'Meridia', 'Atlantis', status])
  const { mapping } = await proposed(csv([['title', 'party 1', 'party 2', 'status'], ...rows]))
  expect(mapping.tables?.['statuses']?.entries).toEqual({ 'In force': 'in_force', [value]: expected })
})

test('the party that most rows name is the home party', async () => {
  const others = ['A', 'B', 'C', 'D', 'E']
  const { mapping, mapped } = await proposed(
    csv([['title', 'parties'], ...others.map((other) => [`Treaty with ${other}`, `${other} ; MERIDIA`])]),
  )
  expect(mapping.sides).toEqual({ rule: 'home', home: 'MERIDIA' })
  expect(mapped[0]!.agreement.signatories).toMatchObject([
    { side: 1, party: 'MERIDIA' },
    { side: 2, party: 'A' },
  ])
})

test('whatever a file has, the proposal fits it', async () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      'title',
      'party 1',
      'party 2',
      'parties',
      'type',
      'signed',
      'in force',
      'status',
      'kind',
      'bilateral',
      '__proto__',
      '{x}',
      'tias',
      'term',
    ),
  )
  const cell = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      '',
      '2000-01-01',
      '1/2/1999',
      'n/a',
      'yes',
      'A ; B',
      '1. A\n2. B',
      'https://example.org',
      '5 years',
      'Treaty of Peace',
      'In force',
    ),
  )
  const file = fc.uniqueArray(name, { minLength: 1, maxLength: 8 }).chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.array(cell, { minLength: columns.length, maxLength: columns.length }), { maxLength: 6 }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(file, async ({ columns, rows }) => {
      const cells = rows.map((row) => {
        const made: Record<string, string> = Object.create(null)
        for (const [index, column] of columns.entries()) made[column] = row[index]!
        return { cells: made, errors: [] }
      })
      const { mapping } = await suggest({ columns, rows: cells })
      const parsed = Mapping.parse(mapping)
      const usesColumn = /"column":/.test(JSON.stringify(parsed))
      if (!usesColumn) return
      const prepared = prepareMapping(parsed, columns)
      for (const row of cells) mapRow(prepared, row)
    }),
    { numRuns: 100 },
  )
})

test.each([' ', 'a\u0000', '\ud800', 'x'.repeat(501)])('a column that is called %j is in no rule', async (name) => {
  const { mapping, notes } = await proposed(
    JSON.stringify([{ [name]: 'Treaty on the Ice of the North', Signed: '1999-05-04', Parties: '1. A\n2. B' }]),
  )
  expect(mapping.title).toEqual({ constant: 'Untitled' })
  expect(mapping.parties).toMatchObject([{ column: 'Parties' }])
  expect(notes).toContainEqual(expect.stringContaining('Columns that no rule can use: 1.'))
})

test('a column of names that are joined by `and` is divided there', async () => {
  const { mapping } = await proposed(
    csv([
      ['Title', 'Parties', 'Signed'],
      ['Treaty on the Ice of the North', 'France and Japan', '1999-05-04'],
      ['Treaty on the Snow of the North', 'Norway and Japan', '2001-05-04'],
    ]),
  )
  expect(mapping.parties).toEqual([{ column: 'Parties', split: ['and'] }])
})

test.each([
  [['Vertragspartei 1', 'Vertragspartei 2', 'Vereinbarung', 'Unterzeichnet'], 'Vereinbarung', 'Vertragspartei 1'],
  [['Party 1', 'Party 2', 'Title', 'Signed'], 'Title', 'Party 1'],
])('columns that are called %j are known', async ([a, b, title, signed], titleColumn, party) => {
  const text = titleColumn === 'Title' ? 'A' : 'Vereinbarung über Eis'
  const { mapping } = await proposed(
    csv([
      [a!, b!, title!, signed!],
      ['Chile', 'Peru', text, '1999-05-04'],
      ['Chile', 'Japan', `${text}2`, '2001-05-04'],
    ]),
  )
  expect(mapping.title).toEqual({ column: titleColumn })
  expect(mapping.parties[0]).toMatchObject({ column: party, side: 1 })
})

test('a title in another language is not the type', async () => {
  const { mapping } = await proposed(
    csv([
      ['name.en', 'name.fr', 'Party 1', 'Party 2'],
      ['Agreement on the fishing of the North', 'Accord sur la pêche dans les eaux du Nord', 'Chile', 'Peru'],
      ['Agreement on the ice of the North', 'Accord sur la glace dans les eaux du Nord', 'Chile', 'Japan'],
    ]),
  )
  expect(mapping.type).not.toMatchObject({ column: 'name.fr' })
})

describe('a file with many columns', () => {
  const columns = Array.from({ length: 40 }, (_, i) => `Word ${i}`)
  const rows = Array.from({ length: 10 }, (_, row) => ({
    number: row + 1,
    cells: Object.fromEntries(columns.map((name, i) => [name, `Größe ${i} von ${row}`])),
    raw: null,
    errors: [],
  }))

  /** How often other requests can run meanwhile, for each column. */
  async function turnsPerColumn(work: () => Promise<unknown>): Promise<number> {
    let turns = 0
    const countTurns = (): void => {
      turns += 1
      next = setImmediate(countTurns)
    }
    let next = setImmediate(countTurns)
    await work()
    clearImmediate(next)
    return turns / columns.length
  }

  test('is looked at a column at a time', async () => {
    expect(await turnsPerColumn(() => suggest({ columns, rows }))).toBeGreaterThan(2.5)
    const head = { format: 'csv', columns, rows, headerRow: undefined, hasMergedCells: false } as const
    expect(await turnsPerColumn(() => headAndMapping(head))).toBeGreaterThan(3.5)
  })

  test('has each content compared in one form for the types', async () => {
    const folded = vi.spyOn(String.prototype, 'normalize')
    await suggest({ columns, rows })
    const calls = folded.mock.contexts.filter((text) => String(text).startsWith('Größe')).length
    folded.mockRestore()
    expect(calls).toBeLessThan(8 * columns.length * rows.length)
  })
})
