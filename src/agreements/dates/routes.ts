import { v7 as uuidv7 } from 'uuid'
import { type App, type Dependencies } from '../../http/routes.ts'
import { inBody, Problem, problems } from '../../problems/problems.ts'
import { EditHeaders, IfNoneMatch, NoContent, PartHeaders } from '../../shared/schemas.ts'
import { partHandlers, type PartList } from '../part-routes.ts'
import { dateRow } from '../publication/from-request.ts'
import { sameAct, choosePreferred, type UndecidedDate } from '../publication/rules.ts'
import { AgreementParams, EditedAgreementParams } from '../schemas.ts'
import { AgreementDate, DateList, DateParams, DeletedDateParams, EditedDateParams, NewDate } from './schemas.ts'

const tags = ['Dates']

export async function dateRoutes(app: App, { today }: Dependencies): Promise<void> {
  const dates = partHandlers(dateList, today)

  app.get(
    '/agreements/:id/dates',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listAgreementDates',
        summary: 'List the dates of an agreement',
        description: 'All dates of all sources, also those that are not preferred.',
        params: AgreementParams,
        headers: IfNoneMatch,
        response: { 200: DateList, ...problems(400, 404) },
      },
    },
    (request, reply) => dates.sendList(request, reply),
  )

  app.post(
    '/agreements/:id/dates',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'addDate',
        summary: 'Add a date to an agreement',
        description:
          'Several dates for the same act are kept side by side. `preferred: true` makes this date the preferred one instead of the current one.',
        params: EditedAgreementParams,
        headers: PartHeaders,
        body: NewDate,
        shown: AgreementDate,
        response: { 201: AgreementDate, ...problems(400, 404, 412, 413, 415, 422) },
      },
    },
    (request, reply) => dates.add(request, reply, request.body),
  )

  app.get(
    '/agreements/:id/dates/:dateId',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getDate',
        summary: 'Read one date',
        description: 'One value of one act, with its source.',
        params: DateParams,
        headers: IfNoneMatch,
        response: { 200: AgreementDate, ...problems(400, 404) },
      },
    },
    (request, reply) => dates.send(request, reply, request.params.dateId),
  )

  app.put(
    '/agreements/:id/dates/:dateId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceDate',
        summary: 'Replace one date',
        description:
          'Optional fields that are left out get their defaults. `preferred: true` makes this date the preferred one instead of the current one.',
        params: EditedDateParams,
        headers: EditHeaders,
        body: NewDate,
        shown: AgreementDate,
        response: { 200: AgreementDate, ...problems(400, 404, 412, 413, 415, 422, 428) },
      },
    },
    (request, reply) => dates.replace(request, reply, request.params.dateId, request.body),
  )

  app.delete(
    '/agreements/:id/dates/:dateId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteDate',
        summary: 'Delete one date',
        description: '409 if it is the preferred one of several values: mark another as preferred first.',
        params: DeletedDateParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    (request, reply) => dates.remove(request, reply, request.params.dateId),
  )
}

const dateList: PartList<NewDate, UndecidedDate> = {
  name: 'dates',
  noun: 'date',
  idField: 'id',
  newId: () => uuidv7(),
  references: ({ signatory }) => ({
    bodies: signatory === null ? [] : [{ reference: signatory, at: inBody('/signatory') }],
  }),
  row: dateRow,
  rowsOf: ({ dates }) => dates,
  withRows(parts, dates, written, pointerTo) {
    const { dates: chosen, errors } = choosePreferred(dates, written, pointerTo)
    return { parts: { ...parts, dates: chosen }, errors }
  },
  checkRemoval(removed, { dates }) {
    if (!removed.preferred || !dates.some((row) => row !== removed && sameAct(row, removed))) return
    throw new Problem(
      'refused',
      'The preferred date of an act cannot be deleted while the act has other dates. Set `preferred` on one of those first.',
    )
  },
}
