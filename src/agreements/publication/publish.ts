import { setImmediate } from 'node:timers/promises'
import type { Database, Statement } from '../../database/connect.ts'
import { noAgreement } from '../queries.ts'
import { type BodyError, ruleBroken } from '../../problems/problems.ts'
import { type AsShown, compareShown, referenceErrors } from '../../http/as-shown.ts'
import { requireMatch } from '../../http/responses.ts'
import { turnFor } from '../../shared/turn.ts'
import { lookUpEarlierBodies } from './earlier-bodies.ts'
import { lookUpOthers } from './others.ts'
import { cycleErrors } from './cycles.ts'
import { clock, publicationOf, withOwn } from './publication.ts'
import { lockBothEnds, otherEnds, publishOtherEnds, withEntriesOf } from './related.ts'
import { collectionReference, coveredDomain, signatoryReference } from './representation.ts'
import { loadParts, type Parts, positioned, sameParts, store, type VersionColumns } from './aggregate.ts'
import type { Author } from '../../http/routes.ts'
import { refuseTaken } from './conflicts.ts'
import { brokenRules, inAgreement, type PointerTo } from './rules.ts'
import { type LookedUp, lookUp, type References } from './lookup.ts'
import type { Agreement } from '../schemas.ts'
import { versionTag } from './upcast.ts'

/** A published agreement: its document as JSON text, and the value of its entity tag. */
export interface Published {
  tag: number | string
  document: string
}

/** Publishes a new agreement, `id`. `parts` builds its parts from the registry entries in `references`. */
export const createAgreement = (
  db: Database,
  author: Author,
  references: References,
  id: string,
  change: (registry: LookedUp, now: string) => Change,
  asShown?: AsShown,
): Promise<Published> =>
  db.transaction(
    async (db) => {
      const { relations = [] } = references
      const { ends } = relations.length === 0 ? { ends: [] } : await lockBothEnds(db, id, relations)
      const all = await withEntriesOf(db, references, ends)
      const [registry, now] = await Promise.all([lookUp(db, all), clock(db)])
      const { parts, errors: broken = [] } = change(registry, now)
      const errors = [...referenceErrors(compareShown(asShown, undefined).references, entriesIn(registry)), ...broken]
      const publishing = { author, registry, now, operation: 'created', pointerTo: inAgreement, errors } as const
      return publish(db, publishing, undefined, positioned(parts))
    },
    { readsFirst: true, toFindOut: `GET /v1/agreements/${id} is 200 if it was stored, and 404 if it was not.` },
  )

/** The result of an edit; callers may add properties of their own. */
export interface Change {
  parts: Parts
  /** Needed when the request body is not the whole agreement. */
  pointerTo?: PointerTo
  /** Rules broken by how the request writes it. */
  errors?: BodyError[]
}

export interface Edit<Made extends Change> {
  id: string
  ifMatch: string | undefined
  author: Author
  /** References of the edit, in addition to those that the agreement already has. */
  references?: References
  /** What the request body has as GET shows it, and the part of the document that is its current state. */
  asShown?: AsShown | undefined
  currentIn?: (document: Agreement) => unknown
  /** May throw a Problem. */
  change: (parts: Parts, registry: LookedUp, now: string) => Made
  operation?: VersionColumns['operation']
}

/**
 * The only way to change any part of an agreement: with its row locked, in one transaction that ends in a publication.
 * If nothing changes, nothing is published. Edits of the same agreement in this process run one after the other.
 * @returns what was published, with everything that `change` returned
 * @throws Problem 404, `stale`, or 422 when a rule of the register would be broken
 */
export const editAgreement = <Made extends Change>(db: Database, edit: Edit<Made>): Promise<Made & Published> =>
  db.transaction((db) => editLocked(db, edit), { turn: `agreement ${edit.id.toLowerCase()}`, readsFirst: true })

