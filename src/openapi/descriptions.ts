/** Swagger UI shows them in this order. */
export const tags = [
  { name: 'Search', description: 'Find agreements, and get the position of one among others.' },
  { name: 'Agreements', description: 'Read and write agreements: their signatories, research domains and sources.' },
  { name: 'Dates', description: 'When agreements were signed, entered into force, ended …, according to which source.' },
  { name: 'Signatories', description: 'The bodies that sign: states, organizations and their agencies.' },
  { name: 'Research domains', description: 'The topics that agreements cover, from broad to narrow.' },
  { name: 'Collections', description: 'The lists from which agreements were taken.' },
  { name: 'Statistics', description: 'Count agreements by year, party, topic …' },
  { name: 'Export', description: 'Download agreements for a spreadsheet or a program.' },
  { name: 'Import', description: 'Bring in a list of agreements as a file, and see what became of each row.' },
  { name: 'Changes', description: 'Who changed what, when and why, and how to follow all changes.' },
  { name: 'Webhooks', description: 'Have each change sent to a URL, signed.' },
  { name: 'Admin', description: 'Manage API keys, and check the health of the service.' },
]

/** Descriptions of responses whose schema has none. */
export const statusWords: Record<number, string> = {
  200: 'OK.',
  201: 'Created.',
  202: 'Accepted; the work goes on.',
  204: 'Done; no content.',
  304: 'Not modified: your copy is current.',
}

/** For each error status: its name in RFC 9110 or RFC 6585, its meaning here, and its headers. */
export const refusals: Record<number, [name: string, description: string, ...headers: HeaderName[]]> = {
  400: ['BadRequest', 'The request is not valid: a syntax error, an invalid value, or an unknown field or parameter.'],
  401: ['Unauthorized', 'The credential is missing or not valid.', 'WWW-Authenticate'],
  403: ['Forbidden', 'The caller does not have the required role.'],
  404: ['NotFound', 'The resource does not exist, or was deleted.'],
  406: ['NotAcceptable', 'The response has no format that `Accept` allows.'],
  408: ['RequestTimeout', 'The request took too long to arrive.'],
  409: [
    'Conflict',
    'A unique value is already taken, several agreements have the handle in the path, the resource to delete is in use, two entries cannot be merged, or a request with the same `Idempotency-Key` is still in progress (then with `Retry-After`).',
    'Retry-After',
    'Register-Position',
  ],
  410: ['Gone', 'Changes after this cursor are no longer kept. `detail` says how to start again.'],
  412: ['PreconditionFailed', 'The resource has changed since it was read. `ETag` is the current one.', 'ETag', 'Register-Position'],
  413: ['ContentTooLarge', 'The body is too large.'],
  414: ['URITooLong', 'The URL is too long.'],
  415: [
    'UnsupportedMediaType',
    'The media type of the body is not supported, or the body is compressed.',
    'Accept',
    'Accept-Encoding',
    'Accept-Patch',
  ],
  422: [
    'UnprocessableContent',
    'The request is well formed, but breaks a rule of the register, or its `Idempotency-Key` belongs to another request.',
  ],
  428: ['PreconditionRequired', '`If-Match` is missing: send the `ETag` that you read.'],
  429: [
    'TooManyRequests',
    'The rate limit of the caller is reached.',
    'Retry-After',
    'RateLimit',
    'RateLimit-Policy',
  ],
  431: ['RequestHeaderFieldsTooLarge', 'The headers are too large.'],
  500: ['InternalServerError', 'Internal server error.'],
  503: ['ServiceUnavailable', 'The service is temporarily unavailable.', 'Retry-After'],
}

export type HeaderName = keyof typeof headers

/** Every response header. */
export const headers = {
  Accept: { description: 'With POST and PUT: the media types that are supported.', schema: { type: 'string' } },
  'Accept-Encoding': {
    description: 'Present if the body was compressed: `identity`, which means uncompressed.',
    schema: { type: 'string' },
  },
  'Accept-Patch': {
    description: 'With PATCH: the media types that are supported (RFC 5789).',
    schema: { type: 'string' },
    example: 'application/merge-patch+json, application/json',
  },
  'Content-Location': {
    description: 'The address of what the answer shows, when the request named an agreement by its reference or an identifier, or a signatory by an id or a code that it has by a merge. Absent otherwise.',
    schema: { type: 'string', format: 'uri-reference' },
  },
  ETag: {
    description:
      'Identifies this state of the resource. Send it, including its quotes, as `If-Match` with a write or as `If-None-Match` with a read.',
    required: true,
    schema: { type: 'string' },
    example: '"3"',
  },
  'Idempotent-Replayed': {
    description:
      '`true` when the request was sent before with the same `Idempotency-Key`: the answer is that of the first one, and nothing was written again. Absent otherwise.',
    schema: { type: 'string', enum: ['true'] },
  },
  Link: { description: 'The next page: `<…>; rel="next"`. Absent on the last page.', schema: { type: 'string' } },
  Location: { description: 'The URL of the new resource.', required: true, schema: { type: 'string', format: 'uri-reference' } },
  RateLimit: {
    description: 'The rate limit that the request counted towards. `r`: requests left; `t`: seconds until it is reset.',
    schema: { type: 'string' },
    example: '"reads";r=59999;t=60',
  },
  'RateLimit-Policy': {
    description: 'The rate limit that the request counted towards. `q`: maximum number of requests; `w`: window in seconds.',
    schema: { type: 'string' },
    example: '"reads";q=60000;w=60',
  },
  'Register-Position': {
    description:
      'Where reads are made at replicas of the database: the position after this write. A read that sends it back never gets an older state. Absent otherwise.',
    schema: { type: 'string' },
    example: '1a2b3c8',
  },
  'Retry-After': { description: 'Number of seconds to wait before trying again.', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': { description: 'How to authenticate.', schema: { type: 'string' } },
  'X-Did-You-Mean': {
    description: 'The corrected search, percent-encoded. Absent when `q` was searched as given.',
    schema: { type: 'string' },
    example: 'south%20korea',
  },
  'X-Overlapping': {
    description: 'Whether an agreement can be in several groups, so that the counts do not add up to the total.',
    required: true,
    schema: { type: 'boolean' },
  },
  'X-Similar': {
    description:
      'Agreements that are probably the same as the new one, the most similar first: their ids, each with a score from 0.7 to 1; at most 5. Absent when there are none. `/v1/agreements/{id}/similar` gives the reasons.',
    schema: { type: 'string' },
    example: '"01a0c451-6218-7549-96ad-388bcf6f4db3";score=0.95',
  },
  'X-Truncated': {
    description: 'Whether there are more groups: follow `Link` to the next page.',
    required: true,
    schema: { type: 'boolean' },
  },
  'X-Total-Count': {
    description: 'Total number of items.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
}
