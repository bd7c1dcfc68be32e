import type { FastifyRequest } from 'fastify'
import { Problem } from '../problems/problems.ts'
import { mergePatchTypes } from './routes.ts'

/** The value of `Accept-Patch` (RFC 5789). */
export const acceptPatch = mergePatchTypes.join(', ')

/**
 * Refuses a compressed body: nothing here decompresses it.
 * @throws Problem `unsupported_media_type` with the accepted codings (RFC 9110, section 12.5.3)
 */
export function refuseContentCoding({ headers }: FastifyRequest): void {
  const coding = headers['content-encoding']
  if (coding === undefined || coding.toLowerCase() === 'identity') return
  const message = 'The body must not be compressed: send it without `Content-Encoding`.'
  const error = { parameter: 'content-encoding', code: 'unsupported_coding', message }
  throw new Problem('unsupported_media_type', message, [error], { 'accept-encoding': 'identity' })
}

/** Adds the accepted media types to a refused media type (RFC 5789, section 2.2; RFC 9110, section 15.5.16). */
export function withAccepted({ method }: FastifyRequest, problem: Problem): Problem {
  if (problem.code !== 'unsupported_media_type' || problem.headers['accept-encoding'] !== undefined) return problem
  if (method !== 'PATCH') {
    return new Problem(problem.code, problem.message, problem.errors, { accept: 'application/json' })
  }
  const detail = 'The media type must be `application/merge-patch+json` or `application/json`.'
  return new Problem(problem.code, detail, problem.errors, { 'accept-patch': acceptPatch })
}
