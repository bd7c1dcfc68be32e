import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isDay } from '../shared/calendar.ts'
import { Problem } from '../problems/problems.ts'
import { Digits, isUuid } from '../shared/schemas.ts'
import { queryOf, sendJson } from './responses.ts'

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

/** What the words of `q` were taken for on the first page of a list; later ones take them so too. */
export interface Taken {
  /** So many have them that they rank nothing. */
  common: boolean
  /** What was probably meant, when nothing has the words of `q`. */
  didYouMean: string | null
}

/** Where a page ended: the sort key of its last item, and its id, which breaks ties. */
export interface Position {
  key: string
  id: string
  /** Of a list that was searched. */
  taken: Taken | null
}

/**
 * The most bytes that the items of a page hold together, as JSON in UTF-8. A page holds one item at least, however large
 * it is.
 */
export const maxPageBytes = 4 * 1024 * 1024

/** The parameters of every list. `cursor` is opaque: take it from `nextCursor`, or follow the Link. */
export const pageParameters = {
  limit: Digits(1, 200)
    .optional()
    .describe(
      'Maximum number of items per page; default: 25. A page ends early when its items would exceed 4 MB, so only `nextCursor` tells whether there are more.',
    ),
  cursor: z
    .string()
    .max(4000)
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

/** What the words of `q` were taken for, in an answer to a search. */
export const DidYouMean = z
  .string()
  .nullable()
  .describe(
    'Null unless nothing has the words of `q`: then the search that it was taken for, a misspelt name mended, of which this is the answer; or, where that finds nothing either, one that would.',
  )

/** One page of a list that can be searched. */
export const searchPageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  pageOf(item, id).extend({ didYouMean: DidYouMean }).meta({ id })

const hash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length)

/** What a list is told by: its name, its filters and its sort, each by a short hash. */
const marksOf = (list: string, query: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...query, '': list })
      .filter(([name, value]) => !['cursor', 'limit', 'count'].includes(name) && value !== undefined)
      .map(([name, value]) => [name, hash(JSON.stringify(value), 6)]),
  )

function writeCursor(list: string, { key, id, taken }: Position, query: object): string {
  const words = taken && { common: taken.common, didYouMean: taken.didYouMean }
  const text = Buffer.from(JSON.stringify([key, id, words, marksOf(list, query)])).toString('base64url')
  return `${text}.${hash(text, 16)}`
}

const cursorProblem = (code: string, message: string): Problem =>
  new Problem('invalid_cursor', message, [{ parameter: 'cursor', code, message }])

const startAnew = 'Take `nextCursor` as it stands, or leave `cursor` out to begin anew.'

/**
 * The position that `query.cursor` holds; undefined on the first page. The checksum is no secret, so what it seals is
 * looked at too.
 * @param list the address of the list below /v1/, the ids in it as the route takes them: `agreements/<id>/versions`
 * @param type what the sort key is; of a list that was searched, it can depend on what the words were taken for
 * @throws Problem `invalid_cursor` when it was altered, or belongs to other filters or another sort, which it names
 */
export function readCursor(
  list: string,
  query: { cursor?: string | undefined; q?: string | undefined },
  type: KeyType | ((taken: Taken) => KeyType),
): Position | undefined {
  if (query.cursor === undefined) return undefined
  const [text = ''] = query.cursor.split('.', 1)
  const sealed = query.cursor === `${text}.${hash(text, 16)}` ? sealedIn(text) : undefined
  if (!sealed) throw cursorProblem('altered', `The cursor was altered, or cut short. ${startAnew}`)
  const [key, id, taken, marks] = sealed
  const own = marksOf(list, query)
  const other = [...new Set([...Object.keys(own), ...Object.keys(marks)])].filter((name) => own[name] !== marks[name])
  if (other.includes('')) throw cursorProblem('other_list', `The cursor belongs to another list. ${startAnew}`)
  if (other.length > 0) {
    const names = other.slice(0, 5).map((name) => `\`${name.slice(0, 40)}\``)
    const message = `The cursor belongs to a list with another ${names.join(', another ')}. Keep to the filters and the sort of the first page, or leave \`cursor\` out to begin anew.`
    throw cursorProblem(other.some((name) => name !== 'sort') ? 'other_filters' : 'other_sort', message)
  }
  const keyType = typeof type === 'string' ? type : type(taken ?? { common: false, didYouMean: null })
  if (!keyTypes[keyType](key) || (taken !== null) !== (query.q !== undefined)) {
    throw cursorProblem('other_list', `The cursor belongs to another list. ${startAnew}`)
  }
  return { key, id, taken }
}

