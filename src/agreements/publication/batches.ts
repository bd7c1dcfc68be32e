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
  /** Whether its publication has failed before. */
  failed: boolean
}

const shown = `a.id, octet_length(a.document) as size,
  exists (select from publication_failures f where f.agreement_id = a.id) as failed`

const dependingOnAgreement: Statement = {
  name: 'agreements-depending-on-agreement',
  text: asBatch(
    'id',
    `with touched (id) as (
      select id from agreements where ends_with = $1
      union select related_id from agreement_relations where agreement_id = $1
      union select agreement_id from agreement_relations
        where related_id = $1 and kind in ('supersedes', 'terminates', 'extends')
    )
    select ${shown} from agreements a join touched using (id)
    where ($2::uuid is null or a.id > $2) and a.deleted_at is null order by a.id limit $3 for no key update of a`,
  ),
}

const itself: Statement = {
  name: 'agreement-itself',
  text: asBatch(
    'id',
    `select ${shown} from agreements a
    where a.id = $1 and ($2::uuid is null or a.id > $2) and a.deleted_at is null limit $3 for no key update of a`,
  ),
}

/**
 * The agreements after `$2` that show an entry or one below it, or a successor in the time before the successor existed,
 * ordered by id. Of an agreement: those that end with it, to which it has relations (they show
 * its name), that end it or that extend it.
 */
export const showing: Record<ChangeName, Statement> = {
  signatory: {
    name: 'agreements-showing-signatory',
    text: asBatch(
      'id',
      `with recursive under (id) as (
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
      select ${shown} from agreements a join touched using (id)
      where ($2::uuid is null or a.id > $2) and a.deleted_at is null order by a.id limit $3 for no key update of a`,
    ),
  },
  agreement: dependingOnAgreement,
  released_agreement: itself,
  dependent_agreement: itself,
  research_domain: {
    name: 'agreements-showing-domain',
    text: asBatch(
      'id',
      `with recursive under (id) as (
        select $1::uuid union select d.id from under join research_domains d on d.broader_id = under.id
      )
      select ${shown} from agreements a
      where a.id in (select agreement_id from agreement_domains where domain_id in (select id from under))
        and ($2::uuid is null or a.id > $2) and a.deleted_at is null order by a.id limit $3 for no key update of a`,
    ),
  },
  collection: {
    name: 'agreements-showing-collection',
    text: asBatch(
      'id',
      `select ${shown} from agreements a
      where a.collection_id = $1 and ($2::uuid is null or a.id > $2) and a.deleted_at is null
      order by a.id limit $3 for no key update of a`,
    ),
  },
}
