import { describe, expect, test } from 'vitest'
import { faultsOf } from './torture/checker.ts'
import type { Attempt, FinalState, History, Read, StoredVersion } from './torture/history.ts'

const attempt = (write: string, over: Partial<Attempt> = {}): Attempt => ({
  write,
  kind: 'edit',
  agreement: 'a',
  ifMatch: null,
  began: 0,
  ended: 1,
  outcome: 'done',
  status: 200,
  code: null,
  id: null,
  version: null,
  ...over,
})

const version = (number: number, note: string, over: Partial<StoredVersion> = {}): StoredVersion => ({
  agreement: 'a',
  version: number,
  cause: 'edit',
  note,
  shown: { summary: note, sources: 0 },
  ...over,
})

const created = attempt('w1', { kind: 'create', agreement: null, status: 201, id: 'a', version: 1 })
const edited = attempt('w2', { ifMatch: 1, version: 2, began: 2, ended: 4 })
const last = attempt('w3', { version: 3, began: 5, ended: 6 })
const attempts = [created, edited, last]
const versions = [version(1, 'w1'), version(2, 'w2'), version(3, 'w3')]

const feedOf = (all: readonly StoredVersion[]): FinalState['feed'] =>
  all.map(({ agreement, version }, at) => ({ sequence: at + 1, kind: 'agreement', id: agreement, version }))

/** What the checker finds in three writes of one agreement, with some of it replaced. */
const found = (history: Partial<History> = {}, state: Partial<FinalState> = {}): string[] =>
  faultsOf(
    { attempts, reads: [], others: [], ...history },
    { versions, feed: feedOf(state.versions ?? versions), untrue: [], ...state },
  )

const read = (number: number, began: number, ended: number): Read => ({ agreement: 'a', version: number, began, ended })

test('a register that has what was acknowledged, in that order, has no faults', () => {
  const reads = [read(1, 1, 3), read(2, 3, 4), read(1, 2, 2.5), read(3, 7, 8)]
  const refused = attempt('w4', { outcome: 'refused', status: 412, code: 'stale', ifMatch: 1, began: 5, ended: 6 })
  const unknown = attempt('w5', { outcome: 'unknown', status: 0 })
  expect(found({ attempts: [...attempts, refused, unknown], reads })).toEqual([])
})

test('a write without an answer may be there or not, at any time after it was sent', () => {
  const unknown = attempt('w3', { outcome: 'unknown', status: 503, code: 'outcome_unknown', began: 0, ended: 1 })
  expect(found({ attempts: [created, edited, unknown] })).toEqual([])
  expect(found({ attempts: [created, edited, unknown] }, { versions: versions.slice(0, 2) })).toEqual([])
})

test('a write that was sent twice with one key is there once', () => {
  const lost = attempt('w3', { outcome: 'unknown', status: 0, began: 4, ended: 5 })
  expect(found({ attempts: [created, edited, lost, last] })).toEqual([])
  const twice = [...versions, version(4, 'w3')]
  expect(found({ attempts: [created, edited, lost, last] }, { versions: twice })).toContain('w3 was written 2 times.')
})

test('versions of the clock and the registry lie between those of writers', () => {
  const between = version(3, 'w2', { cause: 'registry', note: 'A new name' })
  const moved = attempt('w3', { version: 4, began: 5, ended: 6 })
  const all = [...versions.slice(0, 2), between, version(4, 'w3')]
  expect(found({ attempts: [created, edited, moved] }, { versions: all })).toEqual([])
})

