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
import { documentedFor } from './support/nginx.ts'

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

const isSetting = (name: string) => name in Configuration.shape || name.replace(/_FILE$/, '') in Configuration.shape

interface Service {
  image?: string
  build?: string | { dockerfile_inline: string }
  environment: Record<string, string>
  secrets: string[]
  ports: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
  stop_grace_period?: string
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  restart?: string
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
    expect(Object.keys(api.environment).filter((name) => !isSetting(name))).toEqual([])
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

interface ScaledService extends Partial<Service> {
  image: string
  command?: string[]
  entrypoint?: string[]
  expose?: string[]
  configs?: { source: string; target: string }[]
  networks?: { default: { ipv4_address: string } }
}

describe('docs/examples/compose.scale.yml', () => {
  const file = 'docs/examples/compose.scale.yml'
  const { services, configs, secrets, volumes, networks } = parse(read(file)) as {
    services: Record<'nginx' | 'api-1' | 'api-2' | 'pgbouncer' | 'primary' | 'standby', ScaledService>
    configs: Record<string, { file?: string; content?: string }>
    secrets: Compose['secrets']
    volumes: object
    networks: { default: { ipam: { config: { subnet: string }[] } } }
  }
  const single = (parse(read('docker-compose.yml')) as Compose).services
  const { nginx, pgbouncer, primary, standby } = services
  const api = services['api-1']
  const folder = mkdtempSync(join(tmpdir(), 'entente-compose-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const password = join(folder, 'password')
  writeFileSync(password, 'secret')
  const config = readConfig({ ...environment, ...api.environment, DATABASE_PASSWORD_FILE: password })
  /** A line `name = value` of the configuration of PgBouncer. */
  const ofPgBouncer = (name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(configs['pgbouncer']!.content!)?.[1]

  test('has two processes of the API with the same valid settings, and those of docker-compose.yml', () => {
    expect(services['api-2']).toEqual(api)
    expect(Object.keys(api.environment!).filter((name) => !isSetting(name))).toEqual([])
    expect(config.metrics).toEqual({ host: '0.0.0.0', port: 9464 })
    expect(api.expose).toEqual([environment['PORT'], api.environment!['METRICS_PORT']])
    const { stop_grace_period, read_only, cap_drop, security_opt, restart } = single.api
    expect(api).toMatchObject({ stop_grace_period, read_only, cap_drop, security_opt, restart })
  })

  test('refers only to services, configurations, secrets and volumes that it has', () => {
    for (const service of Object.values(services)) {
      const { depends_on = {}, secrets: used = [], configs: mounted = [], volumes: places = [] } = service
      const needed = Array.isArray(depends_on) ? (depends_on as string[]) : Object.keys(depends_on)
      expect(needed.filter((name) => !(name in services))).toEqual([])
      expect(used.filter((name) => !(name in secrets))).toEqual([])
      expect(mounted.filter(({ source }) => !(source in configs))).toEqual([])
      expect(places.map((place) => place.replace(/:.*/, '')).filter((name) => !(name in volumes))).toEqual([])
      expect(service.environment?.['DATABASE_URL'] ?? '').not.toMatch(/:[^/]*@/)
    }
    const files = Object.values(configs).flatMap(({ file: name }) => name ?? [])
    expect(files.filter((name) => !existsSync(join('docs/examples', name)))).toEqual([])
    expect(join('docs/examples', secrets['database-password']!.file)).toBe('secrets/database-password')
  })

  test('leads from the API through PgBouncer to the primary, and from the standby to the primary', () => {
    const url = new URL(config.databaseUrl!)
    expect([url.hostname, url.port, url.password]).toEqual(['pgbouncer', ofPgBouncer('listen_port'), 'secret'])
    const { POSTGRES_USER, POSTGRES_DB } = primary.environment!
    expect([url.username, url.pathname]).toEqual([POSTGRES_USER, `/${POSTGRES_DB}`])
    expect(ofPgBouncer(POSTGRES_DB!)).toBe('host=primary port=5432')
    expect(ofPgBouncer('pool_mode')).toBe('transaction')
    // With this, PgBouncer keeps prepared statements; without it, the API would need DATABASE_PREPARED=false.
    expect([Number(ofPgBouncer('max_prepared_statements')) > 0, config.databasePrepared]).toEqual([true, true])
    expect(standby.entrypoint!.join(' ')).toContain(`--host=primary --username=${POSTGRES_USER} `)
    expect(configs['replication']!.content).toContain(`host replication ${POSTGRES_USER} all scram-sha-256`)
    expect(pgbouncer.command!.join(' ')).toContain(`'"${POSTGRES_USER}" "%s"`)
  })

  test('has nginx as docs/operations.md configures it, with its cache, in front of both processes', () => {
    const meaning = (text: string) => text.split('\n').flatMap((line) => line.trim() || [])
    const port = environment['PORT']!
    const documented = documentedFor([`api-1:${port}`, `api-2:${port}`])
    expect(meaning(read(join('docs/examples', configs['nginx']!.file!)))).toEqual(meaning(documented))
    expect(nginx.ports).toEqual(['127.0.0.1:8080:8080'])
    expect(config.publicUrl).toEqual({ origin: 'http://127.0.0.1:8080', prefix: '/register' })
    expect(config.cacheSeconds).toBeGreaterThan(0)
  })

  test('trusts nginx alone, at its own address in the network', () => {
    const { ipv4_address: address } = nginx.networks!.default
    expect(config.trustedProxies).toEqual([address])
    const [subnet] = networks.default.ipam.config
    expect(subnet!.subnet.replace('0/24', '')).toBe(address.slice(0, address.lastIndexOf('.') + 1))
    const published = Object.entries(services).filter(([, { ports }]) => ports)
    expect(published.map(([name]) => name)).toEqual(['nginx'])
  })

  test('has pinned images, the PostgreSQL of docker-compose.yml among them', () => {
    expect([primary.image, standby.image]).toEqual([single.postgres.image, single.postgres.image])
    const [debian] = /FROM (\S+)/.exec((pgbouncer.build as { dockerfile_inline: string }).dockerfile_inline)!.slice(1)
    for (const image of [nginx.image, debian!]) expect(image).toMatch(/^[a-z]+:(?:\d+(?:\.\d+)*|trixie-slim)$/)
  })

  test('leaves each `$` of a script to its shell', () => {
    expect(lines(file).filter((line) => /(?<!\$)\$(?!\$)/.test(line.replaceAll('$$', '')))).toEqual([])
  })
})
