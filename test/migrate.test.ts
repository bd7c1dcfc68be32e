import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ConnectedDatabase, connect, type Database } from '../src/database/connect.ts'
import { migrate } from '../src/database/migrate.ts'
import { prepare } from '../src/programs/prepare.ts'
import { loadVocabularies } from '../src/programs/vocabularies.ts'
import { builtProject } from './support/built.ts'
import { freshDatabase } from './support/register.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
const journal = readMigrationFiles({ migrationsFolder: join(project, 'migrations') })
const hashes = journal.map(({ hash }) => hash)

const applied = async (db: Database): Promise<string[]> => {
  const rows = await db.query<{ hash: string }>(sql`select hash from __drizzle_migrations order by id`)
  return rows.map(({ hash }) => hash)
}

/** A digest of each table, with all that its rows hold. */
async function everyRow(db: Database): Promise<object[]> {
  const tables = await db.query<{ name: string }>(
    sql`select schemaname || '.' || tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  const digests = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*)::int, md5(string_agg(t::text, '' order by t::text)) from ${name} t`,
  )
  return db.query(sql.raw(`${digests.join(' union all ')} order by name`))
}

const count = async (db: Database, table: string): Promise<number> =>
  (await db.query<{ count: number }>(sql.raw(`select count(*)::int from ${table}`)))[0]!.count

/** Runs the program that prepares a database, of the built project in `root`, in a process of its own. */
const prepareIn = (root: string, url: string) =>
  promisify(execFile)(process.execPath, [join(root, 'dist', 'programs', 'prepare.js')], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'test', DATABASE_URL: url },
  })

describe('four processes that start at once on an empty database', () => {
  let db: ConnectedDatabase
  let url: string
  beforeAll(async () => {
    ;({ db, url } = await freshDatabase({ empty: true }))
  })

  test('all succeed, and leave one history and every vocabulary once', async () => {
    const processes = await Promise.all(Array.from({ length: 4 }, () => prepareIn(builtProject(), url)))
    expect(processes.map(({ stdout }) => stdout)).toEqual(Array(4).fill('The database is up to date.\n'))
    expect(await applied(db)).toEqual(hashes)
    const twice = await db.query(sql`select code from signatories group by code having count(*) > 1`)
    expect(twice).toEqual([])
    expect(await count(db, 'loaded_vocabularies')).toBe(10)
  }, 120_000)
})

describe('a database that is up to date', () => {
  let db: ConnectedDatabase
  beforeAll(async () => {
    db = (await freshDatabase()).db
  })

  test('is left as it is', async () => {
    const before = await everyRow(db)
    await prepare(db)
    expect(await everyRow(db)).toEqual(before)
  })
})

describe('a history that is not that of the journal is refused, and nothing is done', () => {
  const databases: ConnectedDatabase[] = []
  beforeAll(async () => {
    for (let n = 0; n < 4; n += 1) databases.push((await freshDatabase()).db)
  })

  const refused = async (change: string, error: RegExp): Promise<void> => {
    const db = databases.pop()!
    await db.query(sql.raw(change))
    const before = await everyRow(db)
    await expect(prepare(db)).rejects.toThrow(error)
    expect(await everyRow(db)).toEqual(before)
  }

  test('when a migration was changed after it was applied', async () => {
    await refused(
      `update __drizzle_migrations set hash = 'changed' where id = 1`,
      /^Migration 0 in the database differs from the one in the journal. A merged migration must not be changed\.$/,
    )
  })

  test('when a later migration was changed', async () => {
    await refused(
      `update __drizzle_migrations set hash = 'changed' where id = ${journal.length}`,
      new RegExp(`^Migration ${journal.length - 1} in the database differs from the one in the journal`),
    )
  })

  test('when one was left out', async () => {
    await refused(`delete from __drizzle_migrations where id = 1`, /^Migration 0 in the database differs/)
  })

  test('when the database comes from a later version of the program', async () => {
    await refused(
      `insert into __drizzle_migrations (hash, created_at) values ('later', 0)`,
      /^The database was migrated by a later version of the program: it has migrations that this version does not know\.$/,
    )
  })
})

