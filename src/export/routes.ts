import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Agreement } from '../agreements/schemas.ts'
import { csvOf } from '../shared/csv.ts'
import type { Database } from '../database/connect.ts'
import { tellMeant } from '../http/responses.ts'
import { Problem, problems } from '../problems/problems.ts'
import type { App } from '../http/routes.ts'
import { readAll, type Selection } from './queries.ts'
import { columns, rowOf } from './rows.ts'
import { Exported, type exportFormats, ExportQuery } from './schemas.ts'

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

const formats: Record<(typeof exportFormats)[number], (query: ExportQuery) => Format> = {
  csv: ({ bom, escapeFormulas }) => ({
    mediaType: 'text/csv; charset=utf-8',
    begin: `${bom === 'true' ? '\uFEFF' : ''}${csvOf([columns])}`,
    write: (documents) =>
      csvOf(
        documents.map((document) => rowOf(JSON.parse(document) as Agreement)),
        escapeFormulas !== 'false',
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
          'Takes the filters of the list; the whole selection as it was at one moment. `X-Total-Count` tells how many there are before the first arrives; an export that fails midway is cut off, never ended as if it were whole.',
        querystring: ExportQuery,
        response: {
          200: { ...Exported, headers: ['X-Total-Count', 'X-Did-You-Mean'] },
          ...problems(400),
        },
      },
    },
    async (request, reply) => {
      if (running >= mostAtOnce) throw busy()
      running += 1
      const { format = 'csv', bom: _, escapeFormulas: __, ...filter } = request.query
      return stream(request.db, reply, formats[format](request.query), filter, format, () => {
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
  let first = true
  let goOn = (): void => {}
  const body = new Readable({
    encoding: 'utf8',
    read: () => goOn(),
    destroy: (error, destroyed) => {
      goOn()
      destroyed(error)
    },
  }).on('error', () => {})
  const take = async (documents: string[]): Promise<void> => {
    if (body.destroyed) throw new Error('The client went away.')
    const taken = new Promise<void>((settle) => (goOn = settle))
    const more = body.push(write(documents, first), 'utf8')
    first = false
    if (!more) await taken
  }
  const { total, didYouMean } = await new Promise<Selection>((begun, failed) => {
    const beginning = (selection: Selection) => {
      if (begin !== '') body.push(begin, 'utf8')
      begun(selection)
    }
    readAll(db, filter, beginning, take)
      .then(() => {
        if (end !== '') body.push(end, 'utf8')
        body.push(null)
      })
      .catch((error: Error) => {
        failed(error)
        body.destroy(error)
      })
      .finally(done)
  })
  return tellMeant(reply, didYouMean)
    .type(mediaType)
    .header('x-total-count', String(total))
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="agreements.${extension}"`)
    .send(body)
}
