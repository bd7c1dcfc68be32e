import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../database/connect.ts'
import { asksFor, jsonType, sendTagged, addDidYouMean, varying } from '../http/responses.ts'
import { baseUrlOf } from '../http/addresses.ts'
import { limitOf, type PageRow, writePage } from '../http/paging.ts'
import { Problem, problems } from '../problems/problems.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import { calendarOf } from './calendar.ts'
import type { DueDay } from './due-days.ts'
import { listDue, readAllDue } from './queries.ts'
import { CalendarQuery, type Deadline, DeadlineCalendar, DeadlinePage, DeadlineQuery } from './schemas.ts'

const calendarType = 'text/calendar'

/** How long a calendar program may cache the calendar, in seconds. */
const calendarMaxAge = 3600

export async function deadlineRoutes(app: App, { today }: Dependencies): Promise<void> {
  app.get(
    '/deadlines',
    {
      config: { role: 'reader' },
      schema: {
        tags: ['Search'],
        operationId: 'listDeadlines',
        summary: 'List expiries, renewals and notice deadlines in a period',
        description:
          'Accepts the filters of the list. Contains every expiry, renewal and notice deadline that follows from terms and dates, earliest first. To subscribe to it as a calendar: [`/v1/deadlines.ics`](/v1/deadlines.ics).',
        querystring: DeadlineQuery,
        headers: IfNoneMatch,
        response: {
          200: {
            description: 'A page of deadlines, or a calendar of all of them.',
            headers: ['X-Did-You-Mean'],
            content: { 'application/json': { schema: DeadlinePage }, [calendarType]: { schema: DeadlineCalendar } },
          },
          ...problems(400),
        },
      },
    },
    async (request, reply) => {
      const { query } = request
      void varying(reply, 'accept')
      const format = query.format ?? (asksFor(request, calendarType) ? 'ics' : 'json')
      if (format === 'ics') return sendCalendar(request, reply, await wholeCalendar(request.db, query))
      const { due, more, interpretation, total, period, withoutKnownTerm } = await listDue(
        request.db,
        query,
        today(),
        limitOf(query),
      )
      const rows = more ? [...due.map(listed), unread] : due.map(listed)
      const notes = { interpretation, total, own: { ...period, withoutKnownTerm } }
      return sendTagged(request, reply, writePage(request, reply, query, rows, notes), jsonType)
    },
  )

  app.get(
    '/deadlines.ics',
    {
      config: { role: 'reader', acceptsBasic: true },
      schema: {
        tags: ['Search'],
        operationId: 'getDeadlineCalendar',
        summary: 'Subscribe to expiries, renewals and notice deadlines as a calendar',
        description:
          'Accepts the filters of the list, and contains all deadlines in the period, without pages. Enter the address in a calendar program. If it asks for a user name and a password, enter any user name, and an API key as the password.',
        querystring: CalendarQuery,
        headers: IfNoneMatch,
        response: {
          200: {
            description: 'A calendar of all deadlines in the period.',
            headers: ['X-Did-You-Mean'],
            content: { [calendarType]: { schema: DeadlineCalendar } },
          },
          ...problems(400),
        },
      },
    },
    async (request, reply) => sendCalendar(request, reply, await readAllDue(request.db, request.query, today())),
  )

  const wholeCalendar = (db: Database, query: DeadlineQuery): ReturnType<typeof readAllDue> => {
    const parameter = (['cursor', 'limit', 'count'] as const).find((name) => query[name] !== undefined)
    if (parameter === undefined) return readAllDue(db, query, today())
    const message = `\`${parameter}\` must not be used for a calendar, which has no pages.`
    throw new Problem('invalid_request', message, [{ parameter, code: 'not_for_calendar', message }])
  }
}

/** A row without content: shows that there is a next page. */
const unread: PageRow = { key: '', id: '', document: null }

function listed({ agreement, occurrence, position: { key, id } }: DueDay) {
  const { kind, day, renewal, endedBy, approximate } = occurrence
  const { reference, title } = agreement
  const deadline: Deadline = {
    day,
    kind,
    renewal,
    endedBy,
    approximate,
    agreement: { id: agreement.id, reference, title },
    parties: agreement.parties,
  }
  return { key, id, document: JSON.stringify(deadline) }
}

async function sendCalendar(
  request: FastifyRequest,
  reply: FastifyReply,
  { due, interpretation }: Awaited<ReturnType<typeof readAllDue>>,
): Promise<FastifyReply> {
  return sendTagged(
    request,
    addDidYouMean(reply, interpretation?.didYouMean ?? null)
      .header('cache-control', `private, max-age=${calendarMaxAge}`)
      .header('content-disposition', 'attachment; filename="deadlines.ics"'),
    await calendarOf(due, baseUrlOf(request)),
    `${calendarType}; charset=utf-8`,
  )
}
