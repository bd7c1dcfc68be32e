import { setImmediate } from 'node:timers/promises'
import type { LifecycleEvent } from '../agreements/time/lifecycle.ts'
import { bySentence, type Core, isDone } from './core.ts'
import { type DayFound, daysIn } from './days.ts'
import type { Body } from './names.ts'
import type { Confidence } from './parties.ts'
import { placeOf } from './places.ts'
import type { ActMention, Reading, Span } from './reading/reading.ts'
import { changes } from './words/acts.ts'

/** A date of an act that a text gives. */
export interface DateFound {
  event: LifecycleEvent
  date: string
  at: { start: number; end: number }
  confidence: Confidence
  place: Span | undefined
  /** The party whose act it is; undefined for an act of the agreement as a whole. */
  party: Body | undefined
  effective: { date: string; at: { start: number; end: number } } | undefined
  act: ActMention | undefined
  sentence: number
}

export interface DatesFound {
  dates: DateFound[]
  /** A day is told as `today` or `on Tuesday`, and the day of publication is not known. */
  needsPublication: boolean
  /** Acts that were done, without a day. */
  undated: { event: LifecycleEvent; act: ActMention }[]
}

interface Linked {
  day: DayFound
  act: ActMention | undefined
  event: LifecycleEvent | 'ceases'
  sentence: number
  isCore: boolean
}

/** Words that begin a sentence about the agreement of the sentence before. */
export const anaphors = new Set(
  'it they this these which both document text letter extension note il elle ils elles celui ce der die das es sie dieses sie este esta el ella ambos o ele ela eles esse essa оно он она они документ'.split(
    ' ',
  ),
)
const untils = new Set('until till through jusqu jusque hasta ate bis до'.split(' '))
const sinces = new Set('since depuis desde seit'.split(' '))
const ofs = new Set('of vom du del from от dated'.split(' '))

/** Acts whose words speak of nothing but agreements. */
const legal: ReadonlySet<string> = new Set([
  'entered_into_force',
  'ratified',
  'initialled',
  'denounced',
  'provisionally_applied',
  'ceases',
])

/** Sentences that are read between two turns of the event loop. */
const perTurn = 20

/** The dates of the acts that a text tells of. */
export async function datesOf(
  reading: Reading,
  core: readonly Core[],
  { published, topics, isNotes }: { published: string | undefined; topics: (i: number) => boolean; isNotes: boolean },
): Promise<DatesFound> {
  const done = bySentence(reading, reading.acts.filter(isDone))
  const coreSentences = new Map(core.map((one) => [one.sentence, one]))
  const linked: Linked[] = []
  let needs = false
  let read = 0
  for (const [sentence, acts] of done) {
    if (++read % perTurn === 0) await setImmediate()
    const isCore = coreSentences.has(sentence)
    const span = reading.sentences[sentence]!
    const own = isCore ? coreSentences.get(sentence)!.acts : acts.filter((act) => isAbout(reading, span, act))
    if (own.length === 0) continue
    const { days, needsPublication } = daysIn(reading, span, published)
    needs ||= needsPublication
    for (const day of days.filter((one) => !isBeside(reading, one, span)))
      linked.push(...link(reading, { day, acts: own, all: acts, span, sentence, isCore }))
  }
  const made = asChange(reading, linked, core)
  const events = isNotes
    ? made.map((one) => (one.event === 'signed' ? { ...one, event: 'notes_exchanged' as const } : one))
    : made
  const dates = chosen(events, published).map((one) => {
    const date = dateOf(reading, one, topics)
    return date.place ? date : { ...date, place: placeElsewhere(reading, date, coreSentences, topics) }
  })
  return { dates: withEffects(dates, events), needsPublication: needs, undated: undated(core, dates) }
}

const speech = new Set(
  'said says told announced reported stated declared added confirmed statement dijo anuncio declare sagte teilte mitteilte сообщил сообщила сообщило заявил'.split(
    ' ',
  ),
)

/** Whether a day is that of a report: in the line of place and day before the text, or of `the ministry said on Tuesday`. */
function isBeside({ tokens }: Reading, { from, to }: DayFound, span: Span): boolean {
  if (isDateline(tokens, { from, to })) return true
  for (let i = from - 1; i >= span.from && from - i < 4; i--) {
    if (speech.has(tokens[i]!.key)) return true
    if (!/^(?:on|in|a|late|early|el|am|le|в)$/.test(tokens[i]!.key)) return false
  }
  return false
}

/** `AMMAN, 4 June 2021 – `: before a dash among the first words of the text. */
function isDateline(tokens: Reading['tokens'], { from, to }: Span): boolean {
  if (from > 8) return false
  return tokens.slice(to, to + 3).some(({ gap }) => /(?:^|\s|\))(?:[-–—]|--)\s/.test(gap))
}

