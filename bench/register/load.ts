import { sql } from 'drizzle-orm'
import { sequenceChanges } from '../../src/changes/sequence.ts'
import type { Database } from '../../src/database/connect.ts'
import { withoutLimits } from '../../src/database/time-limits.ts'
import { signatoryOf } from '../../src/programs/vocabularies.ts'
import { collectionRegistry } from '../../src/registry/collections/queries.ts'
import { signatoryRegistry } from '../../src/registry/signatories/queries.ts'
import { addInBulk } from '../../test/support/bulk.ts'
import { type Prototype, prototype, prototypes } from './agreements.ts'
import { copyOnce, setPrototypesAside } from './multiply.ts'
import { type CopiedTable, copiedTables, filledTables, secondary } from './tables.ts'
import { agencies } from './vocabulary.ts'

/** Receives what was done, with its duration. */
type Log = (line: string) => void

async function timed<Result>(log: Log, what: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now()
  const result = await work()
  log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}

/** The prototypes of a register, and what must be made again once they are copied. */
export interface Prepared {
  tables: CopiedTable[]
  indexes: string[]
  foreignKeys: string[]
  many: number
}

/**
 * Publishes the prototypes, by the code of the project, in a database that has only the vocabularies, and sets them aside. Foreign keys and
 * secondary indexes are dropped until `fillWithCopies` makes them again.
 * @param today the day for which statuses are judged
 */
export async function loadPrototypes(db: Database, today: string, log: Log, many = prototypes): Promise<Prepared> {
  const tables = await timed(log, `${many} prototypes`, () => publishPrototypes(db, many, today))
  const { drop, indexes, foreignKeys } = await secondary(db, tables)
  await runAll(db, drop)
  await setPrototypesAside(db, tables, today)
  return { tables, indexes, foreignKeys, many }
}

/** Fills a database that has prototypes with copies of them. Makes and checks the indexes and foreign keys. */
export async function fillWithCopies(
  db: Database,
  { tables, indexes, foreignKeys, many }: Prepared,
  copies: number,
  log: Log,
): Promise<void> {
  const numbers = Array.from({ length: copies }, (_, n) => n)
  await timed(log, `${copies} copies of each`, () => inLanes(numbers, (n) => copyOnce(db, tables, n, many)))
  await timed(log, 'indexes', () => inLanes(indexes, (statement) => runAll(db, [statement])))
  await timed(log, 'foreign keys', () => runAll(db, foreignKeys))
  await runAll(db, identityStatements(tables))
  await runAll(db, ['drop schema prototypes cascade'])
  await timed(log, 'vacuum and analyze', () => runAll(db, ['vacuum (freeze, analyze)', 'checkpoint']))
}

async function publishPrototypes(db: Database, many: number, today: string): Promise<CopiedTable[]> {
  await signatoryRegistry.load(
    db,
    agencies.map((agency) => signatoryOf(agency)),
  )
  const about = { publisher: null, url: null, licence: null, asOf: null, note: null, listed: true }
  await collectionRegistry.load(
    db,
    ['bench-all', 'bench-some'].map((code) => ({ code, name: code, ...about })),
  )
  const before = await filledTables(db)
  await addInBulk(db, numbered(many, today), today)
  while ((await sequenceChanges(db)) > 0);
  return copiedTables(db, before)
}

function* numbered(many: number, today: string): Generator<Prototype> {
  for (let i = 0; i < many; i += 1) yield prototype(i, today)
}

/** Works on all items, two at a time. */
async function inLanes<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values()
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  await Promise.all([lane(), lane()])
}

async function runAll(db: Database, statements: string[]): Promise<void> {
  for (const statement of statements) await db.query(sql.raw(statement))
}

/** New rows get the numbers after those of the copies. */
const identityStatements = (tables: CopiedTable[]): string[] =>
  tables.flatMap(({ name, columns }) =>
    columns.flatMap((column) =>
      column.identity
        ? `select setval(pg_get_serial_sequence('${name}', '${column.name}'), (select max("${column.name}") from "${name}"))`
        : [],
    ),
  )

/** A busy machine must not end a load. */
export const loadingLimits = { ...withoutLimits, connect: 60_000 }
