import pg from 'pg'
import { CallerGone, DatabaseAway, NoAnswer } from './errors.ts'

/** Runs a statement with its name, for example in a tracing span. */
export type Watch = <Result>(name: string, run: () => Promise<Result>) => Promise<Result>

export const unwatched: Watch = (_name, run) => run()

/** The same statement, not prepared. */
export const withoutName = ({ name: _, ...query }: pg.QueryConfig): pg.QueryConfig => query

export const nameOf = ({ name }: pg.QueryConfig): string => name ?? 'query'

/** Aborted when the result is no longer needed: an `AbortSignal`, or a cheaper object for every request. */
export interface Signal {
  readonly aborted: boolean
  /** Until when it may wait for its turn, in milliseconds of `performance.now`. Default: the limit of the wait. */
  readonly waitsUntil?: number | undefined
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

interface RunOptions {
  /** Maximum time to wait for the response, in milliseconds; 0: no limit. */
  timeout: number
  /** Aborted when the result is no longer needed. */
  signal?: Signal | undefined
}

/**
 * Runs one statement. Uses the driver's callback, because rows from its promises stay in memory until a full garbage
 * collection, which matters for an export of 100 MB.
 *
 * A statement that times out or is aborted is cancelled, and its connection destroyed: a late response could be mistaken
 * for that of the next statement.
 * @throws NoAnswer; DatabaseAway when the connection is lost; CallerGone; what PostgreSQL or the driver throws
 */
export function run<Result>(
  client: pg.PoolClient,
  query: pg.QueryConfig | pg.QueryArrayConfig,
  { timeout, signal }: RunOptions,
): Promise<Result> {
  if (signal?.aborted) return Promise.reject(new CallerGone())
  return new Promise((settle, reject) => {
    let ended = false
    const end = () => {
      ended = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
    }
    const giveUp = (reason: Error) => {
      end()
      void cancelOnce(client).then(() => {
        destroy(client)
        reject(reason)
      })
    }
    const leave = () => giveUp(new CallerGone())
    const timer = timeout > 0 ? setTimeout(() => giveUp(new NoAnswer('No response in time.')), timeout) : undefined
    signal?.addEventListener('abort', leave)
    sendTogether(client)
    client.query(query as pg.QueryConfig, (error: Error | undefined, result) => {
      if (ended) return
      end()
      if (error) reject(fromDriver(error))
      else settle(result as Result)
    })
  })
}

/** Statements of one turn of the event loop are written to the connection in one piece. */
function sendTogether({ connection: { stream } }: pg.PoolClient): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

/** Converts the driver's errors to `DatabaseAway`, except errors of PostgreSQL and errors in the arguments. */
function fromDriver(error: Error): Error {
  Error.captureStackTrace(error, run)
  if (error instanceof pg.DatabaseError || error instanceof TypeError || error instanceof RangeError) return error
  return new DatabaseAway('The connection was lost.', { cause: error })
}

/** The connections that this process has destroyed: their errors are not reported. */
const destroyed = new WeakSet<object>()

export const isDestroyed = (client: object): boolean => destroyed.has(client)

/** Closes a connection immediately, without waiting for the server, which may not respond. */
export function destroy(client: pg.PoolClient): void {
  destroyed.add(client)
  client.connection.stream.destroy()
}

const cancelling = new WeakMap<pg.PoolClient, Promise<void>>()

/** Several statements of a connection may be under way; it is destroyed with all of them. */
function cancelOnce(client: pg.PoolClient): Promise<void> {
  const before = cancelling.get(client)
  const request = before ?? cancel(client)
  if (!before) cancelling.set(client, request)
  return request
}

/** Timeout of a cancel request, in milliseconds, and maximum number of concurrent ones. */
const cancelTimeout = 1_000
const maxCancels = 20
let cancels = 0

/**
 * Sends a cancel request for the running statement of a client, over a separate connection. Settles when the request was
 * sent or has failed; whether the statement was cancelled is unknown. The connection of the statement stays open until
 * then, since a pooler identifies the statement by it.
 */
function cancel(client: pg.PoolClient): Promise<void> {
  const { processID, secretKey, host, port, ssl } = client as pg.PoolClient & CancelKey
  if (processID === null || secretKey === null || cancels >= maxCancels) return Promise.resolve()
  cancels += 1
  return new Promise((settle) => {
    const connection = new pg.Connection({ ssl }) as CancelConnection
    const timer = setTimeout(() => connection.stream.destroy(), cancelTimeout)
    connection.on(ssl ? 'sslconnect' : 'connect', () => connection.cancel(processID, secretKey))
    if (ssl) connection.on('connect', () => connection.requestSsl())
    connection.on('error', () => {})
    connection.once('end', () => {
      clearTimeout(timer)
      cancels -= 1
      settle()
    })
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
    else connection.connect(port, host)
  })
}

/** Missing from the driver's types. */
interface CancelKey {
  processID: number | null
  secretKey: number | null
}

interface CancelConnection extends pg.Connection {
  connect(port: number | string, host?: string): void
  cancel(processId: number, secretKey: number): void
  requestSsl(): void
}
