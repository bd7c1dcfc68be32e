import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connect } from '../src/database/connect.ts'
import { DatabaseAway } from '../src/database/errors.ts'
import { freshDatabase } from './support/register.ts'

test('a database is closed soon while a statement is running, whose caller gets an error', async () => {
  const { url } = await freshDatabase()
  const db = connect({ url })
  const begin = performance.now()
  const running = db.query({ name: 'sleep', text: 'select pg_sleep(10)' }).catch((error: unknown) => error)
  await setTimeout(200)
  await db.close()
  expect(performance.now() - begin).toBeLessThan(3_000)
  expect(await running).toBeInstanceOf(DatabaseAway)
})
