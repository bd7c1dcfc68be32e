/** A response of the crawl, and the addresses in it, as they are written there. */
interface Page {
  status: number
  found: string[]
}

export interface Crawled {
  /** The addresses that were read, below the origin, with their statuses. */
  read: Map<string, number>
  /** Addresses that lead out of the prefix, as `page → address`. */
  outside: string[]
}

/** The most pages that a crawl reads, and those of one list after its first. */
const max = { pages: 400, next: 3 }

/** Follows every address in responses, from some pages on. An address outside the prefix is noted, and not followed. */
export async function crawl(base: string, start: string[], headers: Record<string, string>): Promise<Crawled> {
  const { origin, pathname } = new URL(base)
  const next = start.map((path) => `${base}${path}`)
  const read = new Map<string, number>()
  const outside: string[] = []
  for (const url of next) {
    const name = url.slice(origin.length)
    if (read.has(name) || read.size >= max.pages) continue
    if (isNext(url) && [...read.keys()].filter((other) => isNext(other) && isSameList(other, name)).length >= max.next)
      continue
    const { status, found } = await readPage(url, headers)
    read.set(name, status)
    for (const address of found) {
      const target = new URL(address, url)
      target.hash = ''
      if (target.origin === origin && `${target.pathname}/`.startsWith(`${pathname}/`)) next.push(target.href)
      else outside.push(`${name} → ${address}`)
    }
  }
  return { read, outside }
}

const isNext = (address: string): boolean => address.includes('cursor=')
const isSameList = (one: string, other: string): boolean => one.split('?', 1)[0] === other.split('?', 1)[0]

async function readPage(url: string, headers: Record<string, string>): Promise<Page> {
  const response = await fetch(url, { headers, redirect: 'manual' })
  const text = await response.text()
  return { status: response.status, found: [...inHeaders(response.headers), ...inBody(response, text)] }
}

const inHeaders = (headers: Headers): string[] => [
  ...['location', 'content-location'].flatMap((name) => headers.get(name) ?? []),
  ...[...(headers.get('link') ?? '').matchAll(/<([^>]*)>/g)].map(([, address]) => address!),
]

function inBody({ headers, url }: Response, text: string): string[] {
  const type = headers.get('content-type') ?? ''
  if (type.startsWith('text/html')) return all(text, /\b(?:href|src)="([^"]+)"/g)
  if (type.startsWith('text/csv')) return all(text, /(?:^|,)((?:https?:\/)?\/[^,\r\n]*\/v1\/[^,\r\n]*)/gm)
  if (type.startsWith('text/calendar')) return all(text.replaceAll('\r\n ', ''), /^URL[^:]*:(.*?)\r?$/gm)
  if (!/json/.test(type)) return []
  const document: unknown = JSON.parse(text)
  return /\/(openapi|docs\/json)/.test(new URL(url).pathname) ? inOpenapi(document) : inJson(document)
}

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found!)

/** Strings that are addresses of the API, right or wrong. Pointers and the paths of JSON Patches are none. */
const inJson = (value: unknown): string[] =>
  stringsIn(value).flatMap(([, text]) =>
    /^(?:https?:\/\/127\.|\/(?:register|v1|docs|openapi\.json|problems|readyz|\.well-known)(?:[/?#]|$)|\/$)/.test(text)
      ? [text]
      : [],
  )

/** The server, and the links in descriptions. Examples show addresses as they are without a prefix. */
function inOpenapi(document: unknown): string[] {
  const { servers } = document as { servers: { url: string }[] }
  const links = stringsIn(document).flatMap(([key, text]) =>
    key === 'description' ? all(text, /\]\(([^)\s]+)\)/g) : [],
  )
  return [...servers.map(({ url }) => `${url}/`), ...links.filter((link) => !link.startsWith('https:'))]
}

function stringsIn(value: unknown, key = ''): [key: string, text: string][] {
  if (typeof value === 'string') return [[key, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => stringsIn(one, Array.isArray(value) ? key : name))
}
