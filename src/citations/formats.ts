import { type Citation, padded } from './citation.ts'

/** CSL-JSON, which Zotero and Pandoc read: a list of one item of type `treaty`. https://citationstyles.org */
export const cslOf = ({ key, title, parties, signed, place, type, ...citation }: Citation): object[] => [
  {
    id: key,
    type: 'treaty',
    title,
    author: parties.map((literal) => ({ literal })),
    ...(signed.length > 0 && { issued: { 'date-parts': [signed] } }),
    ...(place !== null && { 'event-place': place }),
    genre: type,
    ...(citation.numbers.length > 0 && { number: citation.numbers.join('; ') }),
    ...(citation.languages.length > 0 && { language: citation.languages.join('; ') }),
    ...(citation.summary !== null && { abstract: citation.summary }),
    ...(citation.domains.length > 0 && { keyword: citation.domains.join(', ') }),
    note: citation.notes.join(' '),
    URL: citation.url,
  },
]

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** RIS, which EndNote, Mendeley and Zotero read. A line ends with CR LF. */
export function risOf(citation: Citation): string {
  const { signed, place } = citation
  const date = padded(signed)
  const lines: [tag: string, value: string | null | undefined][] = [
    ['TY', 'LEGAL'],
    ['ID', citation.key],
    ['TI', citation.title],
    ...citation.parties.map((party): [string, string] => ['AU', party.replaceAll(',', '')]),
    ['PY', date[0]],
    ['DA', date.length > 0 ? `${[...date, '', ''].slice(0, 3).join('/')}/` : null],
    ['CY', place],
    ['M3', citation.type],
    ...citation.numbers.map((number): [string, string] => ['M1', number]),
    ...citation.languages.map((language): [string, string] => ['LA', language]),
    ...citation.domains.map((domain): [string, string] => ['KW', domain]),
    ['AB', citation.summary],
    ['N1', citation.notes.join(' ')],
    ['UR', citation.url],
  ]
  const written = lines.flatMap(([tag, value]) => (value ? [`${tag}  - ${oneLine(value)}`] : []))
  return `${[...written, 'ER  - '].join('\r\n')}\r\n`
}

const latex: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
}

/** Text for a BibTeX value in UTF-8; braces are removed because those of a value must match. */
const inLatex = (text: string): string =>
  oneLine(text)
    .replaceAll(/[{}]/g, '')
    .replaceAll(/[\\~^]|[&%$#_]/g, (one) => latex[one] ?? `\\${one}`)

/** BibTeX. The title and the parties are in two pairs of braces, so that no style changes their letter case or order. */
export function bibtexOf(citation: Citation): string {
  const { signed, place, numbers, summary, languages, domains } = citation
  const [year, month, day] = padded(signed)
  const fields: [name: string, value: string | null | undefined][] = [
    ['title', `{${inLatex(citation.title)}}`],
    ['author', citation.parties.map((party) => `{${inLatex(party)}}`).join(' and ')],
    ['year', year],
    ['month', month && String(Number(month))],
    ['day', day && String(Number(day))],
    ['address', place && inLatex(place)],
    ['howpublished', inLatex(citation.type)],
    ['number', inLatex(numbers.join('; '))],
    ['language', inLatex(languages.join('; '))],
    ['keywords', inLatex(domains.map((domain) => domain.replaceAll(',', '')).join(', '))],
    ['abstract', summary && inLatex(summary)],
    ['note', inLatex(citation.notes.join(' '))],
    ['url', citation.url],
  ]
  const written = fields.flatMap(([name, value]) => (value ? [`  ${name} = {${value}}`] : []))
  return `@misc{${citation.key},\n${written.join(',\n')}\n}\n`
}
