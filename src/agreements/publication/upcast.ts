import { turnFor } from '../../shared/turn.ts'
import type { Agreement } from '../schemas.ts'

/** A document as a former release stored it, parsed. */
export type FormerDocument = Readonly<Record<string, unknown>>

/** Makes a document of one format into one of the next: a pure function of the document alone. */
export type Upcaster = (document: FormerDocument) => FormerDocument

/**
 * From each format to the next: the first makes format 2 of format 1. To change the shape of the document, change
 * `documentOf` and add one here; those that are here never change.
 */
export const upcasters: Upcaster[] = [
  // Format 2 has the same shape; publishing it again indexes anew what a search finds it by, now without titles of sources.
  (document) => document,
]

/** The format in which documents are published. Formats are numbered from 1. */
export const currentFormat = (): number => upcasters.length + 1

/** A document in the current format. One of a later format, which a newer process stored, stays as it is. */
export const upcast = (document: object, format: number): Agreement =>
  upcasters.slice(format - 1).reduce((former, next) => next(former), document as FormerDocument) as Agreement

/** A document as it is stored: JSON text of a format. */
export interface StoredDocument {
  document: string
  format: number
}

const isFormer = (format: number): boolean => format < currentFormat()

/**
 * Rows with their documents in the current format, the very texts when they are stored in that. Other requests have a turn
 * before each large one of a former format.
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
 * What the entity tag of an answer made of a stored version says: the version, as long as the answer is what was
 * published. Upcast, it is another text, and has a tag of its own.
 */
export const versionTag = (version: number, format: number): number | string =>
  isFormer(format) ? `${version}-format${currentFormat()}` : version
