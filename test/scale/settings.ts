import { vi } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { openSchema } from '../../src/database/schema.ts'

const { DATABASE_PREPARED, DATABASE_SCHEMA } = process.env
const { databasePrepared: prepared, databaseSchema: schema } = readConfig({ DATABASE_PREPARED, DATABASE_SCHEMA })

/** The address of each database that a test has connected to. */
const addresses = new WeakMap<object, string>()

// The databases of tests have the settings of the environment, as those of servers.
vi.mock(import('../../src/database/connect.ts'), async (original) => {
  const actual = await original()
  return {
    ...actual,
    connect(options) {
      const db = actual.connect({ prepared, schema, ...options })
      addresses.set(db, options.url)
      return db
    },
  }
})

// With a schema, each database has another register in `public`.
vi.mock(import('../../src/programs/prepare.ts'), async (original) => {
  const actual = await original()
  const { connect } = await import('../../src/database/connect.ts')
  return {
    ...actual,
    async prepare(db) {
      const url = addresses.get(db)
      if (schema !== undefined && url !== undefined) {
        const beside = connect({ url, schema: 'public' })
        await actual.prepare(beside)
        await beside.close()
        await openSchema(db, schema)
      }
      await actual.prepare(db)
    },
  }
})
