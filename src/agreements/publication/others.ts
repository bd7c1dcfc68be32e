import type { Database, Statement } from '../../database/connect.ts'
import { groupedBy } from '../../shared/grouped.ts'
import type { Registry } from '../../registry/registry.ts'
import type { EndingRelation } from '../tables.ts'
import type { Outlook } from '../time/lifecycle.ts'
import { type EndByOther, endBySuccessor, endsWithUmbrella, outlookOf } from '../time/other-agreements.ts'
import { type Timeline, timelineOf } from '../time/timeline.ts'
import type { Agreement } from '../schemas.ts'
import type { Parts, Publication } from './aggregate.ts'
import { lifeOfDocument } from './life.ts'
import { lifeOfParts } from './life-of-parts.ts'
import { currentDocument, type StoredDocument } from './upcast.ts'

/** What an agreement shows of another one, and what follows from that. */
export interface Other {
  id: string
  reference: string | null
  title: string
  outlook: Outlook
}

/** A relation by which another agreement ends this one. */
interface Successor {
  kind: EndingRelation
  by: Other
}

/** The relations that others have to an agreement: the first ones, and how many there are. */
type RelatedBy = Pick<Agreement, 'relatedBy'> & { relatedByTotal: number }

/** The agreements that others name, by which they end, or that have relations to them. Deleted ones are left out. */
export class Others {
  readonly #named: ReadonlyMap<string, Other>
  readonly #successors: ReadonlyMap<string, Successor[]>
  readonly #relatedBy: ReadonlyMap<string, RelatedBy>

  constructor(
    named: ReadonlyMap<string, Other> = new Map(),
    successors: ReadonlyMap<string, Successor[]> = new Map(),
    relatedBy: ReadonlyMap<string, RelatedBy> = new Map(),
  ) {
    this.#named = named
    this.#successors = successors
    this.#relatedBy = relatedBy
  }

  /** Undefined when it is deleted. */
  get = (id: string): Other | undefined => this.#named.get(id)

  /** The agreements that supersede or terminate the one with this id. */
  successorsOf = (id: string): Successor[] => this.#successors.get(id) ?? []

  /** The relations that others have to the one with this id. */
  relatedBy = (id: string): RelatedBy => this.#relatedBy.get(id) ?? { relatedBy: [], relatedByTotal: 0 }
}

const endingRelations: readonly string[] = ['supersedes', 'terminates'] satisfies EndingRelation[]

interface EndingRelationOf {
  kind: EndingRelation
  relatedId: string
  /** Its position among all relations. */
  index: number
}

/** The positions of the relations by which an agreement extends others, with the ids of these. */
export const extendingRelationsOf = ({ relations }: Pick<Parts, 'relations'>): { relatedId: string; index: number }[] =>
  relations.flatMap(({ kind, relatedId }, index) => (kind === 'extends' ? [{ relatedId, index }] : []))

/** The relations by which an agreement ends others. */
export const endingRelationsOf = ({ relations }: Pick<Parts, 'relations'>): EndingRelationOf[] =>
  relations.flatMap(({ kind, relatedId }, index) =>
    endingRelations.includes(kind) ? [{ kind: kind as EndingRelation, relatedId, index }] : [],
  )

/** The ids of the parties, from the registry. */
const partyIds = ({ signatures }: Pick<Parts, 'signatures'>, registry: Registry): string[] =>
  signatures.flatMap(({ role, signatoryId }) =>
    role === 'witnessed' ? [] : [registry.party(registry.body(signatoryId)).id],
  )

interface Row {
  id: string
  reference: string | null
  title: string
  outlook: Outlook | null
  kind: EndingRelation | null
  ended: string | null
  related: RelatedBy | null
}

/** Limits the size of the document of an agreement to which many others have relations. */
const maxRelatedBy = 100

