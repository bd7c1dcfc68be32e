import { type Duration, parseDuration } from '../../shared/durations.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Agreement } from '../schemas.ts'
import {
  type Act,
  type EntryIntoForce,
  type EntryIntoForceOf,
  lifecycleEvents,
  type Span,
  type Term,
  type TermOf,
} from '../time/lifecycle.ts'
import type { Life } from '../time/timeline.ts'
import type { DateRow, Parts } from './aggregate.ts'

/** From what the timeline of an agreement follows, in its parts. The acts are in the order of the document. */
export function lifeOfParts({ agreement, dates, signatures }: Parts, registry: Registry): Life {
  const sides = sidesOf(
    signatures.map(({ side, signatoryId }) => {
      const body = registry.body(signatoryId)
      return { side, bodies: [body, ...registry.above(body)] }
    }),
  )
  return {
    acts: dates.toSorted(byDay).map((row) => actOf(row, row.signatoryId, sides)),
    term: agreement.term && termOf(agreement.term),
    entryIntoForce: agreement.entryIntoForce && entryOf(agreement.entryIntoForce),
    isBinding: agreement.binding === 'binding',
  }
}

/** The same in a published document. */
export function lifeOfDocument({ dates, signatories, term, entryIntoForce, binding }: Agreement): Life {
  const sides = sidesOf(
    signatories.map(({ side, signatory, ancestors }) => ({ side, bodies: [signatory, ...ancestors] })),
  )
  return {
    acts: dates.map((date) => actOf(date, date.signatory?.id ?? null, sides)),
    term: term && termOf(term),
    entryIntoForce: entryIntoForce && entryOf(entryIntoForce),
    isBinding: binding === 'binding',
  }
}

/** The side of each signatory and of the bodies above it, by id. */
const sidesOf = (signatures: { side: number; bodies: { id: string }[] }[]): Map<string, number> =>
  new Map(signatures.flatMap(({ side, bodies }) => bodies.map(({ id }) => [id, side] as const)))

type Dated = Omit<DateRow, 'id' | 'signatoryId' | 'place' | 'sourceKey' | 'note'>

const actOf = (date: Dated, signatory: string | null, sides: Map<string, number>): Act => ({
  event: date.event,
  signatory,
  side: signatory === null ? null : (sides.get(signatory) ?? null),
  occurrence: date.occurrence,
  date: spanOf(date.date, date.firstDay, date.lastDay),
  effective:
    date.effectiveDate === null ? null : spanOf(date.effectiveDate, date.effectiveFirstDay, date.effectiveLastDay),
  preferred: date.preferred,
})

const spanOf = (edtf: string, firstDay: string | null, lastDay: string | null): Span => ({
  text: edtf,
  firstDay,
  lastDay,
  exact: firstDay === edtf && lastDay === edtf,
})

const durationOf = (text: string | null): Duration | null => (text === null ? null : (parseDuration(text) ?? null))

export const termOf = ({ runsFrom, length, lastDay, atEnd, renewal, exit, sunset }: TermOf<string>): Term => ({
  runsFrom,
  length: durationOf(length),
  lastDay,
  atEnd,
  renewal: renewal && {
    length: durationOf(renewal.length),
    most: renewal.most,
    notice: durationOf(renewal.notice),
  },
  exit: exit && { ...exit, notice: durationOf(exit.notice) },
  sunset: durationOf(sunset),
})

export const entryOf = ({ on, delay, roundedUp }: EntryIntoForceOf<string>): EntryIntoForce => ({
  on,
  delay: durationOf(delay),
  roundedUp,
})

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0)
const unknownDay = '~'

/** The order of the dates in a document: by first possible day, unknown last; then in the usual order of acts. */
export const byDay = (a: DateRow, b: DateRow): number =>
  compare(a.firstDay ?? unknownDay, b.firstDay ?? unknownDay) ||
  compare(lifecycleEvents.indexOf(a.event), lifecycleEvents.indexOf(b.event)) ||
  compare(a.occurrence, b.occurrence) ||
  compare(a.id, b.id)
