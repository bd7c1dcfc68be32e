import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { cell, cells, type CsvRow, readRows } from '../src/shared/csv.ts'
import { NewResearchDomain } from '../src/registry/research-domains/schemas.ts'
import { bodiesOfVocabularies, signatoryOf } from '../src/programs/vocabularies.ts'
import { bareKey } from '../src/registry/name-keys.ts'
import { nameKinds, successionKinds } from '../src/registry/signatories/tables.ts'
import { parseEdtf } from '../src/shared/edtf.ts'

const filesIn = (folder: string): string[] =>
  readdirSync(fileURLToPath(new URL(`../data/${folder}`, import.meta.url)))
    .filter((name) => name.endsWith('.csv'))
    .map((name) => `${folder}/${name}`)
const rows = (...files: string[]): CsvRow[] => files.flatMap(readRows)
const vocabulary = (...names: string[]): CsvRow[] => rows(...names.map((name) => `vocabularies/${name}.csv`))
const sample = (name: string): CsvRow[] => readRows(`sample/${name}.csv`)

const bodies = vocabulary('states', 'former-states', 'historical-states', 'parts-of-states', 'organizations')
const names = vocabulary('names')
const links = vocabulary('predecessors')
const sampleBodies = sample('signatories')
const domains = vocabulary('ford', 'dhs-st', 'theme')
const repeated = (values: (string | undefined)[]): (string | undefined)[] =>
  values.filter((value, i) => values.indexOf(value) < i)