/** Other agreements by id, then by kind: the order of the relations within an agreement does not matter. */
const relatedByStatement = `
  select json_build_object(
    'relatedBy', (
      select coalesce(json_agg(json_build_object(
        'kind', f.kind, 'agreement', json_build_object('id', f.id, 'reference', f.reference, 'title', f.title)
      ) order by f.id, f.kind), '[]')
      from (
        select r.kind, a.id, a.reference, a.title from agreement_relations r join agreements a on a.id = r.agreement_id
        where r.related_id = t.id and a.deleted_at is null order by a.id, r.kind limit ${maxRelatedBy}
      ) f
    ),
    'relatedByTotal', (
      select count(*) from agreement_relations r join agreements a on a.id = r.agreement_id
      where r.related_id = t.id and a.deleted_at is null
    )
  )`

const othersStatement: Statement = {
  name: 'other-agreements',
  text: `
    select id, reference, title, outlook, null as kind, null as ended, null::json as related from agreements
    where id = any($2::uuid[]) and deleted_at is null
    union all
    select a.id, a.reference, a.title, a.outlook, r.kind, r.related_id, null from agreement_relations r
    join agreements a on a.id = r.agreement_id
    where r.related_id = any($1::uuid[]) and r.kind in ('supersedes', 'terminates') and a.deleted_at is null
    union all
    select t.id, null, null, null, null, null, (${relatedByStatement}) from unnest($1::uuid[]) t (id)
    where exists (select from agreement_relations r where r.related_id = t.id)
    order by id, kind`,
}

const documentsStatement: Statement = {
  name: 'documents-of-others',
  text: 'select id, document, format from agreements where id = any($1::uuid[])',
}

/**
 * Looks up the agreements on which `all` depend. They are not locked: when one changes, those that depend on it are
 * published again afterwards, and so is an agreement that came to depend on it meanwhile.
 */
export async function lookUpOthers(db: Database, all: Parts[]): Promise<Others> {
  // No other agreement can name one that is not stored yet.
  const stored = all.filter(({ document }) => document !== '').map(({ agreement }) => agreement.id)
  const named = all.flatMap((parts) => [
    ...[...endingRelationsOf(parts), ...extendingRelationsOf(parts)].map(({ relatedId }) => relatedId),
    ...(parts.agreement.term?.endsWith ? [parts.agreement.term.endsWith] : []),
  ])
  if (stored.length + named.length === 0) return new Others()
  const found = await db.query<Row>(othersStatement, [stored, named])
  const rows = found.filter(({ related }) => related === null)
  const outlooks = await outlooksOf(db, rows)
  const others = new Map(
    rows.map(({ id, reference, title }) => [id, { id, reference, title, outlook: outlooks.get(id)! }] as const),
  )
  const successors = rows.flatMap(({ id, kind, ended }) =>
    kind === null || ended === null ? [] : [{ ended, kind, by: others.get(id)! }],
  )
  return new Others(
    others,
    groupedBy(successors, ({ ended }) => ended),
    new Map(found.flatMap(({ id, related }) => (related === null ? [] : [[id, related] as const]))),
  )
}

/** Agreements that were published before outlooks were stored have theirs in the document. */
async function outlooksOf(db: Database, rows: Row[]): Promise<Map<string, Outlook>> {
  const missing = rows.filter(({ outlook }) => outlook === null).map(({ id }) => id)
  const documents =
    missing.length === 0 ? [] : await db.query<StoredDocument & { id: string }>(documentsStatement, [missing])
  return new Map([
    ...rows.flatMap(({ id, outlook }) => (outlook === null ? [] : [[id, outlook] as const])),
    ...documents.map((row) => [row.id, outlookOfDocument(currentDocument(row))] as const),
  ])
}

const outlookOfDocument = (document: Agreement): Outlook =>
  outlookOf(
    timelineOf(lifeOfDocument(document)),
    document.parties.map(({ id }) => id),
  )

export const outlookOfParts = (parts: Parts, timeline: Timeline, registry: Registry): Outlook =>
  outlookOf(timeline, partyIds(parts, registry))

