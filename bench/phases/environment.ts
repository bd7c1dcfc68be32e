import { sql } from 'drizzle-orm'
import { type ConnectedDatabase, connect, type Database } from '../../src/database/connect.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Contestant, Effort, Measured } from '../measure/turns.ts'
import { prototypes } from '../register/agreements.ts'
import { loadingLimits } from '../register/load.ts'
import { type Server, startEntente, startLimit, startUnshared } from '../servers/server.ts'
import { ofLimit, type Register, type Workload } from '../workloads/workload.ts'

/** A measured workload. */
export interface Line {
  workload: Workload
  connections: number
  size: number
  measured: Measured
}

/** What all phases share. */
export interface Bench {
  cluster: Cluster
  /** For logs of servers. */
  folder: string
  effort: Effort
  log: (line: string) => void
}

/** A database of a register, and what its requests are made from. */
export interface Loaded {
  database: string
  url: string
  db: ConnectedDatabase
  register: Register
}

/** The id of the `n`th agreement of a loaded register: see `register/agreements.ts`. */
const idOf = (n: number): string =>
  `019a${String(Math.floor(n / prototypes)).padStart(4, '0')}-0000-7000-8000-${String(n % prototypes).padStart(12, '0')}`

export async function openRegister({ cluster }: Bench, database: string, size: number): Promise<Loaded> {
  const url = cluster.urlOf(database)
  const db = connect({ url, pool: 2, limits: loadingLimits })
  return { database, url, db, register: { size, id: idOf, some: await someOf(db, size), ofParty: await ofPartyIn(db) } }
}

async function someOf(db: Database, size: number): Promise<Register['some']> {
  const ids = Array.from({ length: 500 }, (_, i) => idOf((i * 7919) % size))
  return db.query<{ id: string; tag: string }>(sql`
    select id, '"' || version || '"' as tag from agreements where id = any(${sql.param(ids)}::uuid[])`)
}

async function ofPartyIn(db: Database): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select p.agreement_id as id from agreement_parties p join signatories s on s.id = p.party_id
    where s.code = 'US' and p.signed > '-infinity' order by md5(p.agreement_id::text) limit 200`)
  return rows.map(({ id }) => id)
}

/** Runs `work` with a server, which is stopped afterwards. */
export async function withServer<Result>(
  start: Promise<Server>,
  work: (server: Server) => Promise<Result>,
): Promise<Result> {
  const server = await start
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

export const ententeOn = ({ folder }: Bench, { url }: Loaded): Promise<Server> => startEntente(url, folder)
export const unsharedOn = ({ folder }: Bench, { url }: Loaded): Promise<Server> => startUnshared(url, folder)
export const limitOn = ({ folder }: Bench, { url, register }: Loaded): Promise<Server> =>
  startLimit(url, folder, register.id(templateNumber))

/** An agreement with two parties, a few dates and an identifier. */
const templateNumber = 4

/** The name of Entente without shared reads. */
export const unshared = 'without shared reads'

/** Entente, as it takes part in a comparison of a workload. */
export const entente = (
  server: Server,
  { database, db, register }: Loaded,
  workload: Workload,
  name = 'Entente',
): Contestant => ({
  name,
  server,
  database,
  db,
  request: (n) => workload.request(workload.values(n, register), register),
})

/** The bare server. */
export const limit = (server: Server, { database, db, register }: Loaded, workload: Workload): Contestant => ({
  name: 'limit',
  server,
  database,
  db,
  request: (n) => ofLimit(workload, n, register),
})
