/**
 * Exports of a whole register by a fast and by a slow client, each from a separate server: rows per second, the peak
 * memory of the server (VmHWM, so Linux only), and the longest time that another read took meanwhile.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connect } from '../src/database/connect.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { prepare } from '../src/programs/prepare.ts'
import { addInBulk, numberedId } from '../test/support/bulk.ts'

const many = Number(process.argv[2] ?? 100_000)
const batch = 10_000
const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'))
const postgres = await startEmbedded({ folder: join(folder, 'postgres') })
const db = connect({ url: postgres.url })

const parties = ['JP', 'KR', 'DE', 'FR', 'BR', 'IN', 'ZA', 'MX', 'GB', 'CA', 'AU']
/** Documents of 2 to 8 kB; one in a thousand of 22 kB. */
const agreementNumber = (i: number) => ({
  id: numberedId(i),
  body: {
    title: `Agreement ${i} on research into floods`,
    type: 'agreement',
    summary: 'Joint research, exchange of experts, and a committee. '.repeat(i % 1000 === 0 ? 370 : 1 + (i % 100)),
    signatories: [
      { side: 1, signatory: 'US', representative: { name: 'Maria Smith', office: 'Secretary' } },
      { side: 2, signatory: parties[i % parties.length], representative: { name: 'Hanako Yamada', office: null } },
    ],
    dates: [
      { event: 'signed', date: `${1950 + (i % 70)}-03-05`, place: 'Washington', source: 'a' },
      { event: 'entered_into_force', date: `${1951 + (i % 70)}-01-01`, source: 'a' },
    ],
    researchDomains: ['theme:flooding', 'ford:1.5'],
    sources: [{ key: 'a', title: 'A gazette', publishedOn: '2001' }],
  },
})

/** Starts the server as `npm start` does; `end` stops it and returns its peak memory, in MB. */
async function serve(): Promise<{ address: string; end: () => number }> {
  const env = { ...process.env, DATABASE_URL: postgres.url, PORT: '0' }
  const child = spawn(process.execPath, ['dist/server.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let log = ''
  const address = () => /Swagger UI: (\S+)\/docs/.exec(log)?.[1]
  for (child.stdout.on('data', (piece) => (log += piece)); address() === undefined;) await once(child.stdout, 'data')
  const end = () => {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
    child.kill()
    return Number(peak?.[1]) / 1024
  }
  return { address: address()!, end }
}

const open = (address: string): Promise<IncomingMessage> =>
  new Promise((settle, reject) => void get(address, settle).on('error', reject))

/** Reads a response to its end, with a pause of `pause` ms after each chunk. @returns the number of bytes */
async function readAll(answer: IncomingMessage, pause: number): Promise<number> {
  let bytes = 0
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length
    if (pause > 0) await setTimeout(pause)
  }
  return bytes
}

/** Reads an agreement every 20 ms until `done`. @returns the longest time that a read took, in milliseconds */
async function readMeanwhile(address: string, done: () => boolean): Promise<number> {
  let longest = 0
  for (let i = 0; !done(); i += 1) {
    const start = performance.now()
    await readAll(await open(`${address}/v1/agreements/${numberedId((i * 7919) % many)}`), 0)
    longest = Math.max(longest, performance.now() - start)
    await setTimeout(20)
  }
  return longest
}

async function measure(format: string, client: string, pause: number): Promise<void> {
  const { address, end } = await serve()
  let finished = false
  const others = readMeanwhile(address, () => finished)
  const start = performance.now()
  const answer = await open(`${address}/v1/agreements/export?format=${format}`)
  const bytes = await readAll(answer, pause)
  const seconds = (performance.now() - start) / 1000
  finished = true
  const longest = await others
  console.log(
    `${format.padEnd(6)} ${client}: ${(bytes / 2 ** 20).toFixed(0)} MB in ${seconds.toFixed(1)} s, ` +
      `${(many / seconds).toFixed(0)} rows per second; peak memory ${end().toFixed(0)} MB; ` +
      `longest other read ${longest.toFixed(0)} ms`,
  )
}

try {
  await prepare(db)
  for (let done = 0; done < many; done += batch) {
    const agreements = Array.from({ length: Math.min(batch, many - done) }, (_, i) => agreementNumber(done + i))
    await addInBulk(db, agreements, '2026-01-01')
  }
  await db.query({ name: 'analyze', text: 'analyze' })
  const idle = await serve()
  console.log(`${many} agreements; peak memory of an idle server ${idle.end().toFixed(0)} MB`)
  for (const format of ['csv', 'ndjson', 'json']) {
    await measure(format, 'a fast client', 0)
    await measure(format, 'a slow client', 2)
  }
} finally {
  await db.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
