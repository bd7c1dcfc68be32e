import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { countProblem, maxErrors, type Problem, problemCodes, type ProblemDocument } from '../problems/problems.ts'
import { linkTo, problemType, withLinks } from './addresses.ts'

/** Sends a problem as the response. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const [status, title] = problemCodes[problem.code]
  countProblem(problem.code)
  void reply.removeHeader('content-location')
  const document: z.infer<typeof ProblemDocument> = {
    type: problemType(linkTo(request, ''), problem.code),
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId: request.id,
    ...(problem.errors.length > 0 && { errors: withLinks(request, problem.errors.slice(0, maxErrors)) }),
  }
  return reply
    .code(status)
    .headers({ 'cache-control': 'no-store', 'x-request-id': request.id, ...problem.headers })
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(document))
}
