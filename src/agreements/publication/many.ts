import { setImmediate } from 'node:timers/promises'
import type { Database } from '../../database/connect.ts'
import type { Author } from '../../http/routes.ts'
import { type BodyError, inBody, type PlacedError } from '../../problems/problems.ts'
import { unknownReference } from '../../registry/lookup.ts'
import type { AgreementReplacement } from '../schemas.ts'
import { type Parts, positioned, type Publication, sameParts, store } from './aggregate.ts'
import { type ClaimedValues, takenValues } from './conflicts.ts'
import { lookUpEarlierBodies } from './earlier-bodies.ts'
import { wholeParts, wholeReferences } from './from-request.ts'
import { type LookedUp, lookUp, type References } from './lookup.ts'
import { cycleErrors } from './cycles.ts'
import { lookUpOthers } from './others.ts'
import { clock, publicationOf } from './publication.ts'
import { otherEnds, publishOtherEnds } from './related.ts'
import { brokenRules, inAgreement } from './rules.ts'

/** A whole agreement to be stored: a new one, or one that replaces `before`. */
export interface Write {
  id: string
  input: AgreementReplacement
  /** Must be locked. */
  before?: Parts
  /** Whether it has other errors: it is only checked, to tell all of them, and claims no values. */
  isFaulty?: boolean
}

/** What would become of a write: all its errors (none, perhaps, if it is faulty), or its parts. `isUnchanged`: they are those of before. */
type Checked = { errors: BodyError[] } | { before: Parts | undefined; after: Parts; isUnchanged: boolean }

/** Agreements that were checked together, and what is needed to publish them. */
export interface CheckedWrites {
  checked: Checked[]
  registry: LookedUp
  /** RFC 3339, UTC. */
  now: string
}

/** Agreements are compared and serialized this many at a time, with other requests in between. */
const perTurn = 5

/**
 * Checks many agreements by the rules of the register: one lookup of everything that they refer to, and one query for
 * unique values. Of two that claim the same reference or identifier, the second has the error. Two that together make a
 * cycle are not refused: relations by which one ends another must be added one by one.
 * @param claimed the unique values of agreements before them, to which theirs are added
 */
export async function checkMany(db: Database, writes: Write[], claimed: ClaimedValues): Promise<CheckedWrites> {
  const references = new DistinctReferences(writes.map(({ input }) => wholeReferences(input)))
  const registry = await lookUp(db, references.all())
  const now = await clock(db)
  const made: { parts: Parts; errors: BodyError[] }[] = []
  for (const [i, { id, input, before }] of writes.entries()) {
    if (i % perTurn === 0) await setImmediate()
    const { parts, errors } = wholeParts(input, id, registry, before?.agreement.createdAt ?? now, before)
    const after = positioned(parts)
    const broken = brokenRules(after, registry, inAgreement, before)
    const unknown = references.unknownOf(i, registry)
    const cycles = unknown.length > 0 ? [] : await cycleErrors(db, before, after, inAgreement)
    made.push({ parts: after, errors: [...unknown, ...errors, ...broken, ...cycles] })
  }
  const taken = await takenValues(
    db,
    made.map(({ parts }, i) => ({ before: writes[i]!.before, after: parts })),
  )
  const checked = made.map(({ parts: after, errors }, i): Checked => {
    const { before, isFaulty = false } = writes[i]!
    const all = [...errors, ...taken[i]!, ...claimed.rivalsOf(after)]
    if (isFaulty || all.length > 0) return { errors: all }
    claimed.claim(after)
    return { before, after, isUnchanged: before !== undefined && sameParts(before, after) }
  })
  return { checked, registry, now }
}

/**
 * After which parts of all publications those made since the last step are stored, however many there are. The first step is
 * small, so that PostgreSQL, which takes longer, begins early.
 */
const steps = [1 / 16, 3 / 16, 7 / 16, 1]

/**
 * The documents of checked agreements, in the same order; undefined where there is an error, or nothing changes.
 * @param isMade called with some of them as soon as they are made
 */
export async function publicationsOf(
  db: Database,
  { checked, registry, now }: CheckedWrites,
  author: Author,
  isMade: (some: Publication[]) => void = () => {},
): Promise<(Publication | undefined)[]> {
  const changed = checked.map((one) => ('errors' in one || one.isUnchanged ? undefined : one))
  const after = changed.flatMap((one) => one?.after ?? [])
  await lookUpEarlierBodies(db, registry, after)
  const others = await lookUpOthers(db, after)
  const publications: (Publication | undefined)[] = []
  const ends = steps.map((part) => Math.ceil(part * after.length))
  let [made, count]: [Publication[], number] = [[], 0]
  for (const one of changed) {
    if (publications.length % perTurn === 0) await setImmediate()
    const publication =
      one &&
      publicationOf(one.after, registry, {
        before: one.before,
        now,
        today: author.today(now),
        others,
        history: {
          operation: one.before ? 'updated' : 'created',
          cause: 'edit',
          actor: author.actor,
          note: author.note,
        },
      })
    publications.push(publication)
    if (!publication) continue
    made.push(publication)
    count += 1
    if (!ends.includes(count)) continue
    isMade(made)
    made = []
  }
  return publications
}

