import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { cell, cells, type CsvRow, readData, readRows } from '../shared/csv.ts'
import type { Database } from '../database/connect.ts'
import { withoutLimits } from '../database/time-limits.ts'
import { loadedVocabularies } from '../database/tables.ts'
import { domainRegistry } from '../registry/research-domains/queries.ts'
import type { ResearchDomainReplacement } from '../registry/research-domains/schemas.ts'
import { SignatoryReplacement } from '../registry/signatories/schemas.ts'
import { loadBodies } from '../registry/signatories/vocabulary.ts'
import { groupedBy } from '../shared/grouped.ts'

const fileOf = (name: string): string => `vocabularies/${name}.csv`
const bodyFiles = ['states', 'former-states', 'historical-states', 'parts-of-states', 'organizations'].map(fileOf)
const [nameFile, linkFile] = [fileOf('names'), fileOf('predecessors')]
const domainFiles = ['ford', 'dhs-st', 'theme'].map(fileOf)

/** The key of an advisory lock that nothing else uses. */
const lock = 7_262_020

/**
 * Loads the vocabularies of `data/` that are new or have changed. Bodies that nobody edited are
 * updated; entries that an editor changed, created or deleted stay as they are.
 */
export const loadVocabularies = (db: Database): Promise<void> =>
  db.transaction(
    async (db) => {
      await db.query(sql`select pg_advisory_xact_lock(${lock})`)
      const bodies = await changed(db, [...bodyFiles, nameFile, linkFile])
      const domains = await changed(db, domainFiles)
      if (bodies.length > 0) await loadBodies(db, bodiesOfVocabularies())
      await domainRegistry.load(db, await domainRegistry.wanted(db, domains.flatMap(readRows).map(domainOf)))
    },
    { limits: withoutLimits },
  )

/** The files that are new or have changed; records them as loaded. */
async function changed(db: Database, files: string[]): Promise<string[]> {
  const current = files.map((file) => ({ file, sha256: createHash('sha256').update(readData(file)).digest('hex') }))
  const written = await db.orm
    .insert(loadedVocabularies)
    .values(current)
    .onConflictDoUpdate({
      target: loadedVocabularies.file,
      set: { sha256: sql`excluded.sha256` },
      setWhere: sql`${loadedVocabularies.sha256} <> excluded.sha256`,
    })
    .returning()
  return written.map(({ file }) => file)
}

/** The bodies of all vocabularies, with their names and predecessors. */
export function bodiesOfVocabularies(): SignatoryReplacement[] {
  const names = groupedBy(readRows(nameFile), ({ code }) => code)
  const links = groupedBy(readRows(linkFile), ({ successor }) => successor)
  return bodyFiles
    .flatMap(readRows)
    .map((row) => signatoryOf(row, names.get(row['code']) ?? [], links.get(row['code']) ?? []))
}

/**
 * A body from a row of a vocabulary or of the sample register.
 * @param names its names by language
 * @param links its predecessors
 */
export const signatoryOf = (row: CsvRow, names: CsvRow[] = [], links: CsvRow[] = []): SignatoryReplacement =>
  SignatoryReplacement.parse({
    code: cell(row, 'code'),
    name: cell(row, 'name'),
    kind: cell(row, 'kind'),
    parent: cell(row, 'parent'),
    aliases: cells(row, 'aliases'),
    names: names.map(({ language, name, kind, source }) => ({ language, name, kind, source })),
    identifiers: cells(row, 'identifiers').map((identifier) => {
      const [scheme = '', value = ''] = identifier.split(':', 2)
      return { scheme, value }
    }),
    validFrom: cell(row, 'valid_from'),
    validTo: cell(row, 'valid_to'),
    predecessors: links
      .toSorted((a, b) => (a['date']! < b['date']! ? -1 : 1))
      .map(({ predecessor, date, kind, source }) => ({
        signatory: predecessor,
        date,
        kind,
        source,
      })),
  })

/** A research domain from a row. */
export const domainOf = (row: CsvRow): ResearchDomainReplacement => ({
  scheme: row['scheme']!,
  code: row['code']!,
  label: row['label']!,
  broader: row['broader'] ? `${row['scheme']}:${row['broader']}` : null,
})
