import {
  createRemoteJWKSet,
  type CryptoKey,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from 'jose'
import { z } from 'zod'
import { type Authenticate, type Caller, invalidCredential } from './callers.ts'
import { Problem } from '../problems/problems.ts'
import type { OidcSettings } from '../config/openid-connect.ts'
import { roles } from '../shared/schemas.ts'

/** How far the clocks of the issuer and of this server may differ, in seconds. */
const clockTolerance = 30

/** How long the issuer may take to answer, in milliseconds. */
const patience = 5_000

/** For how long a key that is not among the issuer's does not make them be fetched again, in milliseconds. */
const cooldownDuration = 5_000

const Discovered = z.object({ issuer: z.string(), jwks_uri: z.url() })

/**
 * Tells callers apart by the access tokens of an OpenID Connect issuer: JWTs, signed with one of its keys. Its keys are
 * fetched when the first token comes, kept for ten minutes, and fetched again when a token names another.
 */
export function oidcAuthenticator(settings: OidcSettings): Authenticate {
  const { issuer, audience, algorithms } = settings
  const expected: JWTVerifyOptions = {
    issuer,
    audience,
    algorithms: [...algorithms],
    clockTolerance,
    requiredClaims: ['sub', 'exp'],
  }
  const keys = keysOf(settings)
  return (token) => {
    if (token.split('.').length !== 3) return undefined
    return verified(token, keys, expected).then(({ payload }) => callerOf(payload, settings))
  }
}

/** The issuer's keys, from where it says that they are. */
function keysOf({ issuer, jwksUrl }: OidcSettings): JWTVerifyGetKey {
  const at = (url: string) => createRemoteJWKSet(new URL(url), { cooldownDuration, timeoutDuration: patience })
  if (jwksUrl !== undefined) return at(jwksUrl)
  let found: Promise<JWTVerifyGetKey> | undefined
  const find = () => {
    found ??= discover(issuer).then(at)
    found.catch(() => (found = undefined))
    return found
  }
  return async (header, token) => (await find())(header, token)
}

/** The address of the issuer's keys (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(patience) })
  const read = Discovered.safeParse(answer.ok ? await answer.json() : undefined)
  if (!read.success || read.data.issuer !== issuer) throw new Error(`${address} does not describe ${issuer}`)
  return read.data.jwks_uri
}

/** @throws Problem 401 when the token does not hold, 503 when the issuer's keys cannot be had */
async function verified(token: string, keys: JWTVerifyGetKey, expected: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys, expected).catch((error: unknown) => {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return verifiedByAny(token, error, expected)
      throw error
    })
  } catch (error) {
    throw refusalOf(error)
  }
}

/** A token that names no key, of an issuer that has several. */
async function verifiedByAny(
  token: string,
  keys: AsyncIterable<CryptoKey>,
  expected: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  for await (const key of keys) {
    try {
      return await jwtVerify(token, key, expected)
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}

/** What is wrong with a token, by the code of jose's error. What is not known here went wrong on the way to its issuer. */
const wrong: Record<string, string> = {
  [errors.JWSInvalid.code]: 'The token is no JWT.',
  [errors.JWTInvalid.code]: 'The token is no JWT.',
  [errors.JWTExpired.code]: 'The token has expired.',
  [errors.JWTClaimValidationFailed.code]: 'The token is of another issuer or audience, or not of this time.',
  [errors.JOSEAlgNotAllowed.code]: 'The token is signed in a way that is not taken here.',
  [errors.JOSENotSupported.code]: 'The token is signed in a way that is not taken here.',
  [errors.JWKSNoMatchingKey.code]: 'The token is signed with a key that its issuer does not have.',
  [errors.JWSSignatureVerificationFailed.code]: 'The signature of the token is wrong.',
}

function refusalOf(error: unknown): Problem {
  const detail = error instanceof errors.JOSEError ? wrong[error.code] : undefined
  if (detail !== undefined) return invalidCredential(detail)
  const message = 'The issuer of the token cannot be reached; try again.'
  return Object.assign(new Problem('issuer_unavailable', message, [], { 'retry-after': '5' }), { cause: error })
}

/** @throws Problem 401 when the token does not say who it is about in words that can be kept */
function callerOf(claims: JWTPayload, { issuer, roleClaim, roles: meaning }: OidcSettings): Caller {
  const { sub: subject } = claims
  if (typeof subject !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(subject))
    throw invalidCredential('The token names no subject in visible ASCII.')
  const given = [valueAt(claims, roleClaim)].flat().map((value) => meaning.get(value as string))
  return {
    actor: `oidc:${subject}@${issuer}`,
    role: roles.findLast((role) => given.includes(role)) ?? null,
    via: 'oidc',
    expiresAt: new Date(claims.exp! * 1000).toISOString(),
  }
}

/** The claim of that very name, which may hold dots, or else what the path leads to. */
function valueAt(claims: JWTPayload, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  return path
    .split('.')
    .reduce<unknown>((value, step) => (isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined), claims)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
