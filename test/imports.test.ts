import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { OriginTaken, storeOrigins } from '../src/imports/origins.ts'
import { inTurn } from '../src/imports/reads.ts'
import type { Import, ImportRow } from '../src/imports/schemas.ts'
import { type Importer, startImporter } from '../src/imports/worker.ts'
import { atEnd } from './support/at-end.ts'
import { listen } from './support/hostile.ts'
import { authHeader } from './support/keys.ts'
import { holding, waitingForLocks } from './support/locks.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'
import { xlsx } from './support/xlsx.ts'

let register: Register
let importer: Importer
beforeAll(async () => {
  register = await freshRegister()
  importer = startImporter(register.db, register.today, { error: (about: object) => console.error(about) })
  atEnd(() => importer.stop())
})

const mapping = {
  title: { column: 'title' },
  type: { column: 'type', table: 'types' },
  tables: { types: { entries: { MoU: 'memorandum_of_understanding', Treaty: 'treaty' } } },
  rowKey: { column: 'no' },
  identifiers: [{ scheme: 'test', value: { column: 'no' } }],
  parties: [
    { column: 'a', side: 1 },
    { column: 'b', side: 2 },
  ],
  dates: [{ event: 'signed', date: { column: 'signed' } }],
}

let numbers = 0
/** A number that no other agreement of this file has. */
const number = (): string => `N-${(numbers += 1)}`

interface Line {
  no?: string
  title?: string
  type?: string
  a?: string
  b?: string
  signed?: string
  remark?: string
}

const columns = ['no', 'title', 'type', 'a', 'b', 'signed', 'remark'] as const

const csv = (lines: Line[]): string =>
  [columns, ...lines.map((line) => columns.map((column) => ({ ...aLine, no: number(), ...line })[column] ?? ''))]
    .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
    .join('\n')

/** Lines with a day of their own, so that no two look like the same agreement. */
const apart = (count: number): Line[] => Array.from({ length: count }, (_, i) => ({ signed: `${1400 + i}-05-04` }))

const aLine = { title: 'Treaty of Ice', type: 'Treaty', a: 'France', b: 'Japan', signed: '1999-05-04' }

interface Options {
  mapping?: object
  [option: string]: unknown
}

const post = (file: string | Buffer, { mapping: given = mapping, ...options }: Options = {}, type = 'text/csv') =>
  register.api
    .post('/v1/imports')
    .query({ mapping: JSON.stringify(given), ...options })
    .set('content-type', type)
    .send(type === 'application/json' ? file.toString() : file)

/** An import that ended at once. */
const imported = async (file: string | Buffer, options?: Options, type?: string): Promise<Import> => {
  const { body, status, headers } = await post(file, options, type)
  expect(status, JSON.stringify(body)).toBe(201)
  expect(headers['location']).toBe(`/v1/imports/${body.id}`)
  return body as Import
}

/** The id of an atomic import that was refused. */
const refused = async (file: string, options?: Options): Promise<string> => {
  const { body, headers } = await post(file, options).expect(422)
  expect(body).toMatchObject({ code: 'rows_refused' })
  return headers['location']!.replace('/v1/imports/', '')
}

const rowsOf = async (id: string, query = ''): Promise<ImportRow[]> => {
  const rows: ImportRow[] = []
  for (let cursor = ''; ;) {
    const { body } = await register.api.get(`/v1/imports/${id}/rows?limit=150${query}${cursor}`).expect(200)
    rows.push(...(body.items as ImportRow[]))
    if (body.nextCursor === null) return rows
    cursor = `&cursor=${body.nextCursor}`
  }
}
const verdictsOf = async (id: string) => (await rowsOf(id)).map(({ verdict }) => verdict)
const agreement = async (id: string | null): Promise<Agreement> =>
  (await register.api.get(`/v1/agreements/${id}`).expect(200)).body as Agreement
const counts = (over: object) => ({ created: 0, updated: 0, unchanged: 0, refused: 0, skipped: 0, pending: 0, ...over })

