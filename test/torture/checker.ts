import { groupedBy } from '../../src/shared/grouped.ts'
import type { Attempt, FeedItem, FinalState, History, Read, StoredVersion } from './history.ts'

/** All attempts of one write, as one interval in which it took effect, if it did. */
interface Write {
  name: string
  first: Attempt
  attempts: Attempt[]
  /** The first success. */
  done: Attempt | undefined
  began: number
  /** Infinity without a success: it may have taken effect at any time since. */
  ended: number
}

/**
 * Checks that the register is what the recorded requests and responses say: the edits of each agreement are as if they
 * were made one by one, in an order that agrees with the times of their requests; each acknowledged write is one version,
 * also when it was sent repeatedly with one key; what was refused is not there.
 * @returns what is wrong, one sentence for each fault
 */
export function faultsOf({ attempts, reads, others }: History, { versions, feed, untrue }: FinalState): string[] {
  const writes = writesOf(attempts)
  const byAgreement = groupedBy(versions, ({ agreement }) => agreement)
  const byNote = groupedBy(
    versions.filter(({ cause, note }) => cause === 'edit' && note !== null),
    ({ note }) => note!,
  )
  const context = { writes, byAgreement }
  return [
    ...[...writes.values()].flatMap((write) => faultsOfWrite(write, byNote.get(write.name) ?? [])),
    ...attempts.flatMap((attempt) => faultsOfStale(attempt, context)),
    ...[...byAgreement].flatMap(([id, all]) => (others.includes(id) ? [] : faultsOfAgreement(id, all, context))),
    ...reads.flatMap((read) => faultsOfRead(read, context)),
    ...faultsOfFeed(feed, byAgreement),
    ...untrue.map((id) => `The document of ${id} is not what its parts give.`),
  ]
}

interface Context {
  writes: Map<string, Write>
  byAgreement: Map<string, StoredVersion[]>
}

function writesOf(attempts: readonly Attempt[]): Map<string, Write> {
  const writes = new Map<string, Write>()
  for (const [name, all] of groupedBy(attempts, ({ write }) => write)) {
    const done = all.find(({ outcome }) => outcome === 'done')
    const began = Math.min(...all.map(({ began }) => began))
    writes.set(name, { name, first: all[0]!, attempts: all, done, began, ended: done?.ended ?? Infinity })
  }
  return writes
}

/** One write: it is there once if it was acknowledged, never if each attempt was refused, and at most once otherwise. */
function faultsOfWrite({ name, first, attempts, done }: Write, found: StoredVersion[]): string[] {
  const faults: string[] = []
  if (found.length > 1) faults.push(`${name} was written ${found.length} times.`)
  const [version] = found
  // To restore what is not deleted succeeds, and changes nothing.
  if (done && !version && first.kind !== 'restore')
    faults.push(`${name} was acknowledged with ${done.status}, and is lost.`)
  const isRefused = attempts.every(({ outcome }) => outcome === 'refused')
  if (isRefused && version) faults.push(`${name} was refused with ${first.status} ${first.code}, and is written.`)
  if (!version) return faults
  for (const { outcome, id, version: told } of attempts) {
    if (outcome !== 'done') continue
    if (id !== null && id !== version.agreement) faults.push(`${name} reported ${id}, and made ${version.agreement}.`)
    if (told !== null && told !== version.version)
      faults.push(`${name} reported version ${told}, and made ${version.version}.`)
  }
  const { kind, agreement, ifMatch } = first
  if (kind !== 'create' && agreement !== version.agreement) faults.push(`${name} changed another agreement.`)
  if (kind === 'create' && version.version !== 1) faults.push(`${name} created version ${version.version}.`)
  if (ifMatch !== null && version.version !== ifMatch + 1)
    faults.push(`${name} had If-Match ${ifMatch}, and made version ${version.version}.`)
  return faults
}

const latest = (versions: readonly StoredVersion[]): number => Math.max(0, ...versions.map(({ version }) => version))

