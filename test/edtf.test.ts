import { readFileSync } from 'node:fs'
import { parse as parseCsv } from 'csv-parse/sync'
// @ts-expect-error: the package brings no types; see `readByPackage` for its result
import { parse } from 'edtf'
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import { EdtfError, edtfPattern, parseEdtf, type Edtf } from '../src/shared/edtf.ts'
import { isDay } from '../src/shared/calendar.ts'

type Meaning = [text: string, firstDay: string | null, lastDay: string | null]

describe('a date has a first and a last day', () => {
  const meanings: Meaning[] = [
    // days
    ['2019-10-23', '2019-10-23', '2019-10-23'],
    ['1373-06-16', '1373-06-16', '1373-06-16'],
    ['0001-01-01', '0001-01-01', '0001-01-01'],
    ['0044-03-15', '0044-03-15', '0044-03-15'],
    ['2020-02-29', '2020-02-29', '2020-02-29'],
    ['2000-02-29', '2000-02-29', '2000-02-29'],
    ['9998-12-31', '9998-12-31', '9998-12-31'],
    ['2019-10-23?', '2019-10-23', '2019-10-23'],
    ['1897-06-11~', '1897-06-11', '1897-06-11'],
    ['2012-01-01%', '2012-01-01', '2012-01-01'],
    // months and years
    ['2019-10', '2019-10-01', '2019-10-31'],
    ['2020-02', '2020-02-01', '2020-02-29'],
    ['1900-02', '1900-02-01', '1900-02-28'],
    ['0099-04', '0099-04-01', '0099-04-30'],
    ['2019-10~', '2019-10-01', '2019-10-31'],
    ['2019', '2019-01-01', '2019-12-31'],
    ['0001', '0001-01-01', '0001-12-31'],
    ['0099', '0099-01-01', '0099-12-31'],
    ['2019?', '2019-01-01', '2019-12-31'],
    // unspecified digits
    ['201X', '2010-01-01', '2019-12-31'],
    ['19XX', '1900-01-01', '1999-12-31'],
    ['000X', '0001-01-01', '0009-12-31'],
    ['00XX', '0001-01-01', '0099-12-31'],
    ['2019-XX', '2019-01-01', '2019-12-31'],
    ['2019-XX-XX', '2019-01-01', '2019-12-31'],
    ['2019-02-XX', '2019-02-01', '2019-02-28'],
    ['2020-02-XX', '2020-02-01', '2020-02-29'],
    // seasons: the hemisphere is unknown, so any day of the year
    ['2019-21', '2019-01-01', '2019-12-31'],
    ['2019-22', '2019-01-01', '2019-12-31'],
    ['2019-23', '2019-01-01', '2019-12-31'],
    ['2019-24', '2019-01-01', '2019-12-31'],
    // intervals
    ['2012-05-03/2012-05-11', '2012-05-03', '2012-05-11'],
    ['1981-09/1981-10', '1981-09-01', '1981-10-31'],
    ['2008/2012', '2008-01-01', '2012-12-31'],
    ['2008/2012-02', '2008-01-01', '2012-02-29'],
    ['2012-05/2012-05-11', '2012-05-01', '2012-05-11'],
    ['2012-05-11/2012-05', '2012-05-11', '2012-05-31'],
    ['2012-05-03?/2012-05-11~', '2012-05-03', '2012-05-11'],
    ['2012-05-03/2012-05-03', '2012-05-03', '2012-05-03'],
    ['2019-10-23/..', '2019-10-23', null],
    ['2019~/..', '2019-01-01', null],
    ['2019-10/', '2019-10-01', null],
    ['../2019-10-23', null, '2019-10-23'],
    ['/2019', null, '2019-12-31'],
    // the year 9999: the end is unknown
    ['9999', null, null],
    ['9999-12', null, null],
    ['9999-12-31', null, null],
    ['9999-12-01', null, null],
    ['9999-12-31?', null, null],
    ['9999%', null, null],
    ['9999-XX-XX', null, null],
    ['2010-01-01/9999-12-31', '2010-01-01', null],
    ['999X', '9990-01-01', null],
  ]

  test.each(meanings)('%s', (text, firstDay, lastDay) => {
    expect(parseEdtf(text)).toEqual({ value: text, firstDay, lastDay, approximate: firstDay !== text })
  })

  test('every date except a certain day is approximate', () => {
    expect(parseEdtf('2019-10-23').approximate).toBe(false)
    const others = ['2019-10-23?', '2019-10', '2019', '201X', '2019-21', '2019-10-23/2019-10-23', '9999-12-31']
    expect(others.filter((text) => !parseEdtf(text).approximate)).toEqual([])
  })
})

