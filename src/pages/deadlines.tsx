import type { FastifyReply, FastifyRequest } from 'fastify'
import { deadlineWords } from '../deadlines/calendar.ts'
import type { DueDay } from '../deadlines/due-days.ts'
import { listDue } from '../deadlines/queries.ts'
import { DeadlineQuery } from '../deadlines/schemas.ts'
import { baseOf } from '../http/addresses.ts'
import { nextPage } from '../http/paging.ts'
import { addMonths } from '../shared/calendar.ts'
import { groupedBy } from '../shared/grouped.ts'
import { Digits } from '../shared/schemas.ts'
import { pathOf } from './agreements.tsx'
import { askedOf, at, isFilter, withValues } from './asked.ts'
import { Chips, namesIn } from './chips.tsx'
import { A, Form, sendHtml } from './page.tsx'
import { Meant, Next, Views } from './views.tsx'
import { counted, dayInWords } from './words.ts'

/** Deadlines that a page lists. */
const most = 100

export const DeadlinesPageQuery = DeadlineQuery.extend({ limit: Digits(1, most).optional() })

type Request = FastifyRequest<{ Querystring: DeadlineQuery }>

/** The page at `/deadlines`: what the API lists for the same query, month by month. */
export async function deadlinesPage(request: Request, reply: FastifyReply, today: string): Promise<FastifyReply> {
  const { limit = most } = request.query
  const query = { ...request.query, limit, count: 'exact' as const }
  const { due, more, interpretation, total, period, withoutKnownTerm } = await listDue(request.db, query, today, limit)
  const last = more ? due.at(-1)?.position : undefined
  const cursor = nextPage(request, reply, query, last && { ...last, interpretation })
  const asked = askedOf(request)
  const names = await namesIn(request.db, asked)
  const calendar = at('/v1/deadlines.ics', withValues(asked, { cursor: undefined, limit: undefined, count: undefined }))
  return sendHtml(request, reply.header('cache-control', 'no-cache'), {
    title: 'Deadlines',
    description:
      'What ends, renews itself or needs notice in the next months, as a list and a calendar to subscribe to.',
    api: at('/v1/deadlines', asked),
    body: (
      <>
        <h1>{counted(total ?? 0, 'deadline')}</h1>
        <p>
          From {dayInWords(period.from)} to {dayInWords(period.to)}: what ends, renews itself or needs notice, as it
          follows from the recorded terms and dates.
          {withoutKnownTerm > 0 &&
            ` Of ${counted(withoutKnownTerm, 'agreement')} the term is not known: of these, only recorded ends are here.`}
        </p>
        <Meant query={asked} meant={interpretation?.didYouMean ?? null} />
        <Views query={asked} current="/deadlines" />
        <Kinds query={asked} />
        <Periods query={asked} from={period.from} to={period.to} />
        <Chips query={asked} to="/deadlines" names={names} />
        {due.length === 0 && <p>No deadline in this period. Choose a longer one, or take a filter away.</p>}
        {[...groupedBy(due, ({ occurrence }) => occurrence.day.slice(0, 7))].map(([month, days]) => (
          <Month name={dayInWords(month)} days={days} />
        ))}
        <Next query={asked} to="/deadlines" cursor={cursor} />
        <h2>Subscribe</h2>
        <p>
          Enter this address in a calendar program, and it shows these deadlines and keeps them up to date, or{' '}
          <A to={calendar}>take them along as a calendar file</A>. A subscription needs no period: without one it always
          has the next six months.
        </p>
        <p class="address">
          <code>{`${baseOf(request)}${calendar}`}</code>
        </p>
      </>
    ),
  })
}

/** Links to one kind of deadline, or to all. */
function Kinds({ query }: { query: URLSearchParams }) {
  const kinds = query.getAll('kind')
  const all = withValues(query, { cursor: undefined, kind: undefined })
  return (
    <nav aria-label="Kind of deadline">
      <ul class="chips">
        <li>
          <A to={at('/deadlines', all)} aria-current={kinds.length === 0 ? 'true' : undefined}>
            All kinds
          </A>
        </li>
        {Object.entries(deadlineWords).map(([kind, name]) => (
          <li>
            <A
              to={at('/deadlines', withValues(all, { kind }))}
              aria-current={kinds.includes(kind) ? 'true' : undefined}
            >
              {name}
            </A>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const spans = { 'Six months': 6, 'One year': 12, 'Two years': 24, 'Five years': 60 }

/** The period as a form, and the usual lengths as links. */
function Periods({ query, from, to }: { query: URLSearchParams; from: string; to: string }) {
  return (
    <>
      <Form to="/deadlines">
        <label>
          From
          <input type="date" name="from" value={from} />
        </label>
        <label>
          To
          <input type="date" name="to" value={to} />
        </label>
        {[...query]
          .filter(([name]) => isFilter(name) || name === 'kind')
          .map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
        <button>Show</button>
      </Form>
      <p>
        {Object.entries(spans).map(([name, months], i) => (
          <>
            {i > 0 && ' · '}
            <A
              to={at(
                '/deadlines',
                withValues(query, { from, to: addMonths(from, months) ?? undefined, cursor: undefined }),
              )}
            >
              {name}
            </A>
          </>
        ))}
      </p>
    </>
  )
}

function Month({ name, days }: { name: string; days: DueDay[] }) {
  return (
    <section>
      <h2>{name}</h2>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Agreement</th>
            <th scope="col">Day</th>
            <th scope="col">What</th>
            <th scope="col">Parties</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ agreement, occurrence: { day, kind, renewal, approximate } }) => (
            <tr>
              <td>
                <A to={pathOf(agreement)}>{agreement.title}</A>
              </td>
              <td data-name="Day">
                {dayInWords(day)}
                {approximate && ' (not exact)'}
              </td>
              <td data-name="What">
                {deadlineWords[kind]}
                {renewal !== null && `; otherwise it renews on ${dayInWords(renewal)}`}
              </td>
              <td data-name="Parties">{agreement.parties.map((party) => party.name).join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
