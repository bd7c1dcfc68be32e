import { type SQL, sql } from 'drizzle-orm'

/** A neighbour in a selection as it is shown. @param one a row with its `id` and its day `signed` */
export const neighbour = (one: SQL): SQL => sql`(
  select json_build_object('id', a.id, 'reference', a.reference, 'title', a.title, 'signed', ${one}.signed)
  from agreements a where a.id = ${one}.id)`
