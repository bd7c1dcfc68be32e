import type { FastifyReply, FastifyRequest } from 'fastify'
import { collectionRegistry } from '../../registry/collections/queries.ts'
import { type Collection, CollectionQuery } from '../../registry/collections/schemas.ts'
import { Digits } from '../../shared/schemas.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { askedOf, at } from '../asked.ts'
import { A, sendHtml } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { Meant, Next } from '../views.tsx'
import { counted, dayInWords } from '../words.ts'
import { Count, type CountsByCode, countsOf, maxEntries, readEntries, Search } from './list-page.tsx'

export const CollectionsPageQuery = CollectionQuery.extend({ limit: Digits(1, maxEntries).optional() })

type Request = FastifyRequest<{ Querystring: CollectionQuery }>

/** The page at `/collections`: all lists from which agreements were taken, or those that a search finds. */
export async function collectionsPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db, query } = request
  const [page, counts] = await Promise.all([
    readEntries<Collection, CollectionQuery>(request, reply, query, (db, query) => collectionRegistry.list(db, query)),
    countsOf(db, { groupBy: ['collection'] }, today, kept),
  ])
  const asked = askedOf(request)
  return sendHtml(request, reply, {
    title: 'Collections',
    description: 'The lists from which the agreements of the register were taken.',
    api: at('/v1/collections', asked),
    body: (
      <>
        <h1>{counted(page.total, 'collection')}</h1>
        <p>The lists from which agreements were taken.</p>
        <Search to="/collections" query={asked} />
        <Meant query={asked} meant={page.didYouMean} />
        {page.items.length === 0 ? <p>Nothing was found.</p> : <Table collections={page.items} counts={counts} />}
        <Next query={asked} to="/collections" cursor={page.nextCursor} />
      </>
    ),
  })
}

function Table({ collections, counts }: { collections: Collection[]; counts: CountsByCode }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Collection</th>
          <th scope="col">Publisher</th>
          <th scope="col">As of</th>
          <th scope="col" class="number">
            Agreements
          </th>
        </tr>
      </thead>
      <tbody>
        {collections.map(({ code, name, publisher, asOf, listed }) => (
          <tr>
            <td>
              <A to={pageOf.collection(code)}>{name}</A>
            </td>
            <td data-name="Publisher">{publisher ?? '–'}</td>
            <td data-name="As of">{asOf === null ? '–' : dayInWords(asOf)}</td>
            {listed ? (
              <Count
                name="Agreements"
                count={counts.get(code)}
                to={`/agreements?collection=${encodeURIComponent(code)}`}
              />
            ) : (
              <td class="number" data-name="Agreements">
                Not listed
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
