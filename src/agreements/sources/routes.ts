import { sourceRow } from '../publication/from-request.ts'
import type { Parts } from '../publication/aggregate.ts'
import { editAgreement } from '../publication/publish.ts'
import { readAgreement } from '../queries.ts'
import { type Agreement, AgreementParams, EditedAgreementParams } from '../schemas.ts'
import { sendCreated, sendVersion } from '../../http/responses.ts'
import { Problem, problems } from '../../problems/problems.ts'
import { type App, authorOf, type Dependencies } from '../../http/routes.ts'
import { EditHeaders, IfNoneMatch, NoContent, PartHeaders } from '../../shared/schemas.ts'
import { slug, untaken } from '../../shared/text.ts'
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
  app.get(
    '/agreements/:id/sources',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listSources',
        summary: 'List the sources of an agreement',
        params: AgreementParams,
        headers: IfNoneMatch,
        response: { 200: SourceList, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { version, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, version, { items: sourcesIn(document) })
    },
  )

  app.post(
    '/agreements/:id/sources',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'addSource',
        summary: 'Add a source to an agreement',
        params: EditedAgreementParams,
        headers: PartHeaders,
        body: SourceAddition,
        response: { 201: Source, ...problems(400, 404, 409, 412, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      let key = ''
      const { version, document } = await editAgreement(request.db, {
        id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        change: (parts) => {
          const taken = parts.sources.map((row) => row.key)
          key = request.body.key ?? untaken(slug(request.body.title, 50) || 'source', taken)
          if (taken.includes(key)) throw keyTaken(key)
          return { ...parts, sources: [...parts.sources, sourceRow({ ...request.body, key })] }
        },
      })
      return sendCreated(reply, `/v1/agreements/${id}/sources/${key}`, version, sourceIn(document, key))
    },
  )

  app.get(
    '/agreements/:id/sources/:key',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getSource',
        summary: 'Read one source',
        params: SourceParams,
        headers: IfNoneMatch,
        response: { 200: Source, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { version, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, version, sourceIn(document, request.params.key))
    },
  )

  app.put(
    '/agreements/:id/sources/:key',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceSource',
        summary: 'Replace one source',
        params: EditedSourceParams,
        headers: EditHeaders,
        body: SourceReplacement,
        response: { 200: Source, ...problems(400, 404, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const { id, key } = request.params
      const { version, document } = await editAgreement(request.db, {
        id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        change: (parts) => {
          if (!parts.sources.some((row) => row.key === key)) throw noSource(key)
          const replaced = sourceRow({ key, ...request.body })
          return { ...parts, sources: parts.sources.map((row) => (row.key === key ? replaced : row)) }
        },
      })
      return sendVersion(request, reply, version, sourceIn(document, key))
    },
  )

  app.delete(
    '/agreements/:id/sources/:key',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteSource',
        summary: 'Delete a source that nothing names',
        params: DeletedSourceParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    async (request, reply) => {
      const { id, key } = request.params
      await editAgreement(request.db, {
        id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        change: (parts) => {
          if (!parts.sources.some((row) => row.key === key)) throw noSource(key)
          if (isNamed(key, parts))
            throw new Problem('in_use', `Dates, signatures or claims name the source \`${key}\`.`)
          return { ...parts, sources: parts.sources.filter((row) => row.key !== key) }
        },
      })
      return reply.code(204).send()
    },
  )
}

const isNamed = (key: string, { dates, signatures, claims }: Parts): boolean =>
  [...dates, ...signatures, ...claims].some(({ sourceKey }) => sourceKey === key)

const sourcesIn = (document: string): Agreement['sources'] => (JSON.parse(document) as Agreement).sources

function sourceIn(document: string, key: string): Agreement['sources'][number] {
  const source = sourcesIn(document).find((item) => item.key === key)
  if (!source) throw noSource(key)
  return source
}

const noSource = (key: string): Problem => new Problem('not_found', `The agreement has no source \`${key}\`.`)

function keyTaken(key: string): Problem {
  const message = `The agreement already has a source \`${key}\`.`
  return new Problem('taken', message, [{ pointer: '/key', code: 'taken', message }])
}
