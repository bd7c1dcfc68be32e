import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/connect.ts'

/** The listings of all versions, without their words; values without an order are sorted. */
export const listingsOfVersions = (db: Database): Promise<object[]> =>
  db.query(sql`
    select to_jsonb(l) - 'search' - 'domains' - 'events' as listing, array(select unnest(domains) order by 1) as domains,
      array(select unnest(events) order by 1) as events
    from agreement_version_listings l order by agreement_id, version`)

/** Removes them all, as if the versions had been stored before there were listings of versions. */
export async function forgetListings(db: Database): Promise<void> {
  await db.query(sql`insert into versions_to_list select agreement_id, version from agreement_version_listings`)
  await db.query(sql`delete from agreement_version_listings`)
}
