import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { cell, cells, type CsvRow, readRows } from '../src/shared/csv.ts'
import { NewResearchDomain } from '../src/registry/research-domains/schemas.ts'
import { signatoryOf } from '../src/programs/vocabularies.ts'

const filesIn = (folder: string): string[] =>
  readdirSync(fileURLToPath(new URL(`../data/${folder}`, import.meta.url)))
    .filter((name) => name.endsWith('.csv'))
    .map((name) => `${folder}/${name}`)
const rows = (...files: string[]): CsvRow[] => files.flatMap(readRows)
const vocabulary = (...names: string[]): CsvRow[] => rows(...names.map((name) => `vocabularies/${name}.csv`))
const sample = (name: string): CsvRow[] => readRows(`sample/${name}.csv`)

const bodies = vocabulary('states', 'former-states', 'organizations')
const sampleBodies = sample('signatories')
const domains = vocabulary('ford', 'dhs-st', 'theme')
const repeated = (values: (string | undefined)[]): (string | undefined)[] =>
  values.filter((value, i) => values.indexOf(value) < i)

describe('the vocabularies', () => {
  test('are all looked at here', () => {
    expect(filesIn('vocabularies')).toHaveLength(6)
    expect(filesIn('sample')).toHaveLength(10)
  })

  test.each(filesIn('vocabularies'))('%s names a source for each row', (file) => {
    expect(rows(file)).not.toEqual([])
    expect(rows(file).filter((row) => !cell(row, 'source'))).toEqual([])
  })

  test('hold bodies that the register takes, each code once', () => {
    for (const row of [...bodies, ...sampleBodies]) expect(signatoryOf(row)).toMatchObject({ code: row['code'] })
    expect(repeated([...bodies, ...sampleBodies].map(({ code }) => code))).toEqual([])
  })

  test('hold the parent of each body, and a party above each agency', () => {
    const byCode = new Map([...bodies, ...sampleBodies].map((row) => [row['code']!, row]))
    const root = (row: CsvRow, below: string[] = []): CsvRow => {
      expect(below, 'no body stands above itself').not.toContain(row['code'])
      const parent = cell(row, 'parent')
      if (parent === null) return row
      expect([...byCode.keys()]).toContain(parent)
      return root(byCode.get(parent)!, [...below, row['code']!])
    }
    const rootless = [...bodies, ...sampleBodies].filter((row) => root(row)['kind'] === 'agency')
    expect(rootless).toEqual([])
    expect(bodies.some(({ kind }) => kind === 'agency')).toBe(true)
  })

  test('hold every state and territory of ISO 3166-1, and Kosovo', () => {
    const states = vocabulary('states')
    const official = states.filter(({ code }) => code !== 'XK')
    expect(states).toHaveLength(250)
    expect(official).toHaveLength(249)
    for (const row of official) {
      expect(row['code']).toMatch(/^[A-Z]{2}$/)
      const numbers = cells(row, 'identifiers')
      expect(numbers).toEqual([
        expect.stringMatching(/^iso3166-1-alpha3:[A-Z]{3}$/),
        expect.stringMatching(/^iso3166-1-numeric:\d{3}$/),
      ])
    }
    expect(repeated(official.flatMap((row) => cells(row, 'identifiers')))).toEqual([])
    const icu = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
    expect(official.filter(({ code }) => icu.of(code!) === undefined).map(({ code }) => code)).toEqual([])
  })

  test('tell former states from those of today: each ended', () => {
    for (const row of vocabulary('former-states')) {
      expect(row['code']).toMatch(/^[A-Z]{4}$/)
      expect(['former_state', 'territory']).toContain(row['kind'])
    }
  })

  test('hold domains that the register takes, each once, under broader ones that are there', () => {
    const code = (row: CsvRow) => `${row['scheme']}:${row['code']}`
    for (const row of domains) {
      const broader = cell(row, 'broader')
      const input = { scheme: row['scheme'], code: row['code'], label: row['label'], broader }
      expect(NewResearchDomain.parse(input)).toMatchObject({ code: row['code'] })
      const above = domains.find((other) => code(other) === `${row['scheme']}:${broader}`)
      if (broader === null) continue
      expect(above, `${code(row)} stands under ${broader}`).toBeDefined()
      expect(cell(above!, 'broader'), 'two levels: what loads them knows no more').toBeNull()
    }
    expect(repeated(domains.map(code))).toEqual([])
    expect(new Set(domains.map(({ scheme }) => scheme))).toEqual(new Set(['ford', 'dhs-st', 'theme']))
  })

  test('hold the fields of R&D of the OECD: six broad ones, and forty-two under them', () => {
    const ford = domains.filter(({ scheme }) => scheme === 'ford')
    expect(ford.filter((row) => !cell(row, 'broader')).map(({ code }) => code)).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(ford.filter((row) => cell(row, 'broader'))).toHaveLength(42)
    for (const row of ford) if (cell(row, 'broader')) expect(row['code']!.split('.')[0]).toBe(row['broader'])
  })
})

