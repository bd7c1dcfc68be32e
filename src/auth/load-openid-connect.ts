import type { OidcSettings } from '../config/openid-connect.ts'
import type { Authenticate } from './callers.ts'
import type { IssuerLogin } from './issuer-login.ts'

interface OpenidConnect {
  /** Checks the access tokens that the API accepts. */
  byToken: Authenticate | undefined
  /** Signs people in on the pages. */
  login: IssuerLogin | undefined
}

/** Loads what tokens and signing in at an issuer need, only as far as it is configured: a start should not wait for it. */
export async function loadOpenidConnect(settings: OidcSettings | undefined): Promise<OpenidConnect> {
  if (settings === undefined) return { byToken: undefined, login: undefined }
  const { oidcAuthenticator } = await import('./openid-connect.ts')
  const byToken = oidcAuthenticator(settings)
  if (settings.client === undefined) return { byToken, login: undefined }
  const { issuerLogin } = await import('./issuer-login.ts')
  return { byToken, login: issuerLogin(settings, settings.client, byToken) }
}
