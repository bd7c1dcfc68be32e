import type { ProblemError } from '../problems/problems.ts'
import type { Day } from '../shared/calendar.ts'
import { EdtfDate } from '../shared/day-schemas.ts'
import { parseEdtf } from '../shared/edtf.ts'
import type { MappedRow } from './mapping/map-row.ts'
import type { Origin } from './mapping/row-reader.ts'
import { valueKey } from './mapping/value-tables.ts'
import { onDay, type PartyMatch } from './parties.ts'
import { type Remainder, remainderOf } from './remainder.ts'
import type { RowError, RowWarning } from './schemas.ts'

/** A party that was not matched with one body. */
export interface UnmatchedParty {
  party: string
  problem: 'unknown' | 'ambiguous'
  candidates: string[]
}

/** A row as an agreement, by the rules of POST /v1/agreements, and what is wrong with it. */
export interface Candidate {
  errors: RowError[]
  unmatched: UnmatchedParty[]
  /** What the rules of the register can judge: all of it, or the rest without what the errors are about. */
  rest: Remainder
}

/** The names of bodies in a row. */
export const partiesNamed = ({ agreement: { signatories, dates = [] } }: MappedRow): string[] => [
  ...signatories.map(({ party }) => party),
  ...dates.flatMap(({ party }) => party ?? []),
]

/**
 * Makes an agreement of what a row says.
 * @param of the id of the collection, and the day of a status that is stated without one
 */
export function candidateOf(
  row: MappedRow,
  matchOf: (name: string) => PartyMatch,
  { collectionId, statedOn }: { collectionId: string; statedOn: Day },
): Candidate {
  const parties = new RowParties(row, matchOf)
  const { signatories, dates = [], ...own } = row.agreement
  const unmatched = new Set<number>()
  const given = {
    ...own,
    collection: collectionId,
    signatories: signatories.map(({ side, role, party, code, representative }, i) => {
      const signatory = parties.reference(party, `/signatories/${i}/signatory`, code)
      if (signatory === null) unmatched.add(i)
      // The form of the rest of it is judged: any id will do.
      return { side, role, signatory: signatory ?? collectionId, ...(representative && { representative }) }
    }),
    dates: dates.map(({ party, ...date }, i) => ({
      ...date,
      signatory: party === null ? null : parties.reference(party, `/dates/${i}/signatory`),
    })),
    statusStatements: row.statements.map(({ status, on }) => ({ status, on: on ?? statedOn })),
  }
  parties.refuseSameName(unmatched)
  const rest = remainderOf(given, unmatched)
  const errors = [...row.errors.map(mapped), ...parties.errors, ...rowErrors(rest.errors, row)]
  return { errors, unmatched: parties.unmatched, rest }
}

/**
 * The errors by the rules of the register of what is left of a row. Those that follow from what is left out are not told:
 * the side of a party that was not matched is empty, and a source that cannot be used is not there.
 */
export const ruleErrors = (found: ProblemError[], row: MappedRow, { lacks, inWhole }: Remainder): RowError[] =>
  rowErrors(
    found
      .filter(({ code }) => !(code === 'one_sided' && (lacks('signatories') || isWithoutParty(row))))
      .filter(({ code }) => !(code === 'unknown_source' && lacks('sources')))
      .map((error) => ({ ...error, pointer: inWhole(error.pointer ?? '') })),
    row,
  ).map((error) => (error.code === 'unknown_code' ? deletedMeanwhile(error) : error))

/** What a row names was found before, so that it is gone since. A code that the file itself gives is told as it is. */
const deletedMeanwhile = (error: RowError): RowError =>
  error.value === null || error.message.includes(`\`${error.value}\``)
    ? error
    : {
        ...error,
        message: `${JSON.stringify(error.value)} was deleted from the registry while the file was imported.`,
        wouldDo: 'Another party; or import the file again when the registry has it.',
      }

const isWithoutParty = ({ errors }: MappedRow): boolean => errors.some(({ code }) => code === 'party_missing')

/** The longest value that is told, and the longest message, which can have several values. In UTF-16 units. */
const [maxValue, maxMessage] = [200, 1000]

const cutTo = (length: number, text: string): string =>
  text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text

const cut = (value: string | null): string | null => value && cutTo(maxValue, value)

const mapped = ({ column, value, code, message, wouldDo }: MappedRow['errors'][number]): RowError => ({
  column,
  value: cut(value),
  code,
  message: cutTo(maxMessage, message),
  wouldDo: wouldDo ?? null,
})

export const rowWarnings = (warnings: MappedRow['warnings']): RowWarning[] =>
  warnings.map(({ column, value, code, message }) => ({
    column,
    value: cut(value),
    code,
    message: cutTo(maxMessage, message),
  }))

