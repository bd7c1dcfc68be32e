import { readRows } from '../../src/shared/csv.ts'
import { domains } from '../../test/support/skewed.ts'
import { byWeight } from './random.ts'

/** The parties of most agreements, the most frequent first; all other states share a quarter of the signatures. */
export const frequent =
  'US GB FR DE EU RU CN JP IN IT ES CA NL SE CH BR AU KR MX PL AT BE NO DK FI TR AR ZA EG SUHH ID TH VN MY NZ CL PT GR IE HU RO BG UA KZ NG KE CO PE IL SA'.split(
    ' ',
  )
const others = readRows('vocabularies/states.csv').flatMap(({ code }) => (frequent.includes(code!) ? [] : [code!]))
const weights = frequent.map((_, rank) => 1 / (rank + 2))
const restWeight = weights.reduce((sum, weight) => sum + weight, 0) / 3 / others.length

export const partyAt = byWeight([
  ...frequent.map((code, rank) => [code, weights[rank]!] as const),
  ...others.map((code) => [code, restWeight] as const),
])

const offices = ['Ministry of Science', 'Space Agency', 'Ministry of Health', 'Maritime Authority']

/** Bodies under the thirty most frequent parties. */
export const agencies = frequent
  .slice(0, 30)
  .filter((parent) => parent !== 'SUHH')
  .flatMap((parent) => offices.map((name, i) => ({ code: `${parent}-X${i + 1}`, name, parent, kind: 'agency' })))
const agencyCodes = new Set(agencies.map(({ code }) => code))

/** The party itself, or in one of ten cases one of its bodies, if it has any. */
export const bodyOf = (party: string, random: number): string => {
  const code = `${party}-X${Math.floor(random * 40) + 1}`
  return agencyCodes.has(code) ? code : party
}

export const typeAt = byWeight([
  ['agreement', 40],
  ['exchange_of_notes', 20],
  ['memorandum_of_understanding', 18],
  ['treaty', 8],
  ['protocol', 6],
  ['convention', 4],
  ['arrangement', 3],
  ['letter_of_intent', 0.5],
  ['minutes', 0.5],
])

export const bindingAt = byWeight([
  ['binding', 70],
  ['unknown', 25],
  ['non_binding', 5],
])

export const domainAt = byWeight(domains)

export const termAt = byWeight<object | null>([
  [null, 75],
  [{ length: 'P60M', atEnd: 'renews', renewal: { length: 'P12M', notice: 'P6M' } }, 18],
  [{ length: 'P36M', atEnd: 'ends' }, 7],
])

/** Subjects, the most frequent first, and the places and sentences of texts. */
export const subjects =
  'trade;air services;double taxation;fisheries;visas;scientific and technical cooperation;health;economic cooperation;investment;extradition;defence;culture;education;customs;maritime transport;road transport;nuclear energy;water;agriculture;telecommunications;space;the environment;social security;tourism;civil protection;floods;forestry;meteorology;standards;archives'.split(
    ';',
  )
export const places = 'Washington;London;Paris;Berlin;Brussels;Moscow;Beijing;Tokyo;New Delhi;Rome;Ottawa;Geneva'.split(
  ';',
)
export const sentences = [
  'The parties encourage cooperation between their institutions, including exchanges of experts and of information.',
  'A joint committee meets once a year, alternately in each of the two countries.',
  'Each party bears its own costs unless another arrangement is made in writing.',
  'Disputes about its interpretation are settled by consultation.',
  'It replaces earlier arrangements on the same subject and leaves rights acquired under them unaffected.',
  'Personnel, equipment and data may cross the border for exercises and in emergencies.',
]