describe('an invalid date is refused with a reason', () => {
  test.each([
    // impossible days
    ['2019-02-30', '2019-02-30 is not a day: February 2019 has 28 days.'],
    ['2019-02-29', '2019-02-29 is not a day: February 2019 has 28 days.'],
    ['1900-02-29', '1900-02-29 is not a day: February 1900 has 28 days.'],
    ['1976-06-31', '1976-06-31 is not a day: June 1976 has 30 days.'],
    ['1972-06-31?', '1972-06-31 is not a day: June 1972 has 30 days.'],
    ['2019-06-01/2019-06-31', '2019-06-31 is not a day'],
    ['2019-10-00', '2019-10-00 is not a day'],
    ['2019-13', 'months must be 01 to 12'],
    ['2019-00-10', 'months must be 01 to 12'],
    ['2019-25', 'seasons 21 to 24'],
    // years
    ['0000', 'there is no year 0000'],
    ['0000-00-00', 'there is no year 0000'],
    ['0000-01-01', 'there is no year 0000'],
    ['../0000', 'there is no year 0000'],
    ['-0044', 'years must be 0001 to 9999'],
    ['Y12019', 'years must be 0001 to 9999'],
    ['2019/+2020', 'years must be 0001 to 9999'],
    // intervals
    ['2012-05-11/2012-05-03', 'is before its start'],
    ['2013/2012-12', 'is before its start'],
    ['9999/2019', 'is before its start'],
    ['../9999-12-31', 'must have a start or an end'],
    ['9999/..', 'must have a start or an end'],
    ['/', 'a start or an end'],
    ['../..', 'a start or an end'],
    ['2012/2013/2014', 'an interval must have exactly one slash'],
    ['1981-09..1981-10', 'must be joined by a slash, as in 1981-09/1981-10'],
    ['..2019', 'joined by a slash'],
    ['{2019,2020}', 'sets of days (EDTF level 2) are not supported'],
    ['[2019,2020]', 'sets of days (EDTF level 2) are not supported'],
    // level 2, and what only looks like a level
    ['1964-XX-16', 'X may replace only the rightmost digits'],
    ['2019-1X', 'X may replace only the rightmost digits'],
    ['201X-XX', 'X may replace only the rightmost digits'],
    ['XXXX', 'the year is unknown'],
    ['XXXX-10-23', 'the year is unknown'],
    ['201x', 'a capital X'],
    ['2019-uu', 'a capital X'],
    ['unknown', 'must be EDTF level 1'],
    ['201X?', 'must not be combined'],
    ['2019-XX/2020', 'must not be combined'],
    ['2019-21?', 'a season must not be combined'],
    ['2019-21/2019-23', 'a season must not be combined'],
    ['2019?-10', 'only one qualifier'],
    ['?2019-10', 'only one qualifier'],
    ['2019?~', 'one qualifier'],
    ['2019-10-23T14:30:00Z', 'must not contain a time of day'],
    ['2019-10-23T', 'must not contain a time of day'],
    // spelling
    ['', 'it must not be empty'],
    [' 2019', 'must not contain spaces or control characters'],
    ['2019-10-23\n', 'must not contain spaces or control characters'],
    ['2019\u0000', 'must not contain spaces or control characters'],
    ['\uFF12019', 'digits must be 0 to 9'],
    ['٢٠١٩', 'digits must be 0 to 9'],
    ['1953-05-5', 'a month and a day two, as in 1953-05-05'],
    ['0014-022005', 'a month and a day two'],
    ['20191023', 'a month and a day two'],
    ['2010-XX-XX-', 'nothing follows a hyphen'],
    ['2019-', 'nothing follows a hyphen'],
    ['23.10.2019', 'the year must come first'],
    ['23/10/2019', 'the year must come first'],
    ['2019/10/23', 'joined by hyphens'],
    ['2019.10.23', 'joined by hyphens'],
    ['yesterday', 'must be EDTF level 1, such as 2019-10-23'],
    ['2019−10−23', 'must be EDTF level 1'],
    ['NA', 'must be EDTF level 1'],
    ['2'.repeat(41), 'at most 40 characters'],
  ])('%j', (text, reason) => {
    expect(() => parseEdtf(text)).toThrow(EdtfError)
    expect(() => parseEdtf(text)).toThrow(reason)
  })
})

