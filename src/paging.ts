import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Problem } from './problems.ts'
import { Digits } from './schemas.ts'
import { sendJson } from './http.ts'

/** Where a page ended: the sort key of its last item, and its id, which breaks ties. */
export type Position = [key: string, id: string]

/** The parameters of every list. `cursor` is opaque: take it from `nextCursor`, or follow the Link. */
export const pageParameters = {
  limit: Digits(1, 200).optional().describe('How many items a page holds. 25 unless said.'),
  cursor: z
    .string()
    .max(2000)
    .optional()
    .describe('Where to go on: `nextCursor` of the page before, with the same filters and sort.'),
}

/** One page of a list: `{ items, nextCursor }`. */
export const pageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable().describe('The cursor of the next page; null on the last one.'),
      total: z.int().optional().describe('How many match in all; only with `count=exact`.'),
    })
    .meta({ id })

/** A checksum over a position and the filters and sort that it belongs to. */
function seal(position: string, query: object): string {
  const filters = Object.entries(query)
    .filter(([name, value]) => name !== 'cursor' && name !== 'limit' && name !== 'count' && value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([position, filters]))
    .digest('base64url')
    .slice(0, 16)
}

function writeCursor(position: Position, query: object): string {
  const text = Buffer.from(JSON.stringify(position)).toString('base64url')
  return `${text}.${seal(text, query)}`
}

/**
 * The position that `query.cursor` holds; undefined on the first page.
 * @throws Problem `invalid_cursor` when it was altered, or belongs to other filters or another sort
 */
export function readCursor(query: { cursor?: string | undefined }): Position | undefined {
  if (query.cursor === undefined) return undefined
  const [text = '', checksum] = query.cursor.split('.', 2)
  if (query.cursor !== `${text}.${seal(text, query)}` || checksum === undefined) {
    const message = 'The cursor was altered, or belongs to a list with other filters or another sort.'
    throw new Problem('invalid_cursor', message, [{ parameter: 'cursor', code: 'invalid_cursor', message }])
  }
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Position
}

/** A row of a list: its document as JSON text, and where it stands in the sort. */
export interface Listed {
  document: string
  key: string
  id: string
}

export const limitOf = (query: { limit?: number | undefined }): number => query.limit ?? 25

/** Sends a page. `rows` holds one row more than the limit when there is a next page. */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  query: { limit?: number | undefined; cursor?: string | undefined },
  rows: Listed[],
  total?: number,
): FastifyReply {
  const page = rows.slice(0, limitOf(query))
  const last = rows.length > page.length ? page.at(-1) : undefined
  const nextCursor = last ? writeCursor([last.key, last.id], query) : null
  if (nextCursor !== null) void reply.header('link', `<${nextAddress(request.url, nextCursor)}>; rel="next"`)
  const items = page.map((row) => row.document).join(',')
  const count = total === undefined ? '' : `,"total":${total}`
  return sendJson(
    reply.header('cache-control', 'no-cache'),
    `{"items":[${items}],"nextCursor":${JSON.stringify(nextCursor)}${count}}`,
  )
}

function nextAddress(url: string, cursor: string): string {
  const [path, query] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.set('cursor', cursor)
  return `${path}?${parameters.toString()}`
}
