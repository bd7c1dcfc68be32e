import type { Database, Statement } from '../../database/connect.ts'
import { possibleReferenceKeys, referenceKey } from '../../shared/identifiers.ts'
import { type BodyError, maxErrors, unknownReferences } from '../../problems/problems.ts'
import type { Collection } from '../../registry/collections/lookup.ts'
import { holding, idsAndCodes, type Named, unknownReference } from '../../registry/lookup.ts'
import { type EntryReferences, findInAll, type FoundEntries, Registry } from '../../registry/registry.ts'
import type { Domain } from '../../registry/research-domains/lookup.ts'
import type { SignatoryEntry } from '../../registry/signatories/lookup.ts'

/** A relation as a request names it. */
export interface NamedRelation {
  kind: string
  /** The id or the reference of the other agreement. */
  agreement: string
}

/** Everything that a write of an agreement refers to: registry entries, and agreements by id or reference. */
export interface References extends EntryReferences {
  agreements?: Named[]
  /** The relations that the agreement will have; undefined if the write does not set them. */
  relations?: NamedRelation[]
}

/**
 * The references of a write after lookup: registry entries, and the ids of agreements. While `unknown` has errors, a
 * reference that does not exist gives a placeholder, so that the other rules can be checked too; nothing is stored then.
 */
export class LookedUp extends Registry {
  readonly #agreements = new Map<string, string>()
  readonly #deleted = new Set<string>()
  readonly hasBody: (reference: string) => boolean
  readonly hasDomain: (reference: string) => boolean
  readonly hasCollection: (reference: string) => boolean
  /** An error for each reference in the request body that does not exist; at most 100 of each kind. */
  unknown: BodyError[] = []

  constructor(found: FoundEntries) {
    super(found)
    const { bodies, domains, collections } = found
    this.hasBody = bodies.has
    this.hasDomain = domains.has
    this.hasCollection = collections.has
    const [body, domain, collection] = [this.body, this.domain, this.collection]
    const isAbsent = (has: boolean): boolean => this.unknown.length > 0 && !has
    this.body = (reference) => (isAbsent(bodies.has(reference)) ? bodyNamed(reference) : body(reference))
    this.domain = (reference) => (isAbsent(domains.has(reference)) ? domainNamed(reference) : domain(reference))
    this.collection = (reference) =>
      isAbsent(collections.has(reference)) ? collectionNamed(reference) : collection(reference)
  }

  addAgreement({ id, reference, key, deleted = false }: FoundAgreement): void {
    if (deleted) this.#deleted.add(id)
    for (const name of [id, reference, key]) if (name !== null) this.#agreements.set(name, id)
  }

  /** Whether the agreement with this id was looked up, and is deleted. */
  isDeleted = (id: string): boolean => this.#deleted.has(id)

  hasAgreement = (reference: string): boolean => this.#find(reference) !== undefined

  #find = (reference: string): string | undefined =>
    this.#agreements.get(reference) ?? this.#agreements.get(referenceKey(reference))

  /** The id of an agreement that was looked up. */
  agreement(reference: string): string {
    const id = this.#find(reference) ?? (this.unknown.length > 0 ? reference : undefined)
    if (id === undefined) throw new Error(`${reference} was not looked up`)
    return id
  }
}

const placeholder = (reference: string) => ({ id: reference.toLowerCase(), code: reference, parentId: null, depth: 0 })

const bodyNamed = (reference: string): SignatoryEntry => ({
  ...placeholder(reference),
  name: reference,
  kind: 'other',
  aliases: [],
  validFromDay: null,
  validToDay: null,
})

const domainNamed = (reference: string): Domain => ({ ...placeholder(reference), scheme: '', label: reference })
const collectionNamed = (reference: string): Collection => ({
  ...placeholder(reference),
  name: reference,
  listed: true,
})

interface FoundAgreement {
  id: string
  /** Null for one that is deleted: its reference may be that of another one. */
  reference: string | null
  key: string | null
  deleted?: boolean
}

/** By id also deleted ones, which an agreement may go on naming. */
const byReference: Statement = {
  name: 'agreements-by-reference',
  text: `select id, deleted_at is not null as deleted, case when deleted_at is null then reference end as reference,
      case when deleted_at is null then reference_key end as key
    from agreements
    where id = any($1::uuid[]) or (reference_key = any($2::text[]) and deleted_at is null) order by id`,
}

/**
 * Looks up everything that a write refers to, with the entries above, and locks it until the transaction ends (FOR KEY
 * SHARE; a registry write takes FOR UPDATE), so that no document shows a name that was replaced since.
 * @returns the entries; references in the body that do not exist are in `unknown`, with suggestions
 * @throws Problem 404 for a reference in the path that does not exist
 */
export async function lookUp(db: Database, references: References): Promise<LookedUp> {
  const { agreements = [] } = references
  const [entries, named] = await Promise.all([findInAll(db, references, 'held'), agreementsNamed(db, agreements)])
  const found = new LookedUp(entries)
  for (const agreement of named) found.addAgreement(agreement)
  const absent = agreements
    .flatMap(({ reference, at }) => (at && !found.hasAgreement(reference) ? [{ reference, at }] : []))
    .slice(0, maxErrors)
  const unknown = absent.map((named) => unknownReference('agreement', named))
  const { bodies, domains, collections } = entries
  for (const error of [...bodies.errors, ...domains.errors, ...collections.errors, ...unknown]) {
    if (error.at.in !== 'body') throw unknownReferences([error])
    const { at, ...finding } = error
    found.unknown.push({ pointer: at.pointer, ...finding })
  }
  return found
}

async function agreementsNamed(db: Database, named: Named[]): Promise<FoundAgreement[]> {
  if (named.length === 0) return []
  const references = possibleReferenceKeys(named.map(({ reference }) => reference))
  return db.query(holding(byReference, 'held'), idsAndCodes(references))
}
