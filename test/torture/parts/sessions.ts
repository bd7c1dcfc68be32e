import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { count, type Figures } from '../figures.ts'
import { withDatabase } from '../final-state.ts'
import { underLoad } from '../under-load.ts'
import { externalWorld, type Ground } from '../world.ts'
import { shortLimits } from './network.ts'

/** An administrator ends sessions and cancels statements at random. */
export async function terminate(ground: Ground, { seconds }: { seconds: number }): Promise<Figures> {
  const world = await externalWorld(ground, { apis: 2 })
  return underLoad(world, {
    part: 'terminate',
    what: '`pg_terminate_backend` and `pg_cancel_backend` of a random session, 20 times a second',
    trouble: () =>
      withDatabase(world.databaseUrl(), async (db) => {
        const done = { pg_terminate_backend: 0, pg_cancel_backend: 0 }
        for (const until = performance.now() + seconds * 1000; performance.now() < until; await setTimeout(50)) {
          const how = Math.random() < 0.5 ? 'pg_terminate_backend' : 'pg_cancel_backend'
          const ended = await db.query(sql`
            select ${sql.raw(how)}(pid) from (
              select pid from pg_stat_activity where application_name = 'entente' and pid <> pg_backend_pid()
                and query not like '%pg_stat_activity%'
              order by state = 'idle', random() limit 1) one`)
          done[how] += ended.length
        }
        return `${done.pg_terminate_backend} sessions ended, ${done.pg_cancel_backend} statements cancelled`
      }),
  })
}

/** Others take all connections that PostgreSQL has, again and again. */
export async function connectionsTaken(ground: Ground, { rounds }: { rounds: number }): Promise<Figures> {
  const world = await externalWorld(ground, { apis: 2, settings: shortLimits })
  return underLoad(world, {
    part: 'pool-full',
    what: `${rounds} × \`max_connections\` reached for a second, after the API lost its own connections`,
    trouble: async () => {
      let most = 0
      for (let n = 0; n < rounds; n += 1) {
        const taken: pg.Client[] = []
        world.proxy.cutAll()
        for (;;) {
          const client = new pg.Client({ connectionString: world.databaseUrl(), application_name: 'taker' })
          client.on('error', () => {})
          const isIn = await client.connect().then(
            () => true,
            () => false,
          )
          if (!isIn) break
          taken.push(client)
        }
        most = Math.max(most, taken.length)
        await setTimeout(1000)
        await Promise.all(taken.map((client) => client.end()))
        await setTimeout(1000)
      }
      return `${count(most)} connections taken`
    },
  })
}

/** Another session locks rows or tables for longer than a request may wait. */
export async function locks(ground: Ground, { rounds }: { rounds: number }): Promise<Figures> {
  const world = await externalWorld(ground, { apis: 2, settings: shortLimits })
  const statements = [
    `select from agreements order by id desc limit 3 for update`,
    `select from signatories where code = 'US' for update`,
    `lock table agreements in access exclusive mode`,
    `lock table agreement_versions in share mode`,
    `lock table changes in exclusive mode`,
    `lock table idempotency_keys in access exclusive mode`,
  ]
  return underLoad(world, {
    part: 'locks',
    what: `${rounds * statements.length} × a lock on rows or a table of another session for 1.5 s, longer than the limit`,
    trouble: () =>
      withDatabase(world.databaseUrl(), async (db) => {
        for (let n = 0; n < rounds; n += 1)
          for (const statement of statements) {
            await db.transaction(async (db) => {
              await db.query(sql.raw(statement))
              await setTimeout(1500)
            })
            await setTimeout(200)
          }
      }),
  })
}
