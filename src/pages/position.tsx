import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { KeptResults } from '../agreements/list/kept-results.ts'
import { readAgreement, readAgreementAsOf } from '../agreements/queries.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { readPosition } from '../position/queries.ts'
import type { Position, PositionQuery } from '../position/schemas.ts'
import { pathOf } from './agreements.tsx'
import { AnotherDay, AsOf } from './another-day.tsx'
import { askedOf, at, filtersIn, selectionIn, withValues } from './asked.ts'
import { Chips, namesIn } from './chips.tsx'
import { idOfNamed } from './named-agreement.ts'
import { A, sendHtml } from './page.tsx'
import { Meant } from './views.tsx'
import { counted, dayInWords, ordinal } from './words.ts'

type Request = FastifyRequest<{ Params: { id: string }; Querystring: z.infer<typeof PositionQuery> }>

/** The page at `/agreements/{id, reference or identifier}/position`: which one it is in a selection, by day of signature. */
export async function positionPage(request: Request, reply: FastifyReply, kept: KeptResults): Promise<FastifyReply> {
  const { db, params, query } = request
  const { asOf } = query
  const id = await idOfNamed(db, params.id, asOf !== undefined)
  const { document } = asOf ? await readAgreementAsOf(db, id, asOf) : await readAgreement(db, id)
  const agreement = JSON.parse(document) as Agreement
  const asked = askedOf(request)
  const list = at('/agreements', withValues(selectionIn(asked), { sort: 'signed' }))
  const [found, names] = await Promise.all([readPosition(db, id, query, kept), namesIn(db, asked)])
  const path = `${pathOf(agreement)}/position`
  return sendHtml(request, reply, {
    title: `${ordinal(found.position)}: ${agreement.title}`,
    canonical: at(path, selectionIn(asked)),
    api: at(`/v1${path}`, asked),
    body: (
      <>
        <h1>
          The {ordinal(found.position)} of {counted(found.total, 'agreement')}
        </h1>
        <p>
          In the order of signature, among those that match the filters, this is the {ordinal(found.position)}:{' '}
          <A to={pathOf(agreement)}>{agreement.title}</A>
          {found.signed !== null && `, signed ${dayInWords(found.signed)}`}.
        </p>
        <Meant query={asked} meant={found.didYouMean} />
        <h2>What is counted</h2>
        {filtersIn(asked).size === 0 ? (
          <p>All agreements of the register.</p>
        ) : (
          <Chips query={asked} to={path} names={names} />
        )}
        <p>
          <A to={list}>See all {counted(found.total, 'agreement')} that are counted</A>
        </p>
        <AsOf query={asked} to={path} />
        <h2>Before and after it</h2>
        <dl>
          <Neighbour name="Previous" of={found.previous} days={found.daysSincePrevious} />
          <Neighbour name="Next" of={found.next} days={null} />
        </dl>
        <AnotherDay query={asked} to={path} />
      </>
    ),
  })
}

/** @param days how many days earlier it was signed, if known */
function Neighbour({ name, of, days }: { name: string; of: Position['next']; days: number | null }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {of === null ? (
          'None'
        ) : (
          <>
            <A to={pathOf(of)}>{of.title}</A>
            {of.signed !== null && `, signed ${dayInWords(of.signed)}`}
            {days !== null && `, ${counted(days, 'day')} before`}
          </>
        )}
      </dd>
    </>
  )
}
