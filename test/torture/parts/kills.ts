import { setTimeout } from 'node:timers/promises'
import type { Figures } from '../figures.ts'
import { underLoad } from '../under-load.ts'
import { embeddedWorld, externalWorld, type Ground, ready, type World } from '../world.ts'

interface Kills {
  /** How often. */
  kills: number
  /** How long writers work between two kills, at most, in milliseconds. */
  between: number
}

const isExternal = { external: externalWorld, embedded: embeddedWorld }

export type Kind = keyof typeof isExternal

/** `kill -9` of the API while writers work, and a start of it. With a PostgreSQL of its own there are two, killed in turn. */
export async function killApi(ground: Ground, kind: Kind, { kills, between }: Kills): Promise<Figures> {
  const world: World = await isExternal[kind](ground, { apis: 2 })
  return underLoad(world, {
    part: 'kill-api',
    what: `${kills} × \`kill -9\` of the API, ${kind} PostgreSQL`,
    trouble: async () => {
      for (let n = 0; n < kills; n += 1) {
        await setTimeout(Math.random() * between)
        await world.apis[n % world.apis.length]!.end('SIGKILL')
        await world.startAgain()
      }
    },
  })
}

/** `kill -9` of PostgreSQL while writers work, and a start of it. A server with an embedded one ends, and is started again. */
export async function killPostgres(ground: Ground, kind: Kind, { kills, between }: Kills): Promise<Figures> {
  const world: World = await isExternal[kind](ground, { apis: 2 })
  return underLoad(world, {
    part: 'kill-postgres',
    what: `${kills} × \`kill -9\` of PostgreSQL, ${kind}`,
    trouble: async () => {
      for (let n = 0; n < kills; n += 1) {
        await setTimeout(Math.random() * between)
        await world.killPostgres()
        await world.startAgain()
        for (const { origin } of world.apis) await ready(origin)
      }
    },
  })
}
