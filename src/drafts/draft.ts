import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { NewAgreement } from '../agreements/schemas.ts'
import type { NewSource } from '../agreements/sources/schemas.ts'
import { isDay } from '../shared/calendar.ts'
import { slug } from '../shared/text.ts'
import { type SignatoryFound, signatoriesOf } from './bodies.ts'
import { type ClaimFound, claimsOf } from './claims.ts'
import { type Core, coreOf, isOfKnown } from './core.ts'
import { type DateFound, datesOf } from './dates.ts'
import type { Names } from './names.ts'
import { type Confidence, type SideFound, sidesOf } from './parties.ts'
import { type Language, knownLanguage, languageIn } from './reading/language.ts'
import { isHtml, textOfHtml } from './reading/plain-text.ts'
import { Reading, type Span } from './reading/reading.ts'
import { type RepresentativeFound, representativesOf } from './representatives.ts'
import type { DraftInput, DraftValue, Missing } from './schemas.ts'
import { type TermFound, termOf } from './term.ts'
import { describedTitle, titleIn, typeOf } from './title.ts'
import { topicsOf } from './topics.ts'
import { bindingWords } from './words/types.ts'

/** The key of a text as a source. */
export const textKeyOf = ({ publisher = '' }: Pick<DraftInput, 'publisher'>): string => slug(publisher, 60) || 'article'

/** Why a text gives no draft. */
export type NoDraft = 'no_agreement' | 'no_parties' | 'one_party' | 'many_parties'

export type Proposal = z.infer<typeof NewAgreement>

/** What a text does not say. */
export interface Gap extends Missing {
  /** Whether it follows from the day of publication, which was not given. */
  needsPublication?: true
}

/** What was read from a text. */
export interface TextRead {
  /** The text in which evidence is counted, if it is not the one that was sent. */
  plainText: string | null
  language: Language
  found: { agreement: Proposal; values: DraftValue[]; missing: Gap[]; sides: SideFound[]; isOfKnown: boolean } | NoDraft
}

/** Reads a text. Takes time in proportion to its length, and yields to the event loop. */
export async function readText(given: DraftInput, names: Names, today: string): Promise<TextRead> {
  const plainText = isHtml(given.text) ? textOfHtml(given.text) : null
  const text = plainText ?? given.text
  const language = (given.language && knownLanguage(given.language)) || languageIn(text)
  const day = given.publishedOn && isDay(given.publishedOn) ? given.publishedOn : today
  await setImmediate()
  const reading = await Reading.of(text, language, names, day)
  const title = given.title ? await Reading.of(given.title, language, names, day) : undefined
  const core = coreOf(reading)
  await setImmediate()
  const { sides, many } = await sidesOf(reading, title, core)
  const reason = reasonAgainst(core, sides, many)
  const found = reason ?? (await draftOf({ given, reading, title, core, sides, names }))
  return { plainText, language, found }
}

function reasonAgainst(core: readonly Core[], { length }: readonly SideFound[], many: boolean): NoDraft | undefined {
  if (core.length === 0) return 'no_agreement'
  if (many) return 'many_parties'
  if (length < 2) return length === 0 ? 'no_parties' : 'one_party'
  return undefined
}

interface Material {
  given: DraftInput
  reading: Reading
  title: Reading | undefined
  core: readonly Core[]
  sides: SideFound[]
  names: Names
}

