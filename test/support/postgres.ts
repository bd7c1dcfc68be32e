import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/database/embedded/embedded.ts'
import { isAlive } from '../../src/database/embedded/processes.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of a PostgreSQL server, with an account that may create databases. */
    databaseServer: string
    /** The address of a pooler in front of it, through which the tests use their databases. */
    databasePooler?: string
    /** A temporary folder for this run. */
    folder: string
  }
}

/** Provides one PostgreSQL for the whole run: the one at `TEST_DATABASE_URL`, or an embedded one that stops after the run. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  removeAbandoned()
  const folder = mkdtempSync(join(realpathSync(tmpdir()), `entente-test-${process.pid}-`))
  provide('folder', folder)
  const given = process.env['TEST_DATABASE_URL']
  const postgres = given ? undefined : await startEmbedded({ folder, durable: false })
  provide('databaseServer', given ?? postgres!.url)
  return async () => {
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Removes the folders of killed runs, except those of other users and those whose PostgreSQL is still stopping. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^entente-test-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    } catch {
      continue
    }
  }
}
