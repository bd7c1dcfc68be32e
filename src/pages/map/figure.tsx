import { A, Picture } from '../page.tsx'
import { counted, grouped, inWords } from '../words.ts'
import { type Partner, type Partners, pathOfPartner } from './partners.ts'
import { legendHeight, swatchesOf, withoutShape } from './svg.ts'
import { mapHeight, mapWidth, type Shape } from './worker.ts'

interface Shown extends Partners {
  shapes: Shape[]
  /** The filters of the selection. */
  query: URLSearchParams
  /** How many partners the table has. */
  limit: number
}

/** What a map shows, in words. */
export const titleOf = ({ home }: Partners): string =>
  home === null ? 'Parties by number of agreements' : `${home.name}: partners by number of agreements`

/** The map of the partners, a table with the same figures, and those that are not on the map. */
export function PartnersMap({ shapes, query, limit, ...data }: Shown) {
  const { home, partners } = data
  if (partners.length === 0) return null
  const text = query.toString()
  const shown = partners.slice(0, limit)
  const absent = withoutShape(shapes, partners)
  const first = partners
    .slice(0, 3)
    .map(({ name, agreements }) => `${name} ${grouped(agreements)}`)
    .join(', ')
  return (
    <div class="map">
      <figure>
        <Picture
          of={`/map.svg${text && `?${text}`}`}
          alt={`World map. ${titleOf(data)}: ${first}${partners.length > 3 ? ', and others, as in the table' : ''}.`}
          width={mapWidth}
          height={mapHeight + legendHeight}
        />
        <ul class="legend" aria-hidden="true">
          {swatchesOf(data).map(({ colour, label }) => (
            <li>
              <svg viewBox="0 0 1 1" width="14" height="14">
                <rect width="1" height="1" fill={colour} />
              </svg>{' '}
              {label}
            </li>
          ))}
        </ul>
        <figcaption class="faint">
          Borders are those of the data set (Natural Earth). Small countries are dots.{' '}
          <A to={`/map.svg${text && `?${text}`}`}>The map alone, with links</A>
        </figcaption>
        <Absent partners={absent} query={query} home={home?.code ?? null} />
      </figure>
      <div>
        <PartnersTable partners={shown} query={query} home={home?.code ?? null} />
        {partners.length > shown.length && (
          <p>
            {limit < maxInTable ? (
              <A to={`/map${text && `?${text}`}`}>All {grouped(partners.length)} of them</A>
            ) : (
              <>
                The first {grouped(limit)} of {grouped(partners.length)} parties.
              </>
            )}
          </p>
        )}
      </div>
    </div>
  )
}

/** The maximum number of partners in a table. */
export const maxInTable = 300

interface Linked {
  partners: Partner[]
  query: URLSearchParams
  home: string | null
}

function PartnersTable({ partners, query, home }: Linked) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{home === null ? 'Party' : 'Partner'}</th>
          <th scope="col" class="number">
            Agreements
          </th>
          <th scope="col" class="number">
            In force
          </th>
        </tr>
      </thead>
      <tbody>
        {partners.map(({ code, name, agreements, inForce }) => (
          <tr>
            <td>
              <A to={pathOfPartner(query, home, code)}>{name}</A>
            </td>
            <td class="number">{grouped(agreements)}</td>
            <td class="number">{grouped(inForce)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The maximum number of bodies that are named beside the map; the table has the others. */
const maxAbsent = 40

function Absent({ partners, query, home }: Linked) {
  if (partners.length === 0) return null
  const rest = partners.length - maxAbsent
  return (
    <details open={partners.length <= 12}>
      <summary>Not on the map: {counted(partners.length, 'party', 'parties')}</summary>
      <ul>
        {partners.slice(0, maxAbsent).map(({ code, name, kind, agreements }) => (
          <li>
            <A to={pathOfPartner(query, home, code)}>{name}</A>{' '}
            <span class="faint">
              ({inWords(kind).toLowerCase()}, {counted(agreements, 'agreement')})
            </span>
          </li>
        ))}
        {rest > 0 && <li>and {grouped(rest)} with fewer agreements</li>}
      </ul>
    </details>
  )
}
