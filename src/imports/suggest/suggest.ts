import { setImmediate } from 'node:timers/promises'
import type { LifecycleEvent } from '../../agreements/time/lifecycle.ts'
import type { DateRule, Mapping } from '../mapping/schemas.ts'
import { ColumnName } from '../mapping/text-schemas.ts'
import { valueKey } from '../mapping/value-tables.ts'
import { actOf, find, isKey, schemeOf } from './roles.ts'
import { type Column, seeColumn, type SeenColumn, unknownIn } from './seen.ts'
import { proposeParties } from './propose-parties.ts'
import { kindPattern, saysBilateral, statusIn, typeIn } from './values.ts'

/** The first rows of a file. */
export interface FileHead {
  columns: readonly string[]
  rows: readonly { cells: Readonly<Record<string, string>> }[]
}

export interface Suggestion {
  mapping: Mapping
  columns: SeenColumn[]
  /** What a person should check, in whole sentences. */
  notes: string[]
}

/** The rows that are looked at; more change little. */
const headRows = 1000

/** How much of a cell is looked at, in UTF-16 units. */
const maxCell = 1000

/**
 * A mapping for a file, from the names of its columns and what they have in the first rows. It names only columns of the file;
 * what could not be found is in the notes. Yields to the event loop after each column.
 */
export async function suggest({ columns: names, rows: all }: FileHead): Promise<Suggestion> {
  const rows = all.slice(0, headRows).map(({ cells }) => cells)
  const known = names.filter(canBeNamed)
  const cellsOf = (name: string) => rows.map((cells) => (cells[name] ?? '').slice(0, maxCell))
  const unknownValues = new Set<string>()
  for (const name of known) {
    for (const value of unknownIn(cellsOf(name))) unknownValues.add(value)
    await setImmediate()
  }
  const unknown = [...unknownValues].slice(0, 50)
  const columns: Column[] = []
  for (const name of known) {
    columns.push(seeColumn(name, cellsOf(name), unknown))
    await setImmediate()
  }
  const notes = unnamedNote(names.length - known.length)
  const parties = proposeParties(columns, notes)
  const title = titleOf(columns, parties.columns, notes)
  const type = await typeOf(columns, title, notes)
  const dates = datesOf(columns, rows, notes)
  const mapping: Mapping = {
    ...(unknown.length > 0 && { unknown }),
    ...keyOf(columns, rows.length),
    title: title ? { column: title.name } : { constant: 'Untitled' },
    ...(title ? {} : { titleIsDescriptive: true }),
    ...type.rules,
    ...parties.rules,
    ...(dates.length > 0 && { dates }),
    ...others(columns),
    ...leftOut(columns, parties.rules.leaveOut),
  }
  const status = statusOf(columns, notes)
  const merged = status ? { ...mapping, ...status.rules, tables: { ...mapping.tables, ...status.tables } } : mapping
  notes.push(...unusedNote(columns, merged))
  return { mapping: merged, columns: columns.map(({ name, seen }) => ({ name, seen })), notes }
}

/** Whether a mapping can name the column: not if its name is blank, too long, or has a NUL character. */
const canBeNamed = (name: string): boolean => ColumnName.safeParse(name).success

const unnamedNote = (count: number): string[] =>
  count > 0
    ? [
        `Columns that no rule can use: ${count}. The name of a column must have a visible character, at most 500 characters and no NUL character.`,
      ]
    : []

/** The mean length of the contents. */
const words = ({ values }: Column): number =>
  values.reduce((sum, value) => sum + value.length, 0) / Math.max(1, values.length)

/** A column with few different codes is no title, whatever its name. */
const canBeTitle = (column: Column): boolean =>
  (column.seen.looksLike === 'text' || column.seen.looksLike === 'list') && words(column) > 8

function titleOf(columns: Column[], taken: Column[], notes: string[]): Column | undefined {
  const free = columns.filter((column) => !taken.includes(column) && canBeTitle(column))
  // What is called a title is one, however short.
  const called = columns.filter(({ words, seen }) => /^(?:title|titel|titre|titulo)$/.test(words) && seen.filled > 0)
  const found = find.title(free) ?? called.find((column) => !taken.includes(column))
  if (found) return found
  const longest = free
    .filter(({ seen }) => seen.distinct > seen.filled / 2)
    .toSorted((a, b) => b.seen.filled - a.seen.filled)[0]
  if (longest) notes.push(`No column is named like a title; \`${longest.name}\` is taken for it.`)
  else notes.push('No column looks like a title. Say where titles come from (`title`).')
  return longest
}

