import type { Figures } from './figures.ts'
import { clockJumps } from './parts/clocks.ts'
import { diskFull } from './parts/disk.ts'
import { failurePoints } from './parts/failure-points.ts'
import { killApi, killPostgres } from './parts/kills.ts'
import { mixed } from './parts/mixed.ts'
import { cuts, stalls } from './parts/network.ts'
import { rollingRestarts } from './parts/restarts.ts'
import { connectionsTaken, locks, terminate } from './parts/sessions.ts'
import type { Ground } from './world.ts'

interface Settings {
  /** Of the mixed load. */
  minutes: number
  /** How often the API and PostgreSQL are killed. Default: 100 and 20 times. */
  kills?: number | undefined
  /** Of the failure points. Default: all. */
  operations?: string[] | undefined
}

type Part = (ground: Ground, settings: Settings) => Promise<Figures[]>

/** Every part of `npm run torture`, with its sizes there. */
export const parts: Record<string, Part> = {
  'kill-api': async (ground, { kills = 100 }) => [
    await killApi(ground, 'external', { kills, between: 500 }),
    await killApi(ground, 'embedded', { kills, between: 500 }),
  ],
  'kill-postgres': async (ground, { kills = 20 }) => [
    await killPostgres(ground, 'external', { kills, between: 2000 }),
    await killPostgres(ground, 'embedded', { kills, between: 2000 }),
  ],
  rolling: async (ground) => [await rollingRestarts(ground, { restarts: 10 })],
  cuts: async (ground) => [await cuts(ground, { seconds: 60 })],
  stalls: async (ground) => [await stalls(ground, { rounds: 10 })],
  terminate: async (ground) => [await terminate(ground, { seconds: 60 })],
  'pool-full': async (ground) => [await connectionsTaken(ground, { rounds: 10 })],
  locks: async (ground) => [await locks(ground, { rounds: 4 })],
  'disk-full': async (ground) => [await diskFull(ground, { rounds: 4 })],
  'failure-points': async (ground, { operations }) => [await failurePoints(ground, operations)],
  'clock-jumps': async (ground) => [await clockJumps(ground, { rounds: 3 })],
  mixed: async (ground, { minutes }) => [await mixed(ground, { minutes })],
}
