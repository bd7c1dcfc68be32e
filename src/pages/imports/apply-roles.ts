import type { DateRule, Mapping } from '../../imports/mapping/schemas.ts'
import { LifecycleEvent } from '../../agreements/dates/schemas.ts'
import type { Head, HeadColumn } from './head.ts'
import { homeIn, missingParty, partyRules, type PartyColumn, splitIn } from './parties.ts'
import { notTaken, simpleRules } from './roles.ts'
import { fromTitle, isFromTitle, otherType, statusFrom, typeFrom, typeWithout } from './types.ts'

interface Said {
  mapping: Mapping
  head: Head
  /** The role of each column, in the order of the head. */
  roles: string[]
  /** The formats of each column's days, if they are not as in the mapping; an empty text: as they are found. */
  formats: (string | undefined)[]
  /** The type where no column has one. */
  otherwise: string
  home: string
  split: string
}

/** A column whose role is another one than in the mapping, or was none there. */
interface Change {
  column: HeadColumn
  from: string
  to: string
}

/** The mapping with the roles of the form. What the form does not change stays as it is. */
export function applyRoles(said: Said, errors: Map<string, string>): Mapping {
  const { head, roles } = said
  const names = head.columns.map(({ name }) => name)
  const before = new Map(simpleRules(said.mapping, names).map(({ column, role }) => [column, role]))
  const changes = head.columns.flatMap((column, i): Change[] => {
    const [from, to] = [before.get(column.name) ?? notTaken, roles[i]!]
    return from === to ? [] : [{ column, from, to }]
  })
  const steps = [removeOld, addNew, setPlace, setFormats, setType, setParties]
  return steps.reduce((mapping, step) => step(mapping, { ...said, changes, errors }), said.mapping)
}

interface Step extends Said {
  changes: Change[]
  errors: Map<string, string>
}

const columnWith = ({ head, roles }: Said, role: string): HeadColumn | undefined => head.columns[roles.indexOf(role)]

type Lists = 'dates' | 'statements' | 'identifiers' | 'documents' | 'researchDomains' | 'relations'

function without<Name extends Lists>(
  mapping: Mapping,
  name: Name,
  is: (rule: NonNullable<Mapping[Name]>[number]) => boolean,
): Mapping {
  const { [name]: rules, ...rest } = mapping
  const kept = ((rules ?? []) as NonNullable<Mapping[Name]>[number][]).filter((rule) => !is(rule))
  return { ...rest, ...(kept.length > 0 && { [name]: kept }) } as unknown as Mapping
}

const omit = (mapping: Mapping, ...names: (keyof Mapping)[]): Mapping =>
  Object.fromEntries(Object.entries(mapping).filter(([name]) => !names.includes(name as keyof Mapping))) as Mapping

/** Takes away the rules of columns that are something else now. The type and the parties are set as a whole later. */
function removeOld(mapping: Mapping, { changes }: Step): Mapping {
  return changes.reduce((mapping, { column: { name }, from }) => removed(mapping, name, from), mapping)
}

function removed(mapping: Mapping, name: string, from: string): Mapping {
  const [role, of] = from.split(/:(.*)/s)
  switch (role) {
    case 'title':
      return { ...mapping, title: { constant: untitled } }
    case 'key-reference':
      return omit(mapping, 'rowKey', 'reference')
    case 'key':
      return omit(mapping, 'rowKey')
    case 'reference':
    case 'summary':
    case 'languages':
      return omit(mapping, role)
    case 'length': {
      const { length: _, ...term } = mapping.term ?? {}
      return { ...omit(mapping, 'term'), ...(Object.keys(term).length > 0 && { term }) }
    }
    case 'date':
      return without(mapping, 'dates', ({ event, date, when }) => event === of && date.column === name && !when)
    case 'status':
      return without(mapping, 'statements', ({ status }) => status.column === name)
    case 'identifier':
      return without(mapping, 'identifiers', ({ scheme, value }) => scheme === of && value.column === name)
    case 'document':
      return without(mapping, 'documents', ({ url }) => url.column === name)
    case 'domain':
      return without(mapping, 'researchDomains', ({ column }) => column === name)
    case 'relation':
      return without(mapping, 'relations', ({ kind, to }) => kind === of && to.column === name)
    default:
      return mapping
  }
}

const untitled = 'Untitled'

function addNew(mapping: Mapping, { changes, errors }: Step): Mapping {
  const all = changes.reduce((mapping, { column, to }) => added(mapping, column, to), mapping)
  if (all.title.constant === untitled) errors.set('columns', 'Choose which column is the title.')
  return all
}

