import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
const source = (file: string): string => readFileSync(root + file, 'utf8')

/** What each file imports: files of `src` by their path in it, packages by their name. */
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

const isOurs = (to: string): boolean => to.endsWith('.ts')

/** A file at the root is a room of its own. */
const roomOf = (file: string): string => file.split('/')[0]!
const nameOf = (file: string): string => file.split('/').at(-1)!

/** The rooms, each row a floor, the highest first: a file imports from its own room and from lower floors. */
const floors = [
  ['server.ts'],
  ['programs'],
  ['app.ts'],
  ['deadlines', 'export', 'position', 'statistics', 'timeline', 'versions'],
  ['agreements'],
  ['registry'],
  ['auth', 'observability', 'openapi'],
  ['http'],
  ['problems'],
  ['database'],
  ['config'],
  ['shared'],
]
const features = floors[3]!
const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room))

test('every import is seen, and leads to a file that is there', () => {
  expect(all.length).toBeGreaterThan(files.length)
  expect(breaking((_, to) => isOurs(to) && !files.includes(to))).toEqual([])
})

describe('floors', () => {
  test('every room has one: a new folder is added to the list of this test', () => {
    expect(new Set(files.map(roomOf))).toEqual(new Set(floors.flat()))
  })

  test('nothing imports from a higher floor, nor from another room of its own', () => {
    const climbs = (from: string, to: string) =>
      isOurs(to) && roomOf(from) !== roomOf(to) && floorOf(roomOf(from)) >= floorOf(roomOf(to))
    expect(breaking(climbs)).toEqual([])
  })

  test('no file imports itself, by whatever way round', () => {
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

describe('walls', () => {
  test('only app.ts knows the routes of the features', () => {
    expect(
      breaking((from, to) => isOurs(to) && nameOf(to) === 'routes.ts' && from !== 'app.ts' && !to.startsWith('http/')),
    ).toEqual([])
  })

  test('features meet at the tables, schemas and queries of agreements, at its list, its time and its publication', () => {
    const open = /^agreements\/(?:(?:[\w-]+\/)?(?:tables|schemas|queries)\.ts|list\/|time\/|publication\/)/
    expect(
      breaking((from, to) => features.includes(roomOf(from)) && roomOf(to) === 'agreements' && !open.test(to)),
    ).toEqual([])
  })

  test('the time of agreements imports nothing but days, and a function that the language lacks', () => {
    const allowed = (to: string) => /^(agreements\/time\/.*|shared\/(calendar|grouped)\.ts)$/.test(to)
    expect(breaking((from, to) => from.startsWith('agreements/time/') && !allowed(to))).toEqual([])
  })

  test('the SQL of the registry asks for no table of agreements', () => {
    const asking = /\b(?:from|join) (?:agreements|agreement_\w+|signatures|dates|sources)\b/
    expect(files.filter((file) => asking.test(source(file)) && roomOf(file) === 'registry')).toEqual([])
    expect(files.filter((file) => asking.test(source(file)) && roomOf(file) === 'agreements')).not.toEqual([])
  })

  test('only the database folder knows the driver', () => {
    const driver = /^(pg|pg-.*|drizzle-orm\/(node-postgres|migrator).*)$/
    expect(breaking((from, to) => driver.test(to) && roomOf(from) !== 'database')).toEqual([])
  })

  test('tables import tables, lists of values and the database, nothing else of ours', () => {
    const allowed = (to: string) => /(^|\/)(tables|lifecycle)\.ts$|^database\/|^shared\/schemas\.ts$/.test(to)
    expect(breaking((from, to) => nameOf(from) === 'tables.ts' && isOurs(to) && !allowed(to))).toEqual([])
  })

  test('only config reads the environment: the programs hand it over, unread', () => {
    const reading = files
      .filter((file) => /\bprocess\s*\.\s*env\b|\benv\b.*'node:process'/.test(source(file)))
      .filter((file) => !file.startsWith('database/embedded'))
      .flatMap((file) =>
        source(file)
          .split('\n')
          .filter((line) => line.includes('process.env')),
      )
      .filter((line) => !line.includes('readConfig(process.env)'))
    expect(reading).toEqual([])
  })
})

test('a start loads nothing that only traces or tokens need', () => {
  const started = new Set(['server.ts'])
  for (const file of started) {
    if (!files.includes(file)) continue
    for (const [, name] of source(file).matchAll(/(?:^|\n)import (?!type )[^'"`;]*?\bfrom '([^']+)'/g)) {
      started.add(name!.startsWith('.') ? posix.join(posix.dirname(file), name!) : name!)
    }
  }
  expect(started).toContain('fastify')
  expect([...started].filter((name) => /^(@opentelemetry\/|jose$)/.test(name))).toEqual([])
})

test('what checks the product independently takes types from it, and no code', () => {
  const support = fileURLToPath(new URL('support/', import.meta.url))
  const checks = ['independent.ts', 'naive.ts', ...readdirSync(support).filter((file) => file.startsWith('plain-'))]
  expect(checks.length).toBeGreaterThan(3)
  const taking = checks.filter((file) =>
    /(?:^|\n)(?:import|export) (?!type )[^'"`;]*?\bfrom '[^']*\/src\//.test(readFileSync(support + file, 'utf8')),
  )
  expect(taking).toEqual([])
})
