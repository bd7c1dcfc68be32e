import { and, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/connect.ts'
import { when } from '../../database/sql.ts'
import { type Listed, limitOf, readCursor, totalOf } from '../../http/paging.ts'
import type { ConstraintProblems } from '../../problems/from-error.ts'
import { Problem, ruleBroken } from '../../problems/problems.ts'
import { isUuid } from '../../shared/schemas.ts'
import { newKeyText } from './key.ts'
import type { Key, KeyQuery, KeyReplacement, KeyWithSecret, NewKey } from './schemas.ts'
import { keys } from './tables.ts'

type Row = typeof keys.$inferSelect

const named = (reference: string): SQL =>
  isUuid(reference) ? eq(keys.id, reference.toLowerCase()) : eq(keys.publicId, reference)

const unrevoked = (reference: string) => and(named(reference), isNull(keys.revokedAt))

const notFound = (reference: string): Problem =>
  new Problem('not_found', `Key \`${reference}\` does not exist, or was revoked.`)

/** @throws Problem 404 when the key does not exist, or was revoked */
export async function readKey(db: Database, reference: string): Promise<Key> {
  const [row] = await db.orm.select().from(keys).where(unrevoked(reference))
  if (!row) throw notFound(reference)
  return representation(row)
}

const inState: Record<NonNullable<KeyQuery['state']>, SQL | undefined> = {
  live: and(isNull(keys.revokedAt), sql`(${keys.expiresAt} is null or ${keys.expiresAt} > now())`),
  expired: and(isNull(keys.revokedAt), sql`${keys.expiresAt} <= now()`),
  revoked: isNotNull(keys.revokedAt),
}

/** A page of keys, newest first. */
export async function listKeys(db: Database, query: KeyQuery): Promise<{ rows: Listed[]; total: number | undefined }> {
  const after = readCursor('keys', query, 'text')
  const matches = when(query.state, (state) => inState[state]!)
  const further = when(after, ({ id }) => sql`${keys.id} < ${id}::uuid`)
  const rows = await db.orm
    .select()
    .from(keys)
    .where(and(matches, further))
    .orderBy(desc(keys.id))
    .limit(limitOf(query) + 1)
  return {
    rows: rows.map((row) => ({ id: row.id, key: '', document: JSON.stringify(representation(row)) })),
    total: await totalOf(query, () => db.orm.$count(keys, matches)),
  }
}

/**
 * Creates a key. Its secret is returned, and not stored.
 * @throws Problem 422 when `expiresAt` is not in the future
 */
export async function createKey(
  db: Database,
  { name, role, expiresAt }: NewKey,
  createdBy: string | null,
  replaces: string | null = null,
): Promise<KeyWithSecret> {
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) throw alreadyExpired()
  const { text, publicId, sha256 } = newKeyText()
  const values = { id: uuidv7(), publicId, sha256, name, role, expiresAt, createdBy, replaces }
  const [row] = await db.transaction((db) => db.orm.insert(keys).values(values).returning(), {
    toFindOut: `If GET /v1/keys/${publicId} finds the key, revoke it, because its secret is lost, and create another.`,
  })
  return { ...representation(row!), key: text }
}

function alreadyExpired(): Problem {
  const message = 'Must be in the future, or null.'
  return ruleBroken([{ pointer: '/expiresAt', code: 'past', message }])
}

/** Creates a key if there was never one. @returns its text; undefined when there was */
export async function createFirstKey(db: Database, input: NewKey, actor: string): Promise<string | undefined> {
  const [any] = await db.orm.select({ id: keys.id }).from(keys).limit(1)
  return any ? undefined : (await createKey(db, input, actor)).key
}

/**
 * Creates a key that replaces another, with the same name and role. The old key expires after `overlapHours` at the
 * latest.
 * @throws Problem 404 when the old key does not exist or was revoked, 409 when it was already replaced
 */
export const rotateKey = (
  db: Database,
  reference: string,
  { overlapHours, expiresAt }: KeyReplacement,
  actor: string | null,
): Promise<KeyWithSecret> =>
  db.transaction(async (db) => {
    const [old] = await db.orm
      .update(keys)
      .set({ expiresAt: sql`least(${keys.expiresAt}, now() + make_interval(hours => ${overlapHours}))` })
      .where(unrevoked(reference))
      .returning()
    if (!old) throw notFound(reference)
    return createKey(db, { name: old.name, role: old.role, expiresAt }, actor, old.id)
  })

/** Revokes a key permanently. @throws Problem 404 when it does not exist, or was already revoked */
export async function revokeKey(db: Database, reference: string, actor: string | null): Promise<void> {
  const [row] = await db.transaction((db) =>
    db.orm
      .update(keys)
      .set({ revokedAt: sql`now()`, revokedBy: actor })
      .where(unrevoked(reference))
      .returning({ id: keys.id }),
  )
  if (!row) throw notFound(reference)
}

const utc = (instant: string | null): string | null => (instant === null ? null : new Date(instant).toISOString())

const representation = (row: Row): Key => ({
  id: row.id,
  publicId: row.publicId,
  name: row.name,
  role: row.role,
  createdAt: utc(row.createdAt)!,
  createdBy: row.createdBy,
  expiresAt: utc(row.expiresAt),
  lastUsedAt: utc(row.lastUsedAt),
  revokedAt: utc(row.revokedAt),
  revokedBy: row.revokedBy,
  replaces: row.replaces,
})

export const keyConstraints: ConstraintProblems = {
  keys_replaces_key: () => new Problem('taken', 'The key was already replaced. Rotate the key that replaced it.'),
}
