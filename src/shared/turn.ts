import { setImmediate } from 'node:timers/promises'

/** What is shorter takes less than a millisecond to read or to write. */
const large = 65_536

/**
 * Gives other requests a turn before more is done with a text or a body: what takes one request long is done in pieces.
 * @param size in bytes or in UTF-16 units; nothing is waited for when it is small
 */
export async function turnFor(size: number): Promise<void> {
  if (size > large) await setImmediate()
}