function added(mapping: Mapping, column: HeadColumn, to: string): Mapping {
  const { name, split, formats } = column
  const [role, of = ''] = to.split(/:(.*)/s)
  const rule = { column: name, ...(split.length > 0 && { split }) }
  switch (role) {
    case 'title': {
      const { titleIsDescriptive: _, ...rest } = mapping
      return { ...rest, title: { column: name } }
    }
    case 'key-reference':
      return { ...mapping, rowKey: { column: name }, reference: { column: name } }
    case 'key':
      return { ...mapping, rowKey: { column: name } }
    case 'reference':
    case 'summary':
      return { ...mapping, [role]: { column: name } }
    case 'languages':
      return { ...mapping, languages: rule }
    case 'length':
      return { ...mapping, term: { ...mapping.term, length: { column: name, unit: 'years' as const } } }
    case 'date': {
      const date = { column: name, ...(formats.length > 0 && { formats }) }
      const made: DateRule = { event: LifecycleEvent.parse(of), date }
      return { ...mapping, dates: [...(mapping.dates ?? []), made] }
    }
    case 'status':
      return statusFrom(mapping, column)
    case 'identifier':
      return { ...mapping, identifiers: [...(mapping.identifiers ?? []), { scheme: of, value: rule }] }
    case 'document':
      return {
        ...mapping,
        documents: [...(mapping.documents ?? []), { title: { constant: name }, url: { column: name } }],
      }
    case 'domain':
      return { ...mapping, researchDomains: [...(mapping.researchDomains ?? []), rule] }
    case 'relation': {
      const kind = of as NonNullable<Mapping['relations']>[number]['kind']
      return { ...mapping, relations: [...(mapping.relations ?? []), { kind, to: rule }] }
    }
    default:
      return mapping
  }
}

/** The place belongs to the signature. */
function setPlace(mapping: Mapping, said: Step): Mapping {
  if (!said.changes.some(({ from, to }) => [from, to].some((role) => role === 'place' || role === 'date:signed')))
    return mapping
  const place = columnWith(said, 'place')
  const { dates = [] } = mapping
  const at = dates.findIndex(({ event, when }) => event === 'signed' && !when)
  if (place && at < 0) {
    said.errors.set(
      `column-${said.head.columns.indexOf(place)}`,
      'The place of signature needs a column with the day of signature.',
    )
  }
  if (at < 0) return mapping
  const { place: before, ...signed } = dates[at]!
  const rule = place && { place: before?.column === place.name ? before : { column: place.name } }
  return { ...mapping, dates: dates.with(at, { ...signed, ...rule }) }
}

function setFormats(mapping: Mapping, { head, formats }: Step): Mapping {
  const given = new Map(
    head.columns.flatMap(({ name }, i) => (formats[i] === undefined ? [] : [[name, formats[i]] as const])),
  )
  if (given.size === 0 || !mapping.dates) return mapping
  return {
    ...mapping,
    dates: mapping.dates.map((rule) => {
      const text = given.get(rule.date.column)
      if (text === undefined) return rule
      const { formats: _, ...date } = rule.date
      return { ...rule, date: text === '' ? date : { ...date, formats: text.split('|') } }
    }),
  }
}

function setType(mapping: Mapping, said: Step): Mapping {
  const column = columnWith(said, 'type')
  const isNew = said.changes.some(({ to }) => to === 'type')
  if (column && isNew) return typeFrom(mapping, column, said.otherwise)
  const before = otherType(said.mapping)
  if (column) {
    return said.otherwise === before ? mapping : { ...mapping, type: { ...mapping.type, default: said.otherwise } }
  }
  const title = columnWith(said, 'title')
  const wasColumn = said.changes.some(({ from }) => from === 'type')
  const titleChanged = said.changes.some(({ to }) => to === 'title')
  const followsTitle = said.otherwise === fromTitle && titleChanged && (mapping.derived ?? []).some(isFromTitle)
  if (said.otherwise === before && !wasColumn && !followsTitle) return mapping
  return typeWithout(mapping, said.otherwise, title)
}

function setParties(mapping: Mapping, said: Step): Mapping {
  const { changes, roles, head, home, split, errors } = said
  const isParty = (role: string) => /^(?:side:|parties$|partner$)/.test(role)
  const columns = head.columns.flatMap((column, i): PartyColumn[] => {
    const role = roles[i]!
    if (!isParty(role)) return []
    const before = mapping.parties.find((rule) => rule.column === column.name && !rule.when)
    return [{ role: role as PartyColumn['role'], column, before }]
  })
  const others = mapping.parties.some(
    ({ column, when }) => column !== undefined && (when || !head.columns.some(({ name }) => name === column)),
  )
  const missing = others ? undefined : missingParty({ columns, home, split })
  if (missing !== undefined) errors.set(missing.startsWith('Write') ? 'home' : 'columns', missing)
  const isSame =
    home === homeIn(said.mapping).name &&
    split === splitIn(said.mapping) &&
    !changes.some(({ from, to }) => isParty(from) || isParty(to))
  if (isSame || missing !== undefined) return mapping
  const gone = changes.flatMap(({ column, from }) => (isParty(from) ? [column.name] : []))
  const ruled = partyRules(mapping, { columns, home, split }) as Mapping
  return countedAnew(ruled, gone)
}

/**
 * Rows are left out for the number of parties in a column: no longer where it names none, and by what divides them now.
 */
function countedAnew(mapping: Mapping, gone: string[]): Mapping {
  const { leaveOut = [], ...rest } = mapping
  const splits = new Map(mapping.parties.map(({ column, split }) => [column, split]))
  const kept = leaveOut
    .filter(({ when }) => !when.every(({ column, split }) => split !== undefined && gone.includes(column)))
    .map((rule) => ({
      ...rule,
      when: rule.when.map((condition) => {
        const split = condition.split && splits.get(condition.column)
        return split ? { ...condition, split } : condition
      }),
    }))
  return { ...rest, ...(kept.length > 0 && { leaveOut: kept }) }
}
