import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { nextPage } from '../http/paging.ts'
import { Digits } from '../shared/schemas.ts'
import { dimensionNames, titleOf } from '../statistics/chart/data.ts'
import { yearsOf } from '../statistics/dimensions.ts'
import type { KeptResults } from '../agreements/list/kept-results.ts'
import { readStatistics } from '../statistics/queries.ts'
import { type Dimension, type Group, StatisticsQuery } from '../statistics/schemas.ts'
import { AnotherDay, AsOf } from './another-day.tsx'
import { askedOf, at, isFilter, selectionIn, withoutIdleDay, withValues } from './asked.ts'
import { Chips, namesIn } from './chips.tsx'
import { Facets, keysOf, nameOf, readFacets } from './facets.tsx'
import { type Narrow, narrowingTo, notes } from './narrow.ts'
import { A, Form, Picture, sendHtml } from './page.tsx'
import { Meant, Next, Views } from './views.tsx'
import { counted, dayInWords, grouped, inWords } from './words.ts'

/** Groups that a page lists. */
const most = 100

/** The parameters of the API; `groupBy` may be left out: by year. */
export const StatisticsPageQuery = StatisticsQuery.omit({ bom: true }).extend({
  groupBy: StatisticsQuery.shape.groupBy.prefault(['signedYear']),
  limit: Digits(1, most).optional(),
})
type StatisticsPageQuery = z.infer<typeof StatisticsPageQuery>
type Request = FastifyRequest<{ Querystring: StatisticsPageQuery }>

/** The page at `/statistics`: what the API counts for the same query, as a chart and as a table. */
export async function statisticsPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db } = request
  const { groupBy, sort = yearsOf.has(groupBy[0]!) ? '-key' : '-count', limit = most } = request.query
  const query = { ...request.query, sort, limit }
  const { groupBy: _, domainLevel: __, sort: ___, limit: ____, cursor: _____, ...filter } = query
  const asked = askedOf(request)
  const [{ statistics, next }, facets, names] = await Promise.all([
    readStatistics(db, query, today, kept),
    readFacets(db, filter, today, kept),
    namesIn(db, asked),
  ])
  const shown = groupBy.map((dimension, i) => ({ dimension, keys: statistics.items.map(({ keys }) => keys[i]) }))
  const narrow = await narrowingTo(db, asked, [...keysOf(facets), ...shown])
  const cursor = nextPage(request, reply, query, next)
  const all = new URLSearchParams([...withoutPages(asked), ...(asked.has('groupBy') ? [] : [['groupBy', groupBy[0]!]])])
  const title = titleOf(groupBy)
  return sendHtml(request, reply, {
    title,
    description: `${title}, as a chart and a table.`,
    api: at(
      '/v1/statistics',
      withValues(all, { sort, limit: String(limit), cursor: asked.get('cursor') ?? undefined }),
    ),
    body: (
      <>
        <h1>{title}</h1>
        <p>
          {counted(statistics.total, 'agreement')}.
          {statistics.overlapping && ' An agreement can be in several groups, so the counts do not add up.'}
        </p>
        <Meant query={asked} meant={statistics.didYouMean} />
        <Views query={asked} current="/statistics" />
        <Choice query={asked} groupBy={groupBy} sort={sort} />
        <Chips query={asked} to="/statistics" names={names} />
        <AsOf query={asked} to="/statistics" />
        <div class="columns">
          <Facets all={facets} query={asked} to="/statistics" narrow={narrow} />
          <div>
            {statistics.items.length > 0 && (
              <figure>
                <Picture
                  of={at('/v1/statistics.svg', all)}
                  alt={`Bar chart: ${title}. The table below has its numbers.`}
                />
                <figcaption class="faint">
                  Take it along: <A to={at('/v1/statistics.svg', all)}>picture (SVG)</A>,{' '}
                  <A to={at('/v1/statistics.csv', all)}>numbers (CSV)</A>
                </figcaption>
              </figure>
            )}
            <Groups groupBy={groupBy} items={statistics.items} query={asked} narrow={narrow} />
            {groupBy.map((dimension) => notes[dimension] !== undefined && <p class="faint">{notes[dimension]}</p>)}
            <AnotherDay query={asked} to="/statistics" />
            <Next query={asked} to="/statistics" cursor={cursor} />
          </div>
        </div>
      </>
    ),
  })
}

