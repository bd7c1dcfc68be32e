/** How far the write-ahead log of PostgreSQL has got, in bytes: what was committed before is below it. */
export type Position = bigint

/** The state that a read asks for: one that has everything below a position, or the newest one. */
export type Wanted = Position | 'latest'

/**
 * The position after everything that is committed. What is committed is flushed before it can be seen, unless
 * `synchronous_commit` is off.
 */
export const positionQuery = {
  name: 'register-position',
  text: `select (case current_setting('synchronous_commit') when 'off' then pg_current_wal_insert_lsn()
    else pg_current_wal_flush_lsn() end - '0/0'::pg_lsn)::text as position`,
}

export interface PositionRow {
  position: string
}

export const positionOf = ({ position }: PositionRow): Position => BigInt(position)

/** As clients get it. */
export const toHeader = (position: Wanted): string => (position === 'latest' ? position : position.toString(16))

/** What `toHeader` gives, in the syntax of JSON Schema. */
export const positionPattern = /^(?:[0-9a-f]{1,16}|latest)$/

/** As clients send it; undefined when it is none. */
export function fromHeader(text: string): Wanted | undefined {
  if (!positionPattern.test(text)) return undefined
  return text === 'latest' ? text : BigInt(`0x${text}`)
}
