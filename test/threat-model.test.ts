import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../', import.meta.url)
const page = readFileSync(new URL('docs/threat-model.md', root), 'utf8')

test('docs/threat-model.md takes each of the ten, and names tests that are there', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| **API'))
  expect(rows.map((row) => /API\d+/.exec(row)![0])).toEqual(Array.from({ length: 10 }, (_, i) => `API${i + 1}`))
  for (const row of rows) expect(row).toMatch(/`test\/[\w-]+\.test\.ts` \|$/)
  const tests = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!)
  expect(tests.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
})