describe('the checker finds', () => {
  test('an acknowledged write that is lost', () => {
    expect(found({}, { versions: versions.slice(0, 2) })).toEqual(['w3 was acknowledged with 200, and is lost.'])
  })

  test('a refused write that is there', () => {
    const refused = attempt('w3', { outcome: 'refused', status: 503, code: 'busy', began: 5, ended: 6 })
    expect(found({ attempts: [created, edited, refused] })).toEqual(['w3 was refused with 503 busy, and is written.'])
  })

  test('a version that no request made', () => {
    expect(found({ attempts: [created, edited] })).toContain('Version 3 of a was made by no request.')
  })

  test('another version or agreement than what was reported', () => {
    const moved = attempt('w3', { version: 4, began: 5, ended: 6 })
    expect(found({ attempts: [created, edited, moved] })).toEqual(['w3 reported version 4, and made 3.'])
    const other = attempt('w1', { kind: 'create', agreement: null, id: 'b', version: 1 })
    expect(found({ attempts: [other, edited, last] })).toEqual(['w1 reported b, and made a.'])
    const ofAnother = attempt('w3', { agreement: 'b', version: 3, began: 5, ended: 6 })
    expect(found({ attempts: [created, edited, ofAnother] })).toEqual(['w3 changed another agreement.'])
  })

  test('an edit whose If-Match was not the version before it', () => {
    const stale = attempt('w3', { ifMatch: 1, version: 3, began: 5, ended: 6 })
    expect(found({ attempts: [created, edited, stale] })).toEqual(['w3 had If-Match 1, and made version 3.'])
  })

  test('an edit that was refused as stale and was not', () => {
    const refused = attempt('w4', { outcome: 'refused', status: 412, code: 'stale', ifMatch: 3, began: 7, ended: 8 })
    expect(found({ attempts: [...attempts, refused] })).toEqual([
      'w4 was refused as stale, although 3 was the current version.',
    ])
  })

  test('an order that the times of requests and answers exclude', () => {
    const late = attempt('w2', { version: 2, began: 7, ended: 8 })
    expect(found({ attempts: [created, late, last] })).toEqual([
      'Version 3 of a was answered before the request of a former version (w2) was sent.',
    ])
  })

  test('a gap between versions', () => {
    const moved = attempt('w3', { version: 4, began: 5, ended: 6 })
    const all = [...versions.slice(0, 2), version(4, 'w3')]
    expect(found({ attempts: [created, edited, moved] }, { versions: all })).toEqual([
      'Version 4 of a follows version 2.',
    ])
  })

  test('an edit that undid what another one had written', () => {
    const added = attempt('w2', { kind: 'source', version: 2, began: 2, ended: 4 })
    const kept = [
      version(1, 'w1'),
      version(2, 'w2', { shown: { summary: 'w1', sources: 1 } }),
      version(3, 'w3', { shown: { summary: 'w3', sources: 1 } }),
    ]
    expect(found({ attempts: [created, added, last] }, { versions: kept })).toEqual([])
    const undone = kept.with(2, version(3, 'w3'))
    expect(found({ attempts: [created, added, last] }, { versions: undone })).toEqual([
      'Version 3 of a shows “w3” and 0 sources, not “w3” and 1.',
    ])
  })

  test('a document that is gone without a deletion', () => {
    const without = versions.with(2, version(3, 'w3', { shown: null }))
    expect(found({}, { versions: without })).toEqual(['Version 3 of a has no document.'])
  })

  test('a read that is older than what was acknowledged, or newer than what was sent', () => {
    expect(found({ reads: [read(2, 6.5, 7)] })).toEqual(['A read of a got version 2 after 3 had been acknowledged.'])
    expect(found({ reads: [read(3, 2, 3)] })).toEqual(['A read of a got version 3 before 3 was sent.'])
    expect(found({ reads: [read(4, 7, 8)] })).toEqual(['A read of a got version 4, which is lost.'])
  })

  test('a feed that leaves out, repeats or reorders versions', () => {
    const feed = feedOf(versions)
    const told = (given: typeof feed) => found({}, { feed: given.map((item, at) => ({ ...item, sequence: at + 1 })) })
    expect(told(feed)).toEqual([])
    expect(told(feed.slice(0, 2))).toEqual(['The feed tells of versions 1, 2 of a; the register has 3.'])
    expect(told([feed[0]!, ...feed])).toEqual(['The feed tells of versions 1, 1, 2, 3 of a; the register has 3.'])
    expect(told(feed.toReversed())).toEqual(['The feed tells of versions 3, 2, 1 of a; the register has 3.'])
    const gap = feed.with(2, { ...feed[2]!, sequence: 4 })
    expect(found({}, { feed: gap })).toEqual(['The feed has 4 in place 3.'])
  })

  test('a document that is not what its parts give', () => {
    expect(found({}, { untrue: ['a'] })).toEqual(['The document of a is not what its parts give.'])
  })
})
