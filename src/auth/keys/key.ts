import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

/*
 * A key is `ent_<12: public>_<32: secret><6: checksum>`, in digits and letters. The prefix and the checksum let secret
 * scanners identify a key with certainty, and reveal a typing error without a query.
 */

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const form = /^(ent_([0-9A-Za-z]{12})_[0-9A-Za-z]{32})([0-9A-Za-z]{6})$/

const random = (length: number): string => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')

/** CRC-32 of the text before it, in base 62. */
function checksum(text: string): string {
  let digits = ''
  for (let rest = crc32(text); digits.length < 6; rest = Math.floor(rest / 62)) digits = alphabet[rest % 62] + digits
  return digits
}

/** A new key. Only `publicId` and `sha256` are stored. */
export interface NewKeyText {
  text: string
  publicId: string
  sha256: string
}

/** The text of a new key. Its secret has 190 random bits, so brute force is hopeless and no slow hash is needed. */
export const newKeyText = (publicId: string = random(12), secret: string = random(32)): NewKeyText => {
  const text = `ent_${publicId}_${secret}`
  return { text: text + checksum(text), publicId, sha256: sha256(text + checksum(text)) }
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Whether a credential has the prefix of a key. */
export const looksLikeKey = (credential: string): boolean => credential.startsWith('ent_')

/** The public part of a well-formed key; undefined for one that is truncated or mistyped. */
export function publicIdOf(key: string): string | undefined {
  const [, text, publicId, check] = form.exec(key) ?? []
  return text !== undefined && checksum(text) === check ? publicId : undefined
}
