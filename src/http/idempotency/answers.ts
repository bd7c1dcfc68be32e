import { createHash } from 'node:crypto'
import type { Database, Statement } from '../../database/connect.ts'
import { Problem } from '../../problems/problems.ts'

/** A successful answer, as every retry gets it. */
export interface Answer {
  status: number
  /** By name, in lower case. */
  headers: Record<string, string>
  /** Null: none. */
  body: string | null
}

/** A request with a key: digests of the caller, route and key, and of the path and body. */
export interface Keyed {
  id: Buffer
  request: Buffer
}

/** SHA-256 of several texts. None can contain a line break. */
export const digestOf = (...texts: string[]): Buffer => createHash('sha256').update(texts.join('\n')).digest()

/** Thrown in a transaction when the answer is already there, so that nothing is written. */
export class AlreadyAnswered extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('The request has been answered before.')
    this.answer = answer
  }
}

/** In how many seconds a request that is still in progress is worth another try. */
const retryAfter = '1'

export const inProgress = (): Problem =>
  new Problem(
    'idempotency_key_in_progress',
    `A request with the same \`Idempotency-Key\` is still in progress. Try again in ${retryAfter} s.`,
    [],
    { 'retry-after': retryAfter },
  )

function reused(): Problem {
  const message =
    'The `Idempotency-Key` was sent with another path or body before. Use a new key for each new request, and send a retry unchanged.'
  return new Problem('idempotency_key_reused', message, [
    { parameter: 'idempotency-key', code: 'idempotency_key_reused', message },
  ])
}

const findStatement: Statement = {
  name: 'idempotency-key',
  text: 'select request, status, headers, body from idempotency_keys where id = $1',
}

/** The stored answer, if any. @throws Problem 422 when the key belongs to another request */
export async function findAnswer(db: Database, { id, request }: Keyed): Promise<Answer | undefined> {
  const [row] = await db.query<Answer & { request: Buffer }>(findStatement, [id])
  if (row === undefined) return undefined
  if (!row.request.equals(request)) throw reused()
  return { status: row.status, headers: row.headers, body: row.body }
}

const lockStatement: Statement = {
  name: 'lock-idempotency-key',
  text: 'select pg_try_advisory_xact_lock($1) as locked',
}

/**
 * Takes the key for this transaction, without waiting. The answer is looked up after that, by a statement of its own, which
 * sees what the last holder has committed.
 * @throws Problem 409 when another transaction has the key, and 422; AlreadyAnswered
 */
export async function claim(db: Database, keyed: Keyed): Promise<void> {
  const [row] = await db.query<{ locked: boolean }>(lockStatement, [keyed.id.readBigInt64BE().toString()])
  if (!row!.locked) throw inProgress()
  const answer = await findAnswer(db, keyed)
  if (answer) throw new AlreadyAnswered(answer)
}

const storeStatement: Statement = {
  name: 'store-idempotency-key',
  text: 'insert into idempotency_keys (id, request, status, headers, body) values ($1, $2, $3, $4, $5)',
}

export async function storeAnswer(db: Database, { id, request }: Keyed, answer: Answer): Promise<void> {
  const { status, headers, body } = answer
  await db.query(storeStatement, [id, request, status, JSON.stringify(headers), body])
}

/** Maximum number of answers that are deleted in one statement. */
const batchSize = 500

const deleteStatement: Statement = {
  name: 'delete-idempotency-keys',
  text: `delete from idempotency_keys where id in (
      select id from idempotency_keys where created_at < statement_timestamp() - make_interval(hours => $1)
      order by created_at limit ${batchSize} for update skip locked)
    returning 1`,
}

/**
 * Deletes answers that are older than `hours`, at most 500 of them.
 * @returns their number
 */
export async function deleteOldAnswers(db: Database, hours: number): Promise<number> {
  return (await db.query(deleteStatement, [hours])).length
}
