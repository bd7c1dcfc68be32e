import { signatoryKinds } from '../registry/signatories/tables.ts'

/** What a side is counted as: the kind of its parties, or `mixed` when they are of several kinds. */
export const sideKinds = [...signatoryKinds, 'mixed'] as const

/** The kinds of two sides as text, sorted: `intergovernmental_organization,state`. */
export const sortedKinds = (kinds: readonly string[]): string => kinds.toSorted().join(',')

/** The kinds of both sides of an agreement, from its parties: `state,state`, `mixed,state`. */
export const kindsOfSides = (parties: readonly { side: number; kind: string }[]): string =>
  sortedKinds(
    [1, 2].map((number) => {
      const [kind = 'mixed', ...others] = new Set(parties.flatMap(({ side, kind }) => (side === number ? [kind] : [])))
      return others.length === 0 ? kind : 'mixed'
    }),
  )
