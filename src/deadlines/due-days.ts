import { setImmediate } from 'node:timers/promises'
import { lifeOfDocument } from '../agreements/publication/life.ts'
import { currentDocument } from '../agreements/publication/upcast.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { type Occurrence, occurrences, type Timeline, timelineOf } from '../agreements/time/timeline.ts'
import type { Position } from '../http/paging.ts'
import type { Day } from '../shared/calendar.ts'
import { groupedBy } from '../shared/grouped.ts'
import { partiesOf } from './parties.ts'
import type { Deadline } from './schemas.ts'

/** A deadline of an agreement, and its position in the list. */
export interface DueDay {
  agreement: DueAgreement
  occurrence: Occurrence
  position: Position
}

/** The part of an agreement that a deadline shows. The whole document can be a thousand times as large. */
interface DueAgreement extends Pick<Agreement, 'id' | 'version' | 'reference' | 'title' | 'updatedAt'> {
  parties: Deadline['parties']
}

/** A deadline as the database finds it. */
export interface FoundDay {
  id: string
  day: Day
  kind: Occurrence['kind']
  /** Whether the page has room for it. */
  fits: boolean
  /** Set in the first row of an agreement, if it fits and the agreement has not been read before. */
  document: string | null
  format: number
}

/** What a deadline shows of an agreement, and the timeline from which it follows. */
export interface Known {
  agreement: DueAgreement
  timeline: Timeline
}

export const positionOf = ({ id, day, kind }: FoundDay): Position => ({
  key: `${day} ${kind}`,
  id,
  interpretation: null,
})

/**
 * Completes the rows with the details that only the rules of time can give, once per agreement for all its days. Yields
 * to other requests between agreements. Rows of one agreement, kind and day are one deadline: notice on 28 February that
 * prevents the renewal of 28 March also prevents those of the next days.
 */
export async function dueOf(rows: FoundDay[], known: Map<string, Known>): Promise<DueDay[]> {
  const found = new Map<string, Occurrence>()
  for (const [id, own] of groupedBy(rows, (row) => row.id)) {
    await setImmediate()
    const { document, format, day } = own[0]!
    if (document !== null) known.set(id, knownOf(currentDocument({ document, format })))
    const all = occurrences(known.get(id)!.timeline, day, own.at(-1)!.day)
    for (const [key, [first]] of groupedBy(all, (one) => keyOf({ ...one, id }))) found.set(key, first!)
  }
  return rows.flatMap((row, i) => {
    const [key, previous] = [keyOf(row), rows[i - 1]]
    const occurrence = found.get(key)
    if (occurrence === undefined || (previous && keyOf(previous) === key)) return []
    return { agreement: known.get(row.id)!.agreement, occurrence, position: positionOf(row) }
  })
}

const keyOf = ({ id, kind, day }: Pick<FoundDay, 'id' | 'kind' | 'day'>): string => `${id} ${kind} ${day}`

const knownOf = (agreement: Agreement): Known => {
  const { id, version, reference, title, updatedAt } = agreement
  return {
    agreement: { id, version, reference, title, updatedAt, parties: partiesOf(agreement) },
    timeline: timelineOf(lifeOfDocument(agreement)),
  }
}
