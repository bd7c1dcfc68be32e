/** Reads by id and lists, compared with a plain peer: requests per second in alternating rounds, and the ratio of the medians. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { connect } from '../src/database/connect.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { prepare } from '../src/programs/prepare.ts'
import { addInBulk, numberedId } from '../test/support/bulk.ts'

const many = Number(process.argv[2] ?? 20_000)
const rounds = 5
const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'))
const postgres = await startEmbedded({ folder: join(folder, 'postgres') })
const db = connect({ url: postgres.url })

async function serve(peer: string): Promise<{ process: ChildProcess; address: string }> {
  const file = fileURLToPath(new URL(`./${peer}.ts`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', file, postgres.url], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { process: child, address: line.toString().trim() }
}

async function perSecond(url: string, paths: string[]): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({
    url,
    connections: 16,
    duration: 3,
    requests: paths.map((path) => ({ path })),
  })
  if (non2xx + errors > 0) throw new Error(`${non2xx} responses were not 2xx, ${errors} requests failed`)
  return requests.average
}

const median = (figures: number[]): number => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!

const parties = ['US', 'JP', 'KR', 'DE', 'FR', 'BR', 'IN', 'ZA', 'MX', 'GB', 'CA', 'AU']
const agreements = Array.from({ length: many }, (_, i) => ({
  id: numberedId(i),
  body: {
    title: `Agreement ${i} on research into floods`,
    type: 'agreement',
    summary: 'Joint research, exchange of experts, and a committee that meets once a year.',
    signatories: [
      { side: 1, signatory: parties[i % 3] },
      { side: 2, signatory: parties[3 + (i % 9)], representative: { name: 'Hanako Yamada', office: 'Ambassador' } },
    ],
    dates: [
      { event: 'signed', date: `${1950 + (i % 70)}-03-05`, place: 'Washington', source: 'a' },
      { event: 'entered_into_force', date: `${1951 + (i % 70)}-01-01`, source: 'a' },
    ],
    researchDomains: ['theme:flooding', 'ford:1.5'],
    sources: [{ key: 'a', title: 'A gazette', publishedOn: '2001' }],
  },
}))
const ids = Array.from({ length: 500 }, (_, i) => `/v1/agreements/${numberedId((i * 7919) % many)}`)

try {
  await prepare(db)
  await addInBulk(db, agreements, '2026-01-01')
  await db.query({ name: 'analyze', text: 'analyze' })
  const [ours, plain] = await Promise.all([serve('our-peer'), serve('plain-peer')])
  const figures: Record<string, number[]> = { ours: [], plain: [], list: [] }
  for (let round = 0; round <= rounds; round += 1) {
    const measured = {
      ours: await perSecond(ours.address, ids),
      plain: await perSecond(plain.address, ids),
      list: await perSecond(ours.address, ['/v1/agreements?limit=20&party=JP', '/v1/agreements?limit=20&pair=US,DE']),
    }
    if (round > 0) for (const [name, figure] of Object.entries(measured)) figures[name]!.push(figure)
  }
  const [a, b, c] = ['ours', 'plain', 'list'].map((name) => median(figures[name]!)) as [number, number, number]
  console.log(`${many} agreements, 16 connections, medians of ${rounds} alternating rounds, requests per second`)
  console.log(`by id, stored document:          ${a.toFixed(0)}  (${(a / b).toFixed(2)} times the plain peer)`)
  console.log(`by id, JSON built at each read:  ${b.toFixed(0)}`)
  console.log(`a list of 20 by party or pair:   ${c.toFixed(0)}  (${(c / a).toFixed(2)} times a read by id)`)
  for (const { process: child } of [ours, plain]) child.stdin!.end()
} finally {
  await db.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
