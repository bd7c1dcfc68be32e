import { isUuid } from '../../shared/schemas.ts'
import { isReserved } from '../reserved-references.ts'
import { groupedBy } from '../../shared/grouped.ts'
import type { BodyError } from '../../problems/problems.ts'
import { maxParts } from '../part-limits.ts'
import type { DateRow, Parts } from './aggregate.ts'
import type { Registry } from '../../registry/registry.ts'
import type { LookedUp } from './lookup.ts'

/** Maps `/list`, `/list/index` or `/list/index/field` of an agreement to a JSON Pointer into the request body. */
export type PointerTo = (...path: [list: string, index?: number, field?: string]) => string

/** For a body that is a whole agreement. */
export const inAgreement: PointerTo = (...path) => path.map((step) => `/${step}`).join('')

/** For a body that is one item of a list. Anything outside it keeps its pointer into the whole agreement. */
export const inItem =
  (list: string, index: number): PointerTo =>
  (...path) =>
    path[0] === list && path[1] === index ? `/${path[2]}` : inAgreement(...path)

/** The violations of the rules of the register in `parts`. */
export function brokenRules(
  parts: Parts,
  registry: LookedUp,
  pointerTo: PointerTo,
  before: Parts | undefined,
): BodyError[] {
  return [
    ...tooMany(parts),
    ...tooLarge(parts),
    ...(before && emptySides(before).length > 0 ? [] : oneSided(parts, pointerTo)),
    ...samePartyTwice(parts, registry, pointerTo),
    ...repeated(parts, pointerTo),
    ...unknownSources(parts, pointerTo),
    ...changesOfOtherActs(parts, pointerTo),
    ...ownRelations(parts, pointerTo),
    ...newToDeleted(parts, registry, pointerTo, before),
    ...unfitForPath(parts, pointerTo),
    ...badAddresses(parts, pointerTo),
  ]
}

/** A reference that could not be used in a path. */
function unfitForPath({ agreement: { reference } }: Parts, pointerTo: PointerTo): BodyError[] {
  if (reference === null) return []
  const pointer = pointerTo('reference')
  if (isUuid(reference)) return [{ pointer, code: 'looks_like_id', message: 'Must not look like a UUID.' }]
  if (!isReserved(reference)) return []
  const message = `Must be another text: \`${reference}\` can be a part of addresses, such as /v1/agreements/${reference}.`
  return [{ pointer, code: 'reserved', message }]
}

/** Addresses of the right form that no URL parser accepts, such as one with the port 99999. */
function badAddresses({ documents, sources }: Parts, pointerTo: PointerTo): BodyError[] {
  const check = (rows: { url: string | null }[], list: string): BodyError[] =>
    rows.flatMap(({ url }, i) =>
      url === null || URL.canParse(url)
        ? []
        : [{ pointer: pointerTo(list, i, 'url'), code: 'no_url', message: 'Must be a URL.' }],
    )
  return [...check(documents, 'documents'), ...check(sources, 'sources')]
}

function ownRelations({ agreement, relations }: Parts, pointerTo: PointerTo): BodyError[] {
  const message = 'An agreement must not have a relation to itself.'
  return relations.flatMap(({ relatedId }, i) =>
    relatedId === agreement.id
      ? [{ pointer: pointerTo('relations', i, 'agreement'), code: 'own_relation', message }]
      : [],
  )
}