/** A 412 is right only if the version that If-Match named had been replaced, or was being replaced. */
function faultsOfStale(attempt: Attempt, { writes, byAgreement }: Context): string[] {
  const { write, code, agreement, ifMatch, ended } = attempt
  if (code !== 'stale' || agreement === null || ifMatch === null) return []
  const next = byAgreement.get(agreement)?.find(({ version }) => version === ifMatch + 1)
  const by = next && writeOf(next, writes)
  if (next && (by === undefined || by.began <= ended)) return []
  return [`${write} was refused as stale, although ${ifMatch} was the current version.`]
}

const writeOf = ({ cause, note }: StoredVersion, writes: Map<string, Write>): Write | undefined =>
  cause === 'edit' && note !== null ? writes.get(note) : undefined

/** The versions of one agreement: without gaps, in an order that agrees with the times, each made from the one before it. */
function faultsOfAgreement(id: string, all: StoredVersion[], { writes }: Context): string[] {
  const faults: string[] = []
  const versions = all.toSorted((a, b) => a.version - b.version)
  let latestBegin: Write | undefined
  let state = { summary: null as string | null, sources: 0 }
  for (const [at, version] of versions.entries()) {
    const name = `Version ${version.version} of ${id}`
    if (version.version !== at + 1) faults.push(`${name} follows version ${versions[at - 1]?.version ?? 0}.`)
    const write = writeOf(version, writes)
    if (version.cause === 'edit' && !write) faults.push(`${name} was made by no request.`)
    if (write && latestBegin && latestBegin.began > write.ended)
      faults.push(`${name} was answered before the request of a former version (${latestBegin.name}) was sent.`)
    if (write && write.began > (latestBegin?.began ?? -Infinity)) latestBegin = write
    state = stateAfter(state, write)
    const { shown } = version
    if (shown === null) {
      if (write && write.first.kind !== 'delete') faults.push(`${name} has no document.`)
    } else if (shown.summary !== state.summary || shown.sources !== state.sources)
      faults.push(
        `${name} shows “${shown.summary}” and ${shown.sources} sources, not “${state.summary}” and ${state.sources}.`,
      )
  }
  return faults
}

function stateAfter(state: { summary: string | null; sources: number }, write: Write | undefined): typeof state {
  if (write?.first.kind === 'create' || write?.first.kind === 'edit') return { ...state, summary: write.name }
  return write?.first.kind === 'source' ? { ...state, sources: state.sources + 1 } : state
}

/** A read shows a version that was there, and no older one than what had been acknowledged before it was sent. */
function faultsOfRead({ agreement, version, began, ended }: Read, { writes, byAgreement }: Context): string[] {
  const versions = byAgreement.get(agreement) ?? []
  if (version > latest(versions)) return [`A read of ${agreement} got version ${version}, which is lost.`]
  return versions.flatMap((stored) => {
    const write = writeOf(stored, writes)
    if (!write) return []
    if (stored.version > version && write.ended < began)
      return [`A read of ${agreement} got version ${version} after ${stored.version} had been acknowledged.`]
    if (stored.version <= version && write.began > ended)
      return [`A read of ${agreement} got version ${version} before ${stored.version} was sent.`]
    return []
  })
}

/** The feed has each version once, ascending within an agreement, and no gap. */
function faultsOfFeed(feed: FeedItem[], byAgreement: Map<string, StoredVersion[]>): string[] {
  const faults = feed.flatMap(({ sequence }, at) =>
    sequence === at + 1 ? [] : [`The feed has ${sequence} in place ${at + 1}.`],
  )
  const items = groupedBy(
    feed.filter(({ kind }) => kind === 'agreement'),
    ({ id }) => id,
  )
  for (const id of new Set([...byAgreement.keys(), ...items.keys()])) {
    const told = (items.get(id) ?? []).map(({ version }) => version)
    const stored = (byAgreement.get(id) ?? []).map(({ version }) => version).toSorted((a, b) => a - b)
    if (JSON.stringify(told) !== JSON.stringify(stored))
      faults.push(`The feed tells of versions ${told.join(', ')} of ${id}; the register has ${stored.length}.`)
  }
  return faults
}
