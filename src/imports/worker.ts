import { EventEmitter } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { readDatabase } from '../database/clock.ts'
import type { Database } from '../database/connect.ts'
import type { Today } from '../shared/calendar.ts'
import { Lease } from './lease.ts'
import type { ReceivedImport } from './receive.ts'
import { type OnFailure, runImport } from './run.ts'

/** How often the worker looks for imports of other processes when idle, in milliseconds. */
const pollInterval = 1_000

/** Tells the workers of this process that it has received an import; `imports` counts them. */
const received = Object.assign(new EventEmitter().setMaxListeners(0), { imports: 0 })

export interface Importer {
  /** Stops after aborting the current statement; another process goes on at once. */
  stop(): Promise<void>
}

/**
 * Starts the worker, one in every server, that works on imports. Any number can run at the same time: each import is worked
 * on by one of them, and by another when that one dies.
 */
export function startImporter(pooled: Database, today: Today, log: Pick<FastifyBaseLogger, 'error'>): Importer {
  const stopping = new AbortController()
  const { signal } = stopping
  const db = pooled.during(signal)
  const onFailure: OnFailure = (job, error) => log.error({ err: error, import: job }, 'The import failed.')
  const onError = (error: unknown) =>
    signal.aborted || log.error({ err: error }, 'Importing was interrupted. It will go on.')
  async function work(): Promise<boolean> {
    const { writable } = await readDatabase(db)
    return writable && workOnNext(db, pooled, today, onFailure)
  }
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const { imports } = received
      const worked = await work().catch(onError)
      if (worked !== true && received.imports === imports) await pauseUntilReceived(signal)
    }
  }
  const running = run()
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}

/** Waits for the poll interval, or until this process receives an import. */
async function pauseUntilReceived(signal: AbortSignal): Promise<void> {
  const waking = new AbortController()
  const wake = () => waking.abort()
  received.once('import', wake)
  await setTimeout(pollInterval, undefined, { signal: AbortSignal.any([signal, waking.signal]) }).catch(() => {})
  received.off('import', wake)
}

/** Works on the oldest import that nobody works on. @returns whether there was one */
async function workOnNext(db: Database, pooled: Database, today: Today, onFailure: OnFailure): Promise<boolean> {
  const next = await Lease.claim(db, pooled)
  if (!next) return false
  await runImport(db, next, today, onFailure)
  return true
}

/** For how long a client waits while another import of the same collection is worked on, in milliseconds. */
const maxWait = 5_000

/** Works on an import now, if it is kept for the caller; if it cannot be done now, the workers do it. */
export async function workNow(
  db: Database,
  pooled: Database,
  { id, worker }: ReceivedImport,
  today: Today,
  onFailure: OnFailure,
): Promise<void> {
  if (worker === null) {
    received.imports += 1
    return void received.emit('import')
  }
  const kept = await claimInTime(db, pooled, { id, worker })
  if (kept) await runImport(db, kept, today, onFailure).catch((error: unknown) => onFailure(id, error))
}

async function claimInTime(db: Database, pooled: Database, kept: { id: string; worker: string }) {
  const end = performance.now() + maxWait
  for (let pause = 20; ; pause = Math.min(400, pause * 2)) {
    const claimed = await Lease.claim(db, pooled, kept)
    if (claimed) return claimed
    if (performance.now() + pause > end) break
    await setTimeout(pause)
  }
  await Lease.giveUp(db, kept)
  return undefined
}