/** Waits until the import has ended. */
const ended = async (id: string): Promise<Import> => {
  for (;;) {
    const { body } = await register.api.get(`/v1/imports/${id}`).expect(200)
    if (!['queued', 'running'].includes((body as Import).status)) return body as Import
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('a small file is imported at once', () => {
  test('each row becomes an agreement as a client would post it', async () => {
    const no = number()
    const made = await imported(csv([{ no, title: 'Treaty of Snow', type: 'MoU', b: 'JAPAN' }]))
    expect(made).toMatchObject({ status: 'done', phase: null, rows: 1, counts: counts({ created: 1 }), gone: 0 })
    const [row] = await rowsOf(made.id)
    expect(row).toMatchObject({
      row: 1,
      verdict: 'created',
      rowKey: no,
      errors: [],
      raw: [no, 'Treaty of Snow', 'MoU', 'France', 'JAPAN', '1999-05-04', ''],
    })
    expect(await agreement(row!.agreement)).toMatchObject({
      version: 1,
      title: 'Treaty of Snow',
      type: 'memorandum_of_understanding',
      identifiers: [{ scheme: 'test', value: no }],
      signatories: [
        { side: 1, signatory: { code: 'FR' } },
        { side: 2, signatory: { code: 'JP' } },
      ],
      dates: [{ event: 'signed', date: '1999-05-04' }],
    })
  })

  test('as a form, with the mapping as a field or as a file', async () => {
    for (const part of ['field', 'file'] as const) {
      const form = register.api.post('/v1/imports').attach('file', Buffer.from(csv([{}, {}])), 'My treaties.csv')
      const text = JSON.stringify(mapping)
      const { body } = await (
        part === 'field' ? form.field('mapping', text) : form.attach('mapping', Buffer.from(text), 'm.json')
      )
        .field('atomic', 'false')
        .expect(201)
      expect(body).toMatchObject({ fileName: 'My treaties.csv', atomic: false, counts: { created: 2 } })
      expect(body.collection.name).toBe('My treaties.csv')
    }
  })

  test.each([
    ['NDJSON', 'application/x-ndjson', () => `${JSON.stringify({ ...aLine, no: number() })}\n`],
    ['JSON', 'application/json', () => JSON.stringify([{ ...aLine, no: number() }])],
    [
      'TSV',
      'text/tab-separated-values',
      () => `no\ttitle\ttype\ta\tb\tsigned\n${number()}\tT\tMoU\tFrance\tJapan\t1999\n`,
    ],
    [
      'XLSX',
      'application/octet-stream',
      () =>
        xlsx({
          S: [
            ['no', 'title', 'type', 'a', 'b', 'signed'],
            [number(), 'T', 'MoU', 'France', 'Japan', '1999'],
          ],
        }),
    ],
  ])('%s', async (format, type, file) => {
    const made = await imported(file(), {}, type)
    expect(made).toMatchObject({ format: format.toLowerCase(), counts: { created: 1 } })
  })

  test('another encoding, separator, sheet and header row than what is found', async () => {
    const text = `a list\nno;title;type;a;b;signed\n${number()};Größe;MoU;France;Japan;1999\n`
    const bytes = Buffer.from(text, 'latin1')
    const wrong = await post(bytes, { headerRow: 2 }).expect(400)
    expect(wrong.body).toMatchObject({ code: 'invalid_file', errors: [{ parameter: 'encoding', code: 'encoding' }] })
    const made = await imported(bytes, { headerRow: 2, encoding: 'windows-1252', separator: ';' })
    const [row] = await rowsOf(made.id)
    expect(await agreement(row!.agreement)).toMatchObject({ title: 'Größe' })
    for (const separator of ['tab', '\t']) {
      const tabs = `no\ttitle\ttype\ta\tb\tsigned\n${number()}\tT\tMoU\tFrance\tJapan\t1999\n`
      const read = await imported(tabs, { mapping: { ...mapping, file: { separator } } })
      expect(read).toMatchObject({ format: 'tsv', counts: { created: 1 } })
    }
    const book = xlsx({
      One: [['x'], ['y']],
      Two: [
        ['no', 'title', 'type', 'a', 'b', 'signed'],
        [number(), 'T', 'MoU', 'France', 'Japan', '1999'],
      ],
    })
    for (const sheet of ['Two', '2']) await imported(book, { sheet, dryRun: 'true' }, 'application/octet-stream')
  })
})

describe('rows that cannot be used', () => {
  const bad: Line[] = [{}, { title: '', type: 'Pact', b: 'Nowhere', signed: '30/02/1999' }, { b: 'Borealia' }, {}]

  test('atomic: nothing is stored, and each row has its verdict with all its errors', async () => {
    const id = await refused(csv(bad))
    const read = (await register.api.get(`/v1/imports/${id}`).expect(200)).body as Import
    expect(read).toMatchObject({
      status: 'failed',
      failure: { code: 'rows_refused' },
      counts: counts({ refused: 2, skipped: 2 }),
    })
    const rows = await rowsOf(id)
    expect(rows.map(({ verdict }) => verdict)).toEqual(['skipped', 'refused', 'refused', 'skipped'])
    expect(rows[0]).toMatchObject({ reason: 'Not stored, because 2 rows are refused.', agreement: null })
    expect(rows[1]!.errors).toMatchObject([
      { column: 'title', code: 'required' },
      { column: 'type', value: 'Pact', code: 'not_in_table' },
      { column: 'signed', value: '30/02/1999', code: 'not_a_day' },
      { column: 'b', value: 'Nowhere', code: 'unknown_party', message: 'No signatory has the name "Nowhere".' },
    ])
    expect(read.unmatchedParties).toMatchObject([
      { party: 'Borealia', problem: 'unknown', rows: 1, firstRows: [3] },
      { party: 'Nowhere', problem: 'unknown', rows: 1, firstRows: [2] },
    ])
    expect((await register.api.get('/v1/agreements?identifier=test:N-none').expect(200)).body.items).toEqual([])
  })

  test('not atomic: the others are stored', async () => {
    const made = await imported(csv(bad), { atomic: 'false' })
    expect(made).toMatchObject({ status: 'done', counts: counts({ created: 2, refused: 2 }) })
  })

  test('a dry run says what would be, and stores nothing', async () => {
    const before = await register.db.query(sql`select count(*) from agreements`)
    const made = await imported(csv(bad), { dryRun: 'true' })
    expect(made).toMatchObject({ status: 'done', counts: counts({ created: 2, refused: 2 }) })
    expect(await register.db.query(sql`select count(*) from agreements`)).toEqual(before)
    expect(await register.db.query(sql`select from agreement_origins where import_id = ${made.id}`)).toEqual([])
  })

  test('they are a file in the original columns with the reasons in a last one, which can be mended and sent again', async () => {
    const no = number()
    const made = await imported(csv([{}, { no, b: 'Nowhere', remark: '=1+1' }]), { atomic: 'false' })
    const { text, headers } = await register.api
      .get(`/v1/imports/${made.id}/rows?verdict=refused&format=csv`)
      .expect(200)
    expect(headers['content-disposition']).toBe('attachment; filename="import-rows-refused.csv"')
    expect(text).toBe(
      `no,title,type,a,b,signed,remark,import errors\r\n${no},Treaty of Ice,Treaty,France,Nowhere,1999-05-04,'=1+1,"b: No signatory has the name ""Nowhere"". Would do: A signatory with this name or alias."\r\n`,
    )
    const again = await imported(text.replace(',Nowhere,', ',Norway,'), { collection: made.collection!.code })
    expect(again).toMatchObject({ counts: counts({ created: 1 }), partial: true, gone: 0 })
    const whole = await imported(text.replace(',Nowhere,', ',Norway,'), {
      collection: made.collection!.code,
      partial: 'false',
    })
    expect(whole).toMatchObject({ counts: counts({ unchanged: 1 }), gone: 1 })
    expect(await rowsOf(whole.id, '&verdict=gone')).toMatchObject([{ row: null, verdict: 'gone' }])
  })

  test.each([
    ['a dry run', csv([{}]), { dryRun: 'true' }, 201],
    ['an atomic import with refused rows', csv([{ b: 'Nowhere' }]), {}, 422],
  ])('%s leaves no collection behind', async (_, file, options, status) => {
    const fileName = `List ${number()}.csv`
    const collectionsOf = async () => register.db.query(sql`select from collections where name = ${fileName}`)
    const { headers } = await post(file, { ...options, fileName }).expect(status)
    expect(await collectionsOf()).toEqual([])
    const { body } = await register.api.get(headers['location']!).expect(200)
    expect(body).toMatchObject({ collection: null, fileName })
    const made = await imported(csv([{}]), { fileName })
    await imported(csv([{}]), { ...options, atomic: 'false', fileName })
    expect(await collectionsOf()).toHaveLength(1)
    expect(made.collection).toMatchObject({ name: fileName })
  })

  test.each([undefined, 'false'])(
    'they come back as they were, formulas escaped or not (escapeFormulas=%s)',
    async (escapeFormulas) => {
      const line = { no: '-7', title: "'+41, numbering;=x", remark: "'-1" }
      const first = await imported(csv([{ ...line, b: 'Nowhere' }]), { atomic: 'false' })
      const { text } = await register.api
        .get(`/v1/imports/${first.id}/rows`)
        .query({ verdict: 'refused', format: 'csv', escapeFormulas })
        .expect(200)
      const { identifiers: _, ...own } = mapping
      const made = await imported(text.replace(',Nowhere,', ',Norway,'), { mapping: own })
      const [row] = await rowsOf(made.id)
      expect(row).toMatchObject({
        rowKey: '-7',
        raw: ['-7', line.title, 'Treaty', 'France', 'Norway', '1999-05-04', "'-1"],
      })
      expect(await agreement(row!.agreement)).toMatchObject({ title: line.title })
      expect(made.unusedColumns).toMatchObject([{ column: 'remark' }])
    },
  )

  test('one with more cells than the header comes back with all of them, and is refused again until they are mended', async () => {
    const first = await imported(`${csv([{}])},"=1+1"`, { atomic: 'false' })
    const { text } = await register.api.get(`/v1/imports/${first.id}/rows?verdict=refused&format=csv`).expect(200)
    const again = await imported(text, { atomic: 'false' })
    const [[before], [after]] = [await rowsOf(first.id), await rowsOf(again.id)]
    expect(before).toMatchObject({ verdict: 'refused', errors: [{ code: 'too_many_cells' }] })
    expect(after).toMatchObject({ verdict: 'refused', errors: [{ code: 'too_many_cells' }], raw: before!.raw })
  })

  test('rules of the register and values that others have are errors of the row', async () => {
    const taken = number()
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ identifiers: [{ scheme: 'test', value: taken }] }))
      .expect(201)
    const id = await refused(csv([{ no: taken }, { a: 'France', b: 'FR' }]))
    const rows = await rowsOf(id)
    expect(rows.map(({ errors }) => errors)).toMatchObject([
      [{ column: 'no', value: taken, code: 'taken' }],
      [{ column: 'b', value: 'FR', code: 'same_party' }],
    ])
  })

  describe('all errors of a row are told at once', () => {
    const several = {
      ...mapping,
      reference: { column: 'remark' },
      parties: [
        { column: 'a', side: 1, split: ['semicolon'] },
        { column: 'b', side: 2, split: ['semicolon'] },
      ],
    }
    const errorsOf = async (line: Line, options: Options = {}) => {
      const [row] = await rowsOf(await refused(csv([line]), { mapping: several, ...options }))
      return row!.errors.map(({ column, value, code }) => [column, value, code])
    }
    const takenNumber = async (): Promise<string> => {
      const no = number()
      await imported(csv([{ no }]))
      return no
    }

    test('also those by the rules of the register beside an unknown party, a wrong day and a wrong form', async () => {
      const no = await takenNumber()
      expect(await errorsOf({ no, remark: 'a b', b: 'Atlantis; France', signed: '30/02/1999' })).toEqual([
        ['signed', '30/02/1999', 'not_a_day'],
        ['b', 'Atlantis; France', 'unknown_party'],
        ['remark', 'a b', 'invalid_format'],
        ['b', 'Atlantis; France', 'same_party'],
        ['no', no, 'taken'],
      ])
    })

    test('each says what would do, or what must be', async () => {
      const [row] = await rowsOf(
        await refused(csv([{ no: await takenNumber(), title: '', b: 'Atlantis; France' }]), { mapping: several }),
      )
      for (const { message, wouldDo } of row!.errors) expect(wouldDo ?? message).toMatch(/\S/)
      expect(row!.errors.map(({ wouldDo }) => wouldDo)).toEqual([
        'A title; or a default in the mapping.',
        'A signatory with this name or alias.',
        'Another party on one of the sides.',
        'Another value; or `mode=upsert`, if the row is about that agreement.',
      ])
    })

    test('none that is there only because of another one', async () => {
      expect(await errorsOf({ b: 'Atlantis' })).toEqual([['b', 'Atlantis', 'unknown_party']])
      expect(await errorsOf({ b: '' })).toEqual([['b', '', 'party_missing']])
      expect(await errorsOf({ title: '', type: 'Pact' })).toEqual([
        ['title', '', 'required'],
        ['type', 'Pact', 'not_in_table'],
      ])
    })

    test('a name of no signatory on both sides', async () => {
      expect(await errorsOf({ a: 'Atlantis', b: 'ATLANTIS' })).toEqual([
        ['a', 'Atlantis', 'unknown_party'],
        ['b', 'ATLANTIS', 'unknown_party'],
        ['b', 'ATLANTIS', 'same_party'],
      ])
    })

    test('a party that would be created is no error', async () => {
      expect(await errorsOf({ b: 'Mu', signed: 'then' }, { unknownParties: 'create' })).toEqual([
        ['signed', 'then', 'not_a_day'],
      ])
    })

    test('a name that only the day decides, when the day cannot be read', async () => {
      const name = 'Kingdom of the Reefs'
      const [before, after] = [
        { name, kind: 'state', code: 'RF-1', validTo: '1950-12-31' },
        { name, kind: 'state', code: 'RF-2', validFrom: '1951-01-01' },
      ]
      for (const body of [before, after]) await register.api.post('/v1/signatories').send(body).expect(201)
      expect(await errorsOf({ b: name, signed: '' })).toEqual([['b', name, 'ambiguous_party']])
      expect(await errorsOf({ b: name, signed: 'then' })).toEqual([['signed', 'then', 'not_a_day']])
      await imported(csv([{ b: name, signed: '1960-01-01' }]))
    })

    test('a row that was imported before and differs', async () => {
      const no = number()
      const { collection } = await imported(csv([{ no }]))
      expect(await errorsOf({ no, b: 'Atlantis' }, { collection: collection!.code })).toEqual([
        [null, null, 'differs'],
        ['b', 'Atlantis', 'unknown_party'],
      ])
    })

    test('of a row whose values are those of several agreements', async () => {
      const no = await takenNumber()
      const reference = `R-${no}`
      await register.api.post('/v1/agreements').send(anAgreement({ reference })).expect(201)
      expect(await errorsOf({ no, remark: reference, b: 'FR' }, { mode: 'upsert' })).toEqual([
        [null, null, 'several_agreements'],
        ['b', 'FR', 'same_party'],
      ])
    })

    test('in the term, with the column of each', async () => {
      const term = {
        runsFrom: { column: 'a' },
        length: { column: 'b' },
        lastDay: { column: 'signed' },
        exit: { notice: { constant: 'P1Y' }, from: { column: 'remark' } },
      }
      const line = { remark: 'tomorrow', a: 'France', b: 'P5Y' }
      expect(await errorsOf(line, { mapping: { ...several, reference: undefined, term } })).toEqual([
        ['remark', 'tomorrow', 'not_in_register'],
        ['b', 'P5Y', 'unknown_party'],
        ['a', 'France', 'invalid_value'],
        ['signed', '1999-05-04', 'two_ends'],
      ])
    })

    test('a refused row takes no values from later ones', async () => {
      const no = number()
      const file = csv([
        { no, b: 'Atlantis' },
        { no, title: 'Another' },
      ])
      const made = await imported(file, { mapping: { ...several, rowKey: undefined }, atomic: 'false' })
      expect(made.counts).toEqual(counts({ created: 1, refused: 1 }))
    })
  })

  test('a status that no source can state is an error of the row, with the column and what would do', async () => {
    const stated = { ...mapping, statements: [{ status: { column: 'remark' } }] }
    const id = await refused(csv([{ remark: 'unknown' }, { remark: 'Lapsed' }, { remark: 'In force' }, {}]), {
      mapping: stated,
    })
    const rows = await rowsOf(id)
    expect(rows.map(({ errors }) => errors.map(({ column, value, code }) => ({ column, value, code })))).toEqual([
      [{ column: 'remark', value: 'unknown', code: 'not_in_register' }],
      [{ column: 'remark', value: 'Lapsed', code: 'not_in_register' }],
      [],
      [],
    ])
    expect(rows[0]!.errors[0]).toMatchObject({
      message: '"unknown" is not a status that a source can state.',
      wouldDo:
        'One of negotiating, signed, provisionally_applied, in_force, suspended, terminated; or a table in the mapping that gives one of them. Leave it blank if the status is not known.',
    })
  })

  test('of two rows with one identifier the second is refused, also far apart and in a dry run', async () => {
    const other = { ...mapping, rowKey: undefined }
    for (const options of [{ dryRun: 'true' }, { atomic: 'false' }]) {
      const no = number()
      const lines = [{ no }, ...apart(520), { no, title: 'Another' }]
      const { body } = await post(csv(lines), { mapping: other, ...options }).expect(202)
      const made = await ended(body.id as string)
      expect(made.counts).toEqual(counts({ created: 521, refused: 1 }))
      expect(await rowsOf(made.id, '&verdict=refused')).toMatchObject([
        { row: 522, errors: [{ column: 'no', code: 'taken' }] },
      ])
    }
  })
})

