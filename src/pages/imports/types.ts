import type { Mapping } from '../../imports/mapping/schemas.ts'
import { statusIn, typeIn, kindPattern } from '../../imports/suggest/values.ts'
import { typeInTitle } from '../../imports/suggest/suggest.ts'
import { valueKey } from '../../imports/mapping/value-tables.ts'
import type { HeadColumn } from './head.ts'

type Derived = NonNullable<Mapping['derived']>[number]

/** Whether a rule makes the type of the words of a title, as the proposal does. */
export const isFromTitle = ({ pattern }: Derived): boolean => pattern === kindPattern

/** The value of the form for types that are taken from the words of the title. */
export const fromTitle = 'title'

/** The type of rows in which no column has one; `title`: taken from the words of the title. */
export const otherType = ({ type, derived = [] }: Mapping): string =>
  derived.some(isFromTitle) ? fromTitle : (type.constant ?? type.default ?? 'other')

/** The mapping with the type of `column`, and `otherwise` where that is blank. */
export function typeFrom(mapping: Mapping, { name, values }: HeadColumn, otherwise: string): Mapping {
  const rest = withoutType(mapping)
  const entries = Object.fromEntries(values.flatMap((value) => (typeIn(value) ? [[value, typeIn(value)!]] : [])))
  const table = freeName(rest, 'types')
  return {
    ...rest,
    type: { column: name, table, default: otherwise === fromTitle ? 'other' : otherwise },
    tables: { ...rest.tables, [table]: { entries, otherwise: 'other' } },
  }
}

/** The mapping with the same type for every row, or with the one that the words of the title name. */
export function typeWithout(mapping: Mapping, otherwise: string, title: HeadColumn | undefined): Mapping {
  const rest = withoutType(mapping)
  if (otherwise !== fromTitle || !title) {
    return { ...rest, type: { constant: otherwise === fromTitle ? 'other' : otherwise } }
  }
  const { type, tables, derived } = typeInTitle({ name: title.name, values: kindsOf(title) })
  return {
    ...rest,
    type,
    tables: { ...rest.tables, ...tables },
    derived: [...(rest.derived ?? []), ...(derived ?? [])],
  }
}

/** Names of all kinds, so that the words of any title are known. */
const kindsOf = ({ values }: HeadColumn): string[] => [
  ...values,
  'Memorandum of Understanding',
  'Memorandum of Agreement',
  'Exchange of Notes',
  'Exchange of Letters',
  'Implementing Arrangement',
  'Letter of Intent',
  'Joint Statement',
  'Protocol',
  'Convention',
  'Treaty',
  'Declaration',
  'Minutes',
  'Arrangement',
  'Agreement',
]

function withoutType(mapping: Mapping): Mapping {
  const { tables = {}, derived = [], ...rest } = mapping
  const used = JSON.stringify({ ...rest, type: undefined })
  const { table } = mapping.type
  const kept = Object.entries(tables).filter(
    ([name]) => name !== table || used.includes(`"table":${JSON.stringify(name)}`),
  )
  const others = derived.filter((rule) => !isFromTitle(rule))
  return {
    ...rest,
    ...(kept.length > 0 && { tables: Object.fromEntries(kept) }),
    ...(others.length > 0 && { derived: others }),
  }
}

/** The mapping with the status of `column`. */
export function statusFrom(mapping: Mapping, { name, values }: HeadColumn): Mapping {
  const entries = Object.fromEntries(values.map((value) => [value, statusIn(value, name) ?? '']))
  const table = freeName(mapping, 'statuses')
  return {
    ...mapping,
    statements: [{ status: { column: name, table } }, ...(mapping.statements ?? [])],
    tables: { ...mapping.tables, [table]: { entries, otherwise: '' } },
  }
}

const freeName = ({ tables = {} }: Mapping, name: string): string =>
  Object.hasOwn(tables, name) ? freeName({ tables } as Mapping, `${name}-2`) : name

/** What a value becomes by a table of the mapping; undefined when that is an error, or it stays as it is. */
export function becomes({ tables = {} }: Mapping, table: string | undefined, value: string): string | undefined {
  const { entries = {}, otherwise } = (table === undefined ? undefined : tables[table]) ?? {}
  const key = valueKey(value)
  return Object.entries(entries).find(([from]) => valueKey(from) === key)?.[1] ?? otherwise
}

/** The mapping in which values of a table become others. */
export function withBecome(mapping: Mapping, table: string, changed: ReadonlyMap<string, string>): Mapping {
  const own = mapping.tables?.[table]
  if (!own || changed.size === 0) return mapping
  const keys = new Set([...changed.keys()].map(valueKey))
  const kept = Object.entries(own.entries ?? {}).filter(([from]) => !keys.has(valueKey(from)))
  return {
    ...mapping,
    tables: { ...mapping.tables, [table]: { ...own, entries: Object.fromEntries([...kept, ...changed]) } },
  }
}
