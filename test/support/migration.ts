import { readdirSync, readFileSync } from 'node:fs'
import { withoutSchema } from '../../src/database/migrate.ts'

const folder = new URL('../../migrations/', import.meta.url)

/** The statements of the migration of this name, `status_statements` for example, as `migrate` runs them. */
export function migrationStatements(name: string): string[] {
  const file = readdirSync(folder).find((one) => one.endsWith(`_${name}.sql`))!
  return readFileSync(new URL(file, folder), 'utf8').split('--> statement-breakpoint').map(withoutSchema)
}
