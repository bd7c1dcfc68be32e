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
  let read = 0
  for await (const chunk of source.chunks()) {
    const text = decode(decoder, encoding, read, chunk)
    if (text !== '') yield text
    read += chunk.length
  }
  const rest = decode(decoder, encoding, read)
  if (rest !== '') yield rest
}

/** @throws FileError `encoding` */
function decode(decoder: TextDecoder, encoding: Encoding, read: number, chunk?: Buffer): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
  } catch {
    const others = encodings.filter((other) => other !== encoding).join(', ')
    const place = `near byte ${read + 1}`
    throw new FileError(
      'encoding',
      `The file is not valid ${encoding.toUpperCase()} (${place}). Say how it is encoded with \`encoding=\`: ${others}.`,
    )
  }
}
