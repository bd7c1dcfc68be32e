import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { authHeader } from '../../support/keys.ts'
import { count, type Figures } from '../figures.ts'
import { withDatabase } from '../final-state.ts'
import { underLoad } from '../under-load.ts'
import { externalWorld, type ExternalWorld, type Ground } from '../world.ts'

const reads = [
  '/v1/agreements?limit=25',
  '/v1/agreements?q=floods&count=exact',
  '/v1/agreements?party=JP&sort=title',
  '/v1/statistics?groupBy=signedYear',
  '/v1/agreements/export?format=csv',
  '/v1/signatories?q=korea',
  '/v1/deadlines',
  '/v1/changes?after=latest',
  '/openapi.json',
]

const mapping = JSON.stringify({
  title: { column: 'title' },
  type: { constant: 'treaty' },
  parties: [
    { column: 'a', side: 1 },
    { column: 'b', side: 2 },
  ],
})

/** Reads, lists, exports, and now and then an import, until `isOver`. */
async function readAndImport(
  origin: string,
  isOver: () => boolean,
): Promise<{ requests: number; failed: Map<string, number> }> {
  const told = { requests: 0, failed: new Map<string, number>() }
  async function ask(path: string, init: RequestInit = {}): Promise<void> {
    const answer = await fetch(origin + path, init).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => undefined)
    told.requests += 1
    if (answer?.ok) return
    const what = `${answer?.status ?? 'no answer'} ${path.split('?')[0]}`
    told.failed.set(what, (told.failed.get(what) ?? 0) + 1)
  }
  const reader = async (first: number) => {
    for (let n = first; !isOver(); n += 1) {
      await ask(reads[n % reads.length]!)
      await setTimeout(50)
    }
  }
  const importer = async () => {
    for (let n = 0; !isOver(); n += 1) {
      const rows = Array.from({ length: 20 }, (_, i) => `Treaty ${n}-${i},France,Japan`)
      const headers = { ...authHeader('admin'), 'content-type': 'text/csv' }
      const body = ['title,a,b', ...rows].join('\n')
      await ask(`/v1/imports?mapping=${encodeURIComponent(mapping)}`, { method: 'POST', headers, body })
      for (let rest = 0; rest < 30 && !isOver(); rest += 1) await setTimeout(1000)
    }
  }
  await Promise.all([reader(0), reader(4), importer()])
  return told
}

interface Sample {
  /** In megabytes. */
  memory: number
  /** The 99th percentile of the event-loop delay since the last sample, in milliseconds. */
  delay: number
  connections: number
}

async function sampleOf({ apis: [api], databaseUrl }: ExternalWorld): Promise<Sample> {
  const text = await (await fetch(`${api!.origin}/metrics`, { headers: authHeader('admin') })).text()
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)![1])
  const [row] = await withDatabase(databaseUrl(), (db) =>
    db.query<{ count: number }>(sql`
      select count(*)::int as count from pg_stat_activity where application_name = 'entente' and pid <> pg_backend_pid()`),
  )
  return {
    memory: metric('process_resident_memory_bytes') / 1e6,
    delay: metric('nodejs_eventloop_lag_p99_seconds') * 1000,
    connections: row!.count,
  }
}

const failedOf = (failed: ReadonlyMap<string, number>): string =>
  [...failed].map(([what, times]) => `${count(times)} × ${what}`).join(', ') || 'none'

const shown = ({ memory, delay, connections }: Sample): string =>
  `${Math.round(memory)} MB, event-loop delay (p99) ${Math.round(delay)} ms, ${connections} connections`

/** The ids of the agreements that imports have made. */
const imported = ({ databaseUrl }: ExternalWorld): Promise<string[]> =>
  withDatabase(databaseUrl(), async (db) => {
    const rows = await db.query<{ id: string }>(sql`select id from agreements where collection_id is not null`)
    return rows.map(({ id }) => id)
  })

/** Reads, lists, exports, edits and imports at a moderate rate, for minutes. */
export async function mixed(ground: Ground, { minutes }: { minutes: number }): Promise<Figures> {
  const world = await externalWorld(ground)
  let isOver = false
  return underLoad(world, {
    part: 'mixed',
    what: `${minutes} minutes of reads, lists, exports, edits and imports`,
    load: { writers: 3, pause: 60 },
    trouble: async (writers) => {
      const reading = readAndImport(world.apis[0]!.origin, () => isOver)
      const warm = Math.min(60_000, minutes * 10_000)
      await setTimeout(warm)
      const first = await sampleOf(world)
      await setTimeout(minutes * 60_000 - warm)
      const last = await sampleOf(world)
      isOver = true
      const { requests, failed } = await reading
      writers.client.history.others.push(...(await imported(world)))
      return `${count(requests)} other requests, failed: ${failedOf(failed)}; after ${Math.round(warm / 1000)} s: ${shown(first)}; at the end: ${shown(last)}`
    },
  })
}
