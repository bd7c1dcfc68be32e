import { lookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import { Turns } from '../database/turns.ts'
import { networksOf } from '../http/networks.ts'
import type { BodyError } from '../problems/problems.ts'

/** The host has no address to which webhooks may be sent. */
class AddressNotAllowed extends Error {
  override name = 'AddressNotAllowed'
  readonly code = 'ADDRESS_NOT_ALLOWED'
}

/** Public by their number, but served by the machine of a cloud provider: Azure's. */
const metadata = new Set(['168.63.129.16'])

/** Resolves a host name, as `lookup` of `node:dns` does. */
export type Resolve = (
  host: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Where webhooks may be sent. */
export interface Receivers {
  /** Why a URL in a body can never be sent to; the address of a host is checked when connecting. */
  errorsOf: (url: string) => BodyError[]
  /** Connects only to allowed addresses, and follows no redirects. */
  agent: () => Dispatcher
}

/**
 * @param privateNetworks CIDRs that are allowed although they are not public, also over http
 * @param timeout of a connection, in milliseconds
 */
export function receiversOf(
  { privateNetworks, timeout }: { privateNetworks: readonly string[]; timeout: number },
  resolve: Resolve = lookup,
): Receivers {
  const isPrivate = networksOf(privateNetworks)

  /** Whether an address may be sent to. Ranges are those of the IANA registries of special addresses. */
  function isAllowed(address: string, protocol: string): boolean {
    if (!ipaddr.isValid(address)) return false
    // An IPv4 address within an IPv6 one counts as itself.
    const plain = ipaddr.process(address)
    if (isPrivate(plain.toString())) return true
    return protocol === 'https:' && plain.range() === 'unicast' && !metadata.has(plain.toString())
  }

  return {
    errorsOf(url) {
      if (!URL.canParse(url)) return wrong('no_url', 'Must be a URL.')
      const { protocol, hostname } = new URL(url)
      if (protocol === 'http:' && privateNetworks.length === 0) return wrong('insecure', 'Must be an https URL.')
      if (isIP(hostname) === 0 ? !isLocal(hostname) : isAllowed(hostname, protocol)) return []
      if (isLocal(hostname) && privateNetworks.length > 0) return []
      return wrong(
        'address_not_allowed',
        'The address is private or special. The operator can allow it: `WEBHOOKS_PRIVATE_NETWORKS`.',
      )
    },
    agent: () =>
      new Agent({
        connect: connectOnly(isAllowed, resolve, timeout),
        connections: 8,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        maxHeaderSize: 16_384,
      }),
  }
}

const isLocal = (host: string): boolean => /^(.+\.)?localhost\.?$/.test(host)

const wrong = (code: string, message: string): BodyError[] => [{ pointer: '/url', code, message }]

type IsAllowed = (address: string, protocol: string) => boolean

/** Maximum number of look-ups at once: each occupies one of the four threads that also compress answers. */
const maxLookUps = 2

/**
 * Connects to addresses that are allowed. The address that is checked is the one that is connected to: a name is resolved
 * once for each connection, so that its owner cannot answer differently in between.
 */
function connectOnly(isAllowed: IsAllowed, resolve: Resolve, timeout: number): buildConnector.connector {
  const turns = new Turns()
  const connectorFor = (protocol: string) => {
    const lookUp: LookupFunction = (host, options, done) => {
      void resolveIn(turns, resolve, host, timeout).then(
        (addresses) => {
          const allowed = addresses.filter(({ address }) => isAllowed(address, protocol))
          const [first] = allowed
          if (!first) return done(new AddressNotAllowed(), '')
          return options.all ? done(null, allowed) : done(null, first.address, first.family)
        },
        (error: NodeJS.ErrnoException) => done(error, ''),
      )
    }
    return buildConnector({ lookup: lookUp, timeout, allowH2: false })
  }
  const connectors = { 'http:': connectorFor('http:'), 'https:': connectorFor('https:') }
  return (options, done) => {
    const { hostname, protocol } = options
    // Node resolves no name that is an address: it would not be checked.
    const address = hostname.replaceAll(/[[\]]/g, '')
    if (isIP(address) !== 0 && !isAllowed(address, protocol)) return done(new AddressNotAllowed(), null)
    connectors[protocol as 'https:'](options, (...[error, socket]) => {
      if (error) return done(error, null)
      if (isAllowed(socket.remoteAddress ?? '', protocol)) return done(null, socket)
      socket.destroy()
      done(new AddressNotAllowed(), null)
    })
  }
}

async function resolveIn(turns: Turns, resolve: Resolve, host: string, timeout: number): Promise<LookupAddress[]> {
  const end = await turns.take('look-ups', maxLookUps, timeout)
  return new Promise<LookupAddress[]>((settle, reject) => {
    resolve(host, { all: true }, (error, addresses) => {
      end()
      if (error) reject(error)
      else settle(addresses)
    })
  })
}
