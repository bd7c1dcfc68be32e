import * as openid from 'openid-client'
import type { OidcClient, OidcSettings } from '../config/openid-connect.ts'
import type { Database } from '../database/connect.ts'
import { Problem } from '../problems/problems.ts'
import { type Authenticate, type Caller, invalidCredential } from './callers.ts'
import { issuerTimeout, textOf } from './fetch-from-issuer.ts'
import { issuerKeys, withPause } from './issuer-keys.ts'
import { oidcAuthenticator } from './openid-connect.ts'

/** What the browser keeps while its user is at the issuer. */
export interface Login {
  state: string
  nonce: string
  /** Of PKCE (RFC 7636). */
  verifier: string
}

/** Signs people in at an issuer: the authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1). */
export interface IssuerLogin {
  /** Where the issuer asks a person to sign in, and what to keep until it has answered. @throws Problem 503 */
  begin(redirectUri: string): Promise<{ address: string; login: Login }>
  /**
   * The person that the issuer names.
   * @param answer the address to which the issuer sent the browser back, with its query
   * @throws Problem 401 when it names nobody; 503 when it cannot be asked
   */
  finish(answer: URL, login: Login, db: Database): Promise<{ caller: Caller; name: string }>
}

/**
 * @param byAccessToken checks the access tokens that the API accepts
 */
export function issuerLogin(settings: OidcSettings, client: OidcClient, byAccessToken: Authenticate): IssuerLogin {
  const byIdToken = oidcAuthenticator({ ...settings, audience: client.id }, issuerKeys(settings))
  let found: openid.Configuration | undefined
  const find = withPause(async () => (found = await discover(settings, client)))
  const configuration = async () =>
    found ??
    (await find().catch((error: unknown) => {
      throw unreachable(error)
    }))

  return {
    begin: (redirectUri) =>
      ofIssuer(async () => {
        const login = {
          state: openid.randomState(),
          nonce: openid.randomNonce(),
          verifier: openid.randomPKCECodeVerifier(),
        }
        const address = openid.buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri,
          scope: client.scope,
          state: login.state,
          nonce: login.nonce,
          code_challenge: await openid.calculatePKCECodeChallenge(login.verifier),
          code_challenge_method: 'S256',
        })
        return { address: address.href, login }
      }),
    finish: async (answer, { state, nonce, verifier }, db) => {
      const tokens = await ofIssuer(async () =>
        openid.authorizationCodeGrant(await configuration(), answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        }),
      )
      const identified = await byIdToken(tokens.id_token!, db)!
      const authorized = await accepted(byAccessToken(tokens.access_token, db))
      const caller = authorized?.actor === identified.actor ? authorized : identified
      return { caller, name: nameIn(tokens.claims()!) }
    },
  }
}

/** The caller of an access token; undefined when the API does not accept it, since issuers may make it for others only. */
const accepted = async (authenticated: Promise<Caller> | undefined): Promise<Caller | undefined> =>
  authenticated?.catch((error: unknown) => {
    if (error instanceof Problem && error.status === 401) return undefined
    throw error
  })

/** What a person is called in the header of pages, at most 100 characters. */
function nameIn(claims: openid.IDToken): string {
  const { name, preferred_username: login, email, sub } = claims
  const given =
    [name, login, email].filter((text) => typeof text === 'string').find((text) => text.trim() !== '') ?? sub
  return given.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 100)
}

/** The addresses of the issuer (OpenID Connect Discovery 1.0, section 4). */
function discover({ issuer }: OidcSettings, { id, secret }: OidcClient): Promise<openid.Configuration> {
  const address = new URL(issuer)
  return openid.discovery(address, id, { [openid.clockTolerance]: 30 }, authenticationOf(secret), {
    [openid.customFetch]: fetchBounded,
    timeout: issuerTimeout / 1000,
    // An issuer without https is on this machine: see `OIDC_ISSUER`.
    execute: address.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
  })
}

/** How the register proves at the issuer who it is: in a header, unless the issuer says that it takes the body. */
function authenticationOf(secret: string | undefined): openid.ClientAuth {
  if (secret === undefined) return openid.None()
  const [inBody, inHeader] = [openid.ClientSecretPost(secret), openid.ClientSecretBasic(secret)]
  return (server, ...rest) =>
    (server.token_endpoint_auth_methods_supported?.includes('client_secret_post') ? inBody : inHeader)(server, ...rest)
}

/** @throws Error when the answer is too large */
const fetchBounded: openid.CustomFetch = async (address, options) => {
  const answer = await fetch(address, options as RequestInit)
  return new Response(await textOf(answer, address), { status: answer.status, headers: answer.headers })
}

/** @throws Problem 401 when the issuer names nobody; 503 when it cannot be asked */
async function ofIssuer<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (error) {
    throw refusalOf(error)
  }
}

const again = 'Sign in again.'

/** What went wrong at the issuer, in words. Its own words are not repeated: they are for the operator, or anyone's. */
function refusalOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof openid.AuthorizationResponseError) {
    const isDenied = error.error === 'access_denied'
    return invalidCredential(
      isDenied ? 'The sign-in was cancelled or refused.' : `The sign-in service did not sign you in. ${again}`,
    )
  }
  if (isRefusedClient(error)) {
    return new Problem(
      'issuer_unavailable',
      'The sign-in service does not accept this register. The operator of the register must check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.',
    )
  }
  if (error instanceof openid.ResponseBodyError && error.status < 500) {
    return invalidCredential(`The sign-in service did not confirm who you are, or it took too long. ${again}`)
  }
  if (error instanceof openid.ClientError && error.code !== undefined && ofAnswer.has(error.code)) {
    return invalidCredential(`The answer of the sign-in service does not belong to this sign-in. ${again}`)
  }
  return unreachable(error)
}

function unreachable(cause: unknown): Problem {
  const message = 'The sign-in service cannot be reached. Try again in 5 s.'
  return Object.assign(new Problem('issuer_unavailable', message, [], { 'retry-after': '5' }), { cause })
}

const isRefusedClient = (error: unknown): boolean =>
  error instanceof openid.WWWAuthenticateChallengeError ||
  (error instanceof openid.ResponseBodyError && ['invalid_client', 'unauthorized_client'].includes(error.error))

/** The codes of openid-client for an answer that is not the one to expect. */
const ofAnswer = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
])
