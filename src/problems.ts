import { closest, distance } from 'fastest-levenshtein'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

/** Every code that a problem can carry, with its status and its title. `docs/problems.md` explains each. */
export const problemCodes = {
  invalid_request: [400, 'The request is not valid'],
  invalid_json: [400, 'The body is not JSON'],
  invalid_cursor: [400, 'The cursor is not valid here'],
  credential_required: [401, 'A credential is required'],
  credential_invalid: [401, 'The credential is not valid'],
  forbidden: [403, 'The caller may not do this'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  request_timeout: [408, 'The request took too long to arrive'],
  taken: [409, 'The value is taken'],
  in_use: [409, 'It is in use'],
  refused: [409, 'It cannot be taken away'],
  stale: [412, 'It has changed since it was read'],
  content_too_large: [413, 'The body is too large'],
  uri_too_long: [414, 'The address is too long'],
  unsupported_media_type: [415, 'The media type is not supported'],
  rule_broken: [422, 'A rule of the register is broken'],
  precondition_required: [428, 'If-Match is required'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal_error: [500, 'Something broke on our side'],
  busy: [503, 'Too much is asked at once'],
  database_unavailable: [503, 'The database is not available'],
  issuer_unavailable: [503, 'The issuer of the token is not available'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemCode = keyof typeof problemCodes

/** The most errors that one answer lists. */
const mostErrors = 100

export const ProblemError = z
  .object({
    pointer: z.string().optional().describe('JSON Pointer (RFC 6901) to the field of the body.'),
    parameter: z.string().optional().describe('The query parameter, path parameter or header.'),
    code: z.string().describe('What is wrong, for programs: `unknown_field`, `unknown_code`, `one_sided` …'),
    message: z.string().describe('What is wrong, for people.'),
    didYouMean: z.string().optional().describe('The nearest value that exists.'),
  })
  .meta({ id: 'ProblemError', description: 'One thing that is wrong, and where.' })
export type ProblemError = z.infer<typeof ProblemError>

export const ProblemDocument = z
  .object({
    type: z.string().describe('URI reference that names the kind of problem.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('The kind of problem, for programs.'),
    requestId: z.string().describe('Quote it when you report the problem.'),
    errors: z.array(ProblemError).max(mostErrors).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details, as RFC 9457 defines them.' })

/** The one way to refuse a request: thrown anywhere, written as RFC 9457 by the error handler. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly errors: ProblemError[]
  readonly headers: Record<string, string>

  constructor(code: ProblemCode, detail: string, errors: ProblemError[] = [], headers: Record<string, string> = {}) {
    super(detail)
    this.code = code
    this.errors = errors
    this.headers = headers
  }

  get status(): number {
    return problemCodes[this.code][0]
  }
}

/**
 * A 422. The pointers of `errors` lead into a whole agreement; `body` is the path in it of what the request's body
 * holds (`/dates/3`), and they are told relative to it.
 */
export function ruleBroken(errors: ProblemError[], body = ''): Problem {
  const inBody = ({ pointer = '', ...error }: ProblemError): ProblemError => ({
    pointer: body !== '' && pointer.startsWith(`${body}/`) ? pointer.slice(body.length) : pointer,
    ...error,
  })
  return new Problem(
    'rule_broken',
    errors
      .slice(0, 3)
      .map(({ message }) => message)
      .join(' '),
    errors.map(inBody),
  )
}

/** A problem response for each status, for a route's `response`. */
export const problems = <Status extends number>(...statuses: Status[]): Record<Status, typeof ProblemDocument> =>
  Object.fromEntries(statuses.map((status) => [status, ProblemDocument])) as Record<Status, typeof ProblemDocument>

/** What was probably meant: the nearest of the candidates, or else the first that shares its beginning or holds it. */
export function didYouMean(given: string, candidates: readonly string[]): { didYouMean?: string } {
  if (candidates.length === 0 || given.length > 100) return {}
  const folded = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]))
  const nearest = closest(given.toLowerCase(), [...folded.keys()])
  const most = nearest.length <= 3 ? 1 : Math.max(2, Math.floor(nearest.length / 3))
  const near = distance(given.toLowerCase(), nearest) <= most
  const meant = near ? nearest : [...folded.keys()].find((candidate) => isAkin(given.toLowerCase(), candidate))
  return meant === undefined ? {} : { didYouMean: folded.get(meant)! }
}

/** Whether two words are of one stem, as `parties` and `party`, one is part of the other, or has its initials (`MOU`). */
function isAkin(given: string, candidate: string): boolean {
  const initials = candidate.split('_').map(([initial]) => initial)
  if (initials.length > 2 && initials.join('') === given) return true
  if (given.length < 4 || candidate.length < 4) return false
  if (candidate.includes(given) || given.includes(candidate)) return true
  const stem = candidate.slice(0, Math.max(4, candidate.length - 2))
  return given.startsWith(stem) && given.length <= candidate.length + 4
}

/** What parameters of ours are called elsewhere. */
const elsewhere = new Map(
  Object.entries({
    q: ['query', 'search', 'text', 'keyword', 'keywords'],
    cursor: ['page', 'offset', 'skip', 'start', 'after'],
    limit: ['size', 'per_page', 'perpage', 'page_size', 'pagesize', 'top'],
    sort: ['order', 'orderby', 'order_by', 'sort_by', 'sortby'],
    party: ['country', 'state'],
  }).flatMap(([ours, theirs]) => theirs.map((name) => [name, ours] as const)),
)

/** A sentence, with the question whether something else was meant. */
export const asking = (message: string, { didYouMean: meant }: { didYouMean?: string | undefined }): string =>
  meant === undefined ? message : `${message} Did you mean \`${meant}\`?`

/** A JSON Pointer (RFC 6901) to `path`. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

type RequestPart = 'body' | 'querystring' | 'params' | 'headers'

/** What Zod found wrong with one part of a request, as a problem. */
export function invalid(error: z.ZodError, schema: z.ZodType, part: RequestPart): Problem {
  const missingMatch =
    part === 'headers' && error.issues.some((issue) => issue.path[0] === 'if-match' && issue.input === undefined)
  if (missingMatch) {
    return new Problem('precondition_required', 'Send If-Match with the ETag that you read, or * if you do not care.')
  }
  const issues = error.issues.slice(0, mostErrors)
  const errors = issues.flatMap((issue) => explain(issue, schema, part)).slice(0, mostErrors)
  if (part === 'body' && issues.every((issue) => ruleOf(issue) !== undefined)) return ruleBroken(errors)
  return new Problem('invalid_request', `The ${partNames[part]} not valid. ${errors[0] ? told(errors[0]) : ''}`, errors)
}

/** An error in one line. */
const told = ({ pointer, parameter = pointer, code, message }: ProblemError): string =>
  code.startsWith('unknown_') || !parameter ? message : `\`${parameter}\`: ${message}`

const partNames = { body: 'body is', querystring: 'query is', params: 'path is', headers: 'headers are' }

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, part: RequestPart): ProblemError[] {
  const at = (path: readonly PropertyKey[]) =>
    part === 'body' ? { pointer: pointerTo(path) } : { parameter: String(path[0] ?? '') }
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path)
    const noun = part === 'body' ? 'field' : 'parameter'
    return issue.keys.slice(0, mostErrors).map((key) => {
      const ours = elsewhere.get(key.toLowerCase())
      const meant = ours !== undefined && known.includes(ours) ? { didYouMean: ours } : didYouMean(key, known)
      const message = asking(`There is no ${noun} \`${key.slice(0, 100)}\` here.`, meant)
      return { ...at([...issue.path, key.slice(0, 100)]), code: `unknown_${noun}`, message, ...meant }
    })
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = [...issue.errors].toSorted((a, b) => a.length - b.length)[0] ?? []
    return nearest.flatMap((inner) => explain({ ...inner, path: [...issue.path, ...inner.path] }, schema, part))
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String)
    const meant: { didYouMean?: string } = typeof issue.input === 'string' ? didYouMean(issue.input, allowed) : {}
    const hint = issue.message.startsWith('Invalid') ? '' : ` ${issue.message}`
    const question = meant.didYouMean === undefined ? '' : `Did you mean \`${meant.didYouMean}\`? `
    const message = `${question}It is one of: ${allowed.join(', ')}.${hint}`
    return [{ ...at(issue.path), code: 'invalid_value', message, ...meant }]
  }
  if (issue.code !== 'custom') return [{ ...at(issue.path), code: issue.code, message: inWords(issue) }]
  const meant = { didYouMean: issue.params?.['didYouMean'] as string | undefined }
  const message = asking(issue.message, meant)
  const code = ruleOf(issue) ?? 'invalid_value'
  return [{ ...at(issue.path), code, message, ...(meant.didYouMean !== undefined && meant) }]
}

