/** In the order of the work: Swagger UI shows them so. */
export const tags = [
  { name: 'Search', description: 'Find agreements, and tell which one of many an agreement is.' },
  { name: 'Agreements', description: 'Read and write an agreement: who signed it, what it covers, who says so.' },
  { name: 'Dates', description: 'When it was signed, entered into force, ended …: of one agreement, and of all.' },
  { name: 'Signatories', description: 'The bodies that sign: states, organizations, and their agencies.' },
  { name: 'Research domains', description: 'The topics that agreements cover, from broad to narrow.' },
  { name: 'Statistics', description: 'Count agreements by year, party, topic …' },
  { name: 'Export', description: 'Take agreements with you, for a spreadsheet or a program.' },
  { name: 'Changes', description: 'Follow what changes: who changed what, when and why.' },
  { name: 'Admin', description: 'Run the service.' },
]

/** What an answer is, where its schema does not say. */
export const statusWords: Record<number, string> = {
  200: 'The answer.',
  201: 'Created.',
  204: 'Done; there is nothing to say.',
  304: 'What you have still holds.',
}

/** Names of RFC 9110 and RFC 6585, what each means here, and the headers that it brings. */
export const refusals: Record<number, [name: string, description: string, ...headers: HeaderName[]]> = {
  400: ['BadRequest', 'The request is malformed: its syntax, a value, or a field or parameter that does not exist.'],
  401: ['Unauthorized', 'The credential is missing or not valid.', 'WWW-Authenticate'],
  403: ['Forbidden', 'The caller may not do this.'],
  404: ['NotFound', 'It does not exist, or was deleted.'],
  408: ['RequestTimeout', 'The request took too long to arrive.'],
  409: ['Conflict', 'A unique value is taken, or what should be deleted is in use.'],
  412: ['PreconditionFailed', 'It has changed since it was read: the ETag is the current one.', 'ETag'],
  413: ['ContentTooLarge', 'The body is too large.'],
  414: ['URITooLong', 'The address is too long.'],
  415: ['UnsupportedMediaType', 'The media type of the body is not supported.'],
  422: ['UnprocessableContent', 'The request is well formed, but breaks a rule of the register.'],
  428: ['PreconditionRequired', 'If-Match is missing: say which version you read.'],
  429: [
    'TooManyRequests',
    'The budget of the caller for this minute is used up.',
    'Retry-After',
    'RateLimit',
    'RateLimit-Policy',
  ],
  431: ['RequestHeaderFieldsTooLarge', 'The headers are too large.'],
  500: ['InternalServerError', 'Something broke on our side.'],
  503: ['ServiceUnavailable', 'It cannot answer now; try again later.', 'Retry-After'],
}

export type HeaderName = keyof typeof headers

/** Every header of an answer. */
export const headers = {
  ETag: {
    description:
      'Names this state of the resource. Send it, with its quotes, as If-Match with a write, as If-None-Match with a read.',
    required: true,
    schema: { type: 'string' },
    example: '"3"',
  },
  Link: { description: 'The next page: `<…>; rel="next"`. Absent on the last one.', schema: { type: 'string' } },
  Location: { description: 'Where it is.', required: true, schema: { type: 'string', format: 'uri-reference' } },
  RateLimit: {
    description: 'The budget that the request was counted in, `r`: what is left of it, `t`: seconds until it is whole.',
    schema: { type: 'string' },
    example: '"reads";r=59999;t=60',
  },
  'RateLimit-Policy': {
    description: 'The budget that the request was counted in, `q`: how many requests, `w`: in how many seconds.',
    schema: { type: 'string' },
    example: '"reads";q=60000;w=60',
  },
  'Retry-After': { description: 'How many seconds to wait.', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': { description: 'How to authenticate.', schema: { type: 'string' } },
  'X-Did-You-Mean': {
    description: 'What the words of `q` were taken for, percent-encoded, where that is not what they say.',
    schema: { type: 'string' },
    example: 'south%20korea',
  },
  'X-Overlapping': {
    description: 'Whether an agreement can stand in several groups, so that the counts do not add up.',
    required: true,
    schema: { type: 'boolean' },
  },
  'X-Total-Count': {
    description: 'How many there are in all, told before the first.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
}
