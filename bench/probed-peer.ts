/** The register with a probe of its event loop: measures from the message `begin` until `end`, and sends the result. */
import { readSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'

/** The load of one request on the process. */
export interface Load {
  /** Maximum processor time between two turns of the event loop, in milliseconds: its duration on an idle core. */
  cpu: number
  /** Maximum time between two turns of the event loop, in milliseconds; other processes make it longer. */
  wall: number
  /** Total processor time of the main thread, in milliseconds. */
  total: number
  /** Peak memory of the process, in MB. */
  peak: number
}

const counter = openSync('/proc/self/schedstat', 'r')
const text = Buffer.alloc(64)

/** Processor time of the main thread so far, in milliseconds (Linux only); `cpuUsage` makes the kernel update it. */
function cpuTime(): number {
  process.cpuUsage()
  const length = readSync(counter, text, 0, text.length, 0)
  return Number(text.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6
}

const peakMemory = (): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024

function watch(): () => Load {
  globalThis.gc?.()
  writeFileSync('/proc/self/clear_refs', '5')
  let [cpu, wall] = [0, 0]
  const begin = cpuTime()
  let before = { cpu: begin, wall: performance.now() }
  let turn: NodeJS.Timeout
  const look = (): void => {
    const now = { cpu: cpuTime(), wall: performance.now() }
    cpu = Math.max(cpu, now.cpu - before.cpu)
    wall = Math.max(wall, now.wall - before.wall - 1)
    before = now
    turn = setTimeout(look, 1)
  }
  turn = setTimeout(look, 1)
  return () => {
    clearTimeout(turn)
    look()
    clearTimeout(turn)
    return { cpu, wall, total: cpuTime() - begin, peak: peakMemory() }
  }
}

const app = await buildApp({ db: connect({ url: process.argv[2]! }), today: () => '2026-01-01' })
const address = await app.listen({ port: 0, host: '127.0.0.1' })
let end: () => Load
process.on('message', (message) => {
  if (message === 'begin') end = watch()
  process.send!(message === 'begin' ? 'begun' : end())
})
process.on('disconnect', () => process.exit())
process.send!(address)
