import { readFileSync, statSync } from 'node:fs'

/** The account that PostgreSQL runs under when the server itself runs as root, which PostgreSQL refuses. */
export interface Account {
  uid: number
  gid: number
}

/**
 * The account for a PostgreSQL with its files in `data`, or undefined for our own. Only root has a choice: the owner of
 * the files when there are any, so that root may start what a user made; else the first of `usual` that exists.
 * @throws Error when root finds no account
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
  throw new Error(`PostgreSQL refuses to run as root, and there is no other account: none of ${usual.join(', ')}.`)
}

/** By name, because initdb wants an account that has one. */
const usual = ['postgres', '_postgres', 'nobody', 'daemon']
