import type { Database } from '../../src/database/connect.ts'
import { newKeyText } from '../../src/auth/keys/key.ts'
import { keys } from '../../src/auth/keys/tables.ts'
import { type Role, roles } from '../../src/shared/schemas.ts'

const keyOf = (role: Role) =>
  newKeyText(`TestKey${role.padEnd(5, '0').slice(0, 5)}`, `${role}0123456789`.padEnd(32, 'x'))

const texts = Object.fromEntries(roles.map((role) => [role, keyOf(role)])) as Record<Role, ReturnType<typeof keyOf>>

export const keyTextOf = (role: Role): string => texts[role].text

/** The header that shows a key of this role, which every test's database knows. */
export const authHeader = (role: Role) => ({ authorization: `Bearer ${keyTextOf(role)}` })

/** How histories name the bearer. */
export const actorOf = (role: Role): string => `key:${texts[role].publicId} (Test ${role})`

/** Adds a key of each role. They are never noted as used, so that reading changes nothing that is stored. */
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
