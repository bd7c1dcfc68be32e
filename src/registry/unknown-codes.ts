import { setImmediate } from 'node:timers/promises'
import { type SQL, sql } from 'drizzle-orm'
import { type Suggestion, suggestionsFrom } from '../problems/did-you-mean.ts'
import { fold } from '../shared/text.ts'

/** The code of a registry entry, with a name of what it stands for. */
export interface NamedEntry {
  code: string
  name: string
}

/** How many names a code that is not there is compared with, and how long they are at the most: as long as a reference. */
const mostNames = 5000
const longestName = 130

/** The rows of `names`, each a code, a name and a number, that a code is compared with: the lowest numbers first. */
export const candidates = (names: SQL): SQL => sql`
  select code, name from (${names}) names (code, name, place) where length(name) <= ${longestName}
  order by place, code limit ${mostNames}`

/** How many codes that are not there are compared with those that are nearly so: it takes long for each. */
const mostCompared = 25

/** How many names are folded at once. */
const batch = 500

/**
 * What each of the references, which are not there, was probably meant to be: what has this name, or the shortest name
 * that begins so, or else, of the first 25, the nearest. Other requests have a turn between one and the next.
 */
export async function probablyMeant(entries: NamedEntry[], references: string[]): Promise<Map<string, Suggestion>> {
  const names = await folded(entries)
  const byName = new Map(names.map(({ name, code }) => [name, code] as const))
  const nearCode = suggestionsFrom(byName.values())
  const nearName = suggestionsFrom(byName.keys())
  const meant = new Map<string, Suggestion>()
  for (const reference of new Set(references)) {
    await setImmediate()
    meant.set(reference, named(names, fold(reference)) ?? (meant.size < mostCompared ? nearest(reference) : {}))
  }
  return meant

  function nearest(reference: string): Suggestion {
    const near = nearCode(reference)
    const { didYouMean: name } = near.didYouMean === undefined ? nearName(fold(reference)) : {}
    return name === undefined ? near : { didYouMean: byName.get(name)! }
  }
}

async function folded(entries: NamedEntry[]): Promise<NamedEntry[]> {
  const names: NamedEntry[] = []
  while (names.length < entries.length) {
    await setImmediate()
    const next = entries.slice(names.length, names.length + batch)
    names.push(...next.map(({ code, name }) => ({ code, name: fold(name) })))
  }
  return names
}

/** The code of what has this name, or of the shortest name that begins so. */
function named(names: NamedEntry[], given: string): Suggestion | undefined {
  const exact = names.find(({ name }) => name === given)
  if (exact) return { didYouMean: exact.code }
  if (given.length <= 2) return undefined
  const beginning = names.filter(({ name }) => name.startsWith(given))
  const [shortest] = beginning.toSorted((a, b) => a.name.length - b.name.length)
  return shortest && { didYouMean: shortest.code }
}
