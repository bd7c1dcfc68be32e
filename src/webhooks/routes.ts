import type { FastifyReply } from 'fastify'
import type { Database } from '../database/connect.ts'
import { Feed } from '../changes/waiting.ts'
import { sendPage, withTotal } from '../http/paging.ts'
import { sendJson, sendVersion } from '../http/responses.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import { IfMatch, IfNoneMatch, NoContent } from '../shared/schemas.ts'
import { addPing, listDeliveries, readDelivery, redeliver } from './deliveries.ts'
import { createWebhook, deleteWebhook, listWebhooks, readWebhook, replaceWebhook, rotateSecret } from './queries.ts'
import type { Receivers } from './receivers.ts'
import {
  Delivery,
  DeliveryPage,
  DeliveryParams,
  DeliveryQuery,
  SecretReplacement,
  Webhook,
  WebhookInput,
  WebhookPage,
  WebhookParams,
  WebhookQuery,
  WebhookWithSecret,
} from './schemas.ts'
import { deliverSoon } from './worker.ts'

const tags = ['Webhooks']
const config = { role: 'admin' } as const
/** The answer contains a secret. */
const answersSecret = { role: 'admin', storesAnswer: false } as const

export const webhookRoutes = (receivers: Receivers) =>
  async function addWebhookRoutes(app: App, { db }: Dependencies): Promise<void> {
    addWebhooks(app, db, receivers)
    addDeliveries(app)
  }

