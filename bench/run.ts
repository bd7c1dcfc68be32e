/**
 * The benchmark: `npm run bench`, with `-- --quick` a short one, with `-- --million` also a million agreements. Loads what is
 * missing, starts what it measures, and writes `results.md` and `results.svg` beside this file.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from './cluster/cluster.ts'
import { copyRegister, keptName, keptRegister, loadMissing } from './cluster/registers.ts'
import { type Bench, type Loaded, openRegister } from './phases/environment.ts'
import { bySize } from './phases/growth.ts'
import { besideLimit } from './phases/limit.ts'
import { besidePeers } from './phases/peers.ts'
import { processOf, wholes } from './phases/whole.ts'
import { chartOf } from './report/chart.ts'
import { aboutMachine } from './report/machine.ts'
import { markdownOf, type Results } from './report/markdown.ts'

const [isQuick, withMillion] = ['--quick', '--million'].map((option) => process.argv.includes(option))
const million = 1_000_000
const main = isQuick ? 10_000 : 100_000
const sizes = [10_000, ...(isQuick ? [] : [main]), ...(withMillion ? [million] : [])]
// With a million, two more parts are measured: fewer rounds keep the run under half an hour.
const effort = isQuick ? { rounds: 2, seconds: 1 } : { rounds: withMillion ? 3 : 5, seconds: 2 }
const importRows = isQuick ? 1_000 : 10_000

const started = performance.now()
const log = (line: string): void =>
  console.log(`${String(Math.round((performance.now() - started) / 1000)).padStart(5)} s  ${line}`)
process.once('SIGINT', () => process.exit(1)).once('SIGTERM', () => process.exit(1))

/** A part of the run. When it fails, the others are still written. */
async function part<Result>(name: string, work: () => Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    failures.push(`${name}: ${reason.split('\n', 1)[0]}`)
    log(failures.at(-1)!)
    return otherwise
  }
}
const failures: string[] = []
const noPeers = { lines: [], absent: {} }
const today = new Date().toISOString().slice(0, 10)

await loadMissing(sizes, today, log)
const folder = mkdtempSync(join(tmpdir(), 'entente-bench-run-'))
const cluster = await startCluster(true)
const bench: Bench = { cluster, folder, effort, log }
const opened: Loaded[] = []
try {
  for (const size of sizes) {
    const name = size === million ? await keptRegister(cluster, size, today) : await copyRegister(cluster, size, today)
    opened.push(await openRegister(bench, name, size))
  }
  const [loaded, largest] = [opened[sizes.indexOf(main)]!, opened.at(-1)!]
  // Before anything is written: requests know the tags of agreements.
  const growth = opened.length > 1 ? await part('by size', () => bySize(bench, opened), []) : []
  const limit = await part('beside the limit', () => besideLimit(bench, loaded, true), [])
  const ofLargest = largest === loaded ? [] : await part('a million', () => besideLimit(bench, largest, false), [])
  const ofPeers = () => besidePeers(bench, loaded, keptName(main))
  const { lines: peers, absent } = await part('peers', isQuick ? async () => noPeers : ofPeers, noPeers)
  const results: Results = {
    machine: await aboutMachine(loaded.db),
    options: process.argv.slice(2),
    effort,
    main,
    limit: [...limit, ...ofLargest],
    peers,
    absent,
    growth,
    wholes: await part('imports and exports', () => wholes(bench, loaded, importRows, isQuick ? 1 : 2), []),
    process: await part('process', () => processOf(bench, loaded, effort.rounds, isQuick ? 4 : 10), undefined),
    failures,
  }
  writeFileSync(join(import.meta.dirname, 'results.md'), markdownOf(results))
  writeFileSync(join(import.meta.dirname, 'results.svg'), chartOf(results))
  log('Written: bench/results.md and bench/results.svg')
} finally {
  for (const { db } of opened) await db.close()
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
}
