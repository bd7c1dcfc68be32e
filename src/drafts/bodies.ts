import { remembered } from '../shared/remembered.ts'
import { bySentence, type Core } from './core.ts'
import type { Body, Names } from './names.ts'
import type { Confidence, SideFound } from './parties.ts'
import type { Mention, Reading, Span } from './reading/reading.ts'
import { keysOf } from './reading/tokens.ts'

/** A body that signed for a party. */
export interface SignatoryFound {
  body: Body
  at: Span
  confidence: Confidence
}

const speech = new Set('said says told announced reported stated wrote tweeted according welcomed'.split(' '))
const offices = new Set(
  'department departments ministry ministries agency agencies directorate directorates authorities bodies offices'.split(
    ' ',
  ),
)
const ofBoth = new Set('respective both two'.split(' '))

/** Words by which texts speak of a body without naming it, and the words of names that fit. */
const topics = new Map<string, string[]>(
  Object.entries({
    technology: ['technology', 'science', 'ict', 'innovation'],
    science: ['science', 'research', 'technology'],
    research: ['research', 'science'],
    security: ['security'],
    defence: ['defence', 'defense'],
    defense: ['defence', 'defense'],
    health: ['health'],
    energy: ['energy'],
    environment: ['environment'],
    agriculture: ['agriculture'],
    education: ['education'],
    foreign: ['foreign', 'affairs'],
    finance: ['finance', 'treasury'],
    trade: ['trade', 'commerce'],
    transport: ['transport', 'transportation'],
    space: ['space'],
  }),
)

/**
 * The bodies of a side that signed: the narrowest that sentences about the agreement name or, less surely, describe
 * (`their respective technology departments`). Empty: the party itself.
 */
export function signatoriesOf(
  reading: Reading,
  core: readonly Core[],
  side: SideFound,
  names: Names,
): SignatoryFound[] {
  const named = namedBodies(reading, core, side)
  const above = named[0]?.body ?? side.party
  const described = describedBody(reading, core, { side, above, names })
  return described ? [described, ...named.slice(1)] : named
}

function namedBodies(reading: Reading, core: readonly Core[], { party }: SideFound): SignatoryFound[] {
  const inCore = new Set(core.map(({ sentence }) => sentence))
  const nouns = bySentence(reading, reading.nouns)
  const found = new Map<string, SignatoryFound & { isCore: boolean }>()
  for (const mention of reading.mentions) {
    const { body } = mention
    if (mention.party.id !== party.id || body.id === party.id || isSpeaking(reading, mention)) continue
    const { sentence } = reading.tokens[mention.from]!
    const isCore = inCore.has(sentence)
    if (!isCore && !nouns.has(sentence)) continue
    if (!found.has(body.id) || (isCore && !found.get(body.id)!.isCore))
      found.set(body.id, { body, at: mention, confidence: isCore ? 'high' : 'medium', isCore })
  }
  const broader = aboveOthers(found)
  const narrowest = [...found.values()].filter(({ body }) => !broader.has(body.id))
  const isAnyCore = narrowest.some(({ isCore }) => isCore)
  return narrowest.filter(({ isCore }) => isCore || !isAnyCore).slice(0, isAnyCore ? 3 : 1)
}

/** The ids of the bodies that stand above others of them: directly, or by bodies that are among them too. */
function aboveOthers(bodies: ReadonlyMap<string, { body: Body }>): Set<string> {
  const above = new Set<string>()
  for (const { body } of bodies.values()) {
    for (let id = body.parentId; id !== null && !above.has(id);) {
      const parent = bodies.get(id)
      if (parent === undefined) break
      above.add(id)
      id = parent.body.parentId
    }
  }
  return above
}

const isSpeaking = ({ tokens }: Reading, { to }: Mention): boolean =>
  speech.has(tokens[to]?.key ?? '') || speech.has(tokens[to + 1]?.key ?? '')

interface Where {
  side: SideFound
  above: Body
  names: Names
}

function describedBody(
  reading: Reading,
  core: readonly Core[],
  { side, above, names }: Where,
): SignatoryFound | undefined {
  const { tokens } = reading
  // A text can have the same few words thousands of times.
  const fit = remembered(topics.size, (topic) =>
    names.under(above).filter(({ name }) => keysOf(name).some((key) => topics.get(topic)!.includes(key))),
  )
  for (const { from, to } of core) {
    for (let i = from + 1; i < to; i++) {
      const topic = tokens[i - 1]!.key
      if (!offices.has(tokens[i]!.key) || !topics.has(topic) || reading.mentionAt(i - 1)) continue
      const mention = reading.mentionAt(i - 2) ?? reading.mentionAt(i - 3)
      if (!isOfBoth(reading, i, { from, to }) && mention?.party.id !== side.party.id) continue
      const bodies = fit(topic)
      if (bodies.length === 1) return { body: bodies[0]!, at: { from: i - 1, to: i + 1 }, confidence: 'low' }
    }
  }
  return undefined
}

/** `their respective technology departments`, `the technology departments of both countries`. */
function isOfBoth(reading: Reading, office: number, { from, to }: Span): boolean {
  const { tokens } = reading
  for (let i = office - 2; i >= from && office - i < 5 && !reading.endsClause(i + 1); i--)
    if (ofBoth.has(tokens[i]!.key)) return true
  return tokens.slice(office + 1, Math.min(to, office + 4)).some(({ key }) => ofBoth.has(key))
}
