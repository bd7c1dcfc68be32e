import type { Database, Statement } from '../../database/connect.ts'
import type { Author } from '../../http/routes.ts'
import { referenceKey } from '../../shared/identifiers.ts'
import { isUuid } from '../../shared/schemas.ts'
import { groupedBy } from '../../shared/grouped.ts'
import type { Parts } from './aggregate.ts'
import type { NamedRelation, References } from './lookup.ts'
import { publishAgain } from './republish.ts'

/** The relations of an agreement that the others show. */
const shownRelations = (parts: Parts | undefined): Parts['relations'] =>
  parts === undefined || parts.agreement.deletedAt !== null ? [] : parts.relations

/** The ids of the agreements at the other ends of relations that a write adds or removes: their `relatedBy` changes. */
export function otherEnds(before: Parts | undefined, after: Parts): string[] {
  const ends = new Set<string>()
  const keyOf = ({ kind, relatedId }: Parts['relations'][number]) => `${kind} ${relatedId}`
  const [old, now] = [before, after].map((parts) => groupedBy(shownRelations(parts), keyOf))
  for (const [key, [relation]] of [...old!, ...now!]) {
    if (old!.get(key)?.length !== now!.get(key)?.length) ends.add(relation!.relatedId)
  }
  return [...ends]
}

interface LockedEnd {
  id: string
  version: number
  format: number
  deleted: boolean
}

const lockStatement: Statement = {
  name: 'lock-both-ends',
  text: `
    with named as (
      select n.kind, coalesce(n.id, k.id) as id
      from unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) n (kind, id, reference, key)
      left join agreements k on k.reference_key in (n.reference, n.key) and k.deleted_at is null
    ), stored as (select kind, related_id as id from agreement_relations where agreement_id = $1)
    select id, version, format, deleted_at is not null as deleted from agreements
    where id = any(array(
      select $1::uuid
      union (select id from (table named except all table stored) added)
      union (select id from (table stored except all table named) removed)
    )) order by id for no key update`,
}

/**
 * Locks an agreement, and those to which it will have a relation more or less, in the order of their ids. All writes that
 * need several agreements lock them in this order, so that none waits for another in a circle.
 * @param relations the relations that others will see; none for an agreement that is deleted or was
 * @returns the agreement, if it is stored, and the other ends
 */
export async function lockBothEnds(
  db: Database,
  id: string,
  relations: NamedRelation[],
): Promise<{ own: LockedEnd | undefined; ends: string[] }> {
  const references = relations.map(({ agreement }) => (isUuid(agreement) ? null : agreement))
  const rows = await db.query<LockedEnd>(lockStatement, [
    id,
    relations.map(({ kind }) => kind),
    relations.map(({ agreement }) => (isUuid(agreement) ? agreement : null)),
    references,
    references.map((reference) => reference && referenceKey(reference)),
  ])
  const isOwn = (row: LockedEnd) => row.id === id.toLowerCase()
  return { own: rows.find(isOwn), ends: rows.flatMap((row) => (isOwn(row) ? [] : [row.id])) }
}

const shownEntriesStatement: Statement = {
  name: 'entries-of-other-ends',
  text: `select
    array(
      select signatory_id::text from signatures where agreement_id = any($1::uuid[])
      union select signatory_id::text from dates where agreement_id = any($1::uuid[]) and signatory_id is not null
    ) as bodies,
    array(select distinct domain_id::text from agreement_domains where agreement_id = any($1::uuid[])) as domains,
    array(
      select distinct collection_id::text from agreements where id = any($1::uuid[]) and collection_id is not null
    ) as collections`,
}

/** `references`, and the registry entries that other ends show: all entries of a transaction are locked together. */
export async function withEntriesOf(db: Database, references: References, ends: string[]): Promise<References> {
  if (ends.length === 0) return references
  const [shown] = await db.query<Record<'bodies' | 'domains' | 'collections', string[]>>(shownEntriesStatement, [ends])
  const all = (kind: 'bodies' | 'domains' | 'collections') => [
    ...(references[kind] ?? []),
    ...shown![kind].map((reference) => ({ reference })),
  ]
  return { ...references, bodies: all('bodies'), domains: all('domains'), collections: all('collections') }
}

const lockEndsStatement: Statement = {
  name: 'lock-other-ends',
  text: `select id, deleted_at is not null as deleted from agreements where id = any($1::uuid[])
    order by id for no key update`,
}

/**
 * Publishes the other ends of relations that were stored in this transaction. Deleted ones are only locked: they are
 * published when they are restored.
 */
export async function publishOtherEnds(db: Database, ends: string[], author: Author): Promise<void> {
  if (ends.length === 0) return
  const rows = await db.query<{ id: string; deleted: boolean }>(lockEndsStatement, [ends])
  const ids = rows.flatMap(({ id, deleted }) => (deleted ? [] : [id]))
  await publishAgain(db, ids, author.today, { cause: 'agreement', actor: author.actor, note: author.note }, true)
}
