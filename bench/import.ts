/**
 * Imports compared in one run: one POST a row with 8 connections, an import of a file, and bare inserts of the same rows into
 * the same tables, without documents, by prepared statements of 500 agreements each. Also the peak memory of the server
 * (VmHWM, so Linux only), and how long a read by id and an edit take alone and beside the import.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { connect } from '../src/database/connect.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { withoutLimits } from '../src/database/time-limits.ts'
import { prepare } from '../src/programs/prepare.ts'
import { addTestKeys, authHeader } from '../test/support/keys.ts'

const many = Number(process.argv[2] ?? 20_000)
const posts = Math.min(many, 2_000)
const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'))
const postgres = await startEmbedded({ folder: join(folder, 'postgres') })
const db = connect({ url: postgres.url, limits: withoutLimits })
await prepare(db)
await addTestKeys(db)

const parties = ['Japan', 'Germany', 'France', 'Brazil', 'India', 'South Africa', 'Mexico', 'Canada', 'Australia']
const codes = ['JP', 'DE', 'FR', 'BR', 'IN', 'ZA', 'MX', 'CA', 'AU']
const dayOf = (i: number): string => `${1950 + (i % 70)}-03-${String(1 + (i % 28)).padStart(2, '0')}`
const titleOf = (i: number): string => `Agreement ${i} on research into floods and storms`

const mapping = {
  rowKey: { column: 'no' },
  title: { column: 'title' },
  type: { constant: 'agreement' },
  identifiers: [{ scheme: 'bench', value: { column: 'no' } }],
  parties: [
    { column: 'a', side: 1 },
    { column: 'b', side: 2 },
  ],
  dates: [
    { event: 'signed', date: { column: 'signed' }, place: { column: 'place' } },
    { event: 'entered_into_force', date: { column: 'force' } },
  ],
}
const lineOf = (i: number): string =>
  [`F-${i}`, titleOf(i), 'United States', parties[i % 9], dayOf(i), dayOf(i + 1), 'Washington'].join(',')
const file = ['no,title,a,b,signed,force,place', ...Array.from({ length: many }, (_, i) => lineOf(i))].join('\n')
const bodyOf = (i: number) => ({
  title: titleOf(i),
  type: 'agreement',
  identifiers: [{ scheme: 'bench', value: `P-${i}` }],
  signatories: [
    { side: 1, signatory: 'US' },
    { side: 2, signatory: codes[i % 9] },
  ],
  dates: [
    { event: 'signed', date: dayOf(i), place: 'Washington' },
    { event: 'entered_into_force', date: dayOf(i + 1) },
  ],
})

const child = spawn(process.execPath, ['dist/server.js'], {
  env: {
    ...process.env,
    DATABASE_URL: postgres.url,
    PORT: '0',
    RATE_LIMIT_READS: '9999999',
    RATE_LIMIT_WRITES: '9999999',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let log = ''
const address = () => /Swagger UI: (\S+)\/docs/.exec(log)?.[1]
for (child.stdout.on('data', (piece) => (log += address() ? '' : piece)); address() === undefined;)
  await once(child.stdout, 'data')
const url = address()!

const agent = new Agent({ keepAlive: true, maxSockets: 16 })
const ask = (method: string, path: string, body?: string, type = 'application/json', more = {}) =>
  new Promise<{ status: number; text: string }>((settle, reject) => {
    const headers = { ...authHeader('admin'), ...(body !== undefined && { 'content-type': type }), ...more }
    const sent = request(`${url}${path}`, { method, agent, headers }, (answer) => {
      let text = ''
      answer.on('data', (piece) => (text += piece)).on('end', () => settle({ status: answer.statusCode!, text }))
    })
    sent.on('error', reject).end(body)
  })

const median = (figures: number[]): number => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** One POST a row, by 8 clients. @returns rows a second */
async function byPost(): Promise<number> {
  let next = 0
  const client = async (): Promise<void> => {
    for (let i = next++; i < posts; i = next++) {
      const { status, text } = await ask('POST', '/v1/agreements', JSON.stringify(bodyOf(i)))
      if (status !== 201) throw new Error(text)
    }
  }
  return (1000 * posts) / (await timed(() => Promise.all(Array.from({ length: 8 }, client))))
}

let read = ''

/** Reads an agreement and edits it until `done`; the median of each, in milliseconds. */
async function meanwhile(done: () => boolean): Promise<{ read: number; edit: number }> {
  const [reads, edits]: number[][] = [[], []]
  for (let i = 0; !done(); i += 1) {
    reads!.push(await timed(() => ask('GET', `/v1/agreements/${read}`)))
    const summary = JSON.stringify({ summary: `Edit ${i} of ${Math.random()}` })
    edits!.push(
      await timed(() =>
        ask('PATCH', `/v1/agreements/${read}`, summary, 'application/merge-patch+json', { 'if-match': '*' }),
      ),
    )
    await setTimeout(20)
  }
  return { read: median(reads!), edit: median(edits!) }
}