describe('the vocabularies', () => {
  test('are all looked at here', () => {
    expect(filesIn('vocabularies')).toHaveLength(10)
    expect(filesIn('sample')).toHaveLength(12)
  })

  test.each(filesIn('vocabularies'))('%s names a source for each row', (file) => {
    expect(rows(file)).not.toEqual([])
    expect(rows(file).filter((row) => !cell(row, 'source'))).toEqual([])
  })

  test('hold bodies that the register takes, each code once', () => {
    for (const row of sampleBodies) expect(signatoryOf(row)).toMatchObject({ code: row['code'] })
    expect(bodiesOfVocabularies().map(({ code }) => code)).toEqual(bodies.map(({ code }) => code))
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

  test('hold the names of bodies that are there, each once in a language, and every state in eight languages', () => {
    const codes = new Set(bodies.map(({ code }) => code))
    expect(names.filter(({ code, kind }) => !codes.has(code) || !nameKinds.some((one) => one === kind))).toEqual([])
    expect(repeated(names.map(({ code, language, name }) => `${code} ${language} ${name}`))).toEqual([])
    expect(bodiesOfVocabularies().flatMap((body) => body.names)).toHaveLength(names.length)
    const languages = new Set(['en', 'fr', 'es', 'de', 'ar', 'zh', 'ru', 'ko'])
    const named = new Set(names.map(({ code, language }) => `${code} ${language}`))
    const missing = vocabulary('states').flatMap(({ code }) =>
      [...languages].filter((language) => !named.has(`${code} ${language}`)).map((language) => `${code} ${language}`),
    )
    expect(missing).toEqual([])
  })

  test('give a name to one body only, whatever the case, accents, punctuation and article', () => {
    const owners = new Map<string, Set<string>>()
    const owned = [
      ...bodies.flatMap((row) =>
        [row['code']!, row['name']!, ...cells(row, 'aliases')].map((name) => [name, row['code']!]),
      ),
      ...names.map(({ name, code }) => [name!, code!]),
    ] as [string, string][]
    for (const [name, code] of owned) {
      const key = bareKey(name)
      owners.set(key, (owners.get(key) ?? new Set()).add(code))
    }
    expect([...owners].filter(([, codes]) => codes.size > 1).map(([name, codes]) => [name, ...codes])).toEqual([])
  })

  test('hold links between bodies that are there, each once, with a date, that never lead back', () => {
    const codes = new Set(bodies.map(({ code }) => code))
    for (const { successor, predecessor, date, kind } of links) {
      expect(codes).toContain(successor)
      expect(codes).toContain(predecessor)
      expect(parseEdtf(date!).firstDay).not.toBeNull()
      expect(successionKinds).toContain(kind)
    }
    expect(repeated(links.map(({ successor, predecessor }) => `${successor} ${predecessor}`))).toEqual([])
    const before = (code: string, after: string[] = []): void => {
      expect(after, `${after.join(' ')} leads back`).not.toContain(code)
      for (const { successor, predecessor } of links) if (successor === code) before(predecessor!, [...after, code])
    }
    for (const { code } of bodies) before(code!)
  })

  test.each([
    ['Viet Nam, Democratic Republic of', 'VDVN'],
    ['Republic of Viet-Nam', 'VIET-NAM-REPUBLIC'],
    ['Yemen Arab Republic', 'YEMEN-ARAB-REPUBLIC'],
    ["People's Democratic Republic of Yemen", 'YDYE'],
    ['Tanganyika', 'TANGANYIKA'],
    ['Zanzibar', 'ZANZIBAR'],
    ['Free City of Danzig', 'DANZIG'],
    ['Saar', 'SAAR'],
    ['Hejaz', 'HEJAZ'],
    ['Federation of Rhodesia and Nyasaland', 'RHODESIA-NYASALAND-FEDERATION'],
    ['Ottoman Empire', 'OTTOMAN-EMPIRE'],
    ['League of Nations', 'LEAGUE-OF-NATIONS'],
    ['Belgo-Luxembourg Economic Union', 'BELGO-LUXEMBOURG-ECONOMIC-UNION'],
    ['European Economic Community', 'EUROPEAN-COMMUNITY'],
    ['Union of Soviet Socialist Republics', 'SUHH'],
    ['Czechoslovakia', 'CSHH'],
  ])('hold %s, with the years in which it was there', (name, code) => {
    const body = bodiesOfVocabularies().find((body) => body.code === code)!
    const own = [body.name, ...body.aliases, ...body.names.map(({ name }) => name)].map(bareKey)
    expect(own).toContain(bareKey(name))
    expect(body.validFrom).not.toBeNull()
    if (code !== 'BELGO-LUXEMBOURG-ECONOMIC-UNION') expect(body.validTo).not.toBeNull()
  })

  test.each(['ZW', 'BF', 'SK', 'CZ', 'RU', 'UA', 'RS', 'EU', 'WTO', 'ESA', 'UN-UNDP', 'AFRICAN-UNION', 'OECD'])(
    'say since when %s is there, and what came before it',
    (code) => {
      const body = bodiesOfVocabularies().find((body) => body.code === code)!
      expect(body.validFrom).not.toBeNull()
      expect(body.predecessors).not.toEqual([])
    },
  )

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
    'relations',
    'claims',
    'alternative-titles',
  ]
  const parts = partFiles.flatMap((file) => sample(file).map((row) => ({ file, row })))

  test('has ids of version 7, each once', () => {
    const ids = [...agreements, ...sample('signatures'), ...sample('dates')].map(({ id }) => id)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(repeated(ids)).toEqual([])
  })

  test('holds fourteen agreements, three that followed the one with Korea and a throw-away one, each with its reference, and what makes it one', () => {
    expect(agreements).toHaveLength(18)
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
        (file === 'relations' && !references.has(row['related'])) ||
        (cell(row, 'source') && !sources.has(`${row['agreement']} ${row['source']}`)) ||
        (cell(row, 'signatory') && !codes.has(row['signatory'])) ||
        (file === 'research-domains' && !known.has(row['domain']!)),
    )
    expect(lost).toEqual([])
    const collections = new Set(sample('collections').map(({ code }) => code))
    expect(agreements.filter((row) => cell(row, 'collection') && !collections.has(row['collection']))).toEqual([])
    expect(repeated(sample('sources').map(({ agreement, key }) => `${agreement} ${key}`))).toEqual([])
  })

  test('names a source for each signature, date, domain, number, claim and other title', () => {
    const without = parts.filter(({ file, row }) => file !== 'sources' && !cell(row, 'source'))
    expect(without.map(({ file, row }) => `${file}: ${Object.values(row).join(',')}`)).toEqual([])
  })

  test('says of each body, collection and agreement where it was found', () => {
    expect([...sampleBodies, ...sample('collections')].filter((row) => !cell(row, 'source'))).toEqual([])
    expect(agreements.filter((row) => !cell(row, 'found_in'))).toEqual([])
  })
})