describe('a row that is probably in the register already', () => {
  const title = 'Agreement on the Transit of Ice'
  const line = { title, a: 'Iceland', b: 'Peru', signed: '1966-02-03' }
  const other = (over: object = {}) =>
    anAgreement({
      title,
      signatories: [
        { side: 1, signatory: 'PE' },
        { side: 2, signatory: 'IS' },
      ],
      dates: [{ event: 'signed', date: '1966-02-03' }],
      ...over,
    })
  const post = async (body: object): Promise<string> =>
    ((await register.api.post('/v1/agreements').send(body).expect(201)).body as Agreement).id

  test('its verdict names the agreements, with a score and why, also in a dry run; it is stored nevertheless', async () => {
    await register.api.post('/v1/collections').send({ code: 'ice-list', name: 'Ice' }).expect(201)
    const [same, near] = [
      await post(other({ collection: 'ice-list' })),
      await post(other({ dates: [{ event: 'signed', date: '1966-02-05' }] })),
    ]
    await post(other({ title: 'Treaty of Extradition', dates: [{ event: 'signed', date: '1966-02-03' }] }))
    await post(other({ dates: [{ event: 'signed', date: '1967-02-03' }] }))
    await register.api.post('/v1/collections').send({ code: 'ice-2', name: 'Ice 2' }).expect(201)
    for (const over of [
      { dryRun: 'true' },
      { atomic: 'true' },
      { atomic: 'false', mapping: { ...mapping, rowKey: undefined } },
    ]) {
      const options = { collection: 'ice-2', ...over }
      const made = await imported(csv([{ ...line, b: 'Fiji' }, line]), options)
      expect(made).toMatchObject({ counts: counts({ created: 2 }), similarRows: 1 })
      const [plain, row] = await rowsOf(made.id)
      expect(plain!.similar).toEqual([])
      expect(row!.similar.slice(0, 1)).toEqual([
        {
          agreement: same,
          score: 1,
          why: [
            { code: 'same_parties', message: 'The parties are the same.' },
            { code: 'same_day', message: 'Signed on the same day: 1966-02-03.' },
            { code: 'same_title', message: 'The titles are the same.' },
            { code: 'other_collection', message: expect.any(String) },
          ],
        },
      ])
      if ('dryRun' in options)
        expect(row!.similar[1]).toMatchObject({ agreement: near, why: [{}, { code: 'near_day' }, {}] })
    }
  })

  test('agreements of the same collection are not named, nor are deleted ones', async () => {
    const pair = { a: 'Iceland', b: 'Chile' }
    const first = await imported(csv([{ ...line, ...pair }]))
    const again = await imported(csv([{ ...line, ...pair }]), { collection: first.collection!.code })
    expect(again).toMatchObject({ counts: counts({ created: 1 }), similarRows: 0 })
    for (const row of [...(await rowsOf(first.id)), ...(await rowsOf(again.id, '&verdict=created'))])
      await register.api.delete(`/v1/agreements/${row.agreement}`).set('if-match', '*').expect(204)
    expect(await imported(csv([{ ...line, ...pair }]))).toMatchObject({ similarRows: 0 })
  })

  test.each([
    ['1966', '1966-02-03', 'GT'],
    ['1966-02', '1966-02-20', 'HN'],
    ['1966-02-20', '1966-02', 'NI'],
    ['1966-08-20', '1966', 'SV'],
  ])('signed %s is possibly %s', async (day, signed, code) => {
    const id = await post(
      other({
        signatories: [
          { side: 1, signatory: 'IS' },
          { side: 2, signatory: code },
        ],
        dates: [{ event: 'signed', date: day }],
      }),
    )
    const made = await imported(csv([{ ...line, b: code, signed }]))
    const [row] = await rowsOf(made.id)
    expect(row!.similar.map(({ agreement }) => agreement)).toEqual([id])
  })

  test('the number of statements does not depend on the number of rows', async () => {
    const statements = async (lines: Line[]): Promise<number> => {
      const names: string[] = []
      const watched = register.db.watchedBy((name, run) => {
        names.push(name)
        return run()
      })
      const app = await buildApp({ db: watched, today: register.today })
      const query = new URLSearchParams({ mapping: JSON.stringify(mapping), atomic: 'false' })
      const headers = { ...authHeader('editor'), 'content-type': 'text/csv' }
      const { statusCode } = await app.inject({
        method: 'POST',
        url: `/v1/imports?${query.toString()}`,
        headers,
        payload: csv(lines),
      })
      await app.close()
      expect(statusCode).toBe(201)
      expect(names.filter((name) => name === 'similar-to-many')).toHaveLength(1)
      return names.length
    }
    const few = await statements(Array.from({ length: 10 }, () => line))
    expect(await statements(Array.from({ length: 100 }, () => line))).toBe(few)
  })
})

