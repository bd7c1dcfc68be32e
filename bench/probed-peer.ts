/** The register with a probe of its event loop: told to begin, it watches; told to end, it says how long it was held. */
import { readSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'

/** What one request did to the process. */
export interface Held {
  /** The most processor time between two turns of the loop, in milliseconds: what it takes on a core of its own. */
  cpu: number
  /** The longest time between two turns of the loop, in milliseconds: others on the machine make it longer. */
  wall: number
  /** Processor time of the main thread in all, in milliseconds. */
  total: number
  /** The most memory that the process ever held meanwhile, in MB. */
  peak: number
}

const counter = openSync('/proc/self/schedstat', 'r')
const text = Buffer.alloc(64)

/** Processor time of the main thread so far, in milliseconds (Linux only); `cpuUsage` has the kernel count it to now. */
function cpuTime(): number {
  process.cpuUsage()
  const length = readSync(counter, text, 0, text.length, 0)
  return Number(text.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6
}

const peakOfMemory = (): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024

function watch(): () => Held {
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
    return { cpu, wall, total: cpuTime() - begin, peak: peakOfMemory() }
  }
}

const app = await buildApp({ db: connect({ url: process.argv[2]! }), today: () => '2026-01-01' })
const address = await app.listen({ port: 0, host: '127.0.0.1' })
let end: () => Held
process.on('message', (message) => {
  if (message === 'begin') end = watch()
  process.send!(message === 'begin' ? 'begun' : end())
})
process.on('disconnect', () => process.exit())
process.send!(address)
