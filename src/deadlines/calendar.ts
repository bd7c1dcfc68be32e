import { setImmediate } from 'node:timers/promises'
import ical, { ICalEvent, ICalEventTransparency } from 'ical-generator'
import type { DueKind } from '../agreements/time/lifecycle.ts'
import type { DueDay } from './due-days.ts'

/** How often a calendar program should refresh, in seconds. */
const refreshInterval = 24 * 60 * 60

/** Events written before yielding to other requests; each takes up to a millisecond. */
const eventsPerTurn = 5

/** What happens on a deadline. */
export const deadlineWords: Record<DueKind, string> = {
  expiry: 'Ends',
  renewal: 'Renews',
  notice: 'Last day for notice',
  minimum_term: 'Minimum term ends',
  sunset: 'Obligations after its end lapse',
}

/**
 * Deadlines as an iCalendar file (RFC 5545), without `METHOD`, which would require an organizer. Its bytes change only when an agreement in it is published again. Lines are
 * folded here because the library takes a second per thousand events. Yields to other requests after every few events.
 * @param base the URL in front of each path of the API, such as `https://example.org/register`; null when unknown
 */
export async function calendarOf(due: DueDay[], base: string | null): Promise<string> {
  const calendar = ical({
    name: 'Entente: deadlines',
    prodId: { company: 'Entente', product: 'Deadlines', language: 'EN' },
    ttl: refreshInterval,
  })
  const end = 'END:VCALENDAR'
  const begin = calendar.toString().slice(0, -end.length)
  const events: string[] = []
  for (const [i, one] of due.entries()) {
    if (i % eventsPerTurn === 0) await setImmediate()
    const event = new ICalEvent(eventOf(one, base), calendar).toString()
    events.push(event.split('\r\n').map(foldLine).join('\r\n'))
  }
  return `${begin}${events.join('')}${end}\r\n`
}

/** Folds a line into pieces of at most 75 octets, leading space included (RFC 5545, section 3.1). */
function foldLine(line: string): string {
  if (Buffer.byteLength(line) <= 75) return line
  let folded = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > 75) {
      folded += '\r\n '
      octets = 1
    }
    folded += character
    octets += size
  }
  return folded
}

const eventOf = ({ agreement, occurrence }: DueDay, base: string | null) => ({
  id: `${agreement.id}.${occurrence.kind}.${occurrence.number}@entente`,
  sequence: agreement.version,
  stamp: agreement.updatedAt,
  lastModified: agreement.updatedAt,
  start: occurrence.day,
  allDay: true,
  transparency: ICalEventTransparency.TRANSPARENT,
  summary: printable(`${deadlineWords[occurrence.kind]}: ${agreement.title} (${sidesOf(agreement)})`),
  description: printable(explain({ agreement, occurrence })),
  categories: [{ name: occurrence.kind }],
  ...(base !== null && { url: `${base}/v1/agreements/${agreement.id}` }),
})

const sidesOf = ({ parties }: DueDay['agreement']): string =>
  [1, 2].map((number) => parties.flatMap(({ side, name }) => (side === number ? [name] : [])).join(', ')).join(' – ')

function explain({ agreement, occurrence }: Pick<DueDay, 'agreement' | 'occurrence'>): string {
  const { kind, renewal, endedBy, approximate } = occurrence
  const lines = [
    kind === 'expiry' && `Ended by: ${endedBy}. This is the first day on which it is no longer in force.`,
    kind === 'renewal' && 'The term is renewed automatically on this day.',
    kind === 'notice' && `Unless notice is given by the end of this day, the term is renewed on ${renewal}.`,
    kind === 'minimum_term' && 'From this day on it is in force without an end.',
    kind === 'sunset' && 'What was made under the agreement no longer lives on from this day.',
    approximate && 'Approximate: it depends on a date that is not an exact day.',
    agreement.reference !== null && `Reference: ${agreement.reference}`,
  ]
  return lines.filter(Boolean).join('\n')
}

/** Text without the control characters that iCalendar forbids (RFC 5545, section 3.1). */
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ')
