import type { BodyError } from '../../problems/problems.ts'
import { type Field, typed, type Values } from './fields.ts'
import { isName, type Names } from './names.ts'

/** The names that were not found, or can mean several entries, as errors. */
export const nameErrors = (fields: readonly Field[], values: Values, { codes, choices, added }: Names): BodyError[] =>
  fields.flatMap(({ name, kind, at, within }) => {
    const isOpen = isName(kind) && typed(values, name) !== '' && !codes.has(name) && !added.has(name)
    // Without its party, a body is not looked up: the party says what is wrong.
    if (!isOpen || (within !== undefined && !codes.has(within))) return []
    const near = choices.get(name) ?? []
    const message =
      near.length > 0
        ? 'Choose one of the entries below, or write another name.'
        : within === undefined
          ? kind === 'agreement'
            ? 'No agreement in the register has this title or reference.'
            : 'Nothing in the registry has this name.'
          : 'No body of this party has this name. Add it below, or write another name.'
    return [{ pointer: at ?? name, code: 'unknown_code', message }]
  })
