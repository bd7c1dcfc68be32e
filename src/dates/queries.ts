import { and, sql } from 'drizzle-orm'
import { lookUpParameters } from '../agreements/registry.ts'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { type Listed, limitOf, readCursor } from '../paging.ts'
import type { BodyReference } from '../signatories/schemas.ts'
import type { TimelineDate, TimelineQuery } from './schemas.ts'

interface Row {
  date: Omit<TimelineDate, 'signatory' | 'agreement'>
  signatory: BodyReference | null
  agreement: TimelineDate['agreement']
  key: string
}

/** A page of dates of agreements that are not deleted, the earliest first, unknown days last. */
export async function listDates(db: Database, query: TimelineQuery): Promise<Listed[]> {
  const { event, from, to, party, preferred } = query
  const parties = party && (await partyIds(db, party))
  const after = readCursor(query, 'date')
  const key = sql`coalesce(d.first_day, 'infinity'::date)`
  const rows = await db.query<Row>(sql`
    select ${key}::text as key,
      json_build_object('id', d.id, 'event', d.event, 'occurrence', d.occurrence, 'date', d.date,
        'firstDay', d.first_day, 'lastDay', d.last_day, 'effectiveDate', d.effective_date,
        'effectiveFirstDay', d.effective_first_day, 'effectiveLastDay', d.effective_last_day,
        'place', d.place, 'preferred', d.preferred, 'source', d.source_key, 'note', d.note) as date,
      case when s.id is not null then
        json_build_object('id', s.id, 'code', s.code, 'name', s.name, 'kind', s.kind) end as signatory,
      json_build_object('id', a.id, 'reference', a.reference, 'title', a.title) as agreement
    from dates d join agreements a on a.id = d.agreement_id left join signatories s on s.id = d.signatory_id
    where ${and(
      sql`a.deleted_at is null`,
      when(event, (events) => sql`d.event = any(${sql.param(events)}::text[])`),
      when(from, (day) => sql`d.last_day >= ${day}::date`),
      when(to, (day) => sql`d.first_day <= ${day}::date`),
      when(preferred, (said) => sql`d.preferred = ${said === 'true'}`),
      when(
        parties,
        (ids) => sql`exists (select from agreement_parties p
          where p.agreement_id = a.id and p.party_id = any(${sql.param(ids)}::uuid[]))`,
      ),
      when(after, ([day, id]) => sql`(${key}, d.id) > (${day}::date, ${id}::uuid)`),
    )}
    order by ${key}, d.id limit ${limitOf(query) + 1}`)
  return rows.map(({ date, signatory, agreement, key }) => ({
    id: date.id,
    key,
    document: JSON.stringify(inOrder({ ...date, signatory, agreement })),
  }))
}

/** The properties in the order in which an agreement shows them. */
const inOrder = ({ id, event, signatory, ...rest }: TimelineDate): TimelineDate => ({ id, event, signatory, ...rest })

async function partyIds(db: Database, party: string[]): Promise<string[]> {
  const registry = await lookUpParameters(db, { bodies: party.map((reference) => ({ reference, pointer: 'party' })) })
  return party.map((reference) => registry.party(registry.body(reference)).id)
}
