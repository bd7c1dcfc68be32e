import { setImmediate } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pinned } from '../agreements/list/cite.ts'
import { cacheControlOf, dayOf } from '../agreements/list/long-past.ts'
import { csvOf } from '../shared/csv.ts'
import { addFormats } from '../http/formats.ts'
import { nextPage } from '../http/paging.ts'
import { linkTo } from '../http/addresses.ts'
import { addDidYouMean, queryOf, sendTagged, sendTaggedJson } from '../http/responses.ts'
import { problems } from '../problems/problems.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { chartOf } from './chart/data.ts'
import { draw } from './chart/draw.ts'
import type { KeptResults } from '../agreements/list/kept-results.ts'
import { readStatistics } from './queries.ts'
import { Statistics, StatisticsChart, StatisticsCsv, StatisticsQuery } from './schemas.ts'

/** Rows written before yielding to other requests; each takes some hundredths of a millisecond. */
const rowsPerTurn = 500

type Line = (string | number | null)[]
type Request = FastifyRequest<{ Querystring: StatisticsQuery }>

async function csvInPieces(rows: Line[]): Promise<string> {
  let csv = ''
  for (let i = 0; i < rows.length; i += rowsPerTurn) {
    await setImmediate()
    csv += csvOf(rows.slice(i, i + rowsPerTurn))
  }
  return csv
}

export const statisticsRoutes =
  (kept: KeptResults) =>
  async (app: App, { today }: Dependencies): Promise<void> => {
    const read = async (request: Request, reply: FastifyReply): Promise<Statistics> => {
      const { query } = request
      const { statistics, lastChange, next } = await readStatistics(request.db, query, dayOf(query, today), kept)
      const cited = pinned(queryOf(request.url), query, lastChange)
      void reply
        .header('cache-control', cacheControlOf(query, today()))
        .header('x-overlapping', String(statistics.overlapping))
        .header('x-truncated', String(statistics.truncated))
      const cite = cited === null ? null : linkTo(request, `/v1/statistics?${cited}`)
      return { ...statistics, cite, nextCursor: nextPage(request, reply, query, next) }
    }

    addFormats<StatisticsQuery>(app, '/statistics', {
      config: { role: 'reader' },
      schema: {
        tags: ['Statistics'],
        operationId: 'getStatistics',
        summary: 'Count agreements by year, party, pair, research domain or other dimensions',
        description:
          'Accepts the filters of the list. How many agreements did the United States sign per year, and with whom? [`groupBy=signedYear&party=US`](/v1/statistics?groupBy=signedYear&party=US), [`groupBy=pair&party=US`](/v1/statistics?groupBy=pair&party=US).',
        querystring: StatisticsQuery,
        headers: IfNoneMatch,
        response: problems(400),
      },
      answer: { description: 'The counts.', headers: ['X-Overlapping', 'X-Truncated', 'X-Did-You-Mean'] },
      formats: {
        json: {
          mediaType: 'application/json',
          schema: Statistics,
          send: async (request, reply) => sendTaggedJson(request, reply, await read(request, reply)),
        },
        csv: {
          mediaType: 'text/csv',
          schema: StatisticsCsv,
          takes: ['bom'],
          send: async (request, reply) => sendCsv(request, reply, await read(request, reply)),
        },
        svg: {
          mediaType: svgType,
          schema: StatisticsChart,
          send: async (request, reply) => sendChart(request, reply, await read(request, reply)),
        },
      },
    })
  }

const svgType = 'image/svg+xml'

async function sendChart(request: Request, reply: FastifyReply, statistics: Statistics): Promise<FastifyReply> {
  const svg = await draw(chartOf(statistics))
  void addDidYouMean(reply, statistics.didYouMean)
  return sendTagged(request, reply, svg, `${svgType}; charset=utf-8`)
}

async function sendCsv(request: Request, reply: FastifyReply, statistics: Statistics): Promise<FastifyReply> {
  const csv = await csvInPieces(linesOf(statistics))
  const bom = request.query.bom === 'true' ? '\uFEFF' : ''
  void addDidYouMean(reply, statistics.didYouMean).header(
    'content-disposition',
    'attachment; filename="statistics.csv"',
  )
  return sendTagged(request, reply, `${bom}${csv}`, 'text/csv; charset=utf-8')
}

/** The names of the columns, a line for each group and, if there are more groups, one that says so. */
function linesOf({ groupBy, items, nextCursor }: Statistics): Line[] {
  const head = [...groupBy.flatMap((name) => [name, `${name}Label`]), 'count', 'inForce', 'firstSigned', 'lastSigned']
  const lines = items.map(({ keys, labels, count, inForce, firstSigned, lastSigned }) => [
    ...keys.flatMap((key, i) => [key, labels[i] ?? null]),
    count,
    inForce,
    firstSigned,
    lastSigned,
  ])
  if (nextCursor === null) return [head, ...lines]
  const rest = `Truncated: there are more groups. Next page: cursor=${nextCursor}`
  return [head, ...lines, [rest, ...head.slice(1).map(() => null)]]
}
