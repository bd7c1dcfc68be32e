/**
 * How long the worst request of each operation blocks the event loop, and the peak memory: one client, one request at a
 * time, to a separate server with a probe. Reports the minimum of several rounds, which is closest to a quiet machine.
 * `node … event-loop.ts [rounds] [operations whose name contains this] [documents whose name contains this]`; Linux only.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../src/database/connect.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { prepare } from '../src/programs/prepare.ts'
import { addTestKeys } from '../test/support/keys.ts'
import { measureDocument } from './loop/documents.ts'
import { measureLists, measureRefusals } from './loop/lists.ts'
import { call, startServer, stopServer, summary } from './loop/measure.ts'
import { measureRegistry } from './loop/registry.ts'
import { addWorstEntries, worst } from './loop/worst.ts'

const onlyDocuments = process.argv[4] ?? ''
const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'))
const postgres = await startEmbedded({ folder: join(folder, 'postgres') })
const db = connect({ url: postgres.url })

try {
  await prepare(db)
  await addTestKeys(db)
  await addWorstEntries(db)
  await startServer(postgres.url)
  await call('POST', '/v1/agreements', worst['500 acts that count']!())
  if (onlyDocuments === '') {
    await measureRefusals()
    await measureLists()
    await measureRegistry()
  }
  for (const name of Object.keys(worst)) if (name.includes(onlyDocuments)) await measureDocument(name)
  console.log(`\n${summary()}`)
  stopServer()
} finally {
  await db.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
