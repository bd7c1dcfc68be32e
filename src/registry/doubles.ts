import { setImmediate } from 'node:timers/promises'
import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { Problem } from '../problems/problems.ts'
import type { Definition, Linked, ListQuery, Shown, Written } from './definition.ts'
import type { Placed } from './lookup.ts'
import { indexedKey, nameKeys } from './name-keys.ts'

/**
 * Refuses an entry if its code or one of its names is a code or a name of another entry under the same parent, ignoring
 * case, accents and punctuation. Of an edit, only new names are checked, so that existing duplicates can be corrected.
 * @param whole the entry with its code
 * @throws Problem 409 that names the other entry
 */
export async function refuseDouble<
  Entry extends Placed,
  Document extends Shown,
  Whole extends Written,
  Query extends ListQuery,
>(
  db: Database,
  own: Definition<Entry, Document, Whole, Query>,
  linked: Linked<Entry, Whole>,
  whole: Whole,
  parent: Entry | null,
): Promise<void> {
  const { table, list, hierarchy, key, what, calledIn, sameAs, parentOf } = own
  const { id, before } = linked
  const isMoved = before === undefined || parentOf(before) !== (parent && own.codeOf(parent))
  const known = new Set(isMoved ? [] : (await keysOf(calledIn(before))).flatMap(({ keys }) => keys))
  const called = await keysOf(calledIn(whole))
  const added = called.filter(({ keys }) => !keys.some((key) => known.has(key)))
  if (added.length === 0) return
  const texts = (values: string[]) => sql`${sql.param(values)}::text[]`
  const lines = sql`string_to_array(words, E'\\n')`
  const [other] = await db.query<{ id: string; code: string; name: string; keys: string[] }>(sql`
    select ${table.id} as id, ${key} as code, ${own.nameColumn} as name, ${lines} as keys from ${table}
    where ${and(
      sql`name_keys(words) && ${texts(added.flatMap(({ keys }) => keys.map(indexedKey)))}`,
      sql`${lines} && ${texts(added.flatMap(({ keys }) => keys))}`,
      hierarchy && (parent ? eq(hierarchy.parentId, parent.id) : isNull(hierarchy.parentId)),
      ne(table.id, id),
      sameAs(linked),
    )} order by ${key} limit 1`)
  if (!other) return
  const { pointer } = added.find(({ keys }) => keys.some((key) => other.keys.includes(key)))!
  const where = parent ? ` under \`${own.codeOf(parent)}\`` : ''
  const message = `The ${what} \`${other.code}\` (${other.name})${where} already has this ${pointer === '/code' ? 'code' : 'name'}. Use that entry, or choose another ${pointer === '/code' ? 'code' : 'name'}.`
  throw new Problem('taken', message, [
    { pointer, code: 'taken', message, didYouMean: other.code, conflictsWith: `/v1/${list}/${other.id}` },
  ])
}

/** A name of an entry, with the JSON Pointer of its field. */
interface Called {
  pointer: string
  name: string
}

/** Names per turn of the event loop: each takes up to 0.2 ms. */
const namesPerTurn = 20

/** The names with their keys; other requests have a turn in between. */
async function keysOf(called: Called[]): Promise<(Called & { keys: string[] })[]> {
  const all: (Called & { keys: string[] })[] = []
  for (const [i, one] of called.entries()) {
    if (i % namesPerTurn === 0) await setImmediate()
    all.push({ ...one, keys: nameKeys(one.name) })
  }
  return all
}
