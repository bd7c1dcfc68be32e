/**
 * Renames a party of 30,000 agreements: how long one or more processes take until all show the new name, and how long edits of
 * them take meanwhile, compared with edits when nothing else is running.
 *
 *   npm run bench:registry-change -- AGREEMENTS PROCESSES
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { publicationCounts } from '../src/agreements/publication/counts.ts'
import { startPublisher } from '../src/agreements/publication/republish-worker.ts'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { prepare } from '../src/programs/prepare.ts'
import { addInBulk, numberedId } from '../test/support/bulk.ts'
import { addTestKeys, authHeader } from '../test/support/keys.ts'

const today = '2026-01-01'

/** One of the processes that publish, as in a server, until it is told to stop. */
async function publish(url: string): Promise<void> {
  const db = connect({ url })
  const publisher = startPublisher(db, () => today, { error: console.error })
  // Also when the bench has failed.
  process.once('disconnect', () => process.exit())
  process.send!('started')
  await once(process, 'message')
  await publisher.stop()
  await db.close()
  const { user, system } = process.cpuUsage()
  process.send!({ published: publicationCounts().registry, cpu: (user + system) / 1e6 })
  process.disconnect()
}

if (process.argv[2] === 'publish') {
  await publish(process.argv[3]!)
  process.exit(0)
}

const many = Number(process.argv[2] ?? 30_000)
const processes = Number(process.argv[3] ?? 1)
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

/** Edits agreements one after another until `done`. @returns the duration of each edit, in milliseconds, also of those refused */
async function edit(done: () => boolean): Promise<{ waits: number[]; refused: number }> {
  const waits: number[] = []
  let refused = 0
  for (let i = 0; !done(); i += 1) {
    const start = performance.now()
    const { statusCode } = await app.inject({
      method: 'PATCH',
      url: `/v1/agreements/${numberedId((i * 7919) % many)}`,
      headers: { ...authHeader('editor'), 'if-match': '*' },
      payload: { summary: `Edit ${i}` },
    })
    if (statusCode === 503) refused += 1
    else if (statusCode !== 200) throw new Error(`An edit failed with status ${statusCode}`)
    waits.push(performance.now() - start)
  }
  return { waits, refused }
}

async function startPublishing(): Promise<ChildProcess> {
  const child = fork(import.meta.filename, ['publish', postgres.url])
  await once(child, 'message')
  return child
}

/** Stops a process that publishes. @returns how many versions it has published, and the seconds of a processor that it used */
async function stopPublishing(child: ChildProcess): Promise<{ published: number; cpu: number }> {
  child.send('stop')
  const [figures] = (await once(child, 'message')) as [{ published: number; cpu: number }]
  return figures
}

async function isPublished(): Promise<boolean> {
  const [left] = await db.query({ name: 'left', text: 'select from registry_changes limit 1' })
  return left === undefined
}

const quantile = (waits: number[], q: number): string =>
  `${waits.toSorted((a, b) => a - b)[Math.floor((waits.length - 1) * q)]!.toFixed(1)} ms`
const summary = ({ waits, refused }: { waits: number[]; refused: number }): string =>
  `${waits.length} edits, ${refused} refused as busy, median ${quantile(waits, 0.5)}, 99th percentile ${quantile(waits, 0.99)}, longest ${quantile(waits, 1)}`

try {
  await prepare(db)
  await addTestKeys(db)
  let start = performance.now()
  await addInBulk(db, agreements, today)
  console.log(`${many} agreements added in ${((performance.now() - start) / 1000).toFixed(1)} s`)

  const until = performance.now() + 5_000
  console.log(`edits alone: ${summary(await edit(() => performance.now() > until))}`)

  const publishing = await Promise.all(Array.from({ length: processes }, startPublishing))
  await app.inject({
    method: 'PATCH',
    url: '/v1/signatories/US',
    headers: { ...authHeader('editor'), 'if-match': '*' },
    payload: { name: 'United States of America' },
  })
  let finished = false
  start = performance.now()
  const editing = edit(() => finished)
  while (!(await isPublished())) await setTimeout(20)
  const seconds = (performance.now() - start) / 1000
  finished = true
  console.log(`renamed: all published in ${seconds.toFixed(1)} s`)
  for (const { published, cpu } of await Promise.all(publishing.map(stopPublishing)))
    console.log(`a process: ${published} agreements, ${cpu.toFixed(1)} s of a processor`)
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
