import pg from 'pg'

/** An error that this process detected, as opposed to one that PostgreSQL sent. */
class BoundaryError extends Error {}

/** The database did not respond, or the connection to it failed or was lost. */
export class DatabaseAway extends BoundaryError {
  override name = 'DatabaseAway'
}

/** No response came in time: the server or the network is down, or far too slow. */
export class NoAnswer extends DatabaseAway {
  override name = 'NoAnswer'
}

/** Too many requests wait for a connection, a lock or a turn. */
export class DatabaseBusy extends BoundaryError {
  override name = 'DatabaseBusy'
}

/** The client disconnected, and its queries were cancelled. */
export class CallerGone extends BoundaryError {
  override name = 'CallerGone'
}

/** The connection was lost during a commit, so its outcome is unknown. */
export class OutcomeUnknown extends BoundaryError {
  override name = 'OutcomeUnknown'
  /** How the caller can find out. */
  readonly toFindOut: string

  constructor(toFindOut: string, cause: unknown) {
    super('The response to COMMIT was lost.', { cause })
    this.toFindOut = toFindOut
  }
}

export type DatabaseTrouble = 'busy' | 'away' | 'read_only'

/** SQLSTATE codes and classes of problems with the database, not with the request. */
const troubles: [sqlstate: RegExp, trouble: DatabaseTrouble][] = [
  [/^(55P03|57014|53300|40...)$/, 'busy'],
  [/^25006$/, 'read_only'],
  [/^(08|28|3D|53|57|58)...$|^25P0[34]$/, 'away'],
]

/** The state of the database that an error implies; undefined for other errors. */
export function troubleOf(error: unknown): DatabaseTrouble | undefined {
  if (error instanceof DatabaseBusy) return 'busy'
  if (error instanceof DatabaseAway) return 'away'
  const code = sqlstateOf(error)
  return code === undefined ? undefined : troubles.find(([sqlstate]) => sqlstate.test(code))?.[1]
}

/** The SQLSTATE of an error that PostgreSQL sent. */
export const sqlstateOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined

/** The constraint that a write violated, if that is the error. */
export const constraintOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.constraint : undefined

/** The original error: Drizzle wraps the error of a statement in its own. */
export function rootOf(error: unknown): unknown {
  if (error instanceof BoundaryError) return error
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error
}

/** Whether the database, or the way to it, is at fault: not the caller's own code. */
export function isFromDatabase(error: unknown): boolean {
  const root = rootOf(error)
  return root instanceof BoundaryError || root instanceof pg.DatabaseError
}

/** A serialization failure or a deadlock: a retry may succeed. */
export const isConflict = (error: unknown): boolean => /^(40001|40P01)$/.test(sqlstateOf(rootOf(error)) ?? '')

/**
 * A prepared statement is stale: a migration changed its result type (0A000), or it no longer exists on this connection
 * (26000), because something else deallocated it.
 */
export const isStalePlan = (error: unknown): boolean => /^(0A000|26000)$/.test(sqlstateOf(rootOf(error)) ?? '')

/**
 * The connection is of no use any more: its statements are stale, its server accepts no writes (25006: it was demoted, or
 * is a standby), or is shutting down (57P01).
 */
export const isOfNoUse = (error: unknown): boolean =>
  isStalePlan(error) || /^(25006|57P01)$/.test(sqlstateOf(rootOf(error)) ?? '')

/** A statement that PostgreSQL does not execute, because an earlier one of its transaction failed. */
export const isAfterFailure = (error: unknown): boolean => sqlstateOf(error) === '25P02'

/** Whether PostgreSQL may have executed the statement despite the error: the connection was lost, or it shut down. */
export const isOutcomeUnknown = (error: unknown): boolean =>
  error instanceof DatabaseAway || troubleOf(error) === 'away'
