import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Agreement } from '../agreements/schemas.ts'
import { csvOf } from '../shared/csv.ts'
import type { Database } from '../database/connect.ts'
import { defaultDownloadLimits } from '../http/downloads.ts'
import { baseUrlOf, linkTo } from '../http/addresses.ts'
import { addDidYouMean } from '../http/responses.ts'
import { callerOf } from '../http/rate-limits.ts'
import { Problem, problems } from '../problems/problems.ts'
import type { App } from '../http/routes.ts'
import { Body } from './body.ts'
import { readAll, type Selection } from './queries.ts'
import { columns, rowOf } from './rows.ts'
import { Exported, type exportFormats, ExportQuery } from './schemas.ts'

/** Exports at the same time: each uses a database connection until its client has read everything. */
const maxConcurrentExports = 2

/** The callers that have an export running. */
const running = new Set<string>()

/** Number of exports that this process is sending. */
export const runningExports = (): number => running.size

interface Format {
  mediaType: string
  begin: string
  /** The documents of a batch as text; `first` is true for the first one. */
  write: (documents: string[], first: boolean) => string
  end: string
}

const formats: Record<(typeof exportFormats)[number], (query: ExportQuery, base: string) => Format> = {
  csv: ({ bom, escapeFormulas, separator }, base) => ({
    mediaType: 'text/csv; charset=utf-8',
    begin: `${bom === 'true' ? '\uFEFF' : ''}${csvOf([columns], { separator })}`,
    write: (documents) =>
      csvOf(
        documents.map((document) => rowOf(JSON.parse(document) as Agreement, base)),
        { escapeFormulas: escapeFormulas !== 'false', separator },
      ),
    end: '',
  }),
  ndjson: () => ({
    mediaType: 'application/x-ndjson; charset=utf-8',
    begin: '',
    write: (documents) => `${documents.join('\n')}\n`,
    end: '',
  }),
  json: () => ({
    mediaType: 'application/json; charset=utf-8',
    begin: '{"items":[',
    write: (documents, first) => `${first ? '' : ','}${documents.join(',')}`,
    end: ']}',
  }),
}

export async function exportRoutes(app: App): Promise<void> {
  app.get(
    '/agreements/export',
    {
      config: { role: 'reader', budget: 'exports' },
      schema: {
        tags: ['Export'],
        operationId: 'exportAgreements',
        summary: 'Export agreements as a file',
        description:
          'Accepts the filters of the list and returns all matches from one snapshot. `X-Total-Count` is the number of agreements. If an export fails midway, or the client reads too slowly, the connection is closed without a regular end, so that an incomplete file is never taken for a complete one. Each caller may run one export at a time.',
        querystring: ExportQuery,
        response: {
          200: { ...Exported, headers: ['X-Total-Count', 'X-Did-You-Mean'] },
          ...problems(400),
        },
      },
    },
    async (request, reply) => {
      const release = reserveSlot(request)
      const { format = 'csv', bom: _, escapeFormulas: __, separator: ___, ...filter } = request.query
      const inFormat = formats[format](request.query, baseUrlOf(request) ?? linkTo(request, ''))
      return stream(request.db, reply, inFormat, filter, format, release)
    },
  )
}

/**
 * Reserves one of the slots for exports. @returns a function that releases it
 * @throws Problem `too_many_requests` when the caller already has one, `busy` when all are in use
 */
function reserveSlot(request: FastifyRequest): () => void {
  const caller = callerOf(request)
  const wait = { 'retry-after': '5' }
  if (running.has(caller)) {
    const message = 'Export limit reached: 1 at a time per caller. Try again when your export has finished.'
    throw new Problem('too_many_requests', message, [], wait)
  }
  if (running.size >= maxConcurrentExports) {
    throw new Problem(
      'busy',
      `Export limit reached: ${maxConcurrentExports} at the same time. Try again in 5 s.`,
      [],
      wait,
    )
  }
  running.add(caller)
  return () => void running.delete(caller)
}

/** Sends the selection while reading it: each batch after the client has read the previous one. */
async function stream(
  db: Database,
  reply: FastifyReply,
  { mediaType, begin, write, end }: Format,
  filter: Parameters<typeof readAll>[1],
  extension: string,
  done: () => void,
): Promise<FastifyReply> {
  const limits = reply.server.downloads?.limits ?? defaultDownloadLimits
  const body = new Body(limits)
  let prefix = begin
  let first = true
  const take = async (documents: string[]): Promise<void> => {
    await body.write(prefix + write(documents, first))
    prefix = ''
    first = false
  }
  const { total, didYouMean } = await new Promise<Selection>((begun, failed) => {
    readAll(db, filter, { begin: begun, take, maxPause: limits.maxExportTime })
      .then(() => body.write(prefix + end))
      .then(() => body.end())
      .catch((error: Error) => {
        failed(error)
        body.destroy(error)
      })
      .finally(done)
  })
  return addDidYouMean(reply, didYouMean)
    .type(mediaType)
    .header('x-total-count', String(total))
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="agreements.${extension}"`)
    .send(body)
}
