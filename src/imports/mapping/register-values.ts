import { agreementTypes, bindings } from '../../agreements/tables.ts'
import {
  afterTerm,
  exitEffects,
  lifecycleEvents,
  noticeFrom,
  statedStatuses,
  triggers,
} from '../../agreements/time/lifecycle.ts'
import type { MappingIssue } from './mapping-error.ts'
import type { MappedTable, Mapping } from './schemas.ts'
import type { TextRule } from './text-schemas.ts'
import { valueKey } from './value-tables.ts'

/** The values of a field that takes no others. */
export interface RegisterValues<Allowed extends string = string> {
  allowed: readonly Allowed[]
  /** What one of them is, in words. */
  what: string
  /** What to do when none of them fits. */
  hint?: string
}

const registerValues = <Allowed extends string>(values: RegisterValues<Allowed>): RegisterValues<Allowed> => values

export const typeValues = registerValues({ allowed: agreementTypes, what: 'a type of the register' })
export const bindingValues = registerValues({ allowed: bindings, what: 'a value of `binding`' })
export const eventValues = registerValues({ allowed: lifecycleEvents, what: 'an act of the register' })
export const statusValues = registerValues({
  allowed: statedStatuses,
  what: 'a status that a source can state',
  hint: 'Leave it blank if the status is not known.',
})
export const triggerValues = registerValues({
  allowed: triggers,
  what: 'what an entry into force can be tied to',
})
export const roundingValues = registerValues({ allowed: ['month'] as const, what: 'a unit to which it is rounded up' })
export const afterTermValues = registerValues({ allowed: afterTerm, what: 'what can happen at the end of a term' })
export const noticeFromValues = registerValues({ allowed: noticeFrom, what: 'when notice may be given' })
export const exitEffectValues = registerValues({ allowed: exitEffects, what: 'when notice takes effect' })

/** The value that a text is: `Joint statement` is `joint_statement`. */
export function valueIn<Allowed extends string>(
  { allowed }: RegisterValues<Allowed>,
  text: string,
): Allowed | undefined {
  const key = valueKey(text).replaceAll(/[ -]/g, '_')
  return allowed.find((one) => one === key)
}

/** What must be instead of a text that is none of the values. `also`: what else would do. */
export const oneOfThem = ({ allowed, hint }: RegisterValues, also = ''): string =>
  `one of ${allowed.join(', ')}${also}.${hint === undefined ? '' : ` ${hint}`}`

type Rule = Pick<Partial<TextRule>, 'constant' | 'default' | 'table'>

/** The rules that must give one of the register's values. */
function rulesWithValues(mapping: Mapping): { pointer: string; rule: Rule | undefined; values: RegisterValues }[] {
  const { type, binding, dates = [], statements = [], entryIntoForce, term } = mapping
  return [
    { pointer: '/type', rule: type, values: typeValues },
    { pointer: '/binding', rule: binding, values: bindingValues },
    ...dates.map(({ eventFrom }, i) => ({ pointer: `/dates/${i}/eventFrom`, rule: eventFrom, values: eventValues })),
    ...statements.map(({ status }, i) => ({ pointer: `/statements/${i}/status`, rule: status, values: statusValues })),
    { pointer: '/entryIntoForce/on', rule: entryIntoForce?.on, values: triggerValues },
    { pointer: '/entryIntoForce/roundedUp', rule: entryIntoForce?.roundedUp, values: roundingValues },
    { pointer: '/term/atEnd', rule: term?.atEnd, values: afterTermValues },
    { pointer: '/term/exit/from', rule: term?.exit?.from, values: noticeFromValues },
    { pointer: '/term/exit/takesEffect', rule: term?.exit?.takesEffect, values: exitEffectValues },
  ]
}

const outside = (pointer: string, values: RegisterValues): MappingIssue => ({
  pointer,
  code: 'not_in_register',
  message: `Must be ${values.what}: ${oneOfThem(values)}`,
})

/**
 * The values that a mapping gives to a field that takes only some: constants, defaults, and what tables give that serve
 * no other fields.
 * @param tablesElsewhere the tables that other rules use
 */
export function valuesOutside(mapping: Mapping, tablesElsewhere: ReadonlySet<string>): MappingIssue[] {
  const issues: MappingIssue[] = []
  const ofTables = new Map<string, RegisterValues[]>()
  for (const { pointer, rule, values } of rulesWithValues(mapping)) {
    if (!rule) continue
    const { constant, table, default: otherwise } = rule
    const given = { ...(table === undefined && { constant }), default: otherwise }
    for (const [key, text] of Object.entries(given))
      if (text !== undefined && valueIn(values, text) === undefined) issues.push(outside(`${pointer}/${key}`, values))
    if (table !== undefined) ofTables.set(table, [...(ofTables.get(table) ?? []), values])
  }
  for (const [name, values] of ofTables) {
    const table = mapping.tables?.[name]
    if (!table || tablesElsewhere.has(name)) continue
    for (const [pointer, text] of valuesOf(table))
      if (text.trim() !== '' && values.every((one) => valueIn(one, text) === undefined))
        issues.push(outside(`/tables/${escaped(name)}${pointer}`, values[0]!))
  }
  return issues
}

/** What a table gives, by its place. */
const valuesOf = ({ entries = {}, otherwise, changes = [] }: MappedTable): [pointer: string, text: string][] => [
  ...Object.entries(entries).map(([from, to]): [string, string] => [`/entries/${escaped(from)}`, to]),
  ...(otherwise === undefined ? [] : [['/otherwise', otherwise] as [string, string]]),
  ...changes.map(({ to }, i): [string, string] => [`/changes/${i}/to`, to]),
]

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** The rules that must give one of the register's values, by their places. */
export const placesOfValues = (mapping: Mapping): Set<string> =>
  new Set(rulesWithValues(mapping).map(({ pointer }) => pointer))
