import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DatabaseBusy } from '../database/errors.ts'
import { Turns } from '../database/turns.ts'
import { isMonitoring, overloaded } from './overload.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the handler itself waits for its client or for something to happen: it holds up no other request. */
    isLong?: boolean
  }
  interface FastifyRequest {
    /** What the request holds while it is worked on; undefined when it holds nothing. */
    place: (() => void) | undefined
  }
}

/** How many requests are worked on at the same time. More would only make all of them slower. */
const places = { reads: 64, writes: 16 }

/** How many writes to one resource are worked on at the same time, so that they leave places for others. */
const placesOfResource = 4

/**
 * Lets requests wait for a place before anything is done for them: before their credential is looked up and their body is
 * read. A request that waits costs little, and so does one that is refused because its time is over. A request holds no place
 * while its body arrives or its response is sent.
 * @param maxWait in milliseconds; then Problem `busy`
 */
export function admitInTurn(app: FastifyInstance, maxWait: number): void {
  const turns = new Turns()
  const enter = async (request: FastifyRequest): Promise<void> => {
    const ends: (() => void)[] = []
    const leave = () => {
      request.place = undefined
      for (const end of ends.splice(0)) end()
    }
    request.place = leave
    try {
      const { kind, resource } = kindOf(request)
      if (resource) ends.push(await turns.take(resource, placesOfResource, maxWait, request.disconnect))
      ends.push(await turns.take(kind, places[kind], maxWait, request.disconnect))
    } catch (error) {
      leave()
      throw error instanceof DatabaseBusy ? overloaded() : error
    }
    // What has begun should be completed: refused later, its work would be lost.
    request.disconnect.waitsUntil = performance.now() + maxWait
    if (request.disconnect.aborted) leave()
  }
  app.decorateRequest('place', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const { config } = request.routeOptions
    if (isMonitoring(config) || config.isLong) return done()
    reply.raw.once('close', () => request.place?.())
    enter(request).then(() => done(), done)
  })
  app.addHook('preParsing', async (request) => {
    if (!request.raw.complete) request.place?.()
  })
  app.addHook('preValidation', async (request) => {
    const { config } = request.routeOptions
    if (request.place === undefined && !isMonitoring(config) && !config.isLong) await enter(request)
  })
  app.addHook('onSend', (request, _reply, payload, done) => {
    request.place?.()
    done(null, payload)
  })
}

interface Kind {
  kind: keyof typeof places
  resource: string | undefined
}

function kindOf({ method, params }: FastifyRequest): Kind {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return { kind: 'reads', resource: undefined }
  const { id } = params as { id?: string }
  return { kind: 'writes', resource: id && `writes of ${id}` }
}
