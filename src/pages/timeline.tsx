import type { FastifyReply, FastifyRequest } from 'fastify'
import { AgreementQuery } from '../agreements/list/filter.ts'
import { lifeOfDocument } from '../agreements/publication/life.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { timelineOf } from '../agreements/time/timeline.ts'
import type { Day } from '../shared/calendar.ts'
import { Digits } from '../shared/schemas.ts'
import { pathOf } from './agreements.tsx'
import { AsOf } from './another-day.tsx'
import { askedOf, at, withValues } from './asked.ts'
import { Chips, namesIn } from './chips.tsx'
import { Legend, type Line, Lines } from './lines.tsx'
import { readList } from './list.ts'
import { A, Scroll, sendHtml } from './page.tsx'
import { Meant, Next, Views } from './views.tsx'
import { counted, dayInWords, grouped, inWords } from './words.ts'

/** Agreements on a page. */
const most = 50

export const TimelinePageQuery = AgreementQuery.extend({ limit: Digits(1, most).optional() })

type Request = FastifyRequest<{ Querystring: AgreementQuery }>

/** The page at `/timeline`: what the list of the API finds for the same query, each agreement as a line. */
export async function timelinePage(request: Request, reply: FastifyReply, today: Day): Promise<FastifyReply> {
  const query = { ...request.query, limit: request.query.limit ?? most, count: 'exact' as const }
  const asked = askedOf(request)
  const [page, names] = await Promise.all([readList(request, reply, query), namesIn(request.db, asked)])
  const lines = page.items.map(lineOf)
  return sendHtml(request, reply, {
    title: 'Timeline',
    description: 'Agreements as lines over the years, from signature to end.',
    api: at('/v1/agreements', withValues(asked, { limit: String(query.limit) })),
    body: (
      <>
        <h1>Timeline of {counted(page.total, 'agreement')}</h1>
        <Meant query={asked} meant={page.didYouMean} />
        <Views query={asked} current="/timeline" />
        <Chips query={asked} to="/timeline" names={names} />
        <AsOf query={asked} to="/timeline" />
        {page.total > lines.length && (
          <p>
            This page shows {grouped(lines.length)} of {grouped(page.total)}.
          </p>
        )}
        {lines.length === 0 ? (
          <p>No agreement matches. Take a filter away.</p>
        ) : (
          <>
            <figure>
              <Scroll label="Picture of the timeline">
                <Lines lines={lines} today={today} />
              </Scroll>
            </figure>
            <Legend />
            <h2>The same as a table</h2>
            <Table lines={lines} />
          </>
        )}
        <Next query={asked} to="/timeline" cursor={page.nextCursor} />
      </>
    ),
  })
}

const over: readonly string[] = ['terminated', 'unknown']

function lineOf(agreement: Agreement): Line {
  const { periods } = timelineOf(lifeOfDocument(agreement))
  const living = periods.filter(({ status }) => !over.includes(status))
  return {
    agreement,
    periods: living,
    from: living.find(({ from }) => from !== null)?.from ?? null,
    until: living.at(-1)?.until ?? null,
    inexact: new Set(periods.flatMap(({ from, exactFrom }) => (from === null || exactFrom ? [] : [from]))),
  }
}

function Table({ lines }: { lines: Line[] }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Agreement</th>
          <th scope="col">Parties</th>
          <th scope="col">From</th>
          <th scope="col">In force</th>
          <th scope="col">Until</th>
          <th scope="col">Status</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ agreement, periods, from, until, inexact }) => {
          const entered = periods.find(({ status }) => status === 'in_force')
          return (
            <tr>
              <td>
                <A to={pathOf(agreement)}>{agreement.title}</A>
              </td>
              <td data-name="Parties">{agreement.parties.map(({ name }) => name).join(', ')}</td>
              <td data-name="From">{wordsFor(from, inexact)}</td>
              <td data-name="In force">{entered === undefined ? '–' : wordsFor(entered.from, inexact)}</td>
              <td data-name="Until">{until === null ? 'No known end' : wordsFor(until, inexact)}</td>
              <td data-name="Status">{inWords(agreement.status)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

const wordsFor = (day: Day | null, inexact: Set<Day>): string =>
  day === null ? 'Unknown' : `${dayInWords(day)}${inexact.has(day) ? ' (not exact)' : ''}`