type TypeRules = Pick<Mapping, 'type' | 'tables' | 'derived'>

/** From its own column, otherwise from the words of the title. Yields to the event loop after each column. */
async function typeOf(columns: Column[], title: Column | undefined, notes: string[]): Promise<{ rules: TypeRules }> {
  const naming: Column[] = []
  const mostlyNaming: Column[] = []
  for (const column of columns) {
    if (column === title || column.seen.distinct > 60) continue
    const types = column.values.filter((value) => typeIn(value)).length
    if (types > 0) naming.push(column)
    // The title in another language names the type too, but is long.
    if (words(column) <= 30 && types > column.values.length / 2) mostlyNaming.push(column)
    await setImmediate()
  }
  const column = find.type(naming) ?? find.title(mostlyNaming)
  if (column) {
    const values = new Map(column.values.map((value) => [valueKey(value), value]))
    const entries = Object.fromEntries(
      [...values.values()].flatMap((value) => (typeIn(value) ? [[value, typeIn(value)!]] : [])),
    )
    const rest = [...values.values()].filter((value) => !typeIn(value))
    if (rest.length > 0) notes.push(`These types become \`other\`: ${quoted(rest)}.`)
    return {
      rules: {
        type: { column: column.name, table: 'types', default: 'other' },
        tables: { types: { entries, otherwise: 'other' } },
      },
    }
  }
  if (!title) return { rules: { type: { constant: 'other' } } }
  notes.push('No column has the type; it is taken from the words of the title.')
  if (columns.some(({ name }) => name === 'kind')) return { rules: { type: { constant: 'other' } } }
  return { rules: typeInTitle(title) }
}

/** Takes the type from the words of the title; `values` are titles of the file. */
export function typeInTitle({ name, values }: Pick<Column, 'name' | 'values'>): Required<TypeRules> {
  const pattern = new RegExp(kindPattern.replace('(?i)', ''), 'i')
  const kinds = [...new Set(values.flatMap((value) => pattern.exec(value)?.[0].toLowerCase() ?? []))]
  const entries = Object.fromEntries(kinds.flatMap((kind) => (typeIn(kind) ? [[kind, typeIn(kind)!]] : [])))
  return {
    type: { column: 'kind', table: 'types', default: 'other' },
    tables: { types: { entries, otherwise: 'other' } },
    derived: [{ column: name, pattern: kindPattern }],
  }
}

const quoted = (values: string[]): string =>
  values
    .slice(0, 10)
    .map((value) => `\`${value.slice(0, 60)}\``)
    .join(', ') + (values.length > 10 ? ' …' : '')

function datesOf(columns: Column[], rows: readonly Readonly<Record<string, string>>[], notes: string[]): DateRule[] {
  // The day of an effect comes after the day of its act.
  const isEffect = ({ name }: Column): number => Number(/effect/i.test(name))
  const days = columns.filter(({ seen }) => seen.looksLike === 'day').toSorted((a, b) => isEffect(a) - isEffect(b))
  const place = find.place(columns)
  const signed = days.find(({ name }) => actOf(name) === 'signed')
  const found: DateRule[] = []
  for (const column of days) {
    const event = actOf(column.name)
    if (!event || found.some((one) => one.event === event)) continue
    const isOff =
      nearSignature.includes(event) &&
      signed &&
      signed !== column &&
      rows.some((cells) => centuriesDiffer(cells[signed.name], cells[column.name]))
    if (isOff)
      notes.push(`Some years in \`${column.name}\` are a century away from \`${signed.name}\`; they are corrected.`)
    notes.push(...orderNote(column))
    found.push({
      event,
      date: { column: column.name, formats: column.formats, ...(isOff && { century: { like: signed.name } }) },
      ...(event === 'signed' && place && { place: { column: place.name } }),
    })
  }
  if (!signed) notes.push('No column has days of signature.')
  return found
}

/** The acts that cannot be a century after the signature. */
const nearSignature: LifecycleEvent[] = ['entered_into_force', 'provisionally_applied', 'registered']

const yearIn = (cell = ''): number => Number(/[0-9]{4}/.exec(cell)?.[0] ?? Number.NaN)
const centuriesDiffer = (a?: string, b?: string): boolean => Math.abs(Math.abs(yearIn(a) - yearIn(b)) - 100) <= 5

