import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { accountFor } from '../../src/database/embedded/account.ts'
import { freePort } from '../support/free-port.ts'
import { pgBouncerProgram } from './components.ts'

export interface PgBouncer {
  /** The address of a database of the same server, through PgBouncer. */
  through(databaseUrl: string): string
  stop(): Promise<void>
}

/**
 * Starts PgBouncer in transaction mode in front of the server at `databaseUrl`. It knows every database of that server.
 * @param settings further lines of its configuration
 */
export async function startPgBouncer(databaseUrl: string, settings: readonly string[] = []): Promise<PgBouncer> {
  const { hostname, port: serverPort, username, password } = new URL(databaseUrl)
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${serverPort} user=${username} password=${decodeURIComponent(password)}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'max_client_conn = 1000',
    'server_idle_timeout = 5',
    ...settings,
  ]
  const account = accountFor(join(folder, 'none'))
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  if (account) chownSync(file, account.uid, account.gid)
  const pgBouncer = spawn(pgBouncerProgram(), ['-q', file], {
    ...account,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  pgBouncer.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)))
  while (!(await listens(port))) {
    if (pgBouncer.exitCode !== null) throw new Error(`PgBouncer ended:\n${log}`)
    await setTimeout(20)
  }
  return {
    through: (url) => throughPort(url, port),
    async stop() {
      await end(pgBouncer)
      rmSync(folder, { recursive: true })
    },
  }
}

function throughPort(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  return url.href
}

async function end(process: ChildProcess): Promise<void> {
  const ended = once(process, 'exit')
  if (process.exitCode === null && process.kill('SIGINT')) await ended
}

const listens = (port: number): Promise<boolean> =>
  new Promise((settle) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      settle(true)
    }).on('error', () => settle(false))
  })
