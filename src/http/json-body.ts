import type { FastifyInstance, FastifyRequest } from 'fastify'
import { visit } from 'jsonc-parser'
import { Problem } from '../problems/problems.ts'
import { turnFor } from '../shared/turn.ts'
import { refuseContentCoding } from './media-types.ts'

/** Bodies are JSON, and so are merge patches (RFC 7396). */
export function takeJson(app: FastifyInstance): void {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      refuseContentCoding(request)
      return readJson(body)
    },
  )
}

/** Maximum nesting depth. No valid body nests deeper than a few levels. */
const maxDepth = 32

/**
 * Maximum number of values in a body, of lists and objects among them, and of fields in one object. The largest agreement
 * has some 30,000 values, 4,000 lists and objects, and 30 fields in one object; JSON of 2 MB can have a million values,
 * and parsing them would block the event loop.
 */
const maxValues = 50_000
const maxContainers = 10_000
const maxFields = 500

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses a JSON body according to RFC 8259 and I-JSON (RFC 7493): valid UTF-8, and no duplicate names in an object.
 * `JSON.parse` would silently use the last duplicate, and a lenient decoder would store U+FFFD for invalid UTF-8.
 * @throws Problem `invalid_json`, also for more than 32 levels of nesting; `content_too_large` for more than 50,000
 * values, 10,000 lists and objects, or 500 fields in one object
 */
async function readJson(bytes: Buffer): Promise<unknown> {
  if (bytes.length === 0) throw new Problem('invalid_json', 'The body must be a JSON document; it is empty.')
  refuseTooMany(bytes)
  const text = decode(bytes)
  await turnFor(bytes.length)
  const value = parse(text)
  await turnFor(bytes.length)
  refuseAmbiguous(text)
  await turnFor(bytes.length)
  return value
}

const signs = Object.fromEntries(Array.from('"\\[]{},:', (sign) => [sign, sign.charCodeAt(0)]))
const {
  '"': quote,
  '\\': backslash,
  '[': list,
  ']': endOfList,
  '{': object,
  '}': endOfObject,
  ',': comma,
  ':': colon,
} = signs

/** One pass over the bytes before they are parsed; they need not be JSON. */
function refuseTooMany(bytes: Buffer): void {
  /** For each open bracket, the number of fields so far; colons occur in objects only. */
  const fields: number[] = []
  let values = 1
  let containers = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === backslash) at++
      else inString = byte !== quote
      continue
    }
    if (byte === quote) inString = true
    else if (byte === colon) fields.push((fields.pop() ?? 0) + 1)
    else if (byte === endOfList || byte === endOfObject) fields.pop()
    else if (byte === comma || byte === list || byte === object) values++
    if (byte === list || byte === object) {
      fields.push(0)
      containers++
    }
    if (fields.length > maxDepth) throw tooDeep()
    if (values > maxValues) throw tooMany(`The body must have at most ${maxValues} values.`)
    if (containers > maxContainers) throw tooMany(`The body must have at most ${maxContainers} lists and objects.`)
    if (fields.at(-1)! > maxFields) throw tooMany(`An object in the body must have at most ${maxFields} fields.`)
  }
}

const tooDeep = (): Problem => new Problem('invalid_json', `The body must be nested at most ${maxDepth} levels deep.`)
const tooMany = (message: string): Problem => new Problem('content_too_large', message)

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Problem('invalid_json', 'The body must be UTF-8.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('invalid_json', `The body must be valid JSON${placeOfError(text)}.`)
  }
}

/** Where a text stops being JSON, in words. Lines and columns count from 1, columns in UTF-16 code units. */
function placeOfError(text: string): string {
  const place = new Error()
  try {
    const onError = (_error: number, _offset: number, _length: number, line: number, column: number): never => {
      place.message = `: see line ${line + 1}, column ${column + 1}`
      throw place
    }
    visit(text, { onError }, { disallowComments: true })
  } catch (error) {
    if (error !== place) throw error
  }
  return place.message
}

/** One pass over a text that is known to be JSON, so that only strings, brackets and commas matter. */
function refuseAmbiguous(text: string): void {
  /** For each open bracket: the names so far in an object, undefined for an array. */
  const open: (Set<string> | undefined)[] = []
  let awaitsName = false
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        awaitsName = text[at] === '{'
        open.push(awaitsName ? new Set() : undefined)
        break
      case '}':
      case ']':
        open.pop()
        awaitsName = false
        break
      case ',':
        awaitsName = open.at(-1) !== undefined
        break
      case '"': {
        const end = endOfString(text, at)
        if (awaitsName) addName(open.at(-1)!, text.slice(at, end + 1))
        awaitsName = false
        at = end
      }
    }
  }
}

/** The position of the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

function addName(names: Set<string>, quoted: string): void {
  const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
  if (name === '__proto__') throw new Problem('invalid_json', 'The body must not have a field `__proto__`.')
  if (names.has(name)) {
    throw new Problem(
      'invalid_json',
      `An object in the body has the field ${JSON.stringify(name.slice(0, 100))} twice.`,
    )
  }
  names.add(name)
}