async function draftOf(material: Material): Promise<Exclude<TextRead['found'], NoDraft>> {
  const { given, reading, title, core, sides, names } = material
  const published = given.publishedOn && isDay(given.publishedOn) ? given.publishedOn : undefined
  const changed = isOfKnown(core)
  const bodies: SignatoryFound[][] = []
  for (const side of sides) {
    await setImmediate()
    bodies.push(signatoriesOf(reading, core, side, names))
  }
  await setImmediate()
  const signing = bodies.flatMap((side, i) => (side.length > 0 ? side.map(({ body }) => body) : [sides[i]!.party]))
  const topics = topicsOf(reading, core, names, signing)
  await setImmediate()
  const type = typeOf(reading, core, changed)
  const isTopic = topicAt(reading, names)
  const isNotes = type?.type === 'exchange_of_notes' || type?.type === 'exchange_of_letters'
  const dates = await datesOf(reading, core, { published, topics: isTopic, isNotes })
  await setImmediate()
  const term = await termOf(reading, core, published)
  await setImmediate()
  const people = changed ? [] : representativesOf(reading, core, sides)
  const binding = bindingOf(reading, core)
  await setImmediate()
  const claims = claimsOf(reading)
  await setImmediate()
  const values = new Values(reading, title)
  const key = textKeyOf(given)
  const official = changed ? undefined : titleIn(reading, core)
  const descriptive = describedTitle(
    type?.type ?? 'other',
    sides.map(({ party }) => party),
    topics.map(({ code }) => code),
    names,
  )
  if (official) values.add('/title', official, 'medium')
  if (type) values.add('/type', type.at, 'high')
  if (binding) values.add('/binding', binding.at, 'high')
  const agreement = NewAgreement.parse({
    title: official ? reading.words(official).replace(/\s+/g, ' ').slice(0, 2000) : descriptive,
    titleIsDescriptive: official === undefined,
    type: type?.type ?? 'other',
    binding: binding?.binding ?? 'unknown',
    signatories: signatures({ sides, bodies, people, key, values }),
    dates: datesIn({ dates: dates.dates, term, key, reading, values }),
    term: term.term,
    entryIntoForce: term.entryIntoForce,
    researchDomains: topics.map(
      ({ code, at, confidence }, i) => (values.add(`/researchDomains/${i}`, at, confidence), code),
    ),
    claims: claimsIn(claims, key, values),
    sources: [sourceOf(given, { key, reading, core, language: given.language ?? reading.language })],
  } satisfies z.input<typeof NewAgreement>)
  for (const { pointer, at, confidence } of term.values)
    if (pointer !== '/extension') values.addAt(pointer, at, confidence)
  const missing = missingIn(agreement, {
    undated: dates.undated.map(({ event }) => event),
    needsPublication: dates.needsPublication,
  })
  return { agreement, values: values.all, missing, sides, isOfKnown: changed }
}

/** The values of a draft with the words that they rest on. */
class Values {
  readonly all: DraftValue[] = []
  readonly #reading: Reading
  readonly #title: Reading | undefined

  constructor(reading: Reading, title: Reading | undefined) {
    this.#reading = reading
    this.#title = title
  }

  add(pointer: string, span: Span, confidence: Confidence, inTitle = false): void {
    const reading = inTitle && this.#title ? this.#title : this.#reading
    this.#push(pointer, reading.place(span), confidence, inTitle ? 'title' : 'text')
  }

  addAt(pointer: string, at: { start: number; end: number }, confidence: Confidence): void {
    this.#push(pointer, at, confidence, 'text')
  }

  #push(
    pointer: string,
    { start, end }: { start: number; end: number },
    confidence: Confidence,
    where: 'text' | 'title',
  ): void {
    const { text } = where === 'title' ? this.#title! : this.#reading
    this.all.push({ pointer, confidence, evidence: { in: where, start, end, words: text.slice(start, end) } })
  }
}

/** Whether a research domain begins at a token: `in Science` is no place. */
function topicAt(reading: Reading, names: Names): (i: number) => boolean {
  return (i) =>
    names.topics.at(reading.tokens, i) !== undefined ||
    /^(?:science|sciences|technology|research)$/.test(reading.tokens[i]?.key ?? '')
}

interface Signing {
  sides: readonly SideFound[]
  bodies: readonly SignatoryFound[][]
  people: readonly RepresentativeFound[]
  key: string
  values: Values
}

function signatures({ sides, bodies, people, key, values }: Signing): z.input<typeof NewAgreement>['signatories'] {
  const all: {
    side: 1 | 2
    signatory: string
    representative: { name: string; office: string | null } | null
    source: string
  }[] = []
  for (const [i, { party, at, inTitle, confidence }] of sides.entries()) {
    const side = (i + 1) as 1 | 2
    const person = people.find((one) => one.side === side)
    const signed: SignatoryFound[] = bodies[i]!.length > 0 ? bodies[i]! : [{ body: party, at, confidence }]
    for (const [n, { body, at: words, confidence: sure }] of signed.entries()) {
      const pointer = `/signatories/${all.length}`
      values.add(`${pointer}/signatory`, words, sure, inTitle && body.id === party.id)
      const representative =
        n === 0 && person ? { name: person.name.slice(0, 300), office: person.office?.slice(0, 500) ?? null } : null
      if (representative) values.add(`${pointer}/representative/name`, person!.nameAt, person!.confidence)
      if (representative?.office) values.add(`${pointer}/representative/office`, person!.officeAt!, person!.confidence)
      all.push({ side, signatory: body.code, representative, source: key })
    }
  }
  return all
}

