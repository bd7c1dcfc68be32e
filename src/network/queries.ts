import { and, type SQL, sql } from 'drizzle-orm'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import { lookUpFilter } from '../agreements/list/lookup-filter.ts'
import { inForceForOne } from '../agreements/list/predecessors.ts'
import { inForceForAsked, matching } from '../agreements/list/where.ts'
import type { Database } from '../database/connect.ts'
import { invalidQuery } from '../problems/problems.ts'
import type { Network } from './schemas.ts'

/** Maximum number of edges of a network. */
const maxEdges = 50_000

/**
 * The parties of the agreements that match, and the pairs on opposite sides of at least one of them; both with the
 * largest number of agreements first. `inForce` counts the agreements in force for them on the day `on`, by default `today`.
 * @throws Problem 400
 */
export async function readNetwork(db: Database, { on, ...rest }: AgreementFilter, today: string): Promise<Network> {
  const filter = { ...rest, on: rest.status || rest.statusBasis ? on : undefined }
  const day = on ?? today
  const named = await lookUpFilter(db, filter)
  const where = matching(filter, named) ?? sql`true`
  const countsFor = (...parties: SQL[]): SQL => {
    const all = [inForceForAsked(named, day), ...parties.map((party) => inForceForOne(party, day))]
    return sql`count(*)::int as agreements,
      count(*) filter (where ${and(sql`a.in_force @> ${day}::date`, ...all)})::int as "inForce"`
  }
  return db.transaction(
    async (db) => {
      const edges = await db.query<Network['edges'][number]>(sql`
        select s.code as source, t.code as target, pairs.agreements, pairs."inForce" from (
          select least(p.party_id, o.party_id) as one, greatest(p.party_id, o.party_id) as other,
            ${countsFor(sql`p.party_id`, sql`o.party_id`)}
          from agreement_listings a
            join agreement_parties p on p.agreement_id = a.agreement_id
            join agreement_parties o on o.agreement_id = a.agreement_id and o.side > p.side
          where ${where} group by one, other
        ) pairs join signatories s on s.id = pairs.one join signatories t on t.id = pairs.other
        order by pairs.agreements desc, s.code, t.code limit ${maxEdges + 1}`)
      if (edges.length > maxEdges) {
        const message = `The network has more than ${maxEdges} pairs of parties. Narrow the filters.`
        throw invalidQuery([{ parameter: 'party', code: 'too_many_pairs', message }])
      }
      const nodes = await db.query<Network['nodes'][number]>(sql`
        select s.code, s.name, s.kind, parties.agreements, parties."inForce" from (
          select p.party_id, ${countsFor(sql`p.party_id`)}
          from agreement_listings a join agreement_parties p on p.agreement_id = a.agreement_id
          where ${where} group by p.party_id
        ) parties join signatories s on s.id = parties.party_id
        order by parties.agreements desc, s.code`)
      return { nodes, edges }
    },
    { readOnly: true },
  )
}
