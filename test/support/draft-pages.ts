import { parseHTML } from 'linkedom'
import type supertest from 'supertest'
import { expect } from 'vitest'
import { fieldsIn } from './forms.ts'
import { authHeader } from './keys.ts'
import type { Register } from './register.ts'

/** What a browser sends that has a page of this server open. */
export const fromPage = { host: 'register.test', origin: 'http://register.test' }

type Fields = Record<string, string>

/** The facts of the founding article, in other words. */
export const paraphrase = {
  title: 'Seoul and Washington join forces in technology',
  publisher: 'Evening paper',
  url: 'https://example.org/seoul',
  publishedOn: '2019-11-02',
  text: `South Korea has entered a technology partnership with the US. Research is to deal with disasters such as fire, storms, flooding and earthquakes, and with infectious disease control.

The technology departments of both countries signed a memorandum of understanding on the 27th of October, 2019. For the US Department of Homeland Security (DHS) it is the 13th bilateral partnership, and the first since 2013.`,
}

/** A text as a person fills in the first form. */
export const asPasted = ({ publishedOn, ...given }: Record<string, unknown>): Fields =>
  Object.fromEntries(
    Object.entries({ ...given, ...(publishedOn !== undefined && { publishedOn }) }).map(([name, value]) => [
      `read.${name}`,
      String(value),
    ]),
  )

/** A page as a person sees it. */
export function seen({ text: html }: supertest.Response) {
  const { document } = parseHTML(html)
  const main = document.querySelector('main')!
  const fields = fieldsIn(document)
  return { document, main, fields, text: main.textContent.replaceAll(/\s+/g, ' ') }
}

/** What a person sees to be marked: the words by the ids of the marks, without what they fill. */
export function marksIn(document: Document): Map<string, string> {
  const marks = new Map<string, string>()
  for (const mark of document.querySelectorAll('mark[id]')) {
    const copy = mark.cloneNode(true) as Element
    for (const link of copy.querySelectorAll('.fills')) link.remove()
    marks.set(mark.id, copy.textContent)
  }
  return marks
}

/** What an editor does on the pages for texts of a register. */
export function draftPages(register: () => Register) {
  const send = (path: string, fields: URLSearchParams | Fields, credential = authHeader('editor')) =>
    register()
      .anonymous.post(path)
      .set({ ...fromPage, ...credential })
      .type('form')
      .send(new URLSearchParams(fields).toString())

  const read = async (given: object, status = 200) => seen(await send('/drafts', asPasted({ ...given })).expect(status))

  /** The agreement of the page to which a form leads. */
  async function saved(response: supertest.Response) {
    expect([response.status, response.text]).toEqual([303, ''])
    const path = response.headers['location']!.replace(/[?#].*/, '')
    return (await register().api.get(`/v1${path}`).expect(200)).body
  }

  return { send, read, saved }
}
