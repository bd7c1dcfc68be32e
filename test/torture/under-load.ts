import { faultsOf } from './checker.ts'
import { count, type Figures } from './figures.ts'
import { agreementsOf, readFinalState } from './final-state.ts'
import type { History } from './history.ts'
import { ready, type World } from './world.ts'
import { Writers } from './writers.ts'

interface Trial {
  part: string
  what: string
  /** Does its harm while writers work. @returns further figures */
  trouble: (writers: Writers) => Promise<string | void>
  load?: ConstructorParameters<typeof Writers>[1]
}

/** Lets writers work during `trouble`, then checks what they recorded. Closes the world. */
export async function underLoad(world: World, { part, what, trouble, load }: Trial): Promise<Figures> {
  const began = performance.now()
  const writers = new Writers(world.origin, load)
  try {
    writers.client.history.others.push(...(await agreementsOf(world.databaseUrl())))
    writers.start()
    const found = await trouble(writers)
    await world.startAgain()
    await ready(world.apis[0]!.origin)
    await writers.stop()
    const { history } = writers.client
    const state = await readFinalState(world.databaseUrl(), world.apis[0]!.origin)
    const told = `${summary(history)}; ${count(state.versions.length)} versions`
    return {
      part,
      what,
      figures: found ? `${told}; ${found}` : told,
      faults: faultsOf(history, state),
      seconds: (performance.now() - began) / 1000,
    }
  } finally {
    await world.close()
  }
}

/** How many writes were acknowledged, refused, and of unknown outcome. */
function summary({ attempts, reads }: History): string {
  const of = (outcome: string) => count(attempts.filter((attempt) => attempt.outcome === outcome).length)
  const told = attempts.filter(({ code }) => code === 'outcome_unknown').length
  return `${of('done')} acknowledged, ${of('refused')} refused, ${of('unknown')} without an answer (${told} \`outcome_unknown\`), ${count(reads.length)} reads`
}
