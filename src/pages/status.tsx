import type { Agreement } from '../agreements/schemas.ts'
import { dayInWords, inWords } from './words.ts'

type Judged = Pick<
  Agreement,
  'status' | 'statusSince' | 'statusUntil' | 'statusBasis' | 'statedOn' | 'endedBy' | 'approximate'
>

/** The status in a cell of a table. */
export function StatusInShort({ agreement }: { agreement: Judged }) {
  const { status, statusSince } = agreement
  return (
    <>
      {inWords(status)}
      {statusSince !== null && (
        <>
          <br /> <span class="faint">since {dayInWords(statusSince)}</span>
        </>
      )}
    </>
  )
}

/** What a status rests on, as the end of a sentence. */
function basisOf({ statusBasis, statusSince, statedOn }: Judged): string {
  if (statusBasis === 'stated')
    return statedOn === null ? 'as a source states' : `as a source of ${dayInWords(statedOn)} states`
  if (statusBasis === 'presumed') return 'as far as is known: no later change is recorded'
  return statusSince === null ? 'as the recorded acts say' : 'as an act or the term of that day says'
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
