import { agreementsIn, wholeParts, wholeReferences } from '../../agreements/publication/from-request.ts'
import { editAgreement } from '../../agreements/publication/publish.ts'
import type { Agreement, AgreementReplacement } from '../../agreements/schemas.ts'
import type { Database } from '../../database/connect.ts'
import type { Author } from '../../http/routes.ts'

interface Replacement {
  /** As it is, with its entity tag. */
  agreement: Agreement
  tag: number | string
  input: AgreementReplacement
  author: Author
}

interface Replaced {
  saved: Agreement
  /** What the page of the agreement says of it. */
  done: 'changed' | 'unchanged'
}

/** Replaces an agreement by what a form says. @throws Problem 409, 412, 422 */
export async function replaceAgreement(
  db: Database,
  { agreement: { id, version }, tag, input, author }: Replacement,
): Promise<Replaced> {
  const { document } = await editAgreement(db, {
    id,
    ifMatch: `"${tag}"`,
    author,
    references: wholeReferences(input),
    change: (before, registry) => {
      for (const other of agreementsIn(before)) registry.addAgreement({ id: other, reference: null, key: null })
      return wholeParts(input, id, registry, before.agreement.createdAt, before)
    },
  })
  const saved = JSON.parse(document) as Agreement
  return { saved, done: saved.version === version ? 'unchanged' : 'changed' }
}
