import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { atEnd } from './at-end.ts'

interface Link {
  client: Socket
  server: Socket
  paused: boolean
}

export interface TcpProxy {
  /** The address of the database, through the proxy. */
  url: string
  /** Stops all traffic on existing connections, without closing them. */
  pause(): void
  /** Does the same for new connections. */
  pauseNew(): void
  /** Lets all traffic pass again, including what was held back. */
  resume(): void
  /**
   * Passes on the first packet of a client that contains `text`, then closes that connection, so that the response is lost. With
   * `before`, the packet is lost too.
   */
  cutAt(text: string, when: 'after' | 'before'): void
  /** The number of packets of clients that contained `text`. */
  count(text: string): number
}

/** A proxy between the application and PostgreSQL that fails as networks do. */
export async function tcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl)
  const links = new Set<Link>()
  const packets: string[] = []
  let newArePaused = false
  let cut: { text: string; when: 'after' | 'before' } | undefined

  const server = createServer((client) => {
    const link: Link = { client, server: connect(Number(target.port), target.hostname), paused: newArePaused }
    links.add(link)
    const end = () => {
      client.destroy()
      link.server.destroy()
      links.delete(link)
    }
    const isCut = (packet: string): boolean => {
      if (cut === undefined || !packet.includes(cut.text)) return false
      const { when } = cut
      cut = undefined
      link.server.removeAllListeners('data')
      if (when === 'after') link.server.write(Buffer.from(packet, 'latin1'), () => setTimeout(end, 300))
      else end()
      return true
    }
    client.on('data', (data) => {
      const packet = data.toString('latin1')
      packets.push(packet)
      if (!isCut(packet)) link.server.write(data)
    })
    link.server.on('data', (data) => client.write(data))
    for (const socket of [client, link.server]) socket.on('error', end).on('close', end)
    if (link.paused) hold(link)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  atEnd(() => {
    for (const { client, server } of links) {
      client.destroy()
      server.destroy()
    }
    server.close()
  })
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    pause: () => links.forEach(hold),
    pauseNew: () => void (newArePaused = true),
    resume: () => {
      newArePaused = false
      for (const link of links) {
        link.paused = false
        link.client.resume()
        link.server.resume()
      }
    },
    cutAt: (text, when) => void (cut = { text, when }),
    count: (text) => packets.filter((packet) => packet.includes(text)).length,
  }
}

function hold(link: Link): void {
  link.paused = true
  link.client.pause()
  link.server.pause()
}
