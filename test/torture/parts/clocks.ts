import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Figures } from '../figures.ts'
import { withDatabase } from '../final-state.ts'
import { underLoad } from '../under-load.ts'
import { externalWorld, type Ground } from '../world.ts'

/**
 * The clock of a machine cannot be set for one test. Sessions of the database find functions of the time in a
 * schema that comes before PostgreSQL's own, which add what a table says.
 */
const shiftedClock = [
  `create schema shifted`,
  `create table shifted.by (seconds double precision not null)`,
  `insert into shifted.by values (0)`,
  `create function shifted.clock_timestamp() returns timestamptz language sql volatile as
    'select pg_catalog.clock_timestamp() + make_interval(secs => seconds) from shifted.by'`,
  `create function shifted.statement_timestamp() returns timestamptz language sql stable as
    'select pg_catalog.statement_timestamp() + make_interval(secs => seconds) from shifted.by'`,
  `create function shifted.now() returns timestamptz language sql stable as
    'select pg_catalog.now() + make_interval(secs => seconds) from shifted.by'`,
  `do $$ begin execute format('alter database %I set search_path = shifted, pg_catalog, public', current_database()); end $$`,
]

const hour = 3600
const day = 24 * hour

/** The clock of PostgreSQL jumps while writers work, and so does that of one server. */
export async function clockJumps(ground: Ground, { rounds }: { rounds: number }): Promise<Figures> {
  const code = `const now = Date.now; Date.now = () => now() + ${400 * day * 1000}`
  const ahead = `data:text/javascript,${encodeURIComponent(code)}`
  const world = await externalWorld(ground, {
    apis: 2,
    settings: { NODE_OPTIONS: `--import=${ahead}` },
  })
  await withDatabase(world.databaseUrl(), async (db) => {
    for (const statement of shiftedClock) await db.query(sql.raw(statement))
  })
  world.proxy.cutAll()
  const jumps = [day, -day, 40 * day, hour, -3 * hour, 400 * day, 1, -1]
  return underLoad(world, {
    part: 'clock-jumps',
    what: `${rounds * jumps.length} × a jump of PostgreSQL's clock by seconds to 400 days, forth and back (functions before its own in \`search_path\`); the servers' clock 400 days ahead`,
    trouble: async () => {
      for (let n = 0; n < rounds; n += 1)
        for (const jump of jumps) {
          await withDatabase(world.databaseUrl(), (db) =>
            db.query(sql`update shifted.by set seconds = seconds + ${jump}`),
          )
          await setTimeout(1500)
        }
    },
  })
}
