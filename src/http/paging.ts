import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Database } from '../database/connect.ts'
import { isDay } from '../shared/calendar.ts'
import { Problem } from '../problems/problems.ts'
import { Digits, isUuid } from '../shared/schemas.ts'
import { queryOf, sendTaggedJson } from './responses.ts'

/** The types of sort keys, and whether PostgreSQL accepts a text for each. */
const keyTypes = {
  text: (key: string) => key.isWellFormed() && !key.includes('\0'),
  date: (key: string) => isDay(key) || /^-?infinity$/.test(key),
  dayAndWord: (key: string) => isDay(key.slice(0, 10)) && /^.{10} [a-z_]{1,40}$/.test(key),
  timestamptz: (key: string) =>
    isDay(key.slice(0, 10)) &&
    /^.{10} (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?[+-][01]\d(?::[0-5]\d)?$/.test(key),
  real: (key: string) => /^\d{1,3}(?:\.\d{1,12})?(?:e-\d\d)?$/.test(key) && (Number(key) === 0 || Number(key) > 1e-37),
  integer: (key: string) => /^\d{1,9}$/.test(key),
  group: isGroup,
}
export type KeyType = keyof typeof keyTypes

/** A count and the keys of a group, as JSON. */
function isGroup(text: string): boolean {
  try {
    const { success, data } = z.tuple([z.int().min(0)], z.string().nullable()).safeParse(JSON.parse(text))
    return success && data.slice(1).every((key) => key === null || keyTypes.text(String(key)))
  } catch {
    return false
  }
}

/** How the words of `q` were interpreted for the first page of a list. Later pages use the same interpretation. */
export interface Interpretation {
  /** Whether the words are so common that results are not ranked. */
  common: boolean
  /** The corrected `q`, when nothing matches it as written. */
  didYouMean: string | null
}

/** The end of a page: the sort key of its last item, and its id, which breaks ties. */
export interface Position {
  key: string
  id: string
  /** Null when the list was not searched. */
  interpretation: Interpretation | null
}

/**
 * Maximum size of all items of a page, as JSON in UTF-8, in bytes. A page has at least one item, even if that is larger.
 */
export const maxPageBytes = 4 * 1024 * 1024

/** The parameters of every list. `cursor` is opaque: take it from `nextCursor`, or follow the Link. */
export const pageParameters = {
  limit: Digits(1, 200)
    .optional()
    .describe(
      'Maximum number of items per page; default: 25. A page ends early when its items would exceed 4 MB, so only `nextCursor` shows whether there are more items.',
    ),
  cursor: z
    .string()
    .max(4000)
    .meta({ pattern: '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{16}$' })
    .optional()
    .describe('The `nextCursor` of the previous page; must be sent with the same filters and sort.'),
  count: z.enum(['exact']).optional().describe('`exact`: include the total number of matches.'),
}

interface CountQuery {
  count?: 'exact' | undefined
}

/** The total of a list, if it is asked for. */
export const totalOf = async (query: CountQuery, count: () => Promise<number>): Promise<number | undefined> =>
  query.count === undefined ? undefined : count()

/** Reads a page and, if asked, its total, both in one snapshot. */
export const withTotal = <Result>(
  db: Database,
  query: CountQuery,
  read: (db: Database) => Promise<Result>,
): Promise<Result> => (query.count === undefined ? read(db) : db.transaction(read, { readOnly: true }))

/** One page of a list: `{ items, nextCursor }`. */
export const pageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable().describe('The cursor of the next page; null on the last page.'),
      total: z.int().optional().describe('Total number of matching items; only with `count=exact`.'),
    })
    .meta({ id })

/** The corrected search, in the response to a search. */
export const DidYouMean = z
  .string()
  .nullable()
  .describe(
    'The corrected search, when `q` matches nothing. The response has the results of that search or, if that also finds nothing, a suggestion only. Otherwise null.',
  )

/** One page of a searchable list. */
export const searchPageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  pageOf(item, id).extend({ didYouMean: DidYouMean }).meta({ id })

const hash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length)

/** What identifies a list: short hashes of its name, its filters and its sort. */
const marksOf = (list: string, query: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...query, '': list })
      .filter(([name, value]) => !['cursor', 'limit', 'count'].includes(name) && value !== undefined)
      .map(([name, value]) => [name, hash(JSON.stringify(value), 6)]),
  )

function writeCursor(list: string, { key, id, interpretation }: Position, query: object): string {
  const words = interpretation && { common: interpretation.common, didYouMean: interpretation.didYouMean }
  const text = Buffer.from(JSON.stringify([key, id, words, marksOf(list, query)])).toString('base64url')
  return `${text}.${hash(text, 16)}`
}

const cursorProblem = (code: string, message: string): Problem =>
  new Problem('invalid_cursor', message, [{ parameter: 'cursor', code, message }])

const startAgain = 'Send `nextCursor` unchanged, or leave `cursor` out to start from the first page.'

/**
 * The position in `query.cursor`; undefined on the first page. The checksum is not secret, so the content is validated too.
 * @param list the path of the list below /v1/, with its ids: `agreements/<id>/versions`
 * @param type the type of the sort key; that of a searched list can depend on how the words were interpreted
 * @throws Problem `invalid_cursor` when the cursor was altered, or belongs to another list, other filters or another sort
 */
