import { CallerGone, DatabaseBusy } from './errors.ts'
import type { Signal } from './statement.ts'

interface Waiting {
  begin: () => void
}

interface Queue {
  running: number
  waiting: Waiting[]
}

/** Maximum length of a queue; further requests are refused immediately. */
const maxQueueLength = 1000

/** What a request may wait in each queue even when its time is over, in milliseconds: it may have worked until now. */
const minWait = 300

/**
 * Named queues in which work of this process waits for its turn. Waiting takes no connection, so that work on one resource
 * cannot use up the connections of all others.
 */
export class Turns {
  readonly #queues = new Map<string, Queue>()

  /**
   * Waits for a turn.
   * @param maxConcurrent maximum number of concurrent turns in this queue
   * @param timeout in milliseconds; 0: no limit. The wait ends earlier when the signal says so.
   * @returns a function that ends the turn
   * @throws DatabaseBusy on timeout, or when the queue is full; CallerGone
   */
  async take(name: string, maxConcurrent: number, timeout: number, signal?: Signal): Promise<() => void> {
    const queue = this.#queues.get(name) ?? { running: 0, waiting: [] }
    this.#queues.set(name, queue)
    if (queue.running < maxConcurrent) queue.running += 1
    else await waitIn(queue, timeout, signal)
    return () => this.#end(name, queue)
  }

  /** How many wait in a queue. */
  waiting(name: string): number {
    return this.#queues.get(name)?.waiting.length ?? 0
  }

  /** Gives the turn to the next in the queue. */
  #end(name: string, queue: Queue): void {
    const next = queue.waiting.shift()
    if (next) return next.begin()
    queue.running -= 1
    if (queue.running === 0) this.#queues.delete(name)
  }
}

/** How long a wait may take, in milliseconds; 0: no limit. */
function limitOf(timeout: number, waitsUntil: number | undefined): number {
  if (waitsUntil === undefined) return timeout
  const own = Math.max(minWait, waitsUntil - performance.now())
  return timeout === 0 ? own : Math.min(timeout, own)
}

function waitIn(queue: Queue, most: number, signal: Signal | undefined): Promise<void> {
  const timeout = limitOf(most, signal?.waitsUntil)
  if (queue.waiting.length >= maxQueueLength) throw new DatabaseBusy('Too many requests wait for the same turn.')
  return new Promise((settle, reject) => {
    const leave = (reason: Error) => {
      queue.waiting.splice(queue.waiting.indexOf(waiting), 1)
      end()
      reject(reason)
    }
    const timer =
      timeout > 0 ? setTimeout(() => leave(new DatabaseBusy('The turn did not come in time.')), timeout) : undefined
    const gone = () => leave(new CallerGone())
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', gone)
    }
    const waiting = {
      begin: () => {
        end()
        settle()
      },
    }
    signal?.addEventListener('abort', gone)
    queue.waiting.push(waiting)
  })
}
