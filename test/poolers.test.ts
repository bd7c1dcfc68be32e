import supertest from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { openDatabase } from '../src/database/open.ts'
import { reasonOf } from '../src/problems/from-error.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader } from './support/keys.ts'
import { isPooled } from './support/pooled.ts'
import { anAgreement, freshDatabase } from './support/register.ts'
import { ample, times } from './support/served.ts'
import { transactionPooler } from './support/transaction-pooler.ts'

let direct: string
let pooled: string
beforeAll(async () => {
  direct = (await freshDatabase()).url
  pooled = await transactionPooler(direct)
})

/** Opens the database as a start of the server does. */
async function open(settings: Record<string, string>) {
  const { db, close } = await openDatabase({ ...readConfig(settings), databaseLimits: ample })
  atEnd(close)
  return db
}

describe('a pooler in transaction mode that does not keep prepared statements', () => {
  test('ends the start, which says what would solve it', async () => {
    const reason = await open({ DATABASE_URL: pooled }).then(() => 'It was opened.', reasonOf)
    expect(reason).toMatch(
      /^DATABASE_URL leads to a pooler .* Set DATABASE_PREPARED=false, or .* max_prepared_statements above 0\./,
    )
  })

  test('serves reads and edits with DATABASE_PREPARED=false', async () => {
    const db = await open({ DATABASE_URL: pooled, DATABASE_PREPARED: 'false' })
    const app = await buildApp({ db, today: () => '2026-01-01' })
    atEnd(() => app.close())
    await app.ready()
    const api = supertest.agent(app.server).set(authHeader('editor'))
    const made = await times(12, () => api.post('/v1/agreements').send(anAgreement()).expect(201))
    const edited = await times(12, async (i) => {
      const { id } = made[i]!.body as { id: string }
      await api
        .patch(`/v1/agreements/${id}`)
        .set('if-match', '*')
        .send({ summary: `Edit ${i}` })
        .expect(200)
      return (await api.get(`/v1/agreements/${id}`).expect(200)).body as { summary: string }
    })
    expect(edited.map(({ summary }) => summary)).toEqual(made.map((_, i) => `Edit ${i}`))
    const { body } = await api.get('/v1/agreements?limit=5&count=exact').expect(200)
    expect(body.total).toBe(12)
  })
})

test.skipIf(isPooled)('a server without a pooler is opened', async () => {
  const db = await open({ DATABASE_URL: direct })
  expect(await db.query({ name: 'one', text: 'select 1 as one' })).toEqual([{ one: 1 }])
})