describe('the same file twice changes nothing', () => {
  test.each(['create', 'upsert'])('mode=%s', async (mode) => {
    const file = csv([{}, {}, {}])
    const first = await imported(file, { mode })
    const ids = (await rowsOf(first.id)).map((row) => row.agreement)
    const second = await imported(file, { mode, collection: first.collection!.id })
    expect(second.counts).toEqual(counts({ unchanged: 3 }))
    expect((await rowsOf(second.id)).map((row) => row.agreement)).toEqual(ids)
    expect(await agreement(ids[0]!)).toMatchObject({ version: 1 })
  })

  test.each(['true', 'false'])('also when both are sent at once, atomic=%s', async (atomic) => {
    const file = csv([{}, {}, {}])
    const { identifiers: _, ...own } = mapping
    const options = { mapping: own, atomic, fileName: `${number()}.csv` }
    const both = await Promise.all([imported(file, options), imported(file, options)])
    expect(new Set(both.map(({ collection }) => collection!.id)).size).toBe(1)
    const all = both.map((made) => made.counts).toSorted((a, b) => b.created - a.created)
    expect(all).toEqual([counts({ created: 3 }), counts({ unchanged: 3 })])
    const later = { mapping: own, atomic, collection: both[0].collection!.code }
    const another = csv([{}])
    const made = await Promise.all([imported(another, later), imported(another, later)])
    expect(made.map(({ counts: { created } }) => created).toSorted((a, b) => a - b)).toEqual([0, 1])
    const { body } = await register.api.get(`/v1/agreements?collection=${both[0].collection!.code}`).expect(200)
    expect(body.items).toHaveLength(4)
  })

  test('a row that another process made an agreement of meanwhile never gets a second one', async () => {
    const made = await imported(csv([{}]))
    const [[row], [other]] = [await rowsOf(made.id), await rowsOf((await imported(csv([{}]))).id)]
    const job = { collectionId: made.collection!.id, id: made.id, mappingHash: 'x' }
    const origin = { rowKey: row!.rowKey!, number: 1, rowHash: 'x' }
    await expect(storeOrigins(register.db, job, [{ ...origin, agreementId: other!.agreement! }])).rejects.toThrow(
      OriginTaken,
    )
    await storeOrigins(register.db, job, [{ ...origin, agreementId: row!.agreement! }])
  })

  test('whatever the format, and after an editor changed the agreement', async () => {
    const no = number()
    const first = await imported(csv([{ no }]), { mode: 'upsert' })
    const [row] = await rowsOf(first.id)
    await register.api
      .patch(`/v1/agreements/${row!.agreement}`)
      .set('if-match', '*')
      .send({ title: 'Better' })
      .expect(200)
    const item = JSON.stringify([{ ...aLine, no }])
    const again = await imported(item, { mode: 'upsert', collection: first.collection!.id }, 'application/json')
    expect(again.counts).toEqual(counts({ unchanged: 1 }))
    expect(await agreement(row!.agreement)).toMatchObject({ title: 'Better', version: 2 })
  })

  test('a row that is repeated within a file is skipped; one with the same key and other content is refused', async () => {
    const no = number()
    const file = csv([{ no }, { no }, { no, title: 'Another', b: 'Nowhere' }])
    const rows = await rowsOf((await imported(file, { atomic: 'false' })).id)
    expect(rows.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['created', null],
      ['skipped', 'Repeat of row 1.'],
      ['refused', null],
    ])
    expect(rows[2]!.errors).toMatchObject([
      { code: 'repeat_differs', value: no, message: expect.stringContaining('Rows 1 and 3 have the same key') },
      { code: 'unknown_party' },
    ])
    const other = number()
    const repeated = csv([{ no: other }, { no: other, title: 'Another' }])
    for (const mode of ['create', 'upsert']) {
      const [, row] = await rowsOf(await refused(repeated, { mode }))
      expect(row!.errors.map(({ code }) => code)).toEqual(['repeat_differs'])
    }
  })

  test('a row that says the same in another order of fields, or leaves blank ones out, is a repeat', async () => {
    const { identifiers: _, rowKey: __, ...own } = mapping
    const { title, ...others } = { ...aLine, remark: number() }
    const items = [
      { title, ...others },
      { ...others, title },
      { title, ...others, no: null },
    ]
    const made = await imported(
      JSON.stringify(items),
      { mapping: { ...own, optionalColumns: ['no'] } },
      'application/json',
    )
    expect(await verdictsOf(made.id)).toEqual(['created', 'skipped', 'skipped'])
  })

  test('a row that has another cell beyond the last column is no repeat', async () => {
    const line = csv([{}]).split('\n')[1]!
    const file = [columns.join(','), `${line},x`, `${line},y`, `${line},y`].join('\n')
    const made = await imported(file, { atomic: 'false' })
    expect(await verdictsOf(made.id)).toEqual(['refused', 'refused', 'refused'])
  })

  test('numbers of JSON keep their own text, and lines that cannot be read are refused one by one', async () => {
    const line = (no: string) =>
      `{"no":${no},"title":"Ice","type":"Treaty","a":"France","b":"Japan","signed":"1999","n":[5.0,1e400]}`
    const numbers = ['9007199254740993', '9007199254740992', '123000000000000000000000000000']
    const { rowKey, identifiers: _, ...own } = mapping
    const file = [...numbers.map(line), '{"no":', 'nothing'].join('\n')
    const made = await imported(file, { mapping: { ...own, rowKey }, atomic: 'false' }, 'application/x-ndjson')
    const rows = await rowsOf(made.id)
    expect(rows.slice(0, 3).map((row) => row.rowKey)).toEqual(numbers)
    expect(rows[0]).toMatchObject({ verdict: 'created', raw: { no: numbers[0], n: [5, '1e400'] } })
    const unread = rows.slice(3).map(({ verdict, errors }) => [verdict, ...errors.map(({ code }) => code)])
    expect(unread).toEqual(Array.from({ length: 2 }, () => ['refused', 'invalid_json']))
    const { text } = await register.api.get(`/v1/imports/${made.id}/rows?verdict=refused&format=csv`).expect(200)
    expect(text).toContain('The row: nothing')
  })
})

