import type { Dimension, Group } from '../../statistics/schemas.ts'
import { at } from '../asked.ts'
import { type Narrow, notes } from '../narrow.ts'
import { A } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { grouped, inWords } from '../words.ts'

interface Counts {
  dimension: Dimension
  groups: Group[]
  /** Whether there are groups with fewer agreements. */
  more: boolean
  /** The query of the list with all of these agreements. */
  query: URLSearchParams
  narrow: Narrow
}

const titles: Partial<Record<Dimension, [title: string, column: string]>> = {
  signedDecade: ['Decades of signature', 'Decade'],
  researchDomain: ['Domains', 'Domain'],
  signatory: ['Bodies that signed', 'Body'],
  status: ['Status', 'Status'],
}

/** A table with more rows has only those with agreements: of decades it has the empty ones too. */
const maxRows = 40

/** Agreements by one dimension: a table with bars. */
export function CountTable({ dimension, groups, more, query, narrow }: Counts) {
  const known = groups.filter(({ keys: [key] }) => key !== null)
  if (known.length === 0) return null
  const shown = groups.length > maxRows ? groups.filter(({ count }) => count > 0) : groups
  const [title, column] = titles[dimension] ?? [inWords(dimension), inWords(dimension)]
  const largest = Math.max(...groups.map(({ count }) => count))
  const all = new URLSearchParams([...query, ['groupBy', dimension]]).toString()
  return (
    <section>
      <h2>{title}</h2>
      <table class="counts">
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col" class="number">
              Agreements
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ keys: [key], labels: [label], count }) => {
            const further = count > 0 && key ? narrow(query, dimension, key) : null
            return (
              <tr>
                <td>
                  <Name dimension={dimension} code={key ?? null} label={label ?? null} />
                  <Bar share={count / largest} />
                </td>
                <td class="number">
                  {further === null ? grouped(count) : <A to={at('/agreements', further)}>{grouped(count)}</A>}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {notes[dimension] !== undefined && <p class="faint">{notes[dimension]}</p>}
      {more && (
        <p class="faint">
          <A to={`/statistics?${all}`}>All of them</A>
        </p>
      )}
    </section>
  )
}

function Name({ dimension, code, label }: { dimension: Dimension; code: string | null; label: string | null }) {
  if (code === null) return <>Unknown</>
  const text = label ?? code
  if (dimension === 'signatory') return <A to={pageOf.signatory(code)}>{text}</A>
  if (dimension === 'researchDomain') return <A to={pageOf.domain(code)}>{text}</A>
  return <>{dimension === 'status' ? inWords(text) : text}</>
}

const Bar = ({ share }: { share: number }) => (
  <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
    <rect width={Math.round(100 * share)} height="1" />
  </svg>
)