describe('the sample register', () => {
  const agreements = sample('agreements')
  const partFiles = [
    'signatures',
    'dates',
    'research-domains',
    'sources',
    'identifiers',
    'claims',
    'alternative-titles',
  ]
  const parts = partFiles.flatMap((file) => sample(file).map((row) => ({ file, row })))

  test('has ids of version 7, each once', () => {
    const ids = [...agreements, ...sample('signatures'), ...sample('dates')].map(({ id }) => id)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(repeated(ids)).toEqual([])
  })

  test('holds fourteen agreements and a throw-away one, each with its reference, and what makes it one', () => {
    expect(agreements).toHaveLength(15)
    expect(repeated(agreements.map(({ reference }) => reference))).toEqual([])
    const without = (file: string, holds: (rows: CsvRow[]) => boolean) =>
      agreements.filter(({ reference }) => !holds(sample(file).filter(({ agreement }) => agreement === reference)))
    expect(without('signatures', (rows) => new Set(rows.map(({ side }) => side)).size === 2)).toEqual([])
    expect(without('dates', (rows) => rows.some(({ event }) => event === 'signed'))).toMatchObject([
      { reference: 'THROW-AWAY' },
    ])
    expect(without('sources', (rows) => rows.length > 0)).toEqual([])
  })

  test('names only agreements, sources, bodies and domains that are there', () => {
    const references = new Set(agreements.map(({ reference }) => reference))
    const sources = new Set(sample('sources').map(({ agreement, key }) => `${agreement} ${key}`))
    const codes = new Set([...bodies, ...sampleBodies].map(({ code }) => code))
    const known = new Set([...domains, ...sample('taxonomy')].map(({ scheme, code }) => `${scheme}:${code}`))
    const lost = parts.filter(
      ({ file, row }) =>
        !references.has(row['agreement']) ||
        (cell(row, 'source') && !sources.has(`${row['agreement']} ${row['source']}`)) ||
        (cell(row, 'signatory') && !codes.has(row['signatory'])) ||
        (file === 'research-domains' && !known.has(row['domain']!)),
    )
    expect(lost).toEqual([])
    expect(repeated(sample('sources').map(({ agreement, key }) => `${agreement} ${key}`))).toEqual([])
  })

  test('names a source for each signature, date, domain, number, claim and other title', () => {
    const without = parts.filter(({ file, row }) => file !== 'sources' && !cell(row, 'source'))
    expect(without.map(({ file, row }) => `${file}: ${Object.values(row).join(',')}`)).toEqual([])
  })

  test('says of each body and agreement where it was found', () => {
    expect(sampleBodies.filter((row) => !cell(row, 'source'))).toEqual([])
    expect(agreements.filter((row) => !cell(row, 'found_in'))).toEqual([])
  })
})
