import type { FastifyReply, FastifyRequest } from 'fastify'
import { signatoryLookup } from '../../registry/signatories/lookup.ts'
import { signatoryRegistry } from '../../registry/signatories/queries.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { A, sendHtml } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { entriesNamed, noSuch } from './named.ts'
import { readSelection, Selection } from './selection.tsx'

type Request = FastifyRequest<{ Params: { code: string } }>

/**
 * The page of two parties at `/pairs/{code},{code}`, in either order.
 * @throws Problem 404 unless they are two parties
 */
export async function pairPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db, params } = request
  const references = params.code.split(',').map((code) => code.trim())
  if (references.length !== 2 || references.includes('')) {
    throw noSuch('A pair is two codes with a comma between them, such as `KR,US`.')
  }
  const found = await entriesNamed(db, signatoryLookup, references)
  const [one, other] = await Promise.all(found.map(({ id }) => signatoryRegistry.read(db, id)))
  const parties = [one!.party, other!.party] as const
  const pair = parties.map(({ code }) => code).join(',')
  if (parties[0].id === parties[1].id) {
    throw noSuch('A pair must be two different parties.')
  }
  if (parties[0].id !== one!.id || parties[1].id !== other!.id) {
    throw noSuch(`A pair must be two parties. These bodies act for \`${pair}\`.`, [pair])
  }
  const selection = await readSelection(db, { pair }, { today, kept, hasMap: false })
  const [first, second] = parties
  return sendHtml(request, reply, {
    title: `${first.name} and ${second.name}`,
    description: `The agreements between ${first.name} and ${second.name}: when they were signed, and which are in force.`,
    canonical: pageOf.pair([first.code, second.code].toSorted().join(',')),
    api: `/v1/agreements?pair=${encodeURIComponent(pair)}`,
    body: (
      <article>
        <h1>
          <A to={pageOf.signatory(first.code)}>{first.name}</A> and{' '}
          <A to={pageOf.signatory(second.code)}>{second.name}</A>
        </h1>
        <Selection {...selection} />
      </article>
    ),
  })
}
