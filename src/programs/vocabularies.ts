import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { cell, cells, type CsvRow, readData, readRows } from '../shared/csv.ts'
import type { Database } from '../database/connect.ts'
import { withoutLimits } from '../database/time-limits.ts'
import { loadedVocabularies } from '../database/tables.ts'
import { domainRegistry } from '../registry/research-domains/queries.ts'
import type { ResearchDomainReplacement } from '../registry/research-domains/schemas.ts'
import { SignatoryReplacement } from '../registry/signatories/schemas.ts'
import { signatoryRegistry } from '../registry/signatories/queries.ts'

const signatoryFiles = ['states', 'former-states', 'organizations'].map((name) => `vocabularies/${name}.csv`)
const domainFiles = ['ford', 'dhs-st', 'theme'].map((name) => `vocabularies/${name}.csv`)

/** The key of an advisory lock that nothing else uses. */
const lock = 7_262_020

/**
 * Loads the vocabularies in `data/` that are new or have changed. Existing entries are kept, since editors may have
 * changed them.
 */
export const loadVocabularies = (db: Database): Promise<void> =>
  db.transaction(
    async (db) => {
      await db.query(sql`select pg_advisory_xact_lock(${lock})`)
      const signatories = await changed(db, signatoryFiles)
      const domains = await changed(db, domainFiles)
      await signatoryRegistry.load(db, signatories.flatMap(readRows).map(signatoryOf))
      await domainRegistry.load(db, domains.flatMap(readRows).map(domainOf))
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

/** A signatory from a row of a vocabulary or of the sample register. */
export const signatoryOf = (row: CsvRow): SignatoryReplacement =>
  SignatoryReplacement.parse({
    code: cell(row, 'code'),
    name: cell(row, 'name'),
    kind: cell(row, 'kind'),
    parent: cell(row, 'parent'),
    aliases: cells(row, 'aliases'),
    identifiers: cells(row, 'identifiers').map((identifier) => {
      const [scheme = '', value = ''] = identifier.split(':', 2)
      return { scheme, value }
    }),
    validFrom: cell(row, 'valid_from'),
    validTo: cell(row, 'valid_to'),
  })

/** A research domain from a row. */
export const domainOf = (row: CsvRow): ResearchDomainReplacement => ({
  scheme: row['scheme']!,
  code: row['code']!,
  label: row['label']!,
  broader: row['broader'] ? `${row['scheme']}:${row['broader']}` : null,
})
