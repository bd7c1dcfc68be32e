import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { type signatoryKinds, partyKinds } from '../registry/signatories/tables.ts'
import type { Day } from '../shared/calendar.ts'
import { readRows } from '../shared/csv.ts'
import { groupedBy } from '../shared/grouped.ts'
import { Phrases } from './reading/phrases.ts'

/** A body as texts name it. */
export interface Body {
  id: string
  code: string
  name: string
  kind: (typeof signatoryKinds)[number]
  parentId: string | null
  /** Its last day; null when it still exists. */
  validTo: Day | null
}

/** A name in the index: of which body, and how it is written. */
export interface Name {
  body: Body
  /** Written with capitals only, such as `EU`: `us` is not `US`. */
  isAcronym: boolean
  /** An adjective, such as `Dutch`. */
  isAdjective: boolean
}

export interface Topic {
  code: string
  label: string
  broader: string | null
  depth: number
}

/** What a register calls its bodies and research domains. */
export interface Names {
  bodies: Phrases<Name>
  topics: Phrases<Topic>
  byId: Map<string, Body>
  /** The bodies under a body, at any depth. */
  under: (party: Body) => Body[]
  partyOf: (body: Body) => Body
  /** The body with a code. */
  body: (code: string) => Body | undefined
  topic: (code: string) => Topic | undefined
  /** Whether agreements of some bodies can have domains of a scheme: some schemes are those of one body and the bodies under it. */
  canHaveTopicsOf: (scheme: string, bodies: readonly Body[]) => boolean
}

interface BodyRow extends Body {
  aliases: string[]
  names: { name: string }[]
  alpha3: string[]
}

/** Of a register with more bodies, those of parties come first; the rest is not looked for. */
const maxBodies = 60_000

/** The names of registers, by the database they are in, with what tells whether they have changed. */
const kept = new WeakMap<Database, { state: string; names: Promise<Names> }>()

/**
 * The names of all bodies and domains. They are read again when an entry has changed.
 * @param register the database of the server: others may wait for the names when the client of this request is gone
 */
export async function readNames(db: Database, register: Database): Promise<Names> {
  const [row] = await db.query<{ state: string }>(sql`
    select concat_ws(' ', s.count, s.sum, d.count, d.sum) as state
    from (select count(*), sum(hashtextextended(id::text, version)) from signatories) s,
      (select count(*), sum(hashtextextended(id::text, version)) from research_domains) d`)
  const state = row!.state
  const known = kept.get(register)
  if (known?.state === state) return known.names
  const names = load(register)
  const entry = { state, names }
  kept.set(register, entry)
  names.catch(() => kept.get(register) === entry && kept.delete(register))
  return names
}

async function load(db: Database): Promise<Names> {
  const rows = await db.query<BodyRow>(sql`
    select id, code, name, kind, parent_id as "parentId", to_char(valid_to_day, 'YYYY-MM-DD') as "validTo",
      to_json(aliases) as aliases, names, (
        select coalesce(json_agg(i ->> 'value'), '[]') from json_array_elements(identifiers) i
        where i ->> 'scheme' = 'iso3166-1-alpha3') as alpha3
    from signatories order by (kind = any(${sql.param([...partyKinds])}::text[])) desc, code limit ${maxBodies}`)
  const topics = await db.query<Topic>(sql`
    select d.scheme || ':' || d.code as code, d.label, b.scheme || ':' || b.code as broader, d.depth
    from research_domains d left join research_domains b on b.id = d.broader_id order by d.scheme, d.code limit 20000`)
  return indexed(rows, topics)
}

