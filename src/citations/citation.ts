import { lifeOfDocument } from '../agreements/publication/life.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { timelineOf } from '../agreements/time/timeline.ts'

/** What every citation says of an agreement, whatever its format. */
export interface Citation {
  /** A short key of letters, digits and hyphens: its reference or, without one, its id. */
  key: string
  title: string
  /** The names of its parties, those of side 1 first. */
  parties: string[]
  /** The year, month and day of signature, as far as they are known; empty when the year is not. */
  signed: number[]
  /** Where it was signed; null when unknown. */
  place: string | null
  /** Its type in words: `memorandum of understanding`. */
  type: string
  summary: string | null
  languages: string[]
  /** Its numbers: `TIAS 04-601`. */
  numbers: string[]
  domains: string[]
  /** The day of entry into force in words, and the status on the day of the document. */
  notes: string[]
  /** The address of the agreement in the register. */
  url: string
}

const inWords = (name: string): string => name.replaceAll('_', ' ')

/** @param url the address of the agreement */
export function citationOf(agreement: Agreement, url: string): Citation {
  const { signature, entry } = timelineOf(lifeOfDocument(agreement))
  const signing = agreement.dates.find(({ preferred, event }) => preferred && event === 'signed')
  return {
    key: agreement.reference?.replaceAll(/[^A-Za-z0-9]+/g, '-') ?? agreement.id,
    title: agreement.title,
    parties: agreement.parties.toSorted((a, b) => a.side - b.side).map(({ name }) => name),
    signed: signature ? sharedParts(signature.first, signature.last) : [],
    place: signing?.place ?? null,
    type: inWords(agreement.type),
    summary: agreement.summary,
    languages: agreement.languages,
    numbers: agreement.identifiers.map(({ scheme, value }) => `${scheme.toUpperCase()} ${value}`),
    domains: agreement.researchDomains.map(({ label }) => label),
    notes: [
      ...(entry
        ? [`Entered into force: ${entry.first === entry.last ? entry.first : `${entry.first}/${entry.last}`}.`]
        : []),
      `Status: ${inWords(agreement.status)} (${agreement.statusBasis}).`,
    ],
    url,
  }
}

/** The year, month and day that two days have in common: `[2019, 10]` for the whole of October 2019. */
function sharedParts(first: string | null, last: string | null): number[] {
  if (first === null || last === null) return []
  const [one, other] = [first.split('-'), last.split('-')]
  const differs = one.findIndex((part, i) => part !== other[i])
  return one.slice(0, differs < 0 ? 3 : differs).map(Number)
}

/** The year, month and day as they are written: `['2019', '03', '05']`. */
export const padded = (parts: number[]): string[] => parts.map((part, i) => String(part).padStart(i === 0 ? 4 : 2, '0'))
