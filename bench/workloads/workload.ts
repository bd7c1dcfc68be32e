import type { Statement } from '../../src/database/connect.ts'

/** A request of a workload. */
export interface Request {
  method?: 'GET' | 'POST' | 'PATCH'
  path: string
  headers?: Record<string, string>
  body?: string
}

/** What requests are made from: the register that the servers have. */
export interface Register {
  /** The number of agreements. */
  size: number
  /** The id of its `n`th agreement. */
  id: (n: number) => string
  /** Ids and entity tags of some agreements. */
  some: { id: string; tag: string }[]
  /** Ids of some agreements of the party `US` whose day of signature is known. */
  ofParty: string[]
}

/** What is measured: the `n`th request, and what the bare server does for the same answer. */
export interface Workload {
  /** The first part of its path on the bare server. */
  key: string
  name: string
  /** The numbers of connections that it is measured with; default: 16. */
  connections?: number[]
  /** The status of its answers; default: 200. */
  status?: number
  /** The least ratio of its throughput to that of the bare server. */
  goal?: number
  /** Whether it reads all matches, so that it may grow with the register. */
  isCount?: boolean
  /** Whether it changes the register: then it is not measured on the largest one. */
  isWrite?: boolean
  /** Whether reads of the same moment share a statement: then the server is measured without that too. */
  isShared?: boolean
  /** The values of which the `n`th request is made. */
  values: (n: number, register: Register) => string[]
  /** The request for these values. */
  request: (values: string[], register: Register) => Request
  /** What the bare server reads for these values; rows with the JSON text `body`. Undefined if it does more: see `limit/`. */
  statement?: Statement
  /** The most bodies of a list that the bare server sends; without it, the answer is the only body. */
  list?: number
}

/** The request that the bare server takes for it. Headers and body are the same. */
export function ofLimit({ key, request, values }: Workload, n: number, register: Register): Request {
  const made = values(n, register)
  return { ...request(made, register), path: `/${key}/${made.map(encodeURIComponent).join('/')}` }
}

/** One of `values`, in turn. */
export const turn = <Value>(values: readonly Value[], n: number): Value => values[n % values.length]!
