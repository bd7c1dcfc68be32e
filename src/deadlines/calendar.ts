import { setImmediate } from 'node:timers/promises'
import ical, { ICalCalendarMethod, ICalEvent, ICalEventTransparency } from 'ical-generator'
import type { DueKind } from '../agreements/time/lifecycle.ts'
import type { DueDay } from './due-days.ts'

/** How often a calendar program should look again, in seconds. */
const refresh = 24 * 60 * 60

/** How many events are written before other requests have a turn: each takes up to a millisecond. */
const atOnce = 5

const words: Record<DueKind, string> = { expiry: 'Ends', renewal: 'Renews', notice: 'Last day for notice' }

/**
 * What is due as a calendar (RFC 5545): the same bytes as long as no agreement in it is published again. The events are
 * folded here, since the library takes a second for a thousand of them; other requests have a turn after every few.
 * @param origin where the register is, such as `https://example.org`; null when that is not known
 */
export async function calendarOf(due: DueDay[], origin: string | null): Promise<string> {
  const calendar = ical({
    name: 'Entente: deadlines',
    prodId: { company: 'Entente', product: 'Deadlines', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: refresh,
  })
  const end = 'END:VCALENDAR'
  const begin = calendar.toString().slice(0, -end.length)
  const events: string[] = []
  for (const [i, one] of due.entries()) {
    if (i % atOnce === 0) await setImmediate()
    const event = new ICalEvent(eventOf(one, origin), calendar).toString()
    events.push(event.split('\r\n').map(foldLine).join('\r\n'))
  }
  return `${begin}${events.join('')}${end}\r\n`
}

/** A line in pieces of at most 75 octets, the space before all but the first included (RFC 5545, section 3.1). */
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

const eventOf = ({ agreement, occurrence }: DueDay, origin: string | null) => ({
  id: `${agreement.id}.${occurrence.kind}.${occurrence.number}@entente`,
  sequence: agreement.version,
  stamp: agreement.updatedAt,
  lastModified: agreement.updatedAt,
  start: occurrence.day,
  allDay: true,
  transparency: ICalEventTransparency.TRANSPARENT,
  summary: printable(`${words[occurrence.kind]}: ${agreement.title} (${sidesOf(agreement)})`),
  description: printable(explain({ agreement, occurrence })),
  categories: [{ name: occurrence.kind }],
  ...(origin !== null && { url: `${origin}/v1/agreements/${agreement.id}` }),
})

const sidesOf = ({ parties }: DueDay['agreement']): string =>
  [1, 2].map((number) => parties.flatMap(({ side, name }) => (side === number ? [name] : [])).join(', ')).join(' – ')

function explain({ agreement, occurrence }: Pick<DueDay, 'agreement' | 'occurrence'>): string {
  const { kind, renewal, endedBy, approximate } = occurrence
  const lines = [
    kind === 'expiry' && `Ended by: ${endedBy}. This is the first day on which it is no longer in force.`,
    kind === 'renewal' && 'Its term renews itself on this day.',
    kind === 'notice' && `Unless notice is given by the end of this day, it renews itself on ${renewal}.`,
    approximate && 'Approximate: it rests on a date that is not one certain day.',
    agreement.reference !== null && `Reference: ${agreement.reference}`,
  ]
  return lines.filter(Boolean).join('\n')
}

/** Text without the control characters that iCalendar has no place for (RFC 5545, section 3.1). */
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ')
