import { setImmediate } from 'node:timers/promises'

/** Anything shorter is parsed or serialized in less than a millisecond. */
const largeSize = 65_536

/**
 * Yields to other requests before further work on a large text or body.
 * @param size in bytes or UTF-16 units; resolves without yielding when small
 */
export async function turnFor(size: number): Promise<void> {
  if (size > largeSize) await setImmediate()
}
