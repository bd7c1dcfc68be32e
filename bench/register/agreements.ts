import { numbers } from '../../test/support/skewed.ts'
import {
  bindingAt,
  bodyOf,
  domainAt,
  frequent,
  partyAt,
  places,
  sentences,
  subjects,
  termAt,
  typeAt,
} from './vocabulary.ts'

/**
 * Four digits of ids and texts by which copies of an agreement differ: no id, word or number has these letters otherwise.
 * In the `n`th copy they are `n`.
 */
export const mark = 'dfbc'

/** The number of different agreements; a larger register has copies of them: see `multiply.ts`. */
export const prototypes = 5_000

/** Words that every 250th and every 10th agreement of the first copy has, and no other: a rare one, and one for a ranked search. */
export const wordOf = {
  rare: { every: 250, word: `programme${mark}` },
  ranked: { every: 10, word: `series${mark}` },
} as const

const idOf = (kind: string, part: number, i: number): string =>
  `019a${mark}-${kind}-7000-8${String(part).padStart(3, '0')}-${String(i).padStart(12, '0')}`

const padded = (n: number): string => String(n).padStart(2, '0')

/** An agreement as a client would write it, with its ids. */
export interface Prototype {
  id: string
  body: object
}

/** The `i`th agreement; the same in every run. The skew is that of real registers. */
export function prototype(i: number, today: string): Prototype {
  const random = numbers(i + 1)
  for (let skipped = 0; skipped < 3; skipped += 1) random()
  const one = partyAt(random())
  let other = one
  while (other === one) other = partyAt(random())
  const ally = i % 20 === 7 ? frequent.find((code) => code !== one && code !== other) : undefined
  const subject = subjects[Math.floor(random() ** 2 * subjects.length)]!
  const type = typeAt(random())
  const { sources, dates } = datesOf(random, one, today)
  const signatories = [
    { side: 1, signatory: bodyOf(one, random()), representative: null as object | null },
    { side: 2, signatory: bodyOf(other, random()), representative: null as object | null },
    ...(ally ? [{ side: 1 + (i % 3 === 0 ? 1 : 0), signatory: ally, representative: null }] : []),
  ]
  if (random() < 0.3) signatories[1]!.representative = { name: 'Hanako Yamada', office: 'Ambassador' }
  const body = {
    title: titleOf(i, type, one, other, subject),
    type,
    binding: bindingAt(random()),
    reference: random() < 0.1 ? `REG-${mark}-${i}` : null,
    summary: summaryOf(i, random, subject),
    languages: random() < 0.5 ? ['en', 'fr'] : [],
    term: termAt(random()),
    signatories: signatories.map((signature, n) => ({ id: idOf('0001', n, i), ...signature })),
    dates: dates.map((date, n) => ({ id: idOf('0002', n, i), ...date })),
    researchDomains: [
      ...new Set(random() < 0.6 ? [domainAt(random()), domainAt(random())].slice(i % 3 === 0 ? 0 : 1) : []),
    ],
    collection: i % 25 === 3 ? 'bench-some' : i % 100 === 11 ? null : 'bench-all',
    identifiers: random() < 0.5 ? [{ scheme: 'bench', value: `${mark}-${i}` }] : [],
    sources,
    claims:
      random() < 0.02 ? [{ statement: 'It is the first of its kind.', source: null, assessment: 'unverified' }] : [],
    statusStatements: i % 50 === 3 ? [{ status: i % 200 === 3 ? 'terminated' : 'in_force', on: '2024-02-28' }] : [],
  }
  return { id: idOf('0000', 0, i), body }
}

const titleOf = (i: number, type: string, one: string, other: string, subject: string): string => {
  const name = type.replaceAll('_', ' ')
  const programme = i % wordOf.rare.every === 1 ? `, ${wordOf.rare.word}` : ''
  const series = i % (2 * wordOf.ranked.every) === 1 ? `, ${wordOf.ranked.word}` : ''
  return `${name[0]!.toUpperCase()}${name.slice(1)} between ${one} and ${other} on ${subject} no. ${mark}-${i}${programme}${series}`
}

function summaryOf(i: number, random: () => number, subject: string): string | null {
  const series = i % (2 * wordOf.ranked.every) === wordOf.ranked.every + 1
  if (random() > 0.4 && !series) return null
  const from = Math.floor(random() * sentences.length)
  const own = sentences.slice(from, from + 1 + Math.floor(random() * 3))
  return `On ${subject}${series ? `, ${wordOf.ranked.word}` : ''}. ${own.join(' ')}`
}

/** Its dates, most of them in recent decades, and the sources that give them. */
function datesOf(random: () => number, party: string, today: string): { dates: object[]; sources: object[] } {
  const last = Number(today.slice(0, 4))
  const year = Math.floor(last - 170 * random() ** 3)
  const signed = `${year}-${padded(1 + Math.floor(random() * 12))}-${padded(1 + Math.floor(random() * 28))}`
  const forceYear = year + Math.floor(random() * 4) - (random() < 0.02 ? 1 : 0)
  const source = random() < 0.6 ? 'gazette' : null
  const place = places[Math.floor(random() ** 2 * places.length)]
  const force = `${forceYear}-${padded(1 + Math.floor(random() * 12))}-${padded(1 + Math.floor(random() * 28))}`
  const signature = { event: 'signed', date: random() < 0.1 ? String(year) : signed, place, source, preferred: true }
  const otherwise = random() < 0.05 ? [{ event: 'signed', date: `${year}-11-30`, preferred: false }] : []
  const dates = [
    ...(random() < 0.04 ? [] : [signature, ...otherwise]),
    ...(random() < 0.55 ? [{ event: 'entered_into_force', date: force, source }] : []),
    ...(random() < 0.2 ? [{ event: 'ratified', signatory: party, date: `${forceYear}-01` }] : []),
    ...(random() < 0.12 ? [{ event: 'terminated', date: String(forceYear + 5 + Math.floor(random() * 20)) }] : []),
  ]
  const gazette = {
    key: 'gazette',
    title: 'Treaty series',
    publisher: 'Ministry of Foreign Affairs',
    publishedOn: String(year),
  }
  return { dates, sources: source === null ? [] : [gazette] }
}
