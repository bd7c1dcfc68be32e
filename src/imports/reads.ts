import type { FastifyReply } from 'fastify'
import { CallerGone } from '../database/errors.ts'
import { Problem } from '../problems/problems.ts'

/**
 * How many files this process reads at the same time: each takes memory. Readers may only ask for suggestions, and keep no
 * editor from importing.
 */
const most = { imports: 2, suggestions: 1 }

const running = { imports: 0, suggestions: 0 }

/** Reads a file. @throws Problem 503 when too many are being read */
export async function inTurn<Result>(
  read: () => Promise<Result>,
  kind: keyof typeof most = 'imports',
): Promise<Result> {
  if (running[kind] >= most[kind]) throw tooManyFiles(`files that are being read: ${most[kind]}`)
  running[kind] += 1
  try {
    return await read()
  } finally {
    running[kind] -= 1
  }
}

/** @param which the files that are as many as there may be */
export const tooManyFiles = (which: string): Problem =>
  new Problem('busy', `Import limit reached: ${which}. Try again in 5 s.`, [], { 'retry-after': '5' })

/** Aborted when the client disconnects. */
export function gone({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  if (raw.destroyed) controller.abort(new CallerGone())
  raw.once('close', () => raw.writableFinished || controller.abort(new CallerGone()))
  return controller.signal
}
