import { isPostgres, parsed } from './database-address.ts'

/** A problem for each contradiction between `DATABASE_URL` and `DATABASE_PASSWORD`. */
export function twoPasswords(address: string | undefined, password: string | undefined): string[] {
  if (password === undefined) return []
  if (address === undefined) return ['DATABASE_PASSWORD is set without DATABASE_URL. Set both or neither.']
  if (!isPostgres(address) || parsed(address).password === '') return []
  return ['DATABASE_PASSWORD is set, and DATABASE_URL also contains a password. Remove one of them.']
}

/** `address` with the password of the setting, if there is one. */
export function withPassword(address: string, password: string | undefined): string {
  if (password === undefined) return address
  const user = parsed(address).username
  return address.replace(/^(\w+:\/\/)([^@/]*@)?/, `$1${user}:${encodeURIComponent(password)}@`)
}
