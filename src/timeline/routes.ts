import { sendPage, withTotal } from '../http/paging.ts'
import type { App } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import { listDates } from './queries.ts'
import { TimelinePage, TimelineQuery } from './schemas.ts'

const tags = ['Dates']

export async function timelineRoutes(app: App): Promise<void> {
  app.get(
    '/dates',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listDates',
        summary: 'List the dates of all agreements as a timeline',
        description:
          'Includes dates that are not preferred. An imprecise date matches every day that it can mean. Example, what entered into force in 2007: [`event=entered_into_force&from=2007-01-01&to=2007-12-31`](/v1/dates?event=entered_into_force&from=2007-01-01&to=2007-12-31).',
        querystring: TimelineQuery,
        headers: IfNoneMatch,
        response: { 200: TimelinePage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { db, query } = request
      const { rows, ...notes } = await withTotal(db, query, (db) => listDates(db, query))
      return sendPage(request, reply, query, rows, notes)
    },
  )
}
