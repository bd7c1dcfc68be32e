import { inTurns } from '../measure/turns.ts'
import type { Server } from '../servers/server.ts'
import { workloads } from '../workloads/all.ts'
import { type Bench, entente, ententeOn, type Line, type Loaded, withServer } from './environment.ts'

/** The name of a register in the results. */
export const sizeName = (size: number): string => size.toLocaleString('en')

/** Entente on registers of several sizes, in turns, in all reads. */
export const bySize = (bench: Bench, all: Loaded[]): Promise<Line[]> =>
  withServers(bench, all, async (servers) => {
    const lines: Line[] = []
    const size = Math.max(...all.map(({ register }) => register.size))
    for (const workload of workloads.filter(({ isWrite }) => !isWrite)) {
      bench.log(`by size: ${workload.name}`)
      const connections = Math.min(16, Math.max(...(workload.connections ?? [16])))
      const contestants = all.map((loaded, i) => entente(servers[i]!, loaded, workload, sizeName(loaded.register.size)))
      const conditions = {
        ...bench.effort,
        connections,
        key: workload.key,
        status: workload.status,
        postgres: bench.cluster.pid,
      }
      lines.push({ workload, connections, size, measured: await inTurns(contestants, conditions) })
    }
    return lines
  })

function withServers<Result>(
  bench: Bench,
  [first, ...rest]: Loaded[],
  work: (servers: Server[]) => Promise<Result>,
): Promise<Result> {
  if (!first) return work([])
  return withServer(ententeOn(bench, first), (server) =>
    withServers(bench, rest, (others) => work([server, ...others])),
  )
}
