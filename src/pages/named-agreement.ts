import { idOfHandle } from '../agreements/handles.ts'
import type { Database, Statement } from '../database/connect.ts'
import { Problem } from '../problems/problems.ts'
import { didYouMean } from '../problems/did-you-mean.ts'
import { referenceKey } from '../shared/identifiers.ts'

/** The parameter with the reference in the paths of the pages of an agreement. */
export const inHandle = 'id'

/** The references next to one in their order, on both sides: these differ from it at the end. */
const neighbours: Statement = {
  name: 'references-beside',
  text: `select reference from (
      (select reference, collection_id from agreements
        where reference_key >= $1 and deleted_at is null order by reference_key limit 50)
      union all
      (select reference, collection_id from agreements
        where reference_key < $1 and deleted_at is null order by reference_key desc limit 50)
    ) beside where not exists (select from collections c where c.id = collection_id and not c.listed)`,
}

/**
 * The id of the agreement that a page is asked for by its id, its reference or an identifier.
 * @param history whether it may be deleted
 * @throws Problem 404 that says which reference was probably meant; 409
 */
export async function idOfNamed(db: Database, handle: string, history: boolean): Promise<string> {
  try {
    return await idOfHandle(db, handle, history)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'not_found') throw error
    const rows = await db.query<{ reference: string }>(neighbours, [referenceKey(handle)])
    const { didYouMean: meant } = didYouMean(
      handle,
      rows.map(({ reference }) => reference),
    )
    if (meant === undefined) throw error
    throw new Problem('not_found', error.message, [
      { parameter: inHandle, code: 'unknown_reference', message: `Did you mean \`${meant}\`?`, didYouMean: meant },
    ])
  }
}
