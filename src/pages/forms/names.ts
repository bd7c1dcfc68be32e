import type { Database } from '../../database/connect.ts'
import { onDay, PartyMatcher } from '../../imports/parties.ts'
import { collectionLookup } from '../../registry/collections/lookup.ts'
import { nameKey } from '../../registry/name-keys.ts'
import { type Entries, find, type Lookup, type Placed } from '../../registry/lookup.ts'
import { domainLookup } from '../../registry/research-domains/lookup.ts'
import { signatoryLookup } from '../../registry/signatories/lookup.ts'
import { exact, suggest } from '../../registry/unknown-codes.ts'
import { Text } from '../../shared/schemas.ts'
import { agreementsMeant } from './agreement-names.ts'
import { type Field, type NameKind, typed, type Values } from './fields.ts'
import { searchNames } from './search-names.ts'

/** An entry that a text may mean. */
export interface Choice {
  /** What it is chosen by; it may be an id, and is shown only if it is not. */
  code: string
  name: string
  /** How a field shows it, if not by name and code. */
  written?: string
  /** What tells it from others of the same name. */
  note?: string
}

/** What the names in a form were taken for. */
export interface Names {
  /** The codes of the entries that were found, by the name of the field. */
  codes: Map<string, string>
  /** The entries that the text of a field may mean, for a person to choose from; empty when none is near. */
  choices: Map<string, Choice[]>
  /** What a field shows instead of what was typed: a name for a code. */
  shown: Map<string, string>
  /** The bodies that a person wants to be added to the registry, by the name of the field. */
  added: Map<string, AddedBody>
}

/** A body that the registry lacks. */
interface AddedBody {
  name: string
  /** The code of its party. */
  parent: string
}

type Found = Placed & { code: string; scheme?: string; name?: string; label?: string }

/** How the names of one kind are looked up. */
interface Kind {
  lookup: Lookup<Found>
  nameOf: (entry: Found) => string
}

type RegistryKind = Exclude<NameKind, 'agreement'>

const kinds: Record<RegistryKind, Kind> = {
  signatory: { lookup: signatoryLookup, nameOf: ({ name = '' }) => name },
  body: { lookup: signatoryLookup, nameOf: ({ name = '' }) => name },
  domain: { lookup: domainLookup as unknown as Lookup<Found>, nameOf: ({ label = '' }) => label },
  collection: { lookup: collectionLookup, nameOf: ({ name = '' }) => name },
}

/** An entry as a field shows it, and takes it back: `Sweden (SE)`. */
export const writtenName = ({ code, name, written = `${name} (${code})` }: Choice): string => written

/** The choice that adds a body to the registry. */
export const addChoice = 'add'

export const choiceField = (name: string): string => `${name}.choice`
/** The text for which the choices beside a field were made: with another text they are void. */
export const askedField = (name: string): string => `${name}.asked`

export const isName = (kind: Field['kind']): kind is NameKind => kind === 'agreement' || Object.hasOwn(kinds, kind)

/**
 * Finds the entries that the fields of a form name: by code, by name in any language, or by the choice that a person made.
 * @param day when they existed, if known: it decides between a state and a former one of the same name
 */
export async function namesIn(
  db: Database,
  fields: readonly Field[],
  values: Values,
  day: string | null,
): Promise<Names> {
  const names: Names = { codes: new Map(), choices: new Map(), shown: new Map(), added: new Map() }
  // Parties come before their bodies, which are looked up under them.
  for (const field of fields) {
    const { name, kind, within } = field
    const text = typed(values, name)
    if (!isName(kind) || text === '') continue
    const chosen = values.get(askedField(name)) === text ? typed(values, choiceField(name)) : ''
    const party = within === undefined ? undefined : names.codes.get(within)
    if (kind === 'body' && party === undefined) continue
    if (kind === 'body' && chosen === addChoice) {
      names.added.set(name, { name: text, parent: party! })
      continue
    }
    const isCompared = names.choices.size < maxCompared
    const found =
      kind === 'agreement'
        ? await agreementsIn(db, text, chosen)
        : ((await chosenIn(db, kind, chosen)) ?? (await meantBy(db, kind, text, { day, party, isCompared })))
    if (found.length !== 1 || !found[0]!.isSure) names.choices.set(name, found.slice(0, maxChoices))
    else {
      names.codes.set(name, found[0]!.code)
      if (chosen !== '') names.shown.set(name, writtenName(found[0]!))
    }
  }
  return names
}

