import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { NewAgreement } from '../../src/agreements/schemas.ts'
import type { Draft as AnyDraft, DraftInput } from '../../src/drafts/schemas.ts'

export interface Draft extends Omit<AnyDraft, 'agreement'> {
  agreement: NewAgreement | null
}

/** What is right for a text, as `texts.yaml` has it; null when it tells of no agreement. */
interface Right {
  type: string
  binding?: string
  signatories: string[]
  dates: string[]
  term?: Record<string, unknown>
  entryIntoForce?: Record<string, unknown>
  extension?: Record<string, unknown>
  representatives?: string[]
  domains?: string[]
  claims?: string[]
}

export interface Text extends DraftInput {
  name: string
  right: Right | null
}

const textsIn = (file: string): Text[] =>
  (parse(readFileSync(new URL(`${file}.yaml`, import.meta.url), 'utf8')) as Text[]).map((one) => ({
    ...one,
    text: one.text.trim(),
  }))

/** Written before the rules. */
export const texts = textsIn('texts')

/** Written after the rules, before they were tried on them. */
export const more = textsIn('more')

export const fields = [
  'agreement',
  'type',
  'binding',
  'signatories',
  'dates',
  'places',
  'term',
  'representatives',
  'domains',
  'claims',
] as const
export type Field = (typeof fields)[number]

type Answers = Record<Field, string[]>

const none = (): Answers => Object.fromEntries(fields.map((field) => [field, [] as string[]])) as Answers

/** The leaves of an object, as `path=value`. */
const leaves = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, one]) => leaves(one, `${path}/${name}`))
    : [`${path}=${String(value)}`]

/** Defaults that a write adds where the text says nothing. */
const defaults = /=null$|runsFrom=entry_into_force|exit\/from=any|takesEffect=at_once|renewal\/most/

function rightAnswers({ right }: Text): Answers {
  const answers = none()
  if (right === null) return answers
  const dates = right.dates.map((text) => /^(\S+ \S+(?: effective \S+)?)(?: at (.+))?$/.exec(text)!)
  return {
    agreement: ['an agreement'],
    type: [right.type],
    binding: right.binding ? [right.binding] : [],
    signatories: right.signatories,
    dates: dates.map(([, date]) => date!),
    places: dates.flatMap(([, date, place]) => (place ? [`${date!.split(' ', 1)[0]} at ${place}`] : [])),
    term: [
      ...leaves(right.term ?? {}, '/term'),
      ...leaves(right.entryIntoForce ?? {}, '/entryIntoForce'),
      ...leaves(right.extension ?? {}, '/extension'),
    ],
    representatives: right.representatives ?? [],
    domains: right.domains ?? [],
    claims: right.claims ?? [],
  }
}

function answersOf({ agreement }: Draft): Answers {
  const answers = none()
  if (agreement === null) return answers
  const { dates, term, entryIntoForce } = agreement
  const written = (value: unknown, path: string) => leaves(value ?? {}, path).filter((leaf) => !defaults.test(leaf))
  return {
    agreement: ['an agreement'],
    type: [agreement.type],
    binding: agreement.binding === 'unknown' ? [] : [agreement.binding],
    signatories: agreement.signatories.map(({ signatory }) => signatory),
    dates: dates.map(
      ({ event, date, effectiveDate }) => `${event} ${date}${effectiveDate ? ` effective ${effectiveDate}` : ''}`,
    ),
    places: dates.flatMap(({ event, place }) => (place ? [`${event} at ${place}`] : [])),
    term: [
      ...written(term, '/term'),
      ...written(entryIntoForce, '/entryIntoForce'),
      ...dates.flatMap(({ extension }) => written(extension, '/extension')),
    ],
    representatives: agreement.signatories.flatMap(({ representative }) => representative?.name ?? []),
    domains: agreement.researchDomains,
    claims: agreement.claims.map(({ statement }) => statement),
  }
}

/** Of a field: what the texts say, what of it was found, and what else was proposed. */
export interface Count {
  said: number
  found: number
  wrong: number
}

export function countInto(counts: Record<Field, Count>, text: Text, draft: Draft): string[] {
  const [right, given] = [rightAnswers(text), answersOf(draft)]
  const faults: string[] = []
  for (const field of fields) {
    const found = right[field].filter((value) => given[field].includes(value))
    const wrong = given[field].filter((value) => !right[field].includes(value))
    counts[field].said += right[field].length
    counts[field].found += found.length
    counts[field].wrong += wrong.length
    for (const value of right[field])
      if (!found.includes(value)) faults.push(`${text.name} ${field}: not found: ${value}`)
    for (const value of wrong) faults.push(`${text.name} ${field}: wrong: ${value}`)
  }
  return faults
}

export const noCounts = (): Record<Field, Count> =>
  Object.fromEntries(fields.map((field) => [field, { said: 0, found: 0, wrong: 0 }])) as Record<Field, Count>
