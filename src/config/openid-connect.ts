import type { Role } from '../shared/schemas.ts'

/** Signatures that a public key checks. No others are taken: with a shared secret, whoever can check could also sign. */
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

/** Whose tokens are taken, and what they mean. */
export interface OidcSettings {
  /** As its tokens name it. */
  issuer: string
  /** As its tokens name this register. */
  audience: string
  /** Where its keys are; found by discovery unless given. */
  jwksUrl?: string | undefined
  /** Of `signingAlgorithms`. */
  algorithms: readonly string[]
  /** The claim that says what its bearer may do: a name, or a path such as `realm_access.roles`. */
  roleClaim: string
  /** The role that each value of the claim stands for. */
  roles: ReadonlyMap<string, Role>
}
