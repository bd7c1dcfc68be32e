import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { OidcSettings } from '../config/openid-connect.ts'
import { fetchFromIssuer, issuerTimeout } from './fetch-from-issuer.ts'

/** Minimum time between two fetches of the issuer's keys that unknown keys cause, in milliseconds. */
const cooldownDuration = 5_000

/**
 * The issuer's keys, from `jwksUrl` or the address found by discovery: fetched for the first token, cached for ten minutes,
 * and fetched again when a token names an unknown key.
 */
export function issuerKeys({ issuer, jwksUrl }: OidcSettings): JWTVerifyGetKey {
  if (jwksUrl !== undefined) return keysAt(jwksUrl)
  let found: Promise<JWTVerifyGetKey> | undefined
  const find = () => {
    found ??= discover(issuer).then(keysAt)
    found.catch(() => (found = undefined))
    return found
  }
  return async (header, token) => (await find())(header, token)
}

const keysAt = (url: string): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(url), {
    cooldownDuration,
    timeoutDuration: issuerTimeout,
    [customFetch]: async () => Response.json(await fetchFromIssuer(url)),
  })

const Discovered = z.object({ issuer: z.string(), jwks_uri: z.url() })

/** The address of the issuer's keys (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const read = Discovered.safeParse(await fetchFromIssuer(address))
  if (!read.success || read.data.issuer !== issuer) throw new Error(`${address} does not describe ${issuer}.`)
  return read.data.jwks_uri
}
