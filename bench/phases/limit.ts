import { inTurns, type Measured } from '../measure/turns.ts'
import { workloads } from '../workloads/all.ts'
import { differenceOf } from './same.ts'
import {
  type Bench,
  entente,
  ententeOn,
  limit,
  limitOn,
  type Line,
  type Loaded,
  unshared,
  unsharedOn,
  withServer,
} from './environment.ts'

/** Entente and the bare server, in turns, in all workloads. @param writes false when the register must stay as it is */
export const besideLimit = (bench: Bench, loaded: Loaded, writes: boolean): Promise<Line[]> =>
  withServer(ententeOn(bench, loaded), (own) =>
    withServer(unsharedOn(bench, loaded), (alone) =>
      withServer(limitOn(bench, loaded), async (bare) => {
        const lines: Line[] = []
        const { size } = loaded.register
        for (const workload of workloads.filter(({ isWrite }) => writes || !isWrite)) {
          const contestants = [entente(own, loaded, workload), limit(bare, loaded, workload)] as const
          const others = workload.isShared ? [entente(alone, loaded, workload, unshared)] : []
          for (const connections of workload.connections ?? [16]) {
            bench.log(`${size} agreements: ${workload.name}, ${connections} connections`)
            const conditions = {
              ...bench.effort,
              connections,
              key: workload.key,
              status: workload.status,
              postgres: bench.cluster.pid,
            }
            const different = await differenceOf(workload, ...contestants)
            const measured: Measured = different
              ? { Entente: different }
              : await inTurns([...contestants, ...others], conditions)
            lines.push({ workload, connections, size, measured })
          }
        }
        return lines
      }),
    ),
  )
