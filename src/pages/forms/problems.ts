import { Problem, type ProblemError } from '../../problems/problems.ts'
import type { FormErrors } from './controls.tsx'
import { type Field, typed, type Values } from './fields.ts'

/** The field to which an error belongs: the one with this name, the one at its pointer or above it, or the first below it. */
function fieldOf(pointer: string, fields: readonly Field[]): Field | undefined {
  const isAt = (at: string | null): at is string => at !== null && (at === pointer || pointer.startsWith(`${at}/`))
  const above = fields.filter(({ at }) => isAt(at)).toSorted((a, b) => b.at!.length - a.at!.length)
  return (
    above[0] ??
    fields.find(({ name, item }) => name === pointer || item === pointer) ??
    fields.find(({ at }) => at?.startsWith(`${pointer}/`))
  )
}

/** What errors of the API mean in the words of a form. */
const inForms: Record<string, string> = {
  deleted: 'This agreement is deleted. Restore it first, or name another one.',
  no_extension: 'Only the act “Extended” can have this. Choose that act, or leave this empty.',
  no_amendment: 'Only the act “Amended” can have this. Choose that act, or leave this empty.',
  length_or_last_day: 'Give either the length or the last day.',
  two_ends: 'Give either the length or the last day: the last day follows from the length.',
}

/** What is wrong with a field, for the person who filled it in. */
function messageFor({ kind, options }: Field, text: string, { message, code }: ProblemError): string {
  if (Object.hasOwn(inForms, code)) return inForms[code]!
  if (text === '' && options && code === 'invalid_value') return 'Choose one.'
  if (kind === 'day' && /[a-wyz]/i.test(text)) {
    return 'Must be a day such as `3 March 2024`, a month such as `March 2024`, or a year.'
  }
  if (kind === 'duration' && code === 'invalid_value')
    return 'Must be a time such as `5 years`, `18 months` or `90 days`.'
  if (kind === 'language' && text !== '') return 'Must be a language such as `Japanese`.'
  if (kind === 'languages') return 'Must be languages such as `English, Swedish`.'
  return message
}

/** The errors of a problem, each at its field. */
export function errorsAt(problem: Problem, fields: readonly Field[], values: Values): FormErrors {
  const byField = new Map<string, string[]>()
  const others: string[] = []
  for (const error of problem.errors) {
    const field = error.pointer === undefined ? undefined : fieldOf(error.pointer, fields)
    const message = field ? messageFor(field, typed(values, field.name), error) : error.message
    const all = field ? (byField.get(field.name) ?? []) : others
    if (!all.includes(message)) all.push(message)
    if (field) byField.set(field.name, all)
  }
  if (problem.errors.length === 0) others.push(problem.message)
  return { byField: inOrder(byField, fields), others }
}

const inOrder = (byField: Map<string, string[]>, fields: readonly Field[]): Map<string, string[]> =>
  new Map(fields.flatMap(({ name }) => (byField.has(name) ? [[name, byField.get(name)!]] : [])))

/** The errors of two checks as one problem with the status of the first that found any. */
export function bothProblems(first: Problem | undefined, second: Problem | undefined): Problem | undefined {
  if (!first || !second) return first ?? second
  return new Problem(first.code, first.message, [...second.errors, ...first.errors])
}
