import pg from 'pg'
import { sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { sequenceChanges } from '../../src/changes/sequence.ts'
import type { Database, Statement } from '../../src/database/connect.ts'
import type { Signal } from '../../src/database/statement.ts'
import type { TransactionOptions } from '../../src/database/transaction.ts'
import { atEnd } from '../support/at-end.ts'
import { addCopies } from '../support/copies.ts'
import { freshDatabase, type Template } from '../support/register.ts'
import { addSkewed } from '../support/skewed.ts'

const today = '2026-01-01'

const template: Template = {
  name: 'copies_100000',
  makers: ['test/support/skewed.ts', 'test/support/bulk.ts', 'test/support/copies.ts'],
  fill: async (db) => {
    await addSkewed(db, 2_000, today)
    await addCopies(db, 49)
    // As when the workers of a server have nothing left to do.
    await db.query(sql`truncate registry_changes`)
    while ((await sequenceChanges(db)) > 0);
    // As autovacuum does within a minute: plans without statistics are those of a register that has just been filled.
    await db.query(sql`analyze`)
  },
}

interface Sent {
  text: string
  values: unknown[]
  settings: Record<string, string>
}

/** What a request may cost at most; buffers are pages of 8 kB. */
interface Cost {
  path: string
  /** Statements, with those that begin and end transactions. */
  statements: number
  buffers: number
  /** Rows that scans of tables and indexes read, also those that are filtered out. */
  rows: number
  /** Indexes that are used. */
  indexes: string[]
}

const id = '0190a000-0001-7000-8000-000000000024'

const costs: Record<string, Cost> = {
  'an agreement by id': {
    path: `/v1/agreements/${id}`,
    statements: 1,
    buffers: 10,
    rows: 1,
    indexes: ['agreements_pkey'],
  },
  'a list by party and domain': {
    path: '/v1/agreements?party=US&researchDomain=ford:2',
    statements: 2,
    buffers: 180,
    rows: 600,
    indexes: ['agreement_parties_latest_index'],
  },
  'a list by pair in force on a day': {
    path: '/v1/agreements?pair=US,GB&inForceOn=2000-01-01',
    statements: 2,
    buffers: 210,
    rows: 1500,
    indexes: ['agreement_pairs_latest_index', 'agreement_pairs_early_index'],
  },
  'a list by party in force on a day': {
    path: '/v1/agreements?party=KR&inForceOn=2000-01-01',
    statements: 2,
    buffers: 210,
    rows: 2000,
    indexes: ['agreement_parties_latest_index', 'agreement_parties_early_index'],
  },
  'a list without filters': {
    path: '/v1/agreements',
    statements: 1,
    buffers: 200,
    rows: 80,
    indexes: ['agreement_listings_latest_index'],
  },
  'a search for a rare word': { path: '/v1/agreements?q=nr3x42', statements: 1, buffers: 210, rows: 5, indexes: [] },
  'a position among all of a party': {
    path: '/v1/agreements/{one of the United States}/position?party=US',
    statements: 3,
    buffers: 220,
    rows: 150,
    indexes: ['agreement_parties_latest_index', 'agreement_parties_pk'],
  },
  'statistics that were counted before': {
    path: '/v1/statistics?groupBy=pair',
    statements: 1,
    buffers: 60,
    rows: 10,
    indexes: [],
  },
  'a search for common words': {
    path: '/v1/agreements?q=trade',
    statements: 2,
    buffers: 470,
    rows: 150,
    indexes: ['agreement_listings_latest_index'],
  },
}

describe('of 100,000 agreements', () => {
  let app: FastifyInstance
  let db: Database
  const sent: Sent[] = []
  let statements = 0

  /** The database, which notes what is sent to it. */
  function noting(db: Database, settings: Record<string, string> = {}): Database {
    const query = async <Row extends object>(...[statement, values = []]: Parameters<Database['query']>) => {
      statements += 1
      sent.push({ ...textOf(statement, values), settings })
      return db.query<Row>(statement, values)
    }
    const row = <Row extends { id: string }>(statement: Statement, id: string) => {
      statements += 1
      sent.push({ ...textOf(statement, [[id]]), settings })
      return db.row<Row>(statement, id)
    }
    const transaction = <Result>(work: (db: Database) => Promise<Result>, options: TransactionOptions = {}) => {
      statements += 2
      return db.transaction((inner) => work(noting(inner, options.settings)), options)
    }
    return new Proxy(db, {
      get: (target, name: keyof Database) => {
        if (name === 'query') return query
        if (name === 'row') return row
        if (name === 'transaction') return transaction
        if (name === 'during') return (signal: Signal) => noting(target.during(signal), settings)
        return target[name]
      },
    })
  }

  beforeAll(async () => {
    ;({ db } = await freshDatabase({ template }))
    app = await buildApp({ db: noting(db), today: () => today })
    await app.ready()
    atEnd(() => app.close())
  })

  async function oneOfTheUnitedStates(): Promise<string> {
    const list = await app.inject('/v1/agreements?party=US&signedTo=2000-01-01&limit=1')
    return list.json<{ items: [{ id: string }] }>().items[0].id
  }

  test.each(Object.entries(costs))('%s reads few rows, by its index', async (_, cost) => {
    const path = cost.path.replace(/{.*}/, await oneOfTheUnitedStates())
    // Once for what is kept, twice for statements that are prepared from their second use on.
    await app.inject(path)
    await app.inject(path)
    sent.length = 0
    statements = 0
    const { statusCode } = await app.inject(path)
    expect(statusCode).toBe(200)
    const plans = await Promise.all(sent.map((one) => explain(db, one)))
    const nodes = plans.flatMap((plan) => [...nodesOf(plan)])
    const used = nodes.flatMap((node) => node['Index Name'] ?? [])
    expect({ ...cost, indexes: used }).toMatchObject({ indexes: expect.arrayContaining(cost.indexes) })
    expect(nodes.filter(readsAll).map((node) => node['Relation Name'])).toEqual([])
    const rows = nodes.filter((node) => node['Relation Name'] !== undefined).map(rowsRead)
    const total = {
      statements,
      buffers: sum(plans.map((plan) => plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!)),
      rows: sum(rows),
    }
    const most = (limit: number) => expect.toSatisfy((number: number) => number <= limit)
    expect(total, JSON.stringify(total)).toEqual({
      statements: cost.statements,
      buffers: most(cost.buffers),
      rows: most(cost.rows),
    })
  })
})

interface Node {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: Node[]
}

const large = ['agreements', 'agreement_listings', 'agreement_parties', 'agreement_pairs', 'dates', 'signatures']

const readsAll = ({ 'Node Type': type, 'Relation Name': table = '' }: Node): boolean =>
  type === 'Seq Scan' && large.includes(table)

const rowsRead = (node: Node): number =>
  node['Actual Loops'] *
  (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0))

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)

