import { z } from 'zod'
import { AgreementReplacement } from '../agreements/schemas.ts'
import { isObject, isSame, keysOf, stepTo } from './patch.ts'

/** One change between two versions of an agreement, for people to read. */
export interface FieldChange {
  /** JSON Pointer into the later document; into the earlier one for an item that was removed. */
  pointer: string
  /** The field in words: `Dates (signed 2019-10-23): place`. */
  label: string
  /** Whether the register derived the value; otherwise a client can write it. */
  computed: boolean
  /** Null also when there was nothing. */
  from: unknown
  to: unknown
}

/** Where a change is: its pointer, and the same in words and with `*` for each place in a list. */
interface Place {
  pointer: string
  words: string[]
  pattern: string
}

const root: Place = { pointer: '', words: [], pattern: '' }

/** Fields that every publication changes. */
const ignored = ['version', 'updatedAt']

/**
 * What differs between two documents of an agreement, both as returned by `JSON.parse`: first what a client can write,
 * then what the register derived. Items of lists are identified by their `id` or `key`, others by their content. Takes time
 * linear in the size of both.
 */
export function changesBetween(before: object, after: object): FieldChange[] {
  const changes: FieldChange[] = []
  const without = (document: object) =>
    Object.fromEntries(Object.entries(document).filter(([name]) => !ignored.includes(name)))
  compare(without(before), without(after), root, changes)
  return [...changes.filter(({ computed }) => !computed), ...changes.filter(({ computed }) => computed)]
}

/** The fields that a client can write, as patterns: pointers with `*` instead of the index of an item. */
const written = new Set(patternsOf(AgreementReplacement, ''))

function patternsOf(schema: z.core.$ZodType, pattern: string): string[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return patternsOf(schema.unwrap(), pattern)
  if (schema instanceof z.ZodPipe) return patternsOf(schema.out, pattern)
  if (schema instanceof z.ZodArray) return [pattern, ...patternsOf(schema.element, `${pattern}/*`)]
  if (schema instanceof z.ZodObject) {
    const shape: Record<string, z.core.$ZodType> = schema.shape
    return [pattern, ...Object.entries(shape).flatMap(([name, field]) => patternsOf(field, `${pattern}/${name}`))]
  }
  return [pattern]
}

function changed({ pointer, words, pattern }: Place, from: unknown, to: unknown): FieldChange {
  const [first = '', ...rest] = words
  const label = [`${first.slice(0, 1).toUpperCase()}${first.slice(1)}`, ...rest].join(': ')
  return { pointer, label, computed: !written.has(pattern), from: from ?? null, to: to ?? null }
}

function compare(before: unknown, after: unknown, place: Place, changes: FieldChange[]): void {
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, place, changes)
  else if (isObject(before) && isObject(after) && before['id'] === after['id']) {
    for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
      compare(before[name], after[name], field(place, name), changes)
    }
  } else if (!isSame(before ?? null, after ?? null)) changes.push(changed(place, before, after))
}

const field = ({ pointer, words, pattern }: Place, name: string): Place => ({
  pointer: pointer + stepTo(name),
  words: [...words, inWords(name)],
  pattern: `${pattern}/${name}`,
})

/** `entryIntoForce` → `entry into force`. */
const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

function item({ pointer, words, pattern }: Place, index: number, shown: unknown): Place {
  const list = words.at(-1)!
  return {
    pointer: `${pointer}/${index}`,
    words: [...words.slice(0, -1), `${list} (${nameOf(shown) ?? index + 1})`],
    pattern: `${pattern}/*`,
  }
}

/** Maximum characters of the name of an item. */
const maxName = 80

/** How a person names an item of a list: a date by its act and day, a signature by the code of its signatory. */
function nameOf(shown: unknown): string | undefined {
  if (typeof shown === 'string') return shortened(shown)
  if (!isObject(shown)) return undefined
  const { signatory, scheme, code, value, event, date, key, title, statement, status, on, kind, agreement } = shown
  const names: unknown[][] = [
    [event, date],
    [isObject(signatory) ? signatory['code'] : undefined],
    [inScheme(scheme, code ?? value)],
    [key],
    [code],
    [title],
    [statement],
    [status, on],
    [kind, agreement],
  ]
  const known = names
    .map((parts) => parts.filter((part) => typeof part === 'string').join(' '))
    .find((name) => name !== '')
  return known && shortened(known)
}

const inScheme = (scheme: unknown, code: unknown): string | undefined =>
  typeof scheme === 'string' && typeof code === 'string' ? `${scheme}:${code}` : undefined

const shortened = (name: string): string => (name.length > maxName ? `${name.slice(0, maxName - 1)}…` : name)

/** Removed items first, then those that are new or changed in their order, then a change of the order alone. */
function compareLists(before: unknown[], after: unknown[], place: Place, changes: FieldChange[]): void {
  const [had, has] = identified(before, after)
  const [old, now] = [new Map(had.map((key, i) => [key, i])), new Map(has.map((key, i) => [key, i]))]
  for (const [i, value] of before.entries()) {
    if (!now.has(had[i]!)) changes.push(changed(item(place, i, value), value, null))
  }
  for (const [i, value] of after.entries()) {
    const earlier = old.get(has[i]!)
    if (earlier === undefined) changes.push(changed(item(place, i, value), null, value))
    else compare(before[earlier], value, item(place, i, before[earlier]), changes)
  }
  const stayed = has.filter((key) => old.has(key))
  if (stayed.some((key, i) => i > 0 && old.get(key)! < old.get(stayed[i - 1]!)!)) {
    const order = (all: unknown[]) => all.map((value, i) => nameOf(value) ?? String(i + 1))
    changes.push(changed({ ...place, words: [...place.words, 'order'] }, order(before), order(after)))
  }
}

/** A key for each item: the same in both lists for the same item, unique within a list. */
function identified(before: unknown[], after: unknown[]): [string[], string[]] {
  const [had, has] = [keysOf(before), keysOf(after)]
  if (had && has) return [had, has]
  const [old, now] = [byContent(before), byContent(after)]
  const [left, came] = [new Set(old), new Set(now)]
  const [gone, added] = [old.filter((key) => !came.has(key)), now.filter((key) => !left.has(key))]
  if (gone.length !== added.length) return [old, now]
  // As many are gone as have come: each was changed into another.
  const became = new Map(added.map((key, i) => [key, gone[i]!]))
  return [old, now.map((key) => became.get(key) ?? key)]
}

/** Equal items are told apart by how often they came before. */
function byContent(items: unknown[]): string[] {
  const seen = new Map<string, number>()
  return items.map((value) => {
    const text = JSON.stringify(value)
    const times = seen.get(text) ?? 0
    seen.set(text, times + 1)
    return `${times} ${text}`
  })
}
