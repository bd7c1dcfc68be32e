import type { Core } from './core.ts'
import type { Body } from './names.ts'
import type { Confidence, SideFound } from './parties.ts'
import type { Reading, Span } from './reading/reading.ts'
import { keySet } from './reading/tokens.ts'

/** A person who signed for a side. */
export interface RepresentativeFound {
  side: 1 | 2
  name: string
  nameAt: Span
  office: string | null
  officeAt: Span | undefined
  confidence: Confidence
}

/** The nouns of offices. */
const offices = keySet(
  'minister ministers secretary undersecretary president chancellor premier ambassador commissioner director governor king queen prince chairman chairwoman chair administrator chief envoy consul official delegate ministre ministra ministro président présidente presidente presidenta secrétaire secretario secretaria ambassadeur ambassadrice embajador embajadora embaixador embaixadora chanceler canciller ministerin präsident präsidentin bundeskanzler bundeskanzlerin kanzler kanzlerin botschafter botschafterin außenminister außenministerin staatssekretär staatssekretärin bundesminister bundesministerin министр президент посол премьер секретарь глава',
)
/** Words that belong to an office: before its noun, or after it. */
const ofOffice = keySet(
  'foreign cabinet prime deputy vice under assistant acting first second senior general state federal interior defence defense finance trade science health energy environment agriculture education transport space technology research external cultural economic economy justice home labour labor industry commerce executive permanent chief joint attorney performing duties special the premier vizepremier adjoint général estado relaciones exteriores affaires étrangères',
)
const linking = keySet(
  'of for and the to de des du la le les et del y los las für der die das und von по и иностранных дел',
)
const counterpart = keySet(
  'counterpart counterparts homologue homólogo homóloga amtskollege amtskollegin amtskollegen коллега',
)
const noName = keySet(
  'the a an on in at by for it he she they both this that said monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december agreement memorandum treaty understanding republic kingdom government state united nations le la les el los der die das und et y and of with from to under',
)

interface Person extends Span {
  /** The office that goes with the name. */
  office: Span | undefined
}

/** The people that sentences about the signature name with their office, each on the side that the words around tell. */
export function representativesOf(
  reading: Reading,
  core: readonly Core[],
  sides: readonly SideFound[],
): RepresentativeFound[] {
  const found: RepresentativeFound[] = []
  for (const sentence of signingSentences(reading, core)) {
    const people = peopleIn(reading, sentence)
    for (const person of people) {
      const told = sideOf(reading, person, sentence, sides) ?? otherSide(reading, person, found, sentence)
      const side = told ?? (people.length === 2 ? inOrder(people, person) : secretaryOf(reading, person, sides))
      if (side === undefined || found.some((one) => one.side === side)) continue
      found.push({
        side,
        name: reading.words(person),
        nameAt: { from: person.from, to: person.to },
        office: person.office ? reading.words(person.office) : null,
        officeAt: person.office,
        confidence: person.office && told ? 'medium' : 'low',
      })
    }
    if (found.length >= 2) break
  }
  return found.toSorted((a, b) => a.side - b.side)
}

/** Of two people, the first is of the side that is named first. */
const inOrder = (people: readonly Person[], person: Person): 1 | 2 => (people.indexOf(person) === 0 ? 1 : 2)

/** The states whose ministers are secretaries. */
const withSecretaries = ['US', 'PH', 'MX']

function secretaryOf(reading: Reading, { office }: Person, sides: readonly SideFound[]): 1 | 2 | undefined {
  if (
    !office ||
    !reading.tokens.slice(office.from, office.to).some(({ key }) => key === 'secretary' || key === 'undersecretary')
  )
    return undefined
  const index = sides.findIndex(({ party }) => withSecretaries.includes(party.code))
  return index < 0 ? undefined : ((index + 1) as 1 | 2)
}

/** Core sentences with a signature, and others in which somebody signed. */
function signingSentences(reading: Reading, core: readonly Core[]): Span[] {
  const numbers = new Set<number>()
  for (const { sentence, acts } of core)
    if (acts.some(({ act }) => act !== 'agreed' || acts.length > 1)) numbers.add(sentence)
  const first = core[0]?.sentence ?? Infinity
  for (const act of reading.acts) {
    const { sentence } = reading.tokens[act.from]!
    if (act.act === 'signed' && act.mood === 'done' && sentence > first && sentence < first + 12) numbers.add(sentence)
  }
  return [...numbers].toSorted((a, b) => a - b).map((number) => reading.sentences[number]!)
}