/** The parsed date, or null when it is refused. Other errors are thrown. */
function readOrNull(text: string): Edtf | null {
  try {
    return parseEdtf(text)
  } catch (error) {
    if (!(error instanceof EdtfError)) throw error
    expect(error.message).toMatch(/^[^\n]{1,500}\.$/)
    return null
  }
}

/** The result of the package: year, month from 0 or season from 21, day; a bit for each X of YYYYMMDD, lowest first. */
interface Point {
  type: 'Date' | 'Season'
  values: [year: number, month?: number, day?: number]
  unspecified?: number
}

/** An end is null when unknown, Infinity when open. */
interface Interval {
  type: 'Interval'
  values: [Point | number | null, Point | number | null]
}

const bits = { tensOfYears: 0b100, years: 0b1000, month: 0b110000, day: 0b11000000 }

function daysOf(point: Point | number | null): [first: string, last: string] | [null, null] {
  if (point === null || typeof point !== 'object') return [null, null]
  const { type, unspecified = 0, values } = point
  const [year, month, day] = values
  const iso = (year: number, month: number, day: number) => new Temporal.PlainDate(year, month, day).toString()
  if (type === 'Season' || month === undefined || unspecified & bits.month) {
    const years = unspecified & bits.tensOfYears ? 100 : unspecified & bits.years ? 10 : 1
    return [iso(Math.max(year, 1), 1, 1), iso(year + years - 1, 12, 31)]
  }
  const { daysInMonth } = new Temporal.PlainYearMonth(year, month + 1)
  const whole = day === undefined || unspecified & bits.day
  return [iso(year, month + 1, whole ? 1 : day), iso(year, month + 1, whole ? daysInMonth : day)]
}

/** The first and the last day as the package `edtf` reads them; a day of the year 9999 counts as unknown. */
function readByPackage(text: string): (string | null)[] {
  const found: Point | Interval = parse(text, { level: 1, types: ['Date', 'Season', 'Interval'] })
  const [first, last] =
    found.type === 'Interval' ? [daysOf(found.values[0])[0], daysOf(found.values[1])[1]] : daysOf(found)
  return [first, last].map((day) => (day === null || day >= '9999' ? null : day))
}

const shape = new RegExp(edtfPattern, 'u')
const firstDayOfAll = Temporal.PlainDate.from('0001-01-01')
const anyDay = fc
  .integer({ min: 0, max: firstDayOfAll.until('9998-12-31').days })
  .map((days) => firstDayOfAll.add({ days }).toString())
const shaped = fc.stringMatching(new RegExp(edtfPattern))
const characters = (ascii: string): string[] => ascii.split('')
const garbled = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...characters('0129X?~%/.-TY')), maxLength: 41 }),
  fc
    .tuple(
      shaped,
      fc.nat(23),
      fc.nat(3),
      fc.string({ unit: fc.constantFrom(...characters('0123X?~%/.-[,]{}')), maxLength: 3 }),
    )
    .map(([text, at, gone, instead]) => text.slice(0, at) + instead + text.slice(at + gone)),
)

