import { setTimeout } from 'node:timers/promises'
import type { Figures } from '../figures.ts'
import { underLoad } from '../under-load.ts'
import { externalWorld, type Ground } from '../world.ts'

/** Limits that end a wait soon, so that a trial has many. In milliseconds. */
export const shortLimits = {
  DATABASE_STATEMENT_TIMEOUT: '1500',
  DATABASE_LOCK_TIMEOUT: '1000',
  DATABASE_IDLE_TIMEOUT: '5000',
}

/** Connections end before a COMMIT arrives, or between a COMMIT and its response. Half of the POSTs have a key. */
export async function cuts(ground: Ground, { seconds }: { seconds: number }): Promise<Figures> {
  const world = await externalWorld(ground, { apis: 2 })
  let [lost, unanswered] = [0, 0]
  world.proxy.fateOf = ({ isCommit }) => {
    const chance = Math.random()
    if (!isCommit || chance > 0.2) return 'passes'
    if (chance < 0.1) {
      lost += 1
      return 'lost'
    }
    unanswered += 1
    return 'unanswered'
  }
  return underLoad(world, {
    part: 'cuts',
    what: 'each tenth COMMIT cut off before it arrives, each tenth before its response',
    trouble: async () => {
      await setTimeout(seconds * 1000)
      world.proxy.fateOf = () => 'passes'
      return `${lost} cut before, ${unanswered} after`
    },
  })
}

/** Nothing passes for a while, packets are late, or one end of a connection is gone without a word. */
export async function stalls(ground: Ground, { rounds }: { rounds: number }): Promise<Figures> {
  const world = await externalWorld(ground, { apis: 2, settings: shortLimits })
  const { proxy } = world
  return underLoad(world, {
    part: 'stalls',
    what: `${rounds} × stall of 0.2 to 4 s, packets late by up to 40 ms, links half open at either end`,
    trouble: async () => {
      for (let n = 0; n < rounds; n += 1) {
        await proxy.stall(200 + Math.random() * 3800)
        await setTimeout(300)
        proxy.delay = () => 1 + Math.random() * 39
        await setTimeout(1000)
        proxy.delay = () => 0
        proxy.halfOpen('database')
        await setTimeout(1000)
        proxy.halfOpen('client')
        await setTimeout(1000)
      }
    },
  })
}
