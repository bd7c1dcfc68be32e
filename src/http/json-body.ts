import { Problem } from '../problems/problems.ts'
import { turnFor } from '../shared/turn.ts'

/** No body of this API nests deeper than a handful of levels. */
const deepest = 32

/**
 * The most values in a body, the most lists and objects among them, and the most fields in one object. The largest
 * agreement that the API gives has some 30,000 values, 4,000 lists and objects, and 30 fields in one; JSON of 2 MB can
 * have a million, and to read them would keep every other request waiting.
 */
const mostValues = 50_000
const mostBrackets = 10_000
const mostFields = 500

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a JSON body as RFC 8259 means it and I-JSON (RFC 7493) narrows it: valid UTF-8, and no name twice in an
 * object. `JSON.parse` would take the last of two silently, and the decoder would store U+FFFD for what is no UTF-8.
 * @throws Problem `invalid_json`, or `content_too_large` for more than 50,000 values, 10,000 lists and
 * objects, or 500 fields in one object
    if (fields.length > deepest) throw tooDeep()
 */
export async function readJson(bytes: Buffer): Promise<unknown> {
  if (bytes.length === 0) throw new Problem('invalid_json', 'The body is empty; it must be a JSON document.')
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

/** One pass over bytes that may be no JSON at all, before anything is made of them. */
function refuseTooMany(bytes: Buffer): void {
  /** For each open bracket, how many fields so far: colons stand in objects only. */
  const fields: number[] = []
  let values = 1
  let brackets = 0
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
      brackets++
    }
    if (fields.length > deepest) throw tooDeep()
    if (values > mostValues) throw tooMany(`The body must hold at most ${mostValues} values.`)
    if (brackets > mostBrackets) throw tooMany(`The body must hold at most ${mostBrackets} lists and objects.`)
    if (fields.at(-1)! > mostFields) throw tooMany(`An object of the body must have at most ${mostFields} fields.`)
  }
}

const tooDeep = (): Problem => new Problem('invalid_json', `The body is nested more than ${deepest} levels deep.`)
const tooMany = (message: string): Problem => new Problem('content_too_large', message)

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Problem('invalid_json', 'The body is not UTF-8.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('invalid_json', 'The body is not JSON.')
  }
}

/** One pass over a text that is known to be JSON, so that only strings and brackets need a look. */
function refuseAmbiguous(text: string): void {
  /** For each open bracket: the names so far of an object, undefined for an array. */
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

/** Where the string that begins at `start` has its closing quote: the next one that no backslash escapes. */
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
  if (name === '__proto__') throw new Problem('invalid_json', 'The body has a field `__proto__`, which is never taken.')
  if (names.has(name)) {
    throw new Problem(
      'invalid_json',
      `The body has the field ${JSON.stringify(name.slice(0, 100))} twice in an object.`,
    )
  }
  names.add(name)
}
