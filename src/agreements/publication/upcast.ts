import { turnFor } from '../../shared/turn.ts'
import type { Agreement } from '../schemas.ts'
import { withParties } from './parties.ts'
import { withStatements } from './upcast-statements.ts'
import { type FormerDocument, withChangesOfTerm, withDurations, withEndsByOthers } from './upcast-terms.ts'

/** Converts a document to the next format: a pure function of the document alone. */
export type Upcaster = (document: FormerDocument) => FormerDocument

/**
 * Upcasters from each format to the next; the first converts format 1 to format 2. To change the shape of the document,
 * change `documentOf` and add an upcaster here. Existing ones never change.
 */
export const upcasters: Upcaster[] = [
  // Format 2 has the same shape. Publishing it again rebuilds the search index, which no longer has titles of sources.
  (document) => document,
  // Format 3 has the term as durations, what the entry into force is tied to, and the exit day.
  withDurations,
  // Format 4 has what an extension or an amendment does to the term, what follows from other agreements, what sources state
  // of the status and on what it rests, when it is in force for each party, and its collection.
  (document) => withCollection(withParties(withStatements(withEndsByOthers(withChangesOfTerm(document))))),
  // Format 5 has the relations that other agreements have to it.
  (document) => withRelatedBy(document),
]

/** Before there were collections, no agreement was in one. */
const withCollection = (document: FormerDocument): FormerDocument => ({ ...document, collection: null })

/** What others said of it was not recorded in its document. */
const withRelatedBy = ({ warnings, createdAt, updatedAt, ...rest }: FormerDocument): FormerDocument => ({
  ...rest,
  relatedBy: [],
  relatedByTotal: null,
  warnings,
  createdAt,
  updatedAt,
})

/** The format in which documents are published, numbered from 1. */
export const currentFormat = (): number => upcasters.length + 1

/** A document in the current format. One in a later format, stored by a newer process, is returned unchanged. */
export const upcast = (document: object, format: number): Agreement =>
  upcasters.slice(format - 1).reduce((former, next) => next(former), document as FormerDocument) as Agreement

/** A document as it is stored: JSON text of a format. */
export interface StoredDocument {
  document: string
  format: number
}

const isFormer = (format: number): boolean => format < currentFormat()

/**
 * Rows with their documents in the current format; texts stored in it are returned unchanged. Yields to other requests
 * before converting each large document.
 */
export async function inCurrentFormat<Row extends { document: string | null; format: number }>(
  rows: Row[],
): Promise<Row[]> {
  if (!rows.some(({ format }) => isFormer(format))) return rows
  const current: Row[] = []
  for (const row of rows) {
    const { document, format } = row
    if (document !== null && isFormer(format)) {
      await turnFor(document.length)
      current.push({ ...row, document: JSON.stringify(currentDocument({ document, format })) })
    } else current.push(row)
  }
  return current
}

/** A stored document in the current format, parsed. */
export const currentDocument = ({ document, format }: StoredDocument): Agreement =>
  upcast(JSON.parse(document) as object, format)

/**
 * The value of the entity tag of a stored version: its number if the document is sent as published. An upcast document is
 * a different text and needs a different tag.
 */
export const versionTag = (version: number, format: number): number | string =>
  isFormer(format) ? `${version}-format${currentFormat()}` : version
