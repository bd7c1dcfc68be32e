import { vi } from 'vitest'
import { readConfig } from '../../src/config/config.ts'

// Connections of the tests have the settings of the environment, as those of servers.
vi.mock(import('../../src/database/connect.ts'), async (original) => {
  const actual = await original()
  const { databasePrepared } = readConfig({ DATABASE_PREPARED: process.env['DATABASE_PREPARED'] })
  return {
    ...actual,
    connect: (options) => actual.connect({ prepared: databasePrepared, ...options }),
  }
})
