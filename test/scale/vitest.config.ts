import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const shared = { globalSetup: 'test/support/postgres.ts', testTimeout: 240_000, hookTimeout: 240_000 }

/** Tests that choose the schema themselves. */
const ofSchemas = ['test/migrate.test.ts', 'test/poolers.test.ts', 'test/schema.test.ts']

/** For `npm run test:scale`. */
export default defineConfig({
  root: join(import.meta.dirname, '..', '..'),
  test: {
    pool: 'forks',
    maxWorkers: 2,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default', './test/support/durations.ts', './test/support/summary-line.ts'],
    projects: [
      {
        extends: true,
        test: { ...shared, name: 'scale', include: ['test/scale/*.test.ts'], setupFiles: 'test/support/end-all.ts' },
      },
      {
        // The short tests with other settings.
        extends: true,
        test: {
          ...shared,
          name: 'again',
          include: ['test/*.test.ts'],
          exclude: process.env['DATABASE_SCHEMA'] ? ofSchemas : [],
          globalSetup: ['test/support/postgres.ts', 'test/scale/pooler.ts'],
          setupFiles: ['test/support/end-all.ts', 'test/scale/settings.ts'],
        },
      },
    ],
  },
})
