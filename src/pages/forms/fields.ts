import { typedDay, typedDuration, writtenDay, writtenDuration } from './words.ts'

/** The fields of a form as they were sent, or as they are shown. */
export type Values = URLSearchParams

/** A field whose text names an entry of a registry, or another agreement. A body is looked up under the party in another field. */
export type NameKind = 'signatory' | 'body' | 'domain' | 'collection' | 'agreement'

export type Option = readonly [value: string, label: string]

/** One control of a form, and the field of the agreement that it writes. */
export interface Field {
  name: string
  label: string
  /** What tells it from others with the same label, such as the side. */
  of?: string
  kind: 'line' | 'text' | 'choice' | 'check' | 'day' | 'duration' | 'number' | 'language' | 'languages' | NameKind
  hint?: string
  options?: readonly Option[]
  /** Whether it takes a whole line of the page. */
  wide?: boolean
  /** Whether the field of the agreement cannot be null. */
  required?: boolean
  /** JSON Pointer into the agreement; null: it writes none. */
  at: string | null
  /** JSON Pointer of the item, if what is wrong with the item as a whole is said beside this field. */
  item?: string
  /** For a body: the name of the field with its party. */
  within?: string
}

/** The label of a field with what tells it from others. */
export const labelOf = ({ label, of }: Field): string => (of === undefined ? label : `${of}: ${label}`)

/** JSON as a request has it. */
export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json
}

const stepsOf = (pointer: string): string[] => pointer.split('/').slice(1)

/** The value at a pointer; undefined where there is none. */
function valueAt(whole: Json, pointer: string): Json | undefined {
  let value: Json | undefined = whole
  for (const step of stepsOf(pointer)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Array.isArray(value) ? value[Number(step)] : value[step]
  }
  return value
}

/** Sets the value at a pointer; objects and lists on the way are made. Undefined takes it away. */
export function setAt(whole: JsonObject, pointer: string, value: Json | undefined): void {
  const steps = stepsOf(pointer)
  let parent: JsonObject = whole
  for (const [i, step] of steps.slice(0, -1).entries()) {
    const next = parent[step]
    const isMade = typeof next === 'object' && next !== null
    const made = isMade ? next : /^\d+$/.test(steps[i + 1]!) ? [] : {}
    parent[step] = made
    // A list takes the same assignments as an object.
    parent = made as JsonObject
  }
  if (value === undefined) delete parent[steps.at(-1)!]
  else parent[steps.at(-1)!] = value
}

/** The text in a field, without the space around it; empty when it was not sent. */
export const typed = (values: Values, name: string): string => (values.get(name) ?? '').replaceAll('\r\n', '\n').trim()

/**
 * What was typed, as a request has it: null or undefined when it was left open.
 * @param codes of the entries of the registry that were found by name, by the name of the field
 */
function toJson(field: Field, values: Values, codes: ReadonlyMap<string, string>): Json | undefined {
  const { name, kind, required = false } = field
  const text = typed(values, name)
  if (kind === 'check') return text !== ''
  if (kind === 'languages') return typedLanguages(text)
  if (text === '') return required ? undefined : null
  if (kind === 'day') return typedDay(text)
  if (kind === 'language') return typedLanguage(text)
  if (kind === 'duration') return typedDuration(text)
  if (kind === 'number' && /^\d{1,9}$/.test(text)) return Number(text)
  return codes.get(name) ?? text
}

/** Writes what was typed into an agreement. */
export function writeFields(
  whole: JsonObject,
  fields: readonly Field[],
  values: Values,
  codes: ReadonlyMap<string, string>,
): void {
  for (const field of fields) if (field.at !== null) setAt(whole, field.at, toJson(field, values, codes))
}

/** What a field shows of an agreement, as a person would type it. */
export function shownIn(field: Field, whole: Json): string {
  const value = field.at === null ? undefined : valueAt(whole, field.at)
  if (value === undefined || value === null || value === false) return ''
  if (Array.isArray(value)) return value.map(String).join(', ')
  if (field.kind === 'check') return 'yes'
  if (typeof value === 'object') return ''
  if (field.kind === 'day') return writtenDay(String(value))
  if (field.kind === 'language') return writtenLanguage(String(value))
  if (field.kind === 'duration') return writtenDuration(String(value))
  return String(value)
}

/** What a field has, in words: the label of a choice instead of its code, of one without a value the first, as shown. */
export function saidBy({ kind, options = [] }: Field, text: string): string {
  if (kind === 'check') return text === '' ? 'No' : 'Yes'
  const chosen = options.find(([value]) => value === text) ?? (text === '' ? options[0] : undefined)
  return chosen?.[1] ?? (text === '' ? '(empty)' : text)
}

/** Whether nothing is in an object but what `unless` lists: the fields that have a value even if nothing is said. */
export function isEmptyAt(whole: Json, pointer: string, unless: readonly string[] = []): boolean {
  const value = valueAt(whole, pointer)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(([name, field]) => field === null || unless.includes(name))
}

const typedLanguages = (text: string): string[] =>
  text
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter(Boolean)
    .map(typedLanguage)

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })

/** The languages that have a code of two letters, by their English names in lower case. */
const languageTags = new Map(
  Array.from({ length: 26 * 26 }, (_, i) => String.fromCharCode(97 + Math.floor(i / 26), 97 + (i % 26))).flatMap(
    (tag) => {
      const name = languageNames.of(tag)
      return name === undefined ? [] : [[name.toLowerCase(), tag] as const]
    },
  ),
)

/** A language as the register takes it: `Japanese` as `ja`. Any other text stays as it is. */
function typedLanguage(text: string): string {
  return languageTags.get(text.toLowerCase()) ?? text
}

/** A language as a person would write it, so that the register takes it as the same: `ja` as `Japanese`. */
export function writtenLanguage(tag: string): string {
  const name = /^[a-z]{2}$/.test(tag) ? languageNames.of(tag) : undefined
  return name !== undefined && typedLanguage(name) === tag ? name : tag
}

/** Rows of one list in a form: `sources.0.title`, `sources.1.title` … */
export const rowName = (list: string, row: number, field: string): string => `${list}.${row}.${field}`

/** Maximum number of rows of one list in a form. */
const maxRows = 100

/** How many rows of a list a form has, at least `least`. */
export function rowsIn(values: Values, list: string, least: number): number {
  let rows = least
  for (const name of values.keys()) {
    if (!name.startsWith(`${list}.`)) continue
    const row = Number(/^\d{1,3}(?=\.)/.exec(name.slice(list.length + 1))?.[0] ?? -1)
    rows = Math.max(rows, Math.min(row + 1, maxRows))
  }
  return rows
}
