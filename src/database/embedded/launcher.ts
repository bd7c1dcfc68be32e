/**
 * Runs one PostgreSQL and outlives the server that asked for it: when the server's end of the pipe on standard input
 * closes, by whatever death, PostgreSQL is shut down. Arguments: JSON of {@link Launch}.
 */
import { spawn } from 'node:child_process'

export interface Launch {
  program: string
  arguments: string[]
  folder: string
  uid?: number
  gid?: number
}

const { program, arguments: args, folder, uid, gid } = JSON.parse(process.argv[2]!) as Launch

/** How long a fast shutdown may take before an immediate one, which the next start recovers from. */
const patience = 20_000

const postgres = spawn(program, args, {
  cwd: folder,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' },
  ...(uid !== undefined && { uid }),
  ...(gid !== undefined && { gid }),
})
postgres.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
postgres.on('exit', (code) => process.exit(code ?? 1))

function shutDown(): void {
  postgres.kill('SIGINT')
  setTimeout(() => postgres.kill('SIGQUIT'), patience).unref()
}

process.stdin.on('end', shutDown).on('error', shutDown).resume()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, shutDown)
process.stderr.on('error', () => {})
process.stdout.on('error', () => {})
