import type { Agreement } from '../../src/agreements/schemas.ts'
import { lifeOf } from './plain-time.ts'

export type Query = Record<string, string | string[]>

export const asQuery = (query: Query): string =>
  Object.entries(query)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}=${encodeURIComponent(one)}`))
    .join('&')

/** The query with the bounds of each period in order, since a period that ends before it begins is refused. */
export function withPeriods<Value extends string | string[]>(query: Record<string, Value>): Record<string, Value> {
  const ordered = { ...query }
  for (const [from, first] of Object.entries(query)) {
    const to = from.replace(/from$/, 'to').replace(/From$/, 'To')
    const last = query[to]
    if (last !== undefined && String(first) > String(last)) Object.assign(ordered, { [from]: last, [to]: first })
  }
  return ordered
}

const signing = (a: Agreement) =>
  a.dates.find((date) => date.preferred && date.event === 'signed' && (date.firstDay ?? date.lastDay) !== null)

/** The first and the last possible day of signature, with texts before and after all days where open. */
const signed = (a: Agreement): { first: string; last: string } | undefined => {
  const date = signing(a)
  return date && { first: date.firstDay ?? '', last: date.lastDay ?? '~' }
}
const partiesOf = (a: Agreement) => a.parties

/** Whether all parties on one side are of the one kind, and all on the other side of the other, either way round. */
function areOfKinds(a: Agreement, kinds: string): boolean {
  const sideIs = (number: number, wanted: string): boolean => {
    const own = a.parties.filter(({ side }) => side === number).map(({ kind }) => kind)
    return wanted === 'mixed' ? new Set(own).size > 1 : own.every((kind) => kind === wanted)
  }
  const [one = '', other = ''] = kinds.split(',')
  return (sideIs(1, one) && sideIs(2, other)) || (sideIs(1, other) && sideIs(2, one))
}

/** A naive version of each filter that has a meaning by itself, for a document. */
export const predicates: Record<string, (a: Agreement, values: string[]) => boolean> = {
  id: (a, ids) => ids.includes(a.id),
  reference: (a, references) => references.includes(a.reference!),
  identifier: (a, identifiers) => a.identifiers.some(({ scheme, value }) => identifiers.includes(`${scheme}:${value}`)),
  q: (a, [words]) =>
    JSON.stringify([a.title, a.summary, a.researchDomains]).toLowerCase().includes(words!.replaceAll('"', '')),
  party: (a, codes) => partiesOf(a).some(({ code }) => codes.includes(code)),
  pair: (a, [pair]) => {
    const [one, other] = pair!.split(',').map((wanted) => a.parties.find(({ code }) => code === wanted)?.side)
    return one !== undefined && other !== undefined && one !== other
  },
  signatory: (a, codes) =>
    a.signatories.some(
      ({ role, signatory, ancestors }) =>
        role !== 'witnessed' && [signatory, ...ancestors].some(({ code }) => codes.includes(code)),
    ),
  partyKind: (a, kinds) => partiesOf(a).every(({ kind }) => kinds.includes(kind)),
  kinds: (a, asked) => asked.some((kinds) => areOfKinds(a, kinds)),
  researchDomain: (a, codes) =>
    a.researchDomains.some((domain) =>
      [domain, ...domain.ancestors].some((d) => codes.includes(`${d.scheme}:${d.code}`)),
    ),
  collection: (a, codes) => a.collection !== null && codes.includes(a.collection.code),
  type: (a, types) => types.includes(a.type),
  binding: (a, bindings) => bindings.includes(a.binding),
  status: (a, statuses) => statuses.includes(a.status),
  statusBasis: (a, bases) => bases.includes(a.statusBasis),
  signedFrom: (a, [day]) => (signed(a)?.last ?? '') >= day!,
  signedTo: (a, [day]) => (signed(a)?.first ?? '~') <= day!,
  event: (a, events) => a.dates.some((date) => date.preferred && events.includes(date.event)),
  expiresFrom: (a, [day]) => (a.nextExpiry ?? '') >= day!,
  expiresTo: (a, [day]) => (a.nextExpiry ?? '~') <= day!,
  updatedSince: (a, [instant]) => new Date(a.updatedAt) >= new Date(instant!),
  warning: (a, codes) => a.warnings.some(({ code }) => codes.includes(code)),
}

/** Whether an agreement matches a whole query: `on` and the bounds of an event modify other filters. */
export function matches(a: Agreement, query: Query): boolean {
  const { status, statusBasis, on, event, eventFrom, eventTo, inForceOn, ...rest } = query
  const bound = (day: Query[string] | undefined, unless: string) => (day as string | undefined) ?? unless
  const period = [bound(eventFrom, ''), bound(eventTo, '~')] as const
  const bounded = (eventFrom ?? eventTo) !== undefined
  const happened = ({ event: act, preferred, firstDay, lastDay }: Agreement['dates'][number]): boolean =>
    preferred &&
    (event === undefined || [event].flat().includes(act)) &&
    (!bounded || ((firstDay ?? lastDay) !== null && (lastDay ?? '~') >= period[0] && (firstDay ?? '') <= period[1]))
  const standing = () => (on === undefined ? a : lifeOf(a).on(on as string))
  return (
    Object.entries(rest).every(([name, value]) => predicates[name]!(a, [value].flat())) &&
    ((event === undefined && !bounded) || a.dates.some(happened)) &&
    (status === undefined || [status].flat().includes(standing().status)) &&
    (statusBasis === undefined || [statusBasis].flat().includes(standing().statusBasis)) &&
    (inForceOn === undefined || lifeOf(a).on(inForceOn as string).status === 'in_force')
  )
}

/** The sort key of each order as text; unknown values sort first where they come last in a descending list. */
export const order: Record<string, (a: Agreement) => string> = {
  '-signed': (a) => signed(a)?.first ?? '',
  signed: (a) => signed(a)?.first ?? '~',
  '-updated': (a) => a.updatedAt,
  updated: (a) => a.updatedAt,
  expires: (a) => a.nextExpiry ?? '~',
}