/** The formats with the day first that others write with the month first. */
const dayFirst = ['dd/MM/yyyy', 'dd-MM-yyyy', 'dd/MM/yy']

/** What to check where the day and the month can be taken for each other. */
function orderNote({ name, formats, values }: Column): string[] {
  const first = formats.find((format) => dayFirst.includes(format) || format === 'MM/dd/yyyy')
  if (formats.includes('dd/MM/yyyy') && formats.includes('MM/dd/yyyy')) {
    const order = first === 'MM/dd/yyyy' ? 'month/day/year' : 'day/month/year'
    return [
      `Some days in \`${name}\` can only be day/month/year, others only month/day/year. Those that can be both are read as ${order}.`,
    ]
  }
  const isTold = values.some((value) => Number(/^([0-9]{1,2})[/-][0-9]{1,2}[/-]/.exec(value)?.[1]) > 12)
  if (first === undefined || first === 'MM/dd/yyyy' || isTold) return []
  return [`Days in \`${name}\` are read as day/month/year; no value tells it from month/day/year.`]
}

/** A column with a different content in each row, named like a number. */
function keyOf(columns: Column[], rows: number): Pick<Mapping, 'rowKey' | 'reference'> {
  const isUnique = ({ seen }: Column) => seen.filled === rows && seen.distinct === rows
  const key = columns.find((column) => isKey(column.name) && isUnique(column) && !schemeOf(column.name))
  if (!key) return {}
  const isReference =
    key.values.every((value) => /^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9./_-]{0,99}$/.test(value)) &&
    key.seen.looksLike !== 'text'
  return { rowKey: { column: key.name }, ...(isReference && { reference: { column: key.name } }) }
}

function others(columns: Column[]): Partial<Mapping> {
  const identifiers = columns.flatMap(({ name, split, seen }) => {
    const scheme = seen.filled > 0 ? schemeOf(name) : undefined
    return scheme ? [{ scheme, value: { column: name, ...(split.length > 0 && { split }) } }] : []
  })
  const documents = columns
    .filter(({ seen }) => seen.looksLike === 'address')
    .map(({ name }) => ({ title: { constant: name }, url: { column: name } }))
  const [summary, length] = [
    find.summary(columns),
    find.length(columns.filter(({ seen }) => seen.looksLike === 'duration')),
  ]
  return {
    ...(identifiers.length > 0 && { identifiers }),
    ...(documents.length > 0 && { documents }),
    ...(summary && { summary: { column: summary.name } }),
    ...(length && { term: { length: { column: length.name } } }),
  }
}

/** Rows that the file itself calls other than bilateral, and those that the parties leave out. */
function leftOut(columns: Column[], byParties: Mapping['leaveOut'] = []): Pick<Mapping, 'leaveOut'> {
  const column = find.bilateral(columns)
  const said = [...new Set(column?.values.filter(saysBilateral))].slice(0, 10)
  const own =
    column && said.length > 0 ? [{ when: [{ column: column.name, isNot: said }], reason: 'Not bilateral.' }] : []
  const leaveOut = [...own, ...byParties]
  return leaveOut.length > 0 ? { leaveOut } : {}
}

function statusOf(
  columns: Column[],
  notes: string[],
): { rules: Partial<Mapping>; tables: Mapping['tables'] } | undefined {
  const column = find.status(columns.filter(({ seen }) => seen.looksLike !== 'day' && seen.distinct <= 30))
  if (!column) return undefined
  const values = [...new Map(column.values.map((value) => [valueKey(value), value])).values()]
  const entries = Object.fromEntries(values.map((value) => [value, statusIn(value, column.name) ?? '']))
  if (Object.values(entries).every((status) => status === '')) return undefined
  const rest = values.filter((value) => entries[value] === '')
  if (rest.length > 0) notes.push(`These values of \`${column.name}\` state no status: ${quoted(rest)}.`)
  return {
    rules: { statements: [{ status: { column: column.name, table: 'statuses' } }] },
    tables: { statuses: { entries, otherwise: '' } },
  }
}

function unusedNote(columns: Column[], mapping: Mapping): string[] {
  const used = JSON.stringify(mapping)
  const unused = columns.filter(({ name, seen }) => seen.filled > 0 && !used.includes(JSON.stringify(name)))
  return unused.length > 0 ? [`No rule uses these columns: ${quoted(unused.map(({ name }) => name))}.`] : []
}
