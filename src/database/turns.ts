import { CallerGone, DatabaseBusy } from './errors.ts'
import type { Signal } from './statement.ts'

interface Waiting {
  begin: () => void
}

interface Line {
  running: number
  waiting: Waiting[]
}

/** Waiting any longer than this in one line is refused at once. */
const longestLine = 100

/**
 * Lines in which work of this process waits its turn, each with a name. Who waits in one holds no connection, so that
 * work on one thing cannot take the connections of all others.
 */
export class Turns {
  readonly #lines = new Map<string, Line>()

  /**
   * Waits for a turn.
   * @param atOnce how many may have a turn in this line at the same time
   * @param longest in milliseconds; 0: any time
   * @returns what ends the turn
   * @throws DatabaseBusy when it takes longer, or the line is too long; CallerGone
   */
  async take(name: string, atOnce: number, longest: number, signal?: Signal): Promise<() => void> {
    const line = this.#lines.get(name) ?? { running: 0, waiting: [] }
    this.#lines.set(name, line)
    if (line.running < atOnce) line.running += 1
    else await inLine(line, longest, signal)
    return () => this.#end(name, line)
  }

  /** Gives the turn to the next in line. */
  #end(name: string, line: Line): void {
    const next = line.waiting.shift()
    if (next) return next.begin()
    line.running -= 1
    if (line.running === 0) this.#lines.delete(name)
  }
}

function inLine(line: Line, longest: number, signal: Signal | undefined): Promise<void> {
  if (line.waiting.length >= longestLine) throw new DatabaseBusy('Too many wait for the same.')
  return new Promise((settle, reject) => {
    const leave = (reason: Error) => {
      line.waiting.splice(line.waiting.indexOf(waiting), 1)
      end()
      reject(reason)
    }
    const timer =
      longest > 0 ? setTimeout(() => leave(new DatabaseBusy('The turn did not come in time.')), longest) : undefined
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
    line.waiting.push(waiting)
  })
}
