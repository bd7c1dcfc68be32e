import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { accountFor } from '../../src/database/embedded/account.ts'
import { atEnd } from '../support/at-end.ts'
import { freePort } from '../support/free-port.ts'
import { postgresPrograms } from './components.ts'

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  max_connections: '100',
  wal_level: 'replica',
}

/** A PostgreSQL of this system on a port of its own, without a password. It is ended after the tests of the file. */
export class PostgresServer {
  readonly port: number
  readonly #data: string
  readonly #account: { uid: number; gid: number } | undefined
  readonly #own: Record<string, string>
  #process: ChildProcess | undefined

  private constructor(port: number, own: Record<string, string> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'entente-scale-'))
    chmodSync(folder, 0o755)
    this.port = port
    this.#own = own
    this.#data = join(folder, 'data')
    this.#account = accountFor(this.#data)
    mkdirSync(this.#data, { mode: 0o700 })
    if (this.#account) chownSync(this.#data, this.#account.uid, this.#account.gid)
    atEnd(async () => {
      await this.end('SIGQUIT')
      rmSync(folder, { recursive: true })
    })
  }

  static async create(): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort())
    server.#run('initdb', ['-D', server.#data, '-U', 'entente', '-A', 'trust', '-E', 'UTF8', '--no-sync'])
    await server.start()
    return server
  }

  /** A streaming standby of this server, with further settings. */
  async standby(own: Record<string, string> = {}): Promise<PostgresServer> {
    const standby = new PostgresServer(await freePort(), own)
    const source = ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'entente']
    standby.#run('pg_basebackup', [...source, '-D', standby.#data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'])
    await standby.start()
    return standby
  }

  get url(): string {
    return `postgres://entente@127.0.0.1:${this.port}/postgres`
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const all = { ...settings, ...this.#own, port: String(this.port) }
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const process = spawn(join(postgresPrograms(), 'postgres'), ['-D', this.#data, ...options], {
      ...this.#account,
      cwd: '/',
      env: { LC_ALL: 'C' },
      stdio: 'ignore',
    })
    this.#process = process
    while (!(await this.#answers())) {
      if (process.exitCode !== null) throw new Error(`PostgreSQL ended with ${process.exitCode}.`)
      await setTimeout(50)
    }
  }

  /** Makes a standby accept writes. */
  promote(): void {
    this.#run('pg_ctl', ['promote', '-w', '-D', this.#data])
  }

  /** Ends it, and waits until it has ended: SIGINT is a fast shutdown, SIGQUIT an immediate one. */
  async end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const process = this.#process
    if (!process || process.exitCode !== null || process.signalCode !== null) return
    const ended = once(process, 'exit')
    process.kill(signal)
    await ended
  }

  async query(text: string): Promise<unknown[]> {
    const client = new pg.Client(this.url)
    await client.connect()
    try {
      return (await client.query(text)).rows as unknown[]
    } finally {
      await client.end()
    }
  }

  #answers = (): Promise<boolean> =>
    this.query('select 1').then(
      () => true,
      () => false,
    )

  #run(program: string, options: string[]): void {
    const { status, stderr } = spawnSync(join(postgresPrograms(), program), options, {
      ...this.#account,
      cwd: '/',
      env: { LC_ALL: 'C' },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${program}: ${stderr}`)
  }
}
