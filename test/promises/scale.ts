import { PgDialect } from 'drizzle-orm/pg-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { AgreementQuery } from '../../src/agreements/list/filter.ts'
import { listAgreements } from '../../src/agreements/list/list-agreements.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import type { Database } from '../../src/database/connect.ts'
import { asQuery, matches, order, type Query } from '../support/naive.ts'
import { freshRegister, type Register } from '../support/register.ts'
import { combinations, skewedRegister } from '../support/skewed.ts'

const today = '2026-01-01'

interface Scale {
  agreements: number
  /** The number of random lists that are compared with a naive filter. */
  lists: number
  /** The number of lists that are read to their end, and the number of agreements in each. */
  read: { lists: number; least: number; most: number }
  /** Whether lists must not read whole tables, and all words are too common for ranking. */
  large: boolean
}

/** Lists are correct in a register of any size. */
export function listsOfAnySize({ agreements: many, lists, read, large }: Scale): void {
  describe(`of ${many.toLocaleString('en')} agreements`, () => {
    let register: Register
    let all: Agreement[]

    beforeAll(async () => {
      register = await freshRegister({ template: skewedRegister(many, today) })
      all = await documents(register.db)
    })

    const sortOf = (query: Query): string =>
      (query['sort'] as string | undefined) ?? (query['q'] && !large ? 'relevance' : '-signed')

    test('random filters find the same as a naive filter, in the requested order', async () => {
      const plans: string[] = []
      const db = large ? withPlans(register.db, plans) : register.db
      const queries = combinations(1)
      let found = 0
      for (let i = 0; i < lists; i += 1) {
        const query = queries.next().value as Query
        const { rows, total } = await listAgreements(
          db,
          AgreementQuery.parse({ ...query, count: 'exact', limit: '100' }),
        )
        const expected = all.filter((a) => matches(a, filtersOf(query)))
        const what = JSON.stringify(query)
        expect(total, what).toBe(expected.length)
        found += Math.min(1, expected.length)
        const page = rows.slice(0, 100)
        if (expected.length <= 100) expect(idsOf(page).toSorted(), what).toEqual(idsOf(expected).toSorted())
        const sort = sortOf(query)
        const key = order[sort]
        if (key === undefined) continue
        const descending = sort.startsWith('-')
        const keys = expected.map(key).toSorted()
        expect(
          page.map(({ document }) => key(JSON.parse(document!) as Agreement)),
          what,
        ).toEqual((descending ? keys.toReversed() : keys).slice(0, 100))
      }
      expect(found).toBeGreaterThan(lists / 2)
      if (large) expectNoneReadsAll(plans, lists)
    })

    test('the pages of a list contain each agreement once, in order', async () => {
      const queries = combinations(11)
      const lengths: number[] = []
      while (lengths.length < read.lists) {
        const query = queries.next().value as Query
        const sort = sortOf(query)
        const key = order[sort]
        const expected = all.filter((a) => matches(a, filtersOf(query)))
        if (!key || expected.length < read.least || expected.length > read.most) continue
        const byKey = (a: Agreement, b: Agreement) => (key(a) + a.id < key(b) + b.id ? -1 : 1)
        const sorted = sort.startsWith('-') ? expected.toSorted(byKey).toReversed() : expected.toSorted(byKey)
        expect(await idsOfPages(query, 200), JSON.stringify(query)).toEqual(idsOf(sorted))
        expect(await idsOfPages(query, 7, 5), JSON.stringify(query)).toEqual(idsOf(sorted.slice(0, 35)))
        lengths.push(expected.length)
      }
      expect(Math.max(...lengths)).toBeGreaterThan(read.most / 3)
    })

    /** The ids on the first pages of a list, or on all. */
    async function idsOfPages(query: Query, limit: number, most = Infinity): Promise<string[]> {
      const found: string[] = []
      let cursor = ''
      for (let pages = 0; pages < most; pages += 1) {
        const answer = await register.app.inject({ url: `/v1/agreements?${asQuery(query)}&limit=${limit}${cursor}` })
        const { items, nextCursor } = answer.json<{ items: Agreement[]; nextCursor: string | null }>()
        found.push(...idsOf(items))
        if (nextCursor === null) return found
        cursor = `&cursor=${nextCursor}`
      }
      return found
    }
  })
}

/** Every document, without the fields that no filter uses. */
async function documents(db: Database): Promise<Agreement[]> {
  const found: Agreement[] = []
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await db.query<{ id: string; document: string }>(
      { name: 'documents', text: 'select id, document from agreements where id > $1 order by id limit 5000' },
      [after],
    )
    for (const { document } of rows) {
      const { sources: _, claims: __, documents: ___, relations: ____, ...rest } = JSON.parse(document) as Agreement
      found.push(rest as Agreement)
    }
    if (rows.length === 0) return found
    after = rows.at(-1)!.id
  }
}

/** A database that adds the plan of every statement to `plans`. */
function withPlans(db: Database, plans: string[]): Database {
  const dialect = new PgDialect()
  const query = async <Row extends object>(...[statement, values = []]: Parameters<Database['query']>) => {
    const { text, params } =
      'text' in statement
        ? { text: statement.text, params: values }
        : { text: dialect.sqlToQuery(statement).sql, params: dialect.sqlToQuery(statement).params }
    if (/^\s*(select|with)\b/.test(text)) {
      const explained = { name: `plan-${plans.length}`, text: `explain ${text}` }
      const rows = await db.query<{ 'QUERY PLAN': string }>(explained, params)
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
    }
    return db.query<Row>(statement, values)
  }
  return {
    ...db,
    query,
    transaction: (work, options) => db.transaction((inner) => work(withPlans(inner, plans)), options),
  }
}

function expectNoneReadsAll(plans: string[], lists: number): void {
  const ofLists = plans.filter((plan) => plan.includes('agreement_listings') && plan.includes('Limit'))
  expect(ofLists.length).toBeGreaterThan(lists)
  expect(ofLists.filter((plan) => /Seq Scan on (agreements|agreement_listings)\b/.test(plan)).slice(0, 1)).toEqual([])
}

const filtersOf = ({ sort: _, ...filters }: Query): Query => filters
const idsOf = (agreements: { id: string }[]): string[] => agreements.map(({ id }) => id)
