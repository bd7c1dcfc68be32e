import type { Agreement } from '../agreements/schemas.ts'
import { SourceLink } from './dates.tsx'
import { dayInWords, inWords } from './words.ts'

type Judged = Pick<
  Agreement,
  'status' | 'statusSince' | 'statusUntil' | 'statusBasis' | 'statedOn' | 'endedBy' | 'approximate' | 'dates'
>

/** The status in a cell of a table. */
export function StatusInShort({ agreement }: { agreement: Judged }) {
  const { status, statusSince, approximate } = agreement
  return (
    <>
      {inWords(status)}
      {statusSince !== null && (
        <>
          <br />{' '}
          <span class="faint">
            since {dayInWords(statusSince)}
            {approximate && !isExact(agreement) && ' (not exact)'}
          </span>
        </>
      )}
    </>
  )
}

/** Whether an act was on exactly the day since which it has its status. */
const isExact = ({ statusSince, dates }: Judged): boolean =>
  dates.some(({ preferred, date, effectiveDate }) => preferred && (effectiveDate ?? date) === statusSince)

/** What a status rests on, as the end of a sentence. */
function basisOf(judged: Judged): string {
  const { statusBasis, statusSince, statedOn } = judged
  if (statusBasis === 'stated')
    return statedOn === null ? 'as a source states' : `as a source of ${dayInWords(statedOn)} states`
  const ofAnAct = statusSince !== null && isExact(judged) ? 'as an act of that day says' : undefined
  if (statusBasis === 'recorded') return ofAnAct ?? 'as the recorded acts and the term say'
  return ofAnAct === undefined
    ? 'as far as is known: no later change is recorded'
    : `${ofAnAct}; no later change is recorded`
}

/** The status as a sentence, with what it rests on. */
export function sentenceOf(agreement: Judged): string {
  const { status, statusSince, statusUntil, endedBy, approximate } = agreement
  if (status === 'unknown') return 'Its status is not known: no act of a known day is recorded.'
  const since = statusSince === null ? '' : ` since ${dayInWords(statusSince)}`
  const how = endedBy === null ? '' : ` (${inWords(endedBy).toLowerCase()})`
  const until = statusUntil === null ? '' : `, until ${dayInWords(statusUntil)} as things stand`
  const doubt = approximate ? ' Some of these days are not exact.' : ''
  return `${inWords(status)}${how}${since}${until}, ${basisOf(agreement)}.${doubt}`
}

/** What sources state of the status without giving the act. */
export function Statements({ agreement: { statusStatements, sources } }: { agreement: Agreement }) {
  if (statusStatements.length === 0) return null
  return (
    <section>
      <h2 id="statements">Status as sources state it</h2>
      <ul>
        {statusStatements.map(({ status, on, source }) => (
          <li>
            {inWords(status)} on {dayInWords(on)}
            {source !== null && (
              <>
                , according to <SourceLink sources={sources} of={source} />
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
