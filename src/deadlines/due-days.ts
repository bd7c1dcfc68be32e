import { setImmediate } from 'node:timers/promises'
import { actOf } from '../agreements/publication/representation.ts'
import { currentDocument } from '../agreements/publication/upcast.ts'
import type { Act, Term } from '../agreements/time/lifecycle.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { type Occurrence, occurrences } from '../agreements/time/status.ts'
import type { Position } from '../http/paging.ts'
import type { Day } from '../shared/calendar.ts'
import { groupedBy } from '../shared/grouped.ts'
import { partiesOf } from './parties.ts'
import type { Deadline } from './schemas.ts'

/** Something that is due with an agreement, and where it stands in the list. */
export interface DueDay {
  agreement: DueAgreement
  occurrence: Occurrence
  position: Position
}

/** What is told of an agreement with which something is due. Its whole document can be a thousand times as large. */
interface DueAgreement extends Pick<Agreement, 'id' | 'version' | 'reference' | 'title' | 'updatedAt'> {
  parties: Deadline['parties']
}

/** A day on which something is due, as it is found. */
export interface FoundDay {
  id: string
  day: Day
  kind: Occurrence['kind']
  /** Whether there is room for it. */
  fits: boolean
  /** With the first of the rows of an agreement, if it fits and the agreement is not known. */
  document: string | null
  format: number
}

/** What of an agreement is told, and what decides when it is due. */
export interface Known {
  agreement: DueAgreement
  acts: Act[]
  term: Term | null
}

export const positionOf = ({ id, day, kind }: FoundDay): Position => ({ key: `${day} ${kind}`, id, taken: null })

/**
 * What the rows found is said in full by the rules of time themselves: of each agreement at once for all its days. Other
 * requests have a turn between one agreement and the next.
 */
export async function dueOf(rows: FoundDay[], known: Map<string, Known>): Promise<DueDay[]> {
  const found = new Map<string, Occurrence[]>()
  for (const [id, own] of groupedBy(rows, (row) => row.id)) {
    await setImmediate()
    const { document, format, day } = own[0]!
    if (document !== null) known.set(id, knownOf(currentDocument({ document, format })))
    const { acts, term } = known.get(id)!
    const all = occurrences(acts, term, day, own.at(-1)!.day)
    for (const [key, same] of groupedBy(all, (one) => keyOf({ ...one, id }))) found.set(key, same)
  }
  return rows.flatMap((row) =>
    (found.get(keyOf(row)) ?? []).map((occurrence) => ({
      agreement: known.get(row.id)!.agreement,
      occurrence,
      position: positionOf(row),
    })),
  )
}

const keyOf = ({ id, kind, day }: Pick<FoundDay, 'id' | 'kind' | 'day'>): string => `${id} ${kind} ${day}`

const knownOf = (agreement: Agreement): Known => {
  const { id, version, reference, title, updatedAt, dates, term } = agreement
  return {
    agreement: { id, version, reference, title, updatedAt, parties: partiesOf(agreement) },
    acts: dates.map(actOf),
    term,
  }
}
