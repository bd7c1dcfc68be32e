import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { linkTo } from '../http/addresses.ts'
import { addFormats } from '../http/formats.ts'
import { sendPage, withTotal } from '../http/paging.ts'
import { tagOf } from '../http/entity-tags.ts'
import { sendJson, sendVersion, varying } from '../http/responses.ts'
import { type App, authorOf, type Dependencies } from '../http/routes.ts'
import { invalid } from '../problems/from-zod.ts'
import { Problem, problems } from '../problems/problems.ts'
import { IfNoneMatch, NoContent, NoteHeaders } from '../shared/schemas.ts'
import { cancelImport, deleteImport, listImports, listRows, readImport } from './queries.ts'
import { gone, inTurn } from './reads.ts'
import { receiveImport } from './receive.ts'
import { rowsAsCsv } from './rows-csv.ts'
import {
  Import,
  ImportForm,
  ImportOptions,
  ImportPage,
  ImportParams,
  ImportQuery,
  ImportRowPage,
  ImportRowQuery,
  ImportRowsCsv,
  SuggestedMapping,
  SuggestionForm,
  SuggestionOptions,
} from './schemas.ts'
import { proposeMapping } from './suggest/propose.ts'
import { takeUploads } from './upload.ts'
import { workNow } from './worker.ts'

const tags = ['Import']

/** The parameters of pages. */
const pageNames = ['cursor', 'limit', 'count'] as const

const accepted = {
  description: 'Accepted; the work goes on.',
  headers: ['Location', 'ETag'],
  content: { 'application/json': { schema: Import } },
} as const

export async function importRoutes(app: App, { db: pooled, today }: Dependencies): Promise<void> {
  takeUploads(app)

  app.post(
    '/imports',
    {
      // The same file twice changes nothing, so that a retry needs no key.
      config: { role: 'editor', storesAnswer: false, isLong: true },
      schema: {
        tags,
        operationId: 'createImport',
        summary: 'Import agreements from a file',
        description:
          'CSV, TSV, NDJSON, JSON or XLSX, at most 64 MB and 500,000 rows, in a form. It can also be the whole body, with a `Content-Type` of its own; the other parts of the form are parameters of the query then. `mapping` says what the columns mean. A file with at most 200 rows is imported at once. A larger one, or one that waits for another import of its collection, is answered with 202: follow `Location` to see its progress. Imports of one collection are done one after the other. The same file twice changes nothing, so that a request can be repeated: an `Idempotency-Key` is ignored.',
        headers: NoteHeaders,
        querystring: ImportOptions,
        uploads: { 'multipart/form-data': ImportForm },
        response: { 201: Import, 202: accepted, ...problems(400, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { upload, db } = request
      const [options, author] = [optionsOf(request, ImportOptions), authorOf(request, today)]
      if (!upload) throw new Problem('invalid_file', 'The body must be a file; it is empty.')
      const { name } = upload
      const signal = gone(reply)
      const received = await inTurn(() =>
        upload.use((handle) => receiveImport(db, { handle, name, signal }, options, author)),
      )
      await workNow(db, pooled, received, today, (_, err) => request.log.error({ err }, 'The import failed.'))
      return sendImport(reply, await readImport(db, received.id))
    },
  )

  app.post(
    '/imports/suggest',
    {
      config: { role: 'reader', needsCredential: true, storesAnswer: false, isLong: true },
      schema: {
        tags,
        operationId: 'suggestMapping',
        summary: 'Propose a mapping for a file',
        description:
          'Reads the first 1,000 rows and stores nothing. Correct the mapping, then send it with the file to `POST /v1/imports`.',
        querystring: SuggestionOptions,
        uploads: { 'multipart/form-data': SuggestionForm },
        response: { 200: SuggestedMapping, ...problems(400, 413, 415) },
      },
    },
    async (request, reply) => {
      const { upload } = request
      if (!upload) throw new Problem('invalid_file', 'The body must be a file; it is empty.')
      const options = optionsOf(request, SuggestionOptions)
      const { name } = upload
      const signal = gone(reply)
      const suggestion = await inTurn(
        () => upload.use((handle) => proposeMapping({ handle, name, signal }, options)),
        'suggestions',
      )
      return sendJson(reply.header('cache-control', 'no-store'), suggestion)
    },
  )

  app.get(
    '/imports',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'listImports',
        summary: 'List imports, newest first',
        description: 'Imports that are under way and imports that have ended.',
        querystring: ImportQuery,
        headers: IfNoneMatch,
        response: { 200: ImportPage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { db, query } = request
      const { rows, ...notes } = await withTotal(db, query, (db) => listImports(db, query))
      return sendPage(request, reply, query, rows, notes)
    },
  )

  app.get(
    '/imports/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'getImport',
        summary: 'Read an import: its progress, and what became of its rows',
        description: '`status` says whether it has ended; `counts` says how many rows had each verdict so far.',
        params: ImportParams,
        headers: IfNoneMatch,
        response: { 200: Import, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const found = await readImport(request.db, request.params.id)
      return sendVersion(request, reply, tagOf(found), found)
    },
  )

  addFormats<ImportRowQuery, ImportParams>(app, '/imports/:id/rows', {
    config: { role: 'editor' },
    schema: {
      tags,
      operationId: 'listImportRows',
      summary: 'List the rows of an import with their verdicts',
      description:
        'In the order of the file. As CSV, all matching rows in their original columns, with the reasons in a last one: `verdict=refused&format=csv` gives the refused rows, to be mended and sent again.',
      params: ImportParams,
      querystring: ImportRowQuery,
      response: problems(400, 404),
    },
    answer: { description: 'The rows.', headers: [] },
    formats: {
      json: { mediaType: 'application/json', schema: ImportRowPage, takes: pageNames, send: sendRowPage },
      csv: {
        mediaType: 'text/csv',
        schema: ImportRowsCsv,
        takes: ['bom', 'escapeFormulas', 'separator'],
        send: sendRowsAsCsv,
      },
    },
  })

  app.post(
    '/imports/:id/cancel',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'cancelImport',
        summary: 'Cancel an import that has not ended',
        description:
          'Nothing more is stored; of an atomic import, nothing at all. It ends within seconds: `status` is `cancelled` then.',
        params: ImportParams,
        response: { 202: Import, ...problems(400, 404, 409) },
      },
    },
    async ({ db, params, caller }, reply) => {
      await cancelImport(db, params.id, caller.actor)
      return sendJson(reply.code(202).header('cache-control', 'no-store'), await readImport(db, params.id))
    },
  )

  app.delete(
    '/imports/:id',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        operationId: 'deleteImport',
        summary: 'Delete an import with its raw rows; the agreements stay (admin)',
        description: 'Needs the role `admin`. 409 while it is under way.',
        params: ImportParams,
        response: { 204: NoContent, ...problems(400, 404, 409) },
      },
    },
    async ({ db, params }, reply) => {
      await deleteImport(db, params.id)
      return reply.code(204).send()
    },
  )
}

