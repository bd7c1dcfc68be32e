import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one line for programs to read: `625 passed, 0 failed, 1 skipped`. */
export default class SummaryLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
    const count = (state: string) => states.filter((one) => one === state).length
    const broken = modules.filter((module) => module.errors().length > 0).length
    process.stdout.write(`${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped\n`)
  }
}
