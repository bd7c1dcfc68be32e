import type { Database, Statement } from '../../database/connect.ts'
import { mostErrors } from '../../problems/problems.ts'
import { holding, idsAndCodes, type Named, refuseMissing, unknownReference } from '../../registry/lookup.ts'
import { type EntryReferences, findInBoth, Registry } from '../../registry/registry.ts'

/** All that a write of an agreement names: entries of the registries, and agreements by id or reference. */
export interface References extends EntryReferences {
  agreements?: Named[]
}

/** What a write names, looked up: entries of the registries, and the ids of agreements. */
export class LookedUp extends Registry {
  readonly #agreements = new Map<string, string>()

  addAgreement({ id, reference, key }: FoundAgreement): void {
    for (const name of [id, reference, key]) if (name !== null) this.#agreements.set(name, id)
  }

  hasAgreement = (reference: string): boolean => this.#find(reference) !== undefined

  #find = (reference: string): string | undefined =>
    this.#agreements.get(reference) ?? this.#agreements.get(reference.toLowerCase())

  /** The id of the agreement that was looked up before. */
  agreement(reference: string): string {
    const id = this.#find(reference)
    if (id === undefined) throw new Error(`${reference} was not looked up`)
    return id
  }
}

interface FoundAgreement {
  id: string
  reference: string | null
  key: string | null
}

const byReference: Statement = {
  name: 'agreements-by-reference',
  text: `select id, reference, reference_key as key from agreements
    where (id = any($1::uuid[]) or reference_key = any($2::text[])) and deleted_at is null order by id`,
}

/**
 * Looks up all that a write names, with what stands above it, and holds it against change until the transaction ends
 * (FOR KEY SHARE; a registry write takes FOR UPDATE), so that no document shows a name that was replaced meanwhile.
 * @throws Problem for the names that do not exist, with the nearest that do: see `unknownReferences`
 */
export async function lookUp(db: Database, references: References): Promise<LookedUp> {
  const { bodies, domains } = await findInBoth(db, references, 'held')
  const found = new LookedUp(bodies, domains)
  const { agreements = [] } = references
  for (const agreement of await agreementsNamed(db, agreements)) found.addAgreement(agreement)
  const absent = agreements
    .flatMap(({ reference, at }) => (at && !found.hasAgreement(reference) ? [{ reference, at }] : []))
    .slice(0, mostErrors)
  const unknown = absent.map((named) => unknownReference('agreement', named))
  refuseMissing([...bodies.errors, ...domains.errors, ...unknown])
  return found
}

async function agreementsNamed(db: Database, named: Named[]): Promise<FoundAgreement[]> {
  if (named.length === 0) return []
  const references = [...new Set(named.flatMap(({ reference }) => [reference, reference.toLowerCase()]))]
  return db.query(holding(byReference, 'held'), idsAndCodes(references))
}
