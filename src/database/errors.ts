import pg from 'pg'

/** What this process found at its boundary with the database, rather than PostgreSQL said. */
class BoundaryError extends Error {}

/** The database did not answer, or the connection to it could not be made or was lost. */
export class DatabaseAway extends BoundaryError {
  override name = 'DatabaseAway'
}

/** No answer came in time: the server or the network is silent, or far too slow. */
export class NoAnswer extends DatabaseAway {
  override name = 'NoAnswer'
}

/** Too many wait for the same: a connection, a lock or a turn. */
export class DatabaseBusy extends BoundaryError {
  override name = 'DatabaseBusy'
}

/** The caller went away, and what it asked of the database was given up. */
export class CallerGone extends BoundaryError {
  override name = 'CallerGone'
}

/** The connection was lost while a transaction was committed: whether it was, nobody was told. */
export class OutcomeUnknown extends BoundaryError {
  override name = 'OutcomeUnknown'
  /** How the caller finds out. */
  readonly toFindOut: string

  constructor(toFindOut: string, cause: unknown) {
    super('The answer to COMMIT was lost.', { cause })
    this.toFindOut = toFindOut
  }
}

export type DatabaseTrouble = 'busy' | 'away' | 'read_only'

/** SQLSTATE codes and classes that mean that the database, not the request, is in trouble. */
const troubles: [sqlstate: RegExp, trouble: DatabaseTrouble][] = [
  [/^(55P03|57014|53300|40...)$/, 'busy'],
  [/^25006$/, 'read_only'],
  [/^(08|28|3D|53|57|58)...$|^25P0[34]$/, 'away'],
]

/** What an error says of the state of the database; undefined when it says nothing. */
export function troubleOf(error: unknown): DatabaseTrouble | undefined {
  if (error instanceof DatabaseBusy) return 'busy'
  if (error instanceof DatabaseAway) return 'away'
  const code = sqlstateOf(error)
  return code === undefined ? undefined : troubles.find(([sqlstate]) => sqlstate.test(code))?.[1]
}

/** The SQLSTATE of an error that PostgreSQL sent. */
export const sqlstateOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined

/** The constraint that a write broke, if that is what an error says. */
export const constraintOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.constraint : undefined

/** The error below what wrapped it: drizzle makes the error of a statement the cause of its own. */
export function rootOf(error: unknown): unknown {
  if (error instanceof BoundaryError) return error
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error
}

/** PostgreSQL ended the transaction for reasons of its own; the same again may well succeed. */
export const isConflict = (error: unknown): boolean => /^(40001|40P01)$/.test(sqlstateOf(rootOf(error)) ?? '')

/**
 * A prepared statement does not fit any more: a migration changed what it answers (0A000), or it is not there (26000),
 * because something else forgot it for this connection.
 */
export const isStalePlan = (error: unknown): boolean => /^(0A000|26000)$/.test(sqlstateOf(rootOf(error)) ?? '')

/** Whether an error can have come after PostgreSQL did what it was asked: the connection was lost, or it shut down. */
export const leavesInDoubt = (error: unknown): boolean => error instanceof DatabaseAway || troubleOf(error) === 'away'
