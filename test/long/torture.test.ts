import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, inject, test } from 'vitest'
import { operations } from '../support/hostile.ts'
import { builtProject } from '../support/built.ts'
import type { Figures } from '../torture/figures.ts'
import { clockJumps } from '../torture/parts/clocks.ts'
import { diskFull } from '../torture/parts/disk.ts'
import { failurePoints } from '../torture/parts/failure-points.ts'
import { killApi, killPostgres } from '../torture/parts/kills.ts'
import { mixed } from '../torture/parts/mixed.ts'
import { cuts, stalls } from '../torture/parts/network.ts'
import { connectionsTaken, locks, terminate } from '../torture/parts/sessions.ts'
import type { Ground } from '../torture/world.ts'
import { writeNothing, writes } from '../torture/writes.ts'

let ground: Ground
beforeAll(() => {
  ground = { project: builtProject(), folder: mkdtempSync(join(inject('folder'), 'torture-')) }
})

const few = { kills: 3, between: 400 }

test.each<[string, () => Promise<Figures>]>([
  ['the server is killed', () => killApi(ground, 'external', few)],
  ['the server is killed, and its embedded PostgreSQL with it', () => killApi(ground, 'embedded', few)],
  ['PostgreSQL is killed', () => killPostgres(ground, 'external', few)],
  ['connections are cut at a COMMIT', () => cuts(ground, { seconds: 8 })],
  ['the network stalls, is slow, or loses ends of connections', () => stalls(ground, { rounds: 1 })],
  ['sessions are terminated', () => terminate(ground, { seconds: 8 })],
  ['others have all connections', () => connectionsTaken(ground, { rounds: 1 })],
  ['others lock rows and tables', () => locks(ground, { rounds: 1 })],
  ['the disk of PostgreSQL is full', () => diskFull(ground, { rounds: 1 })],
  ['clocks jump', () => clockJumps(ground, { rounds: 1 })],
  ['everything is done at once', () => mixed(ground, { minutes: 0.2 })],
])('nothing is lost, and nothing refused is written, while %s', async (_, torture) => {
  const { figures, faults } = await torture()
  console.log(figures)
  expect(faults).toEqual([])
})

test('each statement of a write that fails leaves all of it or nothing, as the answer says', async () => {
  const { figures, faults } = await failurePoints(ground, ['createAgreement', 'patchAgreement', 'revokeKey'])
  console.log(figures)
  expect(faults).toEqual([])
})

test('the failure points are those of every operation that writes', () => {
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE']
  const writing = operations.filter(({ id, method }) => methods.includes(method) && !writeNothing.includes(id))
  const tried = Object.keys(writes).map((name) => name.split(',')[0]!)
  expect([...new Set(tried)].toSorted()).toEqual(writing.map(({ id }) => id).toSorted())
})
