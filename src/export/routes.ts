import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Agreement } from '../agreements/schemas.ts'
import { csvOf } from '../csv.ts'
import type { Database } from '../database/connect.ts'
import { Problem, problems } from '../problems.ts'
import type { App, Dependencies } from '../routing.ts'
import { readAll } from './queries.ts'
import { columns, rowOf } from './rows.ts'
import { type exportFormats, Exported, ExportQuery } from './schemas.ts'

/** How many exports may run at once: each holds a connection until its client has read it all. */
const mostAtOnce = 2

let running = 0

/** How many exports this process is sending. */
export const runningExports = (): number => running

interface Format {
  mediaType: string
  begin: string
  /** The documents of a batch as text; `first` is true for the first one. */
  write: (documents: string[], first: boolean) => string
  end: string
}

const formats: Record<(typeof exportFormats)[number], Format> = {
  csv: {
    mediaType: 'text/csv; charset=utf-8',
    begin: csvOf([columns]),
    write: (documents) => csvOf(documents.map((document) => rowOf(JSON.parse(document) as Agreement))),
    end: '',
  },
  ndjson: {
    mediaType: 'application/x-ndjson; charset=utf-8',
    begin: '',
    write: (documents) => `${documents.join('\n')}\n`,
    end: '',
  },
  json: {
    mediaType: 'application/json; charset=utf-8',
    begin: '{"items":[',
    write: (documents, first) => `${first ? '' : ','}${documents.join(',')}`,
    end: ']}',
  },
}

export async function exportRoutes(app: App, { db }: Dependencies): Promise<void> {
  app.get(
    '/agreements/export',
    {
      config: { role: 'reader', budget: 'exports' },
      schema: {
        tags: ['Export'],
        operationId: 'exportAgreements',
        summary: 'Export agreements as a file',
        description:
          'Takes the filters of the list; the whole selection as it was at one moment. `X-Total-Count` tells how many there are before the first arrives; an export that fails midway is cut off, never ended as if it were whole.',
        querystring: ExportQuery,
        response: { 200: Exported, ...problems(400) },
      },
    },
    async (request, reply) => {
      if (running >= mostAtOnce) throw busy()
      running += 1
      const { format = 'csv', bom, ...filter } = request.query
      const begin = bom === 'true' && format === 'csv' ? '\uFEFF' : ''
      return stream(db, reply, { ...formats[format], begin: begin + formats[format].begin }, filter, format, () => {
        running -= 1
      })
    },
  )
}

const busy = (): Problem =>
  new Problem('busy', 'As many exports run already as this server allows at once; try again.', [], {
    'retry-after': '5',
  })

/** Sends the selection while it is read; what the client does not take holds the reading up. */
async function stream(
  db: Database,
  reply: FastifyReply,
  { mediaType, begin, write, end }: Format,
  filter: Parameters<typeof readAll>[1],
  extension: string,
  done: () => void,
): Promise<FastifyReply> {
  const body = new PassThrough().on('error', () => {})
  let first = true
  const take = async (documents: string[]): Promise<void> => {
    if (body.destroyed) throw new Error('The client went away.')
    const taken = body.write(write(documents, first))
    first = false
    if (!taken) await Promise.race([once(body, 'drain'), once(body, 'close')])
  }
  const total = await new Promise<number>((begun, failed) => {
    readAll(db, filter, begun, take)
      .then(() => body.end(end))
      .catch((error: Error) => {
        failed(error)
        body.destroy(error)
      })
      .finally(done)
  })
  body.write(begin)
  return reply
    .type(mediaType)
    .header('x-total-count', String(total))
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="agreements.${extension}"`)
    .send(body)
}
