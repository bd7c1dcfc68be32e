/**
 * How long the event loop is held by the worst that each operation can be asked, and the most memory that it takes:
 * requests of one client, one at a time, to a server of their own with a probe. Of several rounds the least counts,
 * which is what a quiet machine takes. `node … event-loop.ts [rounds] [only operations of this name] [only documents of
 * this name]`; Linux only.
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
