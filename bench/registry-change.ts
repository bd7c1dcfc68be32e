/**
 * Renames a party of 30,000 agreements: how long until all show the new name, and how long edits of them take meanwhile,
 * compared with edits when nothing else is running.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { prepare } from '../src/programs/prepare.ts'
import { addInBulk, numberedId } from '../test/support/bulk.ts'
import { addTestKeys, authHeader } from '../test/support/keys.ts'

const many = Number(process.argv[2] ?? 30_000)
const today = '2026-01-01'
const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'))
const postgres = await startEmbedded({ folder: join(folder, 'postgres') })
const db = connect({ url: postgres.url })
const app = await buildApp({ db, today: () => today })

const partners = ['JP', 'KR', 'DE', 'FR', 'BR', 'IN', 'ZA', 'MX']
const agreements = Array.from({ length: many }, (_, i) => ({
  id: numberedId(i),
  body: {
    title: `Agreement ${i} on research`,
    type: 'agreement',
    signatories: [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: partners[i % partners.length] },
    ],
    dates: [{ event: 'signed', date: `${1950 + (i % 70)}-03-05` }],
  },
}))

/** Edits agreements one after another until `done`. @returns the duration of each edit, in milliseconds */
async function edit(done: () => boolean): Promise<number[]> {
  const waits: number[] = []
  for (let i = 0; !done(); i += 1) {
    const start = performance.now()
    const { statusCode } = await app.inject({
      method: 'PATCH',
      url: `/v1/agreements/${numberedId((i * 7919) % many)}`,
      headers: { ...authHeader('editor'), 'if-match': '*' },
      payload: { summary: `Edit ${i}` },
    })
    if (statusCode !== 200) throw new Error(`An edit failed with status ${statusCode}`)
    waits.push(performance.now() - start)
  }
  return waits
}

const quantile = (waits: number[], q: number): string =>
  `${waits.toSorted((a, b) => a - b)[Math.floor((waits.length - 1) * q)]!.toFixed(1)} ms`
const summary = (waits: number[]): string =>
  `${waits.length} edits, median ${quantile(waits, 0.5)}, 99th percentile ${quantile(waits, 0.99)}, longest ${quantile(waits, 1)}`

try {
  await prepare(db)
  await addTestKeys(db)
  let start = performance.now()
  await addInBulk(db, agreements, today)
  console.log(`${many} agreements added in ${((performance.now() - start) / 1000).toFixed(1)} s`)

  const until = performance.now() + 5_000
  console.log(`edits alone: ${summary(await edit(() => performance.now() > until))}`)

  await app.inject({
    method: 'PATCH',
    url: '/v1/signatories/US',
    headers: { ...authHeader('editor'), 'if-match': '*' },
    payload: { name: 'United States of America' },
  })
  let finished = false
  start = performance.now()
  const editing = edit(() => finished)
  const published = await publishAll(db, today)
  finished = true
  console.log(`renamed: ${published} agreements published in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  console.log(`edits meanwhile: ${summary(await editing)}`)
  const [stale] = await db.query<{ count: string }>({
    name: 'stale',
    text: `select count(*) from agreements where document like '%"name":"United States"%'`,
  })
  console.log(`agreements with the old name: ${stale!.count}`)
} finally {
  await app.close()
  await db.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
