import { createHash, randomBytes } from 'node:crypto'
import type { Database, Statement } from '../../database/connect.ts'
import type { Caller, Session } from '../callers.ts'

/** How long a session lasts, in hours, unless the credential expires earlier. */
const maxHours = 8

interface NewSession {
  token: string
  /** How long it lasts. */
  seconds: number
}

/** How a caller signed in: the public part of the API key, or what the issuer calls the person. */
export type SignedInBy = { key: string } | { name: string }

const startStatement: Statement = {
  name: 'start-session',
  text: `insert into sessions (sha256, actor, role, via, expires_at, key_id, name)
    select $1, $2, $3, $4, least(now() + make_interval(hours => ${maxHours}), $5::timestamptz), k.id, coalesce(k.name, $7)
    from (select) one left join keys k on k.public_id = $6
    returning greatest(0, floor(extract(epoch from expires_at - now())))::int as seconds`,
}

/** Starts a session. Only a digest of its token is stored. */
export async function startSession(
  db: Database,
  { actor, role, via, expiresAt }: Caller,
  by: SignedInBy,
): Promise<NewSession> {
  const token = randomBytes(32).toString('base64url')
  const [key, name] = 'key' in by ? [by.key, null] : [null, by.name]
  const values = [digest(token), actor, role, via, expiresAt, key, name]
  const [row] = await db.query<{ seconds: number }>(startStatement, values)
  return { token, seconds: row!.seconds }
}

const findStatement: Statement = {
  name: 'find-session',
  text: `select s.actor, s.name, s.role, s.via, least(s.expires_at, k.expires_at) as "expiresAt"
    from sessions s left join keys k on k.id = s.key_id
    where s.sha256 = $1 and s.expires_at > now()
      and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
}

type Found = Omit<Caller, 'expiresAt'> & { name: string; expiresAt: string }

/** The session with this token; undefined when there is none, or when it or its key has ended. */
export async function findSession(db: Database, token: string): Promise<Session | undefined> {
  const [found] = await db.query<Found>(findStatement, [digest(token)])
  if (!found) return undefined
  const { name, expiresAt, ...caller } = found
  return { caller: { ...caller, expiresAt: new Date(expiresAt).toISOString() }, name }
}

const endStatement: Statement = { name: 'end-session', text: 'delete from sessions where sha256 = $1' }

/** Ends a session, if there is one with this token. */
export async function endSession(db: Database, token: string): Promise<void> {
  await db.query(endStatement, [digest(token)])
}

const deleteStatement: Statement = {
  name: 'delete-expired-sessions',
  text: `delete from sessions where sha256 in (
      select sha256 from sessions where expires_at <= now() order by expires_at limit 500 for update skip locked)
    returning 1`,
}

/** Deletes expired sessions, at most 500 of them. @returns their number */
export const deleteExpiredSessions = async (db: Database): Promise<number> => (await db.query(deleteStatement)).length

const digest = (token: string): string => createHash('sha256').update(token).digest('hex')