describe('a later file', () => {
  test('partial=true: it has only some rows of the list, and none is gone', async () => {
    const first = await imported(csv([{}, {}]))
    const part = await imported(csv([{}]), { collection: first.collection!.code, partial: 'true' })
    expect(part).toMatchObject({ counts: counts({ created: 1 }), partial: true, gone: 0 })
  })

  test('mode=create: a row that differs is refused, and rows that are gone are listed', async () => {
    const [one, two] = [number(), number()]
    const { collection } = await imported(csv([{ no: one }, { no: two }]))
    const id = await refused(csv([{ no: one, title: 'Changed' }]), { collection: collection!.code })
    expect(await rowsOf(id)).toMatchObject([
      { row: 1, verdict: 'refused', errors: [{ code: 'differs' }] },
      { row: null, verdict: 'gone', rowKey: two },
    ])
  })

  test('mode=upsert: what the row brings is replaced, all else is left alone', async () => {
    const no = number()
    const first = await imported(csv([{ no }]))
    const [row] = await rowsOf(first.id)
    const before = await agreement(row!.agreement)
    const edited = {
      summary: 'By an editor.',
      identifiers: [...before.identifiers, { scheme: 'other', value: '5' }],
    }
    await register.api.patch(`/v1/agreements/${before.id}`).set('if-match', '*').send(edited).expect(200)
    await register.api
      .post(`/v1/agreements/${before.id}/dates`)
      .send({ event: 'entered_into_force', date: '2001' })
      .expect(201)
    const again = await imported(csv([{ no, title: 'Treaty of Water', b: 'Norway', signed: '1999-05-06' }]), {
      mode: 'upsert',
      collection: first.collection!.id,
    })
    expect(again.counts).toEqual(counts({ updated: 1 }))
    const after = await agreement(before.id)
    expect(after).toMatchObject({
      title: 'Treaty of Water',
      summary: 'By an editor.',
      identifiers: [
        { scheme: 'test', value: no },
        { scheme: 'other', value: '5' },
      ],
      dates: [{ event: 'signed', date: '1999-05-06', id: before.dates[0]!.id }, { event: 'entered_into_force' }],
      signatories: [{ id: before.signatories[0]!.id, signatory: { code: 'FR' } }, { signatory: { code: 'NO' } }],
    })
  })

  test('mode=upsert finds agreements of other origin by identifier', async () => {
    const no = number()
    const body = anAgreement({ identifiers: [{ scheme: 'test', value: no }], summary: 'Kept.' })
    const { id } = (await register.api.post('/v1/agreements').send(body).expect(201)).body as Agreement
    const made = await imported(csv([{ no, title: 'Found' }]), { mode: 'upsert' })
    expect(await rowsOf(made.id)).toMatchObject([{ verdict: 'updated', agreement: id }])
    expect(await agreement(id)).toMatchObject({ title: 'Found', summary: 'Kept.', version: 2 })
  })
})

