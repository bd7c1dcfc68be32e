/** Directus. `node server.js DATABASE_URL`; prints its address. The caller sends `Authorization: Bearer bench-token`. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'

const url = process.argv[2]
Object.assign(process.env, {
  DB_CLIENT: 'pg',
  DB_CONNECTION_STRING: url,
  DB_POOL__MAX: '10',
  SECRET: 'a-secret-of-the-benchmark-that-is-long-enough',
  ADMIN_EMAIL: 'bench@example.org',
  ADMIN_PASSWORD: 'bench-password',
  ADMIN_TOKEN: 'bench-token',
  LOG_LEVEL: 'error',
  TELEMETRY: 'false',
  SERVE_APP: 'false',
  WEBSOCKETS_ENABLED: 'false',
  CACHE_ENABLED: 'false',
  RATE_LIMITER_ENABLED: 'false',
})

const database = new pg.Client({ connectionString: url })
await database.connect()
// Directus ignores a table whose primary key has two columns, and has lists of texts as comma-separated text.
await database.query(`
  alter table agreement_domain drop constraint agreement_domain_pkey;
  alter table agreement_domain add id bigserial primary key, add unique (agreement_id, domain_id);
  alter table agreement alter languages type text using array_to_string(languages, ',')`)
execFileSync(process.execPath, [join(import.meta.dirname, 'node_modules', 'directus', 'cli.js'), 'bootstrap'])

const parts = {
  parties: 'agreement_party',
  dates: 'agreement_date',
  domains: 'agreement_domain',
  sources: 'source',
  identifiers: 'identifier',
}
const collections = ['agreement', 'party', 'domain', ...Object.values(parts)]
await database.query('insert into directus_collections (collection) select unnest($1::text[])', [collections])
for (const [field, many] of Object.entries(parts)) {
  await database.query(`insert into directus_fields (collection, field, special) values ('agreement', $1, 'o2m')`, [
    field,
  ])
  await database.query(
    `insert into directus_relations (many_collection, many_field, one_collection, one_field)
    values ($1, 'agreement_id', 'agreement', $2)`,
    [many, field],
  )
}
await database.query(`
  insert into directus_relations (many_collection, many_field, one_collection)
  values ('agreement_party', 'party_id', 'party'), ('agreement_domain', 'domain_id', 'domain')`)
await database.query(
  `insert into directus_fields (collection, field, special) values ('agreement', 'languages', 'cast-csv')`,
)
// New ids come from the caller or the database.
await database.query(`
  alter table source alter id set default gen_random_uuid();
  alter table identifier alter id set default gen_random_uuid()`)
await database.query('vacuum (analyze)')
await database.end()

const { createServer } = await import('@directus/api/server')
const server = await createServer()
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
