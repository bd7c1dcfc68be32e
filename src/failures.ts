import type { FastifyError } from 'fastify'
import { Problem, type ProblemCode } from './problems.ts'

/** What a database constraint means when a write breaks it. */
export type ConstraintProblems = Record<string, () => Problem>

/** What the framework's own error codes are in ours. */
const frameworkProblems: Record<string, [ProblemCode, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['content_too_large', 'The body is larger than this server takes.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_json', 'The body is empty; it must be a JSON document.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_json', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as Content-Length says.'],
  FST_STATIC_FORBIDDEN_PATH: ['not_found', 'There is nothing at this address; /docs lists what there is.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The path is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'A part of the path is too long.'],
}

/** SQLSTATE classes that mean that the database, not the request, is in trouble. */
const databaseTrouble = /^(08|53|57|58|25006|40|55P03)/
const connectionTrouble = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])

/** Any error whatever as a problem; what is not known is an `internal_error` that tells nothing. */
export function toProblem(error: unknown, constraints: ConstraintProblems): Problem {
  if (error instanceof Problem) return error
  const known = frameworkProblem(error as FastifyError)
  if (known) return known
  const cause = databaseError(error)
  const meant = cause?.constraint ? constraints[cause.constraint] : undefined
  if (meant) return meant()
  if (cause && databaseIsAway(cause)) {
    return new Problem('database_unavailable', 'The database cannot answer now; try again.', [], { 'retry-after': '2' })
  }
  return new Problem('internal_error', 'Something went wrong on our side; the request id helps to find it.')
}

function frameworkProblem(error: FastifyError): Problem | undefined {
  const known = frameworkProblems[error.code]
  if (known) return new Problem(known[0], known[1])
  if (error instanceof SyntaxError && error.statusCode === 400)
    return new Problem('invalid_json', 'The body is not JSON.')
  return error.statusCode === 400 ? new Problem('invalid_request', 'The request is not valid.') : undefined
}

interface DatabaseError {
  code?: string
  constraint?: string
  message: string
}

/** The driver's error: drizzle wraps it as the cause of its own. */
function databaseError(error: unknown): DatabaseError | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.cause instanceof Error) return databaseError(error.cause)
  return error
}

const databaseIsAway = (error: DatabaseError): boolean =>
  databaseTrouble.test(error.code ?? '') ||
  connectionTrouble.has(error.code ?? '') ||
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/.test(
    error.message,
  )

/** An error for the log, without what a driver's message may hold: the values that were bound. */
export function withoutValues(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const { code, constraint } = (error.cause ?? error) as { code?: string; constraint?: string }
  return { name: error.name, code, constraint, stack: error.stack?.replace(error.message, '…') }
}

/** Why a program failed, for whoever started it: without the values that the message of a query's error holds. */
export function reasonOf(error: unknown): string {
  if (error instanceof Problem && error.errors.length > 0) {
    return error.errors.map(({ pointer, message }) => `${pointer?.slice(1)}: ${message}`).join('\n')
  }
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}
