import { eq, sql } from 'drizzle-orm'
import type { ConstraintProblems } from '../../problems/from-error.ts'
import { Problem } from '../../problems/problems.ts'
import { slug } from '../../shared/text.ts'
import { changesShown, taken } from '../definition.ts'
import { EntryRegistry } from '../entries.ts'
import { linesOf } from '../name-keys.ts'
import { collectionLookup, type Collection as Entry } from './lookup.ts'
import type { Collection, CollectionQuery, CollectionReplacement } from './schemas.ts'
import { collections } from './tables.ts'

/** The columns of the representation. */
const shown = {
  id: collections.id,
  code: collections.code,
  name: collections.name,
  publisher: collections.publisher,
  url: collections.url,
  licence: collections.licence,
  asOf: collections.asOf,
  note: collections.note,
  listed: collections.listed,
  ...changesShown(collections),
}

export const collectionRegistry = new EntryRegistry<Entry, Collection, CollectionReplacement, CollectionQuery>({
  name: 'collection',
  ...collectionLookup,
  table: collections,
  nameColumn: collections.name,
  key: collections.code,
  lock: 7_262_023,
  size: sql`octet_length(concat(words, publisher, url, licence, note))`,
  ended: sql`false`,
  select: async (db, where) => db.orm.select(shown).from(collections).where(where),
  withCode: (code) => eq(collections.code, code),
  matching: () => undefined,
  parentOf: () => null,
  columns,
  writable,
  check: () => {},
  calledIn: ({ code, name }) => [
    { pointer: '/code', name: code },
    { pointer: '/name', name },
  ],
  // Lists of several publishers, or of several days, can have the same name.
  sameAs: ({ given: { publisher, asOf } }) =>
    sql`publisher is not distinct from ${publisher} and as_of is not distinct from ${asOf}::date`,
  likelyCode: ({ name }) => slug(name, 70) || 'collection',
  isShown: (before, after) =>
    before.code !== after.code || before.name !== after.name || before.listed !== after.listed,
})

function writable({ code, name, publisher, url, licence, asOf, note, listed }: Collection): CollectionReplacement {
  return { code, name, publisher, url, licence, asOf, note, listed }
}

function columns(input: CollectionReplacement): Omit<typeof collections.$inferInsert, 'id'> {
  return { ...input, words: linesOf(input.code, input.name, []) }
}

export const collectionConstraints: ConstraintProblems = {
  collections_code_key: () => taken('Another collection already has this code.'),
  agreements_collection_fk: () =>
    new Problem('in_use', 'Agreements, deleted ones included, belong to this collection.'),
}
