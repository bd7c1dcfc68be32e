import {
  type CryptoKey,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from 'jose'
import { type Authenticate, type Caller, invalidCredential } from './callers.ts'
import { issuerKeys } from './issuer-keys.ts'
import { Problem } from '../problems/problems.ts'
import type { OidcSettings } from '../config/openid-connect.ts'
import { roles } from '../shared/schemas.ts'

/** Maximum difference between the clocks of the issuer and of this server, in seconds. */
const clockTolerance = 30

/** The last second that RFC 3339 can write, since the epoch. */
const lastSecond = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000

/**
 * Authenticates callers by the tokens of an OpenID Connect issuer for `settings.audience`: JWTs, signed with one of its keys.
 */
export function oidcAuthenticator(settings: OidcSettings, keysOfIssuer = issuerKeys(settings)): Authenticate {
  const { issuer, audience, algorithms } = settings
  const expected: JWTVerifyOptions = {
    issuer,
    audience,
    algorithms: [...algorithms],
    clockTolerance,
    requiredClaims: ['sub', 'exp'],
  }
  const keys: JWTVerifyGetKey = (header, token) => {
    if (!isAccessToken(header.typ)) throw invalidCredential('The token is not an access token: see its `typ`.')
    return keysOfIssuer(header, token)
  }
  return (token) => {
    if (token.split('.').length !== 3) return undefined
    return verified(token, keys, expected).then(({ payload }) => callerOf(payload, settings))
  }
}

/** Whether the `typ` in the header is that of an access token (RFC 9068, section 2.1); many issuers write `JWT`, or nothing. */
const isAccessToken = (typ: unknown): boolean =>
  typ === undefined || (typeof typ === 'string' && /^(jwt|(application\/)?at\+jwt)$/i.test(typ))

/** @throws Problem 401 when the token is not valid, 503 when the issuer's keys cannot be fetched */
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

/** For a token that names no key, when the issuer has several: tries each. */
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

/** The message for each jose error about the token. Any other error means that the issuer could not be reached. */
const tokenErrors: Record<string, string> = {
  [errors.JWSInvalid.code]: 'The token is not a JWT.',
  [errors.JWTInvalid.code]: 'The token is not a JWT.',
  [errors.JWTExpired.code]: 'The token has expired.',
  [errors.JWTClaimValidationFailed.code]: 'The token has another issuer or audience, or is not valid yet.',
  [errors.JOSEAlgNotAllowed.code]: 'The token is signed with an algorithm that is not accepted.',
  [errors.JOSENotSupported.code]: 'The token is signed with an algorithm that is not accepted.',
  [errors.JWKSNoMatchingKey.code]: 'The token is signed with a key that is not among the keys of its issuer.',
  [errors.JWSSignatureVerificationFailed.code]: 'The signature of the token is not valid.',
}

function refusalOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  const detail = error instanceof errors.JOSEError ? tokenErrors[error.code] : undefined
  if (detail !== undefined) return invalidCredential(detail)
  const message = 'The issuer of the token cannot be reached. Try again in 5 s.'
  return Object.assign(new Problem('issuer_unavailable', message, [], { 'retry-after': '5' }), { cause: error })
}

/** @throws Problem 401 when the subject is missing, longer than 255 characters, or not visible ASCII, or the expiry is no date */
function callerOf(claims: JWTPayload, { issuer, roleClaim, roles: meaning }: OidcSettings): Caller {
  const { sub: subject, exp } = claims
  if (typeof subject !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(subject))
    throw invalidCredential('The subject (`sub`) of the token must be 1 to 255 visible ASCII characters.')
  if (exp! > lastSecond) throw invalidCredential('The expiry (`exp`) of the token must be before the year 10000.')
  const given = [valueAt(claims, roleClaim)].flat().map((value) => meaning.get(value as string))
  return {
    actor: `oidc:${subject}@${issuer}`,
    role: roles.findLast((role) => given.includes(role)) ?? null,
    via: 'oidc',
    expiresAt: new Date(exp! * 1000).toISOString(),
  }
}

/** The claim with exactly this name, which may contain dots, or else the value at the path. */
function valueAt(claims: JWTPayload, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  return path
    .split('.')
    .reduce<unknown>((value, step) => (isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined), claims)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