/** Limits the size of the document; further ends could only matter to an agreement that was revived as often. */
const maxEndsByOthers = 100

const byDay = (a: EndByOther, b: EndByOther): number => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0)

/** The ends of an agreement that follow from others. @param own its outlook without them */
function endsByOthers({ agreement }: Parts, own: Outlook, others: Others): EndByOther[] {
  const succeeded = others.successorsOf(agreement.id).flatMap(({ kind, by }): EndByOther[] => {
    const end = endBySuccessor(own, by.outlook)
    const event = kind === 'supersedes' ? 'superseded' : 'terminated'
    return typeof end === 'string' ? [] : [{ event, ...end, by: by.id }]
  })
  const umbrella = agreement.term?.endsWith ? others.get(agreement.term.endsWith) : undefined
  const expired = umbrella
    ? endsWithUmbrella(own, umbrella.outlook).map((end): EndByOther => ({ event: 'expired', ...end, by: umbrella.id }))
    : []
  return [...succeeded, ...expired].toSorted(byDay).slice(0, maxEndsByOthers)
}

/** The timeline of an agreement, with the ends that follow from others. */
export function timelineOfParts(parts: Parts, registry: Registry, others: Others): Timeline {
  const alone = timelineOf(lifeOfParts(parts, registry, []))
  const ends = endsByOthers(parts, outlookOfParts(parts, alone, registry), others)
  return ends.length === 0 ? alone : timelineOf(lifeOfParts(parts, registry, ends))
}

/**
 * The changes by which other agreements must be published again: that of the agreement itself, if something that matters
 * to others has changed or it newly ends one; and each that it no longer ends. If it newly depends on another, which can
 * change at the same time, it is checked once more itself.
 */
export function changesForOthers(before: Parts | undefined, after: Parts): Publication['told'] {
  const { id, deletedAt, term } = after.agreement
  const [formerly, ending] = [before ? endingRelationsOf(before) : [], endingRelationsOf(after)]
  const isRestored = before !== undefined && before.agreement.deletedAt !== null && deletedAt === null
  const isEnding = ending.some((one) => !formerly.some((former) => isSame(former, one)))
  const umbrella = term?.endsWith ?? null
  const formerlyExtended = before ? extendingRelationsOf(before).map(({ relatedId }) => relatedId) : []
  const isExtending = extendingRelationsOf(after).some(({ relatedId }) => !formerlyExtended.includes(relatedId))
  const isUnder = umbrella !== null && umbrella !== (before?.agreement.term?.endsWith ?? null)
  const released = formerly.filter((former) => !ending.some(({ relatedId }) => relatedId === former.relatedId))
  const isChanged = before !== undefined && factsOf(before) !== factsOf(after)
  return [
    ...(isChanged || isEnding ? [{ registry: 'agreement', id } as const] : []),
    ...released.map(({ relatedId }) => ({ registry: 'released_agreement', id: relatedId }) as const),
    ...(isEnding || isExtending || isUnder || isRestored ? [{ registry: 'dependent_agreement', id } as const] : []),
  ]
}

const isSame = (a: EndingRelationOf, b: EndingRelationOf): boolean => a.kind === b.kind && a.relatedId === b.relatedId

/** What others show of an agreement, or derive from it. */
function factsOf({ agreement: { reference, title, deletedAt }, outlook, document }: Parts): string {
  const known = outlook ?? outlookOfDocument(JSON.parse(document) as Agreement)
  return JSON.stringify([reference, title, deletedAt === null, orderOf(known)])
}

/** The same in a fixed order: a document or a column can have the properties in another one. */
const orderOf = ({ parties, begins, entry, ends, isExtended }: Outlook) => [
  isExtended,
  parties,
  begins,
  entry && [entry.day, entry.exact],
  ends.map(({ day, exact, until }) => [day, exact, until]),
]
