import type { Mapping } from '../../imports/mapping/schemas.ts'
import { columnsOf } from '../../imports/mapping/templates.ts'
import { homeIn } from './parties.ts'
import { simpleRules } from './roles.ts'
import { isFromTitle } from './types.ts'

const names: Partial<Record<keyof Mapping, string>> = {
  rowKey: 'Number of the row',
  reference: 'Reference',
  title: 'Title',
  alternativeTitles: 'Title in another language',
  type: 'Type',
  binding: 'Whether it binds',
  summary: 'Summary',
  languages: 'Languages',
  parties: 'Party',
  dates: 'Day',
  statements: 'Status',
  entryIntoForce: 'How it enters into force',
  term: 'How long it runs',
  identifiers: 'Number in a series',
  documents: 'Link',
  sources: 'Source',
  researchDomains: 'Research domain',
  relations: 'Related agreement',
}

/** What a rule of one column says besides which column it is. */
const extras: Record<string, string> = {
  unknown: 'some values mean unknown',
  keep: 'only some of its values are used',
  century: 'years that are a century away are corrected',
  several: 'it can have several days in a cell',
  language: 'names of months are in another language',
  effectiveDate: 'the day of its effect is in another column',
  party: 'a column says whose act it is',
  note: 'there is a note on it',
  representative: 'a column names who signed',
  office: 'a column has the office of who signed',
  role: 'these bodies have another role than signing',
}

/** The rules of a mapping that the form has no field for, in words. They are kept as they are. */
export function toldOf(mapping: Mapping, columns: readonly string[]): string[] {
  const rules = simpleRules(mapping, columns)
  const told: string[] = []
  const { unknown = [], leaveOut = [], derived = [], optionalColumns = [] } = mapping
  if (unknown.length > 0) told.push(`These values mean unknown: ${quoted(unknown)}.`)
  for (const { reason } of leaveOut) told.push(`Rows are left out: ${reason}`)
  for (const rule of derived.filter((rule) => !isFromTitle(rule)))
    told.push(`A column is made from ${quoted([...columnsIn(rule)])}.`)
  if (optionalColumns.length > 0) told.push(`The file can lack these columns: ${quoted(optionalColumns)}.`)
  const covered = new Set(rules.map(({ at }) => at))
  if (rules.some(({ role }) => role === 'key-reference')) covered.add('reference')
  for (const [key, name] of Object.entries(names) as [keyof Mapping, string][]) {
    for (const [at, rule] of itemsOf(mapping, key)) {
      if (covered.has(at) || isOfForm(mapping, key, at)) continue
      const from = [...columnsIn(rule)]
      told.push(from.length > 0 ? `${name}: from ${quoted(from)}.` : `${name}: the same in every row.`)
    }
  }
  for (const { column, at } of rules) {
    const rule = at.split('/').reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], mapping)
    const more = [...keysIn(rule)].flatMap((key) => extras[key] ?? [])
    if (more.length > 0) told.push(`\`${column}\`: ${more.join('; ')}.`)
  }
  return told
}

const quoted = (texts: readonly string[]): string =>
  texts
    .slice(0, 10)
    .map((text) => `\`${text.replaceAll('`', '’').slice(0, 60)}\``)
    .join(', ') + (texts.length > 10 ? ' …' : '')

/** The rules under a key, with their places: `dates/0`. */
function itemsOf(mapping: Mapping, key: keyof Mapping): [at: string, rule: unknown][] {
  const rule: unknown = mapping[key]
  if (rule === undefined) return []
  if (Array.isArray(rule)) return rule.map((item, i) => [`${key}/${i}`, item])
  if (key === 'term') return Object.entries(rule as object).map(([part, item]) => [`${key}/${part}`, item])
  return [[key, rule]]
}

/** Whether the form has other fields for it than those of the columns. */
const isOfForm = (mapping: Mapping, key: keyof Mapping, at: string): boolean =>
  (key === 'type' && (mapping.type.constant !== undefined || (mapping.derived ?? []).some(isFromTitle))) ||
  (key === 'title' && mapping.title.constant !== undefined) ||
  homeIn(mapping).at.includes(at)

function* columnsIn(rule: unknown): Generator<string> {
  if (typeof rule !== 'object' || rule === null) return
  for (const [key, part] of Object.entries(rule)) {
    if (key === 'column' && typeof part === 'string') yield part
    else if (key === 'template' && typeof part === 'string') yield* columnsOf(part)
    else yield* columnsIn(part)
  }
}

function* keysIn(rule: unknown): Generator<string> {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) return
  for (const [key, part] of Object.entries(rule)) {
    yield key
    yield* keysIn(part)
  }
}
