import { pipeline } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Agreement } from '../agreements/schemas.ts'
import { cacheControlOf } from '../agreements/list/long-past.ts'
import { csvOf } from '../shared/csv.ts'
import type { Database } from '../database/connect.ts'
import { defaultDownloadLimits } from '../http/downloads.ts'
import { baseOf } from '../http/addresses.ts'
import { addFormats } from '../http/formats.ts'
import { acceptsGzip, addDidYouMean, jsonType, varying } from '../http/responses.ts'
import { callerOf } from '../http/rate-limits.ts'
import { Problem, problems } from '../problems/problems.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { Body } from './body.ts'
import { readAll, type Selection } from './queries.ts'
import { columns, rowOf } from './rows.ts'
import { Exported, ExportedCsv, ExportedLines, ExportedWorkbook, ExportQuery } from './schemas.ts'
import { assertFits, Workbook, workbookType } from './workbook/workbook.ts'

type Request = FastifyRequest<{ Querystring: ExportQuery }>

interface File {
  extension: string
  cacheControl: string
}

/** Exports at the same time: each uses a database connection until its client has read everything. */
const maxConcurrentExports = 2

/** The callers that have an export running. */
const running = new Set<string>()

/** Number of exports that this process is sending. */
export const runningExports = (): number => running.size

interface Text {
  mediaType: string
  begin: string
  /** The documents of a batch as text; `first` is true for the first one. */
  write: (documents: string[], first: boolean) => string
  end: string
}

const csvText = ({ bom, escapeFormulas, separator }: ExportQuery, base: string): Text => ({
  mediaType: 'text/csv; charset=utf-8',
  begin: `${bom === 'true' ? '\uFEFF' : ''}${csvOf([columns], { separator })}`,
  write: (documents) =>
    csvOf(
      documents.map((document) => rowOf(JSON.parse(document) as Agreement, base)),
      { escapeFormulas: escapeFormulas !== 'false', separator },
    ),
  end: '',
})

const lines: Text = {
  mediaType: 'application/x-ndjson; charset=utf-8',
  begin: '',
  write: (documents) => `${documents.join('\n')}\n`,
  end: '',
}

const json: Text = {
  mediaType: jsonType,
  begin: '{"items":[',
  write: (documents, first) => `${first ? '' : ','}${documents.join(',')}`,
  end: ']}',
}

export async function exportRoutes(app: App, { today }: Dependencies): Promise<void> {
  const file = ({ query }: Request, extension: string): File => ({
    extension,
    cacheControl: cacheControlOf(query, today(), 'no-store'),
  })
  addFormats<ExportQuery>(app, '/agreements/export', {
    // What was sent cannot be taken back, so an export that fails cannot be made again elsewhere.
    config: { role: 'reader', budget: 'exports', readsPrimary: true },
    schema: {
      tags: ['Export'],
      operationId: 'exportAgreements',
      summary: 'Export agreements as a file',
      description:
        'Accepts the filters of the list and returns all matches from one snapshot. `X-Total-Count` is the number of agreements. If an export fails midway, or the client reads too slowly, the connection is closed without a regular end, so that an incomplete file is never taken for a complete one. Each caller may run one export at a time.',
      querystring: ExportQuery,
      response: problems(400),
    },
    answer: { description: 'All agreements that match, ordered by id.', headers: ['X-Total-Count', 'X-Did-You-Mean'] },
    formats: {
      csv: {
        mediaType: 'text/csv',
        schema: ExportedCsv,
        takes: ['bom', 'separator', 'escapeFormulas'],
        send: (request, reply) => send(request, reply, csvText(request.query, baseOf(request)), file(request, 'csv')),
      },
      ndjson: {
        mediaType: 'application/x-ndjson',
        schema: ExportedLines,
        send: (request, reply) => send(request, reply, lines, file(request, 'ndjson')),
      },
      xlsx: {
        mediaType: workbookType,
        schema: ExportedWorkbook,
        send: (request, reply) => sendWorkbook(request, reply, file(request, 'xlsx')),
      },
      json: {
        mediaType: 'application/json',
        schema: Exported,
        send: (request, reply) => send(request, reply, json, file(request, 'json')),
      },
    },
  })
}

/** Sends a workbook when all of it is written. */
async function sendWorkbook(request: Request, reply: FastifyReply, own: File): Promise<FastifyReply> {
  const { bom: _, escapeFormulas: __, separator: ___, ...filter } = request.query
  const { maxExportTime } = reply.server.downloads?.limits ?? defaultDownloadLimits
  const release = reserveSlot(request)
  const workbook = new Workbook()
  let selection: Selection = { total: 0, didYouMean: null }
  try {
    const begin = (found: Selection): void => {
      assertFits(found.total)
      selection = found
    }
    const take = async (documents: string[]) => workbook.add(documents, baseOf(request))
    await readAll(request.db, filter, { begin, take, maxPause: maxExportTime })
    const file = await workbook.file()
    reply.server.downloads?.count(reply, file.length)
    return asFile(reply, selection, own).type(workbookType).send(file)
  } finally {
    release()
    await workbook.close()
  }
}

const asFile = (
  reply: FastifyReply,
  { total, didYouMean }: Selection,
  { extension, cacheControl }: File,
): FastifyReply =>
  addDidYouMean(reply, didYouMean)
    .header('x-total-count', String(total))
    .header('cache-control', cacheControl)
    .header('content-disposition', `attachment; filename="agreements.${extension}"`)

async function send(request: Request, reply: FastifyReply, text: Text, own: File): Promise<FastifyReply> {
  const { bom: _, escapeFormulas: __, separator: ___, ...filter } = request.query
  return stream(request.db, reply, text, filter, own, reserveSlot(request))
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
  { mediaType, begin, write, end }: Text,
  filter: Parameters<typeof readAll>[1],
  own: File,
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
  const selection = await new Promise<Selection>((begun, failed) => {
    readAll(db, filter, { begin: begun, take, maxPause: limits.maxExportTime })
      .then(() => body.write(prefix + end))
      .then(() => body.end())
      .catch((error: Error) => {
        failed(error)
        body.destroy(error)
      })
      .finally(done)
  })
  const file = asFile(varying(reply), selection, own).type(mediaType)
  if (!acceptsGzip(reply.request.headers['accept-encoding'])) return file.send(body)
  const compressed = createGzip({ level: constants.Z_BEST_SPEED })
  // Without a regular end of the body, the compressed one has none either.
  pipeline(body, compressed, () => {})
  return file.header('content-encoding', 'gzip').send(compressed)
}
