import type { FastifyReply } from 'fastify'
import { sendJson } from '../../http/responses.ts'
import { sendPage, withTotal } from '../../http/paging.ts'
import { problems } from '../../problems/problems.ts'
import type { App } from '../../http/routes.ts'
import { IfNoneMatch, NoContent } from '../../shared/schemas.ts'
import { createKey, listKeys, readKey, revokeKey, rotateKey } from './queries.ts'
import { Key, KeyPage, KeyParams, KeyQuery, KeyReplacement, KeyWithSecret, NewKey } from './schemas.ts'

const tags = ['Admin']
const config = { role: 'admin' } as const
/** The answer contains a secret. */
const answersSecret = { role: 'admin', storesAnswer: false } as const

export async function keyRoutes(app: App): Promise<void> {
  app.get(
    '/keys',
    {
      config,
      schema: {
        tags,
        operationId: 'listKeys',
        summary: 'List API keys',
        description: 'Newest first, including expired and revoked keys. Secrets are never listed.',
        querystring: KeyQuery,
        headers: IfNoneMatch,
        response: { 200: KeyPage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { db, query } = request
      const { rows, ...notes } = await withTotal(db, query, (db) => listKeys(db, query))
      return sendPage(request, reply, query, rows, notes)
    },
  )

  app.post(
    '/keys',
    {
      config: answersSecret,
      schema: {
        tags,
        operationId: 'createKey',
        summary: 'Create an API key',
        description:
          'The response contains the whole key, which is shown only once and not stored: an `Idempotency-Key` is ignored, and a second request makes a second key.',
        unversioned: true,
        body: NewKey,
        response: { 201: KeyWithSecret, ...problems(400, 413, 415, 422) },
      },
    },
    async ({ db, body, caller }, reply) => sendSecret(reply, await createKey(db, body, caller.actor)),
  )

  app.get(
    '/keys/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getKey',
        summary: 'Read an API key, without its secret',
        description: 'Its name, its role, when it expires and when it was last used.',
        params: KeyParams,
        response: { 200: Key, ...problems(400, 404) },
      },
    },
    async ({ db, params }, reply) => sendJson(reply.header('cache-control', 'no-store'), await readKey(db, params.id)),
  )

  app.post(
    '/keys/:id/rotate',
    {
      config: answersSecret,
      schema: {
        tags,
        operationId: 'rotateKey',
        summary: 'Create an API key that replaces another',
        description:
          'The new key has the same name and role. The old key works for another `overlapHours` at most. An `Idempotency-Key` is ignored, because the answer contains the new key.',
        unversioned: true,
        params: KeyParams,
        body: KeyReplacement,
        response: { 201: KeyWithSecret, ...problems(400, 404, 409, 413, 415, 422) },
      },
    },
    async ({ db, params, body, caller }, reply) =>
      sendSecret(reply, await rotateKey(db, params.id, body, caller.actor)),
  )

  app.delete(
    '/keys/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'revokeKey',
        summary: 'Revoke an API key permanently',
        description: 'Requests with it are refused from then on. It remains in the list.',
        params: KeyParams,
        response: { 204: NoContent, ...problems(400, 404) },
      },
    },
    async ({ db, params, caller }, reply) => {
      await revokeKey(db, params.id, caller.actor)
      return reply.code(204).send()
    },
  )
}

/** Sends a new key; the response must not be cached. */
const sendSecret = (reply: FastifyReply, made: { id: string }): FastifyReply =>
  sendJson(reply.code(201).header('location', `/v1/keys/${made.id}`).header('cache-control', 'no-store'), made)
