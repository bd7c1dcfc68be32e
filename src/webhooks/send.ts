import { Webhook } from 'standardwebhooks'
import { type Dispatcher, request } from 'undici'
import type { Attempt } from './schemas.ts'

/** What is sent, and where. */
export interface Message {
  id: string
  url: string
  body: string
  /** The secrets that sign it, the newest first. */
  secrets: string[]
  /** When the attempt begins, by the clock of the register. */
  at: Date
}

export type Outcome = Pick<Attempt, 'status' | 'error'>

/** Maximum size of a response body that is read, in bytes; the connection of a larger one is closed. */
const maxRead = 4_096

/** How long the body of a response may take, in milliseconds: only its status matters. */
const bodyTimeout = 1_000

/**
 * Sends an event, signed by the Standard Webhooks specification. Redirects are not followed.
 * @param timeout of all of it, in milliseconds
 * @throws only when `signal` is aborted
 */
export async function send(
  dispatcher: Dispatcher,
  { id, url, body, secrets, at }: Message,
  { timeout, signal }: { timeout: number; signal: AbortSignal },
): Promise<Outcome> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Entente',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  }
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  try {
    const { statusCode, body: answer } = await request(url, {
      dispatcher,
      method: 'POST',
      headers,
      body,
      signal: within,
    })
    await answer
      .dump({ limit: maxRead, signal: AbortSignal.any([within, AbortSignal.timeout(bodyTimeout)]) })
      .catch(() => {})
    return { status: statusCode, error: null }
  } catch (error) {
    signal.throwIfAborted()
    return { status: null, error: errorOf(error as NodeJS.ErrnoException) }
  }
}

function errorOf({ name, code = '' }: NodeJS.ErrnoException): Outcome['error'] {
  if (code === 'ADDRESS_NOT_ALLOWED') return 'address_not_allowed'
  if (name === 'TimeoutError' || /TIMEOUT|ETIMEDOUT/.test(code)) return 'timeout'
  if (/^(ENOTFOUND|EAI_\w+|ENODATA)$/.test(code)) return 'host_not_found'
  return /CERT|TLS|SSL|SIGNATURE|ISSUER/.test(code) ? 'tls_failed' : 'connection_failed'
}
