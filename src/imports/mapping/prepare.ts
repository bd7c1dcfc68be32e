import { setImmediate } from 'node:timers/promises'
import { didYouMean } from '../../problems/did-you-mean.ts'
import { groupedBy } from '../../shared/grouped.ts'
import { type DayReader, dayReaderOf, DayFormatError } from './days.ts'
import { MappingError, type MappingIssue } from './mapping-error.ts'
import { expandedSize } from './pattern-size.ts'
import { compilePattern, maxSizeOfAll, type Pattern, PatternError } from './patterns.ts'
import { placesOfValues, valuesOutside } from './register-values.ts'
import type { DerivedColumn, MappedTable, Mapping } from './schemas.ts'
import { type FileTable, isOneOf, valueKey } from './value-tables.ts'
import { columnsOf, hasLooseBrace } from './templates.ts'
import type { DayRule } from './text-schemas.ts'

/** A mapping that fits a file, with everything compiled that its rows need. */
export interface PreparedMapping {
  mapping: Mapping
  /** The columns that rules use, or that are left out on purpose. */
  accounted: ReadonlySet<string>
  /** The columns that a rule uses but that this file lacks; blank in each row. */
  lacking: readonly string[]
  pattern: (source: string) => Pattern
  days: (rule: DayRule) => DayReader
  table: (name: string) => PreparedTable
  /** Whether a text with `and` in it is a name of one body; unless that is known, none is. */
  isName?: (text: string) => boolean
  /** Whether a text is one of the values of a condition. */
  isOneOf: (values: string[]) => (text: string) => boolean
  /** Whether a value means unknown in every column. */
  isUnknown: (text: string) => boolean
  /** Whether a value means unknown in a rule. */
  isUnknownIn: (rule: { unknown?: string[] | undefined }) => (text: string) => boolean
}

export interface PreparedTable {
  rule: MappedTable
  /** By `valueKey`. */
  values: ReadonlyMap<string, string>
  /** What values meant before a day, by `valueKey`. */
  changes: ReadonlyMap<string, NonNullable<MappedTable['changes']>>
}

/** A value of a mapping with its place. */
interface Part {
  pointer: string
  key: string
  value: unknown
}

/**
 * Checks a mapping against the columns of a file.
 * @param fileTables the tables that second files give, by the `file` of their tables in the mapping
 * @throws MappingError with all issues
 */
export function prepareMapping(
  mapping: Mapping,
  columns: readonly string[],
  fileTables: ReadonlyMap<string, FileTable> = new Map(),
): PreparedMapping {
  const parts = [...partsOf(mapping)]
  const issues: MappingIssue[] = []
  const patterns = new Patterns()
  compilePatterns(parts, issues, patterns)
  const derived = derivedColumns(mapping, patterns)
  const optional = mapping.optionalColumns ?? []
  const named = namedColumns(parts)
  const known = new Set([...columns, ...derived, ...optional])
  issues.push(
    ...looseBraces(parts),
    ...withoutGroups(mapping, patterns),
    ...unknownColumns(named, known),
    ...madeLater(mapping, patterns, new Set([...columns, ...optional])),
    ...missingTables(mapping, parts),
    ...tablesWithoutFile(mapping, fileTables),
    ...valuesOutside(mapping, tablesOfTexts(mapping, parts)),
  )
  const days = compiledDays(parts, issues)
  if (issues.length === 0 && !named.some(({ column }) => columns.includes(column))) {
    const message = 'The mapping uses no column of the file.'
    issues.push({ pointer: '', code: 'no_column_used', message })
  }
  if (issues.length > 0) throw new MappingError(issues)
  const tables = new Map(
    Object.entries(mapping.tables ?? {}).map(([name, rule]) => [name, preparedTable(rule, fileTables)]),
  )
  return {
    mapping,
    accounted: new Set([...named.map(({ column }) => column), ...(mapping.ignoredColumns ?? [])]),
    lacking: optional.filter((column) => !columns.includes(column)),
    pattern: (source) => patterns.get(source)!,
    days: (rule) => days.get(rule)!,
    table: (name) => tables.get(name)!,
    isOneOf: memoized((values) => isOneOf(values)),
    isUnknown: isOneOf(mapping.unknown),
    isUnknownIn: memoized((rule) => isOneOf(rule.unknown)),
  }
}

