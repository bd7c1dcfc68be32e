import type { z } from 'zod'
import { withSuggestion, didYouMean } from './did-you-mean.ts'
import { type Finding, maxErrors, Problem, type ProblemError, ruleBroken } from './problems.ts'

/** The parameter for each name that other APIs use for it. */
const commonNames = new Map(
  Object.entries({
    q: ['query', 'search', 'text', 'keyword', 'keywords'],
    cursor: ['page', 'offset', 'skip', 'start', 'after'],
    limit: ['size', 'per_page', 'perpage', 'page_size', 'pagesize', 'top'],
    sort: ['order', 'orderby', 'order_by', 'sort_by', 'sortby'],
    party: ['country', 'state'],
    length: ['months', 'years', 'year', 'duration', 'period'],
    renewal: ['renewalmonths', 'renewalyears', 'renewallength', 'renewalperiod'],
    exit: ['noticemonths', 'notice', 'noticeyears', 'noticeperiod', 'noticedays', 'termination'],
    lastDay: ['until', 'enddate', 'end', 'expires', 'expiry'],
  }).flatMap(([ours, theirs]) => theirs.map((name) => [name, ours] as const)),
)

/** The value for each word that other APIs use for it. */
const commonValues = new Map(
  Object.entries({
    '-signed': ['date', '-date', 'newest', 'latest', 'recent', 'signed:desc', 'signed desc', 'desc'],
    signed: ['oldest', 'earliest', 'signed:asc', 'signed asc', 'asc', 'chronological'],
    title: ['name', 'alphabetical'],
    '-updated': ['modified', 'updatedat', '-updatedat', 'lastmodified'],
    expires: ['expiry', 'expiration', 'nextexpiry'],
  }).flatMap(([ours, theirs]) => theirs.map((value) => [value, ours] as const)),
)

/** A JSON Pointer (RFC 6901) to `path`. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

type RequestPart = 'body' | 'querystring' | 'params' | 'headers'

/** How errors in a part of a request are located. */
interface Placing<Where> {
  noun: 'field' | 'parameter'
  at: (path: readonly PropertyKey[]) => Where
}
const fields: Placing<{ pointer: string }> = { noun: 'field', at: (path) => ({ pointer: pointerTo(path) }) }
const parameters: Placing<{ parameter: string }> = {
  noun: 'parameter',
  at: ([name = '']) => ({ parameter: String(name) }),
}

/** Converts what Zod found wrong with one part of a request to a problem. */
export function invalid(error: z.ZodError, schema: z.ZodType, part: RequestPart): Problem {
  const missingMatch =
    part === 'headers' && error.issues.some((issue) => issue.path[0] === 'if-match' && issue.input === undefined)
  if (missingMatch) {
    return new Problem(
      'precondition_required',
      '`If-Match` must be given: the `ETag` that you read, or `*` to overwrite any version.',
    )
  }
  const isRule = part === 'body' && error.issues.slice(0, maxErrors).every((issue) => ruleOf(issue) !== undefined)
  if (isRule) return invalidResult(error, schema)
  const errors: ProblemError[] = part === 'body' ? errorsOf(error, schema, fields) : errorsOf(error, schema, parameters)
  return new Problem(
    'invalid_request',
    `The ${partNames[part]} not valid. ${errors[0] ? inOneLine(errors[0]) : ''}`,
    errors,
  )
}

/** An error in one line. */
const inOneLine = ({ pointer, parameter = pointer, code, message }: ProblemError): string =>
  code.startsWith('unknown_') || !parameter ? message : `\`${parameter}\`: ${message}`

const partNames = { body: 'body is', querystring: 'query is', params: 'path is', headers: 'headers are' }

function errorsOf<Where>(error: z.ZodError, schema: z.ZodType, placing: Placing<Where>): (Where & Finding)[] {
  const errors: (Where & Finding)[] = []
  const issues = error.issues.slice(0, maxErrors)
  // Zod also measures a value of the wrong type, in its own units: a text where a list belongs has too many items.
  const mistyped = new Set(issues.filter(isOfWrongType).map(({ path }) => pointerTo(path)))
  for (const issue of issues) {
    if (mistyped.has(pointerTo(issue.path)) && !isOfWrongType(issue)) continue
    if (errors.length < maxErrors) errors.push(...explain(issue, schema, placing, maxErrors - errors.length))
  }
  return errors
}