describe('parties', () => {
  test.each([
    ['KOREA, REPUBLIC OF', 'KR'],
    ['Republic of Korea', 'KR'],
    ['Korea (Republic of)', 'KR'],
    ["Cote d'Ivoire", 'CI'],
    ['guinea bissau', 'GW'],
    ['Corea del Sur', 'KR'],
    ['kr', 'KR'],
    ['St Kitts and Nevis', 'KN'],
    ['Trinidad & Tobago', 'TT'],
  ])('%s is %s', async (name, code) => {
    const made = await imported(csv([{ b: name }]))
    const [row] = await rowsOf(made.id)
    expect((await agreement(row!.agreement)).signatories[1]!.signatory.code).toBe(code)
  })

  test.each(['VIETS', 'Viet', 'Korean', 'Republic', 'Congo-Kinshasa-Leopoldville'])('%s is nobody', async (name) => {
    const id = await refused(csv([{ b: name }]))
    expect(await rowsOf(id)).toMatchObject([{ errors: [{ column: 'b', code: 'unknown_party' }] }])
  })

  test('a name of several bodies is refused with all of them, and told once', async () => {
    for (const parent of ['FR', 'JP'])
      await register.api.post('/v1/signatories').send({ name: 'Office of Ice', kind: 'agency', parent }).expect(201)
    const id = await refused(csv([{ b: 'Office of Ice' }, { b: 'Office of Ice' }]))
    const read = (await register.api.get(`/v1/imports/${id}`).expect(200)).body as Import
    expect(read.unmatchedParties).toEqual([
      {
        party: 'Office of Ice',
        problem: 'ambiguous',
        candidates: ['FR-OI (Office of Ice)', 'JP-OI (Office of Ice)'],
        rows: 2,
        firstRows: [1, 2],
      },
    ])
  })

  test('unknownParties=create adds each once; a dry run adds none', async () => {
    const added = async () => {
      const { body } = await register.api.get('/v1/signatories?q=Atlantis&limit=200').expect(200)
      return (body.items as { name: string; kind: string }[]).filter(({ name }) => /^atlantis$/i.test(name))
    }
    const file = csv([{ b: 'Atlantis' }, { b: 'ATLANTIS' }, { b: 'Lemuria' }])
    const dry = await imported(file, { unknownParties: 'create', dryRun: 'true' })
    expect(dry.counts).toEqual(counts({ created: 3 }))
    const told = [
      { party: 'Atlantis', rows: 2, firstRows: [1, 2] },
      { party: 'Lemuria', rows: 1, firstRows: [3] },
    ]
    expect(dry.addedParties).toEqual(told)
    expect(await added()).toEqual([])
    const made = await imported(file, { unknownParties: 'create' })
    expect(made.counts).toEqual(counts({ created: 3 }))
    expect(made.addedParties).toEqual(told)
    expect(await added()).toMatchObject([{ name: 'Atlantis', kind: 'other' }])
  })
})

test('names that are joined by `and` are divided between them, not within them', async () => {
  const cells = [
    'Trinidad and Tobago and Bosnia and Herzegovina',
    'United Kingdom of Great Britain and Northern Ireland and Ireland',
    'France and Trinidad & Tobago',
    'Japan und Norway',
  ]
  const made = await imported(csv(cells.map((a) => ({ a, b: '' }))), {
    mapping: {
      ...mapping,
      parties: [{ column: 'a', split: ['and'] }],
      sides: { rule: 'first_two' },
      ignoredColumns: ['b'],
    },
  })
  expect(made.counts).toEqual(counts({ created: 4 }))
  const codes = await Promise.all(
    (await rowsOf(made.id)).map(async (row) =>
      (await agreement(row.agreement)).signatories
        .map(({ signatory }) => signatory.code)
        .toSorted()
        .join(),
    ),
  )
  expect(codes).toEqual(['BA,TT', 'GB,IE', 'FR,TT', 'JP,NO'])
})

test('two imports at once that add the same signatories both go in', async () => {
  const names = Array.from({ length: 8 }, () => `Utopia ${number()}`)
  const file = (lines: string[]) => csv(lines.map((b) => ({ b })))
  const both = await Promise.all(
    [names, names.toReversed()].map((lines) => imported(file(lines), { unknownParties: 'create' })),
  )
  expect(both.map((made) => made.counts)).toEqual([counts({ created: 8 }), counts({ created: 8 })])
  const { body } = await register.api.get('/v1/signatories?q=Utopia&limit=200').expect(200)
  expect(body.items).toHaveLength(8)
})

describe('what the database does not do at the first time is done again, and no row is lost or refused for it', () => {
  /** Fails the first time that a verdict is stored. A sequence counts, because it is not rolled back. */
  const failingOnce = async (sqlstate: string): Promise<void> => {
    const run = (text: string) => register.db.query(sql.raw(text))
    await run('create sequence attempts')
    await run(`create function fail_once() returns trigger language plpgsql as $$ begin
      if nextval('attempts') = 1 then raise exception 'once' using errcode = '${sqlstate}'; end if;
      return new; end $$`)
    await run(`create trigger fail_once before update on import_rows for each row
      when (new.row_key is not null) execute function fail_once()`)
    onTestFinished(async () => {
      await run('drop function fail_once cascade')
      await run('drop sequence attempts')
    })
  }

  test.each([
    ['a deadlock', '40P01', { atomic: 'false' }],
    ['a deadlock', '40P01', { atomic: 'true' }],
    ['a lock that was waited for too long', '55P03', { atomic: 'false' }],
    ['a lock that was waited for too long', '55P03', { atomic: 'true' }],
  ])('%s (%s, %o)', async (_, sqlstate, options) => {
    await failingOnce(sqlstate)
    const made = await imported(csv([{ b: `Avalon ${number()}` }, {}]), { ...options, unknownParties: 'create' })
    expect(made.counts).toEqual(counts({ created: 2 }))
    for (const row of await rowsOf(made.id)) expect((await agreement(row.agreement)).title).toBe('Treaty of Ice')
  })
})

test('relations are made after all rows; a missing end is a warning', async () => {
  const [one, two, three] = [number(), number(), number()]
  const related = { ...mapping, relations: [{ kind: 'amends', to: { column: 'remark' }, scheme: 'test' }] }
  const lines = [{ no: one, remark: two }, { no: two }, { no: three, remark: 'nothing' }]
  const dry = await imported(csv(lines), { mapping: related, dryRun: 'true' })
  expect((await rowsOf(dry.id)).map(({ warnings }) => warnings.map(({ code }) => code))).toEqual([
    [],
    [],
    ['relation_missing'],
  ])
  for (const atomic of ['true', 'false']) {
    const made = await imported(
      csv(
        lines.map((line) => ({
          ...line,
          no: `${line.no}-${atomic}`,
          ...(line.remark === two && { remark: `${two}-${atomic}` }),
        })),
      ),
      { mapping: related, atomic },
    )
    const rows = await rowsOf(made.id)
    expect(rows.map(({ warnings }) => warnings.map(({ code }) => code))).toEqual([[], [], ['relation_missing']])
    const [from, to] = [rows[0]!.agreement, rows[1]!.agreement]
    expect((await agreement(from)).relations).toEqual([{ kind: 'amends', agreement: to }])
    const bothEnds = async () => (await agreement(to)).relatedBy.map(({ agreement: { id } }) => id)
    expect(await bothEnds()).toEqual([from])
    const later = await imported(csv([{ remark: `${two}-${atomic}` }]), { mapping: related, atomic })
    const [row] = await rowsOf(later.id)
    expect(await bothEnds(), 'also of an agreement that was there before').toEqual([from, row!.agreement])
  }
})

test('columns that no rule uses are told, and so are values that a table turned into something else', async () => {
  const other = { ...mapping, tables: { types: { ...mapping.tables.types, otherwise: 'other' } } }
  const made = await imported(csv([{ remark: 'a' }, { remark: 'b', type: 'Pact' }, {}]), { mapping: other })
  expect(made.unusedColumns).toEqual([{ column: 'remark', rows: 2, firstRows: [1, 2] }])
  expect(made.otherValues).toEqual([{ table: 'types', value: 'Pact', became: 'other', rows: 1, firstRows: [2] }])
})

