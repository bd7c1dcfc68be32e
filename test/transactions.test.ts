import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../src/database/connect.ts'
import { freshRegister, type Register } from './support/register.ts'

describe('a statement that comes after the end of its transaction', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
    await register.db.query(sql`create table late (n int)`)
  })

  const insert = (db: Database) => db.query(sql`insert into late values (1)`)
  const stored = () => register.db.query(sql`select n from late`)

  test('writes nothing after a rollback', async () => {
    let kept: Database | undefined
    const failing = register.db.transaction(async (db) => {
      kept = db
      await insert(db)
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    await expect(insert(kept!)).rejects.toThrow('after the end of its transaction')
    expect(await stored()).toEqual([])
  })

  test('writes nothing after a commit', async () => {
    let kept: Database | undefined
    await register.db.transaction(async (db) => {
      kept = db
      await insert(db)
    })
    await expect(insert(kept!)).rejects.toThrow('after the end of its transaction')
    expect(await stored()).toHaveLength(1)
  })
})
