import { z } from 'zod'
import { tidyIdentifier } from './identifiers.ts'
import { headerText, withoutInvisible } from './text.ts'

/** Whether a text has at most `max` characters: Unicode code points, as JSON Schema counts them. */
const isWithin = (max: number, text: string): boolean =>
  text.length <= max || Array.from(text.slice(0, 2 * max + 1)).length <= max

/** Text that PostgreSQL can store: at least one visible character, no NUL, no unpaired surrogate. `max` in code points. */
export const Text = (max: number) =>
  z
    .string()
    .refine((text) => isWithin(max, text), `Must be at most ${max} characters.`)
    .meta({ minLength: 1, maxLength: max })
    .regex(/^\s*[^\s\u0000][^\u0000]*$/, 'Must contain a visible character and no NUL character.')
    .refine((text) => text.isWellFormed(), 'Must not contain an unpaired surrogate.')

/**
 * A name. It is copied into many documents, and each control character would take six bytes there. `max` in code
 * points.
 */
export const Name = (max: number) =>
  Text(max)
    .refine((text) => !/\p{Cc}/u.test(text), ruleIssue('control_character', 'Must not contain control characters.'))
    .refine(
      (text) => text.trim() === '' || isVisible(text),
      ruleIssue('invisible', 'Must contain a visible character.'),
    )

const isVisible = (text: string): boolean => /[^\s\p{C}\p{Z}]/u.test(withoutInvisible(text))

/** The key in the metadata of an enum that says: no value will ever be added. Values may be added to any other. */
export const closedEnum = 'closedEnum'

/** An id assigned by the register: a UUID, version 7. */
export const Id = z.uuid({ error: 'Must be a UUID.' }).toLowerCase()

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
export const isUuid = (text: string): boolean => uuid.test(text)

/** Maximum length of a handle in UTF-16 units: a scheme of 40, a colon, and a value of 200 code points. */
export const maxHandle = 441

const notHandle = 'Must be the id, the reference or an identifier of an agreement, such as `tias:04-601`.'

/** An agreement in a path. */
export const AgreementHandle = z
  .string()
  .max(maxHandle)
  .regex(/^[A-Za-z0-9][^\u0000]*$/, notHandle)
  .refine((text) => text.isWellFormed(), notHandle)
  .overwrite((text) => (isUuid(text) ? text.toLowerCase() : text))
  .describe(
    'The agreement: its id, its reference, or one of its identifiers, such as `tias:04-601`. A slash in it is written `%2F`.',
  )

/** A path parameter with an example that exists in the sample register; Swagger UI fills it in. */
export const example = <Schema extends z.ZodType>(schema: Schema, entry: string): Schema =>
  schema.meta({ examples: [entry] })

/** A list of at most `max` items; its length is checked before its items. */
export const listOf = <Item extends z.ZodType>(item: Item, max: number) =>
  z.preprocess((value, context) => {
    if (!Array.isArray(value) || value.length <= max) return value
    context.issues.push({ code: 'custom', message: `Must have at most ${max} items.`, input: value })
    return z.NEVER
  }, z.array(item).max(max))

/** A query parameter that may be repeated; a single value becomes a list of one. */
export const repeatable = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).max(100).optional(),
  )

const separators = [',', ';', 'tab'] as const
export type Separator = (typeof separators)[number]

/** The query parameter for the separator of CSV. */
export const SeparatorOption = z
  .enum(separators, 'Must be `,`, `;` or `tab`.')
  .optional()
  .describe(
    'What separates the values of a CSV row. Default: `,`. Excel expects `;` in countries that write `1,5`, such as Germany and France.',
  )

/** A whole number in a query: digits only; `0x10` and `1e1` are refused. Both bounds inclusive. */
export const Digits = (min: number, max: number) => {
  const error = `Must be a whole number from ${min} to ${max}.`
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int({ error }).min(min, error).max(max, error),
  )
}

/** Whether CSV begins with a byte order mark. */
export const Bom = z
  .enum(['true', 'false'])
  .optional()
  .describe('`true`: CSV begins with a byte order mark, by which spreadsheets recognize UTF-8. Default: `false`.')

/** Language tag, BCP 47: `ko`, `zh-Hant`, `en-GB`. */
export const LanguageTag = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'Must be a BCP 47 language tag, such as `en` or `zh-Hant`.')
  .describe('BCP 47 language tag.')

/**
 * The failure of a check that JSON Schema cannot express: the body matches the published schema but breaks a rule of the
 * register, so the response is 422 instead of 400.
 */
export const ruleIssue = (rule: string, error: string) => ({ error, params: { rule } })