/** What names a deleted agreement may stay as it is, so that an agreement can be sent back as it was read. */
function newToDeleted(
  { agreement: { term }, relations }: Parts,
  registry: LookedUp,
  pointerTo: PointerTo,
  before: Parts | undefined,
): BodyError[] {
  const error = (id: string, pointer: string): BodyError => {
    const message = `Agreement ${id} is deleted. Restore it first, or name another one.`
    return { pointer, code: 'deleted', message }
  }
  const isKept = (one: Parts['relations'][number]): boolean =>
    before?.relations.some(({ kind, relatedId }) => kind === one.kind && relatedId === one.relatedId) === true
  const umbrella = term?.endsWith ?? null
  const isNewUmbrella = umbrella !== (before?.agreement.term?.endsWith ?? null)
  return [
    ...relations.flatMap((one, i) =>
      registry.isDeleted(one.relatedId) && !isKept(one)
        ? [error(one.relatedId, pointerTo('relations', i, 'agreement'))]
        : [],
    ),
    ...(umbrella !== null && isNewUmbrella && registry.isDeleted(umbrella) ? [error(umbrella, '/term/endsWith')] : []),
  ]
}

function tooMany({ signatures, dates, domains, sources }: Parts): BodyError[] {
  const check = (rows: object[], max: number, what: string): BodyError[] =>
    rows.length <= max
      ? []
      : [{ pointer: '', code: 'too_many', message: `An agreement must have at most ${max} ${what}.` }]
  return [
    ...check(signatures, maxParts.signatories, 'signatories'),
    ...check(dates, maxParts.dates, 'dates'),
    ...check(domains, maxParts.researchDomains, 'research domains'),
    ...check(sources, maxParts.sources, 'sources'),
  ]
}

/** Maximum size of all parts of an agreement as JSON, in bytes; slightly more than a body of 2 MB can contain. */
const maxBytes = 2_500_000

function tooLarge(parts: Parts): BodyError[] {
  const { agreement, signatures, dates, sources, identifiers, documents, relations, claims, statusStatements } = parts
  const size = Buffer.byteLength(
    JSON.stringify([
      agreement,
      signatures,
      dates,
      sources,
      identifiers,
      documents,
      relations,
      claims,
      statusStatements,
    ]),
  )
  if (size <= maxBytes) return []
  return [{ pointer: '', code: 'too_large', message: 'An agreement with all its parts must be at most 2.5 MB.' }]
}

/** The sides on which nobody but witnesses signed. */
const emptySides = ({ signatures }: Pick<Parts, 'signatures'>): number[] =>
  [1, 2].filter((number) => !signatures.some(({ side, role }) => side === number && role !== 'witnessed'))

/** A bilateral agreement must have two sides, each with at least one signature that is not of a witness. */
function oneSided(parts: Parts, pointerTo: PointerTo): BodyError[] {
  const empty = emptySides(parts)
  if (empty.length === 0) return []
  const isWitnessed = parts.signatures.some(({ side }) => empty.includes(side))
  const which = empty.length === 2 ? 'Sides 1 and 2 have' : `Side ${empty[0]} has`
  const message = `${which} no signatory${isWitnessed ? ' that is not a witness' : ''}.`
  return [{ pointer: pointerTo('signatories'), code: 'one_sided', message }]
}

function samePartyTwice({ signatures }: Parts, registry: Registry, pointerTo: PointerTo): BodyError[] {
  const sideOf = new Map<string, number>()
  return signatures.flatMap(({ side, role, signatoryId }, i) => {
    if (role === 'witnessed') return []
    const party = registry.party(registry.body(signatoryId))
    const other = sideOf.get(party.id) ?? side
    sideOf.set(party.id, other)
    if (other === side) return []
    const message = `${party.name} (${party.code}) is already on side ${other}. A party must not be on both sides.`
    return [{ pointer: pointerTo('signatories', i, 'signatory'), code: 'same_party', message }]
  })
}

