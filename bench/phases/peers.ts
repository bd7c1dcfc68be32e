import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { connect } from '../../src/database/connect.ts'
import { type Contestant, inTurns } from '../measure/turns.ts'
import { loadingLimits } from '../register/load.ts'
import { type Entries, entriesOf, naturalAgreement } from '../servers/natural.ts'
import { install, type Peer, peers, startPeer } from '../servers/peers.ts'
import { root, type Server } from '../servers/server.ts'
import { byId } from '../workloads/by-id.ts'
import { byPartyAndDomain } from '../workloads/lists.ts'
import type { Request, Workload } from '../workloads/workload.ts'
import { create } from '../workloads/writes.ts'
import { type Bench, entente, ententeOn, type Line, type Loaded, withServer } from './environment.ts'

interface Running {
  peer: Peer
  server: Server
}

/** Comparisons with peers, and why a peer could not take part. */
interface Compared {
  lines: Line[]
  absent: Record<string, string>
}

const natural = 'run_natural'

/** Entente and the peers, in turns, each on a database of its own with the same agreements. */
export async function besidePeers(bench: Bench, loaded: Loaded, source: string): Promise<Compared> {
  const entries = await entriesOf(loaded.db)
  const absent: Record<string, string> = {}
  const running: Running[] = []
  try {
    await makeNatural(bench, source)
    for (const peer of peers) {
      bench.log(`start of ${peer.name}`)
      try {
        running.push(await start(bench, peer, loaded, entries))
      } catch (error) {
        absent[peer.name] = (error as Error).message.split('\n').slice(0, 3).join(' ')
      }
    }
    const lines = await withServer(ententeOn(bench, loaded), (own) => compare(bench, loaded, { own, running, entries }))
    return { lines, absent }
  } finally {
    for (const { server } of running) await server.stop()
  }
}

/** A copy of the register in the natural schema, from which each peer gets its own. */
async function makeNatural({ cluster, log }: Bench, source: string): Promise<void> {
  log('the natural schema')
  await cluster.run(`drop database if exists ${natural} with (force)`)
  await cluster.run(`create database ${natural} template ${source} strategy file_copy`)
  const db = connect({ url: cluster.urlOf(natural), pool: 1, limits: loadingLimits })
  const statements = readFileSync(join(root, 'bench', 'peers', 'natural.sql'), 'utf8')
  await db.query(sql.raw('drop extension pg_stat_statements'))
  await db.query(sql.raw(statements))
  await db.query(sql.raw('vacuum (freeze, analyze)'))
  await db.close()
}

const databaseOf = ({ folder }: Peer): string => `run_${folder}`

async function start(bench: Bench, peer: Peer, { register }: Loaded, entries: Entries): Promise<Running> {
  install(peer)
  const name = databaseOf(peer)
  await bench.cluster.run(`drop database if exists ${name} with (force)`)
  await bench.cluster.run(`create database ${name} template ${natural} strategy file_copy`)
  const url = bench.cluster.urlOf(name)
  const server = await startPeer(peer, url, bench.folder)
  try {
    await requireAnswers(peer, server, register.id(1), entries)
  } catch (error) {
    await server.stop()
    throw error
  }
  return { peer, server }
}

/** @throws Error when the answers of a peer do not show what is asked for */
async function requireAnswers(peer: Peer, { origin }: Server, id: string, entries: Entries): Promise<void> {
  const agreement = naturalAgreement(1, 'first', entries)
  await ask(origin, peer.byId(id), [id])
  await ask(origin, peer.create(agreement), [])
  await ask(origin, peer.byId(agreement.id), [agreement.title, ...agreement.dates.map((date) => date.event)])
  const text = await ask(origin, peer.list('US', entries.under('ford:2')), ['US'])
  const found = text.match(/"reference"/g)?.length ?? 0
  if (found !== 25) throw new Error(`The list has ${found} agreements.`)
}

async function ask(
  origin: string,
  { method = 'GET', path, headers = {}, body }: Request,
  wanted: string[],
): Promise<string> {
  const answer = await fetch(`${origin}${path}`, { method, headers, ...(body !== undefined && { body }) })
  const text = await answer.text()
  const isWrong = answer.status >= 300 || text.includes('"errors"') || !wanted.every((word) => text.includes(word))
  if (isWrong) throw new Error(`${path}: status ${answer.status}: ${text.slice(0, 300)}`)
  return text
}

interface All {
  own: Server
  running: Running[]
  entries: Entries
}

async function compare(bench: Bench, loaded: Loaded, { own, running, entries }: All): Promise<Line[]> {
  const lines: Line[] = []
  for (const workload of [byId, byPartyAndDomain, create]) {
    bench.log(`peers: ${workload.name}`)
    const others = running.map((one) => contestant(one, loaded, workload, entries))
    const conditions = {
      ...bench.effort,
      connections: 16,
      key: workload.key,
      status: workload.status,
      postgres: bench.cluster.pid,
    }
    const measured = await inTurns([entente(own, loaded, workload), ...others], conditions)
    lines.push({ workload, connections: 16, size: loaded.register.size, measured })
  }
  return lines
}

const run = Date.now().toString(36)

function contestant(
  { peer, server }: Running,
  { db, register }: Loaded,
  workload: Workload,
  entries: Entries,
): Contestant {
  const request = (n: number): Request => {
    const [first, scheme, code] = workload.values(n, register) as [string, string, string]
    if (workload === byId) return peer.byId(first)
    if (workload === create) return peer.create(naturalAgreement(n, run, entries))
    return peer.list(first, entries.under(`${scheme}:${code}`))
  }
  return {
    name: peer.name,
    server,
    database: databaseOf(peer),
    db,
    request,
    ...(workload === create && { status: peer.created }),
  }
}
