import { setImmediate } from 'node:timers/promises'
import { csvOf } from '../shared/csv.ts'
import { sendCsv, sendJson, addDidYouMean } from '../http/responses.ts'
import { problems } from '../problems/problems.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { readStatistics } from './queries.ts'
import { Statistics, StatisticsCsv, StatisticsQuery } from './schemas.ts'

/** Rows written before yielding to other requests; each takes some hundredths of a millisecond. */
const rowsPerTurn = 500

async function csvInPieces(rows: (string | number | null)[][]): Promise<string> {
  let csv = ''
  for (let i = 0; i < rows.length; i += rowsPerTurn) {
    await setImmediate()
    csv += csvOf(rows.slice(i, i + rowsPerTurn))
  }
  return csv
}

export async function statisticsRoutes(app: App, { today }: Dependencies): Promise<void> {
  app.get(
    '/statistics',
    {
      config: { role: 'reader' },
      schema: {
        tags: ['Statistics'],
        operationId: 'getStatistics',
        summary: 'Count agreements by year, party, pair, research domain or other dimensions',
        description:
          'Accepts the filters of the list. How many agreements did the United States sign per year, and with whom? [`groupBy=signedYear&party=US`](/v1/statistics?groupBy=signedYear&party=US), [`groupBy=pair&party=US`](/v1/statistics?groupBy=pair&party=US).',
        querystring: StatisticsQuery,
        response: {
          200: {
            description: 'The counts.',
            headers: ['X-Overlapping', 'X-Did-You-Mean'],
            content: { 'application/json': { schema: Statistics }, 'text/csv': { schema: StatisticsCsv } },
          },
          ...problems(400),
        },
      },
    },
    async (request, reply) => {
      const statistics = await readStatistics(request.db, request.query, today())
      void reply.header('cache-control', 'no-cache').header('x-overlapping', String(statistics.overlapping))
      if (request.query.format !== 'csv') return sendJson(reply, statistics)
      const { groupBy, items } = statistics
      const head = [
        ...groupBy.flatMap((name) => [name, `${name}Label`]),
        'count',
        'inForce',
        'firstSigned',
        'lastSigned',
      ]
      const rows = items.map(({ keys, labels, count, inForce, firstSigned, lastSigned }) => [
        ...keys.flatMap((key, i) => [key, labels[i] ?? null]),
        count,
        inForce,
        firstSigned,
        lastSigned,
      ])
      return sendCsv(addDidYouMean(reply, statistics.didYouMean), 'statistics.csv', await csvInPieces([head, ...rows]))
    },
  )
}
