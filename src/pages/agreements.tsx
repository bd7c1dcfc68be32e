import type { FastifyReply, FastifyRequest } from 'fastify'
import { agreementSorts, type AgreementQuery } from '../agreements/list/filter.ts'
import type { Agreement } from '../agreements/schemas.ts'
import type { KeptResults } from '../statistics/kept.ts'
import { signingEvents } from '../agreements/time/lifecycle.ts'
import { askedOf, isFilter } from './asked.ts'
import { Facets, readFacets } from './facets.tsx'
import { readList } from './list.ts'
import { A, Form, sendHtml } from './page.tsx'
import { pageOf } from './paths.ts'
import { StatusInShort } from './status.tsx'
import { Files, Meant, Next, Views } from './views.tsx'
import { counted, dayInWords, inWords } from './words.ts'

type Request = FastifyRequest<{ Querystring: AgreementQuery }>

/** The page at `/agreements`: what the list of the API finds for the same query. */
export async function agreementsPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db } = request
  const query = { ...request.query, count: 'exact' as const }
  const { sort: _, limit: __, cursor: ___, count: ____, ...filter } = query
  const [page, facets] = await Promise.all([readList(request, reply, query), readFacets(db, filter, today, kept)])
  const asked = askedOf(request)
  const text = asked.toString()
  return sendHtml(request, reply, {
    title: 'Agreements',
    api: `/v1/agreements${text && `?${text}`}`,
    body: (
      <>
        <h1>{counted(page.total, 'agreement')}</h1>
        <Search query={asked} />
        <Meant query={asked} meant={page.didYouMean} />
        <Views query={asked} current="/agreements" />
        <Chips query={asked} to="/agreements" />
        <About query={asked} />
        <div class="columns">
          <Facets all={facets} query={asked} to="/agreements" />
          <div>
            <List items={page.items} />
            <Files query={asked} />
            <Next query={asked} to="/agreements" cursor={page.nextCursor} />
          </div>
        </div>
      </>
    ),
  })
}

/** Agreements as a table, each a link to its page. */
export function List({ items }: { items: Agreement[] }) {
  if (items.length === 0) return <p>No agreement matches. Take a filter away, or search for other words.</p>
  return (
    <div class="scroll">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Agreement</th>
            <th scope="col">Parties</th>
            <th scope="col">Signed</th>
            <th scope="col">Status</th>
          </tr>
        </thead>
        <tbody>
          {items.map((agreement) => (
            <tr>
              <td>
                <A to={pathOf(agreement)}>{agreement.title}</A>
                <br /> <span class="faint">{inWords(agreement.type)}</span>
              </td>
              <td data-name="Parties">{agreement.parties.map(({ name }) => name).join(', ')}</td>
              <td data-name="Signed">{signedOf(agreement)}</td>
              <td data-name="Status">
                <StatusInShort agreement={agreement} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The path of the page of an agreement. */
export const pathOf = ({ id, reference }: Pick<Agreement, 'id' | 'reference'>): string =>
  `/agreements/${encodeURIComponent(reference ?? id)}`

const signing: readonly string[] = signingEvents

/** The day of signature, as its preferred date gives it. */
const signedOf = ({ dates }: Agreement): string => {
  const date = dates.find(({ event, preferred }) => preferred && signing.includes(event))?.date
  return date === undefined ? 'Unknown' : dayInWords(date)
}

const sortNames: Record<(typeof agreementSorts)[number], string> = {
  '-signed': 'Signed last',
  signed: 'Signed first',
  title: 'Title, A to Z',
  '-title': 'Title, Z to A',
  '-updated': 'Changed last',
  updated: 'Changed first',
  expires: 'Ends first',
  relevance: 'Best match',
}

function Search({ query }: { query: URLSearchParams }) {
  const others = [...query].filter(([name]) => !['q', 'sort', 'cursor'].includes(name))
  const q = query.get('q') ?? ''
  return (
    <Form to="/agreements">
      <label>
        Search
        <input type="search" name="q" value={q} maxLength={500} />
      </label>
      <label>
        Order
        <select name="sort">
          {agreementSorts
            .filter((sort) => sort !== 'relevance' || q !== '')
            .map((sort) => (
              <option value={sort} selected={sort === (query.get('sort') ?? (q === '' ? '-signed' : 'relevance'))}>
                {sortNames[sort]}
              </option>
            ))}
        </select>
      </label>
      {others.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button>Search</button>
    </Form>
  )
}

/** The filters that are set, each with a link to the page at `to` without it. */
export function Chips({ query, to }: { query: URLSearchParams; to: string }) {
  const filters = [...query].filter(([name]) => isFilter(name))
  if (filters.length === 0) return null
  return (
    <ul class="chips">
      {filters.map(([name, value]) => {
        const rest = new URLSearchParams([...query].filter((one) => one[0] !== 'cursor'))
        rest.delete(name, value)
        return (
          <li>
            <A to={`${to}?${rest.toString()}`}>
              {filterName(name)}: {value} <span aria-label="take away">×</span>
            </A>
          </li>
        )
      })}
    </ul>
  )
}

const pagesOfFilters: Record<string, (code: string) => string> = {
  party: pageOf.signatory,
  signatory: pageOf.signatory,
  pair: pageOf.pair,
  researchDomain: pageOf.domain,
  collection: pageOf.collection,
}

/** Links to the pages of what the filters name. */
function About({ query }: { query: URLSearchParams }) {
  const named = [...query].flatMap(([name, code]) => {
    const path = pagesOfFilters[name]?.(code)
    return path === undefined ? [] : [{ path, code }]
  })
  if (named.length === 0) return null
  return (
    <p>
      More about{' '}
      {named.map(({ path, code }, i) => (
        <>
          {i > 0 && ', '}
          <A to={path}>{code}</A>
        </>
      ))}
    </p>
  )
}

/** `researchDomain` as `Research domain`. */
const filterName = (name: string): string =>
  name === 'q' ? 'Words' : inWords(name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`))
