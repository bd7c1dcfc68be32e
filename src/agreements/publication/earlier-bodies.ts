import type { Database } from '../../database/connect.ts'
import type { Registry } from '../../registry/registry.ts'
import { lockEarlierBodies } from '../../registry/signatories/predecessors.ts'
import type { Parts } from './aggregate.ts'

/**
 * Looks up what came before the bodies that agreements name for a day before they existed: warnings depend on it. For all
 * other agreements, nothing is asked of the database.
 */
export async function lookUpEarlierBodies(db: Database, registry: Registry, all: Parts[]): Promise<void> {
  const ids = new Set(all.flatMap((parts) => tooYoung(parts, registry)))
  if (ids.size > 0) registry.setEarlier(await lockEarlierBodies(db, [...ids]))
}

/** The ids of the bodies that are younger than the first date of the agreement. */
function tooYoung({ signatures, dates }: Parts, registry: Registry): string[] {
  const [first] = dates.flatMap(({ lastDay }) => lastDay ?? []).toSorted()
  if (first === undefined) return []
  const ids = [...signatures, ...dates].flatMap(({ signatoryId }) => signatoryId ?? [])
  return ids.filter((id) => {
    const { validFromDay } = registry.body(id)
    return validFromDay !== null && first < validFromDay
  })
}
