import { type Agreement, AgreementReplacement } from '../../agreements/schemas.ts'
import type { NewSource } from '../../agreements/sources/schemas.ts'
import { invalid } from '../../problems/from-zod.ts'
import { Problem, type ProblemError, ruleBroken } from '../../problems/problems.ts'
import { firstFree } from '../../shared/text.ts'
import type { AddFields } from '../forms/add-fields.ts'
import type { Field, Json, JsonObject, Values } from '../forms/fields.ts'
import { nameErrors } from '../forms/name-errors.ts'
import type { Names } from '../forms/names.ts'
import { bothProblems } from '../forms/problems.ts'
import { itemsIn, wholeOf } from '../forms/whole.ts'
import { itemAt, keyIn } from './compare.ts'
import { draftAgreement } from './draft-page.tsx'

/** A form of which something is to be added to an agreement of the register. */
export interface Sent {
  values: Values
  fields: AddFields
  names: Names
}

/** An act of an agreement, by what tells it from others. */
export interface Act {
  event: Json | undefined
  signatory: Json | undefined
  occurrence: Json | undefined
}

interface Addition {
  input: AgreementReplacement
  /** The acts of which dates are added. */
  acts: Act[]
  /** A problem with its errors at the places that the form has. */
  placed: (problem: Problem) => Problem
}

/** An agreement with what was chosen added to it. @throws Problem 400, 422 */
export function additionTo(agreement: Agreement, chosen: readonly Field[], sent: Sent): Addition {
  const { values, fields, names } = sent
  const own = draftAgreement(values, fields, names.codes)
  const whole = wholeOf(agreement)
  const places = new Map<string, string>()
  const source = addSource(whole, agreement, own, places)
  const acts: Act[] = []
  for (const { at } of chosen) {
    const list = at!.split('/')[1]!
    const items = itemsIn(whole, list)
    const item: JsonObject = { ...itemAt(own, list, at), source }
    places.set(`/${list}/${items.length}`, at!.split('/').slice(0, 3).join('/'))
    if (list === 'dates') {
      const act = actOf(item)
      acts.push(act)
      item['preferred'] = !items.some((other) => isSame(actOf(other), act))
    }
    items.push(item)
  }
  const placed = (problem: Problem): Problem =>
    new Problem(
      problem.code,
      problem.message,
      problem.errors.map((error) => inForm(error, places)),
    )
  const { data, error } = AgreementReplacement.safeParse(whole, { reportInput: true })
  const unnamed = nameErrors(fieldsBeside(fields, chosen), values, names)
  const problem = bothProblems(
    error && placed(invalid(error, AgreementReplacement, 'body')),
    unnamed.length === 0 ? undefined : ruleBroken(unnamed),
  )
  if (problem) throw problem
  return { input: data!, acts, placed }
}

/** Adds the text as a source, unless the agreement has it already. @returns its key. @throws Problem 422 when the form has none */
function addSource(whole: JsonObject, { sources }: Agreement, own: JsonObject, places: Map<string, string>): string {
  const [source] = itemsIn(own, 'sources')
  if (!source) throw ruleBroken([{ pointer: 'sources.0.title', code: 'required', message: 'Must be given.' }])
  const existing = keyIn(sources, source as unknown as NewSource)
  if (existing !== undefined) return existing
  const key = firstFree(
    source['key'] as string,
    sources.map((one) => one.key),
  )
  const items = itemsIn(whole, 'sources')
  places.set(`/sources/${items.length}`, '/sources/0')
  items.push({ ...source, key })
  return key
}

/** The fields of the rows in which the chosen ones are. */
const fieldsBeside = ({ dates, claims }: AddFields, chosen: readonly Field[]): Field[] =>
  [...dates, ...claims].filter((row) => row.some((field) => chosen.includes(field))).flat()

/** An error with the place in the form instead of that in the agreement. What the form does not have, has none. */
function inForm({ pointer, ...error }: ProblemError, places: ReadonlyMap<string, string>): ProblemError {
  const item = pointer === undefined ? undefined : /^\/\w+\/\d+/.exec(pointer)?.[0]
  const place = item === undefined ? undefined : places.get(item)
  return place === undefined ? error : { ...error, pointer: `${place}${pointer!.slice(item!.length)}` }
}

type Signatory = Json | undefined | { code: string }

const codeOf = (signatory: Signatory): Json =>
  typeof signatory === 'object' && signatory !== null && 'code' in signatory
    ? (signatory.code ?? null)
    : (signatory ?? null)

/** The act of a date, as a request has it or as the register shows it. */
export const actOf = (date: JsonObject | Agreement['dates'][number]): Act => ({
  event: date.event,
  signatory: codeOf(date.signatory),
  occurrence: date.occurrence ?? 1,
})

export const isSame = (one: Act, other: Act): boolean =>
  one.event === other.event && one.signatory === other.signatory && one.occurrence === other.occurrence
