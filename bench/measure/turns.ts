import type { Database } from '../../src/database/connect.ts'
import type { Server } from '../servers/server.ts'
import type { Request } from '../workloads/workload.ts'
import { measure, type Round } from './load.ts'

/** A server that takes part in a comparison, and its requests. */
export interface Contestant {
  name: string
  server: Server
  /** The name of its database, and a database that has the statistics of it. */
  database: string
  db: Database
  request: (n: number) => Request
  /** The status of its answers, if another one than that of the others. */
  status?: number
}

/** How long is measured. */
export interface Effort {
  rounds: number
  /** Of a server in a round, in seconds. */
  seconds: number
}

/** The rounds of each server, or why it could not be measured. */
export type Measured = Record<string, Round[] | string>

interface Conditions extends Effort {
  /** That of the workload. */
  key: string
  connections: number
  status?: number | undefined
  postgres: number
}

/** The number of requests of each workload so far, so that no two writes are the same. */
const sent = new Map<string, number>()

/**
 * Measures servers in turns: A B A B. What the first requests cost (plans, caches, compilation) is not counted. A server
 * whose requests fail is left out, with the reason.
 */
export async function inTurns(contestants: Contestant[], conditions: Conditions): Promise<Measured> {
  const measured: Measured = Object.fromEntries(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round <= conditions.rounds; round += 1) {
    for (const contestant of contestants) {
      const rounds = measured[contestant.name]!
      if (typeof rounds === 'string') continue
      try {
        if (round > 0) rounds.push(await oneRound(contestant, conditions))
        else await oneRound(contestant, { ...conditions, seconds: conditions.seconds / 2 })
      } catch (error) {
        measured[contestant.name] = (error as Error).message
      }
    }
  }
  return measured
}

const numbered =
  ({ request }: Contestant, key: string): (() => Request) =>
  () => {
    const n = sent.get(key) ?? 0
    sent.set(key, n + 1)
    return request(n)
  }

const oneRound = (
  contestant: Contestant,
  { key, connections, seconds: duration, status, postgres }: Conditions,
): Promise<Round> =>
  measure(
    { ...contestant, postgres },
    { connections, duration, status: contestant.status ?? status, next: numbered(contestant, key) },
  )
