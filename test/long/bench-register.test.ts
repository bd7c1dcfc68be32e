import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { checkLoaded, sampleOf } from '../../bench/register/check.ts'
import { fillWithCopies, loadPrototypes, type Prepared } from '../../bench/register/load.ts'
import type { Database } from '../../src/database/connect.ts'
import { buildIndependently } from '../support/independent.ts'
import { freshDatabase } from '../support/register.ts'

const today = '2026-01-01'
const size = { prototypes: 150, copies: 3 }

let db: Database
let prepared: Prepared
beforeAll(async () => {
  ;({ db } = await freshDatabase())
  prepared = await loadPrototypes(db, today, () => {}, size.prototypes)
  await fillWithCopies(db, prepared, size.copies, () => {})
})

test('a register for the benchmark has the rows that publishing each of its agreements would store', async () => {
  const ids = await sampleOf(db, size.prototypes * size.copies)
  expect(ids).toHaveLength(size.prototypes * size.copies)
  await checkLoaded(db, prepared.tables, ids.slice(0, 200), today)
  await checkLoaded(db, prepared.tables, ids.slice(200), today)
})

test('its documents are what its parts say', async () => {
  const ids = await sampleOf(db, 100)
  const documents = await buildIndependently(db, ids, today)
  const stored = await db.query<{ id: string; document: string }>(
    sql`select id, document from agreements where id = any(${sql.param(ids)}::uuid[])`,
  )
  expect(stored).toHaveLength(100)
  for (const { id, document } of stored) expect(JSON.parse(document)).toEqual(documents.get(id)!.document)
})

test('copies have days of their own, and a change each in the feed', async () => {
  const [days] = await db.query<{ all: number; different: number }>(sql`
    select count(*)::int as all, count(distinct signed)::int as different from agreement_listings where isfinite(signed)`)
  expect(days!.different).toBeGreaterThan(days!.all / 2)
  const [feed] = await db.query<{ last: number; waiting: number }>(sql`
    select max(sequence)::int as last, count(*) filter (where sequence is null)::int as waiting from changes`)
  expect(feed).toEqual({ last: size.prototypes * size.copies, waiting: 0 })
})
