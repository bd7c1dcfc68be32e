import type { PreparedMapping } from './prepare.ts'
import type { RowReader, Value } from './row-reader.ts'
import type { DerivedColumn } from './schemas.ts'

/** Makes the derived columns of a row, in their order. */
export function derive(row: RowReader, { mapping, pattern }: PreparedMapping): void {
  for (const rule of mapping.derived ?? []) {
    if (!row.fulfils(rule.when)) continue
    const values = row.values(rule)
    const found = rule.pattern === undefined ? whole(rule, values) : groupsIn(rule, values, pattern(rule.pattern))
    for (const [column, texts] of found) row.derive(column, texts.join('\n'), values[0]?.origin.column ?? null)
    if (rule.required && found.every(([, texts]) => texts.length === 0)) {
      const origin = values[0]?.origin ?? { column: rule.column ?? null, value: '' }
      row.error(
        origin,
        'nothing_found',
        `The mapping finds nothing here for ${nameOf(rule)}.`,
        'A text as the mapping expects it.',
      )
    }
  }
}

type Found = [column: string, texts: string[]][]

const whole = ({ as }: DerivedColumn, values: Value[]): Found => [[as!, values.map(({ text }) => text)]]

function groupsIn({ every }: DerivedColumn, values: Value[], pattern: ReturnType<PreparedMapping['pattern']>): Found {
  const matches = values.flatMap(({ text }) => [...pattern.matchesIn(text)])
  const used = every ? matches : matches.slice(0, 1)
  return pattern.groups.map((group) => [group, used.map((match) => match[group]!.trim()).filter(Boolean)])
}

const nameOf = (rule: DerivedColumn): string => `\`${rule.as ?? rule.pattern?.match(/\(\?P?<(\w+)>/)?.[1] ?? ''}\``
