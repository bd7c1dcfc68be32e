import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

/*
 * A key is `ent_<12: public>_<32: secret><6: checksum>`, in digits and letters: the prefix and the checksum let secret
 * scanners find one for certain, and let a slip of the pen be told without asking the database.
 */

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const form = /^(ent_([0-9A-Za-z]{12})_[0-9A-Za-z]{32})([0-9A-Za-z]{6})$/

const random = (length: number): string => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')

/** CRC-32 of what stands before it, in base 62. */
function checksum(text: string): string {
  let digits = ''
  for (let rest = crc32(text); digits.length < 6; rest = Math.floor(rest / 62)) digits = alphabet[rest % 62] + digits
  return digits
}

/** A key that can be shown and stored: the database holds no more of it than `publicId` and `sha256`. */
export interface NewKeyText {
  text: string
  publicId: string
  sha256: string
}

/** The text of a new key: 190 random bits are secret, which no search can find, so no slow hash is needed. */
export const newKeyText = (publicId: string = random(12), secret: string = random(32)): NewKeyText => {
  const text = `ent_${publicId}_${secret}`
  return { text: text + checksum(text), publicId, sha256: sha256(text + checksum(text)) }
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Whether a credential means to be a key. */
export const looksLikeKey = (credential: string): boolean => credential.startsWith('ent_')

/** The public part of a well-formed key; undefined for what is cut short, or mistyped. */
export function publicIdOf(key: string): string | undefined {
  const [, text, publicId, check] = form.exec(key) ?? []
  return text !== undefined && checksum(text) === check ? publicId : undefined
}
