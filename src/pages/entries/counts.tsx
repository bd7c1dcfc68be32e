import type { Dimension, Group } from '../../statistics/schemas.ts'
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
export function CountTable({ dimension, groups, more, query }: Counts) {
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
          {shown.map(({ keys: [key], labels: [label], count }) => (
            <tr>
              <td>
                <Name dimension={dimension} code={key ?? null} label={label ?? null} />
                <Bar share={count / largest} />
              </td>
              <td class="number">
                {count === 0 || key === null || key === undefined ? (
                  grouped(count)
                ) : (
                  <A to={`/agreements?${narrowed(query, dimension, key)}`}>{grouped(count)}</A>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
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

/** The query of the list with the agreements of one group. */
function narrowed(query: URLSearchParams, dimension: Dimension, key: string): string {
  const further = new URLSearchParams(query)
  if (dimension === 'signedDecade') {
    const first = key.padStart(4, '0')
    further.set('signedFrom', `${first}-01-01`)
    further.set('signedTo', `${first.slice(0, 3)}9-12-31`)
  } else {
    further.set(dimension, key)
  }
  return further.toString()
}
