import { collectionRegistry } from '../../src/registry/collections/queries.ts'
import { signatoryRegistry } from '../../src/registry/signatories/queries.ts'
import { signatoryOf } from '../../src/programs/vocabularies.ts'
import type { Database } from '../../src/database/connect.ts'
import { addInBulk, type Bulk, numberedId } from './bulk.ts'
import { type Query, withPeriods } from './naive.ts'
import type { Template } from './register.ts'

/** Pseudo-random numbers from 0 to 1 that are the same in every run (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** The first of these are parties to a third of all agreements, as in real registers; the last ones to a few. */
const parties =
  'US GB FR DE EU RU CN JP IN IT ES CA NL SE CH BR AU KR MX PL AT BE NO DK FI TR AR ZA EG SUHH ID TH VN MY NZ CL PT GR IE HU RO BG UA KZ NG KE CO PE IL SA'.split(
    ' ',
  )
const offices = ['Ministry of Science', 'Space Agency', 'Ministry of Health', 'Maritime Authority']
const agencies = parties
  .slice(0, 30)
  .flatMap((parent) => offices.map((name, i) => ({ code: `${parent}-X${i + 1}`, name, parent })))

const types: [string, number][] = [
  ['agreement', 40],
  ['exchange_of_notes', 20],
  ['memorandum_of_understanding', 18],
  ['treaty', 8],
  ['protocol', 6],
  ['convention', 4],
  ['arrangement', 3],
  ['letter_of_intent', 0.5],
  ['minutes', 0.5],
]
export const domains: [string, number][] = [
  ['ford:2', 20],
  ['ford:1.5', 15],
  ['ford:1', 10],
  ['theme:public-safety-and-security', 8],
  ['ford:3', 8],
  ['theme:disaster-resilience', 5],
  ['ford:5.4', 5],
  ['theme:flooding', 2],
  ['theme:infectious-disease-control', 1],
  ['theme:fire', 0.2],
]
/** All agreements but a few are in one collection, as after an import. */
const collections = ['all', 'some', 'few']
const collectionOf = (i: number): string | null =>
  i % 1000 === 7 ? 'few' : i % 25 === 3 ? 'some' : i % 100 === 11 ? null : 'all'
const matters = ['trade', 'air services', 'double taxation', 'fisheries', 'visas', 'research', 'health', 'floods']

/** Picks one of several weighted values. */
function weighted<Value>(values: readonly (readonly [Value, number])[], at: number): Value {
  const sum = values.reduce((total, [, weight]) => total + weight, 0)
  let left = at * sum
  return (values.find(([, weight]) => (left -= weight) < 0) ?? values.at(-1)!)[0]
}

const byRank = parties.map((code, rank): [string, number] => [code, 1 / (rank + 2)])
const byRankOrAny = (random: () => number) => (): string =>
  random() < 0.7 ? weighted(byRank, random()) : parties[Math.floor(random() * parties.length)]!

const padded = (n: number): string => String(n).padStart(2, '0')

/** The `i`th agreement of a register with the skew of real registers. */
function agreement(i: number, random: () => number): Bulk {
  const one = weighted(byRank, random())
  let other = one
  while (other === one) other = weighted(byRank, random())
  const ally = i % 20 === 7 ? parties.find((code) => code !== one && code !== other) : undefined
  const body = (party: string): string => {
    const office = Math.floor(random() * 40)
    return office < offices.length && parties.indexOf(party) < 30 ? `${party}-X${office + 1}` : party
  }
  const year = Math.floor(2026 - 170 * random() ** 3)
  const day = `${year}-${padded(1 + Math.floor(random() * 12))}-${padded(1 + Math.floor(random() * 28))}`
  const forceYear = year + Math.floor(random() * 4) - (random() < 0.02 ? 1 : 0)
  const matter = matters[Math.floor(random() ** 2 * matters.length)]
  const type = weighted(types, random())
  return {
    id: numberedId(i),
    body: {
      title: `${type.replaceAll('_', ' ')} between ${one} and ${other} on ${matter} no. ${i}`,
      type,
      binding: weighted(
        [
          ['binding', 70],
          ['unknown', 25],
          ['non_binding', 5],
        ],
        random(),
      ),
      reference: random() < 0.1 ? `REG-${i}` : null,
      summary: random() < 0.3 ? `Joint work on ${matter}, with a committee that meets once a year.` : null,
      term: weighted<object | null>(
        [
          [null, 75],
          [{ length: 'P60M', atEnd: 'renews', renewal: { length: 'P12M', notice: 'P6M' } }, 18],
          [{ length: 'P36M', atEnd: 'ends' }, 7],
        ],
        random(),
      ),
      signatories: [
        { side: 1, signatory: body(one) },
        { side: 2, signatory: body(other) },
        ...(ally ? [{ side: 1 + (i % 3 === 0 ? 1 : 0), signatory: ally }] : []),
      ],
      dates: [
        ...(random() < 0.04 ? [] : [{ event: 'signed', date: random() < 0.1 ? String(year) : day }]),
        ...(random() < 0.55 ? [{ event: 'entered_into_force', date: `${forceYear}-02-01` }] : []),
        ...(random() < 0.2 ? [{ event: 'ratified', signatory: one, date: `${forceYear}-01` }] : []),
        ...(random() < 0.12 ? [{ event: 'terminated', date: String(forceYear + 5 + Math.floor(random() * 20)) }] : []),
      ],
      researchDomains: random() < 0.6 ? [weighted(domains, random())] : [],
      collection: collectionOf(i),
      identifiers: random() < 0.5 ? [{ scheme: 'unts', value: String(i) }] : [],
      statusStatements:
        i % 50 === 3 ? [{ status: i % 200 === 3 ? 'terminated' : 'in_force', on: `20${20 + (i % 7)}-02-28` }] : [],
    },
  }
}

