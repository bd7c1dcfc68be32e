import type { Agreement } from '../../agreements/schemas.ts'
import type { Others } from '../relations.tsx'
import { writtenAgreement } from './agreement-names.ts'
import type { Field, Json, JsonObject, Option, Values } from './fields.ts'
import { askedField, choiceField } from './names.ts'

interface FieldGroup {
  title: string
  fields: Field[]
  more?: { list: string; text: string }
  /** Whether it is folded until it is needed: it is open when it has an error. */
  isFolded?: boolean
}

/** A part of an agreement that a form edits. */
export interface Part {
  title: string
  /** Where on the page of the agreement it is. */
  anchor: string
  groups: FieldGroup[]
  /** What fields show that an agreement does not have as it is shown: the names of entries. */
  shown: Record<string, string>
  /** What else saving does. */
  finish?: (whole: JsonObject, values: Values) => void
  /** What the button says that removes it, and what it does. @throws Problem 409 */
  removal?: { text: string; apply: (whole: JsonObject) => void }
}

/**
 * A part of an agreement: an item by its key, or a new one.
 * @param values what was sent, which decides how many rows a form has
 * @param others the agreements that it names
 * @returns undefined when there is no such item
 */
export type PartOf = (
  agreement: Agreement,
  whole: JsonObject,
  key: string,
  values: Values,
  others: Others,
) => Part | undefined

export const newKey = 'new'
/** The key of what is edited as a whole. */
export const allKey = 'all'

export const sourcesOf = ({ sources }: Agreement): Option[] => [
  ['', 'None'],
  ...sources.map(({ key, title }): Option => [key, title]),
]

export const choice = (
  name: string,
  label: string,
  at: string,
  options: Option[],
  more: Partial<Field> = {},
): Field => ({
  name,
  label,
  kind: 'choice',
  at,
  options,
  ...more,
})

/** What a field shows that names another agreement: its title, and which one of that title it is. */
export function agreementShown(name: string, id: Json | undefined, others: Others): Record<string, string> {
  if (typeof id !== 'string') return {}
  const written = writtenAgreement(others.get(id))
  return { [name]: written, [askedField(name)]: written, [choiceField(name)]: id }
}
