import { identifierKey, referenceKey } from '../../shared/identifiers.ts'
import { fold } from '../../shared/text.ts'
import { actDays } from '../list/act-ranges.ts'
import type { AgreementDate } from '../dates/schemas.ts'
import type { Parts } from './aggregate.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Agreement } from '../schemas.ts'
import { kindsOfSides } from '../side-kinds.ts'
import { inForcePeriods, type StatusPeriod } from '../time/status.ts'
import type { PartyInForce, Period } from '../time/parties.ts'
import type { Timeline } from '../time/timeline.ts'

/** An unknown day in a row comparison: such agreements come last in a descending list. */
const unknownFirst = '-infinity'

/** Whether lists, searches, counts and exports have it: it is not deleted, and its collection is listed. */
export const isListed = ({ deletedAt, collectionId }: Parts['agreement'], registry: Registry): boolean =>
  deletedAt === null && (collectionId === null || registry.collection(collectionId).listed)

/** The most values and periods that an entry of an index has: together they stay below its limit of 2,700 bytes. */
const maxIndexed = 64

/** When an agreement is in force for all of these parties; null when that is too much for an index. */
function inForceForAll(parties: PartyInForce[], { standings }: Timeline, { partiesInForce, inForce }: Listing) {
  const all = [inForcePeriods(standings), ...parties.map((party) => party.inForce)]
  if (all.some((periods) => periods.length > maxIndexed)) return null
  return partiesInForce === null ? inForce : multirange(all.reduce(overlaps))
}

/** The periods that are within both of two lists, each in order. */
function overlaps(some: readonly Period[], others: readonly Period[]): Period[] {
  const [[a, ...rest], [b, ...left]] = [some, others]
  if (!a || !b) return []
  const from = a.from === null || (b.from !== null && b.from > a.from) ? b.from : a.from
  const endsFirst = a.until !== null && (b.until === null || a.until < b.until)
  const until = endsFirst ? a.until : b.until
  const both = from !== null && until !== null && from >= until ? [] : [{ from, until }]
  return [...both, ...(endsFirst ? overlaps(rest, others) : overlaps(some, left))]
}

/** The parties of a listed agreement, each with its side, the day by which its list is sorted, and what filters it. */
export function partyRows(timeline: Timeline, listing: Listing): Parts['parties'] {
  const { domains } = listing
  return timeline.parties.map((party) => ({
    partyId: party.id,
    side: party.side,
    signed: signedKey(timeline),
    domains: domains.length > maxIndexed ? null : domains,
    inForce: inForceForAll([party], timeline, listing),
  }))
}

/** The pairs of parties on opposite sides of a listed agreement. */
export function pairRows(timeline: Timeline, listing: Listing): Parts['pairs'] {
  const [side1, side2] = [1, 2].map((number) => timeline.parties.filter(({ side }) => side === number))
  return side1!.flatMap((party) =>
    side2!.map((opposite) => {
      const [one, other] = [party.id, opposite.id].toSorted() as [string, string]
      return { one, other, signed: signedKey(timeline), inForce: inForceForAll([party, opposite], timeline, listing) }
    }),
  )
}

const signedKey = ({ signature }: Timeline): string => signature?.first ?? unknownFirst

type Listing = Parts['listing'][number]

/**
 * The columns of a listed agreement for filters and sorting.
 * @param document of the current format
 * @param timeline of the document
 */
export function listingOf(document: Agreement, timeline: Timeline): Listing {
  const { standings, signature } = timeline
  const { parties } = document
  const bodies = document.signatories.flatMap(({ role, signatory, ancestors }) =>
    role === 'witnessed' ? [] : [signatory, ...ancestors],
  )
  const domains = document.researchDomains.flatMap((domain) => [domain, ...domain.ancestors])
  const preferred = document.dates.filter((date) => date.preferred)
  return {
    type: document.type,
    binding: document.binding,
    collectionId: document.collection && document.collection.id,
    status: document.status,
    statusBasis: document.statusBasis,
    signed: signature && (signature.first ?? unknownFirst),
    signedLast: signature && (signature.last ?? unknownLast),
    nextExpiry: document.nextExpiry,
    sortTitle: Array.from(fold(document.title)).slice(0, 200).join(''),
    updatedAt: document.updatedAt,
    inForce: multirange(inForcePeriods(standings)),
    parties: parties.map(({ id }) => id),
    partiesInForce: inForceOfEach(timeline),
    statuses: standings.map(({ status }) => status),
    bases: standings.map(({ basis }) => basis),
    since: standings.map(({ from }) => from ?? unknownFirst),
    partyKinds: joinKinds(parties.map(({ kind }) => kind)),
    sideKinds: kindsOfSides(parties),
    hasTerm: document.term !== null,
    bodies: distinct(bodies.map(({ id }) => id)),
    domains: distinct(domains.map(({ id }) => id)),
    events: distinct(preferred.map(({ event }) => event)),
    acts: actDays(preferred.filter(isKnown)),
    ...boundsOf(preferred, standings),
    warnings: distinct(document.warnings.map(({ code }) => code)),
  }
}

/** What the listing of a version has of a document besides. */
export const listedWith = ({ reference, identifiers, parties }: Agreement) => ({
  referenceKey: reference === null ? null : referenceKey(reference),
  identifiers: identifiers.map((identifier) => `${identifier.scheme}:${identifierKey(identifier)}`),
  sides: parties.map(({ side }) => side),
})

/** The distinct kinds of parties as one text: `state+territory`. */
export const joinKinds = (kinds: readonly string[]): string => [...new Set(kinds)].toSorted().join('+')

const distinct = (values: string[]): string[] => [...new Set(values)]

const isKnown = ({ firstDay, lastDay }: AgreementDate): boolean => firstDay !== null || lastDay !== null

/**
 * The bounds of its acts, by which a list skips agreements that cannot match. An act can take effect before its own day,
 * so the first days of statuses count too.
 */
function boundsOf(
  dates: AgreementDate[],
  statuses: StatusPeriod[],
): { firstAct: string | null; lastAct: string | null } {
  const known = dates.filter(isKnown)
  const began = statuses.flatMap(({ from }) => from ?? [])
  return {
    firstAct: [...known.map(({ firstDay }) => firstDay ?? unknownFirst), ...began].toSorted(chronologically)[0] ?? null,
    lastAct:
      known
        .map(({ lastDay }) => lastDay ?? unknownLast)
        .toSorted(chronologically)
        .at(-1) ?? null,
  }
}

const unknownLast = 'infinity'

/** Also correct for `-infinity` and `infinity`, because `-` sorts before digits, and digits before letters. */
const chronologically = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** When it is in force for each party; null when for all of them as for the agreement. */
function inForceOfEach({ parties, standings }: Timeline): string[] | null {
  const each = parties.map(({ inForce }) => multirange(inForce))
  const all = multirange(inForcePeriods(standings))
  return each.every((one) => one === all) ? null : each
}

const multirange = (periods: Period[]): string => `{${periods.map(range).join(',')}}`

/** A period as a range literal: first day inclusive, end day exclusive. */
const range = ({ from, until }: Period): string => `[${from ?? ''},${until ?? ''})`
