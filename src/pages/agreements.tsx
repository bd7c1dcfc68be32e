import type { FastifyReply, FastifyRequest } from 'fastify'
import { agreementSorts, type AgreementQuery } from '../agreements/list/filter.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { hasRole } from '../auth/callers.ts'
import type { KeptResults } from '../agreements/list/kept-results.ts'
import { signingEvents } from '../agreements/time/lifecycle.ts'
import { AnotherDay, AsOf } from './another-day.tsx'
import { askedOf } from './asked.ts'
import { About, Chips, namesIn } from './chips.tsx'
import { Facets, keysOf, readFacets } from './facets.tsx'
import { readList } from './list.ts'
import { narrowingTo } from './narrow.ts'
import { A, Form, sendHtml } from './page.tsx'
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
  const asked = askedOf(request)
  const [page, facets, names] = await Promise.all([
    readList(request, reply, query),
    readFacets(db, filter, today, kept),
    namesIn(db, asked),
  ])
  const narrow = await narrowingTo(db, asked, keysOf(facets))
  const text = asked.toString()
  return sendHtml(request, reply, {
    title: 'Agreements',
    description: 'Bilateral agreements: search, narrow by party, domain, decade and status, and take the list along.',
    api: `/v1/agreements${text && `?${text}`}`,
    body: (
      <>
        <h1>{counted(page.total, 'agreement')}</h1>
        <Search query={asked} />
        <Meant query={asked} meant={page.didYouMean} />
        <Views query={asked} current="/agreements" />
        <Chips query={asked} to="/agreements" names={names} />
        <AsOf query={asked} to="/agreements" />
        <About query={asked} names={names} />
        <div class="columns">
          <Facets all={facets} query={asked} to="/agreements" narrow={narrow} />
          <div>
            <List items={page.items} />
            <Files query={asked} />
            <AnotherDay query={asked} to="/agreements" />
            {hasRole(request.caller.role, 'admin') && (
              <p>
                <A to="/agreements/deleted">Deleted agreements</A>
              </p>
            )}
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
              <td data-name="Signed">{signedOf(agreement) ?? 'Unknown'}</td>
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

/** The day of signature in words, as its preferred date gives it; null when unknown. */
export const signedOf = ({ dates }: Agreement): string | null => {
  const date = dates.find(({ event, preferred }) => preferred && signing.includes(event))?.date
  return date === undefined ? null : dayInWords(date)
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
