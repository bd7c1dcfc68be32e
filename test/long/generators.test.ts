import { execFile } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { founding } from '../../src/openapi/examples.ts'
import { loadSample } from '../../src/programs/sample.ts'
import { freshRegister } from '../support/register.ts'

const document = fileURLToPath(new URL('../../openapi/openapi.json', import.meta.url))
const programs = fileURLToPath(new URL('../client/', import.meta.url))
/** The versions that are fetched when a generator is not installed. */
const versions = { openapiGenerator: '7.25.0', oapiCodegen: 'v2.8.2' }

let folder: string
let server: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generators-'))
  const register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
  await register.app.listen({ host: '127.0.0.1', port: 0 })
  server = `http://127.0.0.1:${(register.app.server.address() as AddressInfo).port}`
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs a program; its output. What it says when it fails is in the error. */
async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout.slice(-4000)}${stderr.slice(-4000)}`, { cause: error })
  }
}

const isOnPath = async (program: string): Promise<boolean> => {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => access(join(place, program)))
  return (await Promise.allSettled(places)).some(({ status }) => status === 'fulfilled')
}

/** Skips a test, and says why. */
function skip({ skip, task }: TestContext, reason: string): never {
  console.log(`skipped: ${task.name}: ${reason}`)
  return skip(reason)
}

/** Skips a test without these programs. */
async function needs(context: TestContext, ...needed: string[]): Promise<void> {
  for (const program of needed) if (!(await isOnPath(program))) skip(context, `\`${program}\` is not on the PATH`)
}

/**
 * The command that runs OpenAPI Generator: the jar that `OPENAPI_GENERATOR_JAR` names, `openapi-generator-cli` on the PATH,
 * or a jar that Maven fetches.
 */
async function openapiGenerator(context: TestContext): Promise<[program: string, ...args: string[]]> {
  await needs(context, 'java')
  const given = process.env['OPENAPI_GENERATOR_JAR']
  if (given) return ['java', '-jar', given]
  if (await isOnPath('openapi-generator-cli')) return ['openapi-generator-cli']
  if (!(await isOnPath('mvn'))) {
    skip(context, 'OPENAPI_GENERATOR_JAR is not set, and neither `openapi-generator-cli` nor `mvn` is on the PATH')
  }
  const artifact = `org.openapitools:openapi-generator-cli:${versions.openapiGenerator}`
  const fetched = ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]
  await run(folder, 'mvn', ...fetched).catch((error: Error) => skip(context, `Maven cannot fetch it: ${error.message}`))
  return ['java', '-jar', join(folder, `openapi-generator-cli-${versions.openapiGenerator}.jar`)]
}

const noNetwork =
  /dial tcp|lookup .*: no such host|could not (?:resolve|transfer)|connection (?:refused|reset|timed out)|connect timed out|i\/o timeout|NewConnectionError|no matching distribution|proxyconnect|network is unreachable/i

/** Waits for a step that fetches packages, and skips the test where they cannot be reached. */
const fetching = (context: TestContext, step: Promise<string>): Promise<string> =>
  step.catch((error: Error) => {
    if (!noNetwork.test(error.message)) throw error
    return skip(context, `packages cannot be fetched: ${error.message.slice(-300)}`)
  })

/** Generates a client with OpenAPI Generator; its folder. */
async function generate(context: TestContext, language: string, ...options: string[]): Promise<string> {
  const [program, ...args] = await openapiGenerator(context)
  const out = join(folder, language)
  await run(folder, program, ...args, 'generate', '-g', language, '-i', document, '-o', out, ...options)
  return out
}

const question = () => [server, founding.agreement]

describe('a client that compiles as it is generated, and knows that the founding agreement is the 13th with a state', () => {
  test('for Python, by OpenAPI Generator', async (context) => {
    await needs(context, 'python3')
    const out = await generate(context, 'python')
    await run(out, 'python3', '-m', 'venv', 'venv')
    const python = join(out, 'venv', 'bin', 'python')
    await fetching(context, run(out, python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', '.'))
    await run(out, python, '-m', 'compileall', '-q', 'openapi_client')
    expect(await run(out, python, join(programs, 'python', 'position.py'), ...question())).toBe('13')
  })

  test('for Java, by OpenAPI Generator', async (context) => {
    await needs(context, 'javac', 'mvn')
    // With more filters, the positional arguments of an operation would change.
    const out = await generate(context, 'java', '--additional-properties=useSingleRequestParameter=true')
    await cp(join(programs, 'java'), join(out, 'src/main/java'), { recursive: true })
    const build = ['-q', '-B', 'compile', 'dependency:build-classpath', '-Dmdep.outputFile=classpath']
    await fetching(context, run(out, 'mvn', ...build))
    const classpath = (await run(out, 'cat', 'classpath')) + delimiter + join(out, 'target/classes')
    expect(await run(out, 'java', '-cp', classpath, 'AskPosition', ...question())).toBe('13')
  })

  test('for Go, by OpenAPI Generator', async (context) => {
    await needs(context, 'go')
    const out = await generate(context, 'go')
    await cp(join(programs, 'go'), join(out, 'ask'), { recursive: true })
    await fetching(context, run(out, 'go', 'mod', 'tidy'))
    await run(out, 'go', 'vet', '.', './ask')
    expect(await run(out, 'go', 'run', './ask', ...question())).toBe('13')
  })

  test('for Go, by oapi-codegen', async (context) => {
    await needs(context, 'go')
    const out = join(folder, 'oapi')
    await mkdir(join(out, 'entente'), { recursive: true })
    await cp(join(programs, 'oapi'), out, { recursive: true })
    const module = `github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@${versions.oapiCodegen}`
    const generator = (await isOnPath('oapi-codegen')) ? ['oapi-codegen'] : ['go', 'run', module]
    const [program, ...args] = generator as [string, ...string[]]
    await run(out, program, ...args, '--version').catch((error: Error) =>
      skip(context, `Go cannot fetch it: ${error.message}`),
    )
    const options = ['-generate', 'types,client', '-package', 'entente', '-o', 'entente/entente.go']
    await run(out, program, ...args, ...options, document)
    await run(out, 'go', 'mod', 'init', 'example.org/ask')
    await fetching(context, run(out, 'go', 'mod', 'tidy'))
    await run(out, 'go', 'vet', './...')
    expect(await run(out, 'go', 'run', '.', ...question())).toBe('13')
  })
})
