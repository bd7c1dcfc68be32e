import { mark, prototype, prototypes } from '../register/agreements.ts'
import { authHeader } from '../../test/support/keys.ts'
import { mapping } from './import-file.ts'
import type { Workload } from './workload.ts'

const json = { ...authHeader('editor'), 'content-type': 'application/json' }
/** Tells the agreements of one run from those of another on the same register. */
const run = Date.now().toString(36)

/** The body of a new agreement; `key` makes its reference and identifier its own. */
function newAgreement(n: number): string {
  const text = JSON.stringify(prototype((n * 37) % prototypes, '2026-01-01').body)
  return text.replaceAll(/"id":"[^"]+",/g, '').replaceAll(mark, `${run}${n}`)
}

export const create: Workload = {
  key: 'create',
  name: 'create',
  status: 201,
  goal: 0.6,
  isWrite: true,
  values: (n) => [String(n)],
  request: ([n]) => ({ method: 'POST', path: '/v1/agreements', headers: json, body: newAgreement(Number(n)) }),
}

/**
 * Each agreement gets one date, and further ones of the same act when all have one. The first ones come last: the bare server
 * writes the rows of one of them again.
 */
export const addDate: Workload = {
  key: 'add-date',
  name: 'add a date',
  status: 201,
  goal: 0.4,
  isWrite: true,
  values: (n, { id, size }) => [id((n + 100) % size), String(1 + Math.floor(n / size))],
  request: ([id, occurrence]) => ({
    method: 'POST',
    path: `/v1/agreements/${id}/dates`,
    headers: json,
    body: JSON.stringify({ ...date, occurrence: Number(occurrence) }),
  }),
}

const date = { event: 'registered', date: '2025-05-05', place: 'New York', note: 'By the Secretariat.' }

/** The address of an import of a file of `import-file.ts`. */
export const importPath = `/v1/imports?${new URLSearchParams({
  mapping: JSON.stringify(mapping),
  atomic: 'false',
  fileName: 'bench.csv',
}).toString()}`
