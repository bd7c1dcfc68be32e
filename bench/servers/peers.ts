import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Request } from '../workloads/workload.ts'
import type { NaturalAgreement } from './natural.ts'
import { directus } from './directus.ts'
import { createOf, listQuery, oneQuery } from './graphql.ts'
import { root, type Server, startServer } from './server.ts'

/** What a user could take instead, with the same data in a schema natural for it. */
export interface Peer {
  name: string
  /** Its folder in `bench/peers`, with a package of its own. */
  folder: string
  /** Whether the npm package `node` brings the Node that it needs. */
  ownNode?: boolean
  byId: (id: string) => Request
  /** The newest 25 of a party in one of some domains. */
  list: (party: string, domains: string[]) => Request
  create: (agreement: NaturalAgreement) => Request
  /** The status of a create. */
  created: number
}

const json = { 'content-type': 'application/json' }
const post = (path: string, body: object): Request => ({
  method: 'POST',
  path,
  headers: json,
  body: JSON.stringify(body),
})

/** Requests to the servers written for this benchmark: Express and NestJS. */
const rest: Pick<Peer, 'byId' | 'list' | 'create' | 'created'> = {
  byId: (id) => ({ path: `/agreements/${id}` }),
  list: (party, domains) => ({ path: `/agreements?party=${party}&domain=${domains.join(',')}` }),
  create: ({ parties, ...agreement }) =>
    post('/agreements', { ...agreement, parties: parties.map(({ partyId: _, ...party }) => party) }),
  created: 201,
}

export const peers: Peer[] = [
  {
    name: 'PostGraphile',
    folder: 'postgraphile',
    ownNode: true,
    byId: (id) => post('/graphql', { query: oneQuery, variables: { id } }),
    list: (party, domains) => post('/graphql', { query: listQuery, variables: { party, domains } }),
    create: (agreement) => post('/graphql', createOf(agreement)),
    created: 200,
  },
  { name: 'Express with Prisma', folder: 'prisma', ...rest },
  { name: 'NestJS with TypeORM', folder: 'typeorm', ...rest },
  { name: 'Directus', folder: 'directus', ownNode: true, ...directus },
]

const folderOf = ({ folder }: Peer): string => join(root, 'bench', 'peers', folder)

/**
 * Installs a peer, unless it is installed already.
 * @throws Error when that fails
 */
export function install(peer: Peer): void {
  const cwd = folderOf(peer)
  if (existsSync(join(cwd, 'node_modules', '.package-lock.json'))) return
  const run = (...words: string[]): string =>
    execFileSync('npm', words, { cwd, encoding: 'utf8', timeout: 600_000, stdio: 'pipe' })
  run('ci', '--no-audit', '--no-fund')
  const { scripts = {} } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { scripts?: object }
  if ('prepare-peer' in scripts) run('run', 'prepare-peer')
}

export const startPeer = (peer: Peer, url: string, folder: string): Promise<Server> =>
  startServer({
    program: ['server.js', url],
    cwd: folderOf(peer),
    env: { NODE_ENV: 'production' },
    address: /(http:\/\/127\.0\.0\.1:\d+)/,
    log: join(folder, `${peer.folder}.log`),
    ...(peer.ownNode && { node: join(folderOf(peer), 'node_modules', 'node', 'bin', 'node') }),
  })
