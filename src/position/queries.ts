import { type SQL, sql } from 'drizzle-orm'
import type { AgreementFilter } from '../agreements/filter.ts'
import { lookUpFilter, matching } from '../agreements/matching.ts'
import { notFound } from '../agreements/publish.ts'
import type { Database } from '../database/connect.ts'
import { Problem } from '../problems.ts'
import type { Position } from './schemas.ts'

interface Row {
  position: string
  total: string
  id: string
  reference: string | null
  title: string
  signed: string | null
  days: number | null
}

/** In the order of signature; the id breaks ties; what has no day comes last. */
const order = sql`coalesce(a.signed, 'infinity'::date), a.agreement_id`

/**
 * The number of an agreement among those that match, with its neighbours.
 * @throws Problem 404 when there is no such agreement, or it is not one of those
 */
export async function readPosition(
  db: Database,
  id: string,
  filter: AgreementFilter,
  selection: string,
): Promise<Position> {
  const named = await lookUpFilter(db, filter)
  const where = matching(filter, named) ?? sql`true`
  const rows = await db.query<Row>(around(id, where))
  const own = rows.find((row) => row.id === id)
  if (!own) throw await whyNot(db, id)
  const at = Number(own.position)
  const neighbour = (position: number) => {
    const row = rows.find((other) => Number(other.position) === position)
    return row ? { id: row.id, reference: row.reference, title: row.title, signed: row.signed } : null
  }
  const previous = neighbour(at - 1)
  return {
    position: at,
    total: Number(own.total),
    signed: own.signed,
    previous,
    next: neighbour(at + 1),
    daysSincePrevious: previous && own.days,
    didYouMean: named.words?.didYouMean ?? null,
    selection,
  }
}

const around = (id: string, where: SQL): SQL => sql`
  with numbered as (
    select row_number() over (order by ${order}) as position, count(*) over () as total, a.agreement_id as id, a.signed,
      a.signed - lag(a.signed) over (order by ${order}) as days
    from agreement_listings a where ${where}
  )
  select n.position, n.total, n.days, n.signed, a.id, a.reference, a.title
  from numbered own join numbered n on n.position between own.position - 1 and own.position + 1
    join agreements a on a.id = n.id
  where own.id = ${id}`

async function whyNot(db: Database, id: string): Promise<Problem> {
  const [there] = await db.query(sql`select from agreements where id = ${id} and deleted_at is null`)
  return there ? new Problem('not_found', `The agreement ${id} is not among those that match.`) : notFound(id)
}
