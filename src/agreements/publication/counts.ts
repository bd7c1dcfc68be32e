import type { Database } from '../../database/connect.ts'
import { causes } from '../tables.ts'

type Cause = (typeof causes)[number]

const counts = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>

/** Number of committed versions published by this process, by cause. */
export const publicationCounts = (): Readonly<typeof counts> => counts

/** A function of its own, so that a long transaction, which stores many batches, keeps only their causes. */
export function countAfterCommit(db: Database, stored: Cause[]): void {
  db.afterCommit(() => {
    for (const cause of stored) counts[cause] += 1
  })
}
