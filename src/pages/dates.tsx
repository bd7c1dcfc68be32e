import type { Agreement } from '../agreements/schemas.ts'
import { groupedBy } from '../shared/grouped.ts'
import { dayInWords, inWords } from './words.ts'

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
                </td>
                <td data-name="Place">{date.place ?? '–'}</td>
                <td data-name="Source">
                  {sources.find(({ key }) => key === date.source)?.title ?? 'None'}
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
