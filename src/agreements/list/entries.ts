import { and, type SQL, sql } from 'drizzle-orm'
import { when } from '../../database/sql.ts'
import type { AgreementFilter } from './filter.ts'
import { hasCommonWords } from './full-text.ts'
import type { NamedIds } from './lookup-filter.ts'
import type { Entries } from './page-plans.ts'
import { inForceFor } from './predecessors.ts'
import { matching } from './where.ts'

/** How the entries of one party or one pair are filtered; undefined when the filter asks for none, or for predecessors. */
export function entriesOf(filter: AgreementFilter, named: NamedIds): Entries | undefined {
  const { party, pair, predecessors } = named
  if (predecessors.length > 0 || (pair === undefined && party?.length !== 1)) return undefined
  const asked = pair ?? party!
  const day = filter.inForceOn
  const domains = pair ? undefined : named.researchDomain
  const [one, other] = asked.toSorted()
  const all = pair ? sql`p.one = ${one} and p.other = ${other}` : sql`p.party_id = ${one}`
  return {
    table: pair ? 'agreement_pairs' : 'agreement_parties',
    parts: day === undefined ? [all] : inForceBy(all, day),
    within: and(
      when(domains, (ids) =>
        orOfListing(sql`p.domains && ${sql.param(ids)}::uuid[]`, sql`a.domains && ${sql.param(ids)}::uuid[]`),
      ),
      when(day, (day) => {
        const each = asked.map((id) => inForceFor([id], predecessors, day))
        return orOfListing(sql`p.in_force @> ${day}::date`, and(sql`a.in_force @> ${day}::date`, ...each)!)
      }),
    ),
    matching: matching(
      // If both are asked for, it must be in force for all of them.
      { ...filter, inForceOn: pair && party ? day : undefined },
      {
        ...named,
        pair: undefined,
        party: pair ? party : undefined,
        researchDomain: domains ? undefined : named.researchDomain,
      },
      hasCommonWords,
    ),
  }
}

/** A condition on an entry or, where the entry does not have the value, the same on its listing. */
const orOfListing = (ofEntry: SQL, ofListing: SQL): SQL => sql`coalesce(${ofEntry}, (
  select ${ofListing} from agreement_listings a where a.agreement_id = p.agreement_id))`

/**
 * The entries that can be in force on a day: those that were signed by then, and the few others that were in force before
 * they were signed, which have an index of their own.
 */
const inForceBy = (all: SQL, day: string): SQL[] => [
  sql`${all} and p.signed <= ${day}::date`,
  sql`${all} and p.signed > ${day}::date and coalesce(lower(p.in_force) < p.signed, true)`,
]
