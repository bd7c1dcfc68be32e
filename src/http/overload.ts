import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../problems/problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether it is answered however busy the server is. Default: if it counts for no budget. */
    isForMonitoring?: boolean
  }
}

/** How often timers are due whose delay is measured, in milliseconds. */
const resolution = 10

/** How often the delay is read, in milliseconds. */
const interval = 250

/**
 * Limits how long the requests of `app` wait for others.
 * @param maxWait in milliseconds
 * @returns until when a request that arrives now may wait, in milliseconds of `performance.now`: earlier when it was read late,
 * because the event loop is busy. It throws Problem `busy` when its time is over already. Undefined: there is no limit.
 */
export function limitWaiting(app: FastifyInstance, maxWait: number): (request: FastifyRequest) => number | undefined {
  const histogram = monitorEventLoopDelay({ resolution })
  let delay = 0
  const read = () => {
    if (histogram.count > 0) delay = histogram.mean / 1e6 - resolution
    histogram.reset()
  }
  const timer = setInterval(read, interval).unref()
  histogram.enable()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    histogram.disable()
  })
  return ({ routeOptions: { config } }) => {
    if (isMonitoring(config)) return undefined
    if (delay >= maxWait) throw overloaded()
    return performance.now() + maxWait - Math.max(0, delay)
  }
}

export const isMonitoring = ({ isForMonitoring, budget }: FastifyContextConfig): boolean =>
  isForMonitoring ?? budget === 'free'

export const overloaded = (): Problem =>
  new Problem('busy', 'The server has more requests than it can answer. Try again in 2 s.', [], { 'retry-after': '2' })
