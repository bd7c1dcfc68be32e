import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installedNginx } from '../support/nginx.ts'
import { systemPostgres } from '../support/system-postgres.ts'

const folders = [...process.env['PATH']!.split(delimiter), '/usr/sbin', '/usr/local/sbin']

/** Where a program is; undefined where there is none. */
const programIn = (name: string): string | undefined => folders.map((folder) => join(folder, name)).find(existsSync)

interface Component {
  name: string
  /** The package of Debian that contains it. */
  package: string
  /** Where it is; undefined where there is none. */
  path: string | undefined
}

const postgres: Component = { name: 'PostgreSQL 15 or later', package: 'postgresql-15', path: systemPostgres() }
const pgBouncer: Component = { name: 'PgBouncer', package: 'pgbouncer', path: programIn('pgbouncer') }
const nginx: Component = { name: 'nginx', package: 'nginx', path: installedNginx }

/** What `npm run test:scale` needs. */
export const components: readonly Component[] = [postgres, pgBouncer, nginx]

export const postgresPrograms = (): string => postgres.path!
export const pgBouncerProgram = (): string => pgBouncer.path!
