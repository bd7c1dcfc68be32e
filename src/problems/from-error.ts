import type { FastifyError } from 'fastify'
import { constraintOf, type DatabaseTrouble, OutcomeUnknown, rootOf, troubleOf } from '../database/errors.ts'
import { Problem, type ProblemCode } from './problems.ts'

/** The problem for each database constraint that a write can violate. */
export type ConstraintProblems = Record<string, () => Problem>

/** The problem for each error code of the framework. */
const frameworkProblems: Record<string, [ProblemCode, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'The media type must be `application/json`.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['content_too_large', 'The body must be at most 2 MB.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_json', 'The body is empty; it must be a JSON document.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_json', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The length of the body must match Content-Length.'],
  FST_STATIC_FORBIDDEN_PATH: ['not_found', 'There is no such path. See /docs for all paths.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The path must be a valid URL path.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'Each part of the path must be at most 441 characters.'],
}

/**
 * Converts any error to a problem; an unknown error becomes an `internal_error` without details.
 * @param hasCommitted whether the request has stored something before the error
 */
export function toProblem(error: unknown, constraints: ConstraintProblems, hasCommitted = false): Problem {
  if (error instanceof Problem) return error
  const known = frameworkProblem(error as FastifyError)
  if (known) return known
  const cause = rootOf(error)
  const constraint = constraintOf(cause)
  const problemOf =
    constraint === undefined ? undefined : (constraints[constraint] ?? constraints[withoutShard(constraint)])
  if (problemOf) return problemOf()
  if (cause instanceof OutcomeUnknown) return outcomeUnknown(cause)
  const trouble = troubleOf(cause)
  if (trouble && hasCommitted) return interrupted()
  return trouble
    ? databaseProblems[trouble]()
    : new Problem('internal_error', 'An unexpected error occurred. Report the `requestId`.')
}

/** A PostgreSQL that is distributed over several servers adds a number to the names of constraints. */
const withoutShard = (constraint: string): string => constraint.replace(/_\d+$/, '')

/** Without Retry-After: a repeated write could be applied twice. */
function outcomeUnknown({ toFindOut }: OutcomeUnknown): Problem {
  const detail = `The connection to the database was lost during the commit, so the change may or may not have been stored. ${toFindOut}`
  return new Problem('outcome_unknown', detail)
}

/** The write, or a part of it such as the rows of a file, was stored before the database failed. */
const interrupted = (): Problem =>
  new Problem(
    'outcome_unknown',
    'The database failed after the change, or a part of it, had been stored. Read the resource to see its state.',
  )

const databaseProblems: Record<DatabaseTrouble, () => Problem> = {
  busy: () =>
    new Problem('busy', 'The resource or the database is busy. Nothing was changed. Try again in 2 s.', [], {
      'retry-after': '2',
    }),
  away: () =>
    new Problem('database_unavailable', 'The database does not respond. Nothing was changed. Try again in 2 s.', [], {
      'retry-after': '2',
    }),
  read_only: () =>
    new Problem(
      'database_read_only',
      'The database is read-only. Try again in 10 s, or send writes to another server.',
      [],
      {
        'retry-after': '10',
      },
    ),
}

function frameworkProblem(error: FastifyError): Problem | undefined {
  const known = frameworkProblems[error.code]
  if (known) return new Problem(known[0], known[1])
  if (error instanceof SyntaxError && error.statusCode === 400)
    return new Problem('invalid_json', 'The body is not JSON.')
  return error.statusCode === 400 ? new Problem('invalid_request', 'The request is not valid.') : undefined
}

/** An error for the log, without its message: the driver's messages may contain bound values. */
export function withoutValues(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const { code, constraint } = innermost(error) as { code?: string; constraint?: string }
  return { name: error.name, code, constraint, stack: error.stack?.replace(error.message, '…') }
}

const innermost = (error: Error): Error => (error.cause instanceof Error ? innermost(error.cause) : error)

/** Why a program failed, for its user: without the bound values that the message of a query error contains. */
export function reasonOf(error: unknown): string {
  if (error instanceof Problem && error.errors.length > 0) {
    return error.errors.map(({ pointer, message }) => `${pointer?.slice(1)}: ${message}`).join('\n')
  }
  return innermost(error as Error).message
}
