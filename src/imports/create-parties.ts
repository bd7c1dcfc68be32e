import type { Database } from '../database/connect.ts'
import type { Author } from '../http/routes.ts'
import { Problem } from '../problems/problems.ts'
import { signatoryRegistry } from '../registry/signatories/queries.ts'
import { NewSignatory } from '../registry/signatories/schemas.ts'
import { partyKeys } from './party-keys.ts'

/**
 * Adds signatories of the kind `other` with these names; names that differ in spelling only are one signatory. A name that
 * the registry does not accept is left out.
 * @returns the names of those added; another process may have added others meanwhile
 */
export async function createParties(db: Database, author: Author, names: string[]): Promise<string[]> {
  const distinct = new Map(names.map((name) => [partyKeys(name)[0], name]).toReversed() as [string, string][])
  const added: string[] = []
  // In one order, so that two imports with the same names do not wait for each other.
  for (const [, name] of [...distinct].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const given = NewSignatory.safeParse({ name, kind: 'other' })
    if (!given.success) continue
    try {
      await signatoryRegistry.create(db, given.data, author)
      added.push(name)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }
  return added
}
