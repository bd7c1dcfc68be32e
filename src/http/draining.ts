import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../problems/problems.ts'
import { answerWithProblem } from './malformed-requests.ts'

declare module 'fastify' {
  interface FastifyInstance {
    draining: Draining
  }
}

/** Maximum time in which connections without a request are retired by their next response, in milliseconds. */
export const maxFarewell = 1_000

/** How long a new connection may be silent once the server is closing, in milliseconds. */
const silenceTimeout = 1_000

/** How long the rest of a request may take to arrive once the server is closing, in milliseconds. */
const arrivalTimeout = 5_000

/** How long a request in progress may take once the server is closing, in milliseconds. */
export const requestTimeoutOnClose = 15_000

/** Adds `app.draining`, and closes the connections of `app` when it is closed. */
export function drainOnShutdown(app: FastifyInstance, prefix: string): void {
  const draining = new Draining(app.server, prefix)
  app.decorate('draining', draining)
  app.addHook('preClose', async () => draining.end())
  app.addHook('onRequest', (_request, _reply, done) => done(draining.isEnding ? shuttingDown() : undefined))
  app.addHook('onClose', async () => draining.stopTimers())
}

interface Connection {
  /** The responses in progress. */
  responses: Set<ServerResponse>
  /** How many bytes it had received when its last response was complete. */
  answered: number
}

/**
 * How the server leaves: first it is not ready, so that balancers send requests elsewhere while it answers as before; then
 * every response closes its connection; then what is in progress ends, and nothing new is accepted.
 */
class Draining {
  /** Whether `/readyz` reports that the server is leaving. */
  hasBegun = false
  /** Whether further requests get 503. */
  isEnding = false
  #closesConnections = false
  readonly #prefix: string
  readonly #connections = new Map<Socket, Connection>()
  readonly #timers: NodeJS.Timeout[] = []

  constructor(server: Server, prefix: string) {
    this.#prefix = prefix
    server.on('connection', (socket: Socket) => {
      this.#connections.set(socket, { responses: new Set(), answered: 0 })
      socket.once('close', () => this.#connections.delete(socket))
    })
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#follow(request.socket, response)
    })
  }

  /**
   * Lets balancers notice that the server is leaving, and answers all requests meanwhile.
   * @param time in milliseconds, at least; 0: not at all
   */
  async begin(time: number): Promise<void> {
    this.hasBegun = true
    if (time === 0) return
    await pause(time)
    this.#closeConnections()
    await pause(Math.min(time, maxFarewell))
  }

  /** Closes connections that have no request now, and the others after their response; some time later, all. */
  end(): void {
    this.hasBegun = this.isEnding = true
    this.#closeConnections()
    this.#closeIdle(({ bytesRead }, { answered }) => bytesRead === answered && answered > 0)
    this.#after(silenceTimeout, () => this.#closeIdle(({ bytesRead }, { answered }) => bytesRead === answered))
    this.#after(arrivalTimeout, () => this.#closeIdle(() => true))
    this.#after(requestTimeoutOnClose, () => {
      for (const socket of this.#connections.keys()) socket.destroy()
    })
  }

  stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #follow(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket)
    if (this.#closesConnections) response.shouldKeepAlive = false
    connection?.responses.add(response)
    response.once('close', () => {
      connection?.responses.delete(response)
      if (connection) connection.answered = socket.bytesRead
      if (this.#closesConnections && connection?.responses.size === 0) socket.destroySoon()
    })
  }

  /** From now on each response says that its connection is closed, unless its headers are sent already. */
  #closeConnections(): void {
    this.#closesConnections = true
    for (const { responses } of this.#connections.values()) {
      for (const response of responses) response.shouldKeepAlive = false
    }
  }

  #closeIdle(isMeant: (socket: Socket, connection: Connection) => boolean): void {
    for (const [socket, connection] of this.#connections) {
      if (connection.responses.size > 0 || !isMeant(socket, connection)) continue
      if (socket.bytesRead > connection.answered) answerWithProblem(socket, shuttingDown(), this.#prefix)
      else socket.destroySoon()
    }
  }

  #after(time: number, work: () => void): void {
    this.#timers.push(setTimeout(work, time).unref())
  }
}

export const shuttingDown = (): Problem =>
  new Problem('busy', 'This server is shutting down. Try again in 5 s.', [], { 'retry-after': '5' })
