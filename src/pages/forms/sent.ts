import type { FastifyRequest } from 'fastify'
import { Problem } from '../../problems/problems.ts'
import type { Values } from './fields.ts'

/** The fields that a request has sent. @throws Problem 415 when its body is no form */
export function sentValues({ body }: FastifyRequest): Values {
  if (body instanceof URLSearchParams) return body
  throw new Problem('unsupported_media_type', 'The body must be a form: `application/x-www-form-urlencoded`.')
}

/** The title of a page with a form: what keeps it from being saved comes first. */
export const titleOf = (title: string, status: number): string => (status < 400 ? title : `Not saved: ${title}`)
