import { freePort } from './free-port.ts'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { accountFor } from '../../src/database/embedded/account.ts'
import { atEnd } from './at-end.ts'

const debian = '/usr/lib/postgresql'

/** The programs of a PostgreSQL that is installed on this system, with those for backups; undefined: there is none. */
export function systemPostgres(): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian).filter((version) => Number(version) >= 15) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...process.env['PATH']!.split(delimiter)]
  const needed = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'createdb']
  return folders.find((folder) => needed.every((name) => existsSync(join(folder, name))))
}

/** Starts a PostgreSQL of these programs in `folder`, which every account can walk to, without a password. It is stopped after the tests of the file. */
export async function startSystemPostgres(programs: string, folder: string): Promise<{ url: string; port: number }> {
  const data = join(folder, 'data')
  const account = accountFor(data)
  mkdirSync(data, { mode: 0o700 })
  if (account) chownSync(data, account.uid, account.gid)
  const options = { ...account, cwd: '/', env: { LC_ALL: 'C', PATH: process.env['PATH'] } }
  const made = spawnSync(join(programs, 'initdb'), ['-D', data, '-U', 'entente', '-A', 'trust', '-E', 'UTF8'], options)
  if (made.status !== 0) throw new Error(String(made.stderr))
  const port = await freePort()
  const settings = ['-p', String(port), '-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1']
  const postgres: ChildProcess = spawn(join(programs, 'postgres'), ['-D', data, ...settings], {
    ...options,
    stdio: 'ignore',
  })
  atEnd(async () => {
    const ended = once(postgres, 'exit')
    if (postgres.exitCode === null && postgres.kill('SIGINT')) await ended
  })
  const url = `postgres://entente@127.0.0.1:${port}/postgres`
  while (!(await accepts(url))) await setTimeout(100)
  return { url, port }
}

async function accepts(url: string): Promise<boolean> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}
