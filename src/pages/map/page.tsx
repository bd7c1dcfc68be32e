import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AgreementFilter } from '../../agreements/list/filter.ts'
import { linkTo } from '../../http/addresses.ts'
import { sendTagged } from '../../http/responses.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { askedOf } from '../asked.ts'
import { Chips, namesIn } from '../chips.tsx'
import { Meant, Views } from '../views.tsx'
import { A, cachePrivately, sendHtml } from '../page.tsx'
import { counted } from '../words.ts'
import { maxInTable, PartnersMap, titleOf } from './figure.tsx'
import { outlines } from './outlines.ts'
import { pathOfPartner, readPartners } from './partners.ts'
import { mapOf } from './svg.ts'

type Request = FastifyRequest<{ Querystring: AgreementFilter }>

/** The page at `/map`: the parties of the agreements that match, on a map and in a table. */
export async function mapPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db } = request
  const query = askedOf(request)
  const [data, shapes, names] = await Promise.all([
    readPartners(db, request.query, today, kept),
    outlines(),
    namesIn(db, query),
  ])
  const list = `/agreements${query.size > 0 ? `?${query.toString()}` : ''}`
  return sendHtml(request, reply, {
    title: titleOf(data),
    description: `${titleOf(data)}, on a map and in a table.`,
    api: `/v1/statistics?${query.size > 0 ? `${query.toString()}&` : ''}groupBy=${data.home === null ? 'party' : 'pair'}`,
    body: (
      <>
        <h1>{titleOf(data)}</h1>
        <Meant query={query} meant={data.didYouMean} />
        <p>
          <A to={list}>{counted(data.total, 'agreement')}</A>
        </p>
        <Views query={query} current="/map" />
        <Chips query={query} to="/map" names={names} />
        {data.partners.length === 0 && <p>No agreement matches. Take a filter away.</p>}
        <PartnersMap {...data} shapes={shapes} query={query} limit={maxInTable} />
      </>
    ),
  })
}

/** The picture at `/map.svg`. */
export async function mapPicture(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const [data, shapes] = await Promise.all([readPartners(request.db, request.query, today, kept), outlines()])
  const query = askedOf(request)
  const addressOf = (code: string): string => linkTo(request, pathOfPartner(query, data.home?.code ?? null, code))
  const svg = mapOf(shapes, data, { title: titleOf(data), addressOf })
  return sendTagged(request, cachePrivately(request, reply), svg, 'image/svg+xml; charset=utf-8')
}
