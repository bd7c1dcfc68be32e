import { startBalancer } from '../../support/balancer.ts'
import { count, type Figures } from '../figures.ts'
import { underLoad } from '../under-load.ts'
import { externalWorld, type Ground } from '../world.ts'

/** SIGTERM of two servers in turn, behind a balancer that never sends a request twice, while writers work. */
export async function rollingRestarts(ground: Ground, { restarts }: { restarts: number }): Promise<Figures> {
  const world = await externalWorld(ground, { apis: 2, settings: { DRAIN_SECONDS: '1' } })
  const balancer = await startBalancer(world.apis.map(({ origin }) => origin))
  for (const { origin } of world.apis) await balancer.ready(origin)
  const bad: string[] = []
  const figures = await underLoad(
    { ...world, origin: () => balancer.origin },
    {
      part: 'rolling',
      what: `${restarts} rolling restarts of two servers behind a balancer`,
      trouble: async () => {
        for (let n = 0; n < restarts; n += 1) {
          const api = world.apis[n % 2]!
          const end = await api.end('SIGTERM')
          if (end !== 0) bad.push(`A server ended with ${end}.`)
          await api.start()
          await balancer.ready(api.origin)
        }
        return `${count(balancer.lost.length)} requests lost`
      },
    },
  ).finally(balancer.close)
  return { ...figures, faults: [...figures.faults, ...bad, ...balancer.lost] }
}
