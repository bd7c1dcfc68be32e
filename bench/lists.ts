/**
 * Random lists of a register of 100,000 agreements with realistic skew, interleaved with reads by id: the time of each as
 * a multiple of a read by id, and the ten slowest. One client, one request at a time. `node … lists.ts [agreements] [seed]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { prepare } from '../src/programs/prepare.ts'
import { numberedId } from '../test/support/bulk.ts'
import { asQuery } from '../test/support/naive.ts'
import { addSkewed, combinations } from '../test/support/skewed.ts'

const many = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? 1)
const today = '2026-01-01'
const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'))
const postgres = await startEmbedded({ folder: join(folder, 'postgres') })
const db = connect({ url: postgres.url })
const app = await buildApp({ db, today: () => today })

const median = (figures: number[]): number => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!

/** The duration of a request, in milliseconds. */
async function time(address: string): Promise<number> {
  const start = performance.now()
  const answer = await fetch(address)
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`${address}: status ${answer.status}`)
  return performance.now() - start
}

try {
  await prepare(db)
  await addSkewed(db, many, today)
  await db.query({ name: 'vacuum', text: 'vacuum analyze' })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const origin = `${app.listeningOrigin}/v1/agreements`
  const lists = combinations(seed)
  const reads: number[] = []
  const measured: { list: string; time: number }[] = []
  for (let i = 0; i < 210; i += 1) {
    const list = `${origin}?${asQuery(lists.next().value!)}`
    const times: number[] = []
    for (let round = 0; round < 5; round += 1) {
      reads.push(await time(`${origin}/${numberedId((i * 5 + round) * 37)}`))
      times.push(await time(list))
    }
    if (i >= 10) measured.push({ list, time: median(times) })
  }
  const read = median(reads)
  const times = measured.map((one) => one.time / read)
  console.log(
    `${many} agreements; 200 random lists, medians of 5, as multiples of the median read by id (${read.toFixed(2)} ms)`,
  )
  console.log(`median ${median(times).toFixed(1)}, slowest ${Math.max(...times).toFixed(1)}; the ten slowest:`)
  for (const one of measured.toSorted((a, b) => b.time - a.time).slice(0, 10)) {
    console.log(`${(one.time / read).toFixed(1).padStart(6)}  ${decodeURIComponent(one.list.slice(origin.length))}`)
  }
} finally {
  await app.close()
  await db.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
