import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../src/agreements/schemas.ts'
import { citationOf } from '../src/citations/citation.ts'
import { bibtexOf, cslOf, risOf } from '../src/citations/formats.ts'
import { jsonLdOf } from '../src/citations/json-ld.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

const url = 'https://register.example/v1/agreements/1'

describe('a citation', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  const create = async (over: object): Promise<Agreement> =>
    (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body

  const full = () =>
    create({
      reference: 'US/JP_2019.1',
      title: 'Agreement {on} 100% R&D_work, "50~60" \\ C# ^2',
      summary: 'Line one.\nTY  - BOOK\nER  - ',
      languages: ['en', 'ja'],
      identifiers: [{ scheme: 'tias', value: '19-305' }],
      researchDomains: ['ford:2.7'],
      dates: [
        { event: 'signed', date: '2019-03-05', place: 'Tokyo' },
        { event: 'entered_into_force', date: '2019-06' },
      ],
    })

  test('has the formats that the page for analysts names', async () => {
    const line = /^\| a citation \| (.*) \|$/m.exec(readFileSync('docs/analysts.md', 'utf8'))![1]!
    const formats = [...line.matchAll(/`(?:[^`]*format=)?([^`]+)`/g)].map(([, format]) => format)
    expect(formats).toHaveLength(4)
    const { body } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    for (const format of formats) {
      const { statusCode } = await register.app.inject(`/v1/agreements/${body.id}?format=${format}`)
      expect([format, statusCode]).toEqual([format, 200])
    }
  })

  test('as CSL-JSON is a treaty between its parties', async () => {
    expect(cslOf(citationOf(await full(), url))).toEqual([
      {
        id: 'US-JP-2019-1',
        type: 'treaty',
        title: 'Agreement {on} 100% R&D_work, "50~60" \\ C# ^2',
        author: [{ literal: 'United States' }, { literal: 'Japan' }],
        issued: { 'date-parts': [[2019, 3, 5]] },
        'event-place': 'Tokyo',
        genre: 'agreement',
        number: 'TIAS 19-305',
        language: 'en; ja',
        abstract: 'Line one.\nTY  - BOOK\nER  - ',
        keyword: expect.any(String),
        note: expect.stringMatching(/^Entered into force: 2019-06-01\/2019-06-30\. Status: in force/),
        URL: url,
      },
    ])
    await register.api
      .delete(`/v1/agreements/${(await register.api.get('/v1/agreements?reference=US/JP_2019.1')).body.items[0].id}`)
      .set('If-Match', '*')
      .expect(204)
  })

  test('as RIS has one record, whatever the texts contain', async () => {
    const agreement = await full()
    const lines = risOf(citationOf(agreement, url)).split('\r\n')
    expect(lines.at(-1)).toBe('')
    expect(lines.every((line) => line === '' || /^[A-Z][A-Z0-9]  - /.test(line))).toBe(true)
    expect(lines.filter((line) => /^(?:TY|ER)  -/.test(line))).toEqual(['TY  - LEGAL', 'ER  - '])
    expect(lines).toEqual(
      expect.arrayContaining(['AU  - United States', 'AU  - Japan', 'PY  - 2019', 'DA  - 2019/03/05/', 'CY  - Tokyo']),
    )
    expect(lines).toContain('AB  - Line one. TY - BOOK ER -')
  })

  test('as BibTeX escapes what LaTeX would interpret, and its braces match', async () => {
    const bibtex = bibtexOf(citationOf(await create({ title: 'On {a} 100% R&D_work, "50~60" \\ C# ^2 $x$' }), url))
    expect(bibtex).toContain(
      'title = {{On a 100\\% R\\&D\\_work, "50\\textasciitilde{}60" \\textbackslash{} C\\# \\textasciicircum{}2 \\$x\\$}}',
    )
    expect(bibtex).toContain('author = {{United States} and {Japan}}')
    let depth = 0
    for (const character of bibtex) {
      depth += character === '{' ? 1 : character === '}' ? -1 : 0
      expect(depth).toBeGreaterThanOrEqual(0)
    }
    expect(depth).toBe(0)
  })

  test.each([
    ['2019', [2019]],
    ['2019-10', [2019, 10]],
    ['2019-10-23', [2019, 10, 23]],
    ['2019-10-23/2019-10-27', [2019, 10]],
    ['2019/2020', []],
    ['2019/..', []],
    ['201X', []],
  ])('of an agreement that was signed %s has as much of the day as is known', async (date, parts) => {
    const { signed } = citationOf(await create({ dates: [{ event: 'signed', date }] }), url)
    expect(signed).toEqual(parts)
  })

  test('as JSON-LD names its parties, acts, sources and relations', async () => {
    const other = await create({ title: 'The amended one' })
    const agreement = await create({
      relations: [{ kind: 'amends', agreement: other.id }],
      sources: [{ key: 'gazette', title: 'The gazette', url: 'https://gazette.example/1' }],
      dates: [{ event: 'signed', date: '2019-03-05', source: 'gazette' }],
    })
    const at = (id: string) => `https://register.example/v1/agreements/${id}`
    expect(jsonLdOf(agreement, at, 'https://register.example/vocabulary')).toMatchObject({
      '@context': { '@vocab': 'https://schema.org/', entente: 'https://register.example/vocabulary#' },
      '@id': at(agreement.id),
      '@type': 'Legislation',
      legislationDate: '2019-03-05',
      legislationChanges: [{ '@id': at(other.id) }],
      'entente:party': [
        { 'entente:code': 'US', 'entente:side': 1 },
        { 'entente:code': 'JP', 'entente:side': 2 },
      ],
      'entente:act': [
        {
          'entente:event': 'signed',
          'entente:date': '2019-03-05',
          'entente:source': { name: 'The gazette', url: 'https://gazette.example/1' },
        },
      ],
    })
  })
})