function* skewed(many: number): Generator<Bulk> {
  const random = numbers(1)
  for (let i = 0; i < many; i += 1) yield agreement(i, random)
}

/** Fills a register with `many` agreements with the skew of real registers; the same in every run. */
export async function addSkewed(db: Database, many: number, today: string): Promise<void> {
  await signatoryRegistry.load(
    db,
    agencies.map((agency) => signatoryOf({ ...agency, kind: 'agency' })),
  )
  await collectionRegistry.load(
    db,
    collections.map((code) => ({
      code,
      name: code,
      publisher: null,
      url: null,
      licence: null,
      asOf: null,
      note: null,
      listed: true,
    })),
  )
  await addInBulk(db, skewed(many), today)
  await db.query({ name: 'analyze', text: 'analyze' })
}

/** A template with `many` such agreements. */
export const skewedRegister = (many: number, today: string): Template => ({
  name: `skewed_${many}`,
  makers: ['test/support/skewed.ts', 'test/support/bulk.ts'],
  fill: (db) => addSkewed(db, many, today),
})

/** Random queries for such a register: one to four filters, often with a sort; the same for the same seed. */
export function* combinations(seed: number): Generator<Query> {
  const random = numbers(seed)
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!
  const party = byRankOrAny(random)
  const day = () => `${Math.floor(2030 - 190 * random() ** 2)}-0${1 + Math.floor(random() * 9)}-15`
  const soon = () => `20${20 + Math.floor(random() * 20)}-06-15`
  const two = (value: () => string): string[] => (random() < 0.7 ? [value()] : [...new Set([value(), value()])])
  const commonOrAny = (values: [string, number][]) => () =>
    random() < 0.6 ? weighted(values, random()) : pick(values)[0]
  const standing = () => pick(['signed', 'in_force', 'terminated', 'unknown', 'suspended'])
  const basis = () => pick(['recorded', 'recorded', 'stated', 'presumed', 'presumed'])
  const filters: Record<string, () => Query> = {
    q: () => ({ q: pick(['trade', 'fisheries', 'taxation', 'visas', 'committee', '"on trade"']) }),
    party: () => ({ party: two(party) }),
    pair: () => ({ pair: pick(['US,GB', 'DE,FR', 'KR,US', 'NL,PE', 'SA,IL', 'EU,CH']) }),
    signatory: () => ({ signatory: random() < 0.5 ? party() : pick(agencies).code }),
    partyKind: () => ({ partyKind: two(() => pick(['state', 'former_state', 'supranational_body', 'territory'])) }),
    kinds: () => ({
      kinds: two(() => pick(['state,state', 'state,supranational_body', 'territory,state', 'state,mixed'])),
    }),
    researchDomain: () => ({ researchDomain: commonOrAny(domains)() }),
    collection: () => ({ collection: two(() => pick(collections)) }),
    type: () => ({ type: two(commonOrAny(types)) }),
    binding: () => ({ binding: pick(['binding', 'non_binding', 'unknown']) }),
    status: () => ({ status: two(standing) }),
    statusOn: () => ({ status: standing(), on: day() }),
    statusBasis: () => ({ statusBasis: two(basis) }),
    basisOn: () => ({ statusBasis: two(basis), on: day() }),
    inForceOn: () => ({ inForceOn: day() }),
    signedFrom: () => ({ signedFrom: day() }),
    signedTo: () => ({ signedTo: day() }),
    event: () => ({ event: two(() => pick(['entered_into_force', 'terminated', 'signed', 'ratified', 'suspended'])) }),
    eventFrom: () => ({ eventFrom: day() }),
    eventTo: () => ({ eventTo: day() }),
    expiresFrom: () => ({ expiresFrom: soon() }),
    expiresTo: () => ({ expiresTo: soon() }),
    updatedSince: () => ({ updatedSince: pick(['2025-01-01T00:00:00Z', '2026-06-01T00:00:00Z']) }),
    warning: () => ({ warning: pick(['no_signature_date', 'in_force_before_signature', 'stated_status_differs']) }),
  }
  const sorts = ['-signed', 'signed', 'title', '-title', '-updated', 'updated', 'expires']
  for (;;) {
    const chosen = Array.from({ length: 1 + Math.floor(random() * 4) }, () => filters[pick(Object.keys(filters))]!())
    yield withPeriods(Object.assign({}, ...chosen, random() < 0.5 ? { sort: pick(sorts) } : {}) as Query)
  }
}
