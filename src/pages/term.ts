import type { Agreement } from '../agreements/schemas.ts'
import { dayInWords, durationInWords } from './words.ts'

type Term = NonNullable<Agreement['term']>
type AnyTerm = Omit<Term, 'endsWith'>

/** From when a length is counted, as the end of a sentence. */
function startOf({ runsFrom }: AnyTerm): string {
  if (runsFrom === 'signature') return 'from the signature'
  return runsFrom === 'entry_into_force' ? 'from the entry into force' : `from ${dayInWords(runsFrom)}`
}

function lengthOf(term: AnyTerm): string {
  if (term.length !== null) return `It runs ${durationInWords(term.length)} ${startOf(term)}.`
  return term.lastDay === null ? '' : `It runs until ${dayInWords(term.lastDay)}.`
}

function renewalOf({ atEnd, renewal, length }: AnyTerm): string {
  if (atEnd === 'ends') return 'Then it ends.'
  if (atEnd === 'open_ended') return 'Then it goes on without an end.'
  if (atEnd === null) return ''
  const by = renewal?.length ?? length
  const times = renewal?.most ? `, at most ${renewal.most === 1 ? 'once' : `${renewal.most} times`}` : ''
  const long = by === null ? '' : ` by ${durationInWords(by)}`
  if (atEnd === 'extended_if_agreed') return `Then it ends, unless it is extended${long} by agreement${times}.`
  const notice = renewal?.notice
  const unless =
    notice === null || notice === undefined
      ? ''
      : ` unless notice is given ${durationInWords(notice) || 'immediately'} before`
  return `Then it renews itself${long}${times}${unless}.`
}

const effects: Record<NonNullable<Term['exit']>['takesEffect'], string> = {
  at_once: '',
  month_end: ', at the end of a month',
  year_end: ', at the end of a year',
  term_end: ', at the end of the term',
}

function exitOf({ exit }: AnyTerm): string {
  if (exit === null) return ''
  const from = exit.from === 'any' ? 'at any time' : 'after the first term'
  const notice = exit.notice === null ? '' : ` with ${durationInWords(exit.notice) || 'no'} of notice`
  return `It can be terminated ${from}${notice}${effects[exit.takesEffect]}.`
}

/** How long an agreement runs, what happens then, and how it can be terminated, in sentences; empty when nothing is known. */
export const termInWords = (term: AnyTerm): string =>
  [
    lengthOf(term),
    renewalOf(term),
    exitOf(term),
    term.sunset === null ? '' : `What was made under it lives on for ${durationInWords(term.sunset)} after its end.`,
  ]
    .filter(Boolean)
    .join(' ')

const triggers: Record<NonNullable<Agreement['entryIntoForce']>['on'], string> = {
  signature: 'the signature',
  notes_exchanged: 'the exchange of notes',
  last_notification: 'the last notification that the procedures are completed',
  last_ratification: 'the last ratification',
  instruments_exchanged: 'the exchange of the instruments',
}

/** What the text ties the entry into force to, as a sentence. */
export function entryInWords({ on, delay, roundedUp }: NonNullable<Agreement['entryIntoForce']>): string {
  const when = delay === null ? `on ${triggers[on]}` : `${durationInWords(delay)} after ${triggers[on]}`
  return `Enters into force ${when}${roundedUp === 'month' ? ', on the first day of the month that follows' : ''}.`
}
