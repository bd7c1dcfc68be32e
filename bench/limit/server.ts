/**
 * The limit: a bare `node:http` and `pg` that sends the same stored text. Named statements, the server's number of
 * connections, and nothing else: no validation, no headers beyond type, length and tag, no log.
 * `server.ts DATABASE_URL ID SERIES`: the agreement whose rows it writes again, and the number of this server in the run.
 * Prints its address.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { connect } from '../../src/database/connect.ts'
import { workloads } from '../workloads/all.ts'
import type { Workload } from '../workloads/workload.ts'
import { sendExport } from './export.ts'
import { type Write, writesOf } from './writes.ts'

const [url, template, series] = process.argv.slice(2) as [string, string, string]
const pool = new pg.Pool({ connectionString: url, max: 10, idleTimeoutMillis: 0 })

interface Row {
  version?: number
  body: string
}

const reads = new Map(workloads.map((workload) => [workload.key, workload]))
const db = connect({ url, pool: 1 })
const writes = await writesOf(pool, db, template, Number(series))
await db.close()

const counts = new Map<string, number>()

/** The number of parameters of a statement; requests can have more values. */
function parametersOf(text: string): number {
  const known = counts.get(text) ?? Math.max(0, ...[...text.matchAll(/\$(\d)/g)].map(([, number]) => Number(number)))
  counts.set(text, known)
  return known
}

async function read({ statement, list, status }: Workload, values: string[], response: ServerResponse): Promise<void> {
  const used = parametersOf(statement!.text)
  const { rows } = await pool.query<Row>({ ...statement!, values: values.slice(0, used) })
  if (status === 304) return void response.writeHead(304, { etag: `"${rows[0]!.version}"` }).end()
  const bodies = rows.slice(0, list ?? 1).map((row) => row.body)
  const body = list === undefined ? bodies[0]! : `{"items":[${bodies.join(',')}]}`
  send(response, 200, body, rows[0]?.version)
}

async function write(work: Write, request: IncomingMessage, response: ServerResponse, values: string[]): Promise<void> {
  const { status, body } = await work(request, values)
  send(response, status, body, 1)
}

function send(response: ServerResponse, status: number, body: string, version: number | undefined): void {
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      ...(version !== undefined && { etag: `"${version}"` }),
    })
    .end(body)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, key = '', ...parts] = request.url!.split('/')
  const values = parts.flatMap((part) => (part === '' ? [] : part.includes('%') ? decodeURIComponent(part) : part))
  if (key === 'export') return sendExport(pool, response)
  const work = writes[key]
  return work ? write(work, request, response, values) : read(reads.get(key)!, values, response)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error)
    response.writeHead(500).end(String(error))
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.stdin.on('end', () => process.exit()).resume()
