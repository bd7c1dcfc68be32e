import type { z } from 'zod'
import { agreementTypes } from '../../agreements/tables.ts'
import { statedStatuses } from '../../agreements/time/lifecycle.ts'
import type { Mapping } from '../../imports/mapping/schemas.ts'
import { type ImportOptions, ImportOptions as Options } from '../../imports/schemas.ts'
import { didYouMean } from '../../problems/did-you-mean.ts'
import { invalidResult } from '../../problems/from-zod.ts'
import { applyRoles } from './apply-roles.ts'
import type { Head } from './head.ts'
import { homeIn, splitIn } from './parties.ts'
import { isUnique, notTaken, roleNamed, rolesFor, simpleRules } from './roles.ts'
import { becomes, fromTitle, otherType, withBecome } from './types.ts'

/** How a file is to be read and imported. */
export interface Plan {
  mapping: Mapping
  /** How the file is read, if not as it was found. */
  reading: Pick<ImportOptions, 'encoding' | 'separator' | 'sheet' | 'headerRow'>
  options: Pick<ImportOptions, 'collection' | 'mode' | 'unknownParties' | 'partial'>
  /** How often it was read: a form of an earlier reading is about other columns. */
  readings: number
}

/** What is wrong with a form: messages by the names of its fields. */
export type Errors = ReadonlyMap<string, string>

const formatsOf = ({ dates = [], statements = [] }: Mapping, column: string): string =>
  [...dates.map(({ date }) => date), ...statements.flatMap(({ onDay }) => onDay ?? [])]
    .find((rule) => rule.column === column)
    ?.formats?.join('|') ?? ''

/** The fields of the form for a plan. */
export function fieldsOf({ mapping, options, readings }: Plan, head: Head): URLSearchParams {
  const names = rolesFor(mapping)
  const fields = new URLSearchParams({ readings: String(readings) })
  const rules = new Map(simpleRules(mapping, namesOf(head)).map(({ column, role }) => [column, role]))
  for (const [i, { name }] of head.columns.entries()) {
    fields.set(`column-${i}`, names.get(rules.get(name) ?? notTaken)!)
    fields.set(`format-${i}`, formatsOf(mapping, name))
  }
  for (const { kind, column, table, values } of tablesIn(mapping, head)) {
    fields.set(`${kind}Column`, String(column))
    for (const [i, value] of values.entries()) fields.set(`${kind}-${i}`, becomes(mapping, table, value) ?? '')
  }
  fields.set('typeElse', otherType(mapping))
  fields.set('split', splitIn(mapping))
  fields.set('home', homeIn(mapping).name)
  for (const name of ['collection', 'mode', 'unknownParties', 'partial'] as const) fields.set(name, options[name] ?? '')
  return fields
}

const namesOf = ({ columns }: Head): string[] => columns.map(({ name }) => name)

interface ValueTable {
  kind: 'type' | 'status'
  /** Its number in the head. */
  column: number
  table: string
  values: string[]
}

/** The columns each of whose values the form says what it becomes. */
export function tablesIn(mapping: Mapping, head: Head): ValueTable[] {
  const rules = { type: mapping.type, status: mapping.statements?.[0]?.status }
  return (['type', 'status'] as const).flatMap((kind) => {
    const { column: name, table, split } = rules[kind] ?? {}
    const column = head.columns.findIndex((one) => one.name === name)
    if (table === undefined || column < 0 || split || mapping.tables?.[table]?.file !== undefined) return []
    const { values } = head.columns[column]!
    return values.length > 0 ? [{ kind, column, table, values }] : []
  })
}

/** The values that a table of the form has, with their names. */
const valuesOf = { type: [...agreementTypes], status: ['', ...statedStatuses] } as const

/** The plan that a form says, or what is wrong with it. */
export function planFrom(fields: URLSearchParams, plan: Plan, head: Head): { plan: Plan; errors: Errors } {
  const errors = new Map<string, string>()
  const before = fieldsOf(plan, head)
  const roles = rolesIn(fields, before, plan, head, errors)
  const formats = head.columns.map((_, i) => {
    const [given, known] = [fields.get(`format-${i}`) ?? '', before.get(`format-${i}`) ?? '']
    return given === known ? undefined : given
  })
  const given = (name: string) => fields.get(name)?.trim() ?? ''
  const otherwise = given('typeElse')
  if (![...agreementTypes, fromTitle].includes(otherwise)) errors.set('typeElse', 'Must be one of the types.')
  const options = optionsIn(fields, errors)
  if (errors.size > 0) return { plan, errors }
  const parties = { home: given('home').slice(0, 2000), split: given('split') }
  const applied = applyRoles({ mapping: plan.mapping, head, roles, formats, otherwise, ...parties }, errors)
  const mapping = tablesIn(plan.mapping, head).reduce((mapping, { kind, column, table, values }) => {
    if (!mapping.tables?.[table] || given(`${kind}Column`) !== String(column)) return mapping
    const all: readonly string[] = valuesOf[kind]
    const changed = values.flatMap((value, i): [string, string][] => {
      const to = fields.get(`${kind}-${i}`)
      if (to === null || to === before.get(`${kind}-${i}`)) return []
      if (!all.includes(to)) errors.set(`${kind}-${i}`, 'Must be one of the choices.')
      return [[value, to]]
    })
    return withBecome(mapping, table, new Map(changed))
  }, applied)
  return { plan: { ...plan, mapping, options }, errors }
}

/** The role of each column. */
function rolesIn(
  fields: URLSearchParams,
  before: URLSearchParams,
  { mapping }: Plan,
  head: Head,
  errors: Map<string, string>,
) {
  const names = rolesFor(mapping)
  const first = new Map<string, string>()
  return head.columns.map(({ name }, i) => {
    const text = fields.get(`column-${i}`) ?? before.get(`column-${i}`)!
    const role = roleNamed(names, text)
    if (role === undefined) {
      const { didYouMean: meant } = didYouMean(text, names.values())
      const hint = meant === undefined ? 'Choose one of the list.' : `Did you mean “${meant}”?`
      errors.set(`column-${i}`, `“${text.slice(0, 60)}” is not one of the choices. ${hint}`)
      return notTaken
    }
    const other = first.get(role)
    if (other !== undefined && isUnique(role))
      errors.set(`column-${i}`, `Only one column can be this, and “${other}” is it already.`)
    if (other === undefined) first.set(role, name)
    return role
  })
}

/** The parameters of the import. */
function optionsIn(fields: URLSearchParams, errors: Map<string, string>): Plan['options'] {
  const shape = Options.pick({ collection: true, mode: true, unknownParties: true, partial: true })
  const given = Object.fromEntries(
    Object.keys(shape.shape).flatMap((name) => {
      const value = fields.get(name)?.trim()
      return value ? [[name, value]] : []
    }),
  )
  const read = shape.safeParse(given, { reportInput: true })
  if (read.success) return read.data
  for (const [name, message] of wrongIn(read.error, shape)) errors.set(name, message)
  return {}
}

/** The errors of a schema by the names of the fields. */
export const wrongIn = (error: z.ZodError, schema: z.ZodType): [name: string, message: string][] =>
  invalidResult(error, schema).errors.map(({ pointer = '', message }) => [pointer.slice(1), message])
