import { residentOf } from '../measure/cpu.ts'
import { memoryUnderLoad, timeOfNode, timeToFirstAnswer } from '../measure/process.ts'
import { type Spread, spreadOf } from '../measure/summary.ts'
import { timeBareImport, timeExport, timeImport } from '../measure/whole.ts'
import { workloads } from '../workloads/all.ts'
import { type Bench, ententeOn, limitOn, type Loaded, withServer } from './environment.ts'

/** Rows or agreements a second, of Entente and of the bare server, and the ratios. */
export interface Whole {
  name: string
  own: Spread
  limit: Spread
  ratio: Spread
}

/** Imports and exports, in turns. @param rows of an import */
export const wholes = (bench: Bench, loaded: Loaded, rows: number, rounds: number): Promise<Whole[]> =>
  withServer(ententeOn(bench, loaded), (own) =>
    withServer(limitOn(bench, loaded), async (bare) => {
      const key = Date.now().toString(36)
      const turns = async (
        name: string,
        one: (round: number) => Promise<number>,
        other: typeof one,
      ): Promise<Whole> => {
        const rates: [number, number][] = []
        for (let round = 0; round < rounds; round += 1) {
          bench.log(name)
          rates.push([await one(round), await other(round)])
        }
        const [ours, bares] = [rates.map(([rate]) => rate), rates.map(([, rate]) => rate)]
        const ratio = spreadOf(rates.map(([rate, limit]) => rate / limit))
        return { name, own: spreadOf(ours), limit: spreadOf(bares), ratio }
      }
      return [
        await turns(
          `import of ${rows.toLocaleString('en')} rows`,
          (round) => timeImport(own.origin, rows, `${key}${round}`),
          (round) => timeBareImport(bare.origin, rows, `${key}${round}`),
        ),
        await turns(
          'export of the whole register as NDJSON',
          () => timeExport(`${own.origin}/v1/agreements/export?format=ndjson`),
          () => timeExport(`${bare.origin}/export`),
        ),
      ]
    }),
  )

/** Resident memory in MB, and starts in milliseconds. */
export interface Process {
  atStart: number
  mixed: number
  start: Spread
  node: Spread
}

/** The process itself: its memory at 256 mixed connections, and how fast it starts. */
export async function processOf(bench: Bench, loaded: Loaded, rounds: number, seconds: number): Promise<Process> {
  const { register, url } = loaded
  const kinds = workloads.filter(({ isWrite, isCount, status }) => !isWrite && !isCount && status === undefined)
  const requests = Array.from({ length: 50 }, (_, n) =>
    kinds.map((workload) => workload.request(workload.values(n, register), register)),
  ).flat()
  bench.log('memory with 256 connections')
  const memory = await withServer(ententeOn(bench, loaded), async (server) => {
    const atStart = residentOf(server.pid)
    return { atStart, mixed: await memoryUnderLoad(server, requests, seconds) }
  })
  const starts: number[] = []
  const nodes: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    bench.log('start')
    starts.push(await timeToFirstAnswer(url, `/v1/agreements/${register.id(1)}`))
    nodes.push(await timeOfNode())
  }
  return { ...memory, start: spreadOf(starts), node: spreadOf(nodes) }
}
