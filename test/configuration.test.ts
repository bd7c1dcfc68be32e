import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Configuration, readConfig } from '../src/config/config.ts'
import { aboutOf } from '../src/config/read-settings.ts'
import { configurationPage } from './support/configuration-page.ts'

/** The lines that a start with these settings prints before it fails; empty when it succeeds. */
function complaints(environment: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}

const folder = mkdtempSync(join(tmpdir(), 'entente-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))
function fileOf(content: string): string {
  const path = join(folder, `secret-${Math.random()}`)
  writeFileSync(path, content)
  return path
}

describe('docs/configuration.md', () => {
  test('matches the schema; `npm run configuration` writes it', async () => {
    await expect(configurationPage()).toMatchFileSnapshot('../docs/configuration.md')
  })

  test('describes for every setting its effect, its valid values and its default', () => {
    const silent = Object.entries(Configuration.shape).filter(([, schema]) => {
      const told = aboutOf(schema)
      const hasDefault = schema.def.type === 'prefault'
      return !told?.description || !told.allowed || hasDefault === (told.unset !== undefined)
    })
    expect(silent.map(([name]) => name)).toEqual([])
  })
})

describe('settings', () => {
  test('all have defaults: none is required to start', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 3000, databasePool: 10, logLevel: 'info' })
  })

  test('count as not set when empty', () => {
    expect(readConfig({ PORT: '', LOG_LEVEL: '', DATABASE_URL: '' })).toEqual(readConfig({}))
  })

  test('can be any address to listen on', () => {
    for (const host of ['0.0.0.0', '::', '::1', 'register.example.org'])
      expect(readConfig({ HOST: host }).host).toBe(host)
  })

  test.each([
    ['PORT', '70000', 'PORT is "70000". Must be a port, from 0 to 65535 (0: any free one).'],
    ['PORT', '0x10', 'PORT is "0x10". Must be a port, from 0 to 65535 (0: any free one).'],
    ['PORT', '1e3', 'PORT is "1e3". Must be a port, from 0 to 65535 (0: any free one).'],
    ['DATABASE_POOL', '0', 'DATABASE_POOL is "0". Must be a number of connections, from 1 to 999.'],
    [
      'TIME_ZONE',
      'Europe/Bern',
      'TIME_ZONE is "Europe/Bern". Must be the name of an IANA time zone, such as Europe/Berlin.',
    ],
    ['TIME_ZONE', '+01:00', 'TIME_ZONE is "+01:00". Must be the name of an IANA time zone, such as Europe/Berlin.'],
    ['HOST', 'http://x', 'HOST is "http://x". Must be an IP address or a host name.'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL is "loud". Must be fatal, error, warn, info, debug, trace or silent.'],
    ...['security@example.org', 'mailto:security', 'http://example.org', 'https://a.org\nContact: https://b.org'].map(
      (value): [string, string, string] => [
        'SECURITY_CONTACT',
        value,
        `SECURITY_CONTACT is ${JSON.stringify(value)}. Must be comma-separated mailto:, https: or tel: URIs such as mailto:security@example.org.`,
      ],
    ),
    [
      'CORS_ORIGINS',
      'https://a.org, https://b.org/x',
      'CORS_ORIGINS is "https://a.org, https://b.org/x". Must be comma-separated origins such as https://example.org.',
    ],
  ])('%s=%s prevents the start, and is reported with what was given and what is allowed', (name, value, line) => {
    expect(complaints({ [name]: value })).toEqual([line])
  })

  test('are all reported together when invalid', () => {
    const lines = complaints({ PORT: 'x', LOG_LEVEL: 'x', DATABASE_POOL: 'x', NODE_ENV: 'production' })
    expect(new Set(lines.map((line) => line.split(' ')[0]))).toEqual(
      new Set(['DATABASE_POOL', 'DATABASE_URL', 'LOG_LEVEL', 'PORT']),
    )
    expect(lines).toHaveLength(4)
  })

  test('must include your own database in production', () => {
    expect(complaints({ NODE_ENV: 'production' })).toEqual([
      'DATABASE_URL must be set in production: the embedded database is for evaluation only.',
    ])
    expect(complaints({ NODE_ENV: 'production', DATABASE_URL: 'postgres://127.0.0.1/register' })).toEqual([])
  })
})