test('a statement of the status has the day of the import, if the file gives none', async () => {
  const stated = { ...mapping, statements: [{ status: { column: 'remark' } }] }
  const made = await imported(csv([{ remark: 'in_force' }]), { mapping: stated })
  const [row] = await rowsOf(made.id)
  expect((await agreement(row!.agreement)).statusStatements).toMatchObject([{ status: 'in_force', source: null }])
})

describe('what is refused as a whole', () => {
  test.each([
    ['an empty file', '', {}, 400, { code: 'invalid_file' }],
    ['a file without rows', 'no,title\n', {}, 400, { code: 'invalid_mapping' }],
    ['a list of lists', '[[1,2],[3]]', { fileName: 'x.json' }, 400, { errors: [{ code: 'not_an_object' }] }],
    ['a number in a JSON file', '42', { fileName: 'x.json' }, 400, { errors: [{ code: 'invalid_json' }] }],
    ['a sheet of a file without sheets', csv([{}]), { sheet: 'A' }, 400, { errors: [{ parameter: 'sheet' }] }],
    ['a mapping that is a list', csv([{}]), { mapping: '[]' }, 400, { code: 'invalid_mapping' }],
    ['a repeated header', 'a,a\n1,2\n', {}, 400, { code: 'invalid_file', errors: [{ code: 'column_repeated' }] }],
    ['a mapping that names no column', 'x,y\n1,2\n', {}, 400, { code: 'invalid_mapping' }],
    ['a mapping that is no JSON', csv([{}]), { mapping: '{' }, 400, { code: 'invalid_mapping' }],
    ['a mapping of another form', csv([{}]), { mapping: '{"title":1}' }, 400, { code: 'invalid_mapping' }],
    ['no mapping', csv([{}]), { mapping: undefined }, 400, { errors: [{ parameter: 'mapping' }] }],
    ['an unknown collection', csv([{}]), { collection: 'nothing' }, 400, { errors: [{ parameter: 'collection' }] }],
    ['an unknown parameter', csv([{}]), { colection: 'x' }, 400, { errors: [{ parameter: 'colection' }] }],
  ])('%s', async (_, file, options, status, problem) => {
    const query = { mapping: JSON.stringify(mapping), ...options }
    const { body } = await register.api.post('/v1/imports').query(query).set('content-type', 'text/csv').send(file)
    expect(body).toMatchObject({ status, ...problem })
  })

  test('however often, it keeps nobody else from importing', async () => {
    for (let i = 0; i < 5; i += 1) {
      await register.api
        .post('/v1/imports')
        .attach('file', Buffer.from('x'), 'x.csv')
        .field('mode', 'other')
        .expect(400)
      await post('no,title\n', {}).expect(400)
    }
    await imported(csv([{}]))
  })

  test('a caller who sends many files that do not end keeps nobody else from importing', async () => {
    const port = await listen(register)
    const begin = async (role: 'reader' | 'editor'): Promise<[Socket, Promise<string>]> => {
      const socket = connect(port, '127.0.0.1')
      const answer = once(socket, 'data').then(([bytes]) => String(bytes).split('\r\n', 1)[0]!)
      const head = `POST /v1/imports/suggest HTTP/1.1\r\nHost: a\r\nAuthorization: ${authHeader(role).authorization}`
      socket.write(`${head}\r\nContent-Type: text/csv\r\nContent-Length: 8\r\n\r\na,b\n`)
      return [socket, answer]
    }
    const waiting = await Promise.all(Array.from({ length: 6 }, () => begin('reader')))
    const refused = waiting.map(([, answer]) => answer)
    expect(await Promise.race(refused)).toBe('HTTP/1.1 503 Service Unavailable')
    const [other, answer] = await begin('editor')
    other.write('1,2\n')
    expect(await answer).toBe('HTTP/1.1 200 OK')
    for (const [socket] of [...waiting, [other] as const]) socket.destroy()
    await expect
      .poll(async () => {
        const [socket, answer] = await begin('reader')
        socket.write('1,2\n')
        return answer.finally(() => socket.destroy())
      })
      .toBe('HTTP/1.1 200 OK')
  })

  test('suggestions that are being made keep nobody from importing', async () => {
    const made = new EventEmitter()
    const suggestion = inTurn(() => once(made, 'event'), 'suggestions')
    await expect(inTurn(async () => {}, 'suggestions')).rejects.toMatchObject({ code: 'busy' })
    await imported(csv([{}]))
    made.emit('event')
    await suggestion
  })

  test('a column that the file does not have, with a pointer into the mapping', async () => {
    const { body } = await post(csv([{}]), { mapping: { ...mapping, title: { column: 'titel' } } }).expect(400)
    expect(body.errors).toMatchObject([{ pointer: '/title/column', code: 'no_such_column', didYouMean: 'title' }])
  })

  test.each([
    ['without a boundary', 'multipart/form-data', 'x'],
    ['that ends too early', 'multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="file"'],
    ['without a file', 'multipart/form-data; boundary=b', '--b--\r\n'],
  ])('a form %s', async (_, type, body) => {
    const { status } = await register.api.post('/v1/imports').set('content-type', type).send(body)
    expect(status).toBe(400)
  })

  test('another media type', async () => {
    await post('x', {}, 'image/png').expect(415)
  })

  test('two files', async () => {
    const file = Buffer.from(csv([{}]))
    const { body } = await register.api
      .post('/v1/imports')
      .attach('file', file, 'a.csv')
      .attach('file', file, 'b.csv')
      .expect(400)
    expect(body.detail).toBe('The form must have only one part `file`.')
  })

  test('a mapping that lacks parts is told which', async () => {
    const query = { mapping: '{"title":{"column":"title"}}' }
    const { body } = await register.api
      .post('/v1/imports')
      .query(query)
      .set('content-type', 'text/csv')
      .send(csv([{}]))
    expect(body.detail).toBe('`/type`: Must be given. `/parties`: Must be given.')
  })

  test('more than 64 MB', async () => {
    const { body } = await post(Buffer.alloc(65 * 1024 * 1024, 'x')).expect(413)
    expect(body.code).toBe('content_too_large')
  })
})

test('the charset of the media type is the encoding of the file', async () => {
  const file = Buffer.from(csv([{ title: 'Übereinkommen' }]), 'latin1')
  const made = await imported(file, {}, 'text/csv; charset=windows-1252')
  const [row] = await rowsOf(made.id)
  expect(await agreement(row!.agreement)).toMatchObject({ title: 'Übereinkommen' })
})

test.each(['', '?'])('a blank party %j is told with its column', async (a) => {
  const [row] = await rowsOf(await refused(csv([{ a }]), { mapping: { ...mapping, unknown: ['?'] } }))
  expect(row!.errors).toMatchObject([{ column: 'a', value: '', message: 'Side 1 has no signatory.' }])
})

