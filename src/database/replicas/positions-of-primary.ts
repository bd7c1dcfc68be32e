import type { Position } from '../position.ts'

interface Sample {
  position: Position
  /** When the primary was last there, in milliseconds of `performance.now`. */
  at: number
}

/**
 * Where the primary has been, to tell how old the state of a standby is. Neither the clocks of the servers nor the time of
 * the last write count, so that an idle primary never looks like a delay.
 */
export class PositionsOfPrimary {
  readonly #samples: Sample[] = []
  readonly #horizon: number

  /** @param horizon how long samples are kept, in milliseconds: greater ages are not told apart */
  constructor(horizon: number) {
    this.#horizon = horizon
  }

  /** @param at when it was asked for, in milliseconds of `performance.now` */
  add(position: Position, at: number): void {
    const last = this.#samples.at(-1)
    if (last?.position === position) last.at = at
    else this.#samples.push({ position, at })
    while (this.#samples.length > 1 && this.#samples[0]!.at < at - this.#horizon) this.#samples.shift()
  }

  /**
   * How old the state at `position` is at most, in milliseconds: since when the primary is known to be ahead of it. 0 when
   * nothing later is known; infinite when it is older than every sample.
   * @param now in milliseconds of `performance.now`
   */
  ageOf(position: Position, now: number): number {
    const last = this.#samples.at(-1)
    if (last === undefined || position >= last.position) return 0
    const reached = this.#samples.findLast((sample) => sample.position <= position)
    return reached === undefined ? Infinity : now - reached.at
  }
}
