/** Limits on connections; times in milliseconds. */
export interface ConnectionLimits {
  /** From the first to the last byte of a request; then 408. Files may take longer: see `UploadLimits`. */
  requestTimeout: number
  /** From the first byte of a request to the end of its headers. */
  headersTimeout: number
  /** Maximum time without a byte in either direction. */
  connectionTimeout: number
  /** Maximum number of open connections; a further one gets 503. */
  connections: number
  /** Maximum number of open connections per address; does not apply to trusted proxies. */
  connectionsPerAddress: number
}

export const defaultConnectionLimits: ConnectionLimits = {
  requestTimeout: 30_000,
  headersTimeout: 15_000,
  connectionTimeout: 60_000,
  connections: 1000,
  connectionsPerAddress: 256,
}

/**
 * How long a connection may be idle between two requests, in milliseconds. Longer than proxies keep idle connections (nginx
 * 60 s), so that the proxy closes first: otherwise it could send a request just when the server closes, and answer 502.
 */
export const keepAliveTimeout = 75_000