/**
 * Makes the documents of checked agreements and stores them, and then those at the other ends of their relations: PostgreSQL stores some while the next ones are made. Ends only
 * when no statement is under way, also if one fails: it would come after the end of the transaction.
 */
export async function storeChecked(
  db: Database,
  all: CheckedWrites,
  author: Author,
): Promise<(Publication | undefined)[]> {
  let storing: Promise<void> = Promise.resolve()
  const making = publicationsOf(db, all, author, (some) => {
    storing = storing.then(() => storeMany(db, some))
    // Thrown below.
    storing.catch(() => {})
  })
  const [made] = await Promise.allSettled([making])
  await storing
  if (made.status === 'rejected') throw made.reason
  const ends = all.checked.flatMap((one) =>
    'errors' in one || one.isUnchanged ? [] : otherEnds(one.before, one.after),
  )
  await publishOtherEnds(db, [...new Set(ends)], author)
  return made.value
}

/** Maximum size of the documents that one statement stores, in UTF-16 units, unless a single one is larger. */
const maxStored = 4 * 1024 * 1024

/** Stores publications, in one statement unless their documents are large. */
async function storeMany(db: Database, publications: Publication[]): Promise<void> {
  let [batch, size]: [Publication[], number] = [[], 0]
  for (const publication of publications) {
    if (batch.length > 0 && size + publication.document.length > maxStored) {
      await store(db, batch)
      ;[batch, size] = [[], 0]
    }
    batch.push(publication)
    size += publication.document.length
  }
  if (batch.length > 0) await store(db, batch)
}

/** What becomes of a write: all its errors, or what was published; `unchanged` when there was nothing to publish. */
export type Outcome = { errors: BodyError[] } | { publication: Publication } | { unchanged: Parts }

/**
 * Checks many agreements and stores those without errors: the same as one by one, with a number of queries that does not
 * depend on how many they are. Must run in a transaction; a unique value that another transaction takes meanwhile fails it.
 * @returns what becomes of each, in their order
 */
export async function publishMany(
  db: Database,
  author: Author,
  writes: Write[],
  claimed: ClaimedValues,
): Promise<Outcome[]> {
  const all = await checkMany(db, writes, claimed)
  const publications = await storeChecked(db, all, author)
  return all.checked.map((one, i): Outcome => {
    if ('errors' in one) return { errors: one.errors }
    const publication = publications[i]
    return publication ? { publication } : { unchanged: one.after }
  })
}

const nouns = {
  bodies: 'signatory',
  domains: 'research domain',
  collections: 'collection',
  agreements: 'agreement',
} as const
type Kind = keyof typeof nouns
const kinds = Object.keys(nouns) as Kind[]

const perKind = <Value>(of: (kind: Kind) => Value): Record<Kind, Value> =>
  Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as Record<Kind, Value>

/** The references of many writes, each of which is looked up once. */
class DistinctReferences {
  readonly #ofEach: References[]
  readonly #distinct: Record<Kind, string[]>

  constructor(ofEach: References[]) {
    this.#ofEach = ofEach
    const distinct = (kind: Kind) => [
      ...new Set(ofEach.flatMap((one) => (one[kind] ?? []).map(({ reference }) => reference))),
    ]
    this.#distinct = perKind(distinct)
  }

  /** Their places are those in the lists of distinct references: an error tells which one it is about. */
  all(): References {
    const named = (kind: Kind) =>
      this.#distinct[kind].map((reference, i) => ({ reference, at: inBody(`/${kind}/${i}`) }))
    return perKind(named)
  }

  /** The errors of one write for what does not exist. */
  unknownOf(write: number, registry: LookedUp): BodyError[] {
    if (registry.unknown.length === 0) return []
    const isThere = {
      bodies: registry.hasBody,
      domains: registry.hasDomain,
      collections: registry.hasCollection,
      agreements: registry.hasAgreement,
    }
    return kinds.flatMap((kind) =>
      (this.#ofEach[write]![kind] ?? []).flatMap(({ reference, at }) => {
        if (at?.in !== 'body' || isThere[kind](reference)) return []
        const place = `/${kind}/${this.#distinct[kind].indexOf(reference)}`
        const found = registry.unknown.find(({ pointer }) => pointer === place)
        return [{ ...(found ?? withoutPlace(unknownReference(nouns[kind], { reference, at }))), pointer: at.pointer }]
      }),
    )
  }
}

const withoutPlace = ({ at: _, ...finding }: PlacedError) => finding
