/** A parsed document as stored by a former release. */
export type FormerDocument = Readonly<Record<string, unknown>>

/** A term in formats 1 and 2. */
interface FormerTerm {
  months: number | null
  renewal: 'none' | 'tacit' | 'express' | 'indefinite'
  renewalMonths: number | null
  noticeMonths: number | null
}

const atEnd = { none: 'ends', tacit: 'renews', express: 'extended_if_agreed', indefinite: 'open_ended' }

/** From format 2 to format 3. The same conversion of the stored columns is in the migration `terms_of_texts`. */
export const withDurations = (document: FormerDocument): FormerDocument => {
  const added: Record<string, unknown> = {
    ...document,
    term: termOf(document['term'] as FormerTerm | null),
    entryIntoForce: null,
    exitDay: null,
  }
  const order = Object.keys(document).flatMap((name) =>
    name === 'term' ? ['entryIntoForce', 'term'] : name === 'noticeDeadline' ? [name, 'exitDay'] : [name],
  )
  return Object.fromEntries(order.map((name) => [name, added[name]]))
}

const lengthOf = (months: number | null): string | null => (months === null ? null : `P${months}M`)

function termOf(term: FormerTerm | null): object | null {
  if (term === null) return null
  const { months, renewal, renewalMonths, noticeMonths } = term
  const isTacit = renewal === 'tacit'
  const notice = lengthOf(noticeMonths)
  return {
    runsFrom: 'entry_into_force',
    length: lengthOf(months),
    lastDay: null,
    atEnd: atEnd[renewal],
    renewal:
      renewalMonths === null && !(isTacit && notice !== null)
        ? null
        : { length: lengthOf(renewalMonths), most: null, notice: isTacit ? notice : null },
    exit: isTacit || notice === null ? null : { notice, from: 'any', takesEffect: 'at_once' },
    sunset: null,
  }
}

/** From format 3 to format 4. */
export const withChangesOfTerm = (document: FormerDocument): FormerDocument => ({
  ...document,
  dates: (document['dates'] as FormerDocument[]).map((date) =>
    Object.fromEntries(
      Object.entries(date).flatMap(([name, value]) => [
        ...(name === 'place' ? [['extension', null] as const, ['term', null] as const] : []),
        [name, value] as const,
      ]),
    ),
  ),
})
/** From format 3 to format 4: ends that follow from other agreements. */
export const withEndsByOthers = (document: FormerDocument): FormerDocument => {
  const term = document['term'] as object | null
  const added: Record<string, unknown> = {
    ...document,
    term: term && { ...term, endsWith: null },
    endedByAgreement: null,
    endsByOthers: [],
  }
  const order = Object.keys(document).flatMap((name) =>
    name === 'exitDay' ? [name, 'endedByAgreement', 'endsByOthers'] : [name],
  )
  return Object.fromEntries(order.map((name) => [name, added[name]]))
}