describe('a migration that fails', () => {
  let db: ConnectedDatabase
  beforeAll(async () => {
    db = (await freshDatabase({ empty: true })).db
  })

  test('leaves nothing of itself or of those before it, and can be tried again', async () => {
    await db.query(sql`create table signatories (in_the_way text)`)
    await expect(migrate(db)).rejects.toThrow('relation "signatories" already exists')
    expect(await count(db, `pg_tables where schemaname = 'public'`)).toBe(1)
    await db.query(sql`drop table signatories`)
    await migrate(db)
    expect(await applied(db)).toEqual(hashes)
  })
})

describe('vocabularies', () => {
  let db: ConnectedDatabase
  let url: string
  let copy: string
  beforeAll(async () => {
    ;({ db, url } = await freshDatabase())
    copy = await mkdtemp(join(tmpdir(), 'entente-copy-'))
    for (const name of ['dist', 'data', 'migrations', 'package.json']) {
      await cp(join(builtProject(), name), join(copy, name), { recursive: true, dereference: true })
    }
    await symlink(join(project, 'node_modules'), join(copy, 'node_modules'))
    return () => rm(copy, { recursive: true })
  })

  const named = async (code: string): Promise<string | undefined> =>
    (await db.query<{ name: string }>(sql`select name from signatories where code = ${code}`))[0]?.name

  const edit = (code: string, name: string) =>
    db.query(sql`update signatories set name = ${name}, version = version + 1 where code = ${code}`)

  const deleted = (code: string) =>
    db.query(sql`
      with gone as (delete from signatories where code = ${code} returning id, code)
      insert into registry_deletions (registry, entry_id, code) select 'signatory', id, code from gone`)

  test('are loaded once: what editors change or delete afterwards stays so', async () => {
    await edit('KR', 'Corea')
    await db.query(sql`update research_domains set label = 'Deluges' where scheme = 'theme' and code = 'flooding'`)
    await deleted('AQ')
    const before = await everyRow(db)
    await loadVocabularies(db)
    expect(await everyRow(db)).toEqual(before)
  })

  test('that grew add what is missing, and change nothing else', async () => {
    await edit('JP', 'Nippon')
    const rows = () =>
      db.query<{ row: string }>(sql`
      select s::text as row from signatories s union all select d::text from research_domains d order by 1`)
    const before = await rows()
    const organization = 'NEWORG,New Organization,intergovernmental_organization,,NO | Neue,,2020,,A treaty\n'
    await appendFile(join(copy, 'data', 'vocabularies', 'organizations.csv'), organization)
    await appendFile(
      join(copy, 'data', 'vocabularies', 'theme.csv'),
      'theme,landslides,Landslides,disaster-resilience,A list\n',
    )
    await prepareIn(copy, url)
    const after = await rows()
    expect(after).toEqual(expect.arrayContaining(before))
    expect(after).toHaveLength(before.length + 2)
    expect(await named('NEWORG')).toBe('New Organization')
    expect(await named('JP')).toBe('Nippon')
    const [landslides] = await db.query(sql`
      select d.label, b.code as broader, d.depth from research_domains d join research_domains b on b.id = d.broader_id
      where d.code = 'landslides'`)
    expect(landslides).toEqual({ label: 'Landslides', broader: 'disaster-resilience', depth: 1 })
    expect(await named('AQ')).toBeUndefined()
  }, 60_000)

  test('that changed change what nobody edited: an edited body, a deleted one and one added by an editor stay so', async () => {
    const change = async (name: string, from: RegExp | string, to: string) => {
      const file = join(copy, 'data', 'vocabularies', `${name}.csv`)
      const text = await readFile(file, 'utf8')
      expect(text.replace(from, to)).not.toBe(text)
      await writeFile(file, text.replace(from, to))
    }
    await edit('PE', 'Birú')
    await db.query(sql`
      insert into signatories (id, code, name, kind, aliases, identifiers, words)
      values (gen_random_uuid(), 'OUR-CODE', 'Laputa', 'other', '{}', '[]', E'our code\nlaputa')`)
    await change('states', /^SE,Sweden,state,,/m, 'SE,Sverige,state,,Sweden | ')
    await change('states', /^PE,Peru,state,,/m, 'PE,Perou,state,,Peru | ')
    await change('names', /^code.*\n/m, 'code,language,name,kind,source\nNO,la,Norvegia,variant,A map\n')
    await change('predecessors', /^EU,EUROPEAN-COMMUNITY,2009-12-01/m, 'EU,EUROPEAN-COMMUNITY,2009-11-30')
    const added = ['LAPUTA,laputa,other,,,,,,A book', 'LAPUTA-GRAND,The academy,agency,LAPUTA,,,,,A book']
    await appendFile(join(copy, 'data', 'vocabularies', 'organizations.csv'), `${added.join('\n')}\n`)
    const versions = () =>
      db.query<{ code: string; version: number }>(sql`select code, version from signatories order by code`)
    const before = new Map((await versions()).map(({ code, version }) => [code, version]))
    await prepareIn(copy, url)
    expect([await named('SE'), await named('PE'), await named('AQ')]).toEqual(['Sverige', 'Birú', undefined])
    expect([await named('OUR-CODE'), await named('LAPUTA'), await named('LAPUTA-GRAND')]).toEqual([
      'Laputa',
      undefined,
      undefined,
    ])
    const changed = (await versions()).filter(({ code, version }) => version !== before.get(code))
    expect(changed.map(({ code }) => code)).toEqual(['EU', 'NO', 'SE'])
    const [no] = await db.query<{ found: boolean }>(
      sql`select 'norvegia' = any(name_keys(words)) as found from signatories where code = 'NO'`,
    )
    expect(no).toEqual({ found: true })
    const links = await db.query(sql`
      select l.date from signatory_predecessors l join signatories s on s.id = l.successor_id
        join signatories p on p.id = l.predecessor_id where s.code = 'EU' and p.code = 'EUROPEAN-COMMUNITY'`)
    expect(links).toEqual([{ date: '2009-11-30' }])
    const queued = await db.query<{ code: string }>(
      sql`select s.code from registry_changes c join signatories s on s.id = c.entry_id order by 1`,
    )
    expect(queued.map(({ code }) => code)).toEqual(['EU', 'SE'])
  }, 60_000)
})

test.each([
  ['makes pg_trgm itself', ''],
  [
    'takes the pg_trgm that is there, in another schema',
    'create schema elsewhere; create extension pg_trgm schema elsewhere',
  ],
])('an account with no right but CREATE %s', async (_name, before) => {
  const { db, url } = await freshDatabase({ empty: true })
  const role = `plain_${randomUUID().replaceAll('-', '')}`
  const { pathname } = new URL(url)
  await db.query(sql.raw(`${before}; create role ${role} login password 'plain'`))
  await db.query(
    sql.raw(`grant create on database ${pathname.slice(1)} to ${role}; grant all on schema public to ${role}`),
  )
  if (before !== '') await db.query(sql.raw(`grant usage on schema elsewhere to ${role}`))
  const plain = new URL(url)
  plain.username = role
  plain.password = 'plain'
  const account = connect({ url: plain.href, pool: 2 })
  try {
    await prepare(account)
    const [near] = await account.query<{ near: string[] }>(sql`select near from near_names(array['koera'], null)`)
    expect(near!.near).toContain('korea')
  } finally {
    await account.close()
    await db.query(sql.raw(`drop owned by ${role} cascade; drop role ${role}`))
  }
})
