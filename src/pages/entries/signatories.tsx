import type { FastifyReply, FastifyRequest } from 'fastify'
import { signatoryRegistry } from '../../registry/signatories/queries.ts'
import { type Signatory, SignatoryQuery } from '../../registry/signatories/schemas.ts'
import { signatoryKinds } from '../../registry/signatories/tables.ts'
import { Digits } from '../../shared/schemas.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { askedOf, at } from '../asked.ts'
import { A, sendHtml } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { Meant, Next } from '../views.tsx'
import { counted, dayInWords, inWords } from '../words.ts'
import { Count, type CountsByCode, countsOf, maxEntries, readEntries, Search } from './list-page.tsx'

export const SignatoriesPageQuery = SignatoryQuery.extend({ limit: Digits(1, maxEntries).optional() })

type Request = FastifyRequest<{ Querystring: SignatoryQuery }>

/** The page at `/signatories`: all parties and other bodies, or those that a search finds. */
export async function signatoriesPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db, query } = request
  const [page, ofParties, ofBodies] = await Promise.all([
    readEntries<Signatory, SignatoryQuery>(request, reply, query, (db, query) => signatoryRegistry.list(db, query)),
    countsOf(db, { groupBy: ['party'] }, today, kept),
    countsOf(db, { groupBy: ['signatory'] }, today, kept),
  ])
  const asked = askedOf(request)
  return sendHtml(request, reply, {
    title: 'Parties and bodies',
    description: 'All parties and other bodies of the register, each with its agreements.',
    api: at('/v1/signatories', asked),
    body: (
      <>
        <h1>{counted(page.total, 'party or body', 'parties and bodies')}</h1>
        <Search to="/signatories" query={asked}>
          <label>
            Kind
            <select name="kind">
              <option value="">All kinds</option>
              {signatoryKinds.map((kind) => (
                <option value={kind} selected={query.kind?.includes(kind)}>
                  {inWords(kind)}
                </option>
              ))}
            </select>
          </label>
        </Search>
        <Meant query={asked} meant={page.didYouMean} />
        <p>
          In the order of their codes. By number of agreements: <A to="/statistics?groupBy=party">parties</A>,{' '}
          <A to="/statistics?groupBy=signatory">bodies that signed</A>.
        </p>
        {page.items.length === 0 ? (
          <p>Nothing was found. Search for another name.</p>
        ) : (
          <Table bodies={page.items} ofParties={ofParties} ofBodies={ofBodies} />
        )}
        <Next query={asked} to="/signatories" cursor={page.nextCursor} />
      </>
    ),
  })
}

interface TableProps {
  bodies: Signatory[]
  /** The agreements of which each is a party. */
  ofParties: CountsByCode
  /** The agreements that each has signed itself. */
  ofBodies: CountsByCode
}

function Table({ bodies, ofParties, ofBodies }: TableProps) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Kind</th>
          <th scope="col">Part of</th>
          <th scope="col" class="number">
            Agreements as a party
          </th>
          <th scope="col" class="number">
            Signed by itself
          </th>
        </tr>
      </thead>
      <tbody>
        {bodies.map(({ code, name, kind, parent, validTo }) => (
          <tr>
            <td>
              <A to={pageOf.signatory(code)}>{name}</A> <span class="faint">{code}</span>
            </td>
            <td data-name="Kind">
              {inWords(kind)}
              {validTo !== null && `, until ${dayInWords(validTo)}`}
            </td>
            <td data-name="Part of">
              {parent === null ? '–' : <A to={pageOf.signatory(parent.code)}>{parent.name}</A>}
            </td>
            <Count
              name="Agreements as a party"
              count={ofParties.get(code)}
              to={`/agreements?party=${encodeURIComponent(code)}`}
            />
            <Count name="Signed by itself" count={ofBodies.get(code)} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}
