import { pgTable, text } from 'drizzle-orm/pg-core'

/** The vocabulary files that were loaded, so that each is loaded only once and editors' changes are kept. */
export const loadedVocabularies = pgTable('loaded_vocabularies', {
  file: text().primaryKey(),
  sha256: text().notNull(),
})
