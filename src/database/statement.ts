import pg from 'pg'
import { CallerGone, DatabaseAway, NoAnswer } from './errors.ts'

/** Runs a statement, known by its name, within something that watches it: a span, say. */
export type Watch = <Result>(name: string, run: () => Promise<Result>) => Promise<Result>

export const unwatched: Watch = (_name, run) => run()

export const nameOf = ({ name }: pg.QueryConfig): string => name ?? 'query'

/** Says that nobody waits any more: an `AbortSignal`, or what costs less to make for every request. */
export interface Signal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

interface RunOptions {
  /** How long its answer is waited for, in milliseconds; 0: any time. */
  longest: number
  /** Aborted when nobody waits for the answer any more. */
  signal?: Signal | undefined
}

/**
 * Runs one statement. By the driver's callback: the rows that its promises bring stay in memory until a full garbage
 * collection, which an export of 100 MB feels.
 *
 * A statement that is not answered in time, or whose caller goes away, is cancelled, and its connection destroyed: what
 * is still on its way could be taken for the answer to the next.
 * @throws NoAnswer; DatabaseAway when the connection is lost; CallerGone; what PostgreSQL or the driver throws
 */
export function run<Result>(
  client: pg.PoolClient,
  query: pg.QueryConfig | pg.QueryArrayConfig,
  { longest, signal }: RunOptions,
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
      void cancel(client).then(() => {
        destroy(client)
        reject(reason)
      })
    }
    const leave = () => giveUp(new CallerGone())
    const timer = longest > 0 ? setTimeout(() => giveUp(new NoAnswer('No answer in time.')), longest) : undefined
    signal?.addEventListener('abort', leave)
    client.query(query as pg.QueryConfig, (error: Error | undefined, result) => {
      if (ended) return
      end()
      if (error) reject(fromDriver(error))
      else settle(result as Result)
    })
  })
}

/** The driver tells the loss of a connection by errors of its own; a mistake in what it was given is another matter. */
function fromDriver(error: Error): Error {
  Error.captureStackTrace(error, run)
  if (error instanceof pg.DatabaseError || error instanceof TypeError || error instanceof RangeError) return error
  return new DatabaseAway('The connection was lost.', { cause: error })
}

/** The connections that this process has given up: their end is no news. */
const destroyed = new WeakSet<object>()

export const isDestroyed = (client: object): boolean => destroyed.has(client)

/** Ends a connection without a word to its other end, which may be silent. */
export function destroy(client: pg.PoolClient): void {
  destroyed.add(client)
  client.connection.stream.destroy()
}

/** How long a request to cancel may take, in milliseconds, and how many may be under way. */
const longestCancel = 1_000
const maxCancels = 20
let cancels = 0

/**
 * Asks PostgreSQL, over a connection of its own, to end the statement that a client runs. It settles when that was
 * passed on, or could not be: whether it helped is not known. The connection of the statement stays open meanwhile,
 * since a pooler knows the statement by it.
 */
function cancel(client: pg.PoolClient): Promise<void> {
  const { processID, secretKey, host, port, ssl } = client as pg.PoolClient & CancelKey
  if (processID === null || secretKey === null || cancels >= maxCancels) return Promise.resolve()
  cancels += 1
  return new Promise((settle) => {
    const connection = new pg.Connection({ ssl }) as CancelConnection
    const timer = setTimeout(() => connection.stream.destroy(), longestCancel)
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

/** What the driver's types leave out. */
interface CancelKey {
  processID: number | null
  secretKey: number | null
}

interface CancelConnection extends pg.Connection {
  connect(port: number | string, host?: string): void
  cancel(processId: number, secretKey: number): void
  requestSsl(): void
}
