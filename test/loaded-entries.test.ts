import { beforeEach, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { loadSample } from '../src/programs/sample.ts'
import { bodiesOfVocabularies } from '../src/programs/vocabularies.ts'
import { loadBodies } from '../src/registry/signatories/vocabulary.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
beforeEach(async () => {
  register = await freshRegister()
})

const recode = (code: string, other: string) =>
  register.api.patch(`/v1/signatories/${code}`).set('if-match', '*').send({ code: other }).expect(200)
const codes = async (where: ReturnType<typeof sql>) =>
  (await register.db.query<{ code: string }>(sql`select code from signatories where ${where} order by code`)).map(
    ({ code }) => code,
  )

test('the sample register is there after a restart, although a body has another code now', async () => {
  await loadSample(register.db, register.today())
  await recode('KR', 'KOREA')
  expect(await loadSample(register.db, register.today())).toBe(0)
  expect(await codes(sql`name = 'Republic of Korea'`)).toEqual(['KOREA'])
})

test('a body to which an editor gave another code is not added again by a new vocabulary', async () => {
  await recode('TV', 'TUVALU')
  await recode('US', 'USA')
  await register.db.transaction((db) => loadBodies(db, bodiesOfVocabularies()))
  expect(await codes(sql`name in ('Tuvalu', 'United States of America', 'United States', 'Guam')`)).toEqual([
    'GU',
    'TUVALU',
    'USA',
  ])
})

test('bodies of the sample register are merged at the next start when the first one is interrupted', async () => {
  await register.db.query(sql`alter table signatory_merges add constraint fails check (false)`)
  await expect(loadSample(register.db, register.today())).rejects.toThrow('signatory_merges')
  await register.db.query(sql`alter table signatory_merges drop constraint fails`)
  await loadSample(register.db, register.today())
  expect(await codes(sql`code in ('THROW-AWAY-6', 'THROW-AWAY-7')`)).toEqual(['THROW-AWAY-7'])
})
