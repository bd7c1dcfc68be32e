import { readFileSync, statSync } from 'node:fs'

/** The account that PostgreSQL runs under when the server itself runs as root, which PostgreSQL refuses. */
export interface Account {
  uid: number
  gid: number
}

/**
 * The account for a PostgreSQL with its files in `data`, or undefined for our own. Only root has a choice: the owner of
 * the files when there are any, so that root may start what a user made; else `postgres`, else `nobody`.
 */
export function accountFor(data: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(data, { throwIfNoEntry: false })
  return owner && owner.uid !== 0
    ? { uid: owner.uid, gid: owner.gid }
    : (named('postgres') ?? named('nobody') ?? nobody)
}

/** What most systems mean by nobody, for images that have no list of accounts. */
const nobody: Account = { uid: 65534, gid: 65534 }

function named(name: string): Account | undefined {
  const entry = accounts().find((line) => line.startsWith(`${name}:`))
  const [uid, gid] = (entry?.split(':').slice(2, 4) ?? []).map(Number)
  return uid && gid && uid > 0 ? { uid, gid } : undefined
}

function accounts(): string[] {
  try {
    return readFileSync('/etc/passwd', 'utf8').split('\n')
  } catch {
    return []
  }
}
