import { setImmediate } from 'node:timers/promises'
import type { z } from 'zod'
import type { NewAgreement } from '../agreements/schemas.ts'
import type { Core } from './core.ts'
import { anaphors } from './dates.ts'
import { type DayFound, daysIn } from './days.ts'
import type { Confidence } from './parties.ts'
import type { ActMention, Reading, Span } from './reading/reading.ts'
import { keySet } from './reading/tokens.ts'
import { type DurationFound, durationsIn } from './words/durations.ts'

type Written = z.input<typeof NewAgreement>
type Term = NonNullable<Written['term']>

/** A value of the term, with the words that it rests on. */
interface TermValue {
  pointer: string
  at: { start: number; end: number }
  confidence: Confidence
}

export interface TermFound {
  term: Term | null
  entryIntoForce: NonNullable<Written['entryIntoForce']> | null
  extension: { length: string } | { lastDay: string } | null
  values: TermValue[]
}

/** Words that say that a sentence speaks of how long an agreement runs. */
const running = keySet(
  'valid validity force term period duration runs run remain remains last lasts effective effect durée durera vigueur validité vigencia vigência vigorará validade prazo vigente duración vigor plazo gilt gelten laufzeit dauer kraft geltungsdauer сроком срок действует лет 유효기간 기간 有效期 期限',
)
const noticing = keySet(
  'notice notify notifies notification notified préavis notification dénonce preaviso notificación aviso kündigungsfrist frist gekündigt kündigt уведомления уведомит уведомив предварительного',
)
const ending = keySet(
  'terminate terminated terminates termination denounce denounced denunciation withdraw withdrawal cancel cancelled dénoncé dénoncer résilié résilier terminar terminado denunciado denunciar kündigen gekündigt kündigung beendet расторгнуто прекращено денонсировано',
)
const until = keySet('until till through jusqu jusque hasta até bis до')
const extending = keySet(
  'extend extended extends extending extension renew renewed renews renewal renewing renouvelé renouvelle renovó renovaron erneuert erneuerten prolonged prolonge prolongé prolongée prorrogó prorrogaron prorrogado prórroga prorrogou prorrogação renovou verlängert verlängerten verlängern verlängerung продлили продлен продлено',
)

/** What a text says of how long the agreement runs, and when it enters into force. */
export async function termOf(
  reading: Reading,
  core: readonly Core[],
  published: string | undefined,
): Promise<TermFound> {
  const found: TermFound = { term: null, entryIntoForce: null, extension: null, values: [] }
  const isCore = new Set(core.map(({ sentence }) => sentence))
  const first = core[0]?.sentence ?? Infinity
  for (const [sentence, span] of reading.sentences.entries()) {
    if (sentence < first) continue
    if (sentence % 20 === 19) await setImmediate()
    const keys = keysIn(reading, span)
    const isAbout =
      isCore.has(sentence) ||
      reading.tokens.slice(span.from, span.to).some((_, i) => reading.nounAt(span.from + i)) ||
      keys.slice(0, 4).some((key) => anaphors.has(key)) ||
      keys.includes('it')
    if (!isAbout) continue
    const has = (words: ReadonlySet<string>) => keys.some((key) => words.has(key))
    if (has(extending) && isCore.has(sentence) && !found.extension && isChange(core, sentence))
      readExtension(reading, span, published, found)
    else if (has(running) || renewalIn(reading, span) || has(ending) || isCore.has(sentence))
      readTerm(reading, span, { has, published, found })
    readEntry(reading, span, found)
  }
  return found
}

const keysIn = ({ tokens }: Reading, { from, to }: Span): string[] => tokens.slice(from, to).map(({ key }) => key)

const isChange = (core: readonly Core[], sentence: number): boolean =>
  core.some((one) => one.sentence === sentence && one.acts.some(({ act }) => act === 'extended'))

const spanOf = (reading: Reading, span: Span): { start: number; end: number } => reading.place(span)

