import { relationKinds } from '../../agreements/tables.ts'
import { lifecycleEvents } from '../../agreements/time/lifecycle.ts'
import type { Mapping } from '../../imports/mapping/schemas.ts'
import { inWords } from '../words.ts'

/** The series whose numbers agreements have most often. */
const schemes = ['tias', 'unts', 'lnts', 'ukts', 'celex', 'eli', 'doi', 'bevans', 'kav', 'ust', 'ats', 'cts']

const relationNames: Record<(typeof relationKinds)[number], string> = {
  amends: 'Reference of the agreement that it amends',
  extends: 'Reference of the agreement that it extends',
  supersedes: 'Reference of the agreement that it replaces',
  implements: 'Reference of the agreement that it carries out',
  terminates: 'Reference of the agreement that it ends',
  cites: 'Reference of an agreement that it cites',
}

export const notTaken = 'none'

/** What a column can be, with its name for people. */
const names = new Map<string, string>([
  [notTaken, 'Not taken'],
  ['title', 'Title'],
  ['type', 'Type of agreement'],
  ['side:1', 'Party on side 1'],
  ['side:2', 'Party on side 2'],
  ['parties', 'Both parties'],
  ['partner', 'The other party'],
  ['date:signed', 'Day: signed'],
  ['place', 'Place of signature'],
  ['date:entered_into_force', 'Day: entered into force'],
  ['status', 'Status'],
  ['key', 'Number of the row'],
  ['reference', 'Reference'],
  ['key-reference', 'Reference, and number of the row'],
  ['summary', 'Summary'],
  ['document', 'Link to the text'],
  ['languages', 'Languages of the text'],
  ['domain', 'Code of a research domain'],
  ['length', 'How long it runs'],
  ...lifecycleEvents.map((event): [string, string] => [`date:${event}`, `Day: ${inWords(event).toLowerCase()}`]),
  ...schemes.map((scheme): [string, string] => [`identifier:${scheme}`, `Number in ${scheme.toUpperCase()}`]),
  ...relationKinds.map((kind): [string, string] => [`relation:${kind}`, relationNames[kind]]),
])

/** The roles that only one column can have. */
export const isUnique = (role: string): boolean =>
  [
    'title',
    'type',
    'key',
    'reference',
    'summary',
    'status',
    'place',
    'length',
    'languages',
    'partner',
    'parties',
  ].includes(role)

/** All roles with their names; those of a mapping can be about series of its own. */
export function rolesFor(mapping: Mapping): Map<string, string> {
  const own = (mapping.identifiers ?? []).map(({ scheme }): [string, string] => [
    `identifier:${scheme}`,
    names.get(`identifier:${scheme}`) ?? `Number in ${scheme}`,
  ])
  return new Map([...names, ...own])
}

/** The role that a text names, whatever the letter case. */
export function roleNamed(roles: ReadonlyMap<string, string>, text: string): string | undefined {
  const given = text.trim().toLowerCase()
  if (given === '') return notTaken
  return [...roles].find(([, name]) => name.toLowerCase() === given)?.[0]
}

/** A rule of a mapping that says no more than what a column is. */
interface SimpleRule {
  role: string
  column: string
  /** Where it is in the mapping: `dates/0`. */
  at: string
}

/** The rules of a mapping from which a form can be made, the first for each column. */
export function simpleRules(mapping: Mapping, columns: readonly string[]): SimpleRule[] {
  const seen = new Set<string>()
  return [...candidates(mapping)].filter(({ column }) => {
    if (!columns.includes(column) || seen.has(column)) return false
    seen.add(column)
    return true
  })
}

function* candidates(mapping: Mapping): Generator<SimpleRule> {
  const { rowKey, reference, sides, term } = mapping
  const same = rowKey?.column !== undefined && rowKey.column === reference?.column
  for (const [name, rule] of [
    ['title', mapping.title],
    ['type', mapping.type],
    [same ? 'key-reference' : 'key', rowKey],
    ...(same ? [] : [['reference', reference] as const]),
    ['summary', mapping.summary],
    ['languages', mapping.languages],
    ['length', term?.length],
  ] as const) {
    if (rule?.column !== undefined) yield { role: name, column: rule.column, at: placeOf[name] ?? name }
  }
  const isPartner = sides?.rule === 'home' && sides.homeImplied === true
  for (const [i, { column, side, when }] of mapping.parties.entries()) {
    if (column === undefined || when) continue
    const role = side !== undefined ? `side:${side}` : isPartner ? 'partner' : 'parties'
    yield { role, column, at: `parties/${i}` }
  }
  for (const [i, { event, date, when }] of (mapping.dates ?? []).entries()) {
    if (event && !when) yield { role: `date:${event}`, column: date.column, at: `dates/${i}` }
  }
  for (const [i, { event, place, when }] of (mapping.dates ?? []).entries()) {
    if (event === 'signed' && !when && place?.column !== undefined)
      yield { role: 'place', column: place.column, at: `dates/${i}/place` }
  }
  const [statement] = mapping.statements ?? []
  if (statement?.status.column !== undefined)
    yield { role: 'status', column: statement.status.column, at: 'statements/0' }
  for (const [i, { scheme, value }] of (mapping.identifiers ?? []).entries()) {
    if (value.column !== undefined) yield { role: `identifier:${scheme}`, column: value.column, at: `identifiers/${i}` }
  }
  for (const [i, { url }] of (mapping.documents ?? []).entries()) {
    if (url.column !== undefined) yield { role: 'document', column: url.column, at: `documents/${i}` }
  }
  for (const [i, { column }] of (mapping.researchDomains ?? []).entries()) {
    if (column !== undefined) yield { role: 'domain', column, at: `researchDomains/${i}` }
  }
  for (const [i, { kind, to, scheme }] of (mapping.relations ?? []).entries()) {
    if (to.column !== undefined && scheme === undefined)
      yield { role: `relation:${kind}`, column: to.column, at: `relations/${i}` }
  }
}

const placeOf: Record<string, string> = { key: 'rowKey', 'key-reference': 'rowKey', length: 'term/length' }
