import { v7 as uuidv7 } from 'uuid'
import { dateRow, settled } from '../publication/from-request.ts'
import { editAgreement } from '../publication/publish.ts'
import { readAgreement } from '../queries.ts'
import { sameAct } from '../publication/rules.ts'
import { type Agreement, AgreementParams, EditedAgreementParams } from '../schemas.ts'
import { sendCreated, sendVersion } from '../../http/responses.ts'
import { inBody, Problem, problems } from '../../problems/problems.ts'
import { type App, authorOf, type Dependencies } from '../../http/routes.ts'
import { EditHeaders, IfNoneMatch, NoContent, PartHeaders } from '../../shared/schemas.ts'
import { AgreementDate, DateList, DateParams, DeletedDateParams, EditedDateParams, NewDate } from './schemas.ts'

const tags = ['Dates']

export async function dateRoutes(app: App, { today }: Dependencies): Promise<void> {
  app.get(
    '/agreements/:id/dates',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listAgreementDates',
        summary: 'List the dates of an agreement',
        params: AgreementParams,
        headers: IfNoneMatch,
        response: { 200: DateList, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { version, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, version, { items: datesIn(document) })
    },
  )

  app.post(
    '/agreements/:id/dates',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'addDate',
        summary: 'Add a date to an agreement',
        description: 'A value that competes with another is kept beside it; `preferred: true` demotes its rival.',
        params: EditedAgreementParams,
        headers: PartHeaders,
        body: NewDate,
        response: { 201: AgreementDate, ...problems(400, 404, 412, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const id = uuidv7()
      const { id: agreement } = request.params
      const { version, document } = await editAgreement(request.db, {
        id: agreement,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        references: namedBy(request.body),
        change: (parts, registry) => ({
          ...parts,
          dates: settled(
            [...parts.dates, dateRow(request.body, id, registry)],
            new Set([id]),
            `/dates/${parts.dates.length}`,
          ),
        }),
        body: ({ dates }) => `/dates/${dates.findIndex((row) => row.id === id)}`,
      })
      return sendCreated(reply, `/v1/agreements/${agreement}/dates/${id}`, version, dateIn(document, id))
    },
  )

  app.get(
    '/agreements/:id/dates/:dateId',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getDate',
        summary: 'Read one date',
        params: DateParams,
        headers: IfNoneMatch,
        response: { 200: AgreementDate, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { version, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, version, dateIn(document, request.params.dateId))
    },
  )

  app.put(
    '/agreements/:id/dates/:dateId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceDate',
        summary: 'Replace one date',
        params: EditedDateParams,
        headers: EditHeaders,
        body: NewDate,
        response: { 200: AgreementDate, ...problems(400, 404, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const { id: agreement, dateId: id } = request.params
      const { version, document } = await editAgreement(request.db, {
        id: agreement,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        references: namedBy(request.body),
        change: (parts, registry) => {
          const at = parts.dates.findIndex((row) => row.id === id)
          if (at < 0) throw noDate(id)
          const dates = parts.dates.map((row) => (row.id === id ? dateRow(request.body, id, registry) : row))
          return { ...parts, dates: settled(dates, new Set([id]), `/dates/${at}`) }
        },
        body: ({ dates }) => `/dates/${dates.findIndex((row) => row.id === id)}`,
      })
      return sendVersion(request, reply, version, dateIn(document, id))
    },
  )

  app.delete(
    '/agreements/:id/dates/:dateId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteDate',
        summary: 'Delete one date',
        params: DeletedDateParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    async (request, reply) => {
      const { id: agreement, dateId: id } = request.params
      await editAgreement(request.db, {
        id: agreement,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        change: (parts) => {
          const gone = parts.dates.find((row) => row.id === id)
          if (!gone) throw noDate(id)
          const dates = parts.dates.filter((row) => row !== gone)
          if (!gone.preferred || !dates.some((row) => sameAct(row, gone))) return { ...parts, dates }
          throw new Problem('refused', 'It is the preferred value and has rivals; prefer one of them first.')
        },
      })
      return reply.code(204).send()
    },
  )
}

const namedBy = ({ signatory }: NewDate) => ({
  bodies: signatory === null ? [] : [{ reference: signatory, at: inBody('/signatory') }],
})

const datesIn = (document: string): AgreementDate[] => (JSON.parse(document) as Agreement).dates

function dateIn(document: string, id: string): AgreementDate {
  const date = datesIn(document).find((item) => item.id === id)
  if (!date) throw noDate(id)
  return date
}

const noDate = (id: string): Problem => new Problem('not_found', `The agreement has no date ${id}.`)
