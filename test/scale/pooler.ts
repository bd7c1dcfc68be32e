import type { TestProject } from 'vitest/node'
import { startPgBouncer } from './pgbouncer.ts'

/** With `TEST_POOLER`, has the tests use their databases through PgBouncer in transaction mode. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!process.env['TEST_POOLER']) return undefined
  const { databaseServer } = project.getProvidedContext()
  const pgBouncer = await startPgBouncer(databaseServer)
  project.provide('databasePooler', pgBouncer.through(databaseServer))
  return () => pgBouncer.stop()
}
