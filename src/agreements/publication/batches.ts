import type { Statement } from '../../database/connect.ts'
import type { agreementChanges, RegistryName } from '../../registry/tables.ts'

/** Of what a change is recorded, so that the agreements that depend on it are published again. */
export type ChangeName = RegistryName | (typeof agreementChanges)[number]

/**
 * Maximum number of agreements and total bytes of their documents per transaction, because an editor of one of them has
 * to wait for it.
 */
export const batch = { agreements: 200, bytes: 1024 * 1024 }

/** Limits the agreements that `found` finds and locks to a batch, by the `size` of their documents. */
export const asBatch = (order: string, found: string): string => `
  select * from (
    select *, count(*) over ()::int as found, row_number() over in_order as place, sum(size) over in_order as bytes
    from (${found}) found window in_order as (order by ${order} rows unbounded preceding)
  ) found where place = 1 or bytes <= ${batch.bytes} order by ${order}`

export interface Shown {
  id: string
  /** Number of agreements found, of which the batch is the beginning. */
  found: number
}

const shown = 'a.id, octet_length(a.document) as size'

/** Of the agreements `a` that a change concerns: those after `$2`, up to `$3`; null: without a limit. */
const inRange = `($2::uuid is null or a.id > $2) and ($3::uuid is null or a.id <= $3) and a.deleted_at is null`

/** SQL for columns of the agreements `a` in the range that a change of `$1` concerns. */
type Concerned = (columns: string) => string

const dependingOnAgreement: Concerned = (columns) => `
  with touched (id) as (
    select id from agreements where ends_with = $1
    union select related_id from agreement_relations where agreement_id = $1
    union select agreement_id from agreement_relations
      where related_id = $1 and kind in ('supersedes', 'terminates', 'extends')
  )
  select ${columns} from agreements a join touched using (id) where ${inRange}`

const itself: Concerned = (columns) => `select ${columns} from agreements a where a.id = $1 and ${inRange}`

/**
 * The agreements that show an entry or one below it, or a successor in the time before the successor existed. Of an agreement:
 * those that end with it, to which it has relations (they show its name), that end it or that extend it.
 */
const concerned: Record<ChangeName, Concerned> = {
  signatory: (columns) => `
    with recursive under (id) as (
      select $1::uuid union select s.id from under join signatories s on s.parent_id = under.id
    ), later (id) as (
      select $1::uuid union select l.successor_id from later join signatory_predecessors l on l.predecessor_id = later.id
    ), touched (id) as (
      select agreement_id from signatures where signatory_id in (select id from under)
      union select agreement_id from dates where signatory_id in (select id from under)
      union select named.agreement_id from later join signatories s on s.id = later.id cross join lateral (
        select agreement_id from signatures where signatory_id = s.id
        union all select agreement_id from dates where signatory_id = s.id
      ) named left join agreement_listings a on a.agreement_id = named.agreement_id
      where a.agreement_id is null or a.first_act < s.valid_from_day
    )
    select ${columns} from agreements a join touched using (id) where ${inRange}`,
  agreement: dependingOnAgreement,
  released_agreement: itself,
  dependent_agreement: itself,
  research_domain: (columns) => `
    with recursive under (id) as (
      select $1::uuid union select d.id from under join research_domains d on d.broader_id = under.id
    )
    select ${columns} from agreements a
    where a.id in (select agreement_id from agreement_domains where domain_id in (select id from under)) and ${inRange}`,
  collection: (columns) => `select ${columns} from agreements a where a.collection_id = $1 and ${inRange}`,
}

/** Finds and locks the next `$4` agreements in the range, ordered by id. */
export const showing = (change: ChangeName): Statement => ({
  name: `agreements-showing-${change}`,
  text: asBatch('id', `${concerned[change](shown)} order by a.id limit $4 for no key update of a`),
})

/** Number of agreements in each part of a change that is divided: three batches. */
const partSize = 3 * batch.agreements

/** Divides the agreements in the range into parts: the last id of each part but the last one. */
export const endsOfParts = (change: ChangeName): Statement => ({
  name: `parts-of-${change}`,
  text: `select id from (
      ${concerned[change]('a.id, row_number() over (order by a.id) as place, count(*) over () as found')}
    ) numbered where place % ${partSize} = 0 and place < found order by id`,
})
