import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

/** Pages of `docs/` to whose headings responses point. */
const pages = [
  { path: '/problems', title: 'Problems', file: new URL('../../docs/problems.md', import.meta.url) },
  { path: '/vocabulary', title: 'Vocabulary', file: new URL('../../docs/vocabulary.md', import.meta.url) },
]

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const inline = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')

/** A page as HTML. Only headings and paragraphs are supported. */
function pageOf(file: URL, title: string): string {
  const markdown = readFileSync(file, 'utf8')
  const blocks = markdown.trim().split(/\n{2,}/)
  const body = blocks.map((block) => {
    const [, marks, heading] = /^(#+) (.*)$/.exec(block) ?? []
    return marks
      ? `<h${marks.length} id="${heading}">${inline(heading!)}</h${marks.length}>`
      : `<p>${inline(block)}</p>`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>${body.join('\n')}</html>\n`
}

/** Serves `docs/problems.md` at `/problems`, and `docs/vocabulary.md` at `/vocabulary`. */
export async function markdownPages(app: FastifyInstance): Promise<void> {
  for (const { path, title, file } of pages) {
    const html = pageOf(file, title)
    app.get(path, { config: { role: 'public' }, schema: { hide: true } }, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=300').type('text/html; charset=utf-8').send(html),
    )
  }
}
