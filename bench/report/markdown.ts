import type { Round } from '../measure/load.ts'
import { costOf, ratiosOf, spreadBy } from '../measure/summary.ts'
import type { Effort } from '../measure/turns.ts'
import { type Line, unshared } from '../phases/environment.ts'
import { sizeName } from '../phases/growth.ts'
import type { Process, Whole } from '../phases/whole.ts'
import { goalRows } from './goals.ts'
import type { Machine } from './machine.ts'
import { figure, spread, table } from './numbers.ts'

/** Everything that a run has measured. */
export interface Results {
  machine: Machine
  /** The words after `npm run bench --`. */
  options: string[]
  effort: Effort
  /** The number of agreements of the register that all comparisons use. */
  main: number
  limit: Line[]
  growth: Line[]
  peers: Line[]
  /** Why a peer could not take part, by its name. */
  absent: Record<string, string>
  wholes: Whole[]
  /** Undefined when it could not be measured. */
  process: Process | undefined
  /** What could not be measured, and why. */
  failures: string[]
}

export const markdownOf = (results: Results): string =>
  [
    '# Benchmark',
    about(results),
    '![Throughput as a share of the limit](results.svg)',
    '## Goals',
    table(['goal', 'wanted', 'measured', ''], goalRows(results)),
    ...limitTables(results),
    ...peerTables(results),
    ...growthTable(results),
    '## Imports and exports',
    table(['', 'Entente, a second', 'limit, a second', 'ratio'], results.wholes.map(wholeRow)),
    ...(results.process ? ['## Process', processTable(results.process)] : []),
    ...(results.failures.length > 0 ? ['## Not measured', results.failures.map((line) => `- ${line}`).join('\n')] : []),
    `${notes}\n`,
  ].join('\n\n')

const about = ({ machine, options, effort: { rounds, seconds }, main }: Results): string => {
  const { date, commit, cpu, cores, memory, node, postgres } = machine
  return `Made by \`npm run bench${options.length > 0 ? ` -- ${options.join(' ')}` : ''}\` on ${date} UTC at commit ${commit}: ${cores} cores (${cpu}), \
${memory.toFixed(0)} GB of memory, Node ${node}, PostgreSQL ${postgres}; the servers, PostgreSQL and the load share the cores. \
A register of ${sizeName(main)} generated agreements unless said otherwise. The servers take turns: ${rounds} rounds of \
${seconds} s each after a warm-up. Each figure is the median of the rounds, with the least and the greatest; ratios are \
those of each round.`
}

const notes = `The *limit* is a bare \`node:http\` with \`pg\` (\`bench/limit/\`): it does the look-ups and inserts of the same answer \
by named statements, on as many connections, sends the same stored text, and does nothing else. *CPU* is the processor \
time of the server and of PostgreSQL for a request, in milliseconds; *cost* is their sum divided by the same sum of the \
limit. *Without shared reads*, reads by id of the same moment do not share a statement. *Queries* and *buffers* are what PostgreSQL ran and looked at for a request (\`pg_stat_statements\`). These four hardly \
depend on what else the machine does.`

const head = [
  '',
  'requests a second',
  'limit',
  'ratio',
  'goal',
  'CPU Node',
  'CPU PostgreSQL',
  'cost',
  'queries',
  'buffers',
]

const sizesOf = (lines: Line[]): number[] => [...new Set(lines.map(({ size }) => size))]

const limitTables = ({ limit }: Results): string[] =>
  sizesOf(limit).flatMap((size) => [
    `## Beside the limit, ${sizeName(size)} agreements`,
    table(head, limit.filter((line) => line.size === size).flatMap(limitRows)),
  ])

function limitRows({ workload: { name, goal }, connections, measured }: Line): string[][] {
  const title = connections === 16 ? name : `${name}, ${connections} connections`
  const { Entente: own, [unshared]: alone, limit } = measured
  const rows = [limitRow(title, own!, limit, goal)]
  return alone ? [...rows, limitRow(`${title}, ${unshared}`, alone, limit)] : rows
}

function limitRow(title: string, own: Round[] | string, limit: Round[] | string | undefined, goal?: number): string[] {
  if (!Array.isArray(own)) return [title, `failed: ${own}`]
  const costs = (['node', 'postgres'] as const).map((key) => figure(spreadBy(own, key).median))
  const counts = (['statements', 'buffers'] as const).map((key) => figure(spreadBy(own, key).median))
  const ratio = Array.isArray(limit) ? spread(ratiosOf(own, limit)) : `failed: ${limit}`
  const cost = Array.isArray(limit) ? figure(costOf(own, limit)) : ''
  const bare = Array.isArray(limit) ? spread(spreadBy(limit, 'rate')) : ''
  return [title, spread(spreadBy(own, 'rate')), bare, ratio, goal ? `≥ ${goal}` : '', ...costs, cost, ...counts]
}

/** A table of each workload, a row for each server. */
const peerTables = ({ peers, absent, main }: Results): string[] => {
  if (peers.length === 0 && Object.keys(absent).length === 0) return []
  const rows = peers.flatMap(({ workload, measured }) =>
    Object.entries(measured).map(([name, rounds]) => peerRow(workload.name, name, rounds, measured['Entente']!)),
  )
  const missing = Object.entries(absent).map(([name, reason]) => `${name} was not measured: ${reason}`)
  const columns = [
    '',
    'server',
    'requests a second',
    'Entente is ahead',
    'CPU Node',
    'CPU PostgreSQL',
    'queries',
    'buffers',
  ]
  return [`## Beside peers, ${sizeName(main)} agreements`, table(columns, rows), ...missing]
}

function peerRow(workload: string, name: string, rounds: Round[] | string, own: Round[] | string): string[] {
  if (typeof rounds === 'string') return [workload, name, `failed: ${rounds}`]
  const figures = (['node', 'postgres', 'statements', 'buffers'] as const).map((key) =>
    figure(spreadBy(rounds, key).median),
  )
  const times = typeof own === 'string' || own === rounds ? '' : `${spread(ratiosOf(own, rounds))} times`
  return [workload, name, spread(spreadBy(rounds, 'rate')), times, ...figures]
}

const growthTable = ({ growth }: Results): string[] => {
  if (growth.length === 0) return []
  const sizes = Object.keys(growth[0]!.measured)
  const rows = growth.map(({ workload, measured }) => {
    const all = sizes.map((size) => measured[size]!)
    const rates = all.map((rounds) => (typeof rounds === 'string' ? 'failed' : spread(spreadBy(rounds, 'rate'))))
    const buffers = all.map((rounds) => (typeof rounds === 'string' ? '' : figure(spreadBy(rounds, 'buffers').median)))
    const [first, last] = [all[0]!, all.at(-1)!]
    const slower = typeof first === 'string' || typeof last === 'string' ? '' : spread(ratiosOf(first, last))
    return [workload.name, ...rates, slower, buffers.join(' → ')]
  })
  const columns = ['requests a second', ...sizes, 'times slower', 'buffers']
  return ['## By size of the register', table(columns, rows)]
}

const wholeRow = ({ name, own, limit, ratio }: Whole): string[] => [name, spread(own), spread(limit), spread(ratio)]

const processTable = ({ atStart, mixed, start, node }: Process): string =>
  table(
    ['', ''],
    [
      ['resident memory after the start', `${figure(atStart)} MB`],
      ['resident memory with 256 mixed connections', `${figure(mixed)} MB`],
      ['start to the first answer, with the database up', `${spread(start)} ms`],
      ['`node -e 0`', `${spread(node)} ms`],
    ],
  )
