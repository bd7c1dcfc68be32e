import type { Day } from '../../shared/calendar.ts'
import { groupedBy } from '../../shared/grouped.ts'
import {
  type Act,
  type DatedAct,
  datedActsOf,
  jointActs,
  type LifecycleEvent,
  lifecycleEvents,
  type Status,
} from './lifecycle.ts'
import type { Standing } from './basis.ts'
import {
  inForcePeriods,
  periodsOf,
  type RulesOfEnd,
  type StatusPeriod,
  type StatusStart,
  statusStarts,
} from './status.ts'

/** A party to an agreement. */
export interface Party {
  id: string
  side: number
  /** Whether it takes part as a successor only. */
  isSuccessor: boolean
}

/** A period: `from` inclusive, `until` exclusive; null where unbounded. */
export interface Period {
  from: Day | null
  until: Day | null
}

export interface PartyInForce extends Party {
  /** When the agreement is in force for it. */
  inForce: Period[]
}

/** Acts by which a party alone can leave an agreement, or stop applying it. */
const ownActs: readonly LifecycleEvent[] = [
  'suspended',
  'resumed',
  'denounced',
  'withdrawn',
  'denunciation_revoked',
  'expired',
  'superseded',
  'terminated',
]

/** What follows from the acts of the parties. */
interface ForceByParty {
  starts: StatusStart[]
  /** The acts that count for each party; one list where all are the same. */
  counting: DatedAct[][]
  partiesOver: (standings: readonly Standing[]) => PartyInForce[]
}

/**
 * The statuses of an agreement, and when it is in force for each of its parties, within the periods in which it is in
 * force. Where a side has several parties, each can join, leave or suspend for itself: the agreement is in force as long
 * as it is in force for one party of each side.
 * @param dated the acts with their days, and the entry into force that follows from them: the one without a position
 */
export function forceByParty(
  acts: readonly Act[],
  dated: DatedAct[],
  parties: readonly Party[],
  rules: RulesOfEnd,
): ForceByParty {
  const sizes = groupedBy(parties, ({ side }) => side)
  const alone = new Set([...sizes.values()].flatMap((side) => (side.length === 1 ? [side[0]!.id] : [])))
  const isOfOne = ({ party, preferred }: Act): boolean => preferred && party !== null && !alone.has(party)
  const isDivided = acts.some((act) => isOfOne(act) && (ownActs.includes(act.event) || jointActs.includes(act.event)))
  const derived = dated.filter(({ at }) => at === -1)
  const actsOf = ({ id }: Party): DatedAct[] => [...datedActsOf(actsFor(id, acts, isOfOne)), ...derived]
  const counting = isDivided ? parties.map(actsOf) : [dated]
  const each = isDivided ? counting.map((own) => statusStarts(own, rules)) : []
  const successions = parties.map(({ id, isSuccessor }) => (isSuccessor ? firstSuccession(id, dated) : null))
  const starts = isDivided ? together(parties, each, successions) : statusStarts(dated, rules)
  return {
    starts,
    counting,
    partiesOver: (standings) =>
      parties.map((party, i) => {
        const own = isDivided ? inForceFor(standings, periodsOf(each[i]!)) : inForce(standings)
        const succession = successions[i]
        return { ...party, inForce: succession ? overlap(own, [{ from: succession.first, until: null }]) : own }
      }),
  }
}

/** The periods in force for a party. What a source states holds for all who have not left. */
function inForceFor(standings: readonly Standing[], own: readonly StatusPeriod[]): Period[] {
  const staying = own.filter(({ status }) => status !== 'terminated')
  return inForcePeriods(standings)
    .flatMap((one) => overlap([one], one.basis === 'stated' ? staying : inForce(own)))
    .reduce(joined, [])
}

/** The periods in force, each as long as possible. */
const inForce = (periods: readonly StatusPeriod[]): Period[] => inForcePeriods(periods).reduce(joined, [])

/** The list with one more period, joined with the last one if that ends where it begins. */
function joined(before: Period[], { from, until }: Period): Period[] {
  const last = before.at(-1)
  return last && last.until === from
    ? [...before.slice(0, -1), { from: last.from, until }]
    : [...before, { from, until }]
}

