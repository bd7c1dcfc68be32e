import type { FastifyError } from 'fastify'
import { constraintOf, type DatabaseTrouble, OutcomeUnknown, rootOf, troubleOf } from '../database/errors.ts'
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
  FST_STATIC_FORBIDDEN_PATH: ['not_found', 'Nothing is at this address; /docs lists the addresses.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The path is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'A part of the path is too long.'],
}

/** Any error whatever as a problem; what is not known is an `internal_error` that tells nothing. */
export function toProblem(error: unknown, constraints: ConstraintProblems): Problem {
  if (error instanceof Problem) return error
  const known = frameworkProblem(error as FastifyError)
  if (known) return known
  const cause = rootOf(error)
  const constraint = constraintOf(cause)
  const meant = constraint === undefined ? undefined : constraints[constraint]
  if (meant) return meant()
  if (cause instanceof OutcomeUnknown) return outcomeUnknown(cause)
  const trouble = troubleOf(cause)
  return trouble
    ? databaseProblems[trouble]()
    : new Problem('internal_error', 'Something went wrong on our side; the request id helps to find it.')
}

/** Without Retry-After: the same again could be done twice. */
function outcomeUnknown({ toFindOut }: OutcomeUnknown): Problem {
  const detail = `The connection to the database was lost while this was being stored; it may have been stored or not. ${toFindOut}`
  return new Problem('outcome_unknown', detail)
}

const databaseProblems: Record<DatabaseTrouble, () => Problem> = {
  busy: () =>
    new Problem('busy', 'Other work holds what this request needs. Nothing was changed; try again.', [], {
      'retry-after': '2',
    }),
  away: () =>
    new Problem('database_unavailable', 'The database does not answer. Nothing was changed; try again.', [], {
      'retry-after': '2',
    }),
  read_only: () =>
    new Problem('database_read_only', 'The database is read-only: nothing can be written here now.', [], {
      'retry-after': '10',
    }),
}

function frameworkProblem(error: FastifyError): Problem | undefined {
  const known = frameworkProblems[error.code]
  if (known) return new Problem(known[0], known[1])
  if (error instanceof SyntaxError && error.statusCode === 400)
    return new Problem('invalid_json', 'The body is not JSON.')
  return error.statusCode === 400 ? new Problem('invalid_request', 'The request is not valid.') : undefined
}

/** An error for the log, without what a driver's message may hold: the values that were bound. */
export function withoutValues(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const { code, constraint } = innermost(error) as { code?: string; constraint?: string }
  return { name: error.name, code, constraint, stack: error.stack?.replace(error.message, '…') }
}

const innermost = (error: Error): Error => (error.cause instanceof Error ? innermost(error.cause) : error)

/** Why a program failed, for whoever started it: without the values that the message of a query's error holds. */
export function reasonOf(error: unknown): string {
  if (error instanceof Problem && error.errors.length > 0) {
    return error.errors.map(({ pointer, message }) => `${pointer?.slice(1)}: ${message}`).join('\n')
  }
  return innermost(error as Error).message
}