/** What a chart of all groups is drawn from. */
const withoutPages = (query: URLSearchParams): URLSearchParams =>
  withValues(query, { cursor: undefined, limit: undefined, sort: undefined })

const sortNames: Record<NonNullable<StatisticsQuery['sort']>, string> = {
  '-count': 'Largest first',
  count: 'Smallest first',
  key: 'By year or code',
  '-key': 'By year or code, last first',
}

function Choice({ query, groupBy, sort }: { query: URLSearchParams; groupBy: Dimension[]; sort: string }) {
  const all = Object.entries(dimensionNames) as [Dimension, string][]
  return (
    <Form to="/statistics">
      {['Count by', 'and by'].map((label, i) => (
        <label>
          {label}
          <select name="groupBy">
            {i > 0 && <option value="">Nothing else</option>}
            {all.map(([dimension, name]) => (
              <option value={dimension} selected={groupBy[i] === dimension}>
                {inWords(name)}
              </option>
            ))}
          </select>
        </label>
      ))}
      <label>
        Order
        <select name="sort">
          {Object.entries(sortNames).map(([value, name]) => (
            <option value={value} selected={sort === value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Only with these words
        <input type="search" name="q" value={query.get('q') ?? ''} maxLength={500} />
      </label>
      {[...withoutIdleDay(withValues(query, { groupBy: undefined }))]
        .filter(([name]) => name !== 'q' && (isFilter(name) || ['asOf', 'domainLevel'].includes(name)))
        .map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
      <button>Count</button>
    </Form>
  )
}

interface GroupsProps {
  groupBy: Dimension[]
  items: Group[]
  query: URLSearchParams
  narrow: Narrow
}

/** The groups as a table, each a link to its agreements. Of two dimensions, only those that have any. */
function Groups({ groupBy, items, query, narrow }: GroupsProps) {
  if (items.length === 0) return <p>No agreement matches. Take a filter away.</p>
  const shown = groupBy.length === 1 ? items : items.filter(({ count }) => count > 0)
  const filters = selectionIn(query)
  const heads = [...groupBy.map((dimension) => inWords(dimensionNames[dimension])), ...columns]
  return (
    <table class="list numbers">
      <thead>
        <tr>
          {heads.map((name) => (
            <th scope="col">{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map(({ keys, labels, count, inForce, firstSigned, lastSigned }) => {
          const further = groupBy.reduce<URLSearchParams | null>(
            (selected, by, i) => selected && (keys[i] ? narrow(selected, by, keys[i]) : null),
            filters,
          )
          const name = (i: number) => (keys[i] === null ? 'Unknown' : nameOf(groupBy[i]!, labels[i] ?? keys[i]!))
          return (
            <tr>
              {groupBy.map((_, i) => (
                <td data-name={i === 0 ? undefined : heads[i]}>
                  {i === 0 && count > 0 && further !== null ? (
                    <A to={at('/agreements', further)}>{name(i)}</A>
                  ) : (
                    name(i)
                  )}
                </td>
              ))}
              <td data-name="Agreements">{grouped(count)}</td>
              <td data-name="In force">{grouped(inForce)}</td>
              <td data-name="First signed">{firstSigned === null ? '–' : dayInWords(firstSigned)}</td>
              <td data-name="Last signed">{lastSigned === null ? '–' : dayInWords(lastSigned)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

const columns = ['Agreements', 'In force', 'First signed', 'Last signed']
