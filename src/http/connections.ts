import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { addressOf } from './rate-limits.ts'
import { answerWithProblem } from './malformed-requests.ts'
import { networksOf } from './networks.ts'
import { Problem } from '../problems/problems.ts'

interface ConnectionCounts {
  /** Maximum number of open connections. */
  max: number
  /** Maximum number of open connections per address (see `addressOf`); does not apply to trusted proxies. */
  maxPerAddress: number
  /** Networks, as CIDRs. */
  trustedProxies: readonly string[]
  /** The path in front of each address of the API, or empty. */
  prefix: string
}

/** Maximum number of refused connections that are still open; further ones are closed without a response. */
const maxRefusals = 100

/** How long a refused connection may take to close, in milliseconds. */
const closeTimeout = 1_000

/** Refuses connections over the limits with 503, before their requests are read, and closes them. */
export function limitConnections(server: Server, counts: ConnectionCounts): void {
  const { max, maxPerAddress, trustedProxies, prefix } = counts
  const accept = server.listeners('connection')
  const isProxy = networksOf(trustedProxies)
  const byAddress = new Map<string, number>()
  let all = 0
  let refused = 0
  const refuse = (socket: Socket, detail: string): void => {
    if (refused >= maxRefusals) return void socket.destroy()
    refused += 1
    socket.once('close', () => (refused -= 1))
    respondAndClose(socket, new Problem('busy', `${detail} Try again in 5 s.`, [], { 'retry-after': '5' }), prefix)
  }
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    const ip = socket.remoteAddress ?? ''
    const address = isProxy(ip) ? undefined : addressOf({ ip })
    const own = address === undefined ? 0 : (byAddress.get(address) ?? 0)
    if (all >= max) return refuse(socket, `Connection limit reached: ${max} for this server.`)
    if (own >= maxPerAddress) return refuse(socket, `Connection limit reached: ${maxPerAddress} for your address.`)
    all += 1
    if (address !== undefined) byAddress.set(address, own + 1)
    socket.once('close', () => {
      all -= 1
      if (address !== undefined) release(byAddress, address)
    })
    for (const listener of accept) listener.call(server, socket)
  })
}

function release(counts: Map<string, number>, address: string): void {
  const left = counts.get(address)! - 1
  if (left === 0) counts.delete(address)
  else counts.set(address, left)
}

/** Discards what the client still sends: unread data would make the operating system discard the response. */
function respondAndClose(socket: Socket, problem: Problem, prefix: string): void {
  const late = setTimeout(() => socket.destroy(), closeTimeout)
  socket.once('close', () => clearTimeout(late)).on('error', () => {})
  socket.resume()
  answerWithProblem(socket, problem, prefix)
}