interface Dating {
  dates: readonly DateFound[]
  term: TermFound
  key: string
  reading: Reading
  values: Values
}

function datesIn({ dates, term, key, reading, values }: Dating): z.input<typeof NewAgreement>['dates'] {
  return dates.map(({ event, date, at, confidence, place, party, effective }, i) => {
    values.addAt(`/dates/${i}/date`, at, confidence)
    if (place) values.add(`/dates/${i}/place`, place, 'medium')
    if (effective) values.addAt(`/dates/${i}/effectiveDate`, effective.at, 'medium')
    const extension = event === 'extended' ? term.extension : null
    if (extension)
      values.addAt(`/dates/${i}/extension`, term.values.find(({ pointer }) => pointer === '/extension')!.at, 'high')
    return {
      event,
      date,
      effectiveDate: effective?.date ?? null,
      place: place ? reading.words(place).slice(0, 300) : null,
      signatory: party?.code ?? null,
      extension,
      source: key,
    }
  })
}

const claimsIn = (claims: readonly ClaimFound[], key: string, values: Values): z.input<typeof NewAgreement>['claims'] =>
  claims.map(({ statement, at, confidence }, i) => {
    values.add(`/claims/${i}/statement`, at, confidence)
    return { statement, source: key, assessment: 'unverified' as const, note: null }
  })

/** The most of a sentence that is quoted, in UTF-16 units. */
const maxQuote = 1000

function sourceOf(
  { title, publisher, url, publishedOn }: DraftInput,
  { key, reading, core, language }: { key: string; reading: Reading; core: readonly Core[]; language: string },
): NewSource {
  const quoted = core.find(({ acts }) => acts.some(({ act }) => act !== 'agreed')) ?? core[0]!
  const { start, end } = reading.place(quoted)
  return {
    key,
    title: title?.slice(0, 500) ?? reading.text.trim().split('\n', 1)[0]!.slice(0, 100),
    publisher: publisher ?? null,
    url: url ?? null,
    publishedOn: publishedOn ?? null,
    language,
    quote: reading.text.slice(start, Math.min(end, start + maxQuote)).toWellFormed(),
  }
}

function bindingOf(
  reading: Reading,
  core: readonly Core[],
): { binding: 'binding' | 'non_binding'; at: Span } | undefined {
  const first = core[0]?.sentence ?? 0
  for (const [sentence, span] of reading.sentences.entries()) {
    if (sentence < first - 1 || sentence > first + 20) continue
    for (const { from, to, values } of bindingWords(reading.language).in(reading.tokens, span.from, span.to))
      return { binding: values[0]!, at: { from, to } }
  }
  return undefined
}

function missingIn(
  { signatories, dates, type }: Proposal,
  { undated, needsPublication }: { undated: readonly string[]; needsPublication: boolean },
): Gap[] {
  const missing: Gap[] = []
  if (type === 'other')
    missing.push({ pointer: '/type', message: 'The text does not say what type of agreement it is.' })
  if (needsPublication)
    missing.push({
      pointer: '/dates',
      message:
        'The text gives a day such as “yesterday” or “on Tuesday”. Send `publishedOn`, from which it is counted.',
      needsPublication: true,
    })
  for (const event of undated)
    missing.push({ pointer: '/dates', message: `The text gives no day for: ${event.replaceAll('_', ' ')}.` })
  if (dates.length === 0 && undated.length === 0)
    missing.push({ pointer: '/dates', message: 'The text gives no day of signature.' })
  for (const [i, { representative }] of signatories.entries())
    if (!representative)
      missing.push({ pointer: `/signatories/${i}/representative`, message: 'The text does not say who signed.' })
  return missing
}
