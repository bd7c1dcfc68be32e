import { timingSafeEqual } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Authenticate, type Caller, invalidCredential } from '../callers.ts'
import type { Database, Statement } from '../../database/connect.ts'
import type { Role } from '../../shared/schemas.ts'
import { looksLikeKey, publicIdOf, sha256 } from './key.ts'

interface Found {
  id: string
  sha256: string
  name: string
  role: Role
  expiresAt: string | null
  expired: boolean
  revoked: boolean
  usedLately: boolean
}

const byPublicId: Statement = {
  name: 'key-by-public-id',
  text: `select id, sha256, name, role, expires_at as "expiresAt", coalesce(expires_at <= now(), false) as expired,
      revoked_at is not null as revoked, coalesce(last_used_at > now() - interval '1 minute', false) as "usedLately"
    from keys where public_id = $1`,
}

const storeUse: Statement = {
  name: 'note-use-of-key',
  text: `update keys set last_used_at = now()
    where id = $1 and (last_used_at is null or last_used_at <= now() - interval '1 minute')`,
}

/**
 * How long the use of a key is not recorded after that failed, in milliseconds: each attempt on a read-only database costs a
 * connection.
 */
const pauseAfterFailure = 60_000

/** Authenticates callers by their API keys. */
export function keyAuthenticator(db: Database): Authenticate {
  const recording = new Set<string>()

  /** Records the use of a key, at most once a minute. The request does not wait for it, and a failure is ignored. */
  function recordUse(id: string): void {
    if (recording.has(id)) return
    recording.add(id)
    db.query(storeUse, [id])
      .catch(() => pause(pauseAfterFailure, undefined, { ref: false }))
      .finally(() => recording.delete(id))
  }

  async function callerOf(key: string, ofRequest: Database): Promise<Caller> {
    const publicId = publicIdOf(key)
    if (publicId === undefined) throw invalidCredential('The key is incomplete or mistyped: its checksum is wrong.')
    const [found] = await ofRequest.query<Found>(byPublicId, [publicId])
    if (!found || !same(found.sha256, sha256(key))) throw invalidCredential('The key is unknown.')
    if (found.revoked) throw invalidCredential('The key was revoked.')
    if (found.expired) throw invalidCredential('The key has expired.')
    if (!found.usedLately) recordUse(found.id)
    return {
      actor: `key:${publicId} (${found.name.replaceAll(/\p{Cc}+/gu, ' ')})`,
      role: found.role,
      via: 'key',
      expiresAt: found.expiresAt && new Date(found.expiresAt).toISOString(),
    }
  }

  return (credential, ofRequest) => (looksLikeKey(credential) ? callerOf(credential, ofRequest) : undefined)
}

/** Compares in constant time. */
const same = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other))
