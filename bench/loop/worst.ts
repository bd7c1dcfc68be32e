/** The documents and bodies that cause the highest load within the limits of the API. */
import { domainRegistry } from '../../src/registry/research-domains/queries.ts'
import { signatoryRegistry } from '../../src/registry/signatories/queries.ts'
import { lifecycleEvents } from '../../src/agreements/time/lifecycle.ts'
import type { Database } from '../../src/database/connect.ts'

/** Maximum size of a body, in bytes. */
const maxSize = 2 * 1024 * 1024

/** A character of four bytes in UTF-8, and one that NFKD decomposes into eighteen characters. */
const [emoji, salutation] = ['😀', '\ufdfa']

const levels = 9
const chain = (root: string): string[] => Array.from({ length: levels }, (_, i) => (i === 0 ? root : `${root}-${i}`))
const lowest = (root: string): string => `${root}-${levels - 1}`
const roots = (side: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${side}${i}`)

/**
 * Two chains of signatories and one of domains with the longest names; a hundred chains of signatories with the maximum
 * number of aliases, each of 290 kana.
 */
export async function addWorstEntries(db: Database): Promise<void> {
  const signatoriesOf = (root: string, name: string, aliases: string[]) =>
    chain(root).map((code, i, all) => ({
      code,
      name,
      kind: i === 0 ? ('other' as const) : ('agency' as const),
      parent: all[i - 1] ?? null,
      aliases,
      identifiers: [],
      names: [],
      validFrom: null,
      validTo: null,
      predecessors: [],
    }))
  await signatoryRegistry.load(
    db,
    ['LONGA', 'LONGB'].flatMap((root) => signatoriesOf(root, emoji.repeat(300), [])),
  )
  const aliases = Array.from({ length: 100 }, (_, i) => `${i}${'あ'.repeat(290)}`)
  for (const root of [...roots('MANYA', 50), ...roots('MANYB', 50)]) {
    await signatoryRegistry.load(db, signatoriesOf(root, root, aliases))
  }
  const domain = (code: string, broader: string | null) => ({
    scheme: 'worst',
    code,
    label: emoji.repeat(300),
    broader: broader && `worst:${broader}`,
  })
  const above = Array.from({ length: levels - 1 }, (_, i) => `level${i}`)
  const nodes = above.map((code, i) => domain(code, above[i - 1] ?? null))
  await domainRegistry.load(db, [...nodes, ...leaves.map((leaf) => domain(leaf, above.at(-1)!))])
}

const leaves = Array.from({ length: 100 }, (_, i) => `leaf${i}`)

type Fields = Record<string, unknown>
export interface Body extends Fields {
  signatories: Fields[]
  dates: Fields[]
}

const few: Body = {
  title: 'An agreement',
  type: 'agreement',
  signatories: [
    { side: 1, signatory: 'US' },
    { side: 2, signatory: 'JP' },
  ],
  dates: [],
}

/** The longest lists, with the longest texts. */
const lists = (char: string): Body => {
  const text = (length: number) => char.repeat(length)
  const many = <Item>(length: number, item: (i: number) => Item) => Array.from({ length }, (_, i) => item(i))
  return {
    ...few,
    title: text(2000),
    summary: text(20_000),
    alternativeTitles: many(50, () => ({ language: 'zh-Hant', title: text(2000) })),
    languages: many(30, (i) => `x-${i}`.replace('x', 'en')),
    term: { length: 'P1M', atEnd: 'renews', renewal: { length: 'P1M', notice: 'P1M' } },
    identifiers: many(50, (i) => ({ scheme: `scheme-${i}`, value: text(200) })),
    documents: many(50, () => ({ title: text(500), url: `https://example.org/${'a'.repeat(1900)}` })),
    claims: many(100, () => ({ statement: text(2000), note: text(2000), source: 'source-0' })),
    statusStatements: many(100, (i) => ({ status: 'in_force', on: `${2100 + i}-01-01`, source: 'source-0' })),
    sources: many(200, (i) => ({ key: `source-${i}`, title: text(500), publisher: text(300), quote: text(5000) })),
    signatories: many(100, (i) => ({
      side: 1 + (i % 2),
      signatory: i % 2 === 0 ? 'US' : 'JP',
      representative: { name: text(300), office: text(500) },
      source: `source-${i}`,
    })),
    dates: many(500, (i) => ({
      event: lifecycleEvents[i % lifecycleEvents.length],
      occurrence: 1 + Math.floor(i / lifecycleEvents.length),
      date: `${1900 + (i % 100)}-01/${2000 + (i % 100)}-12`,
      effectiveDate: `${1900 + (i % 100)}-02/${2000 + (i % 100)}-11`,
      place: text(300),
      note: text(2000),
      source: `source-${i % 190}`,
    })),
  }
}

