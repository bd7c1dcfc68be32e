import { ratiosOf } from '../measure/summary.ts'
import type { Line } from '../phases/environment.ts'
import { sizeName } from '../phases/growth.ts'
import type { Process } from '../phases/whole.ts'
import { figure, verdict } from './numbers.ts'
import type { Results } from './markdown.ts'

/** Most resident memory in MB, longest start in milliseconds, and most growth from the smallest to the largest register. */
const most = { memory: 150, start: 1_000, growth: 1.5 }

/** The least ratio of the throughput by id to that of a peer. */
const ahead: Record<string, number> = {
  PostGraphile: 6,
  'Express with Prisma': 20,
  'NestJS with TypeORM': 20,
  Directus: 20,
}

/** A goal with what was measured. */
type Row = [goal: string, wanted: string, measured: string, verdict: string]

const atLeast = (what: string, wanted: number, measured: number): Row => [
  what,
  `≥ ${wanted}`,
  figure(measured),
  verdict(measured >= wanted),
]

const atMost = (what: string, wanted: number, measured: number, unit = ''): Row => [
  what,
  `< ${wanted}${unit}`,
  `${figure(measured)}${unit}`,
  verdict(measured < wanted),
]

/** All goals, each met or missed; those that were not measured are left out. */
export const goalRows = ({ limit, growth, peers, process, main }: Results): Row[] => [
  ...limit.flatMap((line) => (line.size === main ? besideLimit(line) : [])),
  ...peers.flatMap((line) => (line.workload.key === 'by-id' ? besidePeers(line) : [])),
  ...growth.flatMap(grown),
  ...(process ? ofProcess(process) : []),
]

const ofProcess = ({ mixed, start }: Process): Row[] => [
  atMost('resident memory with 256 mixed connections', most.memory, mixed, ' MB'),
  atMost('start to the first answer', most.start, start.median, ' ms'),
]

function besideLimit({ workload: { name, goal }, connections, measured }: Line): Row[] {
  const { Entente: own, limit } = measured
  if (goal === undefined) return []
  const what = `${name}, ${connections} connections, of the limit`
  if (!Array.isArray(own) || !Array.isArray(limit)) return [[what, `≥ ${goal}`, 'not measured', verdict(false)]]
  return [atLeast(what, goal, ratiosOf(own, limit).median)]
}

const besidePeers = ({ measured }: Line): Row[] =>
  Object.entries(ahead).flatMap(([peer, wanted]) => {
    const { Entente: own, [peer]: other } = measured
    if (!Array.isArray(own) || !Array.isArray(other)) return []
    return [atLeast(`by id, times ${peer}`, wanted, ratiosOf(own, other).median)]
  })

function grown({ workload, measured }: Line): Row[] {
  const [smallest, ...rest] = Object.entries(measured)
  const largest = rest.at(-1)
  if (!smallest || !largest || !Array.isArray(smallest[1]) || !Array.isArray(largest[1])) return []
  const isLarge = largest[0] === sizeName(1_000_000)
  const what = `${workload.name}, slower at ${largest[0]} than at ${smallest[0]}${isLarge ? '' : ' (the goal is for a million)'}`
  return [atMost(what, most.growth, ratiosOf(smallest[1], largest[1]).median, ' times')]
}
