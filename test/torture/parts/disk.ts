import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Figures, skipped } from '../figures.ts'
import { underLoad } from '../under-load.ts'
import { externalWorld, type Ground } from '../world.ts'

const megabyte = Buffer.alloc(1 << 20, 1)

/** Writes a file until the disk has less than a megabyte. */
function fill(file: string): void {
  const into = openSync(file, 'a')
  try {
    for (;;) writeSync(into, megabyte)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(into)
  }
}

/** The disk of the database becomes full while writers work; then there is space again. */
export async function diskFull(ground: Ground, { rounds }: { rounds: number }): Promise<Figures> {
  const disk = mkdtempSync(join(ground.folder, 'disk-'))
  const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', disk])
  if (mounted.status !== 0) return skipped('disk-full', 'only root on Linux may mount a small file system')
  try {
    chmodSync(disk, 0o755)
    const world = await externalWorld(ground, { apis: 2, folder: join(disk, 'database') })
    const ballast = join(disk, 'ballast')
    let ended = 0
    return await underLoad(world, {
      part: 'disk-full',
      what: `${rounds} × the file system of PostgreSQL (tmpfs, 400 MB) full for 4 s`,
      trouble: async () => {
        for (let n = 0; n < rounds; n += 1) {
          await setTimeout(1500)
          for (const until = performance.now() + 4000; performance.now() < until; await setTimeout(50)) fill(ballast)
          if (world.postgres.hasEnded()) ended += 1
          rmSync(ballast)
          await world.startAgain()
        }
        await setTimeout(1500)
        const { bavail, bsize } = statfsSync(disk)
        return `PostgreSQL ended ${ended} times; ${Math.round((bavail * bsize) / 1e6)} MB free in the end`
      },
    })
  } finally {
    spawnSync('/bin/umount', ['-l', disk])
  }
}
