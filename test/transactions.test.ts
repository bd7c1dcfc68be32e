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

  test('writes nothing when it waits for BEGIN as the transaction is rolled back', async () => {
    const before = await stored()
    let waiting: Promise<unknown> | undefined
    const failing = register.db.transaction(async (db) => {
      waiting = insert(db)
      waiting.catch(() => {})
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    await expect(waiting).rejects.toThrow('after the end of its transaction')
    expect(await stored()).toEqual(before)
  })
})

describe('a statement that fails within a transaction', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
    await register.db.query(sql`create table kept (n int)`)
  })

  const insert = (db: Database) => db.query(sql`insert into kept values (1)`)
  const fail = (db: Database) => db.query(sql`select 1 / 0`).catch(() => undefined)
  const stored = () => register.db.query(sql`select n from kept`)

  test('fails the transaction, also when its error is ignored: nothing is reported as stored that is not', async () => {
    const ignoring = register.db.transaction(async (db) => {
      await insert(db)
      await fail(db)
    })
    await expect(ignoring).rejects.toThrow('division by zero')
    expect(await stored()).toEqual([])
  })

  test('fails the transaction, also when nobody waits for it', async () => {
    const leaving = register.db.transaction(async (db) => {
      await insert(db)
      void fail(db)
    })
    await expect(leaving).rejects.toThrow('division by zero')
    expect(await stored()).toEqual([])
  })

  test('is why later statements fail', async () => {
    const going = register.db.transaction(async (db) => {
      await fail(db)
      await insert(db)
    })
    await expect(going).rejects.toThrow('division by zero')
    expect(await stored()).toEqual([])
  })

  test('lets the whole transaction be tried again after a conflict, also when its error is ignored', async () => {
    let attempts = 0
    await register.db.transaction(async (db) => {
      attempts += 1
      await insert(db)
      const conflict = sql`do $$ begin raise exception using errcode = '40001'; end $$`
      if (attempts === 1) await db.query(conflict).catch(() => undefined)
    })
    expect(attempts).toBe(2)
    expect(await stored()).toHaveLength(1)
  })
})
