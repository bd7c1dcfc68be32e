import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const markdown = readFileSync(new URL('../../docs/problems.md', import.meta.url), 'utf8')

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const inline = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')

/** The page as HTML. The `type` of a problem points to one of its headings. Only headings and paragraphs are supported. */
function page(): string {
  const blocks = markdown.trim().split(/\n{2,}/)
  const body = blocks.map((block) => {
    const [, marks, heading] = /^(#+) (.*)$/.exec(block) ?? []
    return marks
      ? `<h${marks.length} id="${heading}">${inline(heading!)}</h${marks.length}>`
      : `<p>${inline(block)}</p>`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Problems</title>${body.join('\n')}</html>\n`
}

/** Serves `docs/problems.md` at `/problems`. */
export async function problemsPage(app: FastifyInstance): Promise<void> {
  const html = page()
  app.get('/problems', { config: { role: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').type('text/html; charset=utf-8').send(html),
  )
}
