import type { Contestant } from '../measure/turns.ts'
import type { Workload } from '../workloads/workload.ts'

/** How many requests of a workload are compared. */
const compared = 3

/**
 * Compares what two servers answer to the same reads: the items of a list, in their order, or how many groups there are.
 * @returns how they differ; undefined when they do not
 */
export async function differenceOf(
  { isWrite }: Workload,
  one: Contestant,
  other: Contestant,
): Promise<string | undefined> {
  if (isWrite) return undefined
  for (let n = 0; n < compared; n += 1) {
    const [ours, theirs] = [await shown(one, n), await shown(other, n)]
    if (ours !== theirs) return `${one.name} answers ${ours.slice(0, 100)}, ${other.name} ${theirs.slice(0, 100)}`
  }
  return undefined
}

/** What must be the same: the status, the ids of the items, and the number of those that have none. */
async function shown({ server, request }: Contestant, n: number): Promise<string> {
  const { path, headers = {} } = request(n)
  const answer = await fetch(`${server.origin}${path}`, { headers })
  const text = await answer.text()
  if (text === '') return String(answer.status)
  const body = JSON.parse(text) as { id?: string; position?: number; items?: { id?: string }[] } | object[]
  const items = Array.isArray(body) ? body : (body.items ?? [body])
  const ids = items.map((item) => ('id' in item ? item.id : 'position' in item ? item.position : ''))
  return `${answer.status}: ${ids.join(',')}`
}