/** The people of a sentence: capitalized words next to an office, or who `signed for` a side. */
function peopleIn(reading: Reading, { from, to }: Span): Person[] {
  const { tokens } = reading
  const people: Person[] = []
  for (let i = from; i < to; i++) {
    if (offices.has(tokens[i]!.key) || (counterpart.has(tokens[i]!.key) && !isOfficeNear(reading, i, to))) {
      const person = personAt(reading, i, { from, to })
      if (person) {
        people.push(person)
        i = Math.max(i, (person.office ?? person).to - 1, person.from < i ? i : person.to - 1)
      }
    } else if (/^(?:for|pour|por|für)$/.test(tokens[i]!.key) && reading.mentionAt(i + 1) && i > from) {
      const name = nameBefore(reading, reading.actAt(i - 1) ? i - 1 : i, from)
      if (name && !people.some((one) => one.from < name.to && name.from < one.to))
        people.push({ ...name, office: undefined })
    }
  }
  return people.filter((one, i) => people.findIndex((other) => other.from === one.from) === i)
}

/** Whether an office follows `counterpart` in its clause: that one leads to the name. */
const isOfficeNear = ({ tokens }: Reading, i: number, to: number): boolean =>
  tokens.slice(i + 1, Math.min(to, i + 3)).some(({ key }) => offices.has(key))

function personAt(reading: Reading, head: number, { from, to }: Span): Person | undefined {
  const { tokens } = reading
  let begin = head
  while (begin > from && tokens[begin]!.gap.trim() === '' && isOfOffice(reading, begin - 1)) begin -= 1
  while (begin < head && linking.has(tokens[begin]!.key)) begin += 1
  let end = head + 1
  const isPlain = () => end < to && tokens[end]!.gap.trim() === ''
  if (isPlain() && /^(?:general|generale|adjoint)$/.test(tokens[end]!.key)) end += 1
  // `Minister of Water and Irrigation`: up to a comma, a verb or the name.
  if (end < to && linking.has(tokens[end]!.key)) {
    while (
      (isPlain() || tokens[end]?.gap === '-') &&
      end < to &&
      end - head < 16 &&
      (tokens[end]!.gap === '-' || isParticle(end) || linking.has(tokens[end]!.key) || tokens[end]!.isCapital) &&
      !reading.actAt(end)
    )
      end += 1
    while (end > head + 1 && linking.has(tokens[end - 1]!.key)) end -= 1
    const after = nameAfter(reading, end, to)
    if (!after) {
      const split = lastName(reading, head, end)
      if (split && !nameBeforeComma(reading, begin, from)) return { ...split, office: { from: begin, to: split.from } }
    }
  }
  if (counterpart.has(tokens[head]!.key) && end < to && !tokens[end]!.isCapital && /,/.test(tokens[end + 1]?.gap ?? ''))
    end += 1
  const name = nameAfter(reading, end, to) ?? nameBeforeComma(reading, begin, from)
  return name && { ...name, office: counterpart.has(tokens[head]!.key) ? undefined : { from: begin, to: end } }

  function isParticle(i: number): boolean {
    return particles.has(tokens[i]!.key) && !linking.has(tokens[i]!.key) && i + 1 < to && isNameWord(reading, i + 1)
  }
}

const isOfOffice = (reading: Reading, i: number): boolean => {
  const token = reading.tokens[i]!
  return (ofOffice.has(token.key) && token.key !== 'the') || (offices.has(token.key) && token.isCapital)
}

/** `Minister of Science and ICT Mun Mi-ock`: the last two words or more, if the office goes on before them. */
function lastName(reading: Reading, head: number, end: number): Span | undefined {
  const { tokens } = reading
  let first = end - 1
  const isJoined = (i: number) =>
    tokens[i]!.gap === '-' || (particles.has(tokens[i]!.key) && !linking.has(tokens[i]!.key))
  while (first > head && (isJoined(first) || isJoined(first - 1))) first -= 1
  // `Elske van Rooden` has its first name already.
  if (!tokens.slice(first, end).some(({ key }) => particles.has(key))) first -= 1
  if (first < head + 3 || linking.has(tokens[first]!.key) || linking.has(tokens[first - 1]!.key)) return undefined
  for (let i = first; i < end; i++) if (!isNameWord(reading, i) && !isJoined(i)) return undefined
  return { from: first, to: end }
}

function isNameWord(reading: Reading, i: number): boolean {
  const token = reading.tokens[i]
  if (!token || noName.has(token.key) || offices.has(token.key) || reading.mentionAt(i)) return false
  return token.isCapital && /^\p{L}/u.test(token.key) && !token.isAcronym
}

/** Small words within names: `Elske van Rooden`, `Mun Mi-ock`. */
const particles = new Set('van von de der den da dos del la al bin ibn ben di le el abu'.split(' '))