async function editLocked<Made extends Change>(db: Database, edit: Edit<Made>): Promise<Made & Published> {
  const { author, change, operation = 'updated' } = edit
  const [locked, [before]] = await Promise.all([
    lock(db, edit),
    // A statement that comes after the lock, and sees what it waited for.
    loadParts(db, [edit.id]),
  ])
  const tag = versionTag(locked.version, locked.format)
  requireMatch(edit.ifMatch, tag, locked.version)
  if (!before) throw noAgreement(edit.id)
  const all = await withEntriesOf(db, withOwn(edit.references ?? {}, before), locked.ends)
  // The time after the locks of the entries, so that what waited for a merge is later than it.
  const [registry, now] = await Promise.all([lookUp(db, all), clock(db)])
  const made = change(before, registry, now)
  const after = positioned(made.parts)
  const { pointerTo = inAgreement } = made
  const errors = [...(await errorsInShown(edit, before, registry)), ...(made.errors ?? [])]
  if (errors.length === 0 && sameParts(before, after)) return { ...made, tag, document: before.document }
  const publishing = { author, registry, now, operation, pointerTo, errors }
  return { ...made, ...(await publish(db, publishing, before, after)) }
}

/** What the request body has otherwise than the document shows it. */
async function errorsInShown(
  { asShown, currentIn = (document) => document }: Pick<Edit<Change>, 'asShown' | 'currentIn'>,
  { document }: Parts,
  registry: LookedUp,
): Promise<BodyError[]> {
  if (!asShown) return []
  await turnFor(document.length)
  const { errors, references } = compareShown(asShown, currentIn(JSON.parse(document) as Agreement))
  return [...errors, ...referenceErrors(references, entriesIn(registry))]
}

/** The entries of the registries as documents show them; the fields say of which registry it is. */
const entriesIn =
  (registry: LookedUp) =>
  (reference: string, fields: ReadonlySet<string>): object | undefined => {
    if (fields.has('label')) {
      return registry.hasDomain(reference) ? coveredDomain(registry.domain(reference), registry) : undefined
    }
    if (fields.has('kind')) {
      return registry.hasBody(reference) ? signatoryReference(registry.body(reference)) : undefined
    }
    return registry.hasCollection(reference) ? collectionReference(registry.collection(reference)) : undefined
  }

const lockStatement: Statement = {
  name: 'lock-agreement',
  text: `select version, format, deleted_at is not null as deleted from agreements where id = $1 for no key update`,
}

interface Locked {
  version: number
  format: number
  /** The agreements at the other ends of relations that the edit adds or removes. */
  ends: string[]
}

/**
 * Locks the agreement, and others only if its relations to them change. Its parts must be read by a later statement, which
 * sees the edits that the lock waited for.
 */
async function lock(db: Database, { id, operation = 'updated', references }: Edit<Change>): Promise<Locked> {
  const relations = operation === 'updated' ? references?.relations : []
  const { own, ends } =
    relations === undefined ? { own: await lockOne(db, id), ends: [] } : await lockBothEnds(db, id, relations)
  if (!own || (own.deleted && operation !== 'restored')) throw noAgreement(id)
  return { ...own, ends }
}

const lockOne = async (db: Database, id: string) =>
  (await db.query<{ version: number; format: number; deleted: boolean }>(lockStatement, [id]))[0]

interface Publishing {
  author: Author
  registry: LookedUp
  /** RFC 3339, UTC. */
  now: string
  operation: VersionColumns['operation']
  pointerTo: PointerTo
  /** What breaks a rule in how the request writes it. */
  errors: BodyError[]
}

async function publish(
  db: Database,
  publishing: Publishing,
  before: Parts | undefined,
  changed: Parts,
): Promise<Published> {
  const { author, registry, now, operation, pointerTo } = publishing
  const errors = [...registry.unknown, ...publishing.errors, ...brokenRules(changed, registry, pointerTo, before)]
  if (errors.length > 0) throw ruleBroken(errors)
  const [, cycles] = await Promise.all([
    refuseTaken(db, before, changed, pointerTo),
    cycleErrors(db, before, changed, pointerTo),
    lookUpEarlierBodies(db, registry, [changed]),
  ])
  if (cycles.length > 0) throw ruleBroken(cycles)
  const others = await lookUpOthers(db, [changed])
  await setImmediate()
  const publication = publicationOf(changed, registry, {
    before,
    now,
    today: author.today(now),
    others,
    history: { operation, cause: 'edit', actor: author.actor, note: author.note },
  })
  await store(db, [publication])
  await publishOtherEnds(db, otherEnds(before, changed), author)
  return { tag: publication.columns.version, document: publication.document }
}
