import { isDeepStrictEqual } from 'node:util'
import { FailureBench } from '../failure-bench.ts'
import { count, type Figures } from '../figures.ts'
import type { Fate } from '../proxy.ts'
import type { Ground } from '../world.ts'
import { writes } from '../writes.ts'

/** How a statement fails: the connection before or after it, or PostgreSQL: a full disk, a conflict that may be retried. */
const fates: Record<string, Fate> = {
  lost: 'lost',
  unanswered: 'unanswered',
  'disk full': { fails: '53100' },
  conflict: { fails: '40001' },
}

/** One fate of one statement of one write. */
interface Trial {
  operation: string
  /** Of which statement, from 1. */
  n: number
  fate: string
  withKey: boolean
}

type Outcome = Awaited<ReturnType<FailureBench['send']>>

/** What a success answers, and what it changes. */
interface Reference {
  changes: Record<string, number>
  statements: number
}

/** An import that was received is worked on until it is done, whatever happens to the request. */
const goesOn = (operation: string): boolean => operation.startsWith('createImport')

/** What is wrong with an answer and what is stored; undefined: nothing. */
function faultOf({ operation }: Trial, { answer, changes }: Outcome, reference: Reference): string | undefined {
  const isNothing = Object.keys(changes).length === 0
  const isAll = isDeepStrictEqual(changes, reference.changes)
  const told = `${answer.status} ${answer.code ?? ''}`
  const found = JSON.stringify(changes)
  if (answer.status < 300)
    return isAll || (goesOn(operation) && !isNothing) ? undefined : `${told}, and stored ${found}`
  if (answer.status !== 503) return told
  if (answer.code !== 'outcome_unknown') return isNothing ? undefined : `${told}, and stored ${found}`
  return isNothing || isAll || goesOn(operation) ? undefined : `${told}, and stored a part: ${found}`
}

/** @returns faults, and the number of trials */
async function failEach(bench: FailureBench, operation: string, withKey: boolean): Promise<[string[], number]> {
  const write = writes[operation]!
  const reference = await bench.send(write, { withKey })
  if (reference.answer.status >= 300) throw new Error(`${operation}: ${JSON.stringify(reference.answer)}`)
  const faults: string[] = []
  let trials = 0
  for (const [fate, failure] of Object.entries(fates))
    for (let n = 1; n <= reference.statements; n += 1) {
      const trial = { operation, n, fate, withKey }
      const outcome = await bench.send(write, { withKey, n, fate: failure })
      const fault = faultOf(trial, outcome, reference)
      const at = `${operation}${withKey ? ' with a key' : ''}, statement ${n} of ${reference.statements} ${fate}`
      if (fault) faults.push(`${at} (${outcome.failed}): ${fault}`)
      trials += 1
      if (!withKey || outcome.answer.status < 300) continue
      const { answer, changes } = await outcome.again()
      if (answer.status >= 300 || !isDeepStrictEqual(changes, reference.changes))
        faults.push(`${at}, sent again: ${answer.status} ${answer.code}, and stored ${JSON.stringify(changes)}`)
    }
  return [faults, trials]
}

/** Each statement of each write fails, in each way: all of the write is there, or nothing, as the answer says. */
export async function failurePoints(ground: Ground, operations = Object.keys(writes)): Promise<Figures> {
  const began = performance.now()
  const bench = await FailureBench.open(ground)
  try {
    const faults: string[] = []
    let trials = 0
    for (const operation of operations)
      for (const withKey of (await bench.takesKey(operation)) ? [false, true] : [false]) {
        const [found, tried] = await failEach(bench, operation, withKey)
        faults.push(...found)
        trials += tried
      }
    return {
      part: 'failure-points',
      what: `each statement of ${operations.length} writes fails in ${Object.keys(fates).length} ways (${Object.keys(fates).join(', ')})`,
      figures: `${count(trials)} requests`,
      faults,
      seconds: (performance.now() - began) / 1000,
    }
  } finally {
    await bench.close()
  }
}
