const works: (() => unknown)[] = []

/** Runs `work` after the tests of the file, in reverse order. Can be called within a test or a hook, unlike `afterAll`. */
export const atEnd = (work: () => unknown): void => void works.push(work)

export async function endAll(): Promise<void> {
  for (let work = works.pop(); work; work = works.pop()) await work()
}
