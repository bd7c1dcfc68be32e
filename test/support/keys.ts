import type { Database } from '../../src/database/connect.ts'
import { newKeyText } from '../../src/auth/keys/key.ts'
import { keys } from '../../src/auth/keys/tables.ts'
import { type Role, roles } from '../../src/shared/schemas.ts'

const keyOf = (role: Role) =>
  newKeyText(`TestKey${role.padEnd(5, '0').slice(0, 5)}`, `${role}0123456789`.padEnd(32, 'x'))

const texts = Object.fromEntries(roles.map((role) => [role, keyOf(role)])) as Record<Role, ReturnType<typeof keyOf>>

export const keyTextOf = (role: Role): string => texts[role].text

/** The header with a key of this role, which exists in every test database. */
export const authHeader = (role: Role) => ({ authorization: `Bearer ${keyTextOf(role)}` })

/** The name of the bearer in histories. */
export const actorOf = (role: Role): string => `key:${texts[role].publicId} (Test ${role})`

/** Adds a key for each role. Their last use is never recorded, so that reading changes no row. */
export async function addTestKeys(db: Database): Promise<void> {
  const rows = roles.map((role, i) => {
    const { publicId, sha256 } = texts[role]
    return {
      id: `01900000-0000-7000-8000-00000000000${i}`,
      publicId,
      sha256,
      name: `Test ${role}`,
      role,
      lastUsedAt: '2999-01-01',
    }
  })
  await db.orm.insert(keys).values(rows)
}
