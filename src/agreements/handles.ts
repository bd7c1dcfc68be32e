import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Database, Statement } from '../database/connect.ts'
import { queryOf } from '../http/responses.ts'
import { Problem, problems } from '../problems/problems.ts'
import { possibleIdentifierKeys, possibleReferenceKeys } from '../shared/identifiers.ts'
import { isUuid } from '../shared/schemas.ts'

/**
 * Lets each route under `/v1/agreements/:id` that is added to `app` afterwards take a reference or `scheme:value` instead of
 * the id. Handlers get the id. Why and how: docs/decisions/handles.md.
 */
export function resolveHandles(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (!route.schema || !/^\/v1\/agreements\/:id(?:\/|$)/.test(route.url)) return
    route.schema.response = { ...(route.schema.response as object), ...problems(409) }
    route.schema.located = route.method !== 'POST' || route.url.endsWith('/restore')
    route.handler = byHandle(route.handler)
  })
}

type Params = { id: string }

const byHandle = (own: RouteHandlerMethod): RouteHandlerMethod =>
  function (this: FastifyInstance, request, reply) {
    return isUuid((request.params as Params).id)
      ? own.call(this, request, reply)
      : afterLookup(request, reply, () => own.call(this, request, reply))
  }

async function afterLookup(request: FastifyRequest, reply: FastifyReply, answer: () => unknown): Promise<unknown> {
  const params = request.params as Params
  const handle = params.id
  const id = await idOf(request.db, handle, isOfHistory(request))
  params.id = id ?? idOfNothing
  if (id === undefined) return refuse(answer, handle)
  const address = addressById(request, id)
  if (address !== null) void reply.header('content-location', address)
  return answer()
}

/** No agreement has this id. */
const idOfNothing = '00000000-0000-0000-0000-000000000000'

/** What else is wrong with the request is reported first, as it is with an id that does not exist. @throws always */
async function refuse(answer: () => unknown, handle: string): Promise<never> {
  try {
    await answer()
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'not_found') throw error
  }
  throw noneWith(handle)
}

/** Whether the request can be about a deleted agreement. */
function isOfHistory({ routeOptions, query }: FastifyRequest): boolean {
  if ((query as { asOf?: string }).asOf !== undefined) return true
  return /^\/v1\/agreements\/:id\/(?:restore|versions)(?:\/|$)/.test(routeOptions.url ?? '')
}

/**
 * The address by id of what a successful answer shows (RFC 9110, section 8.7); null when it shows nothing, or has a
 * `Location`.
 */
function addressById({ method, url, routeOptions }: FastifyRequest, id: string): string | null {
  const agreement = `/v1/agreements/${id}`
  if (method === 'DELETE') return null
  if (method === 'POST') return routeOptions.url?.endsWith('/restore') ? agreement : null
  const query = queryOf(url)
  const rest = url.split('?', 1)[0]!.split('/').slice(4)
  return `${[agreement, ...rest].join('/')}${query && `?${query}`}`
}

const living: Statement = {
  name: 'agreements-by-handle',
  text: `select id, false as deleted from agreements where reference_key = any($1::text[]) and deleted_at is null
    union select agreement_id, false from agreement_identifiers where active and scheme = $2 and key = any($3::text[])
    limit 10`,
}

const livingOrDeleted: Statement = {
  name: 'agreements-by-handle-and-deleted',
  text: `(${living.text}) union all (
    select id, true from agreements where reference_key = any($1::text[]) and deleted_at is not null
    union select agreement_id, true from agreement_identifiers where not active and scheme = $2 and key = any($3::text[])
    limit 10)`,
}

/**
 * The id of the agreement with a reference or an identifier, compared like the filters `reference` and `identifier`.
 * @param history whether a deleted agreement is found too, if no other has the handle
 * @returns undefined when no agreement has it
 * @throws Problem 409 when several have it
 */
async function idOf(db: Database, handle: string, history: boolean): Promise<string | undefined> {
  const { scheme, keys } = handle.includes(':') ? possibleIdentifierKeys(handle) : { scheme: null, keys: [] }
  const found = await db.query<{ id: string; deleted: boolean }>(history ? livingOrDeleted : living, [
    possibleReferenceKeys([handle]),
    scheme,
    keys,
  ])
  const current = found.filter(({ deleted }) => !deleted)
  const ids = (current.length > 0 ? current : found).map(({ id }) => id).toSorted()
  if (ids.length > 1) throw severalWith(handle, ids)
  return ids[0]
}

/** The id of the agreement with an id, a reference or an identifier. @throws Problem 404, 409 */
export async function idOfHandle(db: Database, handle: string, history: boolean): Promise<string> {
  const id = isUuid(handle) ? handle : await idOf(db, handle, history)
  if (id === undefined) throw noneWith(handle)
  return id
}

/** At most so many UTF-16 units of a handle are repeated in a message. */
const maxShown = 100

const shown = (handle: string): string =>
  `\`${handle.length > maxShown ? `${handle.slice(0, maxShown).toWellFormed()}…` : handle}\``

const looksLikeId = (handle: string): boolean => /^[0-9a-f-]{28,40}$/i.test(handle) && handle.includes('-')

function noneWith(handle: string): Problem {
  const [, scheme, value] = /^([A-Za-z][A-Za-z0-9-]*)\s+(\S.*)$/.exec(handle) ?? []
  if (scheme && value) {
    const meant = `${scheme.toLowerCase()}:${value}`
    const message = `There is no agreement with the reference ${shown(handle)}. An identifier is written with a colon: ${shown(meant)}.`
    return new Problem('not_found', message)
  }
  const what = handle.includes(':') ? 'identifier' : 'reference'
  const id = looksLikeId(handle)
    ? ' It is not an id either: an id is a UUID, of 8, 4, 4, 4 and 12 hexadecimal digits.'
    : ''
  return new Problem('not_found', `There is no agreement with the ${what} ${shown(handle)}.${id}`)
}

function severalWith(handle: string, ids: string[]): Problem {
  const message = `Several agreements have the handle ${shown(handle)}: ${ids.join(', ')}. Use the id.`
  const errors = ids.map((id) => ({
    parameter: 'id',
    code: 'ambiguous_handle',
    message: `Agreement ${id} has the handle.`,
    conflictsWith: `/v1/agreements/${id}`,
  }))
  return new Problem('ambiguous_handle', message, errors)
}
