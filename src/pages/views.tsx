import { at, selectionIn, withoutIdleDay, withValues } from './asked.ts'
import { A } from './page.tsx'

const views = {
  '/agreements': 'List',
  '/timeline': 'Timeline',
  '/network': 'Network of parties',
  '/map': 'Map',
  '/statistics': 'Chart',
  '/deadlines': 'Deadlines',
}

/** The pages that can be asked of the past. */
const ofThePast = ['/agreements', '/timeline', '/statistics']

/** Links to the other pages that show the same selection. */
export function Views({ query, current }: { query: URLSearchParams; current: keyof typeof views }) {
  const filters = withoutIdleDay(selectionIn(query))
  const shown = Object.entries(views).filter(([path]) => !query.has('asOf') || ofThePast.includes(path))
  return (
    <nav aria-label="The same selection">
      <ul class="chips">
        {shown.map(([path, name]) => (
          <li>
            <A to={at(path, filters)} aria-current={path === current ? 'page' : undefined}>
              {name}
            </A>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** What a misspelt word was taken for. */
export function Meant({ query, meant }: { query: URLSearchParams; meant: string | null }) {
  if (meant === null) return null
  return (
    <p class="told">
      Nothing was found for “{query.get('q')}”. This is what is found for “{meant}”.
    </p>
  )
}

/** A link to the next page of what the page at `to` lists, and to the first; nothing where all is on one page. */
export function Next({ query, to, cursor }: { query: URLSearchParams; to: string; cursor: string | null }) {
  const isLater = query.has('cursor')
  if (cursor === null && !isLater) return null
  return (
    <p>
      {isLater && <A to={at(to, withValues(query, { cursor: undefined }))}>First page</A>}
      {isLater && cursor !== null && ' · '}
      {cursor !== null && (
        <A rel="next" to={at(to, withValues(query, { cursor }))}>
          Next page
        </A>
      )}
    </p>
  )
}

/** The same selection as files and feeds. */
export function Files({ query }: { query: URLSearchParams }) {
  const filters = selectionIn(query)
  return (
    <p class="faint">
      All of them as <A to={at('/v1/agreements/export.csv', filters)}>CSV</A>,{' '}
      <A to={at('/v1/agreements/export.xlsx', filters)}>XLSX</A>
      {!query.has('asOf') && (
        <>
          , <A to={at('/v1/deadlines.ics', filters)}>calendar of deadlines</A>,{' '}
          <A to={at('/v1/changes.atom', filters)}>feed of changes (Atom)</A>,{' '}
          <A to={at('/v1/network.gexf', filters)}>network of parties (GEXF)</A>
        </>
      )}
    </p>
  )
}