/** Whether a sentence without a word for an agreement speaks of the one before: `It was signed in Ottawa on …`. */
function isAbout({ tokens }: Reading, { from, to }: Span, { act }: ActMention): boolean {
  if (legal.has(act)) return true
  return tokens.slice(from, Math.min(to, from + 4)).some(({ key }) => anaphors.has(key))
}

interface InSentence {
  day: DayFound
  acts: readonly ActMention[]
  all: readonly ActMention[]
  span: Span
  sentence: number
  isCore: boolean
}

/** The act that a day is of, if any. */
function link(reading: Reading, { day, acts, all, span, sentence, isCore }: InSentence): Linked[] {
  const { tokens } = reading
  const before = tokens[day.from - 1]
  const isAfter = (words: ReadonlySet<string>) =>
    [day.from, day.from - 1, day.from - 2].some(
      (i) => i >= span.from && i < day.to && words.has(tokens[i]!.key) && (i < day.from || day.to - day.from > 1),
    )
  if (isAfter(untils) && !acts.some(({ to }) => to === day.from - 1)) return []
  if (before?.key === 'by') return []
  const isOfNoun = before && ofs.has(before.key) && isNounBefore(reading, day.from - 1, span)
  if (isOfNoun || /^\d{4}$/.test(day.date)) {
    const isYearOfNoun = Boolean(reading.nounAt(day.to) ?? reading.nounAt(day.to + 1))
    if ((isOfNoun || isYearOfNoun) && (all.some(({ act }) => changes.has(act)) || isYearOfNoun))
      return [{ day, act: undefined, event: 'signed', sentence, isCore }]
  }
  const act = nearestAct(day, acts)
  if (!act) return []
  if (isAfter(sinces) && act.act !== 'entered_into_force') return []
  const event = eventOf(reading, act, acts, all)
  return event ? [{ day, act, event, sentence, isCore }] : []
}

/** Whether a word for an agreement, and perhaps its parties, stand before a token, without a comma and an act between. */
function isNounBefore(reading: Reading, i: number, { from }: Span): boolean {
  for (let at = i - 1; at >= from && i - at < 25; at--) {
    if (reading.actAt(at)?.act === 'signed') return false
    if (reading.nounAt(at) && !/[,;]/.test(reading.tokens[i]!.gap)) return true
  }
  return false
}

/** The act nearest to a day; one before it rather than one after. */
export function nearestAct(day: DayFound, acts: readonly ActMention[]): ActMention | undefined {
  const distance = ({ from, to }: ActMention) => (from >= day.to ? from - day.to + 3 : day.from - to)
  return acts.toSorted((a, b) => distance(a) - distance(b))[0]
}

const making: ReadonlySet<string> = new Set(['signed', 'agreed', 'notice', 'notes_exchanged'])

/** What an act is in its sentence: the signature of a protocol that amends an agreement is an amendment of it. */
function eventOf(
  reading: Reading,
  act: ActMention,
  own: readonly ActMention[],
  all: readonly ActMention[],
): LifecycleEvent | 'ceases' | undefined {
  const ends = own.some((one) => ['terminated', 'withdrawn', 'denounced'].includes(one.act))
  const notice = all.some((one) => one.act === 'notice')
  if (ends && notice && ['notice', 'terminated', 'withdrawn', 'denounced'].includes(act.act)) return 'denounced'
  if (making.has(act.act)) {
    const change = own.find((one) => changes.has(one.act) && isObjectOf(reading, act, one))
    if (change) return change.act as LifecycleEvent
  }
  if (act.act === 'agreed' || act.act === 'notice' || act.act === 'renewed_by_itself') return undefined
  return act.act
}

const relatives = new Set('which that originally first que qui который которое которая которые'.split(' '))
const auxiliaries = new Set(
  'was were is are been be has have had fue fueron ha han sido a ete ont est wurde wurden worden был была было были'.split(
    ' ',
  ),
)

/** Whether an act that was signed or agreed is the change, and not a relative clause about an older signature. */
function isObjectOf(reading: Reading, made: ActMention, change: ActMention): boolean {
  const { tokens } = reading
  if (change.from > made.to) return true
  const between = tokens.slice(change.to, made.from)
  if (between.some(({ key }) => relatives.has(key))) return false
  // `the agreement signed in 2010`: without an auxiliary verb, it says which agreement.
  const isPassive = tokens.slice(Math.max(change.to, made.from - 3), made.from).some(({ key }) => auxiliaries.has(key))
  return isPassive || !between.some((_, i) => reading.nounAt(change.to + i))
}

/**
 * Of a text about a change without a day, the day on which a protocol or a note was signed later in the text is that of the
 * change: `Das Protokoll wurde am 9. März unterzeichnet`.
 */
