import type { Role } from '../shared/schemas.ts'

/** Asymmetric algorithms only: with a shared secret, anyone who can verify a token could also sign one. */
export const signingAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]

/** Whose tokens are accepted, and how they are read. */
export interface OidcSettings {
  /** The `iss` of its tokens. */
  issuer: string
  /** The `aud` of tokens for this register. */
  audience: string
  /** The URL of its keys. Default: found by discovery. */
  jwksUrl?: string | undefined
  /** Of `signingAlgorithms`. */
  algorithms: readonly string[]
  /** The claim with the roles of the caller: a name, or a path such as `realm_access.roles`. */
  roleClaim: string
  /** The role for each value of the claim. */
  roles: ReadonlyMap<string, Role>
}

interface OidcValues {
  OIDC_ISSUER?: string | undefined
  OIDC_AUDIENCE?: string | undefined
  OIDC_JWKS_URL?: string | undefined
  OIDC_ALGORITHMS: readonly string[]
  OIDC_ROLE_CLAIM: string
  OIDC_ROLES: ReadonlyMap<string, Role>
}

/** Whose tokens are accepted. @returns undefined if none are */
export function oidcOf(values: OidcValues): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = values
  if (issuer === undefined || audience === undefined) return undefined
  return {
    issuer,
    audience,
    jwksUrl: values.OIDC_JWKS_URL,
    algorithms: values.OIDC_ALGORITHMS,
    roleClaim: values.OIDC_ROLE_CLAIM,
    roles: values.OIDC_ROLES,
  }
}
