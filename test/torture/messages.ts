/** A message of PostgreSQL's protocol, with its type and length. The first one of a connection has no type: `''`. */
export interface Message {
  type: string
  bytes: Buffer
}

/** Divides what a client or a server sends into messages. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0)
  #hasBegun: boolean

  /** @param hasStartup whether the first message has no type, as that of a client */
  constructor(hasStartup: boolean) {
    this.#hasBegun = !hasStartup
  }

  /** The messages that are complete with `chunk`. */
  *read(chunk: Buffer): Generator<Message> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    for (;;) {
      const typed = this.#hasBegun ? 1 : 0
      if (this.#rest.length < typed + 4) return
      const length = typed + this.#rest.readInt32BE(typed)
      if (this.#rest.length < length) return
      const bytes = this.#rest.subarray(0, length)
      this.#rest = this.#rest.subarray(length)
      this.#hasBegun = true
      yield { type: typed ? String.fromCharCode(bytes[0]!) : '', bytes }
    }
  }
}

const textAt = (bytes: Buffer, from: number): string => bytes.toString('utf8', from, bytes.indexOf(0, from))

/** The text of a simple query. */
export const textOfQuery = ({ bytes }: Message): string => textAt(bytes, 5)

/** The name and the text of a statement that is prepared. */
export function parsed({ bytes }: Message): { name: string; text: string } {
  const name = textAt(bytes, 5)
  return { name, text: textAt(bytes, 5 + Buffer.byteLength(name) + 1) }
}

/** The name of the statement that a Bind uses. */
export function boundName({ bytes }: Message): string {
  const portal = textAt(bytes, 5)
  return textAt(bytes, 5 + Buffer.byteLength(portal) + 1)
}

/** A simple query. */
export function queryMessage(text: string): Buffer {
  const body = Buffer.from(`${text}\0`)
  const message = Buffer.alloc(5 + body.length)
  message.write('Q')
  message.writeInt32BE(4 + body.length, 1)
  body.copy(message, 5)
  return message
}
