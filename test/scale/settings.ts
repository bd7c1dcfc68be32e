import { vi } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { openSchema } from '../../src/database/schema.ts'

const { DATABASE_PREPARED, DATABASE_SCHEMA } = process.env
const { databasePrepared: prepared, databaseSchema: schema } = readConfig({ DATABASE_PREPARED, DATABASE_SCHEMA })

// The databases of tests have the settings of the environment, as those of servers.
vi.mock(import('../../src/database/connect.ts'), async (original) => {
  const actual = await original()
  return { ...actual, connect: (options) => actual.connect({ prepared, schema, ...options }) }
})
vi.mock(import('../../src/programs/prepare.ts'), async (original) => {
  const actual = await original()
  return {
    ...actual,
    async prepare(db) {
      if (schema !== undefined) await openSchema(db, schema)
      await actual.prepare(db)
    },
  }
})
