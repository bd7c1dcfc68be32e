import { type Duration, parseDuration } from '../../shared/durations.ts'
import type { AgreementDate } from '../dates/schemas.ts'
import type { Agreement } from '../schemas.ts'
import {
  type Act,
  type EntryIntoForce,
  type EntryIntoForceOf,
  type Extension,
  type ExtensionOf,
  type Span,
  type Term,
  type TermOf,
} from '../time/lifecycle.ts'
import type { Party } from '../time/parties.ts'
import type { SignatureRole } from '../signatures/tables.ts'
import type { Life } from '../time/timeline.ts'

/** From what the timeline of an agreement follows, in a published document. */
export function lifeOfDocument(document: Agreement): Life {
  const { dates, signatories, term, entryIntoForce, binding, statusStatements } = document
  const signed = signatories.map(({ side, role, party, signatory, ancestors }) => ({
    side,
    role,
    party,
    bodies: [signatory, ...ancestors],
  }))
  const places = placesOf(signed)
  return {
    acts: dates.map((date) => actOf(date, date.signatory?.id ?? null, places)),
    term: term && termOf(term),
    entryIntoForce: entryIntoForce && entryOf(entryIntoForce),
    parties: partiesOf(signed),
    isBinding: binding === 'binding',
    statements: statusStatements,
    ends: document.endsByOthers.map(({ event, day, approximate, agreement }) => ({
      event,
      day,
      exact: !approximate,
      by: agreement.id,
    })),
  }
}

/** A signature with the party for which it was given, and the signatory with the bodies above it. */
interface Signed {
  side: number
  role: SignatureRole
  party: { id: string }
  bodies: { id: string }[]
}

/** The parties of an agreement, each once, in the order of their signatures. A witness makes no party. */
export function partiesOf(signed: Pick<Signed, 'side' | 'role' | 'party'>[]): Party[] {
  const parties = new Map<string, Party>()
  for (const { side, role, party } of signed) {
    if (role === 'witnessed') continue
    const isSuccessor = role === 'succeeded' && (parties.get(party.id)?.isSuccessor ?? true)
    parties.set(party.id, { id: party.id, side: parties.get(party.id)?.side ?? side, isSuccessor })
  }
  return [...parties.values()]
}

interface Place {
  side: number
  party: string
}

/**
 * The side and the party of each signatory that is not a witness and of the bodies above it, by id. A body can be above
 * several: its own signature decides, then those given for its own party. A state is also above its territories, which are
 * parties of their own.
 */
export function placesOf(signed: Signed[]): Map<string, Place> {
  const parties = signed.filter(({ role }) => role !== 'witnessed')
  const placesIn = (bodiesOf: (one: Signed) => { id: string }[]) =>
    parties.flatMap((one) => bodiesOf(one).map(({ id }) => [id, { side: one.side, party: one.party.id }] as const))
  const upToParty = ({ bodies, party }: Signed) => bodies.slice(0, bodies.findIndex(({ id }) => id === party.id) + 1)
  return new Map([
    ...placesIn(({ bodies }) => bodies),
    ...placesIn(upToParty),
    ...placesIn(({ bodies }) => bodies.slice(0, 1)),
  ])
}

type Dated = Pick<
  AgreementDate,
  | 'event'
  | 'occurrence'
  | 'date'
  | 'firstDay'
  | 'lastDay'
  | 'effectiveDate'
  | 'effectiveFirstDay'
  | 'effectiveLastDay'
  | 'preferred'
  | 'extension'
  | 'term'
>

export const actOf = (date: Dated, signatory: string | null, places: Map<string, Place>): Act => ({
  event: date.event,
  signatory,
  party: signatory === null ? null : (places.get(signatory)?.party ?? null),
  side: signatory === null ? null : (places.get(signatory)?.side ?? null),
  occurrence: date.occurrence,
  date: spanOf(date.date, date.firstDay, date.lastDay),
  effective:
    date.effectiveDate === null ? null : spanOf(date.effectiveDate, date.effectiveFirstDay, date.effectiveLastDay),
  preferred: date.preferred,
  extension: date.extension && extensionOf(date.extension),
  term: date.term && termOf(date.term),
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

export const extensionOf = ({ length, lastDay }: ExtensionOf<string>): Extension => ({
  length: durationOf(length),
  lastDay,
})

export const entryOf = ({ on, delay, roundedUp }: EntryIntoForceOf<string>): EntryIntoForce => ({
  on,
  delay: durationOf(delay),
  roundedUp,
})
