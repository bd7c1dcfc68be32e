import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { buildApp } from '../src/app.ts'
import { Configuration, readConfig } from '../src/config/config.ts'
import { connect } from '../src/database/connect.ts'

const read = (file: string): string => readFileSync(file, 'utf8')
const lines = (file: string): string[] => read(file).split('\n')

interface Instruction {
  name: string
  rest: string
}

/** The instructions of the Dockerfile by stage; continued lines are joined. */
function stages(): Instruction[][] {
  const text = read('Dockerfile').replace(/\\\n\s*/g, '')
  const instructions = text
    .split('\n')
    .map((line) => /^([A-Z]+) (.*)$/.exec(line))
    .filter((found) => found !== null)
    .map(([, name, rest]) => ({ name: name!, rest: rest! }))
  const starts = instructions.flatMap(({ name }, i) => (name === 'FROM' ? [i] : []))
  return starts.map((start, i) => instructions.slice(start, starts[i + 1]))
}

const image = stages().at(-1)!
const all = stages().flat()
const restOf = (name: string): string[] =>
  image.filter((instruction) => instruction.name === name).map(({ rest }) => rest)
const environment = Object.fromEntries(
  restOf('ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('=') as [string, string])),
)
/** The command of an instruction: `CMD ["node", "x"]`. */
const command = (rest: string): string[] => JSON.parse(rest.slice(rest.indexOf('['))) as string[]

describe('the image', () => {
  test('runs the server itself, not as root, so that it receives the signals to stop', () => {
    expect(restOf('USER')).toEqual(['1000:1000'])
    expect(command(restOf('CMD')[0]!)).toEqual([
      'node',
      '--max-semi-space-size=8',
      '--heap-growing-percent=40',
      'dist/server.js',
    ])
    expect(image.findIndex(({ name }) => name === 'USER')).toBeLessThan(image.findIndex(({ name }) => name === 'CMD'))
  })

  test('has no development packages, no embedded PostgreSQL and no compiler: it copies only the results of other stages', () => {
    const modules = stages().find(([from]) => from!.rest.endsWith(' AS modules'))!
    expect(modules.filter(({ name }) => name === 'RUN').map(({ rest }) => rest)).toEqual([
      'npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund',
    ])
    expect(restOf('RUN')).toEqual([])
    expect(restOf('COPY').filter((rest) => rest.startsWith('--from'))).toEqual([
      '--from=modules /app/node_modules node_modules',
      '--from=build /app/dist dist',
    ])
  })

  test('has every package that the program imports: none is only a development dependency', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: object }
    const imported = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [...read(`src/${file}`).matchAll(/^(?:import |\} from |.*import\()[^'\n]*'([^.'][^']*)'/gm)].map(
          ([, name]) => name!,
        ),
      )
      .filter((name) => !name.startsWith('node:'))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      )
    expect(imported).toContain('fastify')
    expect([...new Set(imported)].filter((name) => !(name in dependencies))).toEqual([])
  })

  test('has every file that the program reads', () => {
    const copied = restOf('COPY').map((rest) => rest.split(' ').at(-2)!)
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const needed = sources
      .flatMap((file) =>
        [...read(`src/${file}`).matchAll(/new URL\([`'](?:\.\.\/)+([\w/.-]+)/g)].map(([, path]) => path!),
      )
      .filter((path) => !path.startsWith('.data'))
      .map((path) => path.replace(/\/$/, ''))
    expect(needed).toContain('docs/problems.md')
    expect(needed.filter((path) => !copied.some((from) => path === from || path.startsWith(`${from}/`)))).toEqual([])
  })

  test('copies only files that exist and that .dockerignore admits', () => {
    const allowed = lines('.dockerignore')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    expect(lines('.dockerignore')).toContain('*')
    const copied = all
      .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1))
    expect(copied.filter((file) => !existsSync(file) || !allowed.includes(file))).toEqual([])
    expect(allowed.filter((file) => !copied.includes(file))).toEqual([])
  })

  test('has only settings that the program knows, and listens on all addresses', () => {
    expect(Object.keys(environment).filter((name) => !(name in Configuration.shape))).toEqual([])
    expect(readConfig({ ...environment, DATABASE_URL: 'postgres://h/d' })).toMatchObject({
      host: '0.0.0.0',
      port: 3000,
    })
    expect(restOf('EXPOSE')).toEqual([environment['PORT']])
  })
})

describe('the health check', () => {
  const [program, ...words] = command(restOf('HEALTHCHECK')[0]!)
  async function check(port: number): Promise<number> {
    const checking = spawn(program === 'node' ? process.execPath : program!, words, { env: { PORT: String(port) } })
    return ((await once(checking, 'exit')) as [number])[0]
  }

  test('needs only Node', () => {
    expect(program).toBe('node')
  })

  test('passes while the server responds, even without its database, and fails otherwise', async () => {
    const db = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing' })
    const app = await buildApp({ db, today: () => '2026-01-01' })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    expect(await check(port)).toBe(0)
    await app.close()
    expect(await check(port)).toBe(1)
    await db.close()
  })
})

interface Service {
  image?: string
  build?: string
  environment: Record<string, string>
  secrets: string[]
  ports: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
  stop_grace_period?: string
}

interface Compose {
  services: Record<'api' | 'postgres', Service>
  secrets: Record<string, { file: string }>
  volumes: Record<string, unknown>
}

describe('docker-compose.yml', () => {
  const { services, secrets, volumes } = parse(read('docker-compose.yml')) as Compose
  const { api, postgres } = services
  const folder = mkdtempSync(join(tmpdir(), 'entente-compose-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('gives the API only valid settings, and the password of PostgreSQL from the same file', () => {
    expect(api.environment['DATABASE_PASSWORD_FILE']).toBe(postgres.environment['POSTGRES_PASSWORD_FILE'])
    const file = join(folder, 'password')
    writeFileSync(file, 'of the file\n')
    const { databaseUrl, metrics } = readConfig({ ...environment, ...api.environment, DATABASE_PASSWORD_FILE: file })
    const { POSTGRES_USER, POSTGRES_DB } = postgres.environment
    expect(databaseUrl).toBe(`postgres://${POSTGRES_USER}:of%20the%20file@postgres:5432/${POSTGRES_DB}`)
    expect(metrics).toEqual({ host: '0.0.0.0', port: 9464 })
    const known = (name: string) => name in Configuration.shape || name.replace(/_FILE$/, '') in Configuration.shape
    expect(Object.keys(api.environment).filter((name) => !known(name))).toEqual([])
  })

  test('contains no secret: each one that a service reads is declared, in a file, and not in the repository', () => {
    for (const service of [api, postgres]) {
      const mounted = service.secrets.map((name) => `/run/secrets/${name}`)
      const named = Object.entries(service.environment).filter(([name]) => name.endsWith('_FILE'))
      expect(named.map(([, path]) => path).filter((path) => !mounted.includes(path))).toEqual([])
      expect(service.secrets.filter((name) => !secrets[name]?.file.startsWith('./secrets/'))).toEqual([])
      expect(Object.keys(service.environment).filter((name) => /PASSWORD$|SECRET$|KEY$/.test(name))).toEqual([])
    }
    expect(lines('.gitignore')).toContain('secrets/')
  })

  test('publishes ports only on this machine', () => {
    expect([...api.ports, ...postgres.ports].filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
    expect(api.ports).toEqual([`127.0.0.1:3000:${environment['PORT']}`])
  })

  test('waits for PostgreSQL 18, keeps its data in a volume, and lets requests finish', () => {
    expect(postgres.image).toBe('postgres:18')
    expect(api.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
    const [volume, mount] = postgres.volumes![0]!.split(':')
    expect(volumes).toHaveProperty(volume!)
    expect(mount).toBe('/var/lib/postgresql')
    expect(Number.parseInt(api.stop_grace_period!)).toBeGreaterThan(10)
  })
})
