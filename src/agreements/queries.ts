import type { Database, Statement } from '../database/connect.ts'
import type { ConstraintProblems } from '../problems/from-error.ts'
import { Problem } from '../problems/problems.ts'
import { turnFor } from '../shared/turn.ts'
import { inCurrentFormat, versionTag } from './publication/upcast.ts'

export const noAgreement = (id: string): Problem => new Problem('not_found', `There is no agreement ${id}.`)

const byId: Statement = {
  name: 'agreement-by-id',
  text: 'select id, version, document, format from agreements where id = any($1::uuid[]) and deleted_at is null',
}

interface Version<Document extends string | null = string> {
  version: number
  document: Document
  format: number
}

/** An agreement as JSON text in the current format, with the value of its entity tag. */
interface Answer {
  tag: number | string
  document: string
}

/** @throws Problem 404 */
export async function readAgreement(db: Database, id: string): Promise<Answer> {
  const found = await db.row<Version & { id: string }>(byId, id)
  if (!found) throw noAgreement(id)
  const [row] = await inCurrentFormat([found])
  await turnFor(row!.document.length)
  return { tag: versionTag(row!.version, row!.format), document: row!.document }
}

const tagById: Statement = {
  name: 'agreement-tag',
  text: 'select id, version, format from agreements where id = any($1::uuid[]) and deleted_at is null',
}

/** The value of the entity tag of an agreement. @throws Problem 404 */
export async function readTag(db: Database, id: string): Promise<Answer['tag']> {
  const row = await db.row<Omit<Version, 'document'> & { id: string }>(tagById, id)
  if (!row) throw noAgreement(id)
  return versionTag(row.version, row.format)
}

const asOfInstant: Statement = {
  name: 'agreement-as-of',
  text: `select version, document, format from agreement_versions
    where agreement_id = $1 and published_at <= $2 order by version desc limit 1`,
}

/** The agreement as of `instant`, including one deleted since. @throws Problem 404 */
export async function readAgreementAsOf(db: Database, id: string, instant: string): Promise<Answer> {
  const utc = new Date(instant).toISOString()
  const [row] = await inCurrentFormat(await db.query<Version<string | null>>(asOfInstant, [id, utc]))
  if (!row) throw new Problem('not_found', `The register did not have this agreement at ${utc}.`)
  if (row.document === null) throw new Problem('not_found', `This agreement had been deleted before ${utc}.`)
  await turnFor(row.document.length)
  return { tag: versionTag(row.version, row.format), document: row.document }
}

const notUnique = (pointer: string, what: string) => () => {
  const message = `Another agreement has this ${what}.`
  return new Problem('taken', message, [{ pointer, code: 'taken', message }])
}

export const agreementConstraints: ConstraintProblems = {
  agreements_reference_key: notUnique('/reference', 'reference'),
  agreement_identifiers_key_key: notUnique('/identifiers', 'identifier'),
}
