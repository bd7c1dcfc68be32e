import { createPublicKey } from 'node:crypto'
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { OidcSettings } from '../config/openid-connect.ts'
import { fetchFromIssuer, issuerTimeout } from './fetch-from-issuer.ts'

/** Minimum time between two fetches of the issuer's keys that unknown keys cause, in milliseconds. */
const cooldownDuration = 5_000

/** Maximum number of keys that are used; further ones of the issuer are ignored. */
const maxKeys = 100

/** Minimum length of an RSA key, in bits (RFC 7518, section 3.3). */
const minModulus = 2048

/** After a failure, how long nothing is fetched again, in milliseconds. */
const pauseAfterFailure = 1_000

/**
 * The issuer's keys, from `jwksUrl` or the address found by discovery: fetched for the first token, cached for ten minutes,
 * and fetched again when a token names an unknown key.
 */
export function issuerKeys({ issuer, jwksUrl }: OidcSettings): JWTVerifyGetKey {
  if (jwksUrl !== undefined) return keysAt(jwksUrl)
  let found: JWTVerifyGetKey | undefined
  const find = withPause(async () => (found = keysAt(await discover(issuer))))
  return async (header, token) => (found ?? (await find()))(header, token)
}

function keysAt(url: string): JWTVerifyGetKey {
  const fetchKeys = withPause(() => fetchFromIssuer(url))
  return createRemoteJWKSet(new URL(url), {
    cooldownDuration,
    timeoutDuration: issuerTimeout,
    [customFetch]: async () => Response.json({ keys: soundKeys(await fetchKeys()) }),
  })
}

/** Loads for one caller at a time, whose result the others share. After a failure all get the same for a while. */
export function withPause<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loading: Promise<Value> | undefined
  const forget = () => (loading = undefined)
  const start = () => {
    const started = load()
    started.then(forget, () => setTimeout(forget, pauseAfterFailure).unref())
    return started
  }
  return () => (loading ??= start())
}

const Discovered = z.object({ issuer: z.string(), jwks_uri: z.url() })

/**
 * The address of the issuer's keys (OpenID Connect Discovery 1.0, section 4).
 * @throws Error when it is not on the issuer's own host: only a setting can name another
 */
async function discover(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const read = Discovered.safeParse(await fetchFromIssuer(address))
  if (!read.success || read.data.issuer !== issuer) throw new Error(`${address} does not describe ${issuer}.`)
  const { jwks_uri: keys } = read.data
  if (!isAtIssuer(new URL(keys), new URL(issuer)))
    throw new Error(`The keys of ${issuer} are at another host (${keys}). If it is right, set OIDC_JWKS_URL to it.`)
  return keys
}

/** An issuer without https is on this machine: see `OIDC_ISSUER`. */
const isAtIssuer = ({ protocol, host }: URL, issuer: URL): boolean =>
  host === issuer.host && (protocol === 'https:' || protocol === issuer.protocol)

/** The parts of a public key (RFC 7517) that matter here. */
const PublicKey = z.object({
  kty: z.string(),
  kid: z.string().optional(),
  use: z.literal('sig').optional(),
  key_ops: z
    .array(z.string())
    .refine((uses) => uses.includes('verify'))
    .transform(() => ['verify'])
    .optional(),
  alg: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
  crv: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  d: z.undefined().optional(),
})

const KeySet = z.object({ keys: z.array(z.unknown()) })

/** The keys of a set that can verify a token, so that a weak or malformed one does not spoil the others. @throws ZodError */
const soundKeys = (set: unknown): object[] =>
  KeySet.parse(set)
    .keys.slice(0, maxKeys)
    .flatMap((key) => PublicKey.safeParse(key).data ?? [])
    .filter(isSound)

function isSound(jwk: object): boolean {
  try {
    const { modulusLength = minModulus } =
      createPublicKey({ key: { ...jwk }, format: 'jwk' }).asymmetricKeyDetails ?? {}
    return modulusLength >= minModulus
  } catch {
    return false
  }
}
