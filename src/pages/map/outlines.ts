import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Problem } from '../../problems/problems.ts'
import { answerOf, startWorker } from '../../shared/worker.ts'
import { mapHeight, mapWidth, type Outlined, outlineProgram, type Shape } from './worker.ts'

const require = createRequire(import.meta.url)
const workerData = {
  plotModule: pathToFileURL(require.resolve('@observablehq/plot')).href,
  domModule: pathToFileURL(require.resolve('linkedom')).href,
  topologyModule: pathToFileURL(require.resolve('topojson-client')).href,
  coarseFile: require.resolve('world-atlas/countries-110m.json'),
  fineFile: require.resolve('world-atlas/countries-50m.json'),
  width: mapWidth,
  height: mapHeight,
}

/** Drawing that takes longer, in milliseconds, is given up. */
const timeLimit = 20_000

/** The largest heap of the worker, in MiB. */
const maxHeap = 128

let drawn: Promise<Shape[]> | undefined

/**
 * All countries as they are drawn, which is done once in a process, in a worker thread: in this thread it would hold up
 * other requests.
 * @throws Problem 503 when drawing takes too long; the next call tries again
 */
export function outlines(): Promise<Shape[]> {
  drawn ??= drawOutlines().catch((error: unknown) => {
    drawn = undefined
    throw error
  })
  return drawn
}

async function drawOutlines(): Promise<Shape[]> {
  const worker = startWorker(outlineProgram, workerData, maxHeap)
  try {
    const otherwise: Outlined = { error: 'TooLong' }
    const answer = await answerOf(worker, { timeLimit, otherwise, take: (outlined: Outlined) => outlined })
    if ('error' in answer) {
      throw new Problem('busy', 'The map could not be drawn in time. Try again in 5 s.', [], { 'retry-after': '5' })
    }
    return answer.shapes
  } finally {
    await worker.terminate()
  }
}
