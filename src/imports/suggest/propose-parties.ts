import { splitCell } from '../mapping/split-cell.ts'
import type { Mapping } from '../mapping/schemas.ts'
import { valueKey } from '../mapping/value-tables.ts'
import { find } from './roles.ts'
import type { Column } from './seen.ts'

interface ProposedParties {
  /** The columns that name parties. */
  columns: Column[]
  rules: Pick<Mapping, 'parties' | 'sides' | 'leaveOut'>
}

/** Where the two sides come from: two columns, a list in one, or the only other party in one. */
export function proposeParties(columns: readonly Column[], notes: string[]): ProposedParties {
  const [first, second] = [find.firstParty(columns), find.secondParty(columns)]
  if (first && second) return fromTwo(first, second, notes)
  const filled = columns.filter(
    ({ seen }) => !['blank', 'day', 'number', 'address', 'yes_or_no'].includes(seen.looksLike),
  )
  const column = find.parties(filled)
  if (!column) {
    notes.push('No column names the parties. Say where they come from (`parties`).')
    const parties = [
      { constant: 'First party', side: 1 },
      { constant: 'Second party', side: 2 },
    ]
    return { columns: [], rules: { parties } }
  }
  if (column.split.length > 0) return fromList(column)
  if (!isJoinedByAnd(column)) return fromPartner(column, notes)
  notes.push(`\`${column.name}\` is divided at \`and\`. Names of signatories with \`and\` in them stay whole.`)
  return fromList({ ...column, split: ['and'] })
}

/** Whether most contents name two parties, `A and B`. */
const isJoinedByAnd = ({ values }: Column): boolean =>
  values.filter((value) => value.length < 160 && splitCell(value, ['and']).length > 1).length > values.length / 2

function fromTwo(first: Column, second: Column, notes: string[]): ProposedParties {
  const both = [first, second]
  if (both.every(({ seen }) => seen.looksLike === 'code' && seen.examples.some(({ length }) => length > 3))) {
    notes.push(
      `\`${first.name}\` and \`${second.name}\` look like codes. If another file explains them, send it along as a table.`,
    )
  }
  const parties = both.map(({ name, split }, index) => ({
    column: name,
    side: index + 1,
    ...(split.length > 0 && { split }),
  }))
  return { columns: both, rules: { parties } }
}

/** The party that most rows name is the home party. */
function fromList(column: Column): ProposedParties {
  const { name, split, values } = column
  const counts = new Map<string, { text: string; count: number }>()
  for (const value of values) {
    for (const text of splitCell(value, split)) {
      const key = valueKey(text)
      counts.set(key, { text: counts.get(key)?.text ?? text, count: (counts.get(key)?.count ?? 0) + 1 })
    }
  }
  const [most] = [...counts.values()].toSorted((a, b) => b.count - a.count)
  const isHome = most !== undefined && values.length > 4 && most.count > 0.6 * values.length
  const leaveOut = [
    { when: [{ column: name, split, fewerThan: 2 }], reason: 'Fewer than two parties are named.' },
    { when: [{ column: name, split, moreThan: 2 }], reason: 'More than two parties are named.' },
  ]
  const sides = isHome ? ({ rule: 'home', home: most.text } as const) : ({ rule: 'first_two' } as const)
  return { columns: [column], rules: { parties: [{ column: name, split }], sides, leaveOut } }
}

function fromPartner(column: Column, notes: string[]): ProposedParties {
  notes.push(`\`${column.name}\` names one party. Say which party is on the other side (\`sides.home\`).`)
  return {
    columns: [column],
    rules: { parties: [{ column: column.name }], sides: { rule: 'home', home: 'Home party', homeImplied: true } },
  }
}