function readExtension(reading: Reading, span: Span, published: string | undefined, found: TermFound): void {
  const day = untilDay(reading, span, published)
  const durations = durationsIn(reading, span)
  if (day) found.extension = { lastDay: day.date }
  else if (durations[0]) found.extension = { length: durations[0].duration }
  else return
  found.values.push({ pointer: '/extension', at: day ?? spanOf(reading, durations[0]!), confidence: 'high' })
}

function untilDay(reading: Reading, span: Span, published: string | undefined): DayFound | undefined {
  return daysIn(reading, span, published).days.find(
    ({ from, date }) =>
      /^\d{4}-\d\d-\d\d$/.test(date) &&
      [0, 1, 2, 3].some((back) => from - back >= span.from && until.has(reading.tokens[from - back]!.key)),
  )
}

interface InSentence {
  has: (words: ReadonlySet<string>) => boolean
  published: string | undefined
  found: TermFound
}

function readTerm(reading: Reading, span: Span, { has, published, found }: InSentence): void {
  const add = (change: Partial<Term>, pointer: string, at: { start: number; end: number }, confidence: Confidence) => {
    found.term = { ...found.term, ...change }
    found.values.push({ pointer, at, confidence })
  }
  const durations = durationsIn(reading, span)
  const notices = durations.filter((one) => isNotice(reading, one, span))
  const lengths = durations.filter((one) => !notices.includes(one))
  const renewed = renewalIn(reading, span)
  const renewal = renewed?.from
  const length = lengths.find(
    (one) => (renewal === undefined || one.from < renewal) && isLength(reading, one, span, has(running)),
  )
  if (length && !found.term?.length && !found.term?.lastDay)
    add({ length: length.duration }, '/term/length', spanOf(reading, length), has(running) ? 'high' : 'medium')
  const last = has(running) ? untilDay(reading, span, published) : undefined
  if (last && !found.term?.length && !found.term?.lastDay) add({ lastDay: last.date }, '/term/lastDay', last, 'high')
  if (renewal !== undefined) {
    const each = lengths.find((one) => one.from > renewal && one !== length)
    const notice = notices[0]
    add(
      {
        atEnd: renewed!.act === 'renewed_by_itself' ? 'renews' : 'extended_if_agreed',
        renewal: { ...(each && { length: each.duration }), ...(notice && { notice: notice.duration }) },
      },
      '/term/atEnd',
      spanOf(reading, { from: renewal, to: renewal + 1 }),
      'medium',
    )
    if (each) found.values.push({ pointer: '/term/renewal/length', at: spanOf(reading, each), confidence: 'medium' })
    if (notice)
      found.values.push({ pointer: '/term/renewal/notice', at: spanOf(reading, notice), confidence: 'medium' })
  } else if (has(ending) && notices[0]) {
    const keys = keysIn(reading, span).join(' ')
    const takesEffect =
      /end of (?:a|the|any|each) calendar year|ende (?:eines|des) kalenderjahr|fin de (?:l )?annee civile|fin del ano/.test(
        keys,
      )
        ? { takesEffect: 'year_end' as const }
        : {}
    add(
      { exit: { notice: notices[0].duration, ...takesEffect } },
      '/term/exit/notice',
      spanOf(reading, notices[0]),
      'medium',
    )
  }
}

/** What is said of a renewal: that it comes by itself, or that it may be agreed. */
function renewalIn(reading: Reading, { from, to }: Span): ActMention | undefined {
  for (let i = from; i < to; i++) {
    const act = reading.actAt(i)
    const isAgreed = act?.act === 'extended' && (act.mood === 'open' || act.mood === 'to_come')
    if (act && (act.act === 'renewed_by_itself' || isAgreed) && !reading.tokens[act.to]?.key.startsWith('energ'))
      return act
  }
  return undefined
}