/** Yields to the event loop after each hundred bodies. */
async function indexed(rows: BodyRow[], topics: Topic[]): Promise<Names> {
  const bodies = new Phrases<Name>()
  const byId = new Map(rows.map((row) => [row.id, bodyOf(row)]))
  const byCode = new Map([...byId.values()].map((body) => [body.code, body]))
  for (const [i, row] of rows.entries()) {
    addNames(bodies, byId.get(row.id)!, row)
    if (i % 100 === 99) await setImmediate()
  }
  for (const row of readRows('texts/nationalities.csv')) {
    const body = byCode.get(row['code']!)
    if (body) bodies.add(row['adjective']!, { body, isAcronym: false, isAdjective: true })
  }
  const children = groupedBy([...byId.values()], ({ parentId }) => parentId)
  const under = (party: Body): Body[] =>
    (children.get(party.id) ?? []).flatMap((child) => (isParty(child) ? [] : [child, ...under(child)]))
  const partyOf = (body: Body): Body => {
    const parent = body.parentId === null || isParty(body) ? undefined : byId.get(body.parentId)
    return parent ? partyOf(parent) : body
  }
  const byTopic = new Map(topics.map((topic) => [topic.code, topic]))
  const owners = new Map(readRows('texts/domain-bodies.csv').map((row) => [row['scheme']!, row['body']!]))
  const isUnder = (body: Body, owner: string): boolean => {
    const parent = body.parentId === null ? undefined : byId.get(body.parentId)
    return body.code === owner || (parent !== undefined && isUnder(parent, owner))
  }
  const canHaveTopicsOf: Names['canHaveTopicsOf'] = (scheme, signing) => {
    const owner = owners.get(scheme)
    return owner === undefined || signing.some((body) => isUnder(body, owner))
  }
  const body = (code: string) => byCode.get(code)
  const topic = (code: string) => byTopic.get(code)
  return { bodies, topics: topicsOf(topics, byTopic), byId, under, partyOf, body, topic, canHaveTopicsOf }
}

const isParty = ({ kind }: Body): boolean => partyKinds.some((one) => one === kind)

const bodyOf = ({ id, code, name, kind, parentId, validTo }: BodyRow): Body => ({
  id,
  code,
  name,
  kind,
  parentId,
  validTo,
})

/** A name of the register as a phrase: an asterisk in it stands for nothing else. */
const literal = (name: string): string => name.replaceAll('*', ' ')

/** The codes of ISO 3166-1 are no names: `AND`, `ARE` and `CAN` are words. */
function addNames(bodies: Phrases<Name>, body: Body, { name, aliases, names, alpha3 }: BodyRow): void {
  const inLanguages = names.map((one) => one.name)
  const others = aliases.filter((alias) => !alpha3.includes(alias) || inLanguages.includes(alias))
  const all = new Set([name, ...others, ...inLanguages].filter((one) => one.length <= 150))
  for (const one of all) {
    if (one.replace(/[^\p{L}\p{N}]/gu, '').length < 2) continue
    const isAcronym = /^[\p{Lu}\p{N}.&/ -]{2,8}$/u.test(one) && /\p{Lu}/u.test(one)
    bodies.add(literal(one), { body, isAcronym, isAdjective: false })
    // `Korea, Republic of` is no phrase of a text.
    const [first, last] = one.split(', ', 2)
    if (last && /(?: of(?: the)?| de| du| des)$/i.test(last))
      bodies.add(literal(`${last} ${first}`), { body, isAcronym, isAdjective: false })
  }
}

function topicsOf(topics: Topic[], byCode: Map<string, Topic>): Phrases<Topic> {
  const phrases = new Phrases<Topic>()
  for (const topic of topics) {
    phrases.add(literal(topic.label), topic)
    const singular = /^\p{L}{4,}$/u.test(topic.label) && !topic.label.endsWith('s') ? `${topic.label}s` : undefined
    if (singular) phrases.add(singular, topic)
  }
  for (const row of readRows('texts/domain-words.csv')) {
    const topic = byCode.get(row['domain']!)
    if (topic) for (const words of row['words']!.split(' | ')) phrases.add(words, topic)
  }
  return phrases
}
