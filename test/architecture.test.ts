import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

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
const folder = (path: string): string => (path.includes('/') ? path.split('/')[0]! : '')
const features = new Set(files.map(folder).filter((name) => name !== '' && name !== 'database'))

/** The imports that break a rule, as `from → to`. */
const breaking = (rule: (from: string, to: string) => boolean): string[] =>
  all.filter(({ file, name }) => rule(file, name)).map(({ file, name }) => `${file} → ${name}`)

/** The programs, and what they have in common: they know features, as `app.ts` does. */
const programs = ['app.ts', 'server.ts', 'prepare.ts', 'sample.ts', 'key.ts', 'vocabularies.ts']

test('every import is seen, and leads to a file that is there', () => {
  expect(all.length).toBeGreaterThan(files.length)
  expect(breaking((_, to) => to.endsWith('.ts') && !files.includes(to))).toEqual([])
})

test('shared files know no feature', () => {
  const shared = (file: string) => !features.has(folder(file)) && !programs.includes(file)
  expect(breaking((from, to) => shared(from) && features.has(folder(to)))).toEqual([])
})

test('only app.ts knows the routes of the features', () => {
  expect(breaking((from, to) => /(^|[/-])routes\.ts$/.test(to) && from !== 'app.ts')).toEqual([])
})

test('only the database folder knows the driver', () => {
  const driver = /^(pg|pg-.*|drizzle-orm\/(node-postgres|migrator).*)$/
  expect(breaking((from, to) => driver.test(to) && folder(from) !== 'database')).toEqual([])
})

test('only config.ts reads the environment: the programs hand it over, unread', () => {
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

test('tables import tables, lists of values and the database, nothing else of ours', () => {
  const allowed = (to: string) => /(^|\/)(tables|lifecycle)\.ts$|^database\/|^schemas\.ts$/.test(to)
  const ours = (to: string) => to.endsWith('.ts')
  expect(breaking((from, to) => from.endsWith('tables.ts') && ours(to) && !allowed(to))).toEqual([])
})

test('no file imports itself, by whatever way round', () => {
  const cycles = (path: string[]): string[] =>
    (imports.get(path.at(-1)!) ?? []).flatMap((next) =>
      path.includes(next)
        ? [[...path.slice(path.indexOf(next)), next].join(' → ')]
        : seen.has(next)
          ? []
          : visit([...path, next]),
    )
  const seen = new Set<string>()
  const visit = (path: string[]): string[] => {
    const found = cycles(path)
    seen.add(path.at(-1)!)
    return found
  }
  expect(files.flatMap((file) => (seen.has(file) ? [] : visit([file])))).toEqual([])
})
