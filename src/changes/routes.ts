import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../database/connect.ts'
import { maxPageBytes } from '../http/paging.ts'
import { callerOf } from '../http/rate-limits.ts'
import { baseOf } from '../http/addresses.ts'
import { queryOf, sendTagged, sendTaggedJson } from '../http/responses.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import { atomOf, atomType } from './atom.ts'
import { cursorAhead, keyOf, type Range, readDocuments, readRange, readShown, selectionOf } from './queries.ts'
import { AtomFeed, AtomQuery, ChangesPage, ChangesQuery } from './schemas.ts'
import { Feed } from './waiting.ts'

export async function changeRoutes(app: App, { db }: Dependencies): Promise<void> {
  const feed = new Feed(db)
  feed.endWith(app)

  app.get(
    '/changes',
    {
      config: { role: 'reader', isLong: true, readsPrimary: true },
      schema: {
        tags: ['Changes'],
        operationId: 'listChanges',
        summary: 'Follow every change of the register',
        description:
          'Every publication of an agreement, every merge of signatories and every deletion of a registry entry, in one order: none is skipped or repeated, and the versions of an agreement ascend. Begin without `after`, store what the items say, and send `cursor` as the next `after`. With the filters of the list, only agreements that match; one that no longer does is reported once, with `inSelection: false`.',
        querystring: ChangesQuery,
        headers: IfNoneMatch,
        response: { 200: ChangesPage, ...problems(400, 410) },
      },
    },
    async (request, reply) => {
      const { after, limit = 100, wait = 0, ...filter } = request.query
      const until = performance.now() + wait * 1000
      const selection = await selectionOf(request.db, filter)
      const { last, writable } = await feed.state(request.db)
      let cursor = after === 'latest' ? last : Number(after ?? 0)
      if (cursor > last && writable) throw cursorAhead(last)
      const left = disconnected(reply)
      for (;;) {
        const range = await readRange(request.db, selection, { after: cursor }, limit)
        cursor = range.end ?? cursor
        if (range.entries.length > 0 || !range.isAll || performance.now() >= until || feed.isClosing) {
          const page = await writePage(request.db, range, cursor)
          if (page.more) void reply.header('link', `<${addressWith(request, { after: page.cursor })}>; rel="next"`)
          // A shared cache would give an empty page at once to a client that asks again, which would not wait any more.
          const cacheControl = wait > 0 ? 'private, no-cache' : 'no-cache'
          return sendTaggedJson(request, reply.header('cache-control', cacheControl), page.text)
        }
        await feed.wait({ after: cursor, until, caller: callerOf(request) }, left)
      }
    },
  )

  app.get(
    '/changes.atom',
    {
      config: { role: 'reader', readsPrimary: true },
      schema: {
        tags: ['Changes'],
        operationId: 'getChangesFeed',
        summary: 'Subscribe to changes in a feed reader',
        description:
          'The same changes as an Atom feed (RFC 4287), latest first. With the filters of the list it is a saved search that says what is new. Enter the address in a feed reader.',
        querystring: AtomQuery,
        headers: IfNoneMatch,
        response: {
          200: { description: 'The latest changes.', content: { [atomType]: { schema: AtomFeed } } },
          ...problems(400),
        },
      },
    },
    async (request, reply) => {
      const { before, limit = 50, ...filter } = request.query
      const selection = await selectionOf(request.db, filter)
      await feed.state(request.db)
      const start = { before: before === undefined ? undefined : Number(before) }
      const { entries, end, isAll } = await readRange(request.db, selection, start, limit)
      const shown = await readShown(request.db, entries)
      const next = isAll || end === undefined ? null : addressWith(request, { before: String(end) })
      if (next !== null) void reply.header('link', `<${next}>; rel="next"`)
      const text = atomOf({
        base: baseOf(request),
        self: request.url,
        first: addressWith(request, { before: undefined }),
        next,
        entries: entries.map((entry) => ({ entry, shown: shown.get(keyOf(entry)) })),
      })
      return sendTagged(request, reply.header('cache-control', 'no-cache'), text, `${atomType}; charset=utf-8`)
    },
  )
}

/** Resolves when the client is gone. */
const disconnected = ({ raw }: FastifyReply): Promise<void> =>
  new Promise((settle) => raw.once('close', () => settle()))

/** The address of the request with other values of some parameters. */
function addressWith({ url }: FastifyRequest, values: Record<string, string | undefined>): string {
  const parameters = new URLSearchParams(queryOf(url))
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) parameters.delete(name)
    else parameters.set(name, value)
  }
  const path = url.split('?', 1)[0]!
  return parameters.size > 0 ? `${path}?${parameters.toString()}` : path
}

/**
 * A page as JSON text. It ends early when the documents, converted to the current format, are larger than they were.
 * @param end where the next page begins if all entries fit
 */
async function writePage(
  db: Database,
  { entries, isAll }: Range,
  end: number,
): Promise<{ text: string; cursor: string; more: boolean }> {
  const documents = await readDocuments(db, entries)
  const items: string[] = []
  let bytes = 0
  for (const { size: _, ...entry } of entries) {
    const document = documents.get(keyOf(entry)) ?? 'null'
    bytes += Buffer.byteLength(document)
    if (items.length > 0 && bytes > maxPageBytes) break
    items.push(`${JSON.stringify(entry).slice(0, -1)},"document":${document}}`)
  }
  const isCut = items.length < entries.length
  const cursor = String(isCut ? entries[items.length - 1]!.sequence : end)
  const more = isCut || !isAll
  return { text: `{"items":[${items.join(',')}],"cursor":"${cursor}","more":${more}}`, cursor, more }
}