const isOfWrongType = ({ code }: z.core.$ZodIssue): boolean => code === 'invalid_type'

/** Converts an issue to errors: for unknown fields or parameters one each, at most `most`. */
function explain<Where>(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  placing: Placing<Where>,
  most: number,
): (Where & Finding)[] {
  const { noun, at } = placing
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path)
    return issue.keys.slice(0, most).map((key) => {
      const ours = commonNames.get(key.toLowerCase())
      const suggestion = ours !== undefined && known.includes(ours) ? { didYouMean: ours } : didYouMean(key, known)
      const unit =
        /^(?:years|months|weeks|days)$/i.test(key) && suggestion.didYouMean === 'length'
          ? ' A length has a unit: `P5Y` is 5 years.'
          : ''
      const message = `${withSuggestion(`Unknown ${noun}: \`${key.slice(0, 100)}\`.`, suggestion)}${unit}`
      return { ...at([...issue.path, key.slice(0, 100)]), code: `unknown_${noun}`, message, ...suggestion }
    })
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = [...issue.errors].toSorted((a, b) => a.length - b.length)[0] ?? []
    return nearest.flatMap((inner) =>
      explain({ ...inner, path: [...issue.path, ...inner.path] }, schema, placing, most),
    )
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String)
    const parts = typeof issue.input === 'string' ? issue.input.split(',') : []
    if (issue.path.length > 1 && parts.length > 1 && parts.every((part) => allowed.includes(part))) {
      const repeated = parts.map((part) => `${String(issue.path[0])}=${part}`).join('&')
      const message = `Must be one value. Repeat the parameter for several: \`${repeated}\`.`
      return [{ ...at(issue.path), code: 'invalid_value', message }]
    }
    const suggestion: { didYouMean?: string } =
      typeof issue.input === 'string' ? suggestedValue(issue.input, allowed) : {}
    const hint = issue.message.startsWith('Invalid') ? '' : ` ${issue.message}`
    const question = suggestion.didYouMean === undefined ? '' : `Did you mean \`${suggestion.didYouMean}\`? `
    const message = `${question}Must be one of: ${allowed.join(', ')}.${hint}`
    return [{ ...at(issue.path), code: 'invalid_value', message, ...suggestion }]
  }
  if (issue.code !== 'custom') return [{ ...at(issue.path), code: issue.code, message: inWords(issue) }]
  const suggestion = { didYouMean: issue.params?.['didYouMean'] as string | undefined }
  const message = withSuggestion(issue.message, suggestion)
  const code = ruleOf(issue) ?? 'invalid_value'
  return [{ ...at(issue.path), code, message, ...(suggestion.didYouMean !== undefined && suggestion) }]
}

/** The allowed value that means `given` in other APIs, or else the nearest. */
function suggestedValue(given: string, allowed: string[]): { didYouMean?: string } {
  const ours = commonValues.get(given.toLowerCase())
  return ours !== undefined && allowed.includes(ours) ? { didYouMean: ours } : didYouMean(given, allowed)
}

/** A message for an issue whose schema has none of its own: Zod's messages are for programmers. */
function inWords(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid input|Too (big|small))/.test(issue.message)) return issue.message
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'Must be given.'
  if (issue.code === 'invalid_type' && issue.expected === 'object' && Array.isArray(issue.input))
    return 'Must be an object, not a list.'
  if (issue.code === 'invalid_type' && Array.isArray(issue.input)) return 'Must be a single value, not a list.'
  if (issue.code === 'invalid_type') return `Must be of the type ${issue.expected}.`
  const noun = { string: ' characters', array: ' items' }[String('origin' in issue ? issue.origin : '')] ?? ''
  if (issue.code === 'too_big') return `Must be at most ${String(issue.maximum)}${noun}.`
  return issue.code === 'too_small' ? `Must be at least ${String(issue.minimum)}${noun}.` : issue.message
}

/** The rule of the register that a schema check names in its `params`; JSON Schema cannot express such rules. */
const ruleOf = (issue: z.core.$ZodIssue): string | undefined =>
  issue.code === 'custom' ? (issue.params?.['rule'] as string | undefined) : undefined

/** A 422 for a well-formed patch whose result is not valid. */
export const invalidResult = (error: z.ZodError, schema: z.ZodType): Problem =>
  ruleBroken(errorsOf(error, schema, fields))

/** The field names of the object at `path` in `schema`. */
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
