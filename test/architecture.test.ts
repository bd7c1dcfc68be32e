import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file))
const source = (file: string): string => readFileSync(root + file, 'utf8')

/** The imports of each file: files of `src` by path, packages by name. */
const imports = new Map(
  files.map((file) => [
    file,
    [...source(file).matchAll(/(?:^|\n)(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'|import\(?\s*'([^']+)'/g)]
      .map((found) => (found[1] ?? found[2])!)
      .map((name) => (name.startsWith('.') ? posix.join(posix.dirname(file), name) : name)),
  ]),
)
const all = [...imports].flatMap(([file, names]) => names.map((name) => ({ file, name })))

/** The imports that break a rule, as `from → to`. */
const breaking = (rule: (from: string, to: string) => boolean): string[] =>
  all.filter(({ file, name }) => rule(file, name)).map(({ file, name }) => `${file} → ${name}`)

const isOurs = (to: string): boolean => /\.tsx?$/.test(to)

/** A file at the root counts as a folder of its own. */
const folderOf = (file: string): string => file.split('/')[0]!
const nameOf = (file: string): string => file.split('/').at(-1)!

/** The layers of `src/`, highest first, each with its folders: a file imports from its own folder and from lower layers. */
const layers = [
  ['server.ts'],
  ['programs'],
  ['app.ts'],
  ['pages', 'assistants'],
  ['webhooks'],
  ['claims'],
  [
    'changes',
    'citations',
    'deadlines',
    'deleted-agreements',
    'drafts',
    'export',
    'imports',
    'merges',
    'network',
    'position',
    'statistics',
    'timeline',
    'versions',
  ],
  ['similar'],
  ['agreements'],
  ['registry'],
  ['auth', 'observability', 'openapi'],
  ['http'],
  ['problems'],
  ['database'],
  ['config'],
  ['shared'],
]
const features = layers.slice(4, 8).flat()
const layerOf = (folder: string): number => layers.findIndex((folders) => folders.includes(folder))

test('every import is found, and its file exists', () => {
  expect(all.length).toBeGreaterThan(files.length)
  expect(breaking((_, to) => isOurs(to) && !files.includes(to))).toEqual([])
})

describe('layers', () => {
  test('every folder is in a layer: add new folders to the list in this test', () => {
    expect(new Set(files.map(folderOf))).toEqual(new Set(layers.flat()))
  })

  test('no file imports from a higher layer or from another folder of its own layer', () => {
    const climbs = (from: string, to: string) =>
      isOurs(to) && folderOf(from) !== folderOf(to) && layerOf(folderOf(from)) >= layerOf(folderOf(to))
    expect(breaking(climbs)).toEqual([])
  })

  test('there are no import cycles', () => {
    expect(cycles()).toEqual([])
  })
})

function cycles(): string[] {
  const seen = new Set<string>()
  const visit = (path: string[]): string[] => {
    const file = path.at(-1)!
    seen.add(file)
    return (imports.get(file) ?? []).flatMap((next) => {
      if (path.includes(next)) return [[...path.slice(path.indexOf(next)), next].join(' → ')]
      return seen.has(next) ? [] : visit([...path, next])
    })
  }
  return files.flatMap((file) => (seen.has(file) ? [] : visit([file])))
}

describe('boundaries', () => {
  test('only app.ts imports the routes of features', () => {
    expect(
      breaking((from, to) => isOurs(to) && nameOf(to) === 'routes.ts' && from !== 'app.ts' && !to.startsWith('http/')),
    ).toEqual([])
  })

  test('features share only the tables, schemas, queries, renderings, list, time and publication of agreements', () => {
    const open = /^agreements\/(?:(?:[\w-]+\/)?(?:tables|schemas|queries|renderings)\.ts|list\/|time\/|publication\/)/
    expect(
      breaking((from, to) => features.includes(folderOf(from)) && folderOf(to) === 'agreements' && !open.test(to)),
    ).toEqual([])
  })

  test('agreements/time imports only days and one general function', () => {
    const allowed = (to: string) => /^(agreements\/time\/.*|shared\/(durations|calendar|grouped)\.ts)$/.test(to)
    expect(breaking((from, to) => from.startsWith('agreements/time/') && !allowed(to))).toEqual([])
  })

  test('the SQL of the registry uses no table of agreements', () => {
    const asking = /\b(?:from|join) (?:agreements|agreement_\w+|signatures|dates|sources)\b/
    expect(files.filter((file) => asking.test(source(file)) && folderOf(file) === 'registry')).toEqual([])
    expect(files.filter((file) => asking.test(source(file)) && folderOf(file) === 'agreements')).not.toEqual([])
  })

  test('only the database folder imports the driver', () => {
    const driver = /^(pg|pg-.*|drizzle-orm\/(node-postgres|migrator).*)$/
    expect(breaking((from, to) => driver.test(to) && folderOf(from) !== 'database')).toEqual([])
  })

  test('of our own code, tables import only tables, lists of values and the database', () => {
    const allowed = (to: string) => /(^|\/)(tables|lifecycle)\.ts$|^database\/|^shared\/schemas\.ts$/.test(to)
    expect(breaking((from, to) => nameOf(from) === 'tables.ts' && isOurs(to) && !allowed(to))).toEqual([])
  })

  test('only http/addresses.ts reads where a request was sent to: every address in a response comes from it', () => {
    const reading =
      /\b(?:request|req|raw)\.(?:host(?:name)?|protocol)\b|\bheaders(?:\.host\b|\['(?:host|x-forwarded)|\['forwarded)|\b(?:host(?:name)?|protocol)\b[^\n]*\}: (?:Pick<)?FastifyRequest|x-forwarded/
    expect(files.filter((file) => reading.test(source(file)))).toEqual(['http/addresses.ts'])
  })

  test('only config reads the environment; programs pass it on unread', () => {
    const reading = files
      .filter((file) => /\bprocess\s*\.\s*env\b|\benv\b.*'node:process'/.test(source(file)))
      .filter((file) => !file.startsWith('database/embedded'))
      .flatMap((file) =>
        source(file)
          .split('\n')
          .filter((line) => line.includes('process.env')),
      )
      .filter((line) => !/\b(readConfig|keyIn)\(process\.env\)/.test(line))
    expect(reading).toEqual([])
  })
})

test('a start does not load packages that only tracing, tokens or assistants need', () => {
  const started = new Set(['server.ts'])
  for (const file of started) {
    if (!files.includes(file)) continue
    for (const [, name] of source(file).matchAll(/(?:^|\n)import (?!type )[^'"`;]*?\bfrom '([^']+)'/g)) {
      started.add(name!.startsWith('.') ? posix.join(posix.dirname(file), name!) : name!)
    }
  }
  expect(started).toContain('fastify')
  expect(
    [...started].filter((name) => /^(@opentelemetry\/|jose$|openid-client$|@modelcontextprotocol\/)/.test(name)),
  ).toEqual([])
})

test('independent checks import only types from src, no code', () => {
  const support = fileURLToPath(new URL('support/', import.meta.url))
  const checks = ['independent.ts', 'naive.ts', ...readdirSync(support).filter((file) => file.startsWith('plain-'))]
  expect(checks.length).toBeGreaterThan(3)
  const taking = checks.filter((file) =>
    /(?:^|\n)(?:import|export) (?!type )[^'"`;]*?\bfrom '[^']*\/src\//.test(readFileSync(support + file, 'utf8')),
  )
  expect(taking).toEqual([])
})

test('each source file that the documentation names exists', () => {
  const project = fileURLToPath(new URL('../', import.meta.url))
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs/operations.md',
    'docs/threat-model.md',
    ...readdirSync(`${project}docs/decisions`).map((page) => `docs/decisions/${page}`),
  ]
  const known = ['src', 'test', 'bench'].flatMap((folder) =>
    readdirSync(project + folder, { recursive: true, encoding: 'utf8' }).map((file) => `/${folder}/${file}`),
  )
  const named = pages.flatMap((page) =>
    [...readFileSync(project + page, 'utf8').matchAll(/`([\w./-]+\.ts)`/g)].map(([, file]) => ({ page, file: file! })),
  )
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(({ file }) => !known.some((path) => path.endsWith(`/${file}`)))).toEqual([])
})

test('only inserts and reads call `clock_timestamp()`: a distributed PostgreSQL refuses volatile functions in others', () => {
  const callers = files.filter((file) => source(file).includes('clock_timestamp()'))
  expect(new Set(callers)).toEqual(
    new Set(['database/clock.ts', 'merges/merge.ts', 'registry/record-change.ts', 'registry/tables.ts']),
  )
})