/** An absolute http or https URL. */
export const WebAddress = z
  .string()
  .max(2000)
  .regex(
    /^https?:\/\/[A-Za-z0-9\u00a1-\ud7ff][A-Za-z0-9\u00a1-\ud7ff.-]*(?::[0-9]{1,5})?(?:[/?#][^\s\u0000-\u0020<>"]*)?$/,
    'Must be an absolute http or https URL.',
  )

/** An identifier in a numbering scheme, the register's own or another's. */
export const NewIdentifier = z
  .strictObject({
    scheme: z
      .string()
      .max(40)
      .regex(/^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/, 'Must be letters, digits and hyphens, such as `tias`.')
      .describe('`unts`, `tias`, `celex`, `eli`, `doi`, `iso3166-1-alpha3` …'),
    value: Text(200),
  })
  .overwrite(tidyIdentifier)
  .meta({
    id: 'IdentifierInput',
    description:
      'A number in a scheme of numbers, such as TIAS 04-601. Stored with a lower-case scheme, and without spaces around the value or the name of the scheme in it.',
  })

export const Identifier = z
  .object({
    scheme: z.string().describe('Such as `tias` or `unts`, in lower case.'),
    value: z.string().describe('The number in this scheme.'),
  })
  .meta({ id: 'Identifier', description: 'A number in a scheme of numbers, such as TIAS 04-601.' })
export type Identifier = z.infer<typeof Identifier>

const reference = /^[A-Za-z0-9][A-Za-z0-9.:-]*$/
const described = (what: string, example: string): string =>
  `Id or code of a ${what}, such as \`${example}\`; case-insensitive.`

/** Reference to a registry entry by id or code in a path, case-insensitive. */
export const Reference = (what: string, example: string) =>
  z
    .string()
    .min(1)
    .max(130)
    .regex(reference, `Must be the id or the code of a ${what}, such as ${example}.`)
    .describe(described(what, example))

/** The same in a query. Any text is looked up, so that a caller who sends a name is shown its code. */
export const NameOrReference = (what: string, example: string) =>
  z
    .string()
    .min(1)
    .max(130)
    .refine(
      (text) => !text.includes('\0') && text.isWellFormed(),
      `Must be the id or the code of a ${what}, such as ${example}.`,
    )
    .meta({ pattern: reference.source })
    .describe(described(what, example))

/** The same in a body. A name is no malformed body, but names nothing: 422. */
export const ReferenceInBody = (what: string, example: string) => Text(130).describe(described(what, example))

/** Instant, RFC 3339 in UTC. */
export const Instant = z.string().meta({ format: 'date-time' }).describe('Instant, RFC 3339 in UTC.')

const isOutside = (year: number): boolean => year < 1 || year > 9999

/** An instant with any UTC offset, in the past or the future. */
export const AnyInstant = z.iso
  .datetime({ offset: true, error: 'Must be an instant, such as 2026-01-31T12:00:00Z.' })
  .refine((text) => !isOutside(new Date(text).getUTCFullYear()), 'The year must be 0001 to 9999, in UTC.')

/** Who made a change. The public part of a key and a subject never change; a name may. */
export const Actor = z
  .string()
  .nullable()
  .describe(
    '`key:<public part> (<name>)`, `oidc:<subject>@<issuer>`, or `operator`; null when the caller was not identified.',
  )

export const Version = z
  .int()
  .min(1)
  .describe('Increases by one with each publication; the ETag is this number in double quotes.')

/**
 * `*` or a list of entity tags. Any text is accepted here, because a malformed tag is no reason for a 400 (RFC 9110,
 * section 13.1): a write is refused with 412, and a read ignores the header.
 */
const EntityTags = z.string().meta({ examples: ['"3"'] })

/** Required to change an existing resource (RFC 9110, section 13.1.1). */
export const IfMatch = z.object({
  'if-match': EntityTags.describe(
    'The ETag of the version that you read, with its quotes, such as `"3"`; several are separated by commas. `*` matches any version.',
  ).meta({
    examples: ['*'],
  }),
})

const optionalMatch = {
  'if-match': EntityTags.optional().describe(
    'The ETag of the version that you read, with its quotes, such as `"3"`; several are separated by commas. Checked if sent.',
  ),
}

const maxNoteLength = 500

/** Without `maxLength`, which would count the characters of the encoded form. */
const note = {
  'x-change-note': z
    .string()
    .refine(
      (header) => headerText(header) !== undefined,
      "A note that begins with `UTF-8''` must be percent-encoded UTF-8 without control characters, such as `UTF-8''%ED%98%91%EC%A0%95` (RFC 8187).",
    )
    .refine(
      (header) => isWithin(maxNoteLength, headerText(header) ?? ''),
      `Must be at most ${maxNoteLength} characters.`,
    )
    .optional()
    .describe(
      `Reason for the change; shown in the history. At most ${maxNoteLength} characters (Unicode code points), in UTF-8 or, where a client cannot send that, in the form of RFC 8187: \`UTF-8''%ED%98%91%EC%A0%95\` for 협정. Swagger UI encodes what you type.`,
    ),
}

export const EditHeaders = IfMatch.extend(note)
export const NoteHeaders = z.object(note)
export const PartHeaders = z.object({ ...optionalMatch, ...note })

/** The header of each POST that writes; see docs/decisions/idempotency.md. */
export const IdempotencyKey = z
  .string()
  .max(255, 'Must be at most 255 characters.')
  .regex(/^[!-~]+$/, 'Must be visible ASCII characters, without spaces, and be sent only once.')
  .optional()
  .describe(
    'A key of your choice, new for each new request, such as a UUID: 1 to 255 visible ASCII characters. A retry with the same key gets the answer of the first request, and nothing is written twice.',
  )

/** Conditional reads (RFC 9110, section 13.1.2). */
export const IfNoneMatch = z.object({
  'if-none-match': EntityTags.optional().describe(
    'The ETag of the response that you have, with its quotes, such as `"3"`; several are separated by commas. The response is 304 if one of them is still current.',
  ),
})

/** A response without a body. */
export const NoContent = z.undefined().describe('Done; no content.')

/** Roles, from least to most powerful: each includes the rights of the ones before it. */
export const roles = ['reader', 'editor', 'admin'] as const
export const Role = z.enum(roles).meta({
  id: 'Role',
  description:
    'What a caller may do: a reader may read, an editor may also write, an admin may also restore agreements, merge signatories, and manage keys and webhooks.',
})
export type Role = z.infer<typeof Role>
