import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isDay } from './calendar.ts'
import { Problem } from './problems.ts'
import { Digits, isUuid } from './schemas.ts'
import { queryOf, sendJson } from './http.ts'

/** What a sort key can be, and what its text looks like: PostgreSQL takes no other for that type. */
const keyTypes = {
  text: (key: string) => key.isWellFormed() && !key.includes('\0'),
  date: (key: string) => isDay(key) || /^-?infinity$/.test(key),
  dayAndWord: (key: string) => isDay(key.slice(0, 10)) && /^.{10} [a-z_]{1,40}$/.test(key),
  timestamptz: (key: string) =>
    isDay(key.slice(0, 10)) &&
    /^.{10} (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?[+-][01]\d(?::[0-5]\d)?$/.test(key),
  real: (key: string) => /^\d{1,3}(?:\.\d{1,12})?(?:e-\d\d)?$/.test(key) && (Number(key) === 0 || Number(key) > 1e-37),
  integer: (key: string) => /^\d{1,9}$/.test(key),
}
export type KeyType = keyof typeof keyTypes

/** Where a page ended: the sort key of its last item, and its id, which breaks ties. */
export type Position = [key: string, id: string]

/** The parameters of every list. `cursor` is opaque: take it from `nextCursor`, or follow the Link. */
export const pageParameters = {
  limit: Digits(1, 200).optional().describe('How many items a page holds. 25 unless said.'),
  cursor: z
    .string()
    .max(2000)
    .meta({ pattern: '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{16}$' })
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
 * The position that `query.cursor` holds; undefined on the first page. The checksum is no secret, so what it seals is
 * looked at too.
 * @throws Problem `invalid_cursor` when it was altered, or belongs to other filters or another sort
 */
export function readCursor(query: { cursor?: string | undefined }, type: KeyType): Position | undefined {
  if (query.cursor === undefined) return undefined
  const [text = '', checksum] = query.cursor.split('.', 2)
  const position =
    checksum === seal(text, query) && query.cursor === `${text}.${checksum}` ? positionIn(text) : undefined
  if (!position || !keyTypes[type](position[0])) {
    const message = 'The cursor was altered, or belongs to a list with other filters or another sort.'
    throw new Problem('invalid_cursor', message, [{ parameter: 'cursor', code: 'invalid_cursor', message }])
  }
  return position
}

const Sealed = z.tuple([z.string(), z.string().refine(isUuid)])

function positionIn(text: string): Position | undefined {
  try {
    return Sealed.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data
  } catch {
    return undefined
  }
}

/** A row of a list: its document as JSON text, and where it stands in the sort. */
export interface Listed {
  document: string
  key: string
  id: string
}

export const limitOf = (query: { limit?: number | undefined }): number => query.limit ?? 25

interface PageQuery {
  limit?: number | undefined
  cursor?: string | undefined
}

/** Sends a page. `rows` holds one row more than the limit when there is a next page. */
export const sendPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  query: PageQuery,
  rows: Listed[],
  total?: number,
): FastifyReply => sendJson(reply, writePage(request, reply, query, rows, total))

/** A page as JSON text; the Link to the next one is set. */
export function writePage(
  request: FastifyRequest,
  reply: FastifyReply,
  query: PageQuery,
  rows: Listed[],
  total?: number,
): string {
  const page = rows.slice(0, limitOf(query))
  const last = rows.length > page.length ? page.at(-1) : undefined
  const nextCursor = last ? writeCursor([last.key, last.id], query) : null
  if (nextCursor !== null) void reply.header('link', `<${nextAddress(request.url, nextCursor)}>; rel="next"`)
  const items = page.map((row) => row.document).join(',')
  const count = total === undefined ? '' : `,"total":${total}`
  void reply.header('cache-control', 'no-cache')
  return `{"items":[${items}],"nextCursor":${JSON.stringify(nextCursor)}${count}}`
}

function nextAddress(url: string, cursor: string): string {
  const parameters = new URLSearchParams(queryOf(url))
  parameters.set('cursor', cursor)
  return `${url.split('?', 1)[0]}?${parameters.toString()}`
}