function repeated({ sources, identifiers, domains }: Parts, pointerTo: PointerTo): BodyError[] {
  const twice = (keys: string[], pointer: (i: number) => string, what: string): BodyError[] => {
    const first = new Map(keys.map((key, i) => [key, i] as const).toReversed())
    return keys.flatMap((key, i) => {
      if (first.get(key) === i) return []
      return [{ pointer: pointer(i), code: 'repeated', message: `Duplicate ${what} \`${key}\`.` }]
    })
  }
  return [
    ...twice(
      sources.map(({ key }) => key),
      (i) => pointerTo('sources', i, 'key'),
      'key',
    ),
    ...twice(
      identifiers.map(({ scheme, key }) => `${scheme}:${key}`),
      (i) => pointerTo('identifiers', i),
      'identifier',
    ),
    ...twice(
      domains.map(({ domainId }) => domainId),
      (i) => pointerTo('researchDomains', i),
      'research domain',
    ),
  ]
}

function changesOfOtherActs({ dates }: Parts, pointerTo: PointerTo): BodyError[] {
  const check = (field: 'extension' | 'term', of: DateRow['event'], code: string): BodyError[] =>
    dates.flatMap((date, i) =>
      date[field] === null || date.event === of
        ? []
        : [{ pointer: pointerTo('dates', i, field), code, message: `Must be null: only \`${of}\` can have it.` }],
    )
  return [...check('extension', 'extended', 'no_extension'), ...check('term', 'amended', 'no_amendment')]
}

function unknownSources(parts: Parts, pointerTo: PointerTo): BodyError[] {
  const { sources, signatures, dates, claims, statusStatements } = parts
  const keys = new Set(sources.map(({ key }) => key))
  const check = (rows: { sourceKey: string | null }[], list: string): BodyError[] =>
    rows.flatMap(({ sourceKey }, i) =>
      sourceKey === null || keys.has(sourceKey)
        ? []
        : [
            {
              pointer: pointerTo(list, i, 'source'),
              code: 'unknown_source',
              message: `The agreement has no source \`${sourceKey}\`.`,
            },
          ],
    )
  return [
    ...check(signatures, 'signatories'),
    ...check(dates, 'dates'),
    ...check(claims, 'claims'),
    ...check(statusStatements, 'statusStatements'),
  ]
}

/** A date before the preferred date of its act is decided; `preferred` is undefined if the client did not give it. */
export type UndecidedDate = Omit<DateRow, 'preferred'> & { preferred: boolean | undefined }

const actOf = ({ event, signatoryId, occurrence }: UndecidedDate): string => `${event} ${signatoryId} ${occurrence}`

/** Whether two dates belong to the same act: same event, signatory and occurrence. */
export const sameAct = (a: UndecidedDate, b: UndecidedDate): boolean => actOf(a) === actOf(b)

/**
 * Decides which date of each act is preferred. A date that the request marks as preferred replaces the previous one;
 * otherwise the previous one stays preferred, or else the first.
 * @param written the ids of the dates in the request
 * @returns the dates, and an error for each act with two preferred dates or none
 */
export function choosePreferred(
  dates: UndecidedDate[],
  written: ReadonlySet<string>,
  pointerTo: PointerTo,
): { dates: DateRow[]; errors: BodyError[] } {
  const errors: BodyError[] = []
  const chosen = new Map<string, string>()
  for (const [act, values] of groupedBy(dates.entries(), ([, date]) => actOf(date))) {
    const marked = values.filter(([, { id, preferred }]) => preferred && written.has(id))
    for (const [at] of marked.slice(1)) {
      const message = 'Another date of the same act is already preferred. Only one may be.'
      errors.push({ pointer: pointerTo('dates', at, 'preferred'), code: 'two_preferred', message })
    }
    const [, winner] =
      marked[0] ??
      values.find(([, { preferred }]) => preferred) ??
      values.find(([, { preferred }]) => preferred === undefined) ??
      []
    if (winner) chosen.set(act, winner.id)
    else {
      const message = 'One date of an act must be preferred. Set `preferred` on one, or leave `preferred` out.'
      errors.push({ pointer: pointerTo('dates', values[0]![0], 'preferred'), code: 'none_preferred', message })
    }
  }
  return { dates: dates.map((date) => ({ ...date, preferred: chosen.get(actOf(date)) === date.id })), errors }
}
