import { fold } from '../../shared/text.ts'
import { actDays } from '../list/act-ranges.ts'
import type { DateRow, Parts } from './aggregate.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Agreement } from '../schemas.ts'
import { inForcePeriods, type StatusPeriod } from '../time/status.ts'

/** What a row comparison takes for a day that is unknown: such agreements come last in a descending list. */
const noDay = '-infinity'

/** The parties, each with its side and the day by which their lists are ordered; none of a deleted agreement. */
export function partyRows(parts: Parts, registry: Registry): Parts['parties'] {
  if (parts.agreement.deletedAt !== null) return []
  const signed = signatureDays(parts).signed ?? noDay
  const sideOf = new Map(
    parts.signatures.map(({ side, signatoryId }) => [registry.party(registry.body(signatoryId)).id, side]),
  )
  return [...sideOf].map(([partyId, side]) => ({ partyId, side, signed }))
}

/** What lists filter and sort by; nothing for a deleted agreement. `statuses` are all its periods, in order. */
export function listingOf(
  parts: Parts,
  document: Agreement,
  statuses: StatusPeriod[],
  registry: Registry,
): Parts['listing'] {
  const { agreement } = parts
  if (agreement.deletedAt !== null) return []
  const bodies = parts.signatures.map(({ signatoryId }) => registry.body(signatoryId))
  const domains = parts.domains.map(({ domainId }) => registry.domain(domainId))
  const parties = bodies.map(registry.party)
  const preferred = parts.dates.filter((date) => date.preferred)
  return [
    {
      type: agreement.type,
      binding: agreement.binding,
      status: document.status,
      ...signatureDays(parts),
      nextExpiry: document.nextExpiry,
      sortTitle: Array.from(fold(document.title)).slice(0, 200).join(''),
      updatedAt: agreement.updatedAt,
      inForce: `{${inForcePeriods(statuses).map(range).join(',')}}`,
      statuses: statuses.map(({ status }) => status),
      since: statuses.map(({ from }) => from ?? noDay),
      partyKinds: together(parties.map(({ kind }) => kind)),
      bodies: each(bodies.flatMap((body) => [body, ...registry.above(body)]).map(({ id }) => id)),
      domains: each(domains.flatMap((domain) => [domain, ...registry.broader(domain)]).map(({ id }) => id)),
      events: each(preferred.map(({ event }) => event)),
      acts: actDays(preferred.filter(isKnown)),
      ...boundsOf(preferred, statuses),
      warnings: each(document.warnings.map(({ code }) => code)),
    },
  ]
}

/** Kinds of parties, each once, as one text: `state+territory`. */
export const together = (kinds: readonly string[]): string => [...new Set(kinds)].toSorted().join('+')

const each = (values: string[]): string[] => [...new Set(values)]

interface SignatureDays {
  signed: string | null
  signedLast: string | null
}

/**
 * The first and the last day that its signature can have been on; agreements are ordered by the first. Where each side
 * signed on a day of its own, the later one, since only then was it signed; an exchange of notes is a signature too.
 */
function signatureDays({ dates }: Parts): SignatureDays {
  for (const event of ['signed', 'signed_definitively', 'notes_exchanged'] as const) {
    const acts = dates.filter((date) => date.event === event && date.preferred && date.firstDay !== null)
    const byDay = acts.toSorted((a, b) => (a.firstDay! < b.firstDay! ? -1 : 1))
    const act = byDay.find(({ signatoryId }) => signatoryId === null) ?? byDay.at(-1)
    if (act) return { signed: act.firstDay, signedLast: act.lastDay }
  }
  return { signed: null, signedLast: null }
}

const isKnown = ({ firstDay, lastDay }: DateRow): boolean => firstDay !== null || lastDay !== null

/**
 * Between which days its acts lie: bounds by which a list passes over what cannot match. An act can take effect before
 * it is done, and then its status begins before it.
 */
function boundsOf(dates: DateRow[], statuses: StatusPeriod[]): { firstAct: string | null; lastAct: string | null } {
  const known = dates.filter(isKnown)
  const began = statuses.flatMap(({ from }) => from ?? [])
  return {
    firstAct: [...known.map(({ firstDay }) => firstDay ?? noDay), ...began].toSorted(chronologically)[0] ?? null,
    lastAct:
      known
        .map(({ lastDay }) => lastDay ?? endless)
        .toSorted(chronologically)
        .at(-1) ?? null,
  }
}

const endless = 'infinity'

/** `-infinity` before all days and `infinity` after them, as text compares: `-` before digits before letters. */
const chronologically = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A period as PostgreSQL reads a range: the first day counts, the end day does not. */
const range = ({ from, until }: Pick<StatusPeriod, 'from' | 'until'>): string => `[${from ?? ''},${until ?? ''})`
