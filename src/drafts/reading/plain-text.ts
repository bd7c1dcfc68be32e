import { Tokenizer } from 'htmlparser2'

/** Elements whose content is no text of the page. */
const silent = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'head',
  'nav',
  'iframe',
  'object',
  'textarea',
  'select',
])

/** Elements within a line; all others begin and end a paragraph. */
const inline = new Set(
  'a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s samp small span strong sub sup time u var wbr'.split(
    ' ',
  ),
)

/** Whether a text is HTML: it has a tag that ends. */
export const isHtml = (text: string): boolean =>
  /<\/[a-z][a-z0-9]{0,20}\s?>|<(?:br|p|img|hr)\b[^<>]{0,200}>/i.test(text)

/**
 * The text of an HTML document or a part of one: without markup, comments and scripts, with an empty line between
 * paragraphs and single spaces otherwise. Takes time in proportion to its length: elements are not matched with their ends.
 */
export function textOfHtml(html: string): string {
  const paragraphs = new Paragraphs()
  const nameOf = (start: number, end: number) => html.slice(start, end).toLowerCase()
  const nothing = () => undefined
  const tokenizer = new Tokenizer(
    { xmlMode: false, decodeEntities: true },
    {
      onopentagname: (start, end) => paragraphs.open(nameOf(start, end)),
      onclosetag: (start, end) => paragraphs.close(nameOf(start, end)),
      ontext: (start, end) => paragraphs.add(html.slice(start, end)),
      ontextentity: (codePoint) => paragraphs.add(String.fromCodePoint(codePoint)),
      oncdata: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onprocessinginstruction: nothing,
      onattribdata: nothing,
      onattribentity: nothing,
      onattribend: nothing,
      onattribname: nothing,
      onopentagend: nothing,
      onselfclosingtag: () => paragraphs.endEmpty(),
      onend: nothing,
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  return paragraphs.text()
}

/** Puts the text of elements together. */
class Paragraphs {
  readonly #parts: string[] = []
  /** The element whose content is left out. */
  #silent: string | undefined
  /** Whether the last tag began what is left out. */
  #beginsSilence = false
  #separator = ''

  open(name: string): void {
    this.#beginsSilence = this.#silent === undefined && silent.has(name)
    if (this.#beginsSilence) this.#silent = name
    // The end of `head` may be left out.
    if (name === 'body') this.#silent = undefined
    this.#break(name)
  }

  /** The last tag was also the end of its element: `<svg/>`. */
  endEmpty(): void {
    if (this.#beginsSilence) this.#silent = undefined
  }

  close(name: string): void {
    if (this.#silent === name) this.#silent = undefined
    this.#break(name)
  }

  add(text: string): void {
    if (this.#silent !== undefined) return
    const words = text.replace(/\s+/g, ' ')
    if (words.startsWith(' ')) this.#space()
    const trimmed = words.trim()
    if (trimmed === '') return
    if (this.#parts.length > 0) this.#parts.push(this.#separator)
    this.#parts.push(trimmed)
    this.#separator = words.endsWith(' ') ? ' ' : ''
  }

  text = (): string => this.#parts.join('')

  #break(name: string): void {
    if (name === 'br') this.#space()
    else if (!inline.has(name)) this.#separator = '\n\n'
  }

  #space(): void {
    this.#separator ||= ' '
  }
}
