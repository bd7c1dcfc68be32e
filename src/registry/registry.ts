import type { Database, Statement } from '../database/connect.ts'
import { type Collection, collectionLookup } from './collections/lookup.ts'
import { distinctKeys, type Entries, find, type Hold, idsAndCodes, type Named } from './lookup.ts'
import { type Domain, domainLookup } from './research-domains/lookup.ts'
import { type SignatoryEntry, signatoryLookup } from './signatories/lookup.ts'
import type { EarlierBody } from './signatories/predecessors.ts'
import { partyKinds } from './signatories/tables.ts'

const isParty = (kind: SignatoryEntry['kind']): boolean => (partyKinds as readonly string[]).includes(kind)

/** References to registry entries in a request. */
export interface EntryReferences {
  bodies?: Named[]
  domains?: Named[]
  collections?: Named[]
}

/** The entries of all registries that were looked up, with all entries above them. */
export interface FoundEntries {
  bodies: Entries<SignatoryEntry>
  domains: Entries<Domain>
  collections: Entries<Collection>
}

/** Registry entries that were looked up, with all entries above them. */
export class Registry {
  readonly #bodies: Entries<SignatoryEntry>
  readonly #domains: Entries<Domain>
  readonly #collections: Entries<Collection>
  #earlier: Map<string, EarlierBody[]> = new Map()

  constructor({ bodies, domains, collections }: FoundEntries) {
    this.#bodies = bodies
    this.#domains = domains
    this.#collections = collections
  }

  body = (reference: string): SignatoryEntry => this.#bodies.get(reference)
  domain = (reference: string): Domain => this.#domains.get(reference)
  collection = (reference: string): Collection => this.#collections.get(reference)

  /** The bodies above `body`, nearest first. */
  above = (body: SignatoryEntry): SignatoryEntry[] => this.#bodies.above(body)

  /** The party that `body` acts for: itself or the nearest body above it that is a party by its kind, otherwise the top. */
  party = (body: SignatoryEntry): SignatoryEntry => {
    const upwards = [body, ...this.above(body)]
    return upwards.find(({ kind }) => isParty(kind)) ?? upwards.at(-1)!
  }

  /** The predecessors of the body with this id, if `setEarlier` was called for it. */
  earlier = (id: string): EarlierBody[] => this.#earlier.get(id) ?? []

  setEarlier(earlier: Map<string, EarlierBody[]>): void {
    this.#earlier = earlier
  }

  /** The domains broader than `domain`, nearest first. */
  broader = (domain: Domain): Domain[] => this.#domains.above(domain)
}

/** Looks up the references of a request in all registries. */
export async function findInAll(
  db: Database,
  { bodies = [], domains = [], collections = [] }: EntryReferences,
  hold: Hold,
): Promise<FoundEntries> {
  const read = hold === 'free' ? await readInAll(db, { bodies, domains, collections }) : undefined
  const [ofBodies, ofDomains, ofCollections] = await Promise.all([
    find<SignatoryEntry>(db, signatoryLookup, bodies, hold, read?.bodies),
    find<Domain>(db, domainLookup, domains, hold, read?.domains),
    find<Collection>(db, collectionLookup, collections, hold, read?.collections),
  ])
  return { bodies: ofBodies, domains: ofDomains, collections: ofCollections }
}

interface Read {
  bodies: SignatoryEntry[]
  domains: Domain[]
  collections: Collection[]
}

/** The entries of all registries that are named, and all above them, by one statement. */
async function readInAll(db: Database, named: Required<EntryReferences>): Promise<Read | undefined> {
  const values = [
    ...idsAndCodes(distinctKeys(signatoryLookup, named.bodies)),
    ...idsAndCodes(distinctKeys(domainLookup, named.domains)),
    ...idsAndCodes(distinctKeys(collectionLookup, named.collections)),
  ]
  if (values.every((some) => some.length === 0)) return undefined
  const [read] = await db.query<Read>(inAll, values)
  return read
}

const rowsOf = (query: string): string => `(select coalesce(json_agg(row_to_json(r)), '[]') from (${query}) r)`

const inAll: Statement = {
  name: 'entries-by-reference',
  text: `select ${rowsOf(signatoryLookup.reading('$1', '$2'))} as bodies,
    ${rowsOf(domainLookup.reading('$3', '$4'))} as domains, ${rowsOf(collectionLookup.reading('$5', '$6'))} as collections`,
}