function asChange(reading: Reading, linked: readonly Linked[], [first]: readonly Core[]): Linked[] {
  const change = first?.acts.find(({ act }) => changes.has(act))?.act as LifecycleEvent | undefined
  if (!change || linked.some(({ event }) => event === change)) return [...linked]
  const isInstrument = ({ sentence }: Linked): boolean => {
    const { from, to } = reading.sentences[sentence]!
    for (let i = from; i < to; i++) if (instruments.has(reading.nounAt(i)?.noun ?? '')) return true
    return false
  }
  return linked.map((one) =>
    one.event === 'signed' && one.act && one.sentence > first!.sentence && isInstrument(one)
      ? { ...one, event: change }
      : one,
  )
}

const instruments: ReadonlySet<string> = new Set(['protocol', 'exchange_of_notes', 'exchange_of_letters', 'weak'])

/** Of the days of one act, one: of a core sentence, nearest to the day of publication. */
function chosen(linked: readonly Linked[], published: string | undefined): Linked[] {
  const isNews = ({ day }: Linked) =>
    published !== undefined && Math.abs(Date.parse(day.date.slice(0, 10)) - Date.parse(published)) < 40 * 86_400_000
  const rank = (one: Linked) => (isNews(one) ? 0 : 4) + (one.isCore ? 0 : 2) + (one.act ? 0 : 1)
  const best = new Map<string, Linked>()
  for (const one of linked) {
    const known = best.get(one.event)
    if (!known || rank(one) < rank(known)) best.set(one.event, one)
  }
  return [...best.values()]
}

function dateOf(
  reading: Reading,
  { day, act, event, sentence, isCore }: Linked,
  topics: (i: number) => boolean,
): DateFound {
  return {
    event: event === 'ceases' ? 'terminated' : event,
    date: day.date,
    at: { start: day.start, end: day.end },
    confidence: !isCore ? 'medium' : day.basis === 'counted' ? 'medium' : act ? 'high' : 'medium',
    place: act && placed.has(act.act) ? placeOf(reading, act, topics) : undefined,
    party: act && byOne.has(event) ? doerOf(reading, act) : undefined,
    effective: undefined,
    act,
    sentence,
  }
}

/** The place of an act whose day is told in another sentence. */
function placeElsewhere(
  reading: Reading,
  { act, sentence }: DateFound,
  core: ReadonlyMap<number, Core>,
  topics: (i: number) => boolean,
): Span | undefined {
  if (!act || !placed.has(act.act)) return undefined
  for (const one of core.values()) {
    const same = one.sentence === sentence ? undefined : one.acts.find((other) => other.act === act.act)
    const place = same && placeOf(reading, same, topics)
    if (place) return place
  }
  return undefined
}

const placed: ReadonlySet<string> = new Set(['signed', 'initialled', 'notes_exchanged', 'agreed', 'ratified'])
/** Acts that each party does for itself. */
const byOne: ReadonlySet<string> = new Set(['ratified', 'denounced', 'withdrawn'])

/** The one party that is named next to an act: before it, or after `by`. */
function doerOf(reading: Reading, act: ActMention): Body | undefined {
  const { from, to } = reading.sentenceOf(act.from)
  for (let i = act.to; i < Math.min(to, act.to + 4); i++)
    if (/^(?:by|par|por|von|durch)$/.test(reading.tokens[i]!.key)) {
      const after = reading.mentionAt(i + 1) ?? reading.mentionAt(i + 2)
      if (after) return after.party
    }
  const parties = new Map<string, Body>()
  for (let i = from; i < act.from; i++) {
    const mention = reading.mentionAt(i)
    if (mention && !mention.isAdjective) parties.set(mention.party.id, mention.party)
  }
  return parties.size === 1 ? [...parties.values()][0] : undefined
}

/** The day on which an agreement ceases to apply is when its denunciation takes effect. */
function withEffects(dates: DateFound[], linked: readonly Linked[]): DateFound[] {
  const end = linked.find(({ event }) => event === 'ceases')
  const notice = dates.find(({ event }) => event === 'denounced' || event === 'withdrawn')
  if (!end || !notice) return dates
  const effective = { date: end.day.date, at: { start: end.day.start, end: end.day.end } }
  return dates.flatMap((one) => (one === notice ? [{ ...one, effective }] : one.event === 'terminated' ? [] : [one]))
}

/** The acts of core sentences that the text gives no day for. */
function undated(core: readonly Core[], dates: readonly DateFound[]): DatesFound['undated'] {
  const known = new Set<string>(dates.map(({ event }) => event))
  const found = new Map<string, ActMention>()
  for (const { acts } of core)
    for (const act of acts)
      if (
        ['signed', 'initialled', 'extended', 'amended', 'denounced', 'terminated', 'withdrawn'].includes(act.act) &&
        !known.has(act.act) &&
        !found.has(act.act)
      )
        found.set(act.act, act)
  const isChanged = dates.some(({ event }) => changes.has(event))
  return [...found].flatMap(([event, act]) =>
    isChanged && (event === 'signed' || event === 'terminated' || event === 'withdrawn')
      ? []
      : [{ event: event as LifecycleEvent, act }],
  )
}
