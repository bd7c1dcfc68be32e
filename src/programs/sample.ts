import { wholeParts, wholeReferences } from '../agreements/publication/from-request.ts'
import { createAgreement } from '../agreements/publication/publish.ts'
import { AgreementReplacement } from '../agreements/schemas.ts'
import { type Day, dayIn } from '../shared/calendar.ts'
import { cell, cells, type CsvRow, readData, readRows } from '../shared/csv.ts'
import { readDatabase } from '../database/clock.ts'
import type { Database } from '../database/connect.ts'
import { prepare } from './prepare.ts'
import { collectionRegistry } from '../registry/collections/queries.ts'
import { domainRegistry } from '../registry/research-domains/queries.ts'
import { signatoryRegistry } from '../registry/signatories/queries.ts'
import { CollectionReplacement } from '../registry/collections/schemas.ts'
import { loadMappings } from '../imports/kept/queries.ts'
import { NewKeptMapping } from '../imports/kept/schemas.ts'
import { domainOf, signatoryOf } from './vocabularies.ts'
import { mergeSignatories } from '../merges/merge.ts'
import { runProgram } from './run-program.ts'

/**
 * Adds the sample register of `data/sample`: the fourteen agreements of DHS on science and technology, three that followed the
 * one with Korea, and one that the examples may change, with fixed ids. Agreements that already exist are not changed.
 * @param today the day on which their statuses are evaluated
 * @returns the number of agreements added
 */
export async function loadSample(db: Database, today: Day): Promise<number> {
  // Together: when it is interrupted, the next start knows none of them, and merges them too.
  await db.transaction((db) => loadSignatories(db, today))
  await domainRegistry.load(db, readRows('sample/taxonomy.csv').map(domainOf))
  await collectionRegistry.load(db, readRows('sample/collections.csv').map(collectionOf))
  await loadMappings(db, NewKeptMapping.array().parse(JSON.parse(readData('sample/mappings.json'))))
  const agreements = sampleAgreements()
  let added = 0
  for (const { id, input } of agreements) {
    const author = { actor: null, note: 'Sample register', today: () => today }
    const [there] = await db.query({ name: 'sample-there', text: 'select from agreements where id = $1' }, [id])
    if (there) continue
    await createAgreement(db, author, wholeReferences(input), id, (registry, now) =>
      wholeParts(input, id, registry, now),
    )
    added += 1
  }
  return added
}

/** Adds the bodies, and merges those that were added into the ones that they are merged into. */
async function loadSignatories(db: Database, today: Day): Promise<void> {
  const rows = readRows('sample/signatories.csv')
  const added = await signatoryRegistry.load(
    db,
    rows.map((row) => signatoryOf(row)),
  )
  for (const row of rows) {
    const [reference, into] = [row['code']!, cell(row, 'merged_into')]
    if (into === null) continue
    const isAdded = added.includes((await signatoryRegistry.read(db, reference)).id)
    const author = { actor: null, note: 'Sample register', today: () => today }
    if (isAdded) await mergeSignatories(db, { reference, into, ifMatch: undefined, author })
  }
}

/** The sample agreements as a client would send them, with their fixed ids. */
function sampleAgreements(): { id: string; input: AgreementReplacement }[] {
  const rows = (file: string) => readRows(`sample/${file}.csv`)
  const [signatures, dates, domains, sources] = [
    rows('signatures'),
    rows('dates'),
    rows('research-domains'),
    rows('sources'),
  ]
  const [identifiers, claims, titles] = [rows('identifiers'), rows('claims'), rows('alternative-titles')]
  const relations = rows('relations')
  return rows('agreements').map((agreement) => {
    const own = (all: CsvRow[]) => all.filter((row) => row['agreement'] === agreement['reference'])
    const input = AgreementReplacement.parse({
      reference: cell(agreement, 'reference'),
      title: cell(agreement, 'title'),
      titleIsDescriptive: agreement['title_is_descriptive'] === 'true',
      alternativeTitles: own(titles).map(({ language, title }) => ({ language, title })),
      type: cell(agreement, 'type'),
      binding: cell(agreement, 'binding'),
      summary: cell(agreement, 'summary'),
      languages: cells(agreement, 'languages'),
      collection: cell(agreement, 'collection'),
      signatories: own(signatures).map(signatureOf),
      dates: own(dates).map(dateOf),
      researchDomains: own(domains).map(({ domain }) => domain),
      sources: own(sources).map(sourceOf),
      identifiers: own(identifiers).map(({ scheme, value }) => ({ scheme, value })),
      relations: own(relations).map(({ kind, related }) => ({ kind, agreement: related })),
      claims: own(claims).map((row) => ({
        statement: row['statement'],
        source: cell(row, 'source'),
        assessment: row['assessment'],
        note: cell(row, 'note'),
      })),
    })
    return { id: agreement['id']!, input }
  })
}

const collectionOf = (row: CsvRow): CollectionReplacement =>
  CollectionReplacement.parse({
    code: row['code'],
    name: row['name'],
    publisher: cell(row, 'publisher'),
    url: cell(row, 'url'),
    licence: cell(row, 'licence'),
    asOf: cell(row, 'as_of'),
    note: cell(row, 'note'),
    listed: row['listed'] === 'true',
  })

const signatureOf = (row: CsvRow) => ({
  id: row['id'],
  side: Number(row['side']),
  signatory: row['signatory'],
  role: row['role'],
  representative: row['representative_name']
    ? { name: row['representative_name'], office: cell(row, 'representative_office') }
    : null,
  source: cell(row, 'source'),
})

const dateOf = (row: CsvRow) => ({
  id: row['id'],
  event: row['event'],
  signatory: cell(row, 'signatory'),
  occurrence: Number(row['occurrence']),
  date: row['date'],
  effectiveDate: cell(row, 'effective_date'),
  place: cell(row, 'place'),
  preferred: row['preferred'] === 'true',
  source: cell(row, 'source'),
  note: cell(row, 'note'),
})

const sourceOf = (row: CsvRow) => ({
  key: row['key'],
  title: row['title'],
  publisher: cell(row, 'publisher'),
  url: cell(row, 'url'),
  publishedOn: cell(row, 'published_on'),
  language: cell(row, 'language'),
  quote: cell(row, 'quote'),
})

await runProgram(import.meta.url, async (db, { timeZone }) => {
  await prepare(db)
  const { now } = await readDatabase(db)
  const today = dayIn(timeZone)(Date.parse(now))
  process.stdout.write(`${await loadSample(db, today)} agreements of the sample register added.\n`)
})
