import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Figures, tableOf } from './figures.ts'
import { parts } from './parts.ts'
import { closeWorlds, type Ground } from './world.ts'

const usage = `npm run torture -- [PART…] [--minutes N] [--kills N] [--operation ID…] [--write FILE]
  Parts: ${Object.keys(parts).join(' ')}
  Default: all of them, except mixed.
  --minutes: of mixed (default: 30)
  --kills: of the API and of PostgreSQL (default: 100 and 20, with an external and with an embedded PostgreSQL)
  --operation: of failure-points (default: each operation that writes)
  --write: also writes the table to FILE`

/** Runs the parts that are named, prints their figures, and exits with 1 when there are faults, and with 2 when it is not called as it should be. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '30' },
      kills: { type: 'string' },
      operation: { type: 'string', multiple: true },
      write: { type: 'string' },
    },
  })
  const unknown = positionals.filter((name) => !(name in parts))
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(', ')}\n${usage}`)
    process.exitCode = 2
    return
  }
  const names = positionals.length > 0 ? positionals : Object.keys(parts).filter((name) => name !== 'mixed')
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'entente-torture-'))
  chmodSync(folder, 0o755)
  const ground: Ground = { project: resolve(import.meta.dirname, '..', '..'), folder }
  const rows: Figures[] = []
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void closeWorlds().finally(() => process.exit(1)))
  }
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  for (const name of names) {
    console.error(`${new Date().toISOString()} ${name}`)
    for (const row of await parts[name]!(ground, {
      minutes: Number(values.minutes),
      operations: values.operation,
      kills: values.kills === undefined ? undefined : Number(values.kills),
    })) {
      rows.push(row)
      console.log(tableOf([row]).split('\n').at(-1))
      for (const fault of row.faults.slice(0, 50)) console.log(`  ${fault}`)
    }
  }
  const table = tableOf(rows)
  console.log(`\n${table}`)
  if (values.write) writeFileSync(values.write, `${table}\n`)
  process.exitCode = rows.some(({ faults }) => faults.length > 0) ? 1 : 0
}

await main()
