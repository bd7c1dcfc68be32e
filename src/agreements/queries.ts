import type { Database, Statement } from '../database/connect.ts'
import type { ConstraintProblems } from '../problems/from-error.ts'
import { Problem } from '../problems/problems.ts'
import { turnFor } from '../shared/turn.ts'
import { notFound } from './publication/publish.ts'

const byId: Statement = {
  name: 'agreement-by-id',
  text: 'select version, document from agreements where id = $1 and deleted_at is null',
}

/** The stored document, as JSON text. @throws Problem 404 */
export async function readAgreement(db: Database, id: string): Promise<{ version: number; document: string }> {
  const [row] = await db.query<{ version: number; document: string }>(byId, [id])
  if (!row) throw notFound(id)
  await turnFor(row.document.length)
  return row
}

const asOfInstant: Statement = {
  name: 'agreement-as-of',
  text: `select version, document from agreement_versions
    where agreement_id = $1 and published_at <= $2 order by version desc limit 1`,
}

/** The document as the register had it at `instant`, also of one deleted since. @throws Problem 404 */
export async function readAgreementAsOf(
  db: Database,
  id: string,
  instant: string,
): Promise<{ version: number; document: string }> {
  const utc = new Date(instant).toISOString()
  const [row] = await db.query<{ version: number; document: string | null }>(asOfInstant, [id, utc])
  if (!row) throw new Problem('not_found', `The register held no agreement ${id} at ${utc}.`)
  if (row.document === null)
    throw new Problem('not_found', `The register held no agreement ${id} at ${utc}: it had been deleted.`)
  await turnFor(row.document.length)
  return { version: row.version, document: row.document }
}

const taken = (pointer: string, what: string) => () => {
  const message = `Another agreement has this ${what}.`
  return new Problem('taken', message, [{ pointer, code: 'taken', message }])
}

export const agreementConstraints: ConstraintProblems = {
  agreements_reference_key: taken('/reference', 'reference'),
  agreement_identifiers_value_key: taken('/identifiers', 'identifier'),
}
