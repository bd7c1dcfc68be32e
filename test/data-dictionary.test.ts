import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dataDictionary } from './support/data-dictionary.ts'

test('docs/data-dictionary.md matches the schemas; `npm run dictionary` writes it', async () => {
  await expect(dataDictionary()).toMatchFileSnapshot('../docs/data-dictionary.md')
})

test('it says what each field of an agreement and each column means', () => {
  const rows = readFileSync(new URL('../docs/data-dictionary.md', import.meta.url), 'utf8').match(/^\| `.*$/gm)!
  expect(rows.length).toBeGreaterThan(150)
  // A type that is a link says it in its own section.
  expect(rows.filter((row) => /^\| `\w+` \| [^|\]]*\| *\|$/.test(row))).toEqual([])
})
