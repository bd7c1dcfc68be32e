import { type AgreementReplacement, NewAgreement } from '../agreements/schemas.ts'
import { invalidResult } from '../problems/from-zod.ts'
import type { ProblemError } from '../problems/problems.ts'

/** An agreement without what is wrong in its form, so that the rules of the register can judge the rest. */
export interface Remainder {
  /** Undefined when nothing can be judged. Without errors, it is the whole agreement. */
  input: AgreementReplacement | undefined
  /** What is wrong in its form; pointers are those into the whole agreement. */
  errors: ProblemError[]
  /** A pointer into the rest as one into the whole agreement; empty for what the whole one does not have. */
  inWhole: (pointer: string) => string
  /** Whether something of this field is left out. */
  lacks: (field: string) => boolean
}

/** Stand for fields that an agreement must have. No rule of the register depends on them. */
const placeholders: Record<string, unknown> = { title: '-', type: 'other', signatories: [] }

/** How often something is left out: rules that concern several fields are looked at when each of them is right. */
const maxRounds = 5

/**
 * Reads an agreement as POST does; what is wrong is left out: an item of a list, or else the field.
 * @param unmatched the positions of signatories whose body is not known: only their form is judged
 */
export function remainderOf(whole: Record<string, unknown>, unmatched: ReadonlySet<number> = new Set()): Remainder {
  const errors: ProblemError[] = []
  const left = new Map(Object.entries(whole))
  const lacking = new Set<string>()
  /** The places in the whole agreement of the items of a list. */
  const places = new Map<string, number[]>()
  const lacks = (field: string): boolean => lacking.has(field)
  const inWhole = (pointer: string): string => {
    const [, field = '', index, ...rest] = pointer.split('/')
    const kept = places.get(field)
    if (!kept || index === undefined) return pointer
    const place = kept[Number(index)]
    return place === undefined ? '' : ['', field, place, ...rest].join('/')
  }
  const leaveOut = (field: string, items: Set<number>): void => {
    lacking.add(field)
    const list = left.get(field)
    if (items.size === 0 || !Array.isArray(list)) {
      if (field in placeholders) left.set(field, placeholders[field])
      else left.delete(field)
      return
    }
    const isKept = (_: unknown, i: number) => !items.has(i)
    places.set(field, (places.get(field) ?? [...list.keys()]).filter(isKept))
    left.set(field, list.filter(isKept))
  }
  for (const field of ['title', 'type']) if (left.get(field) === undefined) leaveOut(field, new Set())
  for (let round = 0; round < maxRounds; round += 1) {
    const read = NewAgreement.safeParse(Object.fromEntries(left))
    if (read.success) {
      const isUnmatched = (i: number) => unmatched.has(places.get('signatories')?.[i] ?? i)
      const without = [...read.data.signatories.keys()].filter(isUnmatched)
      if (without.length > 0) leaveOut('signatories', new Set(without))
      const signatories = read.data.signatories.filter((_, i) => !without.includes(i))
      return { input: { ...read.data, signatories }, errors, inWhole, lacks }
    }
    const found = invalidResult(read.error, NewAgreement).errors
    errors.push(...found.map((error) => ({ ...error, pointer: inWhole(error.pointer ?? '') })))
    for (const [field, items] of wrongItems(found)) leaveOut(field, items)
  }
  return { input: undefined, errors, inWhole, lacks }
}

/** The fields with errors, and which items of a list have them; none when it is the field itself. */
function wrongItems(errors: ProblemError[]): Map<string, Set<number>> {
  const wrong = new Map<string, Set<number>>()
  for (const { pointer = '' } of errors) {
    const [, field = '', index] = pointer.split('/')
    const items = wrong.get(field) ?? new Set()
    if (index !== undefined && /^\d+$/.test(index)) items.add(Number(index))
    wrong.set(field, items)
  }
  return wrong
}
