import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { boundName, type Message, Messages, parsed, queryMessage, textOfQuery } from './messages.ts'
import type { Fate, Passing } from './proxy.ts'

interface Behaviour {
  fateOf: (statement: Passing) => Fate
  delay: () => number
}

/** Nothing is on its way. */
const settled: Promise<unknown> = Promise.resolve()

/** After how long the probes of TCP end a connection whose other end is gone, in milliseconds. */
const keepAlive = 5_000

/** One connection through the proxy. */
export class Link {
  onEnd: () => void = () => {}
  readonly #client: Socket
  readonly #database: Socket
  readonly #behaviour: Behaviour
  readonly #fromClient = new Messages(true)
  /** The texts of prepared statements by name. */
  readonly #texts = new Map<string, string>()
  /** Messages of a statement, until its Sync. */
  #group: Message[] = []
  /** Whether the response to what was passed on last is to be lost. */
  #isUnanswered = false
  #toDatabase = settled
  #toClient = settled

  constructor(client: Socket, database: Socket, behaviour: Behaviour) {
    this.#client = client
    this.#database = database
    this.#behaviour = behaviour
    client.setNoDelay(true)
    database.setNoDelay(true)
    client.on('data', (chunk) => {
      for (const message of this.#fromClient.read(chunk)) this.#take(message)
    })
    database.on('data', (chunk) => this.#answer(chunk))
    for (const socket of [client, database]) socket.on('error', () => this.end()).on('close', () => this.end())
  }

  end(): void {
    this.#client.destroy()
    this.#database.destroy()
    this.onEnd()
  }

  silence(): void {
    this.#client.pause()
    this.#database.pause()
  }

  speak(): void {
    this.#client.resume()
    this.#database.resume()
  }

  /** One end is gone; the other one is not told, and what it sends is lost, until probes of TCP find out. */
  loseEnd(end: 'client' | 'database'): void {
    const [lost, left] = end === 'client' ? [this.#client, this.#database] : [this.#database, this.#client]
    for (const socket of [lost, left]) socket.removeAllListeners('data').removeAllListeners('close')
    lost.destroy()
    left.on('data', () => {}).on('close', () => this.onEnd())
    void setTimeout(keepAlive, undefined, { ref: false }).then(() => left.destroy())
  }

  #take(message: Message): void {
    const { type } = message
    if (type === 'P') {
      const { name, text } = parsed(message)
      this.#texts.set(name, text)
    }
    if (!'PBDECSQ'.includes(type) || type === '') return this.#pass([message])
    this.#group.push(message)
    if (type === 'Q' || type === 'S') this.#decide(this.#group.splice(0))
  }

  /** A whole statement. */
  #decide(group: Message[]): void {
    const query = group.find(({ type }) => type === 'Q')
    const bind = group.find(({ type }) => type === 'B')
    const text = query ? textOfQuery(query) : bind ? (this.#texts.get(boundName(bind)) ?? '') : ''
    const isCommit = text === 'commit'
    const fate = this.#behaviour.fateOf({ text, isCommit })
    if (fate === 'lost') return this.end()
    if (fate === 'unanswered') this.#isUnanswered = true
    if (typeof fate === 'object') return this.#pass([{ type: 'Q', bytes: failing(fate.fails, isCommit) }])
    this.#pass(group)
  }

  #pass(messages: Message[]): void {
    const bytes = Buffer.concat(messages.map(({ bytes }) => bytes))
    this.#toDatabase = this.#later(this.#toDatabase, () => this.#database.write(bytes))
  }

  #answer(chunk: Buffer): void {
    if (this.#isUnanswered) return isReady(chunk) ? this.end() : undefined
    this.#toClient = this.#later(this.#toClient, () => this.#client.write(chunk))
  }

  /** In order, each after its delay; at once when there is none. */
  #later(former: Promise<unknown>, send: () => unknown): Promise<unknown> {
    const delay = this.#behaviour.delay()
    if (delay === 0 && former === settled) {
      send()
      return settled
    }
    return former.then(() => setTimeout(delay)).then(send)
  }
}

/** Whether a response of PostgreSQL ends with ReadyForQuery. */
const isReady = (chunk: Buffer): boolean =>
  chunk.length >= 6 && chunk.subarray(-6, -1).equals(Buffer.from('Z\0\0\0\x05'))

/** A statement that fails in PostgreSQL, so that its transaction does. */
function failing(sqlstate: string, isCommit: boolean): Buffer {
  const raise = `do $$ begin raise exception using errcode = '${sqlstate}', message = 'A failure for a test'; end $$`
  return queryMessage(isCommit ? `rollback; ${raise}` : raise)
}