describe('always', () => {
  test('the first and the last day of a day are that day', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        expect(parseEdtf(day)).toEqual({ value: day, firstDay: day, lastDay: day, approximate: false })
      }),
      { numRuns: 5000 },
    )
  })

  test('every February ends on its last day', () => {
    for (let year = 1; year < 9999; year++) {
      const month = `${String(year).padStart(4, '0')}-02`
      const days = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
      const [last, beyond] = [`${month}-${days}`, `${month}-${days + 1}`]
      expect([isDay(last), isDay(beyond), parseEdtf(`${month}-XX`).lastDay]).toEqual([true, false, last])
    }
  })

  test('a text of valid shape is refused or kept unchanged, and its first day is not after its last', () => {
    fc.assert(
      fc.property(shaped, (text) => {
        const read = readOrNull(text)
        if (read === null) return
        expect(read.value).toBe(text)
        for (const day of [read.firstDay, read.lastDay]) expect(day === null || isDay(day)).toBe(true)
        if (read.firstDay !== null && read.lastDay !== null) expect(read.firstDay <= read.lastDay).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  test('any other text is refused with a sentence', () => {
    fc.assert(
      fc.property(garbled, (text) => {
        if (readOrNull(text) !== null) expect(text).toMatch(shape)
      }),
      { numRuns: 5000 },
    )
  })

  test('the package `edtf` reads the same days in every text of valid shape', () => {
    const same = (text: string): void => {
      const read = readOrNull(text)
      if (read === null) return
      expect([text, read.firstDay, read.lastDay]).toEqual([text, ...readByPackage(text)])
    }
    fc.assert(fc.property(shaped, same), { numRuns: 5000 })
    for (let year = 1; year < 10_000; year += 37) {
      const text = String(year).padStart(4, '0')
      for (const date of [text, `${text}-02`, `${text}-02-XX`, `${text}-XX`, `${text.slice(0, 3)}X`]) same(date)
    }
  })

  test('any text of forty characters is parsed quickly', () => {
    const texts = characters('0129XYT?~%/.-[{ ').flatMap((a) => characters('09X?/.-').map((b) => (a + b).repeat(20)))
    const started = performance.now()
    for (let round = 0; round < 20; round++) texts.forEach(readOrNull)
    expect((performance.now() - started) / texts.length / 20).toBeLessThan(1)
  })
})

test('a day in a query must be a day of the calendar', () => {
  expect(['0001-01-01', '2020-02-29', '9999-12-31'].filter((text) => !isDay(text))).toEqual([])
  const others = [
    '0000-12-31',
    '2023-02-30',
    '2019-02-29',
    '2019-13-01',
    '2019-1-1',
    '2019-10',
    '2019-10-23\n',
    '10000-01-01',
    '',
  ]
  expect(others.filter(isDay)).toEqual([])
})

/** A file of real agreements, with the columns that contain dates; it is not part of the project. */
const corpus = process.env['ENTENTE_DATES_CORPUS']
const told = corpus ? '' : ' (skipped: ENTENTE_DATES_CORPUS names no file)'

test.skipIf(!corpus)(`of 14,470 dates of real agreements all but nineteen are read${told}`, () => {
  const rows: Record<string, string>[] = parseCsv(readFileSync(corpus!), { columns: true })
  const columns = ['Begin', 'End', 'Signature', 'Force', 'Term']
  const values = rows
    .flatMap((row) => columns.map((column) => row[column] ?? ''))
    .filter((value) => value && value !== 'NA')
  const refused = values.filter((value) => readOrNull(value) === null)
  const sentinels = values.filter((value) => value.startsWith('9999') && readOrNull(value)?.firstDay === null)
  expect([values.length, refused.length, sentinels.length]).toEqual([14_470, 19, 876])
  expect([...new Set(refused)].toSorted()).toEqual([
    '0014-022005',
    '1953-05-5',
    '1964-XX-16',
    '1972-06-31?',
    '1976-06-31',
    '1981-09..1981-10',
    '2010-XX-XX-',
  ])
})
