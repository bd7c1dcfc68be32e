import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App, Dependencies } from '../../http/routes.ts'
import { cancelImport, readImport } from '../../imports/queries.ts'
import { gone, inTurn } from '../../imports/reads.ts'
import { rowsAsCsv } from '../../imports/rows-csv.ts'
import { ImportQuery, ImportRowQuery } from '../../imports/schemas.ts'
import { readHead } from '../../imports/suggest/propose.ts'
import { takeUploads } from '../../imports/upload.ts'
import { forgetFile, keepFile } from '../../imports/waiting/queries.ts'
import { Problem } from '../../problems/problems.ts'
import { isUuid } from '../../shared/schemas.ts'
import { sendRefusal } from '../sign-in/refused.tsx'
import { seeOther } from '../see-other.ts'
import { filePage, keepChoices, readAgain, readFile, takePlan, useKept, sentIn } from './file.tsx'
import { dryRun, go } from './go.ts'
import { headAndMapping } from './head.ts'
import { importPage } from './import.tsx'
import { importsPage } from './list.tsx'

interface PageDependencies extends Dependencies {
  /** What an error becomes. Those of the server are logged. */
  problemOf: (error: FastifyError, request: FastifyRequest) => Problem
}

const editor = { role: 'editor' } as const
const writes = { role: 'editor', storesAnswer: false } as const

const params = z.strictObject({ id: z.string().max(100) })

/** Pages that import a file: upload, what the columns are, dry run, import. */
export async function importPages(app: App, { problemOf, ...deps }: PageDependencies): Promise<void> {
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    sendRefusal(request, reply, withoutId(problemOf(error, request))),
  )
  app.addHook('preValidation', async (request) => {
    const { id } = request.params as { id?: string }
    if (id !== undefined && !isUuid(id)) throw new Problem('not_found', 'There is no such import.')
  })

  const schema = { hide: true, querystring: ImportQuery }
  app.get('/imports', { config: { ...editor, list: 'imports' }, schema }, async (request, reply) =>
    importsPage(request, reply),
  )
  await app.register(async (app) => uploads(app, problemOf))

  const file = { hide: true, params }
  app.get(
    '/imports/files/:id',
    { config: editor, schema: { ...file, querystring: z.strictObject({ kept: z.string().max(100).optional() }) } },
    async (request, reply) => {
      const { kept } = request.query
      const done = kept === undefined ? undefined : `The choices ${kept} are used.`
      return filePage(request, reply, await readFile(request), { done })
    },
  )
  app.post('/imports/files/:id', { config: { ...writes, isLong: true }, schema: file }, async (request, reply) => {
    const taken = await takePlan(request, reply, await readFile(request))
    if (taken === undefined) return reply
    return sentIn(request).get('do') === 'keep'
      ? keepChoices(request, reply, taken, problemOf)
      : dryRun(request, reply, taken, deps)
  })
  app.post('/imports/files/:id/kept', { config: { ...writes, isLong: true }, schema: file }, async (request, reply) =>
    useKept(request, reply),
  )
  app.post('/imports/files/:id/read', { config: { ...writes, isLong: true }, schema: file }, async (request, reply) =>
    readAgain(request, reply),
  )
  app.post('/imports/files/:id/import', { config: { ...writes, isLong: true }, schema: file }, async (request, reply) =>
    go(request, reply, deps),
  )
  app.post('/imports/files/:id/delete', { config: writes, schema: file }, async ({ db, params }, reply) => {
    await forgetFile(db, params.id)
    return seeOther(reply, '/imports')
  })

  const { verdict, cursor, bom } = ImportRowQuery.shape
  app.get(
    '/imports/:id',
    {
      config: { ...editor, list: 'imports/:id/rows' },
      schema: {
        hide: true,
        params,
        querystring: z.strictObject({ verdict, cursor, renew: z.literal('false').optional() }),
      },
    },
    async (request, reply) => importPage(request, reply),
  )
  app.get(
    '/imports/:id/rows.csv',
    { config: editor, schema: { hide: true, params, querystring: z.strictObject({ verdict, bom }) } },
    async ({ db, params, query }, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="import-rows-${query.verdict ?? 'all'}.csv"`)
        .send(await rowsAsCsv(db, params.id, query)),
  )
  app.post('/imports/:id/cancel', { config: writes, schema: { hide: true, params } }, async (request, reply) => {
    const { db, params, caller } = request
    await cancelImport(db, params.id, caller.actor).catch((error: unknown) => {
      // It ended before the button was pressed: its page says how.
      if (!(error instanceof Problem) || error.code !== 'ended') throw error
    })
    await readImport(db, params.id)
    return seeOther(reply, `/imports/${params.id}`)
  })
}

/** Takes files, as the API does; what is wrong with one stands beside its field. */
function uploads(app: App, problemOf: PageDependencies['problemOf']): void {
  takeUploads(app)
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const problem = withoutId(problemOf(error, request))
    if (!ofFile.includes(problem.code)) return sendRefusal(request, reply, problem)
    return importsPage(request, reply, problem)
  })
  app.post('/imports', { config: { ...writes, isLong: true }, schema: { hide: true } }, async (request, reply) =>
    seeOther(reply, `/imports/files/${await received(request, reply)}`),
  )
}

const ofFile = ['invalid_file', 'content_too_large', 'unsupported_media_type', 'busy', 'invalid_request']

/** Keeps the file of a request until somebody has said what its columns are. @returns its id */
async function received(request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const { upload, db, caller } = request
  if (upload?.name === undefined) throw new Problem('invalid_file', 'Choose a file.')
  const name =
    upload.name
      .replaceAll(/\p{Cc}/gu, ' ')
      .slice(0, 200)
      .toWellFormed()
      .trim() || 'File'
  const { head, mapping } = await inTurn(() =>
    upload.use(async (handle) => {
      const head = await readHead({ handle, name, signal: gone(reply) }, {})
      if (head.rows.length === 0) throw new Problem('invalid_file', 'The file has no rows below its header.')
      return headAndMapping(head)
    }),
  )
  const plan = { mapping, reading: {}, options: {}, readings: 1 }
  return upload.use((handle) => keepFile(db, { handle, name, head, plan, actor: caller.actor }))
}

/** A page shows no id. */
const withoutId = (problem: Problem): Problem =>
  problem.code === 'not_found' && problem.message.startsWith('There is no import')
    ? new Problem('not_found', 'There is no such import.')
    : problem