/** @returns rows a second, from the request to the end */
async function byImport(): Promise<{ speed: number; beside: { read: number; edit: number } }> {
  let done = false
  const others = meanwhile(() => done)
  const time = await timed(async () => {
    const query = new URLSearchParams({ mapping: JSON.stringify(mapping), atomic: 'false', fileName: 'bench.csv' })
    const { status, text } = await ask('POST', `/v1/imports?${query}`, file, 'text/csv')
    if (status !== 202 && status !== 201) throw new Error(text)
    const made = JSON.parse(text) as { id: string }
    for (;;) {
      const now = JSON.parse((await ask('GET', `/v1/imports/${made.id}`)).text)
      if (now.status === 'done') {
        if (now.counts.created !== many) throw new Error(JSON.stringify(now.counts))
        break
      }
      if (now.status === 'failed') throw new Error(JSON.stringify(now.failure))
      await setTimeout(100)
    }
  })
  done = true
  return { speed: (1000 * many) / time, beside: await others }
}

const tables = [
  'agreements',
  'sources',
  'signatures',
  'dates',
  'agreement_identifiers',
  'agreement_versions',
  'agreement_version_listings',
  'agreement_parties',
  'agreement_listings',
  'agreement_due',
  'changes',
]

/** The column with the id of the agreement. */
const keyOf = (table: string): string =>
  table === 'agreements' ? 'id' : table === 'changes' ? 'entry_id' : 'agreement_id'

/** The columns of a table that a write fills, and those left out here. */
async function columnsOf(table: string): Promise<string> {
  const rows = await db.query<{ name: string }>(sql`
    select column_name as name from information_schema.columns
    where table_name = ${table} and table_schema = 'public' and is_generated = 'NEVER' and is_identity = 'NO'`)
  return rows.map(({ name }) => `"${name}"`).join(', ')
}

/** Bare inserts of the rows that the import has stored. @returns rows a second */
async function byInsert(): Promise<number> {
  const ids = await db.query<{ id: string }>(
    sql`select agreement_id as id from agreement_origins order by agreement_id`,
  )
  const batches: string[][] = []
  const columns = await Promise.all(tables.map(columnsOf))
  for (let i = 0; i < ids.length; i += 500) {
    const some = ids.slice(i, i + 500).map((row) => row.id)
    const batch: string[] = []
    for (const table of tables) {
      const key = keyOf(table)
      const without = table === 'agreements' ? `jsonb_set(to_jsonb(t), '{document}', '""')` : `to_jsonb(t) - 'document'`
      const text = `select coalesce(json_agg(${without}), '[]')::text as rows from ${table} t where ${key} = any($1::uuid[])`
      const [row] = await db.query<{ rows: string }>({ name: `read-${table}`, text }, [some])
      batch.push(row!.rows)
    }
    batches.push(batch)
  }
  await db.query(sql`truncate agreements, changes cascade`)
  const insert = async (): Promise<void> => {
    for (const batch of batches) {
      await db.transaction(async (db) => {
        for (const [i, table] of tables.entries()) {
          const text = `insert into ${table} (${columns[i]})
            select ${columns[i]} from json_populate_recordset(null::${table}, $1::json)`
          await db.query({ name: `bare-${table}`, text }, [batch[i]])
        }
      })
    }
  }
  return (1000 * ids.length) / (await timed(insert))
}

await byPost()
const [one] = await db.query<{ id: string }>(sql`select id from agreements limit 1`)
read = one!.id
await db.query(sql`update agreement_identifiers set value = 'Q' || value, key = 'q' || key where scheme = 'bench'`)
const posted = await byPost()
let alone = false
const waiting = meanwhile(() => alone)
await setTimeout(4_000)
alone = true
const before = await waiting
const { speed, beside } = await byImport()
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
child.kill()
await once(child, 'exit')
const bare = await byInsert()
const line = (name: string, perSecond: number): string =>
  `${name.padEnd(36)} ${perSecond.toFixed(0).padStart(6)} rows/s`
console.log(line('one POST a row, 8 connections', posted))
console.log(`${line(`an import of ${many} rows`, speed)}, ${(speed / posted).toFixed(2)} of POST`)
console.log(`${line('bare inserts of the same rows', bare)}; the import is ${(speed / bare).toFixed(2)} of them`)
console.log(`peak memory of the server: ${peak.toFixed(0)} MB`)
console.log(`a read by id, median: ${before.read.toFixed(1)} ms alone, ${beside.read.toFixed(1)} ms beside the import`)
console.log(`an edit, median: ${before.edit.toFixed(1)} ms alone, ${beside.edit.toFixed(1)} ms beside the import`)
await db.close()
await postgres.stop()
rmSync(folder, { recursive: true, force: true })