const honorifics = keySet('mr mrs ms miss dr prof sir dame h e hon mme mlle m herr frau señor señora sr sra excellency')

/** The name that begins at a token or after a comma there; two to five words. */
function nameAfter(reading: Reading, from: number, to: number): Span | undefined {
  const { tokens } = reading
  let at = from
  while (at < to && honorifics.has(tokens[at]!.key) && /^[\s,.(]*$/.test(tokens[at]!.gap)) at += 1
  if (at >= to || !/^[\s,.(]*$/.test(tokens[at]!.gap) || !isNameWord(reading, at)) return undefined
  let end = at + 1
  while (end < to && end - at < 5 && /^[ .-]*$/.test(tokens[end]!.gap) && !reading.actAt(end)) {
    if (isNameWord(reading, end) || (tokens[end]!.gap === '-' && end - at > 0)) end += 1
    else if (particles.has(tokens[end]!.key) && end + 1 < to && isNameWord(reading, end + 1)) end += 2
    else break
  }
  return end - at >= 2 ? { from: at, to: end } : undefined
}

/** The name before a comma: `Ingrid Solbakken, Norway's Minister of Fisheries`. */
function nameBeforeComma(reading: Reading, office: number, from: number): Span | undefined {
  const { tokens } = reading
  let comma = office
  while (comma > from && office - comma < 5 && !tokens[comma]!.gap.includes(',')) comma -= 1
  if (!tokens[comma]!.gap.includes(',')) return undefined
  const between = tokens.slice(comma, office)
  const isFree = between.every(
    ({ key, isCapital }, i) => key === 's' || linking.has(key) || isCapital || reading.mentionAt(comma + i),
  )
  return isFree ? nameBefore(reading, comma, from) : undefined
}

function nameBefore(reading: Reading, end: number, from: number): Span | undefined {
  const { tokens } = reading
  let begin = end
  while (begin > from && end - begin < 4) {
    const i = begin - 1
    if (begin < end && !/^[ .-]*$/.test(tokens[begin]!.gap)) break
    if (isNameWord(reading, i) || (begin < end && tokens[begin]!.gap === '-' && tokens[i]!.isCapital)) begin -= 1
    else if (begin < end && (particles.has(tokens[i]!.key) || (tokens[i + 1]!.gap === '-' && tokens[i]!.isCapital)))
      begin -= 1
    else if (begin === end && tokens[i]!.gap === '-' && isNameWord(reading, i - 1)) begin -= 1
    else break
  }
  return end - begin >= 2 && tokens[begin]!.isCapital ? { from: begin, to: end } : undefined
}

/** The side whose name stands in the office, before it, or after `for`. */
function sideOf(reading: Reading, person: Person, sentence: Span, sides: readonly SideFound[]): 1 | 2 | undefined {
  const numberOf = (body: Body | undefined): 1 | 2 | undefined => {
    const index = sides.findIndex(({ party }) => party.id === body?.id)
    return index < 0 ? undefined : ((index + 1) as 1 | 2)
  }
  const [begin, end] = [
    Math.min(person.from, person.office?.from ?? person.from),
    Math.max(person.to, person.office?.to ?? person.to),
  ]
  const { tokens } = reading
  for (let i = begin; i < end; i++) {
    const side = numberOf(reading.mentionAt(i)?.party)
    if (side) return side
  }
  for (let i = end; i < Math.min(sentence.to, end + 4); i++) {
    if (!/^(?:for|of|pour|por|fur|de|du|von|signed|the|for)$/.test(tokens[i]!.key)) {
      const side = /^(?:for|of|pour|por|fur|de|du|von|the)$/.test(tokens[i - 1]?.key ?? '')
        ? numberOf(reading.mentionAt(i)?.party)
        : undefined
      if (side) return side
      break
    }
  }
  for (let i = begin - 1; i >= Math.max(sentence.from, begin - 3); i--) {
    const side = numberOf(reading.mentionAt(i)?.party)
    if (side && (tokens[i + 1]?.key === 's' || reading.mentionAt(i)!.isAdjective || i === begin - 1)) return side
  }
  return undefined
}

/** `his counterpart`, and the second of two of whom the first is known, are of the other side. */
function otherSide(
  reading: Reading,
  person: Person,
  found: readonly RepresentativeFound[],
  { from }: Span,
): 1 | 2 | undefined {
  const begin = Math.min(person.from, person.office?.from ?? person.from)
  const isCounterpart = reading.tokens
    .slice(Math.max(from, begin - 6), begin + 1)
    .some(({ key }) => counterpart.has(key))
  if (found.length === 1) return (3 - found[0]!.side) as 1 | 2
  return isCounterpart && found.length === 0 ? 2 : undefined
}
