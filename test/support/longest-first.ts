import { basename } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The slowest files, in descending order: started last, one of them would run alone while the other core is idle. */
const slowest =
  'scale publication browser hostile embedded database-boundary slow-clients client clock document key-program large-answers export oidc'.split(
    ' ',
  )

/** Starts the slowest files first, also on a machine without cached results. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = slowest.indexOf(basename(moduleId, '.test.ts'))
      return place < 0 ? slowest.length : place
    }
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer has a method of this name
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