const Sealed = z.tuple([
  z.string(),
  z.string().refine(isUuid),
  z.strictObject({ common: z.boolean(), didYouMean: z.string().max(1000).refine(keyTypes.text).nullable() }).nullable(),
  z.record(z.string(), z.string()),
])

function sealedIn(text: string): z.infer<typeof Sealed> | undefined {
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

/** A row of a page, or one for which it has no room: the document of that one was not read. */
export type PageRow = Listed | (Pick<Listed, 'key' | 'id'> & { document: null })

/** What a list that can be searched found: one row more than the page, or several, when there is a next one. */
export interface Found {
  rows: PageRow[]
  /** Null when it was not searched. */
  taken: Taken | null
}

export const limitOf = (query: { limit?: number | undefined }): number => query.limit ?? 25

interface PageQuery {
  limit?: number | undefined
  cursor?: string | undefined
}

/** What a page tells beside its items. */
interface PageNotes {
  total?: number | undefined
  /** Of a list that can be searched. */
  taken?: Taken | null
}

/** Sends a page. `rows` holds one row more than the page, or several, when there is a next one. */
export const sendPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  query: PageQuery,
  rows: PageRow[],
  notes?: PageNotes,
): FastifyReply => sendJson(reply, writePage(request, reply, query, rows, notes))

/** A page as JSON text; the Link to the next one is set. */
export function writePage(
  request: FastifyRequest,
  reply: FastifyReply,
  query: PageQuery,
  rows: PageRow[],
  { total, taken }: PageNotes = {},
): string {
  const page = rows.slice(0, Math.min(limitOf(query), fitting(rows)))
  const last = rows.length > page.length ? page.at(-1) : undefined
  const nextCursor = last
    ? writeCursor(listOf(request), { key: last.key, id: last.id, taken: taken ?? null }, query)
    : null
  if (nextCursor !== null) void reply.header('link', `<${nextAddress(request.url, nextCursor)}>; rel="next"`)
  const items = page.map((row) => row.document).join(',')
  const count = total === undefined ? '' : `,"total":${total}`
  const meant = taken === undefined ? '' : `,"didYouMean":${JSON.stringify(taken?.didYouMean ?? null)}`
  void reply.header('cache-control', 'no-cache')
  return `{"items":[${items}],"nextCursor":${JSON.stringify(nextCursor)}${count}${meant}}`
}

/** How many of the first rows fit into the bytes of a page. */
function fitting(rows: PageRow[]): number {
  const unread = rows.findIndex(({ document }) => document === null)
  const read = unread < 0 ? rows : rows.slice(0, unread)
  return roomFor(read.map(({ document }) => Buffer.byteLength(document!)))
}

/** How many of the first items with these sizes, in bytes, fit into a page: one at least, if there is any. */
function roomFor(sizes: number[]): number {
  let bytes = 0
  const tooMany = sizes.findIndex((size, i) => (bytes += size) > maxPageBytes && i > 0)
  return tooMany < 0 ? sizes.length : tooMany
}

/** What a cursor goes with: the address of the list, with what its path names, as `readCursor` is told. */
const listOf = ({ routeOptions, params }: FastifyRequest): string =>
  routeOptions
    .url!.slice('/v1/'.length)
    .replace(/:(\w+)/g, (_, name: string) => (params as Record<string, string>)[name]!)

function nextAddress(url: string, cursor: string): string {
  const parameters = new URLSearchParams(queryOf(url))
  parameters.set('cursor', cursor)
  return `${url.split('?', 1)[0]}?${parameters.toString()}`
}
