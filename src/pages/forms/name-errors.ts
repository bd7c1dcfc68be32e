import type { BodyError } from '../../problems/problems.ts'
import { type Field, typed, type Values } from './fields.ts'
import { isName, type Names } from './names.ts'

/** The names that were not found, or can mean several entries, as errors. */
export const nameErrors = (fields: readonly Field[], values: Values, { codes, choices, added }: Names): BodyError[] =>
  fields.flatMap(({ name, kind, at, within }) => {
    const isOpen = isName(kind) && typed(values, name) !== '' && !codes.has(name) && !added.has(name)
    // Without its party, a body is not looked up: the party says what is wrong.
    if (!isOpen || (within !== undefined && !codes.has(within))) return []
    const message = messageFor(kind, (choices.get(name) ?? []).length > 0)
    return [{ pointer: at ?? name, code: 'unknown_code', message }]
  })

function messageFor(kind: Field['kind'], isNear: boolean): string {
  if (kind === 'agreement') {
    return isNear
      ? 'Choose one of the agreements below, or write another title.'
      : 'No agreement in the register has this title, reference or number.'
  }
  if (isNear) return 'Choose one of the entries below, or write another name.'
  if (kind === 'body') return 'No body of this party has this name. Add it below, or write another name.'
  return 'Nothing in the registry has this name.'
}
