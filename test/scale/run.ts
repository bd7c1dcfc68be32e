import { spawnSync } from 'node:child_process'
import { components } from './components.ts'

const missing = components.filter(({ path }) => path === undefined)
if (missing.length > 0) {
  const names = missing.map(({ name }) => name).join(', ')
  const packages = missing.map((component) => component.package).join(' ')
  process.stderr.write(`Not found: ${names}. On Debian: apt-get install ${packages}\n`)
  process.exit(77)
}

const config = ['--config', 'test/scale/vitest.config.ts']

/** Runs the tests of a project of this configuration. @returns the exit code */
function run(what: string, project: string, environment: Record<string, string> = {}): number {
  process.stdout.write(`\n${what}\n`)
  const command = ['vitest', 'run', ...config, '--passWithNoTests', '--project', project, ...process.argv.slice(2)]
  const { status } = spawnSync('npx', command, { stdio: 'inherit', env: { ...process.env, ...environment } })
  return status ?? 1
}

const codes = [
  run('Beyond one machine', 'scale'),
  run('The short tests through PgBouncer in transaction mode', 'again', {
    DATABASE_PREPARED: 'false',
    TEST_POOLER: 'true',
  }),
  run('The short tests in a schema beside another register', 'again', { DATABASE_SCHEMA: 'Register "B"' }),
]
process.exit(Math.max(...codes))