/** What is wrong for a person, where the schema says nothing of its own: Zod's words are for programmers. */
function inWords(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid input|Too (big|small))/.test(issue.message)) return issue.message
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'It is missing.'
  if (issue.code === 'invalid_type' && Array.isArray(issue.input)) return 'It is given more than once, or is a list.'
  if (issue.code === 'invalid_type') return `It is of the type ${issue.expected}.`
  const noun = { string: ' characters long', array: ' items long' }[String('origin' in issue ? issue.origin : '')] ?? ''
  if (issue.code === 'too_big') return `It is at most ${String(issue.maximum)}${noun}.`
  return issue.code === 'too_small' ? `It is at least ${String(issue.minimum)}${noun}.` : issue.message
}

/** The rule of the register that a check of a schema names in its `params`: no JSON Schema could say it. */
const ruleOf = (issue: z.core.$ZodIssue): string | undefined =>
  issue.code === 'custom' ? (issue.params?.['rule'] as string | undefined) : undefined

/** What a patch would make of an entry, when that is not what its schema asks: the patch itself was well formed. */
export const unfit = (error: z.ZodError, schema: z.ZodType): Problem =>
  ruleBroken(invalid(error, schema, 'body').errors)

/** The names of the fields that the object at `path` of `schema` has. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const def = (schema as z.ZodType).def as unknown as {
    type: string
    shape?: Record<string, z.core.$ZodType>
    innerType?: z.core.$ZodType
    element?: z.core.$ZodType
    in?: z.core.$ZodType
    out?: z.core.$ZodType
  }
  if (def.innerType) return keysAt(def.innerType, path)
  if (def.type === 'pipe') return keysAt((def.in as z.ZodType).def.type === 'transform' ? def.out! : def.in!, path)
  const [step, ...rest] = path
  if (step === undefined) return Object.keys(def.shape ?? {})
  const next = def.element ?? def.shape?.[String(step)]
  return next ? keysAt(next, rest) : []
}

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

const counts = Object.fromEntries(Object.keys(problemCodes).map((code) => [code, 0])) as Record<ProblemCode, number>

/** How many requests this process has answered with each problem. */
export const problemCounts = (): Readonly<Record<ProblemCode, number>> => counts

export const countProblem = (code: ProblemCode): void => void (counts[code] += 1)

/** Writes a problem as the answer. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const [status, title] = problemCodes[problem.code]
  countProblem(problem.code)
  const document: z.infer<typeof ProblemDocument> = {
    type: `/problems#${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId: request.id,
    ...(problem.errors.length > 0 && { errors: problem.errors.slice(0, mostErrors) }),
  }
  return reply
    .code(status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(document))
}

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
