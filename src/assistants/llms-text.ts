import type { FastifyRequest } from 'fastify'
import { baseOf } from '../http/addresses.ts'

interface Section {
  title: string
  links: [path: string, title: string, about: string][]
}

const sections: Section[] = [
  {
    title: 'Documentation',
    links: [
      ['/openapi.json', 'OpenAPI document', 'all operations, parameters and fields; begins with a guide and questions'],
      ['/docs', 'Swagger UI', 'the same, to try in a browser'],
      ['/vocabulary', 'Vocabulary', 'what the fields and codes of citations in JSON-LD mean'],
      ['/problems', 'Problems', 'each error, and what to do about it'],
      ['/.well-known/api-catalog', 'API catalog', 'RFC 9727'],
    ],
  },
  {
    title: 'Questions',
    links: [
      ['/v1/agreements', 'Agreements', 'search and filter; each with its dates, parties and sources'],
      ['/v1/dates', 'Dates', 'what each source says of each act: signature, entry into force and others'],
      ['/v1/deadlines', 'Deadlines', 'what ends, renews itself or needs notice in the next six months'],
      ['/v1/statistics?groupBy=signedYear', 'Statistics', 'agreements counted by year, party, pair, type and others'],
      ['/v1/signatories', 'Signatories', 'bodies that sign agreements, with their codes and names'],
      ['/v1/research-domains', 'Research domains', 'topics, with their codes'],
    ],
  },
  {
    title: 'Optional',
    links: [
      ['/agreements', 'Agreements', 'a page for people'],
      ['/statistics', 'Statistics', 'a page for people'],
      ['/deadlines', 'Deadlines', 'a page for people'],
    ],
  },
]

/** `/llms.txt` as llmstxt.org describes it: what the server is, and links to those of its addresses that it serves. */
export function llmsText(request: FastifyRequest, publicRead: boolean): string {
  const base = baseOf(request)
  const isServed = (path: string) => request.server.hasRoute({ method: 'GET', url: path.split('?', 1)[0]! })
  const listed = sections.map(({ title, links }) => {
    const served = links.filter(([path]) => isServed(path))
    const lines = served.map(([path, name, about]) => `- [${name}](${base}${path}): ${about}`)
    return `## ${title}\n\n${lines.join('\n')}\n`
  })
  const access = publicRead
    ? 'Reading needs no key, except for drafts and claims.'
    : 'Reading needs a key, except for the documentation.'
  return `# Entente

> A register of bilateral agreements (treaties, memoranda of understanding, arrangements): who agreed what with whom, when, and according to which source.

Sources can disagree. The register keeps each date with its source, and marks one as preferred. Null means unknown or not applicable. Say which source says what, and give the address and the instant of an answer.

Assistants can ask it by the Model Context Protocol (streamable HTTP, without sessions) at \`${base}/mcp\`: search agreements, read one, its status on a day, its position such as “the 13th”, dates, deadlines, counts, a draft from a text, and the check of a claim. ${access} A key is sent as \`Authorization: Bearer …\`.

${listed.join('\n')}`
}
