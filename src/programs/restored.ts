import { moveFeed } from '../changes/restored.ts'
import { moveWebhooks } from '../webhooks/queries.ts'
import { prepare } from './prepare.ts'
import { runProgram } from './run-program.ts'

await runProgram(
  import.meta.url,
  async (db) => {
    await prepare(db)
    await moveFeed(db, moveWebhooks)
    process.stdout.write('All followers of /v1/changes are told to start again.\n')
  },
  { join: true },
)
