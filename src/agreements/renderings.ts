import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { baseOf } from '../http/addresses.ts'
import { sendTagged } from '../http/responses.ts'
import type { Agreement } from './schemas.ts'

/** A format besides JSON in which an agreement can be read. */
export interface Rendering {
  mediaType: string
  schema: z.ZodType
  /** The ending of a file that browsers save; without one, they show the text. */
  extension?: string
  /** @param base what stands in front of each path of the API, such as `https://example.org/register` */
  write: (agreement: Agreement, base: string) => string
}

/** Sends an agreement in such a format, with an entity tag of its own. */
export function sendRendering(
  request: FastifyRequest,
  reply: FastifyReply,
  document: string,
  { mediaType, extension, write }: Rendering,
): FastifyReply {
  const agreement = JSON.parse(document) as Agreement
  void reply.header('cache-control', 'no-cache')
  if (extension !== undefined) {
    const name = (agreement.reference ?? agreement.id).replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    void reply.header('content-disposition', `attachment; filename="${name}.${extension}"`)
  }
  const text = write(agreement, baseOf(request))
  return sendTagged(request, reply, text, `${mediaType}; charset=utf-8`)
}
