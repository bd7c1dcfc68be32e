import type { Reporter, TestModule } from 'vitest/node'
import { limits } from '../long/limits.ts'

const slowest = 10

/** Prints the duration and the limit of each part of the long tests, and the durations of the ten slowest other files. */
export default class Durations implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules.map((module) => ({ module, seconds: secondsOf(module) }))
    const sorted = files.toSorted((a, b) => b.seconds - a.seconds)
    const parts = sorted.filter(({ module }) => module.project.name === 'long')
    const others = sorted.filter(({ module }) => module.project.name !== 'long')
    const lines = [
      ...parts.map(({ module, seconds }) => `${line(module, seconds)}, limit ${limits[partOf(module)]} s`),
      ...others.slice(0, slowest).map(({ module, seconds }) => line(module, seconds)),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  }
}

const line = ({ relativeModuleId }: TestModule, seconds: number): string =>
  `${seconds.toFixed(1).padStart(6)} s  ${relativeModuleId}`

const partOf = ({ relativeModuleId }: TestModule): string => /([^/]*)\.test\.ts$/.exec(relativeModuleId)![1]!

function secondsOf(module: TestModule): number {
  const { collectDuration, setupDuration, duration } = module.diagnostic()
  return (collectDuration + setupDuration + duration) / 1000
}
