import { TextDecoder } from 'node:util'
import { FileError } from './errors.ts'
import { headOf, type Source } from './source.ts'

const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type Encoding = (typeof encodings)[number]

/** Text that can be read more than once, in pieces. */
export type TextSource = () => AsyncIterable<string>

/** The characters of the bytes 0x80 to 0x9f in Windows-1252; elsewhere it equals Latin-1. Five bytes mean nothing. */
const windows = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/**
 * The text of a file, without its byte order mark. The whole file is read once to check its encoding.
 * @param asked the encoding; by default that of the byte order mark, otherwise UTF-16 if every second byte is 0, otherwise
 *   UTF-8
 * @throws FileError `encoding`
 */
export async function openText(source: Source, asked?: Encoding): Promise<TextSource> {
  const encoding = asked ?? encodingOf(await headOf(source, 1000))
  const text = () => decoded(source, encoding)
  for await (const _piece of text()) {
    // Decoding is the check.
  }
  return text
}

function encodingOf(head: Buffer): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const zeros = [0, 1].map((parity) => head.filter((byte, at) => byte === 0 && at % 2 === parity).length)
  const [even = 0, odd = 0] = zeros
  const most = head.length / 4
  if (odd > most && even === 0) return 'utf-16le'
  return even > most && odd === 0 ? 'utf-16be' : 'utf-8'
}

async function* decoded(source: Source, encoding: Encoding): AsyncGenerator<string> {
  if (encoding === 'windows-1252') {
    for await (const chunk of source.chunks()) {
      yield chunk.toString('latin1').replaceAll(/[\u0080-\u009f]/g, (byte) => windows[byte.charCodeAt(0) - 0x80]!)
    }
    return
  }
  const decoder = new TextDecoder(encoding, { fatal: true })
  let line = 1
  for await (const chunk of source.chunks()) {
    const text = decode(decoder, encoding, line, chunk)
    if (text !== '') yield text
    line += breaksIn(text)
  }
  const rest = decode(decoder, encoding, line)
  if (rest !== '') yield rest
}

const breaksIn = (text: string): number => text.split('\n').length - 1

/** @param line the number of the line in which the chunk begins. @throws FileError `encoding` */
function decode(decoder: TextDecoder, encoding: Encoding, line: number, chunk?: Buffer): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
  } catch {
    const others = encodings.filter((other) => other !== encoding).join(', ')
    const place = `line ${line + (chunk ? breaksIn(validStart(chunk, encoding)) : 0)}`
    throw new FileError(
      'encoding',
      `The file is not valid ${encoding.toUpperCase()} (${place}). Say how it is encoded with \`encoding=\`: ${others}.`,
    )
  }
}

/** The text before the first character that is not valid. The first ones may be the rest of one that an earlier chunk began. */
function validStart(chunk: Buffer, encoding: Encoding): string {
  const text = new TextDecoder(encoding).decode(chunk)
  const end = text.indexOf('\uFFFD', 3)
  return text.startsWith('\uFFFD') && end < 0 ? '' : text.slice(0, end < 0 ? undefined : end)
}
