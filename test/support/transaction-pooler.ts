import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { atEnd } from './at-end.ts'

/** A connection to PostgreSQL, after it was authenticated. */
interface Server {
  socket: Socket
  client: Client | undefined
}

interface Client {
  socket: Socket
  server: Server | undefined
  /** What it sent while it waits for a connection to PostgreSQL. */
  waiting: Buffer[]
  /** How many of its statements PostgreSQL has not answered completely. */
  unanswered: number
}

/** The messages after which PostgreSQL sends ReadyForQuery: Query and Sync. */
const asksForEnd = ['Q', 'S']

/** The whole messages at the start of `data`. */
function messagesOf(data: Buffer): { type: string; whole: Buffer }[] {
  const found: { type: string; whole: Buffer }[] = []
  for (let at = 0; at + 5 <= data.length;) {
    const length = 1 + data.readInt32BE(at + 1)
    if (at + length > data.length) break
    found.push({ type: String.fromCharCode(data[at]!), whole: data.subarray(at, at + length) })
    at += length
  }
  return found
}

/**
 * A pooler in transaction mode that does not keep prepared statements, as PgBouncer 1.18: each transaction gets the
 * connection to PostgreSQL that was used last of those that are free.
 * @returns the address of the database through the pooler
 */
export async function transactionPooler(databaseUrl: string): Promise<string> {
  const target = new URL(databaseUrl)
  const free: Server[] = []
  const sockets: Socket[] = []

  function give(client: Client): void {
    if (!client.server) {
      const server = free.pop()
      if (!server) return
      client.server = server
      server.client = client
    }
    for (const data of client.waiting.splice(0)) client.server.socket.write(data)
  }

  function answer(server: Server, { type, whole }: { type: string; whole: Buffer }): void {
    const client = server.client
    if (!client) return
    client.socket.write(whole)
    if (type !== 'Z') return
    client.unanswered -= 1
    if (client.unanswered > 0 || String.fromCharCode(whole[5]!) !== 'I') return
    server.client = undefined
    client.server = undefined
    free.push(server)
  }

  /** Connects to PostgreSQL with the first packet of a client, which gets what PostgreSQL says to it. */
  function open(first: Buffer, client: Client): void {
    const socket = connect(Number(target.port), target.hostname)
    const server: Server = { socket, client }
    sockets.push(socket)
    client.server = server
    client.unanswered = 1
    socket.write(first)
    let rest = Buffer.alloc(0)
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      for (const message of messagesOf(rest)) {
        answer(server, message)
        rest = rest.subarray(message.whole.length)
      }
    })
    socket.on('error', () => client.socket.destroy())
  }

  const listener = createServer((socket) => {
    const client: Client = { socket, server: undefined, waiting: [], unanswered: 0 }
    sockets.push(socket)
    socket.once('data', (first) => {
      open(first, client)
      let rest = Buffer.alloc(0)
      socket.on('data', (data) => {
        rest = Buffer.concat([rest, data])
        for (const { type, whole } of messagesOf(rest)) {
          rest = rest.subarray(whole.length)
          if (type === 'X') {
            socket.end()
            continue
          }
          if (asksForEnd.includes(type)) client.unanswered += 1
          client.waiting.push(whole)
        }
        give(client)
      })
    })
    socket.on('error', () => {})
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  const own = new URL(databaseUrl)
  own.port = String((listener.address() as AddressInfo).port)
  return own.href
}
