import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../../src/programs/sample.ts'
import { keyTextOf } from '../support/keys.ts'
import { freshRegister, type Register } from '../support/register.ts'

const client = new URL('../client/', import.meta.url)
const registry = 'https://registry.npmjs.org/'

/** Runs a program in test/client/; its standard output. What it says when it fails is in the error. */
async function run(program: string, ...args: string[]): Promise<string> {
  try {
    return (
      await promisify(execFile)(program, args, {
        cwd: fileURLToPath(client),
        env: { ...process.env, REGISTER_KEY: keyTextOf('editor') },
      })
    ).stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error })
  }
}

/** What a lock file holds of packages, apart from the package itself; npm leaves a copy in node_modules. */
async function locked(file: string): Promise<Record<string, { version: string }>> {
  const text = await readFile(new URL(file, client), 'utf8').catch(() => '{"packages":{}}')
  const { packages } = JSON.parse(text) as { packages: Record<string, { version: string }> }
  return Object.fromEntries(Object.entries(packages).filter(([path]) => path !== ''))
}

const versions = (packages: Record<string, { version: string }>) =>
  Object.fromEntries(Object.entries(packages).map(([path, { version }]) => [path, version]))

describe('a client generated from the contract', () => {
  let register: Register

  // Its generator needs TypeScript 5, so it is a package of its own, with packages of its own.
  beforeAll(async () => {
    const [wanted, there] = await Promise.all([locked('package-lock.json'), locked('node_modules/.package-lock.json')])
    if (JSON.stringify(versions(wanted)) !== JSON.stringify(versions(there))) {
      await run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund')
    }
    register = await freshRegister()
    await loadSample(register.db, '2026-01-01')
  })

  test('compiles in strict mode with TypeScript 5, and tells the founding case', async () => {
    await run('npm', 'run', 'generate')
    await run('npm', 'run', 'build')
    await register.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = register.app.server.address() as AddressInfo
    const told = await run(process.execPath, 'dist/founding-case.js', `http://127.0.0.1:${port}`)
    expect(told).toBe('The founding case is told.\n')
  })

  test('needs neither a cast nor `any`', async () => {
    const source = await readFile(new URL('founding-case.ts', client), 'utf8')
    const code = source.replaceAll(/^ *\/\/.*|\/\*[\s\S]*?\*\/|'[^'\n]*'/gm, "''")
    expect(code).toContain('createClient<paths>')
    expect(code.match(/\b(?:as|any)\b|\w!\W/g)).toBeNull()
    expect(source).not.toMatch(/@ts-/)
  })

  test('comes from the public registry, and with nothing built for one platform only', async () => {
    const packages = Object.entries(await locked('package-lock.json')) as [string, Record<string, unknown>][]
    const odd = packages.filter(
      ([, { resolved, os, cpu, hasInstallScript }]) =>
        os ?? cpu ?? hasInstallScript ?? !String(resolved ?? registry).startsWith(registry),
    )
    expect(odd).toEqual([])
  })
})
