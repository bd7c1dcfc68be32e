import { setImmediate } from 'node:timers/promises'
import { nameKey } from '../registry/name-keys.ts'
import type { Signatory, SignatoryReplacement } from '../registry/signatories/schemas.ts'
import { identifierKey } from '../shared/identifiers.ts'
import { type Both, refuseMoreThan } from './refusals.ts'

type United = Pick<SignatoryReplacement, 'aliases' | 'names' | 'identifiers' | 'predecessors'>

/**
 * What the entry that stays has after a merge: its own, and what it lacks of the lost one, whose code and name become
 * aliases.
 * @throws Problem 409 when this is more than an entry may have
 */
export async function unionOf({ lost, kept }: Both): Promise<United> {
  const aliases = await added([kept.code, kept.name, ...kept.aliases], [lost.name, ...lost.aliases, lost.code], nameKey)
  const names = await added(
    kept.names,
    lost.names,
    ({ language, name }) => `${language.toLowerCase()} ${nameKey(name)}`,
  )
  const identifiers = await added(kept.identifiers, lost.identifiers, (one) => `${one.scheme}:${identifierKey(one)}`)
  const other = ({ signatory }: Link) => signatory.id !== lost.id && signatory.id !== kept.id
  const own = kept.predecessors.filter(other)
  const predecessors = await added(own, lost.predecessors.filter(other), ({ signatory }) => signatory.id)
  const united = {
    aliases: [...kept.aliases, ...aliases],
    names: [...kept.names, ...names.map(asVariant)],
    identifiers: [...kept.identifiers, ...identifiers],
    predecessors: [...own, ...predecessors].map(({ signatory, ...link }) => ({ signatory: signatory.code, ...link })),
  }
  for (const [name, max] of maxItems) refuseMoreThan(max, united[name].length, name)
  return united
}

type Link = Signatory['predecessors'][number]

/** As in the schema of a signatory. */
const maxItems = [
  ['aliases', 100],
  ['names', 100],
  ['identifiers', 50],
  ['predecessors', 50],
] as const

/** The usual and the official name of the lost entry are other names of the one that stays. */
const asVariant = (name: Signatory['names'][number]): Signatory['names'][number] => ({
  ...name,
  kind: name.kind === 'older' ? 'older' : 'variant',
})

/** Keys per turn of the event loop: each takes up to 0.2 ms. */
const keysPerTurn = 20

/** The items of `others` that `own` does not have, each once. */
async function added<Item>(own: Item[], others: Item[], keyOf: (item: Item) => string): Promise<Item[]> {
  const keys = new Set<string>()
  const missing: Item[] = []
  for (const [i, item] of [...own, ...others].entries()) {
    if (i % keysPerTurn === 0) await setImmediate()
    const key = keyOf(item)
    if (i >= own.length && !keys.has(key)) missing.push(item)
    keys.add(key)
  }
  return missing
}
