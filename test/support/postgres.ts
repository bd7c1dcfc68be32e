import { accessSync, constants, mkdtempSync, readdirSync, realpathSync, rmSync, statfsSync } from 'node:fs'
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
  const homes = [...new Set([tmpdir(), homeOfDatabases()])]
  for (const home of homes) removeAbandoned(home)
  const [folder, folderOfDatabases = folder] = homes.map((home) =>
    mkdtempSync(join(realpathSync(home), `entente-test-${process.pid}-`)),
  ) as [string, string?]
  provide('folder', folder)
  const given = process.env['TEST_DATABASE_URL']
  const postgres = given ? undefined : await startEmbedded({ folder: folderOfDatabases, durable: false })
  provide('databaseServer', given ?? postgres!.url)
  return async () => {
    await postgres?.stop()
    for (const made of [folder, folderOfDatabases]) rmSync(made, { recursive: true, force: true })
  }
}

/** The least room, in bytes, for the databases of a run in memory; as much again is left for everything else. */
const leastRoom = 4 * 2 ** 30

/**
 * A new database is about 1,000 files, and on some disks each takes 0.3 ms of the processor to create. They are in memory
 * where a file system for that has room.
 */
const homeOfDatabases = (): string => (hasRoom('/dev/shm') ? '/dev/shm' : tmpdir())

function hasRoom(home: string): boolean {
  try {
    accessSync(home, constants.W_OK)
    const { bavail, bsize } = statfsSync(home)
    return bavail * bsize >= leastRoom && process.availableMemory() >= 2 * leastRoom
  } catch {
    return false
  }
}

/** Removes the folders of killed runs, except those of other users and those whose PostgreSQL is still stopping. */
function removeAbandoned(home: string): void {
  for (const name of readdirSync(home)) {
    const pid = /^entente-test-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    try {
      rmSync(join(home, name), { recursive: true, force: true })
    } catch {
      continue
    }
  }
}
