/** The URL of each host of a database URL: `postgres://user@one:5432,two:5433/database` has two. */
export function addressesOf(url: string): string[] {
  const [, begin, hosts, rest] = /^(\w+:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/s.exec(url) ?? []
  return hosts === undefined ? [url] : hosts.split(',').map((host) => `${begin}${host}${rest}`)
}

/** A database URL with a host, which the URL of a socket may lack. */
const withHost = (address: string): string => address.replace('@/', '@localhost/')

/** The parts that all hosts of a database URL share. */
export const parsed = (url: string): URL => new URL(withHost(addressesOf(url)[0]!))

/** An `@` in the path means that a `/` in the password was not encoded. */
const isAddress = (address: string): boolean =>
  URL.canParse(withHost(address)) && !new URL(withHost(address)).pathname.includes('@')

export const isPostgres = (text: string): boolean =>
  /^postgres(ql)?:\/\//.test(text) && addressesOf(text).every(isAddress) && !/,[,/]|:\/\/,|@,/.test(text)
