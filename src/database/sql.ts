import { getTableColumns, getTableName, sql, type SQL } from 'drizzle-orm'
import { customType, type PgTable, timestamp } from 'drizzle-orm/pg-core'

/** A set of non-overlapping periods of days: `{[2020-01-01,2025-01-01)}`. */
export const datemultirange = customType<{ data: string }>({ dataType: () => 'datemultirange' })

/** A set of non-overlapping ranges of whole numbers: `{[5,8),[20,21)}`. */
export const int4multirange = customType<{ data: string }>({ dataType: () => 'int4multirange' })

/** An instant, as text: RFC 3339 or as PostgreSQL writes it. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' })

/** Bytes, such as a digest. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/** The words that a full-text search finds. */
export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' })

/** A list of allowed values as SQL text, for a check: literals, since a constraint takes no parameters. */
export const literals = (values: readonly string[]): SQL =>
  sql.raw(values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', '))

interface Column {
  /** Its name in the code. */
  property: string
  /** Its name in the database. */
  name: string
}

/** The columns of `table` that a write fills: all except generated columns and those in `except`. */
export function columnsOf(table: PgTable, except: readonly string[] = []): Column[] {
  return Object.entries(getTableColumns(table))
    .filter(([property, column]) => column.generated === undefined && !except.includes(property))
    .map(([property, column]) => ({ property, name: column.name }))
}

/** Rows as the JSON text that `json_populate_recordset` reads. */
export function toJson(columns: readonly Column[], rows: readonly object[]): string {
  return JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        columns.map(({ property, name }) => [name, (row as Record<string, unknown>)[property] ?? null]),
      ),
    ),
  )
}

/** Converts a row of `row_to_json` to the property names of the code. */
export function fromJson<Row>(columns: readonly Column[], row: Record<string, unknown>): Row {
  return Object.fromEntries(columns.map(({ property, name }) => [property, row[name]])) as Row
}

export const nameOf = (table: PgTable): string => `"${getTableName(table)}"`
export const list = (columns: readonly Column[], prefix = ''): string =>
  columns.map(({ name }) => `${prefix}"${name}"`).join(', ')

/** A condition on `value`, or undefined without one. `and` ignores `undefined`, so that a filter is a list. */
export const when = <Value>(value: Value | undefined, condition: (value: Value) => SQL): SQL | undefined =>
  value === undefined ? undefined : condition(value)
