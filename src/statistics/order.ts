import { type SQL, sql } from 'drizzle-orm'
import type { Position } from '../http/paging.ts'
import { yearsOf } from './dimensions.ts'
import type { Group, StatisticsQuery } from './schemas.ts'

type Query = Pick<StatisticsQuery, 'groupBy' | 'sort'>

/** Groups have no id: their keys are unique. */
const noId = '00000000-0000-0000-0000-000000000000'

/** The width of a year as text, so that years compare as numbers do. */
const yearWidth = 4

/** Where a group stands: its count, and its keys as they compare. */
type Place = [count: number, ...keys: (string | null)[]]

export function positionOf(
  { groupBy }: Query,
  { keys, count }: Pick<Group, 'keys' | 'count'>,
): Omit<Position, 'interpretation'> {
  const compared = keys.map((key, i) => (yearsOf.has(groupBy[i]!) ? (key?.padStart(yearWidth, '0') ?? null) : key))
  return { key: JSON.stringify([count, ...compared] satisfies Place), id: noId }
}

/**
 * The order of the groups, whose columns are `count`, `k0` and `k1`: by count or by key. Keys break ties, ascending;
 * a key that is null comes last in both directions.
 */
export function orderOf({ groupBy, sort = '-count' }: Query) {
  const descending = sort === '-key'
  const columns = (count: SQL, keys: SQL[]): SQL[] => [
    ...(sort === 'count' ? [count] : sort === '-count' ? [sql`-${count}`] : []),
    ...keys.flatMap((key) => [descending ? sql`${key} is not null` : sql`${key} is null`, sql`coalesce(${key}, '')`]),
  ]
  const own = columns(
    sql`count`,
    groupBy.map((dimension, i) => {
      const key = sql.raw(`k${i}`)
      return sql`(${yearsOf.has(dimension) ? sql`lpad(${key}, ${yearWidth}, '0')` : key} collate "C")`
    }),
  )
  const direction = sql.raw(descending ? 'desc' : 'asc')
  return {
    by: sql.join(
      own.map((column) => sql`${column} ${direction}`),
      sql`, `,
    ),
    behind: ({ key }: Pick<Position, 'key'>): SQL => {
      const [count, ...keys] = JSON.parse(key) as Place
      const last = columns(
        sql`${count}::bigint`,
        groupBy.map((_, i) => sql`${keys[i] ?? null}::text`),
      )
      return sql`(${sql.join(own, sql`, `)}) ${sql.raw(descending ? '<' : '>')} (${sql.join(last, sql`, `)})`
    },
  }
}
