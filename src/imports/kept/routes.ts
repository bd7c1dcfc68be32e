import type { preValidationHookHandler } from 'fastify'
import { z } from 'zod'
import { planOf, reduced } from '../../http/as-shown.ts'
import { sendPage, withTotal } from '../../http/paging.ts'
import { sendCreated, sendVersion } from '../../http/responses.ts'
import type { App } from '../../http/routes.ts'
import { invalid } from '../../problems/from-zod.ts'
import { problems } from '../../problems/problems.ts'
import { IfMatch, IfNoneMatch, NoContent } from '../../shared/schemas.ts'
import { Mapping } from '../mapping/schemas.ts'
import { deleteKeptMapping, keepMapping, listKeptMappings, readKeptMapping, replaceKeptMapping } from './queries.ts'
import {
  DeletedKeptMappingParams,
  EditedKeptMappingParams,
  KeptMapping,
  KeptMappingPage,
  KeptMappingParams,
  KeptMappingQuery,
  NewKeptMapping,
} from './schemas.ts'

const tags = ['Import']
const [reader, editor] = [{ config: { role: 'reader' } }, { config: { role: 'editor' } }] as const

const Kept = z.strictObject({ mapping: Mapping })
const plan = planOf(Kept, KeptMapping, true)!

/** Takes a kept mapping as GET shows it for the mapping in it. */
const takeKept: preValidationHookHandler = (request, _reply, done) => {
  const { body } = request
  if (typeof body !== 'object' || body === null || !('mapping' in body)) return done()
  const { value } = reduced(body, plan)
  const { error } = Kept.safeParse(value, { reportInput: true })
  if (error) return done(invalid(error, Kept, 'body'))
  request.asShown = { body, plan }
  request.body = (value as { mapping: unknown }).mapping
  done()
}

export async function keptMappingRoutes(app: App): Promise<void> {
  app.get(
    '/mappings',
    {
      ...reader,
      schema: {
        tags,
        operationId: 'listMappings',
        summary: 'List mappings',
        description: 'Ordered by name.',
        querystring: KeptMappingQuery,
        headers: IfNoneMatch,
        response: { 200: KeptMappingPage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { db, query } = request
      const { rows, ...notes } = await withTotal(db, query, (db) => listKeptMappings(db, query))
      return sendPage(request, reply, query, rows, notes)
    },
  )

  app.post(
    '/mappings',
    {
      ...editor,
      schema: {
        tags,
        operationId: 'createMapping',
        summary: 'Keep a mapping under a name',
        description:
          'Whether its columns exist is checked against the file when it is used. A table must have at most 500 entries; a larger one is a second file.',
        body: NewKeptMapping,
        response: { 201: KeptMapping, ...problems(400, 409, 413, 415, 422) },
      },
    },
    async ({ db, body, caller }, reply) => {
      const kept = await keepMapping(db, body, caller.actor)
      return sendCreated(reply, `/v1/mappings/${kept.name}`, kept.version, kept)
    },
  )

  app.get(
    '/mappings/:name',
    {
      ...reader,
      schema: {
        tags,
        operationId: 'getMapping',
        summary: 'Get a mapping by name',
        description: 'With its version as the `ETag`.',
        params: KeptMappingParams,
        headers: IfNoneMatch,
        response: { 200: KeptMapping, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const kept = await readKeptMapping(request.db, request.params.name)
      return sendVersion(request, reply, kept.version, kept)
    },
  )

  app.put(
    '/mappings/:name',
    {
      ...editor,
      schema: {
        tags,
        operationId: 'replaceMapping',
        summary: 'Replace a mapping',
        description:
          'The body is the mapping itself, or a kept mapping as GET shows it, whose other fields must be unchanged; a table must have at most 500 entries. Imports that are under way use the mapping with which they began.',
        params: EditedKeptMappingParams,
        headers: IfMatch,
        body: Mapping,
        response: { 200: KeptMapping, ...problems(400, 404, 412, 413, 415, 422, 428) },
      },
      preValidation: takeKept,
    },
    async (request, reply) => {
      const { db, params, headers, body, caller, asShown } = request
      const kept = await replaceKeptMapping(db, {
        name: params.name,
        mapping: body,
        asShown,
        ifMatch: headers['if-match'],
        actor: caller.actor,
      })
      return sendVersion(request, reply, kept.version, kept)
    },
  )

  app.delete(
    '/mappings/:name',
    {
      ...editor,
      schema: {
        tags,
        operationId: 'deleteMapping',
        summary: 'Delete a mapping permanently',
        description: 'Imports that used it are not affected.',
        params: DeletedKeptMappingParams,
        headers: IfMatch,
        response: { 204: NoContent, ...problems(400, 404, 412, 428) },
      },
    },
    async ({ db, params, headers }, reply) => {
      await deleteKeptMapping(db, params.name, headers['if-match'])
      return reply.code(204).send()
    },
  )
}