const sizeOf = (body: unknown): number => Buffer.byteLength(JSON.stringify(body))

/** Shortens the long texts of a body to a share of their length. */
const cutTo = (body: Body, share: number): Body =>
  JSON.parse(
    JSON.stringify(body, (key, value: unknown) => {
      if (typeof value !== 'string' || value.length <= 100 || key === 'url') return value
      const letters = Array.from(value)
      return letters.slice(0, Math.max(1, Math.floor(share * letters.length))).join('')
    }),
  ) as Body

/** Shortens the texts of a body so that it has the maximum size. */
function cut(body: Body): Body {
  let [low, high] = [0, 1]
  if (sizeOf(body) <= maxSize) return body
  for (let i = 0; i < 12; i += 1) {
    const middle = (low + high) / 2
    if (sizeOf(cutTo(body, middle)) <= maxSize) low = middle
    else high = middle
  }
  return cutTo(body, low)
}

const deep = (body: Body): Body => ({
  ...body,
  signatories: Array.from({ length: 100 }, (_, i) => ({
    side: 1 + (i % 2),
    signatory: lowest(i % 2 === 0 ? 'LONGA' : 'LONGB'),
  })),
  dates: body.dates.map((date) => ({ ...date, signatory: lowest('LONGA') })),
  researchDomains: leaves.map((leaf) => `worst:${leaf}`),
})

/** Acts that all affect the status: entries into force, suspensions and ends alternately, each with the next occurrence. */
const acts = (date: (i: number) => string): Fields[] =>
  Array.from({ length: 500 }, (_, i) => ({
    event: ['entered_into_force', 'suspended', 'resumed', 'denounced', 'extended'][i % 5],
    occurrence: 1 + Math.floor(i / 5),
    date: date(i),
  }))

/** Documents, by what is large in them. */
export const worst: Record<string, () => Body> = {
  'texts of ASCII': () => cut(lists('a')),
  'texts of emoji': () => cut(lists(emoji)),
  'texts of quotes': () => cut(lists('"')),
  'texts that NFKD makes long': () => cut(lists(salutation)),
  'long names in the registry': () => cut(deep(lists(emoji))),
  'lists of short texts': () => cutTo(lists('a'), 0),
  '500 rivals of one act': () => ({
    ...few,
    dates: Array.from({ length: 500 }, (_, i) => ({ event: 'signed', date: '2000', place: `Place ${i}` })),
  }),
  '500 acts that count': () => ({
    ...few,
    term: { length: 'P1M', atEnd: 'renews', renewal: { length: 'P1M', notice: 'P1M' } },
    dates: acts((i) => `${1500 + i}-01-01`),
  }),
  '500 acts of imprecise days': () => ({
    ...few,
    term: { length: 'P1M', atEnd: 'ends' },
    dates: acts((i) => `${1500 + i}/${2000 + i}`),
  }),
  '100 signatories with all aliases': () => ({
    ...few,
    signatories: [...roots('MANYA', 50), ...roots('MANYB', 50)].map((root, i) => ({
      side: i < 50 ? 1 : 2,
      signatory: lowest(root),
    })),
    researchDomains: leaves.map((leaf) => `worst:${leaf}`),
  }),
}

const repeated = (piece: string, around: [string, string] = ['', '']): string =>
  around[0] +
  Array.from({ length: Math.floor((maxSize - 100) / (piece.length + 1)) }, () => piece).join(',') +
  around[1]

const numbered = (piece: (i: number) => string, around: [string, string], max = Infinity): string => {
  let text = around[0]
  for (let i = 0; i < max && text.length < maxSize - 200; i += 1) text += (i === 0 ? '' : ',') + piece(i)
  return text + around[1]
}

const wrong = (over: Fields): string => JSON.stringify({ ...few, ...over })

