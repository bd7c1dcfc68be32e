import type { Day } from '../../shared/calendar.ts'
import { groupedBy } from '../../shared/grouped.ts'
import { type Act, type DatedAct, datedActsOf, jointActs, type LifecycleEvent, type Status } from './lifecycle.ts'
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

/**
 * The statuses of an agreement, and when it is in force for each of its parties, within the periods in which it is in force. Where a side has several parties, each can
 * join, leave or suspend for itself: the agreement is in force as long as it is in force for one party of each side.
 * @param dated the acts with their days, and the entry into force that follows from them: the one without a position
 */
export function forceByParty(
  acts: readonly Act[],
  dated: DatedAct[],
  parties: readonly Party[],
  rules: RulesOfEnd,
): { starts: StatusStart[]; partiesOver: (whole: Period[]) => PartyInForce[] } {
  const sizes = groupedBy(parties, ({ side }) => side)
  const alone = new Set([...sizes.values()].flatMap((side) => (side.length === 1 ? [side[0]!.id] : [])))
  const isOfOne = ({ party, preferred }: Act): boolean => preferred && party !== null && !alone.has(party)
  const isDivided = acts.some((act) => isOfOne(act) && (ownActs.includes(act.event) || jointActs.includes(act.event)))
  const derived = dated.filter(({ at }) => at === -1)
  const ofParty = ({ id }: Party) => statusStarts([...datedActsOf(actsFor(id, acts, isOfOne)), ...derived], rules)
  const each = isDivided ? parties.map(ofParty) : []
  const starts = isDivided ? together(parties, each) : statusStarts(dated, rules)
  return {
    starts,
    partiesOver: (whole) =>
      parties.map((party, i) => {
        const own = isDivided ? overlap(whole, inForce(periodsOf(each[i]!))) : whole
        return { ...party, inForce: party.isSuccessor ? overlap(own, sinceSuccession(party.id, acts)) : own }
      }),
  }
}

/** The periods in force, each as long as possible. */
export function inForce(periods: readonly Pick<StatusPeriod, 'status' | 'from' | 'until'>[]): Period[] {
  const joined: Period[] = []
  for (const { from, until } of inForcePeriods(periods)) {
    const last = joined.at(-1)
    if (last && last.until === from) last.until = until
    else joined.push({ from, until })
  }
  return joined
}

/** The acts that count for a party: its own, those of the agreement as a whole, and those of a side of one party. */
function actsFor(id: string, acts: readonly Act[], isOfOne: (act: Act) => boolean): Act[] {
  const isOfOther = (act: Act): boolean => isOfOne(act) && act.party !== id
  const keyOf = ({ event, occurrence }: Act): string => `${event} ${occurrence}`
  const own = new Set(acts.flatMap((act) => (act.party === id && act.preferred ? [keyOf(act)] : [])))
  return acts.filter((act) => {
    // What it did itself replaces the joint act of all.
    if (jointActs.includes(act.event)) return act.party === id || !own.has(keyOf(act))
    return !ownActs.includes(act.event) || !isOfOther(act)
  })
}

/** From when on a successor takes part; always when no day of its succession is known. */
function sinceSuccession(id: string, acts: readonly Act[]): Period[] {
  const days = datedActsOf(acts.filter(({ event, party }) => event === 'succeeded' && party === id))
  return [{ from: days.map(({ first }) => first).toSorted()[0] ?? null, until: null }]
}

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

/** The statuses of the agreement, from those of its parties. */
function together(parties: readonly Party[], each: StatusStart[][]): StatusStart[] {
  const days = [...new Set(each.flatMap((starts) => starts.flatMap(({ from }) => from ?? [])))].toSorted()
  const sides = [...groupedBy(parties.keys(), (i) => parties[i]!.side).values()]
  const starts: StatusStart[] = []
  for (const day of [null, ...days]) {
    const on = (i: number) => each[i]!.findLast(({ from }) => from === null || (day !== null && from <= day))!
    const ofSides = sides.map((side) => side.map(on).reduce(further))
    const { status, endedBy } = ofSides.reduce((a, b) => (rank(b) < rank(a) ? b : a))
    if (starts.at(-1)?.status === status) continue
    const exact = each.every((own) => own.every((start) => start.from !== day || start.exact))
    starts.push({ status, from: day, endedBy, exact })
  }
  return starts
}

/** Of two parties of a side; of two that left, the last one. */
const further = (a: StatusStart, b: StatusStart): StatusStart =>
  rank(b) > rank(a) || (rank(b) === rank(a) && (b.from ?? '') > (a.from ?? '')) ? b : a

/** The common part of two lists of periods in order. */
const overlap = (some: readonly Period[], others: readonly Period[]): Period[] =>
  some.flatMap((a) =>
    others.flatMap((b) => {
      const from = (a.from ?? '') > (b.from ?? '') ? a.from : b.from
      const until = (a.until ?? '~') < (b.until ?? '~') ? a.until : b.until
      return (from ?? '') < (until ?? '~') ? [{ from, until }] : []
    }),
  )
