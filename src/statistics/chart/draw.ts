import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Problem } from '../../problems/problems.ts'
import { answerOf, startWorker } from '../../shared/worker.ts'
import type { Chart } from './data.ts'
import { type Drawn, workerProgram } from './worker.ts'

const require = createRequire(import.meta.url)
const modules = {
  plotModule: pathToFileURL(require.resolve('@observablehq/plot')).href,
  domModule: pathToFileURL(require.resolve('linkedom')).href,
}

/** A chart that takes longer to draw, in milliseconds, is given up. */
const timeLimit = 20_000

/** The largest heap of the worker, in MiB. */
const maxHeap = 128

/** Charts drawn at the same time. */
const maxConcurrent = 2
let drawing = 0

/** How many charts are kept, about 20 kB each. */
const maxKept = 32
const kept = new Map<string, Promise<string>>()

/**
 * A chart as an SVG document of its own. The last ones are kept: the same figures make the same chart.
 * @throws Problem 503 when too many are being drawn, or drawing takes too long
 */
export function draw(chart: Chart): Promise<string> {
  const key = JSON.stringify(chart)
  const found = kept.get(key)
  if (found) return found
  const [oldest] = kept.keys()
  if (kept.size >= maxKept) kept.delete(oldest!)
  const drawn = drawNew(chart)
  kept.set(key, drawn)
  drawn.catch(() => kept.delete(key))
  return drawn
}

/** Draws in a worker thread: in this thread it would hold up other requests. */
async function drawNew(chart: Chart): Promise<string> {
  if (drawing >= maxConcurrent) throw busy(`Chart limit reached: ${maxConcurrent} at the same time.`)
  drawing += 1
  const worker = startWorker(workerProgram, { ...modules, chart }, maxHeap)
  try {
    const drawn = await answerOf(worker, { timeLimit, otherwise: { error: 'TooLong' }, take: (drawn: Drawn) => drawn })
    if ('error' in drawn) throw busy('The chart could not be drawn in time.')
    return `<?xml version="1.0" encoding="UTF-8"?>\n${drawn.svg}\n`
  } finally {
    drawing -= 1
    await worker.terminate()
  }
}

const busy = (message: string): Problem =>
  new Problem('busy', `${message} Try again in 5 s.`, [], { 'retry-after': '5' })
