/** How long the database may take, in milliseconds; 0: any time. */
export interface TimeLimits {
  /** One statement, waiting for locks included (`statement_timeout`), or waiting for a turn. */
  statement: number
  /** Waiting for one lock (`lock_timeout`), or for a place among the writers. */
  lock: number
  /** Between two statements of one transaction (`idle_in_transaction_session_timeout`). */
  idle: number
  /** Waiting for a connection, a new one or a free one. */
  connect: number
}

export const usualLimits: TimeLimits = { statement: 5_000, lock: 3_000, idle: 10_000, connect: 3_000 }

/** For migrations and other work that nobody waits for. */
export const withoutLimits = { statement: 0, lock: 0, idle: 0 }

/**
 * How much longer than PostgreSQL this process waits for the end of a statement, in milliseconds: PostgreSQL ends it
 * first, unless PostgreSQL or the network is silent.
 */
const allowance = 1_500

/** How long this process waits for the answer to a statement, in milliseconds; 0: any time. */
export const longestAnswer = ({ statement }: Pick<TimeLimits, 'statement'>): number =>
  statement === 0 ? 0 : statement + allowance

/**
 * Begins a transaction with its limits, in one round trip. They are the transaction's own (`set local`), so that they
 * hold behind a pooler that gives each transaction another connection.
 */
export const beginWith = ({ statement, lock, idle }: Omit<TimeLimits, 'connect'>): string =>
  `begin; set local statement_timeout = ${statement}; set local lock_timeout = ${lock}; ` +
  `set local idle_in_transaction_session_timeout = ${idle}`