/** Bodies that are refused, by what is wrong with them, with the status of the response. */
export const refused: Record<string, () => { body: string; status: number }> = {
  'not JSON, at its end': () => ({ body: repeated('[1,2]', ['[', '']), status: 413 }),
  'one string': () => ({ body: `"${'a'.repeat(maxSize - 2)}"`, status: 400 }),
  'a title of emoji': () => ({ body: wrong({ title: emoji.repeat(520_000) }), status: 400 }),
  'a title of backslashes': () => ({ body: `{"title":"${'\\\\'.repeat(1_000_000)}"}`, status: 400 }),
  'a title of escaped quotes': () => ({ body: `{"title":"${'\\"'.repeat(1_000_000)}"}`, status: 400 }),
  'a title of spaces': () => ({ body: wrong({ title: ' '.repeat(2_000_000) }), status: 400 }),
  'empty objects': () => ({ body: repeated('{}', ['[', ']']), status: 413 }),
  'empty objects nested': () => ({ body: repeated('[[[[[[[[[[{}]]]]]]]]]]', ['[', ']']), status: 413 }),
  'unknown fields': () => ({ body: numbered((i) => `"a${i}":1`, ['{', '}']), status: 413 }),
  'fields that are numbers': () => ({ body: numbered((i) => `"${i * 7919}":1`, ['{', '}']), status: 413 }),
  'fields with escapes': () => ({ body: numbered((i) => `"\\u0061${i}":1`, ['{', '}']), status: 413 }),
  '500 fields each in 98 objects': () => ({
    body: numbered(
      (n) => `{${Array.from({ length: 500 }, (_, i) => `"a${n}a${i}":${'1'.repeat(28)}`).join(',')}}`,
      ['[', ']'],
      98,
    ),
    status: 400,
  }),
  'a field each in 9990 objects': () => ({
    body: numbered((i) => `{"a${i}":${'1'.repeat(190)}}`, ['[', ']'], 9_990),
    status: 400,
  }),
  'a field each in 24900 objects': () => ({
    body: numbered((i) => `{"a${i}":${'1'.repeat(70)}}`, ['[', ']'], 24_900),
    status: 413,
  }),
  'one field twice': () => ({ body: numbered((i) => `"a${i}":1`, ['{', ',"a0":1}']), status: 413 }),
  'dates without fields': () => ({ body: wrong({ dates: Array.from({ length: 500 }, () => ({})) }), status: 400 }),
  'lists of empty objects': () => ({
    body: wrong(
      Object.fromEntries(
        Object.entries({ dates: 500, sources: 200, signatories: 100, claims: 100, documents: 50, relations: 100 }).map(
          ([name, length]) => [name, Array.from({ length }, () => ({}))],
        ),
      ),
    ),
    status: 400,
  }),
  'dates with unknown fields': () => ({
    body: wrong({
      dates: Array.from({ length: 500 }, () => Object.fromEntries(Array.from({ length: 380 }, (_, i) => [`a${i}`, 1]))),
    }),
    status: 413,
  }),
  'a list that is too long': () => ({
    body: wrong({ dates: Array.from({ length: 600_000 }, () => ({})) }),
    status: 413,
  }),
  'a hundred lists that are too long': () => ({
    body: wrong({ languages: Array.from({ length: 100_000 }, () => 'a') }),
    status: 413,
  }),
  'invalid dates': () => ({
    body: wrong({
      dates: Array.from({ length: 500 }, () => ({
        event: 'sined',
        date: '2019-13-45/2019-02-3x?~%[]{},/',
        effectiveDate: '?',
      })),
    }),
    status: 400,
  }),
  '700 unknown codes': () => ({
    body: wrong({
      signatories: Array.from({ length: 100 }, (_, i) => ({
        side: 1 + (i % 2),
        signatory: `Ministry-of-Nothing-${i}`.padEnd(90, 'x'),
      })),
      dates: Array.from({ length: 500 }, (_, i) => ({
        event: 'signed',
        date: '2019',
        signatory: `Bureau-of-Everything-${i}`.padEnd(90, 'y'),
      })),
      researchDomains: Array.from({ length: 100 }, (_, i) => `theme:flooded-${i}`),
    }),
    status: 422,
  }),
  'everything twice': () => ({
    body: wrong({
      sources: Array.from({ length: 200 }, () => ({ key: 'a', title: 'a' })),
      identifiers: Array.from({ length: 50 }, () => ({ scheme: 'a', value: 'a' })),
      dates: Array.from({ length: 500 }, () => ({ event: 'signed', date: '2019', preferred: true, source: 'b' })),
    }),
    status: 422,
  }),
}
