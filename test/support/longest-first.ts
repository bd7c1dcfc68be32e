import { basename } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The slowest files, the longest first: begun last, one of them would keep one core busy while the other rests. */
const longest =
  'document publication large-answers hostile concurrency oidc export slow-clients database-boundary canary key-program migrate deadlines unpublishable read-only-database authorization idempotency imports pages-of-entries'.split(
    ' ',
  )

/** Begins with the slowest files, also on a machine that has not run them before. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.indexOf(basename(moduleId, '.test.ts'))
      return place < 0 ? longest.length : place
    }
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer has a method of this name
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