export function readCursor(
  list: string,
  query: { cursor?: string | undefined; q?: string | undefined },
  type: KeyType | ((interpretation: Interpretation) => KeyType),
): Position | undefined {
  if (query.cursor === undefined) return undefined
  const [text = ''] = query.cursor.split('.', 1)
  const sealed = query.cursor === `${text}.${hash(text, 16)}` ? sealedIn(text) : undefined
  if (!sealed) throw cursorProblem('altered', `The cursor was altered or truncated. ${startAgain}`)
  const [key, id, interpretation, marks] = sealed
  const own = marksOf(list, query)
  const other = [...new Set([...Object.keys(own), ...Object.keys(marks)])].filter((name) => own[name] !== marks[name])
  if (other.includes('')) throw cursorProblem('other_list', `The cursor belongs to another list. ${startAgain}`)
  if (other.length > 0) {
    const names = other.slice(0, 5).map((name) => `\`${name.slice(0, 40)}\``)
    const message = `The cursor belongs to a list with another ${names.join(', another ')}. Use the same filters and sort as for the first page, or leave \`cursor\` out to start again.`
    throw cursorProblem(other.some((name) => name !== 'sort') ? 'other_filters' : 'other_sort', message)
  }
  const keyType = typeof type === 'string' ? type : type(interpretation ?? { common: false, didYouMean: null })
  if (!keyTypes[keyType](key) || (interpretation !== null) !== (query.q !== undefined)) {
    throw cursorProblem('other_list', `The cursor belongs to another list. ${startAgain}`)
  }
  return { key, id, interpretation }
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

/** A row of a list: its document as JSON text, and its position in the sort order. */
export interface Listed {
  document: string
  key: string
  id: string
}

/** A row of a page, or a row that no longer fits, whose document was not read. */
export type PageRow = Listed | (Pick<Listed, 'key' | 'id'> & { document: null })

/** The result of a searchable list: at least one row more than the page when there is a next page. */
export interface Found {
  rows: PageRow[]
  /** Null when it was not searched. */
  interpretation: Interpretation | null
  /** How many there are in all, if asked. */
  total?: number | undefined
}

export const limitOf = (query: { limit?: number | undefined }): number => query.limit ?? 25

interface PageQuery {
  limit?: number | undefined
  cursor?: string | undefined
}

/** What a page contains besides its items. */
interface PageNotes {
  total?: number | undefined
  /** For searchable lists. */
  interpretation?: Interpretation | null
  /** What only this list says. */
  own?: object
  /** Default: `no-cache`. */
  cacheControl?: string
}

/** Sends a page with its tag, or 304 when the client has it. `rows` has at least one row more than the page when there is a next page. */
export const sendPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  query: PageQuery,
  rows: PageRow[],
  notes?: PageNotes,
): FastifyReply => sendTaggedJson(request, reply, writePage(request, reply, query, rows, notes))

/** A page as JSON text; sets the `Link` to the next page. */
export function writePage(
  request: FastifyRequest,
  reply: FastifyReply,
  query: PageQuery,
  rows: PageRow[],
  { total, interpretation, own, cacheControl = 'no-cache' }: PageNotes = {},
): string {
  const page = rows.slice(0, Math.min(limitOf(query), fitting(rows)))
  const last = rows.length > page.length ? page.at(-1) : undefined
  const nextCursor = nextPage(
    request,
    reply,
    query,
    last && { key: last.key, id: last.id, interpretation: interpretation ?? null },
  )
  const items = page.map((row) => row.document).join(',')
  const count = total === undefined ? '' : `,"total":${total}`
  const meant =
    interpretation === undefined ? '' : `,"didYouMean":${JSON.stringify(interpretation?.didYouMean ?? null)}`
  const others = own === undefined ? '' : `,${JSON.stringify(own).slice(1, -1)}`
  void reply.header('cache-control', cacheControl)
  return `{"items":[${items}],"nextCursor":${JSON.stringify(nextCursor)}${count}${meant}${others}}`
}

/** The cursor of the page after `last`, null without one; sets the `Link` to that page. */
export function nextPage(
  request: FastifyRequest,
  reply: FastifyReply,
  query: object,
  last: Position | undefined,
): string | null {
  if (last === undefined) return null
  const cursor = writeCursor(listOf(request), last, query)
  const address = String(reply.getHeader('content-location') ?? request.url)
  void reply.header('link', `<${nextAddress(address, cursor)}>; rel="next"`)
  return cursor
}

/** The number of rows that fit into a page. */
function fitting(rows: PageRow[]): number {
  const unread = rows.findIndex(({ document }) => document === null)
  const read = unread < 0 ? rows : rows.slice(0, unread)
  return roomFor(read.map(({ document }) => Buffer.byteLength(document!)))
}

/** The number of items, with these sizes in bytes, that fit into a page: at least one, if there is any. */
function roomFor(sizes: number[]): number {
  let bytes = 0
  const tooMany = sizes.findIndex((size, i) => (bytes += size) > maxPageBytes && i > 0)
  return tooMany < 0 ? sizes.length : tooMany
}

/** The path of the list, as `readCursor` expects it. */
const listOf = ({ routeOptions, params }: FastifyRequest): string =>
  (routeOptions.config.list ?? routeOptions.url!.slice('/v1/'.length)).replace(
    /:(\w+)/g,
    (_, name: string) => (params as Record<string, string>)[name]!,
  )

function nextAddress(url: string, cursor: string): string {
  const parameters = new URLSearchParams(queryOf(url))
  parameters.set('cursor', cursor)
  return `${url.split('?', 1)[0]}?${parameters.toString()}`
}
