import type { Mapping, PartyRule } from '../../imports/mapping/schemas.ts'
import type { Split } from '../../imports/mapping/text-schemas.ts'
import type { HeadColumn } from './head.ts'

/** What the proposal writes where it knows no party. */
const placeholders = ['First party', 'Second party', 'Home party']

interface Home {
  /** Empty when there is none. */
  name: string
  /** Where it is in the mapping. */
  at: string[]
}

/** The party that stands on side 1 of every agreement. */
export function homeIn({ parties, sides }: Mapping): Home {
  if (sides?.home !== undefined) return { name: real(sides.home), at: [] }
  const constants = parties.flatMap(({ constant, side, when }, i) =>
    constant !== undefined && !when && (side === 1 || placeholders.includes(constant)) ? [{ constant, i }] : [],
  )
  const [first] = constants
  const only = constants.length === 1 || constants.every(({ constant }) => placeholders.includes(constant))
  return first && only
    ? { name: real(first.constant), at: constants.map(({ i }) => `parties/${i}`) }
    : { name: '', at: [] }
}

const real = (name: string): string => (placeholders.includes(name) ? '' : name)

/** What divides the parties in a cell, as a value of the form; empty when nothing does. */
export const splitIn = ({ parties }: Mapping): string =>
  parties.find(({ column, side }) => column !== undefined && side === undefined)?.split?.join('|') ?? ''

export const splitNames: Record<Split, string> = {
  semicolon: 'a semicolon (A; B)',
  comma: 'a comma (A, B)',
  pipe: 'a bar (A | B)',
  slash: 'a slash (A / B)',
  and: 'the word “and” (A and B)',
  lines: 'a new line',
  numbered_lines: 'numbered lines (1. A, 2. B)',
}

export interface PartyColumn {
  role: 'side:1' | 'side:2' | 'parties' | 'partner'
  column: HeadColumn
  /** Its rule in the mapping as it was, if it was a party there too. */
  before: PartyRule | undefined
}

interface Given {
  columns: PartyColumn[]
  home: string
  /** Of the form. */
  split: string
}

/** What is missing to know the parties of each row; undefined when nothing is. */
export function missingParty({ columns, home }: Given): string | undefined {
  const has = (role: PartyColumn['role']) => columns.some((one) => one.role === role)
  const [first, second] = [has('side:1') || home !== '', has('side:2')]
  if (has('parties') || has('partner')) {
    if (has('side:1') || second || (has('parties') && has('partner')))
      return 'Choose either one column with both parties, or one with the other party, or one for each side.'
    return has('partner') && home === '' ? 'Write the party that has agreed with the others.' : undefined
  }
  if (first && second) return undefined
  if (!first && !second) return 'Choose which columns name the parties.'
  return first
    ? 'Choose the column with the party on side 2.'
    : 'Choose the column with the party on side 1, or write the party that stands there in every row.'
}

/** The rules about parties, which replace those of the columns that were parties before. */
export function partyRules(
  mapping: Mapping,
  { columns, home, split }: Given,
): Pick<Mapping, 'parties'> & Partial<Mapping> {
  const { sides: _, ...rest } = mapping
  const own = columns.map(({ role, column, before }) => ruleOf(role, column, before, split))
  const others = mapping.parties.filter(
    ({ column, constant, when }, i) =>
      (column === undefined || when !== undefined) &&
      !homeIn(mapping).at.includes(`parties/${i}`) &&
      !isPlaceholder(constant),
  )
  const bySide = columns.every(({ role }) => role.startsWith('side:'))
  if (bySide) {
    const needsHome = home !== '' && !columns.some(({ role }) => role === 'side:1')
    return { ...rest, parties: [...(needsHome ? [{ constant: home, side: 1 }] : []), ...own, ...others] }
  }
  return { ...rest, parties: [...own, ...others], sides: sidesOf(mapping, columns, home) }
}

const isPlaceholder = (constant = ''): boolean => placeholders.includes(constant)

function ruleOf(
  role: PartyColumn['role'],
  { name, split: found }: HeadColumn,
  before: PartyRule | undefined,
  given: string,
): PartyRule {
  if (role.startsWith('side:')) {
    const { side: _, ...rest } = before ?? { column: name, ...(found.length > 0 && { split: found }) }
    return { ...rest, side: Number(role.slice(-1)) }
  }
  const { side: _, split: __, ...rest } = before ?? { column: name }
  const split = given === '' ? (role === 'parties' && found.length > 0 ? found : []) : (given.split('|') as Split[])
  return { ...rest, ...(split.length > 0 && { split }) }
}

function sidesOf({ sides }: Mapping, columns: PartyColumn[], home: string): Mapping['sides'] {
  const isPartner = columns.some(({ role }) => role === 'partner')
  const kept = sides?.rule === 'home' && sides.home === home && (sides.homeImplied ?? false) === isPartner
  if (kept) return sides
  if (isPartner) return { rule: 'home', home, homeImplied: true }
  if (home !== '') return { rule: 'home', home }
  return sides && sides.rule !== 'home' && sides.rule !== 'as_given' ? sides : { rule: 'first_two' }
}
