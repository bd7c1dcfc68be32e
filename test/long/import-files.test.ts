import { mkdtemp, rm, writeFile, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FileError } from '../../src/imports/files/errors.ts'
import { readFile, type ReadOptions } from '../../src/imports/files/read-file.ts'
import { maxFileSize } from '../../src/imports/files/source.ts'
import type { Row } from '../../src/imports/files/table.ts'
import { excelDay, formula, sameBytes, xlsx, zip } from '../support/xlsx.ts'

async function contentOf(bytes: Buffer | string, options?: ReadOptions) {
  const { format, columns, rows } = await readFile(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, options)
  const read: Row[] = []
  for await (const row of rows) read.push(row)
  return { format, columns, rows: read, cells: read.map(({ cells }) => ({ ...cells })) }
}

/** The code and the place of the error. */
const refusal = (bytes: Buffer | string, options?: ReadOptions) =>
  contentOf(bytes, options).then(
    () => 'read',
    (error: unknown) => {
      if (!(error instanceof FileError)) throw error
      expect(error.message).toMatch(/^[A-Z].*\.$/s)
      return { code: error.code, ...(error.row && { row: error.row }), ...(error.column && { column: error.column }) }
    },
  )

describe('CSV', () => {
  test.each([
    [',', 'csv'],
    [';', 'csv'],
    ['|', 'csv'],
    ['\t', 'tsv'],
  ])('the separator %j is found, also when others occur in cells', async (separator, format) => {
    const text = [
      ['title', 'party', 'signed'],
      ['"Trade, customs; and | transit\tby road"', 'Atlantis', '1999-01-02'],
      ['A "quoted" word', 'Borealia', ''],
    ]
      .map((row) => row.join(separator))
      .join('\r\n')
    expect(await contentOf(text)).toMatchObject({
      format,
      columns: ['title', 'party', 'signed'],
      cells: [
        { title: 'Trade, customs; and | transit\tby road', party: 'Atlantis', signed: '1999-01-02' },
        { title: 'A "quoted" word', party: 'Borealia', signed: '' },
      ],
    })
  })

  test('a file with one column has no separator', async () => {
    expect(await contentOf('title\nTreaty of A\nTreaty of B')).toMatchObject({
      columns: ['title'],
      cells: [{ title: 'Treaty of A' }, { title: 'Treaty of B' }],
    })
  })

  test('blank rows do not count, rows are numbered from 1, and cells may contain line breaks', async () => {
    const { rows } = await contentOf('\n\nname,parties\n,\n"A","1. X\n2. Y"\n\nB,Z\n')
    expect(rows.map(({ number, cells }) => [number, cells['name'], cells['parties']])).toEqual([
      [1, 'A', '1. X\n2. Y'],
      [2, 'B', 'Z'],
    ])
    expect(rows[0]!.raw).toEqual(['A', '1. X\n2. Y'])
  })

  test.each([
    ['\r\n', '\n'],
    ['\n', '\r\n'],
  ])('rows may end otherwise than the header: %j, then %j', async (first, others) => {
    const { cells } = await contentOf(['a,b', '1,"x, y"', '2,"z\n"', '', '3,w', ''].join(others).replace(others, first))
    expect(cells).toEqual([
      { a: '1', b: 'x, y' },
      { a: '2', b: 'z\n' },
      { a: '3', b: 'w' },
    ])
  })

  test('a carriage return alone ends rows where it ends the header', async () => {
    expect((await contentOf('"a\nx",b\r1,"y\nz"\r2,w\r')).cells).toEqual([
      { 'a x': '1', b: 'y\nz' },
      { 'a x': '2', b: 'w' },
    ])
    expect((await contentOf('a,b\n1,y\rz\n')).cells).toEqual([{ a: '1', b: 'y\rz' }])
  })

  test('a column without a name is named by its number', async () => {
    const { columns } = await contentOf('\tid\t\tname\t\n0\t7\tx\ty\t\n')
    expect(columns).toEqual(['column 1', 'id', 'column 3', 'name'])
  })

  test('a column may be named like a property of objects', async () => {
    const { rows } = await contentOf('__proto__,constructor\na,b\n')
    expect(Object.entries(rows[0]!.cells)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
  })

  test('the header may be in a later row', async () => {
    expect(
      await contentOf('Register of treaties,,\nas of 2021,,\nid,title,signed\n1,A,2000\n', { headerRow: 3 }),
    ).toMatchObject({
      columns: ['id', 'title', 'signed'],
      cells: [{ id: '1', title: 'A', signed: '2000' }],
    })
  })

  test('the separator is found from the header on, below a title', async () => {
    const text = 'Treaties, as of 2021\n\nid;title;signed\n1;Treaty on A, B and C;2000\n'
    expect(await contentOf(text, { headerRow: 3 })).toMatchObject({
      columns: ['id', 'title', 'signed'],
      cells: [{ title: 'Treaty on A, B and C' }],
    })
  })

  test('a row with more cells than the header is an error of that row; blank ones at its end are not', async () => {
    const { rows } = await contentOf('a,b\n1,2,3\n1,2,,\n1\n')
    expect(rows.map(({ errors }) => errors.map(({ code }) => code))).toEqual([['too_many_cells'], [], []])
    expect(rows[2]!.cells).toMatchObject({ a: '1', b: '' })
  })

  test('a NUL character is an error of its row and its column', async () => {
    const { rows } = await contentOf('a,b\n1,x\0y\n2,z\n')
    expect(rows.map(({ errors }) => errors)).toMatchObject([[{ code: 'not_text', column: 'b' }], []])
  })

  test.each([
    ['', { code: 'empty_file' }],
    [' \n\n', { code: 'empty_file' }],
    ['a,b,a\n1,2,3', { code: 'column_repeated', row: 1, column: 'a' }],
    ['a,b\n1,"2\n3,4\n', { code: 'quote_not_closed', row: 2 }],
    [`a,b\n1,"${'x'.repeat(2_000_000)}"`, { code: 'row_too_large', row: 2 }],
    [Array.from({ length: 1001 }, (_, index) => `c${index}`).join(','), { code: 'too_many_columns' }],
  ])('file %# is refused', async (text, expected) => {
    expect(await refusal(text)).toEqual(expected)
  })

  test('a header that is not there is refused', async () => {
    expect(await refusal('a,b\n1,2\n', { headerRow: 9 })).toEqual({ code: 'no_header' })
    expect(await refusal('a,b\n\n1,2\n', { headerRow: 2 })).toEqual({ code: 'no_header', row: 2 })
  })

  test('a file larger than 64 MB is refused, one of 64 MB is not', async () => {
    expect(maxFileSize).toBe(64 * 1024 * 1024)
    expect(await refusal(Buffer.alloc(maxFileSize + 1, 'a'))).toEqual({ code: 'too_large' })
    const { rows } = await readFile(Buffer.alloc(maxFileSize, 'a,b\n'))
    for await (const row of rows) {
      expect(row.cells).toMatchObject({ a: 'a', b: 'b' })
      break
    }
  })
})

describe('encodings', () => {
  const text = 'title,place\nÜbereinkunft “A” – über ŒUVRES,Zürich\n'
  const read = { title: 'Übereinkunft “A” – über ŒUVRES', place: 'Zürich' }
  const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16()
  const windows = Buffer.from(
    text.replace('“', '\u0093').replace('”', '\u0094').replace('–', '\u0096').replace('Œ', '\u008c'),
    'latin1',
  )

  test.each([
    ['UTF-8', Buffer.from(text), undefined],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`), undefined],
    ['UTF-16LE with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le'), undefined],
    ['UTF-16BE with a byte order mark', swapped(Buffer.from(`\ufeff${text}`, 'utf16le')), undefined],
    ['UTF-16LE', Buffer.from(text, 'utf16le'), undefined],
    ['UTF-16BE', swapped(Buffer.from(text, 'utf16le')), undefined],
    ['UTF-16LE when named', Buffer.from(text, 'utf16le'), 'utf-16le' as const],
    ['Windows-1252 when named', windows, 'windows-1252' as const],
  ])('%s', async (_, bytes, encoding) => {
    expect(await contentOf(bytes, { encoding })).toMatchObject({ columns: ['title', 'place'], cells: [read] })
  })

  test('what is not UTF-8 is refused before the first row, and the message asks for the encoding', async () => {
    const late = Buffer.concat([Buffer.from('title\n' + 'A\n'.repeat(200_000)), Buffer.from([0xfc])])
    await expect(readFile(late)).rejects.toMatchObject({
      code: 'encoding',
      message: expect.stringContaining('encoding='),
    })
    await expect(readFile(windows)).rejects.toMatchObject({
      code: 'encoding',
      message: expect.stringContaining('windows-1252'),
    })
    const third = Buffer.concat([Buffer.from('title\nA\nB'), Buffer.from([0xfc]), Buffer.from('C\nD\n')])
    await expect(readFile(third)).rejects.toMatchObject({ message: expect.stringContaining('(line 3)') })
  })

  test('a character may lie across two pieces of a file', async () => {
    const { cells } = await contentOf(`t\n${'a'.repeat(65_533)}ü\n`)
    expect(cells[0]!['t']!.at(-1)).toBe('ü')
  })
})

describe('JSON', () => {
  const rows = [
    { id: 7, title: 'A', binding: true, place: { city: 'Aport', country: null }, topics: ['fish', 'ice\nand snow'] },
    {
      id: 8,
      parties: [{ name: 'Atlantis', code: 'ATL' }, { name: 'Borealia' }],
      deep: { a: { b: { c: { d: { e: 1 } } } } },
    },
  ]
  const cells = [
    {
      id: '7',
      title: 'A',
      binding: 'true',
      'place.city': 'Aport',
      'place.country': '',
      topics: 'fish\nice and snow',
      'parties.name': '',
    },
    {
      id: '8',
      title: '',
      topics: '',
      'parties.name': 'Atlantis\nBorealia',
      'parties.code': 'ATL\n',
      'deep.a.b.c.d': '{"e":1}',
    },
  ]

  test.each([
    ['ndjson', rows.map((row) => JSON.stringify(row)).join('\n\n')],
    ['ndjson', JSON.stringify(rows[0]) + '\r\n' + JSON.stringify(rows[1]) + '\r\n'],
    ['json', JSON.stringify(rows)],
    ['json', JSON.stringify({ source: 'x', fields: ['a', ']', '"'], count: 2, data: rows, more: {} }, null, 2)],
  ])('%s: objects become columns, lists become lines (%#)', async (format, text) => {
    const content = await contentOf(text)
    expect(content).toMatchObject({ format, cells })
    expect(content.columns.slice(0, 5)).toEqual(['id', 'title', 'binding', 'place.city', 'place.country'])
    expect(content.rows.map(({ raw }) => raw)).toEqual(rows)
  })

  test('a column that only a late row has is a column', async () => {
    const text = '{"a":1}\n'.repeat(3000) + '{"b":2}'
    const { columns, rows } = await readFile(Buffer.from(text))
    expect(columns).toEqual(['a', 'b'])
    let last: Row | undefined
    for await (const row of rows) last = row
    expect(last).toMatchObject({ number: 3001, cells: { a: '', b: '2' } })
  })

  test('brackets, quotes and commas within texts do not end an item, wherever the pieces of the file end', async () => {
    const item = { t: '],}{[\\"\\\\', u: ['x', { y: '"' }] }
    const { rows } = await contentOf(JSON.stringify(Array.from({ length: 4000 }, () => item)))
    expect(rows).toHaveLength(4000)
    expect(rows.every(({ raw }) => JSON.stringify(raw) === JSON.stringify(item))).toBe(true)
  })

  test('a list of as many objects as a row can have becomes lines', async () => {
    const item = JSON.stringify([{ p: Array.from({ length: 60_000 }, () => ({ a: 1, b: 2 })) }])
    const { columns, cells } = await contentOf(item)
    expect(columns).toEqual(['p.a', 'p.b'])
    expect(cells[0]!['p.b']!.split('\n')).toHaveLength(60_000)
  })

  test('the name of a column is not repeated in others when it is longer than a rule can name', async () => {
    const [one, other] = ['a', 'b'].map((letter) => letter.repeat(100_000))
    const [object, list] = [{ x: 1, y: 2 }, [{ x: 1 }, { x: 2 }]]
    const { columns, cells } = await contentOf(JSON.stringify([{ [one!]: object, [other!]: list }]))
    expect(columns).toEqual([one, other])
    expect(Object.values(cells[0]!)).toEqual(['{"x":1,"y":2}', '{"x":1}\n{"x":2}'])
  })

  test('what is not an object is an error of its row', async () => {
    const errors = async (text: string) => (await contentOf(text)).rows.map((row) => row.errors.map(({ code }) => code))
    expect(await errors('[{"a":1},2,"x",{"a":}]')).toEqual([[], ['not_an_object'], ['not_an_object'], ['invalid_json']])
    expect(await errors('{"a":1}\n{"a"\n{"a":"\\u0000"}\n{"a":"\\ud800"}')).toEqual([
      [],
      ['invalid_json'],
      ['not_text'],
      ['not_text'],
    ])
    expect(await errors(`{"a":1}\n${'['.repeat(5000)}`)).toEqual([[], ['nested_too_deep']])
  })

  test.each([
    ['[]', { code: 'empty_file' }],
    ['[{"a":1},', { code: 'invalid_json' }],
    ['[{"a":1}] []', { code: 'invalid_json' }],
    ['[{"a":1}}', { code: 'invalid_json' }],
    ['{"a":\n1}', { code: 'no_list' }],
    ['{"a":[{"x":1}],\n"b":[{"y":1}]}', { code: 'several_lists' }],
    ['['.repeat(100_000), { code: 'nested_too_deep', row: 1 }],
    [`[{"a":"${'x'.repeat(1_100_000)}"}]`, { code: 'row_too_large', row: 1 }],
    [`{"a":1}\n{"a":"${'x'.repeat(1_100_000)}"}`, { code: 'row_too_large', row: 2 }],
    [
      JSON.stringify([Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`c${n}`, n]))]),
      { code: 'too_many_columns' },
    ],
    [
      JSON.stringify([{ a: 1 }, { p: Array.from({ length: 20_000 }, (_, n) => ({ [`c${n}`]: n })) }]),
      { code: 'row_too_large', row: 2 },
    ],
  ])('file %# is refused', async (text, expected) => {
    expect(await refusal(text)).toEqual(expected)
  })
})

describe('XLSX', () => {
  const file = xlsx({
    Notes: [['Register of treaties'], ['nothing here']],
    Treaties: [
      ['As of 2021', null, null, null, null],
      [],
      ['no', 'title', 'signed', 'pages', 'label'],
      [1, 'Treaty <A> & B', excelDay(37_424), 12.5, formula('CONCATENATE("T-",A4)', 'T-1')],
      [],
      [2, null, excelDay(1), { type: 'b', xml: '<v>1</v>' }, { type: 'e', xml: '<f>1/0</f><v>#DIV/0!</v>' }],
      [3, 'C', excelDay(37_424.75), null, '  x  '],
    ],
  })
  const cells = [
    { no: '1', title: 'Treaty <A> & B', signed: '2002-06-17', pages: '12.5', label: 'T-1' },
    { no: '2', title: '', signed: '1900-01-01', pages: 'true', label: '' },
    { no: '3', title: 'C', signed: '2002-06-17 18:00:00', pages: '', label: '  x  ' },
  ]

  test.each(['Treaties', 2])(
    'sheet %j: days are days, formulas count by their stored value, errors are blank',
    async (sheet) => {
      const content = await contentOf(file, { sheet, headerRow: 3 })
      expect(content).toMatchObject({ format: 'xlsx', columns: ['no', 'title', 'signed', 'pages', 'label'], cells })
      expect(content.rows.map(({ number }) => number)).toEqual([1, 2, 3])
    },
  )

  test('a day that is written as text is that day in every time zone of the server', async () => {
    vi.stubEnv('TZ', 'Asia/Seoul')
    onTestFinished(() => void vi.unstubAllEnvs())
    const texts = ['2019-10-23', '2019-10-23T00:00:00', '2019-10-23T00:00:00.000Z', '2019-10-23T09:00:00+09:00']
    const days = texts.map((text) => [{ type: 'd', style: 1, xml: `<v>${text}</v>` }])
    const { cells } = await contentOf(xlsx({ A: [['signed'], ...days] }))
    expect(cells).toEqual(texts.map(() => ({ signed: '2019-10-23' })))
  })

  test('a file of LibreOffice is refused, and the message says what would do', async () => {
    const ods = zip({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': '<x/>' })
    // It is not packed in such a file.
    const plain = Buffer.concat([ods.subarray(0, 38), Buffer.from('application/vnd.oasis.opendocument.spreadsheet')])
    await expect(readFile(plain)).rejects.toMatchObject({
      code: 'unknown_format',
      message: 'Save the file as XLSX or CSV. OpenDocument files such as ODS cannot be read.',
    })
  })

  test('the first sheet is read by default', async () => {
    expect(await contentOf(file)).toMatchObject({ columns: ['Register of treaties'] })
  })

  test('a sheet that does not exist is told with those that do', async () => {
    await expect(readFile(file, { sheet: 'Treatys' })).rejects.toMatchObject({
      code: 'no_such_sheet',
      message: 'There is no sheet `Treatys`. The file has: `Notes`, `Treaties`.',
    })
  })

  test('a cell that cannot be read is told with its place', async () => {
    const bad = xlsx({
      A: [
        ['a', 'b'],
        [1, { type: 's', xml: '<v>99</v>' }],
      ],
    })
    expect(await refusal(bad)).toEqual({ code: 'invalid_spreadsheet', row: 2, column: 'column 2' })
  })

  test.each([undefined, 10])(
    'a small file that unpacks to much is refused before it is unpacked (claimed size: %j)',
    async (claimedSize) => {
      const bomb = zip(
        { 'xl/workbook.xml': Buffer.alloc(140 * 1024 * 1024) },
        claimedSize === undefined ? {} : { claimedSize },
      )
      expect(bomb.length).toBeLessThan(1024 * 1024)
      const before = process.memoryUsage().rss
      await expect(readFile(bomb)).rejects.toMatchObject({
        code: 'too_large',
        message: expect.stringContaining('128 MB'),
      })
      expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024)
    },
  )

  test('many parts that are the same bytes are refused before they are copied', async () => {
    const content = Buffer.concat([deflateRawSync('<a/>'), Buffer.alloc(16 * 1024 * 1024)])
    const bomb = sameBytes(content, 40)
    const before = process.memoryUsage().rss
    await expect(readFile(bomb)).rejects.toMatchObject({ code: 'invalid_spreadsheet' })
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024)
  })

  test('a sheet that claims a billion rows or a cell far away does not take the memory of the process', async () => {
    const far = xlsx({ A: [['a']] })
    const huge = zip({
      'xl/workbook.xml': partOf(far, 'workbook'),
      'xl/_rels/workbook.xml.rels': partOf(far, 'rels'),
      'xl/worksheets/sheet1.xml':
        '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1000000000"><c r="A1000000000"><v>1</v></c></row></sheetData></worksheet>',
    })
    expect(await refusal(huge)).toEqual({ code: 'too_large' })
  })

  const sheetOf = (sheetData: string, others: Record<string, string> = {}) =>
    zip({
      'xl/workbook.xml': partOf(Buffer.alloc(0), 'workbook'),
      'xl/_rels/workbook.xml.rels': partOf(Buffer.alloc(0), 'rels'),
      'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${sheetData}</sheetData></worksheet>`,
      ...others,
    })

  test.each([
    ['in one row', 1, 2, { code: 'row_too_large', row: 1 }],
    ['in many rows', 160, 1, { code: 'too_large' }],
  ])(
    'one text that many cells refer to %s is refused before it takes much memory',
    async (_, rows, columns, expected) => {
      const row = (number: number) =>
        `<row r="${number}">${['A', 'B']
          .slice(0, columns)
          .map((letter) => `<c r="${letter}${number}" t="s"><v>0</v></c>`)
          .join('')}</row>`
      const small = sheetOf(Array.from({ length: rows }, (_, i) => row(i + 1)).join(''), {
        'xl/_rels/workbook.xml.rels': partOf(Buffer.alloc(0), 'rels').replace(
          '</Relationships>',
          '<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        ),
        'xl/sharedStrings.xml': `<sst><si><t>${'z'.repeat(900_000)}</t></si></sst>`,
      })
      expect(small.length).toBeLessThan(10_000)
      await expect(readFile(small)).rejects.toMatchObject(expected)
    },
  )

  test.each([
    ['a row far down', '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'],
    ['a row beyond the last one', "<row r='999999999999'><c><v>1</v></c></row>"],
    ['a row number that is none', '<row r="&#49;e6"><c><v>1</v></c></row>'],
    ['a cell far to the right', '<row r="2"><c s="1" r="ZZZZZZZZZ2"><v>1</v></c></row>'],
    ['many blank cells', '<row r="400000"><c r="XFD400000"><v>1</v></c></row>'],
  ])('%s is refused before the sheet is read', async (_, row) => {
    await expect(readFile(sheetOf(row))).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('Delete what stands apart from the table'),
    })
  })

  test('thousands of sheets are refused', async () => {
    const sheets = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`xl/worksheets/s${i}.xml`, 'x']))
    expect(await refusal(zip(sheets))).toEqual({ code: 'too_large' })
  })

  test.each([1e300, -1, 2_958_466])('the number %d as a day is told with its place', async (serial) => {
    expect(await refusal(xlsx({ A: [['signed'], [excelDay(serial)]] }))).toEqual({
      code: 'invalid_spreadsheet',
      row: 2,
      column: 'column 1',
    })
  })

  test('reading ends when the sender is gone', async () => {
    const sender = new AbortController()
    const reading = readFile(sheetOf('<row r="300000"><c r="AZ300000"><v>1</v></c></row>'), { signal: sender.signal })
    setImmediate(() => sender.abort(new Error('The sender is gone.')))
    await expect(reading).rejects.toThrow('The sender is gone.')
  })

  test.each([
    ['an archive that is cut off', file.subarray(0, 500), 'invalid_spreadsheet'],
    ['another archive', zip({ 'a.txt': 'x' }), 'invalid_spreadsheet'],
    ['XLS', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'unknown_format'],
    ['PDF', Buffer.from('%PDF-1.7'), 'unknown_format'],
  ])('%s is refused', async (_, bytes, code) => {
    expect(await refusal(bytes)).toEqual({ code })
  })

  const partOf = (_: Buffer, part: 'workbook' | 'rels'): string =>
    part === 'workbook'
      ? '<workbook xmlns:r="x"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>'
      : '<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
})

