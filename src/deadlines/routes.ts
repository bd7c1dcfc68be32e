import type { FastifyReply, FastifyRequest } from 'fastify'
import { baseUrlOf } from '../http/addresses.ts'
import { addFormats } from '../http/formats.ts'
import { jsonType, sendTagged, addDidYouMean } from '../http/responses.ts'
import { limitOf, type PageRow, writePage } from '../http/paging.ts'
import { Problem, problems } from '../problems/problems.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import { calendarOf } from './calendar.ts'
import type { DueDay } from './due-days.ts'
import { listDue, readAllDue } from './queries.ts'
import { type Deadline, DeadlineCalendar, DeadlinePage, DeadlineQuery } from './schemas.ts'

type Request = FastifyRequest<{ Querystring: DeadlineQuery }>

/** The parameters of pages. */
const pageNames = ['cursor', 'limit', 'count'] as const

/** How long a calendar program may cache the calendar, in seconds. */
const calendarMaxAge = 3600

export async function deadlineRoutes(app: App, { today }: Dependencies): Promise<void> {
  addFormats<DeadlineQuery>(app, '/deadlines', {
    config: { role: 'reader' },
    schema: {
      tags: ['Search'],
      operationId: 'listDeadlines',
      summary: 'List expiries, renewals and notice deadlines in a period',
      description:
        'Accepts the filters of the list. Contains every expiry, renewal and notice deadline that follows from terms and dates, earliest first. To subscribe to it as a calendar: [`/v1/deadlines.ics`](/v1/deadlines.ics).',
      querystring: DeadlineQuery,
      headers: IfNoneMatch,
      response: problems(400),
    },
    answer: { description: 'A page of deadlines, or a calendar of all of them.', headers: ['X-Did-You-Mean'] },
    formats: {
      json: {
        mediaType: 'application/json',
        schema: DeadlinePage,
        takes: pageNames,
        send: async (request, reply) => sendList(request, reply, today()),
      },
      ics: {
        mediaType: 'text/calendar',
        schema: DeadlineCalendar,
        send: async (request, reply) => sendCalendar(request, reply, today()),
        own: {
          operationId: 'getDeadlineCalendar',
          summary: 'Subscribe to expiries, renewals and notice deadlines as a calendar',
          description:
            'Accepts the filters of the list, and contains all deadlines in the period, without pages. Enter the address in a calendar program. If it asks for a user name and a password, enter any user name, and an API key as the password.',
          config: { acceptsBasic: true },
        },
      },
    },
  })
}

async function sendList(request: Request, reply: FastifyReply, today: string): Promise<FastifyReply> {
  const { db, query } = request
  const { due, more, interpretation, total, period, withoutKnownTerm } = await listDue(db, query, today, limitOf(query))
  const rows = more ? [...due.map(listed), unread] : due.map(listed)
  const notes = { interpretation, total, own: { ...period, withoutKnownTerm } }
  return sendTagged(request, reply, writePage(request, reply, query, rows, notes), jsonType)
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

async function sendCalendar(request: Request, reply: FastifyReply, today: string): Promise<FastifyReply> {
  refusePages(request.query)
  const { due, interpretation } = await readAllDue(request.db, request.query, today)
  void addDidYouMean(reply, interpretation?.didYouMean ?? null)
    .header('cache-control', `private, max-age=${calendarMaxAge}`)
    .header('content-disposition', 'attachment; filename="deadlines.ics"')
  return sendTagged(request, reply, await calendarOf(due, baseUrlOf(request)), 'text/calendar; charset=utf-8')
}

/** @throws Problem 400 for the parameters of pages, which a calendar does not have */
function refusePages(query: DeadlineQuery): void {
  const parameter = pageNames.find((name) => query[name] !== undefined)
  if (parameter === undefined) return
  const message = `\`${parameter}\` must not be used for a calendar, which has no pages.`
  throw new Problem('invalid_request', message, [{ parameter, code: 'not_for_calendar', message }])
}
