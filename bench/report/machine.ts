import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/connect.ts'
import { root } from '../servers/server.ts'

/** On what a run was made. */
export interface Machine {
  date: string
  commit: string
  cpu: string
  cores: number
  /** In GB. */
  memory: number
  node: string
  postgres: string
}

export async function aboutMachine(db: Database): Promise<Machine> {
  const [row] = await db.query<{ version: string }>(sql`select current_setting('server_version') as version`)
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    commit: commit(),
    cpu: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
    memory: totalmem() / 2 ** 30,
    node: process.version,
    postgres: row!.version,
  }
}

/** The commit, with a mark when files differ from it. */
function commit(): string {
  try {
    const git = (...words: string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':!bench/results.*') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ', with changes' : ''}`
  } catch {
    return 'unknown'
  }
}