async function agreementsIn(db: Database, text: string, chosen: string): Promise<Meant[]> {
  const { isSure, found } = await agreementsMeant(db, text, chosen)
  return found.map(({ id, written, note }) => ({ code: id, name: written, written, note, isSure }))
}

/** The entry that a person chose, if it still exists. */
async function chosenIn(db: Database, kind: RegistryKind, code: string): Promise<Meant[] | undefined> {
  if (code === '' || !LookedUp.safeParse(code).success) return undefined
  const { entries, list } = await entriesOf(db, kinds[kind].lookup, [code])
  return list.length === 0 ? undefined : sure(kind, list, entries, undefined)
}

const maxChoices = 6

/** For how many names of a form that are not found others are looked for: it takes some milliseconds for each. */
const maxCompared = 10

/** Longer texts, and such as PostgreSQL cannot store, name nothing. */
const LookedUp = Text(130)

interface Where {
  day: string | null
  /** The code of the party under which a body is looked up. */
  party: string | undefined
  /** Whether others are looked for if it is not found. */
  isCompared: boolean
}

type Meant = Choice & { isSure: boolean }

/** What a text means: one entry that is sure, or several that may be meant. */
async function meantBy(db: Database, kind: RegistryKind, text: string, where: Where): Promise<Meant[]> {
  if (!LookedUp.safeParse(text).success) return []
  const { lookup, nameOf } = kinds[kind]
  const [, bare = '', inside = ''] = /^(.*\S) \(([^()]+)\)$/.exec(text) ?? []
  const coded = await find(
    db,
    lookup,
    [text, inside].filter(Boolean).map((reference) => ({ reference })),
    'free',
  )
  const written = inside !== '' && coded.has(inside) ? coded.get(inside) : undefined
  if (written && nameKey(nameOf(written)) === nameKey(bare)) return sure(kind, [written], coded, where.party)
  const byName = await entriesOf(db, lookup, await codesNamed(db, kind, text, where))
  const named = sure(kind, byName.list, byName.entries, where.party)
  if (named.length > 0) return named
  if (coded.has(text)) return sure(kind, [coded.get(text)], coded, where.party)
  if (!where.isCompared) return []
  const [near, searched] = await Promise.all([
    suggest(db, lookup.names, [text]),
    searchNames(db, kind, text, where.party),
  ])
  const suggested = await entriesOf(db, lookup, near.get(text) ?? [])
  const likely = sure(kind, suggested.list, suggested.entries, where.party)
  const all = new Map([...likely, ...searched].map(({ code, name }) => [code, { code, name, isSure: false }]))
  return [...all.values()]
}

/** The codes of the entries that have exactly this name, in any language. */
async function codesNamed(db: Database, kind: RegistryKind, text: string, { day }: Where): Promise<string[]> {
  if (kind === 'domain' || kind === 'collection') {
    return (await exact(db, kinds[kind].lookup.names, [text])).get(text) ?? []
  }
  const matcher = new PartyMatcher()
  await matcher.lookUp(db, [text])
  const { fits } = matcher.of(text)
  return (kind === 'body' ? fits : onDay(fits, day)).map(({ code }) => code)
}

async function entriesOf(db: Database, lookup: Lookup<Found>, codes: string[]) {
  const entries = await find(
    db,
    lookup,
    codes.map((reference) => ({ reference })),
    'free',
  )
  return { entries, list: codes.filter(entries.has).map(entries.get.bind(entries)) }
}

/** The entries as choices; of bodies only those under the party. */
function sure(kind: RegistryKind, list: Found[], entries: Entries<Found>, party: string | undefined): Meant[] {
  const { lookup, nameOf } = kinds[kind]
  const isUnder = (entry: Found): boolean =>
    party === undefined || entries.above(entry).some(({ code }) => code === party)
  return list.filter(isUnder).map((entry) => ({ code: lookup.codeOf(entry), name: nameOf(entry), isSure: true }))
}
