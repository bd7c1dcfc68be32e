import type { SignatureRole } from '../../agreements/signatures/tables.ts'
import type { RowReader, Value } from './row-reader.ts'
import type { Mapping, PartyRule } from './schemas.ts'
import { valueKey } from './value-tables.ts'

/** A signatory that is still to be matched with a body. */
export interface MappedSignatory {
  side: 1 | 2
  role: SignatureRole
  /** The name as the file or a table gives it. */
  party: string
  /** The code that the file gives beside the name. */
  code?: string
  representative?: { name: string; office: string | null }
  /** The column that names it; null when the mapping does. */
  column: string | null
  value: string | null
}

interface NamedParty {
  rule: PartyRule
  name: Value
}

/** The signatories of a row, with their sides. Repeated names count once. */
export function signatoriesOf(row: RowReader, { parties, sides }: Mapping): MappedSignatory[] {
  const named = parties.flatMap((rule) =>
    row.fulfils(rule.when) ? row.values(rule).map((name) => ({ rule, name })) : [],
  )
  const rule = sides?.rule ?? 'as_given'
  const placed = rule === 'as_given' ? asGiven(row, named.slice(0, maxNamed)) : arranged(row, distinct(named), sides!)
  const missing = ([1, 2] as const).filter(
    (side) => !placed.some((one) => one.side === side && one.role !== 'witnessed'),
  )
  for (const side of missing) {
    const blank = parties.find((one) => (one.side ?? side) === side && !named.some(({ rule }) => rule === one))
    const origin = blank ? { column: blank.column ?? null, value: '' } : named[0]!.name.origin
    row.error(origin, 'party_missing', `Side ${side} has no signatory.`, 'The name of a party for each side.')
  }
  return placed
}

/** One more than an agreement can have: the rule that there are too many is the register's. */
const maxNamed = 101

function distinct(named: NamedParty[]): NamedParty[] {
  const keys = new Set<string>()
  return named.filter(({ name }) => keys.size < keys.add(valueKey(name.text)).size)
}

function asGiven(row: RowReader, named: NamedParty[]): MappedSignatory[] {
  return named.flatMap((one) => (one.rule.side === undefined ? [] : [signatory(row, one, one.rule.side as 1 | 2)]))
}

function arranged(row: RowReader, all: NamedParty[], sides: NonNullable<Mapping['sides']>): MappedSignatory[] {
  const named = all.slice(0, maxNamed)
  if (sides.rule === 'home') return besideHome(row, named, sides)
  if (sides.rule === 'first_two' && named.length > 2) {
    const names = named.map(({ name }) => name.text).join(', ')
    row.error(
      named[0]!.name.origin,
      'too_many_parties',
      `The row names ${all.length} parties: ${names}.`,
      'Two parties.',
    )
  }
  return named.map((one, index) => signatory(row, one, index === 0 ? 1 : 2))
}

/** The home party on side 1, all others on side 2; the first one on side 1 if the home party is neither named nor implied. */
function besideHome(row: RowReader, named: NamedParty[], sides: NonNullable<Mapping['sides']>): MappedSignatory[] {
  const home = sides.home ?? ''
  const keys = [home, ...(sides.homeNames ?? [])].map(valueKey)
  const isHome = ({ name }: NamedParty): boolean => keys.includes(valueKey(name.text))
  const others = named.filter((one) => !isHome(one))
  const asHome = named.find(isHome)
  if (!asHome && !sides.homeImplied) return named.map((one, index) => signatory(row, one, index === 0 ? 1 : 2))
  const first: MappedSignatory = asHome
    ? { ...signatory(row, asHome, 1), party: home }
    : { side: 1, role: 'signed', party: home, column: null, value: null }
  return [first, ...others.map((one) => signatory(row, one, 2))]
}

function signatory(row: RowReader, { rule, name }: NamedParty, side: 1 | 2): MappedSignatory {
  const code = rule.codeColumn === undefined ? '' : row.cell(rule.codeColumn)
  const [person, office] = [row.value(rule.representative), row.value(rule.office)]
  return {
    side,
    role: rule.role ?? 'signed',
    party: name.text.replaceAll(/\s+/g, ' '),
    ...(code !== '' && { code }),
    ...(person && { representative: { name: person.text, office: office?.text ?? null } }),
    ...name.origin,
  }
}
