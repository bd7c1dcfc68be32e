import { sql } from 'drizzle-orm'
import { wholeParts, wholeReferences } from '../../src/agreements/publication/from-request.ts'
import { positioned, store } from '../../src/agreements/publication/aggregate.ts'
import { lookUpEarlierBodies } from '../../src/agreements/publication/earlier-bodies.ts'
import { publicationOf } from '../../src/agreements/publication/publication.ts'
import { lookUp } from '../../src/agreements/publication/lookup.ts'
import { AgreementReplacement } from '../../src/agreements/schemas.ts'
import type { Database } from '../../src/database/connect.ts'
import { withoutLimits } from '../../src/database/time-limits.ts'

/** An agreement as a client would write it, and its id. */
export interface Bulk {
  id: string
  body: object
}

const batch = 500
const lanes = 2

/**
 * Adds many agreements, on the day `today`, without HTTP but through the same publication. Uses two
 * connections, so that one batch is prepared while PostgreSQL stores the other.
 */
export async function addInBulk(db: Database, agreements: Iterable<Bulk>, today: string): Promise<void> {
  const rest = agreements[Symbol.iterator]()
  const lane = async () => {
    for (;;) {
      const next = Array.from({ length: batch }, () => rest.next()).flatMap(({ value }) =>
        value ? [value as Bulk] : [],
      )
      if (next.length === 0) return
      await add(db, next, today)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

async function add(db: Database, agreements: Bulk[], today: string): Promise<void> {
  const now = `${today}T00:00:00.000Z`
  const history = { operation: 'created', cause: 'edit', actor: null, note: null } as const
  const inputs = agreements.map(({ id, body }) => ({ id, input: AgreementReplacement.parse(body) }))
  await db.transaction(
    async (db) => {
      await db.query(sql`set local synchronous_commit = off`)
      const named = inputs.map(({ input }) => wholeReferences(input))
      const registry = await lookUp(db, {
        bodies: named.flatMap(({ bodies = [] }) => bodies),
        domains: named.flatMap(({ domains = [] }) => domains),
        collections: named.flatMap(({ collections = [] }) => collections),
      })
      const made = inputs.map(({ id, input }) => positioned(wholeParts(input, id, registry, now).parts))
      await lookUpEarlierBodies(db, registry, made)
      const publications = made.map((parts) =>
        publicationOf(parts, registry, { before: undefined, now, today, history }),
      )
      await store(db, publications)
    },
    { limits: withoutLimits },
  )
}

/** A UUID of version 7 that is the same in every run. */
export const numberedId = (n: number): string => `0190a000-0000-7000-8000-${String(n).padStart(12, '0')}`
