import type { TextSource } from './encoding.ts'
import { FileError, type RowError } from './errors.ts'
import { parseExactly } from './json-numbers.ts'
import { isTooDeep, itemsOf, linesOf, maxDepth } from './json-items.ts'
import { cellsOf, type Format, notText, refuseTooMany, type Row, type Table } from './table.ts'

/** How many levels of objects become columns; what is deeper stays JSON text. */
const maxLevels = 5

/** What is in a field with a longer name stays JSON text: no rule can name its columns, which would repeat the name. */
const maxName = 500

/**
 * The most lines that a list of objects makes, one for each object in each of its columns. A row of 1 MB whose objects all have
 * the same fields makes fewer; one whose objects all have other fields would make billions.
 */
const maxLines = 200_000

/**
 * The table of a JSON or NDJSON file. Its columns are all fields that occur, in the order in which they first occur; the whole
 * file is read once to find them.
 * @throws FileError
 */
export async function readJson(text: TextSource, format: Format & ('json' | 'ndjson')): Promise<Table> {
  const items = () => (format === 'json' ? itemsOf(text) : linesOf(text))
  const names = new Set<string>()
  let [rows, objects] = [0, 0]
  for await (const item of items()) {
    rows += 1
    const { object } = objectIn(item)
    if (object) objects += 1
    for (const [name] of object ? fieldsIn(object, rows) : []) {
      names.add(name)
      refuseTooMany(names.size)
    }
  }
  if (rows === 0) throw new FileError('empty_file', 'The file has no rows.')
  if (objects === 0) {
    throw new FileError('not_an_object', 'Each item of the file must be a JSON object, such as `{"title": "Treaty"}`.')
  }
  const columns = [...names]
  return { format, columns, isReturned: false, rows: { [Symbol.asyncIterator]: () => rowsOf(items(), columns) } }
}

async function* rowsOf(items: AsyncIterable<string>, columns: string[]): AsyncGenerator<Row> {
  let number = 0
  for await (const item of items) {
    number += 1
    const { object, error } = objectIn(item)
    const raw = object ?? item
    const cells = cellsOfItem(raw, columns)
    yield { number, cells, raw, errors: error ? [error] : notText(cells) }
  }
}

/** The cells of an item, from what is kept of it as `raw`. */
export function cellsOfItem(raw: unknown, columns: readonly string[]): Record<string, string> {
  const cells = cellsOf(columns.map((name) => [name, ''] as const))
  for (const [name, value] of isObject(raw) ? fieldsOf(raw) : []) cells[name] = value
  return cells
}

/** @throws FileError `row_too_large` */
function fieldsIn(object: JsonObject, row: number): [name: string, value: string][] {
  try {
    return fieldsOf(object)
  } catch (error) {
    if (!(error instanceof TooManyLines)) throw error
    const message = `Row ${row} has a list of objects with too many different fields.`
    throw new FileError('row_too_large', message, { row })
  }
}

class TooManyLines extends Error {}

type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectIn(item: string): { object?: JsonObject; error?: RowError } {
  if (isTooDeep(item)) {
    return { error: { code: 'nested_too_deep', message: `The row is nested more than ${maxDepth} levels deep.` } }
  }
  try {
    const value = parseExactly(item)
    if (isObject(value)) return { object: value }
    return { error: { code: 'not_an_object', message: 'The row must be a JSON object.' } }
  } catch {
    return { error: { code: 'invalid_json', message: 'The row is not valid JSON.' } }
  }
}

/**
 * The fields of an object as columns:
 * - an object: one column for each of its fields, `place.city`;
 * - a list of texts or numbers: one line for each;
 * - a list of objects: one column for each of their fields, with one line for each object (blank where it lacks the field), so
 *   that the lines of `parties.name` and `parties.code` belong together.
 * Line breaks within values that share a cell become spaces.
 */
function fieldsOf(object: JsonObject, prefix = '', level = 1): [name: string, value: string][] {
  return Object.entries(object).flatMap(([key, value]): [string, string][] => {
    const name = prefix + key
    const isDivided = level < maxLevels && name.length <= maxName
    if (isObject(value) && isDivided) return fieldsOf(value, `${name}.`, level + 1)
    if (!Array.isArray(value)) return [[name, textOf(value)]]
    if (value.length > 0 && isDivided && value.every(isObject)) return fieldsOfList(value, name, level)
    return [[name, value.map(lineOf).join('\n')]]
  })
}

function fieldsOfList(list: JsonObject[], name: string, level: number): [string, string][] {
  const items = list.map((item) => new Map(fieldsOf(item, `${name}.`, level + 1)))
  const names = new Set(items.flatMap((item) => [...item.keys()]))
  if (names.size * items.length > maxLines) throw new TooManyLines()
  return [...names].map((field) => [field, items.map((item) => oneLine(item.get(field) ?? '')).join('\n')])
}

const lineOf = (value: unknown): string => oneLine(textOf(value))
const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ')

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
