import { methodsOf, type Operation, resolved, type Schema, violationOf } from './document.ts'
import type { Answer } from '../hostile.ts'

/** The request of a case, and how it violates the document. */
export interface Sent {
  operation: Operation
  kind: 'positive' | 'negative' | 'missing_header' | 'unsupported_method' | 'media_type'
  /** Whether the body violates the document: a broken rule of the register may be reported first. */
  inBody: boolean
  /** Whether the address exists, and `If-Match` accepts any version. */
  found: boolean
}

const refusedAsInvalid = [400, 413, 414, 415, 428, 431]
/** The rules of the register may refuse valid requests, but never as malformed. */
const refusedByRule = [404, 409, 412, 422]

const isSuccess = (status: number): boolean => (status >= 200 && status < 300) || status === 304

/** Each check by its name in Schemathesis; undefined if it passes, otherwise the violation. */
export const checks: Record<string, (sent: Sent, answer: Answer) => string | undefined> = {
  not_a_server_error: (_, { status }) => (status >= 500 ? `status ${status}` : undefined),

  status_code_conformance: ({ operation, kind }, { status }) =>
    kind === 'unsupported_method' || operation.responses[status] ? undefined : `status ${status} is not documented`,

  content_type_conformance({ operation, kind }, { status, type }) {
    const content = kind === 'unsupported_method' ? problem : resolved(operation.responses[status] ?? {}).content
    const plain = type.split(';', 1)[0]!
    if (content === undefined) return type === '' ? undefined : `${type}, and no body is documented`
    return plain in content ? undefined : `${type} instead of ${Object.keys(content).join(', ')}`
  },

  response_headers_conformance({ operation }, { status, headers }) {
    for (const [name, reference] of Object.entries(resolved(operation.responses[status] ?? {}).headers ?? {})) {
      const { required, schema = {} } = resolved(reference)
      const value = headers[name.toLowerCase()]
      if (value === undefined && required) return `${name} is missing`
      const read = schema.type === 'integer' || schema.type === 'boolean' ? readJson(value) : String(value)
      const against = value === undefined ? undefined : violationOf(schema, read)
      if (against) return `${name}: ${String(value)}: ${against}`
    }
    return undefined
  },

  response_schema_conformance({ operation, kind }, { status, type, text }) {
    const content = kind === 'unsupported_method' ? problem : resolved(operation.responses[status] ?? {}).content
    const plain = type.split(';', 1)[0]!
    const schema = content?.[plain]?.schema
    if (schema && plain === 'application/x-ndjson') return lines(text)
    return schema && violationOf(schema, plain.endsWith('json') ? (JSON.parse(text) as unknown) : text)
  },

  negative_data_rejection: ({ kind, inBody }, { status }) =>
    kind === 'negative' && !refusedAsInvalid.includes(status) && (inBody || status !== 422)
      ? `invalid, and yet ${status}`
      : undefined,

  positive_data_acceptance({ kind, found }, { status }) {
    if (kind !== 'positive' || isSuccess(status)) return undefined
    const allowed = found ? refusedByRule.filter((one) => one !== 404 && one !== 412) : refusedByRule
    return allowed.includes(status) ? undefined : `valid, and yet ${status}`
  },

  missing_required_header: ({ kind }, { status }) =>
    kind === 'missing_header' && ![422, 428].includes(status) ? `If-Match is missing, and yet ${status}` : undefined,

  unsupported_method({ kind, operation }, { status, headers }) {
    if (kind !== 'unsupported_method') return undefined
    if (status !== 405) return `status ${status} for a method that is not listed`
    const allow = String(headers['allow']).split(', ')
    const listed = [
      ...methodsOf(operation.path),
      ...(methodsOf(operation.path).includes('GET') ? ['HEAD'] : []),
      'OPTIONS',
    ]
    return allow.toSorted().join() === listed.toSorted().join() ? undefined : `Allow: ${allow.join(', ')}`
  },

  unsupported_media_type: ({ kind }, { status }) =>
    kind === 'media_type' && status !== 415 ? `a media type that is not listed, and yet ${status}` : undefined,
}

/** The value of a header, parsed as JSON if possible (numbers, booleans), otherwise as text. */
function readJson(value: unknown): unknown {
  try {
    return JSON.parse(String(value))
  } catch {
    return value
  }
}

const problem: Record<string, { schema: Schema }> = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
}

/** Each line of NDJSON must be an agreement, which the document states only in words. */
const lines = (text: string): string | undefined =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => violationOf(agreement, JSON.parse(line)))
    .find((found) => found !== undefined)

const agreement: Schema = { $ref: '#/components/schemas/Agreement' }
