import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Database } from '../database/connect.ts'
import { tagOf } from '../http/entity-tags.ts'
import { mergePatch } from '../http/merge-patch.ts'
import { sendPage, withTotal } from '../http/paging.ts'
import { sendCreated, sendVersion } from '../http/responses.ts'
import { type App, authorOf, type Dependencies, mergePatchTypes } from '../http/routes.ts'
import { invalidResult } from '../problems/from-zod.ts'
import { problems } from '../problems/problems.ts'
import { EditHeaders, IfNoneMatch, NoContent } from '../shared/schemas.ts'
import type { Added, ListQuery, Shown, Written } from './definition.ts'
import type { EntryRegistry } from './entries.ts'
import type { Placed } from './lookup.ts'

interface Operation {
  operationId: string
  summary: string
  description: string
}

type Params = z.ZodType<{ id: string }>
type EditRequest = FastifyRequest & { params: { id: string } }

/** The texts and schemas of the routes of a registry. */
export interface Interface<Whole extends Written, Query> {
  /** The path of its list. */
  path: `/${string}`
  tag: string
  operations: Record<'list' | 'create' | 'read' | 'replace' | 'patch' | 'delete', Operation>
  schemas: {
    query: z.ZodType<Query>
    page: z.ZodType
    document: z.ZodType
    /** The response with the document, if it can have other headers. */
    answer?: {
      description: string
      headers: readonly ['Content-Location']
      content: Record<string, { schema: z.ZodType }>
    }
    added: z.ZodType<Added<Whole>>
    whole: z.ZodType<Whole>
    patch: z.ZodType
    read: Params
    edited: Params
    deleted: Params
  }
  checkMoved?: (db: Database, id: string) => Promise<void>
}

/**
 * Adds the routes of a registry. Values from the request are cast to the type of their schema, which the types of the
 * framework lose for a type parameter.
 */
export function addRegistryRoutes<
  Entry extends Placed,
  Document extends Shown,
  Whole extends Written,
  Query extends ListQuery,
>(
  app: App,
  { today }: Dependencies,
  registry: EntryRegistry<Entry, Document, Whole, Query>,
  { path, tag, operations, schemas, checkMoved }: Interface<Whole, Query>,
): void {
  const tags = [tag]
  const answer = schemas.answer ?? schemas.document
  const [reader, editor] = [{ config: { role: 'reader' } }, { config: { role: 'editor' } }] as const

  app.get(
    path,
    {
      ...reader,
      schema: {
        tags,
        ...operations.list,
        querystring: schemas.query,
        headers: IfNoneMatch,
        response: { 200: schemas.page, ...problems(400) },
      },
    },
    async (request, reply) => {
      const query = request.query as Query
      const { rows, ...notes } = await withTotal(request.db, query, (db) => registry.list(db, query))
      return sendPage(request, reply, query, rows, notes)
    },
  )

  app.post(
    path,
    {
      ...editor,
      schema: {
        tags,
        ...operations.create,
        body: schemas.added,
        shown: schemas.document,
        response: { 201: schemas.document, ...problems(400, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { db, body, asShown } = request
      const document = await registry.create(db, body as Added<Whole>, authorOf(request, today), asShown)
      return sendCreated(reply, registry.addressOf(document), tagOf(document), document)
    },
  )

  app.get(
    `${path}/:id`,
    {
      ...reader,
      schema: {
        tags,
        ...operations.read,
        params: schemas.read,
        headers: IfNoneMatch,
        response: { 200: answer, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      return send(request, reply, await registry.read(request.db, request.params.id))
    },
  )

  /** Sends an entry, with its address if it was named by the id or the code of one that was merged into it. */
  function send(request: EditRequest, reply: FastifyReply, document: Document) {
    if (!registry.isNamed(document, request.params.id)) {
      void reply.header('content-location', registry.addressOf(document))
    }
    return sendVersion(request, reply, tagOf(document), document)
  }

  const editOf = (request: EditRequest, change: (before: Whole) => Whole) => ({
    reference: request.params.id,
    ifMatch: request.headers['if-match'],
    author: authorOf(request, today),
    change,
    asShown: request.asShown,
    checkMoved,
  })
  const edited = {
    shown: schemas.document,
    params: schemas.edited,
    headers: EditHeaders,
    response: { 200: answer, ...problems(400, 404, 409, 412, 413, 415, 422, 428) },
  }

  app.put(
    `${path}/:id`,
    { ...editor, schema: { tags, ...operations.replace, ...edited, body: schemas.whole } },
    async (request, reply) => {
      const document = await registry.edit(
        request.db,
        editOf(request, () => request.body as Whole),
      )
      return send(request, reply, document)
    },
  )

  app.patch(
    `${path}/:id`,
    {
      ...editor,
      schema: { tags, ...operations.patch, consumes: mergePatchTypes, ...edited, body: schemas.patch },
    },
    async (request, reply) => {
      const patch = (before: Whole): Whole => {
        const patched = schemas.whole.safeParse(mergePatch(before, request.body))
        if (!patched.success) throw invalidResult(patched.error, schemas.whole)
        return patched.data
      }
      const document = await registry.edit(request.db, editOf(request, patch))
      return send(request, reply, document)
    },
  )

  app.delete(
    `${path}/:id`,
    {
      ...editor,
      schema: {
        tags,
        ...operations.delete,
        params: schemas.deleted,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    async (request, reply) => {
      const { params, headers } = request
      await registry.delete(request.db, params.id, headers['if-match'], authorOf(request, today))
      return reply.code(204).send()
    },
  )
}
