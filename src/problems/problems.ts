import { z } from 'zod'

/** Every problem code, with its status and title. `docs/problems.md` explains each. */
export const problemCodes = {
  invalid_request: [400, 'The request is not valid'],
  invalid_json: [400, 'The body is not JSON'],
  invalid_cursor: [400, 'The cursor is not valid here'],
  invalid_file: [400, 'The file cannot be read'],
  invalid_mapping: [400, 'The mapping is not valid'],
  credential_required: [401, 'A credential is required'],
  credential_invalid: [401, 'The credential is not valid'],
  forbidden: [403, 'The caller does not have the required role'],
  other_origin: [403, 'The request comes from another origin'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  not_acceptable: [406, 'No acceptable format'],
  request_timeout: [408, 'The request took too long to arrive'],
  taken: [409, 'The value is already taken'],
  ambiguous_handle: [409, 'Several agreements have this handle'],
  in_use: [409, 'The entry is in use'],
  refused: [409, 'The part cannot be removed'],
  ended: [409, 'The import has ended'],
  cannot_merge: [409, 'The entries cannot be merged'],
  changed_since: [409, 'The merge cannot be undone'],
  idempotency_key_in_progress: [409, 'A request with the same Idempotency-Key is in progress'],
  changes_gone: [410, 'The changes are no longer kept'],
  stale: [412, 'The resource has changed since it was read'],
  content_too_large: [413, 'The body is too large'],
  uri_too_long: [414, 'The URL is too long'],
  unsupported_media_type: [415, 'The media type is not supported'],
  rule_broken: [422, 'A rule of the register is broken'],
  rows_refused: [422, 'Rows of the file are refused'],
  idempotency_key_reused: [422, 'The Idempotency-Key belongs to another request'],
  precondition_required: [428, 'If-Match is required'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal_error: [500, 'Internal server error'],
  busy: [503, 'The server is busy'],
  database_unavailable: [503, 'The database is not available'],
  database_read_only: [503, 'The database is read-only'],
  outcome_unknown: [503, 'The outcome of the write is unknown'],
  issuer_unavailable: [503, 'The issuer of the token is not available'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemCode = keyof typeof problemCodes

/** Maximum number of errors in one response. */
export const maxErrors = 100

export const ProblemError = z
  .object({
    pointer: z.string().optional().describe('JSON Pointer (RFC 6901) to the field of the body.'),
    parameter: z.string().optional().describe('The query parameter, path parameter or header.'),
    code: z.string().describe('The kind of error, for programs: `unknown_field`, `unknown_code`, `one_sided` …'),
    message: z.string().describe('What is wrong, in words.'),
    didYouMean: z.string().optional().describe('The nearest existing value.'),
    conflictsWith: z.string().optional().describe('Address of the resource that already has the value.'),
  })
  .meta({ id: 'ProblemError', description: 'One error, and where it is.' })
export type ProblemError = z.infer<typeof ProblemError>

/** A place in a request. A pointer is a JSON Pointer (RFC 6901) into the body. */
export type Place = { in: 'body'; pointer: string } | { in: 'query' | 'path'; parameter: string }

export const inBody = (pointer: string): Place => ({ in: 'body', pointer })
export const inQuery = (parameter: string): Place => ({ in: 'query', parameter })
export const inPath = (parameter: string): Place => ({ in: 'path', parameter })

export const ProblemDocument = z
  .object({
    type: z.string().describe('URI reference that identifies the kind of problem.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('The kind of problem, for programs.'),
    requestId: z.string().describe('Identifies the request. Include it when you report the problem.'),
    errors: z.array(ProblemError).max(maxErrors).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details, as RFC 9457 defines them.' })

/** The only way to refuse a request: thrown anywhere, sent as RFC 9457 by the error handler. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly errors: ProblemError[]
  /** A header with several values is sent as several lines. */
  readonly headers: Record<string, string | string[]>

  constructor(code: ProblemCode, detail: string, errors: ProblemError[] = [], headers: Problem['headers'] = {}) {
    super(detail)
    this.code = code
    this.errors = errors
    this.headers = headers
  }

  get status(): number {
    return problemCodes[this.code][0]
  }
}

/** An error without its place. */
export type Finding = Omit<ProblemError, 'pointer' | 'parameter'>

/** An error in the body of a request. */
export type BodyError = Finding & { pointer: string }

/** An error in a query. */
export type QueryError = Finding & { parameter: string }

/** A 400 with these errors. */
export const invalidQuery = (errors: QueryError[]): Problem => new Problem('invalid_request', summary(errors), errors)

/** A 422 with these errors. */
export const ruleBroken = (errors: BodyError[]): Problem => new Problem('rule_broken', summary(errors), errors)

/** A 409 for values that others already have. */
export const taken = (errors: BodyError[]): Problem => new Problem('taken', summary(errors), errors)

/** The first three messages in one text. */
const summary = (errors: { message: string }[]): string =>
  errors
    .slice(0, 3)
    .map(({ message }) => message)
    .join(' ')

/** An error at a place given by the caller of a function. */
export type PlacedError = Finding & { at: Place }

/** References to entries that do not exist, as errors of a query. */
export const queryErrors = (errors: PlacedError[]): QueryError[] =>
  errors.flatMap(({ at, ...error }) => (at.in === 'body' ? [] : [{ parameter: at.parameter, ...error }]))

/** References to entries that do not exist. The place sets the status: 404 in the path, else 400 in the query, else 422 in the body. */
export function unknownReferences(errors: PlacedError[]): Problem {
  const ofPath = errors.find(({ at }) => at.in === 'path')
  if (ofPath) return new Problem('not_found', ofPath.message)
  const code = errors.some(({ at }) => at.in === 'query') ? 'invalid_request' : 'rule_broken'
  return new Problem(
    code,
    summary(errors),
    errors.map(({ at: { in: _, ...place }, ...error }) => ({ ...place, ...error })),
  )
}

/** A problem response for each status, for the `response` of a route. */
export const problems = <Status extends number>(...statuses: Status[]): Record<Status, typeof ProblemDocument> =>
  Object.fromEntries(statuses.map((status) => [status, ProblemDocument])) as Record<Status, typeof ProblemDocument>

const counts = Object.fromEntries(Object.keys(problemCodes).map((code) => [code, 0])) as Record<ProblemCode, number>

/** The number of responses of this process with each problem. */
export const problemCounts = (): Readonly<Record<ProblemCode, number>> => counts

export const countProblem = (code: ProblemCode): void => void (counts[code] += 1)
