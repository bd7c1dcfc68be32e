import { type AgreementReplacement, NewAgreement } from '../agreements/schemas.ts'
import type { ProblemError } from '../problems/problems.ts'
import { invalidResult } from '../problems/from-zod.ts'
import type { Day } from '../shared/calendar.ts'
import { EdtfDate } from '../shared/day-schemas.ts'
import { parseEdtf } from '../shared/edtf.ts'
import type { MappedRow } from './mapping/map-row.ts'
import type { Origin } from './mapping/row-reader.ts'
import { onDay, type PartyMatch } from './parties.ts'
import type { RowError, RowWarning } from './schemas.ts'

/** A party that was not matched with one body. */
export interface UnmatchedParty {
  party: string
  problem: 'unknown' | 'ambiguous'
  candidates: string[]
}

/** A row as an agreement, by the rules of POST /v1/agreements, or all that is wrong with it. */
export interface Candidate {
  input: AgreementReplacement | undefined
  errors: RowError[]
  unmatched: UnmatchedParty[]
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
  const given = {
    ...own,
    collection: collectionId,
    signatories: signatories.map(({ side, role, party, code, representative }, i) => ({
      side,
      role,
      signatory: parties.reference(party, `/signatories/${i}/signatory`, code),
      ...(representative && { representative }),
    })),
    dates: dates.map(({ party, ...date }, i) => ({
      ...date,
      signatory: party === null ? null : parties.reference(party, `/dates/${i}/signatory`),
    })),
    statusStatements: row.statements.map(({ status, on }) => ({ status, on: on ?? statedOn })),
  }
  const errors = [...row.errors.map(mapped), ...parties.errors]
  const read = NewAgreement.safeParse(given)
  if (!read.success) {
    const invalid = invalidResult(read.error, NewAgreement).errors.filter((error) => !isToldAlready(error, row))
    errors.push(...rowErrors(invalid, row))
  }
  return {
    input: read.success && errors.length === 0 ? read.data : undefined,
    errors,
    unmatched: parties.unmatched,
  }
}

/** What is missing because of another error of the row needs no error of its own. */
const isToldAlready = ({ pointer }: ProblemError, { agreement, errors }: MappedRow): boolean =>
  errors.length > 0 &&
  ((pointer === '/title' && agreement.title === undefined) || (pointer === '/type' && agreement.type === undefined))

const maxValue = 200

const cut = (value: string | null): string | null =>
  value !== null && value.length > maxValue ? `${value.slice(0, maxValue).toWellFormed()}…` : value

const mapped = ({ column, value, code, message, wouldDo }: MappedRow['errors'][number]): RowError => ({
  column,
  value: cut(value),
  code,
  message,
  wouldDo: wouldDo ?? null,
})

export const rowWarnings = (warnings: MappedRow['warnings']): RowWarning[] =>
  warnings.map(({ column, value, code, message }) => ({ column, value: cut(value), code, message }))

/** Errors of the register's rules, with the column and the value from which the field comes. */
export const rowErrors = (errors: ProblemError[], { origins }: Pick<MappedRow, 'origins'>): RowError[] =>
  errors.map(({ pointer = '', code, message, didYouMean }) => {
    const { column, value } = originOf(pointer, origins)
    return { column, value: cut(value), code, message, wouldDo: didYouMean === undefined ? null : `\`${didYouMean}\`` }
  })

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

  /** The id of the body. Without one there is an error, and the reference names nothing. */
  reference(party: string, pointer: string, code?: string): string {
    const { fits, nearest } = this.#matchOf(party)
    const existing = onDay(fits, this.#day)
    const coded = existing.length > 1 ? existing.filter((one) => one.code === code?.toUpperCase()) : existing
    const [one, ...others] = coded.length === 1 ? coded : existing
    if (one && others.length === 0) return one.id
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
    return party
  }
}

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
