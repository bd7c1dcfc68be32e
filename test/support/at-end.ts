const works: (() => unknown)[] = []

/** Does `work` when the tests of the file have ended, the last first. Also within a test or a hook, where `afterAll` is not heard. */
export const atEnd = (work: () => unknown): void => void works.push(work)

export async function endAll(): Promise<void> {
  for (let work = works.pop(); work; work = works.pop()) await work()
}
