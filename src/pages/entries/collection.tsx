import type { FastifyReply, FastifyRequest } from 'fastify'
import { collectionLookup } from '../../registry/collections/lookup.ts'
import { collectionRegistry } from '../../registry/collections/queries.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { Fact, sendHtml } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { dayInWords } from '../words.ts'
import { entriesNamed } from './named.ts'
import { readSelection, Selection } from './selection.tsx'

type Request = FastifyRequest<{ Params: { code: string } }>

/** The page of a collection at `/collections/{id or code}`. */
export async function collectionPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db, params } = request
  const [named] = await entriesNamed(db, collectionLookup, [params.code])
  const { code, name, publisher, url, licence, asOf, note, listed } = await collectionRegistry.read(db, named!.id)
  const selection = await readSelection(db, { collection: [code] }, { today, kept })
  return sendHtml(request, reply, {
    title: name,
    description: note ?? `The agreements of the collection ${name}.`,
    canonical: pageOf.collection(code),
    api: `/v1/collections/${encodeURIComponent(code)}`,
    body: (
      <article>
        <h1>{name}</h1>
        {note !== null && <p>{note}</p>}
        {!listed && <p class="told">The agreements of this collection are not in lists, searches and counts.</p>}
        <dl>
          <Fact name="Code">{code}</Fact>
          {publisher !== null && <Fact name="Publisher">{publisher}</Fact>}
          {url !== null && (
            <Fact name="Found at">
              <a href={url} rel="external nofollow">
                {url}
              </a>
            </Fact>
          )}
          {asOf !== null && <Fact name="As of">{dayInWords(asOf)}</Fact>}
          {licence !== null && <Fact name="Licence">{licence}</Fact>}
        </dl>
        <Selection {...selection} />
      </article>
    ),
  })
}
