import { defineConfig } from 'vitest/config'
import LongestFirst from './test/support/longest-first.ts'

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    slowTestThreshold: 2_000,
    // On a busy machine much comes late. What is waited for ends the wait, not this.
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/durations.ts', './test/support/summary-line.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      thresholds: { lines: 90, branches: 85 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'short',
          include: ['test/*.test.ts'],
          globalSetup: 'test/support/postgres.ts',
          setupFiles: 'test/support/end-all.ts',
          // Workers keep loaded modules: loading them takes half of the time of a small file.
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/long/*.test.ts'],
          globalSetup: 'test/support/postgres.ts',
          setupFiles: ['test/support/end-all.ts', 'test/support/time-limit.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
