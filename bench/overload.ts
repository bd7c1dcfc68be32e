/**
 * Good responses at three times the load that saturates the server, compared with the load that does: alternating rounds of 32,
 * 256 and 990 connections that never pause, to a separate server. Reports the medians of the rounds, the longest wait for any
 * response, and memory. `node … overload.ts [reads | spread | two] [rounds] [seconds of a round] [seconds of rest]`, after
 * `npm run build`; `SERVER` is the program of another build. Linux only.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connect } from '../src/database/connect.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { prepare } from '../src/programs/prepare.ts'
import { addInBulk, numberedId } from '../test/support/bulk.ts'
import { addTestKeys, authHeader } from '../test/support/keys.ts'
import { anAgreement } from '../test/support/register.ts'
import { Connection } from './measure/client.ts'
import { heapFlags } from './servers/server.ts'
import type { Request } from './workloads/workload.ts'

const kind = process.argv[2] ?? 'reads'
const [rounds = 3, duration = 5, rest = 60] = process.argv.slice(3).map(Number)
const loads = [32, 256, 990]
const many = 500

const program = process.env['SERVER'] ?? join(import.meta.dirname, '../dist/server.js')
let pid = 0
const memory = (what: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) / 1024

/** Processor time of the server so far, in seconds; the clock of the kernel has 100 ticks a second. */
function cpuTime(): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ').slice(11, 13)
  return (Number(user) + Number(system)) / 100
}

/** Starts the built server. @returns its address */
async function start(url: string): Promise<string> {
  const server = spawn(process.execPath, [...heapFlags, program], {
    env: {
      ...process.env,
      DATABASE_URL: url,
      PORT: '0',
      MAX_CONNECTIONS_PER_ADDRESS: '1000',
      RATE_LIMIT_READS: '0',
      RATE_LIMIT_WRITES: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  pid = server.pid!
  return new Promise((settle) => {
    let log = ''
    server.stdout.on('data', (chunk: Buffer) => {
      const found = /Swagger UI: (\S+)\/docs/.exec((log += chunk.toString().slice(0, 10_000)))
      if (found) {
        server.stdout.removeAllListeners('data').resume()
        settle(found[1]!)
      }
    })
  })
}

const pathOf = (i: number): string => `/v1/agreements/${numberedId((i * 7919) % (kind === 'two' ? 2 : many))}`

const requestOf = (i: number): Request =>
  kind === 'reads'
    ? { path: pathOf(i) }
    : {
        method: 'PATCH',
        path: pathOf(i),
        headers: { ...authHeader('editor'), 'if-match': '*', 'content-type': 'application/json' },
        body: JSON.stringify({ summary: `Edit ${i} of ${Math.random()}` }),
      }

interface Round {
  good: number
  refused: number
  /** In milliseconds. */
  longest: number
  /** In MB. */
  peak: number
  /** Processor time of the server, in seconds. */
  cpu: number
}

/** How long `/livez` and `/readyz` take, at most, and their statuses. */
async function watchHealth(address: string, until: () => boolean): Promise<string> {
  let longest = 0
  const statuses: Record<string, number> = {}
  while (!until()) {
    for (const path of ['/livez', '/readyz']) {
      const begin = performance.now()
      const { status } = await fetch(address + path, { signal: AbortSignal.timeout(30_000) }).catch(() => ({
        status: 0,
      }))
      longest = Math.max(longest, performance.now() - begin)
      statuses[`${path} ${status}`] = (statuses[`${path} ${status}`] ?? 0) + 1
    }
    await setTimeout(200)
  }
  return `${JSON.stringify(statuses)}, longest ${longest.toFixed(0)} ms`
}

/** One client that asks five times a second, as a program does that reads a list in a loop: how it fares beside the others. */
async function watchHonest(address: string, until: () => boolean): Promise<string> {
  const waits: number[] = []
  let refused = 0
  for (let n = 0; !until(); n += 1) {
    const begin = performance.now()
    const init = { headers: authHeader('reader'), signal: AbortSignal.timeout(30_000) }
    const answer = await fetch(address + pathOf(n), init).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.status === 200) waits.push(performance.now() - begin)
    else refused += 1
    await setTimeout(Math.max(0, 200 - (performance.now() - begin)))
  }
  const sorted = waits.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(0)
  return `${waits.length} answered, ${refused} refused; waits ${at(0.5)} ms (median), ${at(0.95)} (95 of 100), ${at(1)} (longest)`
}

let sent = 0
async function run(address: string, connections: number): Promise<Round> {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  const result = { good: 0, refused: 0, longest: 0 }
  const [cpu, end] = [cpuTime(), performance.now() + duration * 1000]
  const others: Record<string, number> = {}
  const tell = (status: string | number) => (others[status] = (others[status] ?? 0) + 1)
  const client = async (): Promise<void> => {
    let connection = await Connection.open(address)
    while (performance.now() < end) {
      const begin = performance.now()
      try {
        const status = await connection.send(requestOf((sent += 1)))
        if (status === 200) result.good += 1
        else if (status === 503) result.refused += 1
        else tell(status)
      } catch (error) {
        tell((error as Error).message)
        connection = await Connection.open(address)
      }
      result.longest = Math.max(result.longest, performance.now() - begin)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: connections }, client))
  if (Object.keys(others).length > 0) console.log('other answers:', others)
  return { ...result, peak: memory('VmHWM'), cpu: cpuTime() - cpu }
}

const median = (figures: number[]): number => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!

const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'))
const postgres = await startEmbedded({ folder: join(folder, 'postgres') })
const db = connect({ url: postgres.url })
try {
  await prepare(db)
  await addTestKeys(db)
  const agreements = Array.from({ length: many }, (_, i) => ({
    id: numberedId(i),
    body: anAgreement({ title: `Agreement ${i}` }),
  }))
  await addInBulk(db, agreements, '2026-01-01')
  const address = await start(postgres.url)
  await run(address, loads[0]!)
  await setTimeout(5_000)
  const idle = memory('VmRSS')
  const measured = new Map(loads.map((load) => [load, [] as Round[]]))
  let isOver = false
  const health = watchHealth(address, () => isOver)
  const honest = watchHonest(address, () => isOver)
  for (let round = 0; round < rounds; round += 1) {
    for (const load of loads) {
      measured.get(load)!.push(await run(address, load))
      await setTimeout(1_000)
    }
  }
  isOver = true
  const of = (load: number, figure: keyof Round) => median(measured.get(load)!.map((round) => round[figure]))
  const peak = of(loads[0]!, 'good')
  console.log(`${kind}: medians of ${rounds} alternating rounds of ${duration} s`)
  for (const load of loads) {
    const longest = Math.max(...measured.get(load)!.map((round) => round.longest))
    console.log(
      `${load} connections: ${(of(load, 'good') / duration).toFixed(0)} good/s (${(of(load, 'good') / peak).toFixed(2)} of the peak), ` +
        `${(of(load, 'refused') / duration).toFixed(0)} refused/s, longest wait ${longest.toFixed(0)} ms, memory at most ${of(load, 'peak').toFixed(0)} MB, ` +
        `${(of(load, 'cpu') / duration).toFixed(2)} cores`,
    )
  }
  console.log(`health: ${await health}`)
  console.log(`a client with five requests a second: ${await honest}`)
  await setTimeout(rest * 1000)
  console.log(`memory: ${idle.toFixed(0)} MB idle before, ${memory('VmRSS').toFixed(0)} MB ${rest} s after`)
  process.kill(pid, 'SIGTERM')
} finally {
  await db.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
