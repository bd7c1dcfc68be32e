import type { IncomingMessage } from 'node:http'
import type pg from 'pg'
import type { Database } from '../../src/database/connect.ts'
import { columnsOf, parametersOf, type Template, templateOf } from './templates.ts'

/** Answers a write: its status and JSON text. */
export type Write = (request: IncomingMessage, values: string[]) => Promise<{ status: number; body: string }>

/** The most agreements that one bare server makes: others begin after them. */
const maxMade = 0x100000

/** Rows of an import that one statement stores. */
const batch = 500

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}

const lookUp = `
  select 'body' as kind, id from signatories where code = any($1::text[])
  union all select 'domain', id from research_domains where scheme || ':' || code = any($2::text[])`

const lock = 'select version, document from agreements where id = $1 and deleted_at is null'

/** What the server writes for a date, as one statement: `$2` the new document, `$3` the words, `$4` to `$7` and `$9` the date. */
const storeDate = (listing: string): string => `
  with own as materialized (
    update agreements set version = version + 1, updated_at = clock_timestamp(), document = $2, judged_on = current_date
    where id = $1 and version = $8 returning id, version, format, updated_at
  ), words as materialized (select search_vector($3) as search),
  date as (
    insert into dates (id, agreement_id, event, occurrence, date, first_day, last_day, place, preferred, note)
    select $4::uuid, own.id, 'registered', $9, $5::text, $5::text::date, $5::text::date, $6, true, $7 from own
  ), history as (
    insert into agreement_versions (agreement_id, version, operation, cause, published_at, document, format)
    select id, version, 'updated', 'edit', updated_at, $2, format from own
  ), listing as (
    update agreement_listings l set updated_at = own.updated_at, search = words.search,
      events = l.events || '{registered}'::text[], last_act = $5::text::date
    from own, words where l.agreement_id = own.id returning l.*
  ), recorded as (
    insert into agreement_version_listings (version, identifiers, sides, ${listing})
    select (select version from own), '{}', '{1,2}', ${listing} from listing
  ), changed as (
    insert into changes (kind, entry_id, version) select 'agreement', id, version from own
  ) select version from own`

/**
 * The writes of the bare server.
 * @param id of the agreement whose rows they write under other ids
 * @param series the number of this server among those of a run
 */
export async function writesOf(
  pool: pg.Pool,
  db: Database,
  id: string,
  series: number,
): Promise<Record<string, Write>> {
  const template = await templateOf(db, id)
  const columns = await columnsOf(db, 'agreement_listings')
  let made = 0
  const next = () => {
    made += 1
    const prefix = (0x02000000 + series * maxMade + made).toString(16).padStart(8, '0')
    return { prefix, key: `limit-${series}-${made}` }
  }
  return {
    create: create(pool, template, id, next),
    'add-date': addDate(pool, template, next, storeDate(columns.map((name) => `"${name}"`).join(', '))),
    import: importRows(pool, template, id, next),
  }
}

type Next = () => { prefix: string; key: string }

function create(pool: pg.Pool, template: Template, id: string, next: Next): Write {
  return async (request) => {
    const body = JSON.parse(await readBody(request)) as {
      signatories: { signatory: string }[]
      researchDomains: string[]
    }
    const codes = body.signatories.map(({ signatory }) => signatory)
    await pool.query({ name: 'look-up', text: lookUp, values: [codes, body.researchDomains] })
    const [one] = [next()]
    const values = parametersOf(template, id, [one])
    await pool.query({ name: 'store', text: template.statement, values })
    return { status: 201, body: (JSON.parse(values[0]!) as { document: string }[])[0]!.document }
  }
}

function addDate(pool: pg.Pool, template: Template, next: Next, text: string): Write {
  return async (request, [id]) => {
    const input = JSON.parse(await readBody(request)) as {
      date: string
      place: string
      note: string
      occurrence: number
    }
    const { rows } = await pool.query<{ version: number; document: string }>({ name: 'lock', text: lock, values: [id] })
    const { version, document } = rows[0]!
    const own = `${next().prefix}-0003-7000-8000-${id!.slice(-12)}`
    const date = JSON.stringify({ id: own, event: 'registered', ...input })
    const changed = document.replace('"dates":[', `"dates":[${date},`)
    const values = [id, changed, template.words, own, input.date, input.place, input.note, version, input.occurrence]
    const { rowCount } = await pool.query({ name: 'store-date', text, values })
    return { status: rowCount === 1 ? 201 : 412, body: date }
  }
}

function importRows(pool: pg.Pool, template: Template, id: string, next: Next): Write {
  return async (request) => {
    const lines = (await readBody(request)).split('\n').slice(1)
    for (let i = 0; i < lines.length; i += batch) {
      const made = lines.slice(i, i + batch).map((line) => (line.split(','), next()))
      await pool.query({ name: 'store', text: template.statement, values: parametersOf(template, id, made) })
    }
    return { status: 201, body: JSON.stringify({ created: lines.length }) }
  }
}
