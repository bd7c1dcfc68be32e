import type { FastifyReply } from 'fastify'
import { CallerGone } from '../database/errors.ts'
import { Problem } from '../problems/problems.ts'

/** How many files this process reads at the same time: each takes memory. */
const maxConcurrent = 2

let running = 0

/** Reads a file. @throws Problem 503 when too many are being read */
export async function inTurn<Result>(read: () => Promise<Result>): Promise<Result> {
  if (running >= maxConcurrent) throw tooMany()
  running += 1
  try {
    return await read()
  } finally {
    running -= 1
  }
}

const tooMany = (): Problem =>
  new Problem('busy', `Import limit reached: ${maxConcurrent} files are being read. Try again in 5 s.`, [], {
    'retry-after': '5',
  })

/** Aborted when the client disconnects. */
export function gone({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  if (raw.destroyed) controller.abort(new CallerGone())
  raw.once('close', () => raw.writableFinished || controller.abort(new CallerGone()))
  return controller.signal
}
