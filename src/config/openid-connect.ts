import { z } from 'zod'
import type { Role } from '../shared/schemas.ts'
import { about } from './read-settings.ts'
import { List, RoleNames, SafeUrl } from './values.ts'

/** Asymmetric algorithms only: with a shared secret, anyone who can verify a token could also sign one. */
const signingAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** Settings of the issuer, as `Configuration` takes them. */
export const oidcSettings = {
  OIDC_ISSUER: SafeUrl.optional().register(about, {
    description:
      'The OpenID Connect issuer whose access tokens are accepted in addition to API keys: the `iss` of its tokens.',
    allowed: 'an https:// URL (http:// on loopback only)',
    unset: 'API keys only',
  }),
  OIDC_AUDIENCE: z.string().optional().register(about, {
    description: 'The audience (`aud`) of tokens for this register. Required with `OIDC_ISSUER`.',
    allowed: 'any text',
    unset: 'API keys only',
  }),
  OIDC_JWKS_URL: SafeUrl.optional().register(about, {
    description:
      'The URL of the JSON Web Key Set of the issuer. Required if it is on another host or port than the issuer.',
    allowed: 'an https:// URL (http:// on loopback only)',
    unset: 'the one in the issuer’s `/.well-known/openid-configuration`',
  }),
  OIDC_ALGORITHMS: List.pipe(z.array(z.enum(signingAlgorithms)))
    .prefault('RS256,ES256')
    .register(about, {
      description: 'The accepted signing algorithms. Shared secrets are never accepted.',
      allowed: `a comma-separated list of any of ${signingAlgorithms.join(', ')}`,
    }),
  OIDC_ROLE_CLAIM: z.string().prefault('roles').register(about, {
    description: 'The claim with the roles of the caller, one value or a list.',
    allowed: 'the name of a claim, or a path such as realm_access.roles',
  }),
  OIDC_ROLES: RoleNames.prefault('reader=reader,editor=editor,admin=admin').register(about, {
    description: 'The role for each value of the claim. The highest of several applies; other values are ignored.',
    allowed: 'comma-separated pairs such as register-editors=editor; the roles are reader, editor and admin',
  }),
  OIDC_CLIENT_ID: z.string().optional().register(about, {
    description:
      'The id of this register as a client of `OIDC_ISSUER`, so that people can sign in on the pages with their account there (authorization code flow with PKCE). Register the redirect URI `…/sign-in/callback` below the URL of the register at the issuer.',
    allowed: 'any text',
    unset: 'people sign in on the pages with API keys only',
  }),
  OIDC_CLIENT_SECRET: z.string().optional().register(about, {
    description: 'The secret of that client.',
    allowed: 'any text',
    unset: 'a public client, which has no secret',
    secret: true,
  }),
  OIDC_SCOPE: z
    .string()
    .refine((scope) => scope.split(' ').includes('openid'))
    .prefault('openid profile')
    .register(about, {
      description:
        'The scopes that a sign-in asks for. Some issuers need another one to make an access token for `OIDC_AUDIENCE`.',
      allowed: 'scopes separated by spaces, among them openid',
    }),
}

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
  /** How the register is known to the issuer, for people who sign in on its pages; undefined: they use API keys. */
  client?: OidcClient | undefined
}

export interface OidcClient {
  id: string
  /** Undefined: a public client, which has none. */
  secret: string | undefined
  /** What is asked for, separated by spaces. */
  scope: string
}

/** Whose tokens are accepted. @returns undefined if none are */
export function oidcOf(values: z.infer<z.ZodObject<typeof oidcSettings>>): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_CLIENT_ID: id } = values
  if (issuer === undefined || audience === undefined) return undefined
  return {
    issuer,
    audience,
    jwksUrl: values.OIDC_JWKS_URL,
    algorithms: values.OIDC_ALGORITHMS,
    roleClaim: values.OIDC_ROLE_CLAIM,
    roles: values.OIDC_ROLES,
    client: id === undefined ? undefined : { id, secret: values.OIDC_CLIENT_SECRET, scope: values.OIDC_SCOPE },
  }
}

/** What is wrong with the settings of the issuer together. @param given the settings that are set */
export function incompleteOidc(given: Readonly<Record<string, string>>): string[] {
  const lacks = (name: string, needed: string): boolean => given[name] !== undefined && given[needed] === undefined
  return [
    ...(lacks('OIDC_ISSUER', 'OIDC_AUDIENCE') || lacks('OIDC_AUDIENCE', 'OIDC_ISSUER')
      ? ['Only one of OIDC_ISSUER and OIDC_AUDIENCE is set. Set both or neither.']
      : []),
    ...(lacks('OIDC_CLIENT_ID', 'OIDC_ISSUER') ? ['OIDC_CLIENT_ID is set, but OIDC_ISSUER is not. Set both.'] : []),
    ...(lacks('OIDC_CLIENT_SECRET', 'OIDC_CLIENT_ID')
      ? ['OIDC_CLIENT_SECRET is set, but OIDC_CLIENT_ID is not. Set both.']
      : []),
  ]
}