test('a file on disk is read like bytes, and as often as asked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'import-'))
  try {
    const path = join(folder, 'list.tsv')
    await writeFile(path, 'a\tb\n' + '1\t2\n'.repeat(50_000))
    await using file = await open(path)
    const { format, columns, rows } = await readFile(file)
    expect({ format, columns }).toEqual({ format: 'tsv', columns: ['a', 'b'] })
    const counts = [0, 0]
    for await (const row of rows) counts[0] = row.number
    for await (const row of rows) counts[1] = row.number
    expect(counts).toEqual([50_000, 50_000])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each([
  ['CSV', `a,b\n${'1,"long text"\n'.repeat(200_000)}`],
  ['NDJSON', '{"a":1,"b":"long text"}\n'.repeat(100_000)],
  ['JSON', `[${Array.from({ length: 100_000 }, () => '{"a":1,"b":"long text"}').join(',')}]`],
])('%s is read piece by piece, and others get their turn meanwhile', async (_, text) => {
  const { rows } = await readFile(Buffer.from(text))
  let turns = 0
  const timer = setInterval(() => (turns += 1), 0)
  let count = 0
  for await (const { number } of rows) count = number
  clearInterval(timer)
  expect(count).toBeGreaterThanOrEqual(100_000)
  expect(turns).toBeGreaterThan(15)
})