describe('a misspelt name of a setting', () => {
  test.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_ULR', 'DATABASE_URL'],
    ['DATABASE_URLS', 'DATABASE_URL'],
    ['database_url', 'DATABASE_URL'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
  ])('%s prevents the start, and its value is not shown', (given, meant) => {
    const lines = complaints({ [given]: 'postgres://u:canary@h/d' })
    expect(lines).toEqual([`${given} is not a setting. Did you mean ${meant}? If not, set ${meant} as well.`])
  })

  test('is ignored if the setting itself is set, even if empty', () => {
    expect(complaints({ CORS_ORIGIN: 'x', CORS_ORIGINS: '' })).toEqual([])
    expect(complaints({ DATABASE_URI: 'x', DATABASE_URL_FILE: fileOf('postgres://h/d') })).toEqual([])
  })

  test('does not include names that other programs use', () => {
    const others = [
      'DATABASE_PORT',
      'DATABASE_USER',
      'DATABASE_HOST',
      'SORT',
      'POST',
      'HOSTS',
      'NODE_EXE',
      'ENTENTE_PORT',
    ]
    expect(complaints(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual([])
  })
})

describe('secrets', () => {
  const canary = 'c4n4ry'
  test.each([
    `mysql://entente:${canary}@host/db`,
    `postgres://entente:${canary}/x@host/db`,
    `postgres://entente:12/${canary}@host/db`,
    `postgres://host:${canary}`,
    canary,
    `POSTGRES://${canary}`,
  ])('are masked in error messages: %s', (value) => {
    const [line, ...more] = complaints({ DATABASE_URL: value })
    expect(more).toEqual([])
    expect(line).toMatch(/^DATABASE_URL is "(\w+:\/\/)?\*\*\*" \(secret\)\. Must be a URL such as postgres:/)
    expect(line).not.toContain(canary)
  })

  test('can be in files, with or without a final newline', () => {
    const { databaseUrl } = readConfig({ DATABASE_URL_FILE: fileOf('postgres://u:p@host/db\n') })
    expect(databaseUrl).toBe('postgres://u:p@host/db')
  })

  test('from files are validated by the same rules, and masked too', () => {
    const [line] = complaints({ DATABASE_URL_FILE: fileOf(canary) })
    expect(line).toMatch(/^DATABASE_URL is "\*\*\*" \(secret\)\. Must be/)
  })

  test.each([
    ['is not there', () => join(folder, 'nothing'), 'The file cannot be read (ENOENT).'],
    ['is a folder', () => folder, 'The file cannot be read (EISDIR).'],
    ['is empty', () => fileOf('\n'), 'The file must not be empty.'],
  ])('a file that %s is told of', (_, path, said) => {
    const file = path()
    expect(complaints({ DATABASE_URL_FILE: file })).toEqual([`DATABASE_URL_FILE is "${file}". ${said}`])
  })

  test('must be set only once, directly or in a file', () => {
    expect(complaints({ DATABASE_URL: 'postgres://h/d', DATABASE_URL_FILE: fileOf('postgres://h/d') })).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set. Set one of them.',
    ])
  })

  test('a program that is started with an invalid one ends, and reports it only on standard error', () => {
    const program = ['--import', 'tsx', 'src/server.ts']
    const env = { PATH: process.env['PATH'], PORT: '1e3', DATABASE_URL: `mysql://u:${canary}@h/d` }
    const { status, stdout, stderr } = spawnSync(process.execPath, program, { env, encoding: 'utf8' })
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr.split('\n').map((line) => line.split(' ')[0])).toEqual(['DATABASE_URL', 'PORT', ''])
    expect(stderr).not.toContain(canary)
  })

  test('only secrets can be in files', () => {
    expect(readConfig({ PORT_FILE: fileOf('5000') }).port).toBe(3000)
  })
})

describe('the password of the database', () => {
  test.each([
    ['postgres://entente@host:5432/db', 'postgres://entente:p%40%2F%3A%25s@host:5432/db'],
    ['postgres://host/db', 'postgres://:p%40%2F%3A%25s@host/db'],
    ['postgres://entente@/db?host=/run', 'postgres://entente:p%40%2F%3A%25s@/db?host=/run'],
  ])('may be set separately: %s', (address, whole) => {
    expect(readConfig({ DATABASE_URL: address, DATABASE_PASSWORD_FILE: fileOf('p@/:%s\n') }).databaseUrl).toBe(whole)
  })

  test('must be set only once, and together with an address', () => {
    expect(complaints({ DATABASE_PASSWORD: 'x' })).toEqual([
      'DATABASE_PASSWORD is set without DATABASE_URL. Set both or neither.',
    ])
    expect(complaints({ DATABASE_PASSWORD: 'x', DATABASE_URL: 'postgres://u:p@h/d' })).toEqual([
      'DATABASE_PASSWORD is set, and DATABASE_URL also contains a password. Remove one of them.',
    ])
  })
})
