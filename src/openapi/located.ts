import { digest } from '../http/entity-tags.ts'

/** The OpenAPI document for clients that find the API at one address. */
export interface Located {
  document: Record<string, unknown>
  text: string
  /** Of the text. */
  hash: string
}

/** Maximum number of addresses whose documents are kept; in practice there is one. */
const maxKept = 8

/**
 * Writes the document for each address at which clients find the API: `servers`, and the links in descriptions. `read`
 * gives the document for `/`; it is called once.
 */
export function locator(read: () => Record<string, unknown>): (prefix: string, server?: string) => Located {
  const kept = new Map<string, Located>()
  let own: Record<string, unknown> | undefined
  return (prefix, server = prefix || '/') => {
    const key = `${prefix} ${server}`
    const known = kept.get(key)
    if (known) return known
    own ??= read()
    const text = textOf(server === '/' ? own : at(own, prefix, server))
    const located = { document: JSON.parse(text) as Record<string, unknown>, text, hash: digest(text) }
    if (kept.size >= maxKept) kept.delete(kept.keys().next().value!)
    kept.set(key, located)
    return located
  }
}

export const textOf = (document: object): string => `${JSON.stringify(document, null, 2)}\n`

/** A link in Markdown to a path of the API. */
const link = /\]\(\//g

function at(document: Record<string, unknown>, prefix: string, url: string): Record<string, unknown> {
  const [server] = document['servers'] as object[]
  const linked = JSON.stringify(document, (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? value.replace(link, `](${prefix}/`) : value,
  )
  return { ...(JSON.parse(linked) as object), servers: [{ ...server, url }] }
}