function* nodesOf(node: Node): Generator<Node> {
  yield node
  for (const child of node.Plans ?? []) yield* nodesOf(child)
}

const dialect = new PgDialect()

function textOf(statement: Parameters<Database['query']>[0], values: unknown[]): Statement & { values: unknown[] } {
  if ('text' in statement) return { ...statement, values }
  const { sql: text, params } = dialect.sqlToQuery(statement)
  return { name: '', text, values: params }
}

/** The plan by which a prepared statement runs, whatever its values. */
function explain(db: Database, { text, values, settings }: Sent): Promise<Node> {
  return db.transaction(
    async (db) => {
      const run = (text: string) => db.query<{ 'QUERY PLAN': [{ Plan: Node }] }>({ name: '', text })
      await run(`prepare hot as ${text}`)
      const given = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`
      const [row] = await run(`explain (analyze, buffers, format json) execute hot${given}`)
      await run('deallocate hot')
      return row!['QUERY PLAN'][0].Plan
    },
    { readOnly: true, settings: { ...settings, plan_cache_mode: 'force_generic_plan' } },
  )
}

const literal = (value: unknown): string =>
  value === null
    ? 'null'
    : pg.escapeLiteral(Array.isArray(value) ? `{${value.map((one) => `"${String(one)}"`).join(',')}}` : String(value))
