import { readFileSync, statSync } from 'node:fs'

/** The account that PostgreSQL runs under when the server itself runs as root, which PostgreSQL refuses. */
export interface Account {
  uid: number
  gid: number
}

/**
 * The account for a PostgreSQL with its data in `data`; undefined for the current one. Only root needs another: the owner
 * of the data if it exists, so that root can start the database of a user; otherwise the first of `usual` that exists.
 * @throws Error when there is no such account
 */
export function accountFor(data: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(data, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of usual) {
    const entry = entries.find((line) => line.startsWith(`${name}:`))
    const [uid = 0, gid = 0] = entry?.split(':').slice(2, 4).map(Number) ?? []
    if (uid > 0) return { uid, gid }
  }
  throw new Error(`PostgreSQL refuses to run as root, and none of these accounts exists: ${usual.join(', ')}.`)
}

/** Account names: initdb requires an account with a name. */
const usual = ['postgres', '_postgres', 'nobody', 'daemon']
