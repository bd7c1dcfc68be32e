import { type Groups, type Pattern, PatternError, shorter } from './patterns.ts'
import type { PreparedMapping } from './prepare.ts'
import type { RowReader, Value } from './row-reader.ts'
import type { DerivedColumn } from './schemas.ts'

/** Makes the derived columns of a row, in their order. */
export function derive(row: RowReader, { mapping, pattern }: PreparedMapping): void {
  for (const rule of mapping.derived ?? []) {
    if (!row.fulfils(rule.when)) continue
    const values = row.values(rule)
    const found = rule.pattern === undefined ? whole(rule, values) : groupsIn(row, rule, values, pattern(rule.pattern))
    for (const [column, texts] of found) row.derive(column, texts.join('\n'), values[0]?.origin.column ?? null)
    if (rule.required && found.every(([, texts]) => texts.length === 0)) {
      const origin = values[0]?.origin ?? { column: rule.column ?? null, value: '' }
      const message = `The mapping finds nothing here for ${nameOf(rule)}.`
      row.error(origin, 'nothing_found', message, 'A text as the mapping expects it.')
    }
  }
}

type Found = [column: string, texts: string[]][]

const whole = ({ as }: DerivedColumn, values: Value[]): Found => [[as!, values.map(({ text }) => text)]]

function groupsIn(row: RowReader, { every }: DerivedColumn, values: Value[], pattern: Pattern): Found {
  const matches: Groups[] = []
  for (const { text, origin } of values) {
    try {
      const found = every
        ? pattern.matchesIn(text, row.work)
        : [pattern.matchIn(text, row.work)].filter((match) => match !== undefined)
      matches.push(...found)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      row.error(origin, 'pattern_too_slow', error.message, shorter)
    }
    if (!every && matches.length > 0) break
  }
  return pattern.groups.map((group) => [group, matches.map((match) => match[group]!.trim()).filter(Boolean)])
}

const nameOf = (rule: DerivedColumn): string => `\`${rule.as ?? rule.pattern?.match(/\(\?P?<(\w+)>/)?.[1] ?? ''}\``