/** The acts that count for a party: its own, those of the agreement as a whole, and those of a side of one party. */
function actsFor(id: string, acts: readonly Act[], isOfOne: (act: Act) => boolean): Act[] {
  const isOfOther = (act: Act): boolean => isOfOne(act) && act.party !== id
  const keyOf = ({ event, occurrence }: Pick<Act, 'event' | 'occurrence'>): string => `${event} ${occurrence}`
  const own = new Set(datedActsOf(acts.filter((act) => isOfOne(act) && act.party === id)).map(keyOf))
  const counts = (act: Act): boolean =>
    // What it did itself replaces the joint act of all.
    jointActs.includes(act.event)
      ? act.party === id || !own.has(keyOf(act))
      : !ownActs.includes(act.event) || !isOfOther(act)
  // The others remain in the list, so that each act keeps its position.
  return acts.map((act) => (counts(act) ? act : { ...act, preferred: false }))
}

/** The act from which on a successor takes part; null when no day of it is known: it then always does. */
const firstSuccession = (id: string, dated: DatedAct[]): DatedAct | null =>
  dated
    .filter(({ event, party }) => event === 'succeeded' && party === id)
    .toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.last < b.last ? -1 : 1))[0] ?? null

/** The further of two statuses of one side counts, and the less far of the two sides. */
const order: readonly Status[] = [
  'terminated',
  'unknown',
  'negotiating',
  'signed',
  'provisionally_applied',
  'suspended',
  'in_force',
]
const rank = ({ status }: StatusStart): number => order.indexOf(status)

/**
 * The statuses of the agreement, from those of its parties. A side of which none takes part yet has those of its
 * successors.
 * @param successions the acts from which on the parties take part; null for those that always do
 */
function together(parties: readonly Party[], each: StatusStart[][], successions: (DatedAct | null)[]): StatusStart[] {
  const joined = successions.flatMap((act) => act?.first ?? [])
  const starting = each.flatMap((starts) => starts.flatMap(({ from }) => from ?? []))
  const days = [...new Set([...starting, ...joined])].toSorted()
  const sides = [...groupedBy(parties.keys(), (i) => parties[i]!.side).values()]
  const starts: StatusStart[] = []
  for (const day of [null, ...days]) {
    const on = (i: number) => each[i]!.findLast(({ from }) => from === null || (day !== null && from <= day))!
    const takesPart = (i: number): boolean => (successions[i]?.first ?? '') <= (day ?? '')
    const ofSides = sides.map((side) => {
      const present = side.filter(takesPart)
      return (present.length > 0 ? present : side).map(on).reduce(further)
    })
    const { status, endedBy, occurrence } = ofSides.reduce(nearer)
    if (starts.at(-1)?.status === status) continue
    const begun = [...each.flat(), ...successions.flatMap((act) => (act ? { from: act.first, exact: act.exact } : []))]
    const exact = begun.every((start) => start.from !== day || start.exact)
    starts.push({ status, from: day, endedBy, occurrence, exact })
  }
  return starts
}

/** Of two parties of a side; of two that left, the last one. */
const further = (a: StatusStart, b: StatusStart): StatusStart => ((rank(b) - rank(a) || byTime(b, a)) > 0 ? b : a)

/** Of two sides; of two that ended, the first one. */
const nearer = (a: StatusStart, b: StatusStart): StatusStart => ((rank(b) - rank(a) || byTime(b, a)) < 0 ? b : a)

/** By day, on one day in the order of the acts. */
function byTime(a: StatusStart, b: StatusStart): number {
  if (a.from !== b.from) return (a.from ?? '') < (b.from ?? '') ? -1 : 1
  const placeOf = ({ endedBy }: StatusStart): number => (endedBy === null ? -1 : lifecycleEvents.indexOf(endedBy))
  return a.occurrence - b.occurrence || placeOf(a) - placeOf(b)
}

/** The common part of two lists of periods in order. */
const overlap = (some: readonly Period[], others: readonly Period[]): Period[] =>
  some.flatMap((a) =>
    others.flatMap((b) => {
      const from = (a.from ?? '') > (b.from ?? '') ? a.from : b.from
      const until = (a.until ?? '~') < (b.until ?? '~') ? a.until : b.until
      return (from ?? '') < (until ?? '~') ? [{ from, until }] : []
    }),
  )
