import { byId, notModified } from './by-id.ts'
import { byPair, bySignatory, byYear, position } from './counts.ts'
import { byPartyAndDomain, datesOfYear, feed, pairInForce } from './lists.ts'
import { commonWords, rankedWords, rareWords } from './words.ts'
import type { Workload } from './workload.ts'
import { addDate, create } from './writes.ts'

export const workloads: Workload[] = [
  byId,
  notModified,
  byPartyAndDomain,
  pairInForce,
  rareWords,
  commonWords,
  rankedWords,
  byYear,
  byPair,
  bySignatory,
  position,
  datesOfYear,
  feed,
  create,
  addDate,
]
