import type { Database } from '../../database/connect.ts'
import type { Author } from '../../http/routes.ts'
import { invalidResult } from '../../problems/from-zod.ts'
import { signatoryRegistry } from '../../registry/signatories/queries.ts'
import { NewSignatory } from '../../registry/signatories/schemas.ts'
import type { Names } from './names.ts'

/**
 * Adds the bodies to the registry that a form asks for, each once.
 * @returns the codes of all names in the form, with those of the bodies that were added
 * @throws Problem 409, 422
 */
export async function addBodies(db: Database, author: Author, { codes, added }: Names): Promise<Map<string, string>> {
  const all = new Map(codes)
  const made = new Map<string, string>()
  for (const [field, { name, parent }] of added) {
    const key = `${parent} ${name}`
    const code = made.get(key) ?? (await addBody(db, author, name, parent))
    made.set(key, code)
    all.set(field, code)
  }
  return all
}

async function addBody(db: Database, author: Author, name: string, parent: string): Promise<string> {
  const { data, error } = NewSignatory.safeParse({ name, kind: 'agency', parent })
  if (error) throw invalidResult(error, NewSignatory)
  return (await signatoryRegistry.create(db, data, author)).code
}
