import type { z } from 'zod'
import { type App, type Dependencies } from '../../http/routes.ts'
import { Problem, problems } from '../../problems/problems.ts'
import { EditHeaders, IfNoneMatch, NoContent, PartHeaders } from '../../shared/schemas.ts'
import { slug, firstFree } from '../../shared/text.ts'
import { partHandlers, type PartList } from '../part-routes.ts'
import type { Parts, SourceRow } from '../publication/aggregate.ts'
import { sourceRow } from '../publication/from-request.ts'
import { AgreementParams, EditedAgreementParams } from '../schemas.ts'
import {
  DeletedSourceParams,
  EditedSourceParams,
  Source,
  SourceAddition,
  SourceList,
  SourceParams,
  SourceReplacement,
} from './schemas.ts'

const tags = ['Agreements']

export async function sourceRoutes(app: App, { today }: Dependencies): Promise<void> {
  const sources = partHandlers(sourceList, today)

  app.get(
    '/agreements/:id/sources',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listSources',
        summary: 'List the sources of an agreement',
        description: 'The documents and pages that the facts of the agreement are taken from.',
        params: AgreementParams,
        headers: IfNoneMatch,
        response: { 200: SourceList, ...problems(400, 404) },
      },
    },
    (request, reply) => sources.sendList(request, reply),
  )

  app.post(
    '/agreements/:id/sources',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'addSource',
        summary: 'Add a source to an agreement',
        description:
          'Dates, signatures and claims refer to a source by its `key`, which must be unique within the agreement.',
        params: EditedAgreementParams,
        headers: PartHeaders,
        body: SourceAddition,
        shown: Source,
        response: { 201: Source, ...problems(400, 404, 409, 412, 413, 415, 422) },
      },
    },
    (request, reply) => sources.add(request, reply, request.body),
  )

  app.get(
    '/agreements/:id/sources/:key',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getSource',
        summary: 'Read one source',
        description: 'One document or page, by its key.',
        params: SourceParams,
        headers: IfNoneMatch,
        response: { 200: Source, ...problems(400, 404) },
      },
    },
    (request, reply) => sources.send(request, reply, request.params.key),
  )

  app.put(
    '/agreements/:id/sources/:key',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceSource',
        summary: 'Replace one source',
        description: 'Optional fields that are left out get their defaults. What refers to its key still does.',
        params: EditedSourceParams,
        headers: EditHeaders,
        body: SourceReplacement,
        shown: Source,
        response: { 200: Source, ...problems(400, 404, 412, 413, 415, 422, 428) },
      },
    },
    (request, reply) => sources.replace(request, reply, request.params.key, request.body),
  )

  app.delete(
    '/agreements/:id/sources/:key',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteSource',
        summary: 'Delete a source that is not in use',
        description: '409 if a date, a signature, a claim or a statement refers to it.',
        params: DeletedSourceParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    (request, reply) => sources.remove(request, reply, request.params.key),
  )
}

const sourceList: PartList<z.infer<typeof SourceAddition>, SourceRow> = {
  name: 'sources',
  noun: 'source',
  idField: 'key',
  newId: keyFor,
  references: () => ({}),
  row: (input, key) => sourceRow({ ...input, key }),
  rowsOf: ({ sources }) => sources,
  withRows: (parts, sources) => ({ parts: { ...parts, sources } }),
  checkRemoval({ key }, { dates, signatures, claims, statusStatements }) {
    if ([...dates, ...signatures, ...claims, ...statusStatements].every(({ sourceKey }) => sourceKey !== key)) return
    throw new Problem('in_use', `The source \`${key}\` is used by dates, signatures, claims or statements.`)
  },
}

/** The given key, or one derived from the title. @throws Problem 409 if the agreement already has the given key */
function keyFor({ key, title }: z.infer<typeof SourceAddition>, { sources }: Parts): string {
  const taken = sources.map((row) => row.key)
  if (key === undefined) return firstFree(slug(title, 50) || 'source', taken)
  if (!taken.includes(key)) return key
  const message = `The agreement already has a source \`${key}\`.`
  throw new Problem('taken', message, [{ pointer: '/key', code: 'taken', message }])
}
