import type { Agreement } from '../agreements/schemas.ts'
import { groupedBy } from '../shared/grouped.ts'
import { termInWords } from './term.ts'
import { dayInWords, durationInWords, inWords } from './words.ts'

/** A source by its key, with a link to where the page says more of it. */
export function SourceLink({ sources, of }: { sources: Agreement['sources']; of: string | null }) {
  const source = sources.find(({ key }) => key === of)
  return source === undefined ? <>None</> : <a href={`#source-${source.key}`}>{source.title}</a>
}

/** All dates, those of one act one below the other, with what each rests on and which one counts. */
export function Dates({ agreement: { dates, sources } }: { agreement: Agreement }) {
  if (dates.length === 0) return null
  const actOf = ({ event, signatory, occurrence }: Agreement['dates'][number]): string =>
    `${event} ${signatory?.id ?? ''} ${occurrence}`
  const rivals = groupedBy(dates, actOf)
  return (
    <section>
      <h2 id="dates">Dates</h2>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Act</th>
            <th scope="col">Day</th>
            <th scope="col">Place</th>
            <th scope="col">Source</th>
            <th scope="col">Counts</th>
          </tr>
        </thead>
        <tbody>
          {[...rivals.values()].flat().map((date) => {
            const all = rivals.get(actOf(date))!
            return (
              <tr class={all.length === 1 ? undefined : date.preferred ? 'preferred' : 'rival'}>
                <td>
                  {inWords(date.event)}
                  {date.signatory !== null && `, ${date.signatory.name}`}
                  {date.occurrence > 1 && ` (${date.occurrence}.)`}
                </td>
                <td data-name="Day">
                  {dayInWords(date.date)}
                  {date.effectiveDate !== null && `, with effect from ${dayInWords(date.effectiveDate)}`}
                  <Terms date={date} />
                </td>
                <td data-name="Place">{date.place ?? '–'}</td>
                <td data-name="Source">
                  <SourceLink sources={sources} of={date.source} />
                  {date.note !== null && (
                    <>
                      <br /> <span class="faint">{date.note}</span>
                    </>
                  )}
                </td>
                <td data-name="Counts">
                  {all.length === 1 ? 'Yes' : date.preferred ? 'Yes, preferred to the others' : 'No'}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

/** What an extension or an amendment makes of the term. */
function Terms({ date: { extension, term } }: { date: Agreement['dates'][number] }) {
  return (
    <>
      {extension !== null &&
        (extension.length === null
          ? `, until ${dayInWords(extension.lastDay!)}`
          : `, by ${durationInWords(extension.length)}`)}
      {term !== null && termInWords(term) !== '' && (
        <>
          <br /> <span class="faint">From then on: {termInWords(term)}</span>
        </>
      )}
    </>
  )
}