test('a party that is deleted while its row is imported is named', async () => {
  const name = `Avalon ${number()}`
  const { body } = await register.api.post('/v1/signatories').send({ name, kind: 'other' }).expect(201)
  const commit = await holding(register.url, `delete from signatories where id = '${body.id}'`)
  const importing = refused(csv([{ b: name }]))
  while ((await waitingForLocks(register.db)) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  await commit()
  const [row] = await rowsOf(await importing)
  expect(row!.errors).toMatchObject([
    { column: 'b', value: name, code: 'unknown_code', message: expect.stringContaining(`"${name}" was deleted`) },
  ])
})

test.each([
  ['of another form', { title: 1 }],
  ['that names a column the file lacks', { ...mapping, title: { column: 'name' } }],
])(
  'an import with a mapping %s, which an earlier version took, fails and keeps no other one waiting',
  async (_, taken) => {
    const { id, collection } = await imported(csv([{}]))
    await register.db.query(sql`update imports set mapping = ${JSON.stringify(taken)}, status = 'queued', counts = null,
    finished_at = null where id = ${id}`)
    expect(await ended(id)).toMatchObject({ status: 'failed', failure: { code: 'internal_error' } })
    await imported(csv([{}]), { collection: collection!.id })
  },
  20_000,
)

test('an import that has ended cannot be cancelled', async () => {
  const made = await imported(csv([{}]))
  const { body } = await register.api.post(`/v1/imports/${made.id}/cancel`).expect(409)
  expect(body).toMatchObject({ code: 'ended', title: 'The import has ended' })
})

test('who may do what', async () => {
  const made = await imported(csv([{}]))
  const { anonymous } = register
  await anonymous.post('/v1/imports').set('content-type', 'text/csv').send('x').expect(401)
  for (const path of ['', `/${made.id}`, `/${made.id}/rows`]) await anonymous.get(`/v1/imports${path}`).expect(401)
  await anonymous.post(`/v1/imports/${made.id}/cancel`).expect(401)
  await anonymous.delete(`/v1/imports/${made.id}`).set(authHeader('editor')).expect(403)
  await anonymous.post('/v1/imports').set(authHeader('reader')).set('content-type', 'text/csv').send('x').expect(403)
})

test('an admin deletes an import with its rows; the agreements and their keys stay', async () => {
  const file = csv([{}])
  const made = await imported(file)
  const [row] = await rowsOf(made.id)
  await register.api.delete(`/v1/imports/${made.id}`).expect(204)
  await register.api.get(`/v1/imports/${made.id}`).expect(404)
  await register.api.get(`/v1/imports/${made.id}/rows`).expect(404)
  await agreement(row!.agreement)
  const again = await imported(file, { collection: made.collection!.id })
  expect(again.counts).toEqual(counts({ unchanged: 1 }))
})

test('imports are listed newest first, in pages', async () => {
  const [one, two] = [await imported(csv([{}])), await imported(csv([{}]))]
  const first = await register.api.get('/v1/imports?limit=1&count=exact').expect(200)
  expect(first.body.items).toMatchObject([{ id: two.id }])
  const next = await register.api.get(`/v1/imports?limit=1&cursor=${first.body.nextCursor}`).expect(200)
  expect(next.body.items).toEqual([(await register.api.get(`/v1/imports/${one.id}`)).body])
  const own = await register.api.get(`/v1/imports?collection=${one.collection!.code}&status=done`).expect(200)
  expect(own.body.items).toMatchObject([{ id: one.id }])
})

describe('a large file is imported in the background', () => {
  test.each(['true', 'false'])('atomic=%s: each row once', async (atomic) => {
    const { body, headers } = await post(csv(apart(450)), { atomic }).expect(202)
    expect(headers['location']).toBe(`/v1/imports/${body.id}`)
    const { paths } = (await register.api.get('/openapi.json')).body
    expect(paths['/v1/imports'].post.responses[202].headers).toMatchObject({ Location: {}, ETag: {} })
    const made = await ended(body.id as string)
    expect(made).toMatchObject({ status: 'done', counts: counts({ created: 450 }), rows: 450, processed: 450 })
    const rows = await rowsOf(made.id)
    expect(new Set(rows.map((row) => row.agreement)).size).toBe(450)
  })

  test('NUL characters and halves of characters are told, and keep nothing from being stored', async () => {
    const file = csv([{ title: 'A\0B' }, {}])
    const made = await imported(file, { atomic: 'false' })
    expect(await verdictsOf(made.id)).toEqual(['refused', 'created'])
  })
})

describe('a mapping', () => {
  test('can be kept under a name, and named', async () => {
    const kept = { name: 'kept-for-imports', mapping }
    await register.api.post('/v1/mappings').send(kept).expect(201)
    const file = csv([{}])
    const named = (name: string) =>
      register.api.post('/v1/imports').query({ mapping: name }).set('content-type', 'text/csv').send(file)
    expect((await named(kept.name).expect(201)).body.counts).toMatchObject({ created: 1 })
    const { body } = await named('nothing-of-this-name').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'mapping', code: 'unknown_mapping' }])
  })

  test('is proposed for a plain file, and imports it as it stands', async () => {
    const file = 'Title,Party 1,Party 2,Signed,Type\nTreaty on Foxes,Chile,Peru,1999-05-04,Treaty\n'
    const ask = (api: Register['api']) => api.post('/v1/imports/suggest').set('content-type', 'text/csv').send(file)
    await ask(register.anonymous).expect(401)
    const before = await register.db.query(sql`select count(*) from imports`)
    const { body } = await ask(register.api).expect(200)
    expect(body.columns.map(({ name }: { name: string }) => name)).toEqual(file.split('\n')[0]!.split(','))
    expect(await register.db.query(sql`select count(*) from imports`)).toEqual(before)
    expect((await imported(file, { mapping: body.mapping })).counts).toMatchObject({ created: 1 })
  })
})

test('a title above the header of a spreadsheet and merged cells are noticed when a mapping is proposed', async () => {
  const sheet = (merged: string) =>
    xlsx(
      {
        A: [
          ['Register of treaties'],
          [],
          ['Title', 'Party 1', 'Party 2', 'Signed'],
          ['Treaty on Owls', 'Chile', 'Peru', '1999-05-04'],
          [null, null, null, null],
        ],
      },
      merged,
    )
  const propose = async (merged: string) =>
    (await register.api.post('/v1/imports/suggest').attach('file', sheet(merged), 'a.xlsx').expect(200)).body
  const plain = await propose('')
  expect(plain.mapping).toMatchObject({ file: { headerRow: 3 }, title: { column: 'Title' } })
  expect(plain.notes[0]).toContain('row 3')
  expect(plain.notes.join(' ')).not.toContain('merged')
  expect((await propose('<mergeCell ref="A4:A5"/>')).notes.at(-1)).toContain('merged cells')
  const made = await imported(sheet(''), { mapping: plain.mapping }, 'application/octet-stream')
  expect(made.counts).toEqual(counts({ created: 1 }))
})

test('the same file twice changes nothing, though no collection is named', async () => {
  const file = csv([{}, {}])
  const first = await imported(file, { fileName: 'list of 2020.csv' })
  const again = await imported(file, { fileName: 'list of 2020.csv', mode: 'upsert' })
  expect(again.collection).toEqual(first.collection)
  expect([first.counts, again.counts]).toEqual([counts({ created: 2 }), counts({ unchanged: 2 })])
})

test('a file that is not right leaves no collection behind, and takes no place of others', async () => {
  for (let n = 0; n < 4; n += 1) {
    await post('title\n"never closed', { fileName: 'broken.csv' }).expect(400)
    await post(csv([{}]), { mode: 'both' }).expect(400)
  }
  const { body } = await register.api.get('/v1/collections?q=broken').expect(200)
  expect(body.items).toEqual([])
  await imported(csv([{}]))
})

test('a collection is not deleted while imports belong to it', async () => {
  const { collection } = await imported(csv([{}]), { fileName: 'kept.csv' })
  const { body } = await register.api.delete(`/v1/collections/${collection!.code}`).set('if-match', '*').expect(409)
  expect(body.code).toBe('in_use')
})
