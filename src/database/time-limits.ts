/** Time limits of the database, in milliseconds; 0: no limit. */
export interface TimeLimits {
  /** Maximum duration of a statement, including waiting for locks (`statement_timeout`), or of waiting for a turn. */
  statement: number
  /** Maximum time to wait for a lock (`lock_timeout`), or for one of the connections for writes. */
  lock: number
  /** Maximum time between two statements of a transaction (`idle_in_transaction_session_timeout`). */
  idle: number
  /** Maximum time to wait for a connection, new or free. */
  connect: number
}

/** For migrations and other work that is not part of a request. */
export const withoutLimits = { statement: 0, lock: 0, idle: 0 }

/**
 * Additional time that this process waits for a response, in milliseconds, so that PostgreSQL times out first, unless
 * PostgreSQL or the network is down.
 */
const allowance = 1_500

/** Maximum time to wait for the response to a statement, in milliseconds; 0: no limit. */
export const responseTimeout = ({ statement }: Pick<TimeLimits, 'statement'>): number =>
  statement === 0 ? 0 : statement + allowance

/**
 * Begins a transaction with its limits, in one round trip. They are local to the transaction (`set local`), so that they
 * also work behind a pooler that gives each transaction another connection.
 */
export const beginWith = ({ statement, lock, idle }: Omit<TimeLimits, 'connect'>): string =>
  `begin; set local statement_timeout = ${statement}; set local lock_timeout = ${lock}; ` +
  `set local idle_in_transaction_session_timeout = ${idle}`
