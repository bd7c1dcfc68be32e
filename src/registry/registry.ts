import type { Database } from '../database/connect.ts'
import { type Entries, find, type Hold, type Named } from './lookup.ts'
import { type Domain, domainLookup } from './research-domains/lookup.ts'
import { type SignatoryEntry, signatoryLookup } from './signatories/lookup.ts'
import type { EarlierBody } from './signatories/predecessors.ts'
import { partyKinds } from './signatories/tables.ts'

const isParty = (kind: SignatoryEntry['kind']): boolean => (partyKinds as readonly string[]).includes(kind)

/** References to bodies and research domains in a request. */
export interface EntryReferences {
  bodies?: Named[]
  domains?: Named[]
}

/** Entries of both registries that were looked up, with all entries above them. */
export class Registry {
  readonly #bodies: Entries<SignatoryEntry>
  readonly #domains: Entries<Domain>
  #earlier: Map<string, EarlierBody[]> = new Map()

  constructor(bodies: Entries<SignatoryEntry>, domains: Entries<Domain>) {
    this.#bodies = bodies
    this.#domains = domains
  }

  body = (reference: string): SignatoryEntry => this.#bodies.get(reference)
  domain = (reference: string): Domain => this.#domains.get(reference)

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

/** Looks up the references of a request in both registries. */
export async function findInBoth(
  db: Database,
  { bodies = [], domains = [] }: EntryReferences,
  hold: Hold,
): Promise<{ bodies: Entries<SignatoryEntry>; domains: Entries<Domain> }> {
  return {
    bodies: await find<SignatoryEntry>(db, signatoryLookup, bodies, hold),
    domains: await find<Domain>(db, domainLookup, domains, hold),
  }
}