function addWebhooks(app: App, db: Database, receivers: Receivers): void {
  const feed = new Feed(db)

  app.get(
    '/webhooks',
    {
      config,
      schema: {
        tags,
        operationId: 'listWebhooks',
        summary: 'List webhooks',
        description: 'Newest first. Secrets are never listed.',
        querystring: WebhookQuery,
        headers: IfNoneMatch,
        response: { 200: WebhookPage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { db, query } = request
      const { rows, ...notes } = await withTotal(db, query, (db) => listWebhooks(db, query))
      return sendPage(request, reply, query, rows, notes)
    },
  )

  app.post(
    '/webhooks',
    {
      config: answersSecret,
      schema: {
        tags,
        operationId: 'createWebhook',
        summary: 'Have changes sent to a URL',
        description:
          'Each later change is sent by POST as a `WebhookEvent`, signed by the Standard Webhooks specification. The response contains the secret of the signatures, which is shown only once. An attempt that is not answered with a status from 200 to 299 in time is repeated, for about three days. An `Idempotency-Key` is ignored, because the secret is not stored with an answer: a second request makes a second webhook.',
        body: WebhookInput,
        response: { 201: WebhookWithSecret, ...problems(400, 413, 415, 422) },
      },
    },
    async ({ db, body, caller }, reply) => {
      const { last } = await feed.state(db)
      const made = await createWebhook(db, { input: body, receivers, position: last, actor: caller.actor })
      return sendSecret(reply.code(201).header('location', `/v1/webhooks/${made.id}`), made)
    },
  )

  app.get(
    '/webhooks/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getWebhook',
        summary: 'Get a webhook, without its secret',
        description: 'Whether it is enabled, and if the server has disabled it, why.',
        params: WebhookParams,
        headers: IfNoneMatch,
        response: { 200: Webhook, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const webhook = await readWebhook(request.db, request.params.id)
      return sendVersion(request, reply, webhook.version, webhook)
    },
  )

  app.put(
    '/webhooks/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'replaceWebhook',
        summary: 'Replace a webhook, or enable it again',
        description:
          'Deliveries that wait are sent to the new URL. A webhook that is enabled again goes on where it was: what waited is sent at once.',
        params: WebhookParams,
        headers: IfMatch,
        body: WebhookInput,
        shown: Webhook,
        response: { 200: Webhook, ...problems(400, 404, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const { db, params, headers, body, caller, asShown } = request
      const webhook = await replaceWebhook(db, params.id, {
        input: body,
        receivers,
        asShown,
        ifMatch: headers['if-match'],
        actor: caller.actor,
      })
      deliverSoon()
      return sendVersion(request, reply, webhook.version, webhook)
    },
  )

  app.delete(
    '/webhooks/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook permanently',
        description: 'Its log is deleted too, and what waits is not sent.',
        params: WebhookParams,
        headers: IfMatch,
        response: { 204: NoContent, ...problems(400, 404, 412, 428) },
      },
    },
    async ({ db, params, headers }, reply) => {
      await deleteWebhook(db, params.id, headers['if-match'])
      return reply.code(204).send()
    },
  )

  app.post(
    '/webhooks/:id/secret',
    {
      config: answersSecret,
      schema: {
        tags,
        operationId: 'rotateWebhookSecret',
        summary: 'Give a webhook a new secret',
        description:
          'The response contains the new secret, which is shown only once. For another `overlapHours`, events are signed with both: change the secret at the receiver in this time. An `Idempotency-Key` is ignored: a second request makes another secret, and the one before the first no longer signs.',
        params: WebhookParams,
        body: SecretReplacement,
        response: { 200: WebhookWithSecret, ...problems(400, 404, 413, 415) },
      },
    },
    async ({ db, params, body, caller }, reply) =>
      sendSecret(reply, await rotateSecret(db, params.id, body.overlapHours, caller.actor)),
  )
}

function addDeliveries(app: App): void {
  app.post(
    '/webhooks/:id/ping',
    {
      config,
      schema: {
        tags,
        operationId: 'createPing',
        summary: 'Send a test event to a webhook',
        description: 'It is sent once, also while the webhook is disabled. The log says how it was answered.',
        unversioned: true,
        params: WebhookParams,
        response: { 201: Delivery, ...problems(400, 404) },
      },
    },
    async ({ db, params }, reply) => {
      const ping = await addPing(db, params.id)
      db.afterCommit(deliverSoon)
      return sendJson(reply.code(201).header('location', `/v1/webhooks/${params.id}/deliveries/${ping.id}`), ping)
    },
  )

  app.get(
    '/webhooks/:id/deliveries',
    {
      config,
      schema: {
        tags,
        operationId: 'listDeliveries',
        summary: 'List what was sent to a webhook, and how it was answered',
        description:
          'Latest first. Deliveries that have ended stay in this log for 30 days, unless the server is configured otherwise.',
        params: WebhookParams,
        querystring: DeliveryQuery,
        headers: IfNoneMatch,
        response: { 200: DeliveryPage, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { db, query, params } = request
      const { rows, ...notes } = await withTotal(db, query, (db) => listDeliveries(db, params.id, query))
      return sendPage(request, reply, query, rows, notes)
    },
  )

  app.get(
    '/webhooks/:id/deliveries/:deliveryId',
    {
      config,
      schema: {
        tags,
        operationId: 'getDelivery',
        summary: 'Get a delivery to a webhook',
        description: 'The event, its attempts, and when it is tried next.',
        params: DeliveryParams,
        response: { 200: Delivery, ...problems(400, 404) },
      },
    },
    async ({ db, params }, reply) =>
      sendJson(reply.header('cache-control', 'no-store'), await readDelivery(db, params.id, params.deliveryId)),
  )

  app.post(
    '/webhooks/:id/deliveries/:deliveryId/redeliver',
    {
      config,
      schema: {
        tags,
        operationId: 'createRedelivery',
        summary: 'Send an event to a webhook again',
        description:
          'With the same `webhook-id`. A delivery that has ended is sent once more, also while the webhook is disabled; one that waits for a retry is tried now.',
        unversioned: true,
        params: DeliveryParams,
        response: { 200: Delivery, ...problems(400, 404) },
      },
    },
    async ({ db, params }, reply) => {
      const delivery = await redeliver(db, params.id, params.deliveryId)
      db.afterCommit(deliverSoon)
      return sendJson(reply.header('cache-control', 'no-store'), delivery)
    },
  )
}

/** Sends a new secret; the response must not be cached. */
const sendSecret = (reply: FastifyReply, made: WebhookWithSecret): FastifyReply =>
  sendJson(reply.header('etag', `"${made.version}"`).header('cache-control', 'no-store'), made)
