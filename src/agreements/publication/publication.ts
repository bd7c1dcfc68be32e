import { currentInstant } from '../../database/clock.ts'
import type { Database, Statement } from '../../database/connect.ts'
import { wordsIn } from '../../shared/text.ts'
import { changesForOthers, Others, outlookOfParts, timelineOfParts } from './others.ts'
import { documentOf } from './representation.ts'
import { isListed, listingOf, pairRows, partyRows } from './list-row.ts'
import type { Parts, Publication, VersionColumns } from './aggregate.ts'
import type { References } from './lookup.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Agreement } from '../schemas.ts'
import { changesAfter, type Due, type Timeline } from '../time/timeline.ts'

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
  const listing = isListed(agreement, registry) ? listingOf(document, timeline) : undefined
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