/** The parts of a form count like parameters of the query, which they override. @throws Problem 400 */
function optionsOf<Options extends z.ZodType>(
  { query, upload, headers }: FastifyRequest,
  schema: Options,
): z.infer<Options> {
  const encoding = encodingIn(headers['content-type'])
  const given = { ...(encoding && { encoding }), ...(query as object), ...upload?.fields }
  const read = schema.safeParse(given, { reportInput: true })
  if (!read.success) throw invalid(read.error, schema, 'body')
  return read.data
}

/** Names that browsers too read as Windows-1252. */
const latin = ['windows-1252', 'cp1252', 'iso-8859-1', 'latin1', 'us-ascii']

/** The encoding of a file that is the whole body, if its media type says another one than UTF-8. */
function encodingIn(type = ''): string | undefined {
  const [, charset = ''] = /;\s*charset="?([^\s";]+)/i.exec(type) ?? []
  const name = charset.toLowerCase()
  if (['', 'utf-8', 'utf8', 'utf-16'].includes(name)) return undefined
  return latin.includes(name) ? 'windows-1252' : name
}

/** 201 when it has ended, 202 when it goes on. @throws Problem 422 when an atomic one has refused rows */
function sendImport(reply: FastifyReply, made: Import): FastifyReply {
  const location = `/v1/imports/${made.id}`
  if (made.failure?.code === 'rows_refused') {
    const rows = linkTo(reply.request, `${location}/rows?verdict=refused`)
    throw new Problem('rows_refused', `${made.failure.message} See ${rows}.`, [], { location })
  }
  const hasEnded = made.status !== 'queued' && made.status !== 'running'
  void reply.code(hasEnded ? 201 : 202).headers({ location, etag: `"${tagOf(made)}"`, 'cache-control': 'no-cache' })
  return sendJson(reply, made)
}

type RowRequest = FastifyRequest<{ Querystring: ImportRowQuery; Params: ImportParams }>

async function sendRowPage(request: RowRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { db, params, query } = request
  const { rows, ...notes } = await withTotal(db, query, (db) => listRows(db, params.id, query))
  return sendPage(request, reply, query, rows, notes)
}

async function sendRowsAsCsv({ db, params, query }: RowRequest, reply: FastifyReply): Promise<FastifyReply> {
  const body = await rowsAsCsv(db, params.id, query)
  return varying(reply)
    .type('text/csv; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="import-rows-${query.verdict ?? 'all'}.csv"`)
    .send(body)
}