/**
 * What is wrong with a mapping whatever the file is: patterns, formats and values that cannot be used, and tables that it lacks.
 * Yields to other requests, because a large mapping has thousands of patterns.
 */
export async function issuesOf(mapping: Mapping): Promise<MappingIssue[]> {
  const parts = [...partsOf(mapping)]
  const issues = [
    ...looseBraces(parts),
    ...missingTables(mapping, parts),
    ...valuesOutside(mapping, tablesOfTexts(mapping, parts)),
  ]
  const patterns = new Patterns()
  for (const part of parts) {
    if (![...patternKeys, ...dayKeys].includes(part.key)) continue
    await setImmediate()
    compilePatterns([part], issues, patterns)
    compiledDays([part], issues)
  }
  return [...issues, ...withoutGroups(mapping, patterns)]
}

/** A function of objects that is computed once for each. */
function memoized<Key extends object, Result>(compute: (key: Key) => Result): (key: Key) => Result {
  const results = new WeakMap<Key, Result>()
  return (key) => {
    const known = results.get(key)
    if (known !== undefined) return known
    const result = compute(key)
    results.set(key, result)
    return result
  }
}

/** All values within a mapping; entries of tables are data, not rules. */
function* partsOf(value: object, pointer = ''): Generator<Part> {
  for (const [key, part] of Object.entries(value) as [string, unknown][]) {
    const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    yield { pointer: place, key, value: part }
    if (typeof part === 'object' && part !== null && !/^\/tables\/[^/]+\/entries$/.test(place))
      yield* partsOf(part, place)
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const inTables = ({ pointer }: { pointer: string }): boolean => /^\/tables\/[^/]+\/[^/]+$/.test(pointer)

/** The columns of the file that rules name. */
function namedColumns(parts: Part[]): { pointer: string; column: string }[] {
  return parts.flatMap(({ pointer, key, value }) => {
    if (!isText(value) || inTables({ pointer })) return []
    if (key === 'column' || key === 'like' || key === 'codeColumn') return [{ pointer, column: value }]
    return key === 'template' ? columnsOf(value).map((column) => ({ pointer, column })) : []
  })
}

/** So many names of a mapping are compared, each with so many that there are: comparing takes time. */
const [maxCompared, maxNames] = [10, 2_000]

const nearest = (i: number, name: string, names: Iterable<string>) =>
  i < maxCompared ? didYouMean(name, [...names].slice(0, maxNames)) : {}

function unknownColumns(named: { pointer: string; column: string }[], known: Set<string>): MappingIssue[] {
  return named
    .filter(({ column }) => !known.has(column))
    .map(({ pointer, column }, i) => ({
      pointer,
      code: 'no_such_column' as const,
      message: `The file has no column \`${column}\`.`,
      ...nearest(i, column, known),
    }))
}

/** The columns that `derived` makes. */
const derivedColumns = ({ derived = [] }: Mapping, patterns: Map<string, Pattern>): string[] =>
  derived.flatMap((rule) => madeBy(rule, patterns))

const madeBy = ({ as, pattern }: DerivedColumn, patterns: Map<string, Pattern>): string[] => [
  ...(as === undefined ? [] : [as]),
  ...(pattern === undefined ? [] : (patterns.get(pattern)?.groups ?? [])),
]

const looseBraces = (parts: Part[]): MappingIssue[] =>
  parts
    .filter(({ pointer, key, value }) => key === 'template' && !inTables({ pointer }) && isText(value))
    .filter(({ value }) => hasLooseBrace(value as string))
    .map(({ pointer }) => {
      const message = 'Each brace must belong to the name of a column: `TIAS-{no}`.'
      return { pointer, code: 'invalid_template', message }
    })

/** Patterns of derived columns that make none. */
const withoutGroups = ({ derived = [] }: Mapping, patterns: Map<string, Pattern>): MappingIssue[] =>
  derived.flatMap(({ pattern = '' }, i): MappingIssue[] => {
    if (patterns.get(pattern)?.groups.length !== 0) return []
    const message = 'The pattern must have a named group for each column that it makes: `(?<number>[0-9]+)`.'
    return [{ pointer: `/derived/${i}/pattern`, code: 'invalid_pattern', message }]
  })

/** Derived columns that are used before a rule has made them, where they are always blank. */
function madeLater({ derived = [] }: Mapping, patterns: Map<string, Pattern>, there: Set<string>): MappingIssue[] {
  const later = new Set(derived.flatMap((rule) => madeBy(rule, patterns)))
  const made = new Set(there)
  return derived.flatMap((rule, i) => {
    const used = namedColumns([...partsOf(rule, `/derived/${i}`)])
    const early = used.filter(({ column }) => later.has(column) && !made.has(column))
    for (const column of madeBy(rule, patterns)) made.add(column)
    return early.map(({ pointer, column }): MappingIssue => {
      const message = `The column \`${column}\` is not made yet: columns are made in the order of \`derived\`.`
      return { pointer, code: 'column_made_later', message }
    })
  })
}

/** The keys under which a mapping has patterns. */
const patternKeys = ['pattern', 'matches', 'keep']

/** The patterns of a mapping by their sources. */
class Patterns extends Map<string, Pattern> {
  #size = 0

  /** @throws PatternError */
  compile(source: string): void {
    if (this.has(source)) return
    this.#size += expandedSize(source)
    if (this.#size > maxSizeOfAll)
      throw new PatternError('The patterns of the mapping are too large together. Use fewer, or smaller ones.')
    this.set(source, compilePattern(source))
  }
}

function compilePatterns(parts: Part[], issues: MappingIssue[], patterns: Patterns): void {
  for (const { pointer, key, value } of parts) {
    if (!isText(value) || !patternKeys.includes(key)) continue
    try {
      patterns.compile(value)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      issues.push({ pointer, code: 'invalid_pattern', message: error.message })
    }
  }
}

/** The keys under which a mapping has rules for days. */
const dayKeys = ['date', 'effectiveDate', 'lastDay', 'onDay', 'day']

function compiledDays(parts: Part[], issues: MappingIssue[]): Map<DayRule, DayReader> {
  const readers = new Map<DayRule, DayReader>()
  for (const { pointer, key, value } of parts) {
    if (!dayKeys.includes(key) || typeof value !== 'object') continue
    try {
      readers.set(value as DayRule, dayReaderOf(value as DayRule))
    } catch (error) {
      const isFormat = error instanceof DayFormatError
      if (!isFormat && !(error instanceof RangeError)) throw error
      const place = isFormat ? `/formats/${error.index}` : '/language'
      const message = isFormat ? error.message : 'Must be a BCP 47 language tag, such as `en` or `es`.'
      issues.push({ pointer: pointer + place, code: 'invalid_format', message })
    }
  }
  return readers
}

function missingTables({ tables = {} }: Mapping, parts: Part[]): MappingIssue[] {
  return parts
    .filter(({ key, value }) => key === 'table' && isText(value) && !Object.hasOwn(tables, value))
    .map(({ pointer, value }, i) => {
      const message = `The mapping has no table \`${String(value)}\`.`
      return { pointer, code: 'no_such_table', message, ...nearest(i, String(value), Object.keys(tables)) }
    })
}

/** The tables of rules that take any text. */
function tablesOfTexts(mapping: Mapping, parts: Part[]): Set<string> {
  const places = placesOfValues(mapping)
  const isOfText = ({ pointer, key }: Part) => key === 'table' && !places.has(pointer.slice(0, -'/table'.length))
  return new Set(parts.flatMap((part) => (isOfText(part) && isText(part.value) ? [part.value] : [])))
}

function tablesWithoutFile({ tables = {} }: Mapping, fileTables: ReadonlyMap<string, FileTable>): MappingIssue[] {
  return Object.entries(tables).flatMap(([name, { file }]): MappingIssue[] => {
    if (file === undefined || fileTables.has(file)) return []
    const pointer = `/tables/${name.replaceAll('~', '~0').replaceAll('/', '~1')}/file`
    return [{ pointer, code: 'no_file_table', message: `The file \`${file}\` with this table is missing.` }]
  })
}

function preparedTable(rule: MappedTable, fileTables: ReadonlyMap<string, FileTable>): PreparedTable {
  const own = Object.entries(rule.entries ?? {}).map(([from, to]) => [valueKey(from), to] as const)
  const file = rule.file === undefined ? undefined : fileTables.get(rule.file)
  const changes = groupedBy(rule.changes ?? [], ({ from }) => valueKey(from))
  return { rule, values: new Map([...(file ?? []), ...own]), changes }
}
