import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { inject } from 'vitest'

const here = resolve(import.meta.dirname, '..', '..')

/** Everything that a built program needs in addition to `dist`. */
const linked = ['node_modules', 'data', 'migrations', 'docs', 'ui', 'package.json']

/** The folder of a project built as by `npm run build`, but without type checks. Built once in a run, on the first call. */
export function builtProject(): string {
  const built = join(inject('folder'), 'project')
  if (existsSync(built)) return built
  const own = mkdtempSync(join(inject('folder'), 'building-'))
  const tsc = spawnSync(join(here, 'node_modules/.bin/tsc'), ['-p', here, '--noCheck', '--outDir', join(own, 'dist')])
  if (tsc.status !== 0) throw new Error(String(tsc.stdout))
  for (const name of linked) symlinkSync(join(here, name), join(own, name))
  try {
    renameSync(own, built)
  } catch (error) {
    if (!existsSync(built)) throw error
    rmSync(own, { recursive: true }) // another worker was faster
  }
  return built
}
