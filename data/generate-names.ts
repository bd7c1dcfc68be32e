/**
 * Writes the short names of states and territories from Unicode CLDR into `names.csv`, and keeps every
 * row that comes from another source. Run by hand when CLDR has a new version:
 *
 *   npm install --no-save --prefix /tmp/cldr cldr-localenames-full
 *   node --import tsx data/generate-names.ts /tmp/cldr/node_modules/cldr-localenames-full
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'csv-stringify/sync'
import { bareKey } from '../src/registry/name-keys.ts'
import { cell, cells, type CsvRow, readRows } from '../src/shared/csv.ts'

const languages = ['en', 'fr', 'es', 'de', 'ar', 'zh', 'ru', 'ko']
const bodyFiles = ['states', 'former-states', 'historical-states', 'parts-of-states', 'organizations']
const columns = ['code', 'language', 'name', 'kind', 'source']
const kinds = ['short', 'long', 'variant', 'older']

const cldr = process.argv[2]
if (!cldr) throw new Error('The first argument must be the folder of the package cldr-localenames-full.')
const json = (...path: string[]) => JSON.parse(readFileSync(join(cldr, ...path), 'utf8'))
const source = `Unicode CLDR ${json('package.json').version}`

const at = (row: CsvRow, column: string): string => cell(row, column) ?? ''
const bodies = bodyFiles.flatMap((file) => readRows(`vocabularies/${file}.csv`))
const codes = new Set(bodies.map((row) => at(row, 'code')))
const kept = readRows('vocabularies/names.csv').filter((row) => !at(row, 'source').startsWith('Unicode CLDR'))
const owners = new Map<string, string>()
for (const row of bodies) {
  for (const name of [at(row, 'code'), at(row, 'name'), ...cells(row, 'aliases')])
    owners.set(bareKey(name), at(row, 'code'))
}
for (const row of kept) owners.set(bareKey(at(row, 'name')), at(row, 'code'))

/** The names of CLDR in one language. `-alt-short` and `-alt-variant` mark a second name; others are left out. */
function namesIn(language: string): CsvRow[] {
  const territories: Record<string, string> = json('main', language, 'territories.json').main[language]
    .localeDisplayNames.territories
  return Object.entries(territories).flatMap(([id, text]): CsvRow[] => {
    const [code = '', alternative] = id.split('-alt-')
    const name = text.replace(/\s+/gu, ' ')
    if (!codes.has(code) || !['short', 'variant', undefined].includes(alternative)) return []
    const owner = owners.get(bareKey(name)) ?? code
    if (owner !== code) {
      process.stderr.write(`Left out: ${name} (${language}) of ${code} is a name of ${owner}.\n`)
      return []
    }
    owners.set(bareKey(name), code)
    return [{ code, language, name, kind: alternative ?? 'short', source }]
  })
}

const id = (row: CsvRow): string => [at(row, 'code'), at(row, 'language'), at(row, 'name')].join('\t')
const known = new Set(kept.map(id))
const added = languages.flatMap(namesIn).filter((row) => !known.has(id(row)) && known.add(id(row)))
const place = (row: CsvRow): string =>
  [at(row, 'code'), languages.indexOf(at(row, 'language')), kinds.indexOf(at(row, 'kind')), at(row, 'name')].join('\t')
const rows = [...kept, ...added].toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
writeFileSync(
  fileURLToPath(new URL('vocabularies/names.csv', import.meta.url)),
  stringify(rows, { header: true, columns }),
)
