import type { FastifyReply } from 'fastify'

/** Sends a browser on to another page, with 303 (See Other). */
export const seeOther = (reply: FastifyReply, path: string): FastifyReply =>
  reply.code(303).header('cache-control', 'no-store').header('location', path).send()