/** Whether a duration is that of a notice: `six months' notice`, `unless denounced six months before`. */
function isNotice({ tokens }: Reading, { from, to }: DurationFound, sentence: Span): boolean {
  const near = (begin: number, end: number) =>
    tokens.slice(Math.max(sentence.from, begin), Math.min(sentence.to, end)).some(({ key }) => noticing.has(key))
  const isBefore =
    /^(?:before|prior|avant|antes|vor|до)$/.test(tokens[to]?.key ?? '') &&
    tokens[to]!.sentence === tokens[from]!.sentence
  return near(to, to + 4) || near(from - 4, from) || (isBefore && near(from - 15, to + 15))
}

/** Whether a duration is the length of a term: `for five years`, `a five-year agreement`. */
function isLength(reading: Reading, { from, to }: DurationFound, sentence: Span, isRunning: boolean): boolean {
  const { tokens } = reading
  const before = tokens.slice(Math.max(sentence.from, from - 6), from).map(({ key }) => key)
  if (
    before.some((key) =>
      /^(?:after|following|within|ago|last|past|previous|over|nach|apres|despues|dans|innerhalb|через)$/.test(key),
    )
  )
    return false
  if (/^(?:after|following|later|ago|of|old)$/.test(tokens[to]?.key ?? '')) return false
  if (reading.nounAt(to)) return true
  const near =
    isRunning &&
    tokens.slice(Math.max(sentence.from, from - 14), Math.min(sentence.to, to + 6)).some(({ key }) => running.has(key))
  return (
    near ||
    (before.some((key) => /^(?:for|pour|por|fur|auf|сроком|на|de)$/.test(key)) &&
      before.some((key) =>
        /^(?:concluded|conclu|signed|agreement|celebrado|geschlossen|заключен|заключено|period|term)$/.test(key),
      ))
  )
}

const triggers: [RegExp, 'signature' | 'notes_exchanged' | 'last_notification' | 'last_ratification'][] = [
  [/instruments? of ratification|last ratification|later ratification/, 'last_ratification'],
  [
    /notification|notified|notify|completion of (?:the|their) (?:domestic|internal|national|constitutional)|notificacion|notifikation|уведомлени/,
    'last_notification',
  ],
  [/exchange of notes|canje de notas|echange de notes|notenwechsel/, 'notes_exchanged'],
  [/signature|signing|signed|firma|unterzeichnung|подписани/, 'signature'],
]

/** What the entry into force is tied to: `thirty days after the later notification`. */
function readEntry(reading: Reading, span: Span, found: TermFound): void {
  if (found.entryIntoForce) return
  const entry = reading.tokens
    .slice(span.from, span.to)
    .findIndex((_, i) => reading.actAt(span.from + i)?.act === 'entered_into_force')
  if (entry < 0) return
  const from = reading.actAt(span.from + entry)!.to
  const to = Math.min(span.to, from + 30)
  if (from >= to) return
  const words = reading.tokens
    .slice(from, to)
    .map(({ key }) => key)
    .join(' ')
  const [delay] = durationsIn(reading, { from, to: Math.min(to, from + 8) })
  const isTied =
    /^(?:(?:on|upon|at|from|the|its|day|date|of|this|a la|le jour de|sa|desde|su|mit|der|am|tag|ihrer|с|даты|после) ?){1,8}/.test(
      words,
    )
  const after = delay && /\b(?:after|following|from|apres|despues|nach|после|с)\b/.test(words)
  const rounded = /first day of the (?:second |first |third |next )?month/.test(words)
  const on = triggers.find(([pattern]) => pattern.test(words))?.[1]
  if (!on || !(after || rounded || (isTied && /^(?:on|upon|with|from|at|mit|a la|con|des|с)\b.{0,30}/.test(words))))
    return
  if (/\d{4}/.test(words.slice(0, 25))) return
  const months = /first day of the (second|third)? ?(?:next )?month/.exec(words)?.[1]
  found.entryIntoForce = {
    on,
    ...(delay && after && !rounded && { delay: delay.duration }),
    ...(rounded && { roundedUp: 'month' as const, ...(months && { delay: months === 'second' ? 'P1M' : 'P2M' }) }),
  }
  found.values.push({
    pointer: '/entryIntoForce',
    at: spanOf(reading, { from: span.from + entry, to }),
    confidence: 'medium',
  })
}
