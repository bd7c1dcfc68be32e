import { Problem } from '../problems/problems.ts'

/** No body of this API nests deeper than a handful of levels. */
const deepest = 32

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a JSON body as RFC 8259 means it and I-JSON (RFC 7493) narrows it: valid UTF-8, and no name twice in an
 * object. `JSON.parse` would take the last of two silently, and the decoder would store U+FFFD for what is no UTF-8.
 * @throws Problem `invalid_json`
 */
export function readJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new Problem('invalid_json', 'The body is empty; it must be a JSON document.')
  const text = decode(bytes)
  const value = parse(text)
  refuseAmbiguous(text)
  return value
}

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
        if (open.length > deepest) {
          throw new Problem('invalid_json', `The body is nested more than ${deepest} levels deep.`)
        }
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
