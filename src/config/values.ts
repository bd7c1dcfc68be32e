import { isIP } from 'node:net'
import { z } from 'zod'
import { Role } from '../shared/schemas.ts'

/** A number in decimal digits, from `min` to `max`. */
export const Count = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((count) => count >= min && count <= max)

export const Milliseconds = Count(0, 86_400_000)
export const millisecondsAllowed = 'a number of milliseconds, from 0 (no limit) to 86400000'

export const Host = z.string().regex(/^[\w.:-]{1,253}$/)

/** Comma-separated parts. */
export const List = z.string().transform((text) => text.split(',').map((part) => part.trim()))

/** Comma-separated `key=value` pairs, the values percent-encoded. */
export const Pairs = List.transform((parts, context) => {
  const pairs = parts.map((part) => /^([^=\s]+)=(.*)$/.exec(part))
  try {
    return Object.fromEntries(pairs.map((pair) => [pair![1], decodeURIComponent(pair![2]!)])) as Record<string, string>
  } catch {
    context.addIssue({ code: 'custom' })
    return z.NEVER
  }
})
export const pairsAllowed = 'comma-separated key=value pairs, the values percent-encoded'

/** Comma-separated numbers of seconds. */
export const Seconds = List.pipe(z.array(Count(1, 604_800)).max(20))

/** A number of days, of which 0 is for ever. */
export const DaysKept = Count(0, 36_500).refine((days) => days === 0 || days >= 90)

/** The name of a schema of PostgreSQL. `$user` means the account in a `search_path`, however it is quoted. */
export const SchemaName = z
  .string()
  .refine((name) => Buffer.byteLength(name) <= 63 && !/^(pg_|\$user$|information_schema$)|[\0-\x1f]/.test(name))

/** `true` or `false`. */
export const YesOrNo = z.enum(['true', 'false']).transform((text) => text === 'true')

export const Rate = Count(0, 999_999_999)
export const rateAllowed = 'a number of requests per minute, from 0 (no limit) to 999999999'

/** Whether it is an address, or a network that is not too large to trust. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const [min, max] = isIP(address) === 4 ? [8, 32] : [7, 128]
  const size = bits === undefined ? max : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
  return isIP(address) !== 0 && more.length === 0 && size >= min && size <= max
}

/** Comma-separated addresses and networks. */
export const Networks = List.refine((networks) => networks.every(isNetwork))
export const networksAllowed =
  'comma-separated addresses and networks (10.0.0.0/8, fd00::/8, 192.0.2.7), not larger than /8 (IPv4) or /7 (IPv6)'

export const HttpAddress = z.string().refine((text) => /^https?:\/\//.test(text) && URL.canParse(text))
export const httpAllowed = 'an http:// or https:// URL'

const loopback = ['127.0.0.1', '[::1]', 'localhost']

/** A URL whose traffic cannot be read or changed on the way: https, or http on this machine. */
export const SafeUrl = z.string().refine((text) => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && loopback.includes(hostname))
})

export const RoleNames = List.transform((pairs) => pairs.map((pair) => pair.split('=').map((side) => side.trim())))
  .pipe(z.array(z.tuple([z.string().min(1), Role])))
  .transform((pairs) => new Map(pairs))

export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

/** Whether a text is a URI for `security.txt`: printable ASCII, so that it cannot add a line. */
export const isContact = (text: string): boolean =>
  /^(mailto:[!-~]+@[!-~]+|https:\/\/[!-~]+|tel:\+?[\d-]+)$/.test(text) && URL.canParse(text)
