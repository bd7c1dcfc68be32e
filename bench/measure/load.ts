import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/connect.ts'
import type { Server } from '../servers/server.ts'
import type { Request } from '../workloads/workload.ts'
import { Connection } from './client.ts'
import { cpuOf, cpuOfTree } from './cpu.ts'

/** What one server did in one round. */
export interface Round {
  /** Requests a second. */
  rate: number
  /** Processor time of the server and of PostgreSQL, in milliseconds a request. */
  node: number
  postgres: number
  /** Statements that PostgreSQL ran, and buffers that it looked at, a request. */
  statements: number
  buffers: number
}

interface Load {
  connections: number
  /** In seconds; each connection sends one request at least. */
  duration: number
  /** The status that every answer must have; default: 200. */
  status?: number | undefined
  /** Whether 503 is no error: the server may refuse what is more than it can do. */
  mayRefuse?: boolean
  /** The next request. */
  next: () => Request
}

interface Target {
  server: Server
  /** The name of its database, and a database of the same PostgreSQL that has its statistics. */
  database: string
  db: Database
  /** The process of PostgreSQL. */
  postgres: number
}

/**
 * Loads a server for some seconds.
 * @throws Error when an answer has another status
 */
export async function measure({ server, database, db, postgres }: Target, load: Load): Promise<Round> {
  const look = () => state(db, database, server.pid, postgres)
  const before = await look()
  const { requests, seconds } = await send(server.origin, load)
  const after = await look()
  const each = (key: keyof State): number => Math.max(0, after[key] - before[key]) / requests
  return {
    rate: requests / seconds,
    node: each('node'),
    postgres: each('postgres'),
    statements: each('statements'),
    buffers: each('buffers'),
  }
}

type State = Record<'node' | 'postgres' | 'statements' | 'buffers', number>

async function state(db: Database, database: string, pid: number, postgres: number): Promise<State> {
  const [counted] = await db.query<{ statements: number; buffers: number }>(sql`
    select coalesce(sum(calls), 0)::float8 as statements,
      coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8 as buffers
    from pg_stat_statements join pg_database d on d.oid = dbid
    where d.datname = ${database} and query not like '%pg_stat_statements%'`)
  return { node: cpuOf(pid), postgres: cpuOfTree(postgres), ...counted! }
}

/**
 * Sends requests, one after another on each connection, until the time is over, and waits for the last answers.
 * @returns how many were answered, and in how many seconds
 * @throws Error when an answer has another status
 */
export async function send(
  origin: string,
  { connections: many, duration, status = 200, mayRefuse = false, next }: Load,
): Promise<{ requests: number; seconds: number }> {
  const connections = await Promise.all(Array.from({ length: many }, () => Connection.open(origin)))
  let requests = 0
  const start = performance.now()
  const end = start + 1000 * duration
  const work = async (connection: Connection): Promise<void> => {
    do {
      const request = next()
      const answered = await connection.send(request)
      if (answered === 503 && mayRefuse) continue
      if (answered !== status) throw new Error(`${request.path}: status ${answered}`)
      requests += 1
    } while (performance.now() < end)
  }
  try {
    await Promise.all(connections.map(work))
    return { requests, seconds: (performance.now() - start) / 1000 }
  } finally {
    for (const connection of connections) connection.close()
  }
}
