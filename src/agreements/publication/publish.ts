import { setImmediate } from 'node:timers/promises'
import { currentInstant } from '../../database/clock.ts'
import type { Database, Statement } from '../../database/connect.ts'
import { noAgreement } from '../queries.ts'
import { type BodyError, ruleBroken } from '../../problems/problems.ts'
import { type AsShown, compareShown, referenceErrors } from '../../http/as-shown.ts'
import { requireMatch } from '../../http/responses.ts'
import { wordsIn } from '../../shared/text.ts'
import { turnFor } from '../../shared/turn.ts'
import { lookUpEarlierBodies } from './earlier-bodies.ts'
import { changesForOthers, lookUpOthers, Others, outlookOfParts, timelineOfParts } from './others.ts'
import { cycleErrors } from './cycles.ts'
import { collectionReference, coveredDomain, documentOf, signatoryReference } from './representation.ts'
import { isListed, listingOf, pairRows, partyRows } from './list-row.ts'
import {
  loadParts,
  type Parts,
  positioned,
  type Publication,
  sameParts,
  store,
  type VersionColumns,
} from './aggregate.ts'
import type { Author } from '../../http/routes.ts'
import { refuseTaken } from './conflicts.ts'
import { brokenRules, inAgreement, type PointerTo } from './rules.ts'
import { type LookedUp, lookUp, type References } from './lookup.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Agreement } from '../schemas.ts'
import { changesAfter, type Due, type Timeline } from '../time/timeline.ts'
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
      const [registry, now] = await Promise.all([lookUp(db, references), clock(db)])
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
  const [locked, [before], now] = await Promise.all([
    lock(db, edit.id, operation === 'restored'),
    // Statements that come after the lock, and see what it waited for.
    loadParts(db, [edit.id]),
    clock(db),
  ])
  const tag = versionTag(locked.version, locked.format)
  requireMatch(edit.ifMatch, tag, locked.version)
  if (!before) throw noAgreement(edit.id)
  const registry = await lookUp(db, withOwn(edit.references ?? {}, before))
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

/** Locks only the agreement. Its parts must be read by a later statement, which sees the edits that the lock waited for. */
async function lock(db: Database, id: string, includeDeleted: boolean): Promise<{ version: number; format: number }> {
  const [row] = await db.query<{ version: number; format: number; deleted: boolean }>(lockStatement, [id])
  if (!row || (row.deleted && !includeDeleted)) throw noAgreement(id)
  return row
}

const clockStatement: Statement = {
  name: 'clock',
  text: `select ${currentInstant} as now`,
}

/** The time of the database. Must be taken after the locks that order the publications of an agreement. */
export const clock = async (db: Database): Promise<string> => (await db.query<{ now: string }>(clockStatement))[0]!.now

/** The references of an edit and all registry entries that the parts show. */
export function withOwn(
  { bodies = [], domains = [], collections = [], agreements = [] }: References,
  parts: Parts,
): References {
  const own = (ids: (string | null)[]) => ids.filter((id) => id !== null).map((reference) => ({ reference }))
  return {
    bodies: [...bodies, ...own([...parts.signatures, ...parts.dates].map(({ signatoryId }) => signatoryId))],
    domains: [...domains, ...own(parts.domains.map(({ domainId }) => domainId))],
    collections: [...collections, ...own([parts.agreement.collectionId])],
    agreements,
  }
}

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
  return { tag: publication.columns.version, document: publication.document }
}

interface Circumstances {
  before: Parts | undefined
  /** RFC 3339, UTC. */
  now: string
  today: string
  history: VersionColumns
  /** Default: no other agreement matters. */
  others?: Others
}

/** The next version of an agreement: its document and everything derived from it, not yet stored. */
export function publicationOf(
  changed: Parts,
  registry: Registry,
  { before, now, today, history, others = new Others() }: Circumstances,
): Publication {
  const last = before?.agreement
  const agreement: Parts['agreement'] = {
    ...changed.agreement,
    version: (last?.version ?? 0) + 1,
    updatedAt: last && last.updatedAt > now ? last.updatedAt : now,
  }
  const timeline = timelineOfParts(changed, registry, others)
  const document = documentOf({ ...changed, agreement }, registry, timeline, today, others)
  const listing = isListed(agreement, registry)
    ? listingOf({ ...changed, agreement }, document, timeline, registry)
    : undefined
  const after: Parts = {
    ...changed,
    agreement,
    outlook: outlookOfParts(changed, timeline, registry),
    identifiers: changed.identifiers.map((row) => ({ ...row, active: agreement.deletedAt === null })),
    listing: listing ? [listing] : [],
    parties: listing ? partyRows(timeline, listing) : [],
    pairs: listing ? pairRows(timeline, listing) : [],
    due: listing ? dueRows(timeline.due) : [],
  }
  return {
    before,
    after,
    history,
    columns: derivedColumns(after, timeline, today),
    document: JSON.stringify(document),
    words: wordsOf(document, after, registry),
    told: changesForOthers(before, after),
  }
}

const dueRows = (due: Due[]): Parts['due'] =>
  due.map(({ of: _, endedBy: __, approximate: ___, stops: ____, ...series }, position) => ({ position, ...series }))

function derivedColumns(parts: Parts, timeline: Timeline, today: string): Publication['columns'] {
  const ofSide = (number: number) =>
    parts.signatures.find(({ side, role }) => side === number && role !== 'witnessed')?.id ?? null
  const [side1SignatureId, side2SignatureId] = [ofSide(1), ofSide(2)]
  return {
    ...parts.agreement,
    changesOn: changesAfter(timeline, today),
    judgedOn: today,
    endsWith: parts.agreement.term?.endsWith ?? null,
    outlook: parts.outlook,
    side1SignatureId,
    side2SignatureId,
    mayBeOneSided: side1SignatureId === null || side2SignatureId === null,
  }
}

/** Maximum characters of words per agreement, so that the vector stays well below its limit of 1 MB. */
const maxWordsLength = 200_000

/** A letter of no language between two texts, so that no phrase matches across them. */
const separator = ' \u02ad '

/** The words for full-text search as input of `search_vector`: one line per weight, the most important first. */
export function wordsOf(document: Agreement, parts: Parts, registry: Registry): string {
  const bodies = parts.signatures.flatMap(({ signatoryId }) => {
    const body = registry.body(signatoryId)
    return [body, ...registry.above(body)]
  })
  const lines = [
    [document.reference, document.title, ...document.alternativeTitles.map(({ title }) => title)],
    [
      ...bodies.flatMap(({ code, name }) => [code, name]),
      ...document.identifiers.map(({ scheme, value }) => `${scheme} ${value}`),
      ...bodies.flatMap(({ aliases }) => aliases),
    ],
    [
      ...document.signatories.flatMap(({ representative }) => [representative?.name, representative?.office]),
      ...document.dates.map(({ place }) => place),
      ...document.researchDomains.flatMap((domain) => [domain, ...domain.ancestors].map(({ label }) => label)),
    ],
    [document.summary],
  ]
  let left = maxWordsLength
  const words = lines.map((texts) => {
    const line = wordsWithin([...new Set(texts.flatMap((text) => text || []))], left)
    left -= line.length
    return line
  })
  return words.join('\n')
}

/** The words of the texts in order, in at most `maxLength` characters; the rest is ignored. */
function wordsWithin(texts: string[], maxLength: number): string {
  let words = ''
  for (const text of texts) {
    if (words.length >= maxLength) break
    words += `${words === '' ? '' : separator}${wordsIn(text.slice(0, maxLength)).join(' ')}`
  }
  return words.slice(0, maxLength)
}
