import { turn, type Workload } from './workload.ts'

const step = 7919

export const byId: Workload = {
  key: 'by-id',
  name: 'by id',
  connections: [1, 16, 64],
  goal: 0.85,
  isShared: true,
  values: (n, { id, size }) => [id((n * step) % size)],
  request: ([id]) => ({ path: `/v1/agreements/${id}` }),
  statement: {
    name: 'by-id',
    text: 'select version, document as body from agreements where id = $1 and deleted_at is null',
  },
}

export const notModified: Workload = {
  key: 'not-modified',
  name: '304',
  status: 304,
  goal: 0.85,
  isShared: true,
  values: (n, { some }) => [turn(some, n).id, turn(some, n).tag],
  request: ([id, tag]) => ({ path: `/v1/agreements/${id}`, headers: { 'if-none-match': tag! } }),
  statement: { name: 'not-modified', text: 'select version from agreements where id = $1 and deleted_at is null' },
}