/** Errors of the register's rules, with the column and the value from which the field comes. */
export const rowErrors = (errors: ProblemError[], { origins }: Pick<MappedRow, 'origins'>): RowError[] =>
  errors.map(({ pointer = '', code, message, didYouMean }) => {
    const { column, value } = originOf(pointer, origins)
    const wouldDo = didYouMean === undefined ? (remedies[code] ?? null) : `\`${didYouMean}\``
    return { column, value: cut(value), code, message, wouldDo }
  })

/** What would do, by the code of the error; other messages say it themselves. */
const remedies: Record<string, string> = {
  same_party: 'Another party on one of the sides.',
  taken: 'Another value; or `mode=upsert`, if the row is about that agreement.',
  repeated: 'Each value once.',
}

function originOf(pointer: string, origins: Record<string, Origin>): Origin {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const origin = origins[at]
    if (origin) return origin
  }
  return { column: null, value: null }
}

/** Matches the parties of one row, and collects those that are not one body. */
class RowParties {
  readonly errors: RowError[] = []
  readonly unmatched: UnmatchedParty[] = []
  readonly #row: MappedRow
  readonly #matchOf: (name: string) => PartyMatch
  readonly #day: Day | null

  constructor(row: MappedRow, matchOf: (name: string) => PartyMatch) {
    this.#row = row
    this.#matchOf = matchOf
    this.#day = dayOf(row)
  }

  /** The id of the body. Without one there is an error, and the result is null. */
  reference(party: string, pointer: string, code?: string): string | null {
    const { fits, nearest } = this.#matchOf(party)
    const existing = onDay(fits, this.#day)
    const coded = existing.length > 1 ? existing.filter((one) => one.code === code?.toUpperCase()) : existing
    const [one, ...others] = coded.length === 1 ? coded : existing
    if (one && others.length === 0) return one.id
    if (one && this.#isForWantOfDay(existing)) return null
    const problem = one ? 'ambiguous' : 'unknown'
    const candidates = one ? existing.map(({ code, name }) => `${code} (${name})`) : nearest
    this.unmatched.push({ party, problem, candidates })
    const origin = originOf(pointer, this.#row.origins)
    const quoted = JSON.stringify(cut(party))
    this.errors.push({
      column: origin.column,
      value: cut(origin.value ?? party),
      code: `${problem}_party`,
      message: one ? `${quoted} is the name of several signatories.` : `No signatory has the name ${quoted}.`,
      wouldDo: one
        ? `One of ${candidates.join(', ')}: a table in the mapping that gives its code.`
        : `A signatory with this name or alias${candidates.length > 0 ? `; the nearest is ${candidates.map((code) => `\`${code}\``).join(', ')}` : ''}.`,
    })
    return null
  }

  /** Refuses a name of no body that is on both sides, whatever it means. */
  refuseSameName(unmatched: ReadonlySet<number>): void {
    const sideOf = new Map<string, number>()
    for (const [i, { side, role, party }] of this.#row.agreement.signatories.entries()) {
      if (!unmatched.has(i) || role === 'witnessed' || this.#matchOf(party).fits.length > 0) continue
      const other = sideOf.get(valueKey(party)) ?? side
      sideOf.set(valueKey(party), other)
      if (other === side) continue
      const message = `${JSON.stringify(cut(party))} is already on side ${other}. A party must not be on both sides.`
      this.errors.push(
        ...rowErrors([{ pointer: `/signatories/${i}/signatory`, code: 'same_party', message }], this.#row),
      )
    }
  }

  /** Whether the day would decide between bodies of one name, and the row has a day that cannot be read. */
  #isForWantOfDay(fits: { from: Day | null; to: Day | null }[]): boolean {
    const isDated = fits.some(({ from, to }) => from !== null || to !== null)
    return isDated && this.#day === null && this.#row.errors.some(({ code }) => unreadDay.includes(code))
  }
}

const unreadDay = ['not_a_day', 'several_days']

/** The first possible day of the first act of a row, on which its parties existed. */
function dayOf({ agreement: { dates = [] } }: MappedRow): Day | null {
  const days = dates.flatMap(({ event, date }) => {
    if (!EdtfDate.safeParse(date).success) return []
    const { firstDay } = parseEdtf(date)
    return firstDay === null ? [] : [{ event, firstDay }]
  })
  const signed = days.find(({ event }) => ['signed', 'signed_definitively', 'notes_exchanged'].includes(event))
  return (signed ?? days.toSorted((a, b) => (a.firstDay < b.firstDay ? -1 : 1))[0])?.firstDay ?? null
}
