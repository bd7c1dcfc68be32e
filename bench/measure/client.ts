import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Request } from '../workloads/workload.ts'

const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('0\r\n\r\n')

/**
 * A connection that sends one request after another. Much less work than a client for general use, because the load shares
 * the processor with what it measures.
 */
export class Connection {
  readonly #socket: Socket
  readonly #host: string
  #settle: (status: number) => void = () => {}
  #fail: (error: Error) => void = () => {}
  #head: Buffer = Buffer.alloc(0)
  /** The status of the answer whose body is being read. */
  #status = 0
  /** Bytes of the body that are missing; `chunked` until the last chunk. */
  #missing: number | 'chunked' | 'head' = 'head'
  #end: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket, host: string) {
    this.#socket = socket
    this.#host = host
    socket.setNoDelay(true)
    socket.on('data', (data) => this.#read(data))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('The server closed the connection.')))
  }

  static async open(origin: string): Promise<Connection> {
    const { hostname, port, host } = new URL(origin)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new Connection(socket, host)
  }

  /** Sends a request. @returns the status of the answer, when its body has been read */
  send({ method = 'GET', path, headers = {}, body }: Request): Promise<number> {
    const answer = new Promise<number>((settle, fail) => {
      this.#settle = settle
      this.#fail = fail
    })
    let text = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n`
    for (const name of Object.keys(headers)) text += `${name}: ${headers[name]}\r\n`
    if (body !== undefined) text += `content-length: ${Buffer.byteLength(body)}\r\n`
    this.#socket.write(`${text}\r\n${body ?? ''}`)
    return answer
  }

  close(): void {
    this.#fail = () => {}
    this.#socket.destroy()
  }

  #read(data: Buffer): void {
    if (this.#missing === 'head') {
      const head = this.#head.length === 0 ? data : Buffer.concat([this.#head, data])
      const end = head.indexOf(headEnd)
      this.#head = head
      if (end < 0) return
      this.#begin(head.toString('latin1', 0, end))
      this.#head = Buffer.alloc(0)
      this.#readBody(head.subarray(end + headEnd.length))
    } else {
      this.#readBody(data)
    }
  }

  #begin(head: string): void {
    this.#status = Number(head.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    const isEmpty = this.#status === 204 || this.#status === 304
    this.#missing = isEmpty ? 0 : length === undefined ? 'chunked' : Number(length)
  }

  #readBody(data: Buffer): void {
    if (this.#missing === 'chunked') {
      this.#end = Buffer.concat([this.#end, data]).subarray(-lastChunk.length)
      if (!this.#end.equals(lastChunk)) return
    } else {
      this.#missing = (this.#missing as number) - data.length
      if (this.#missing > 0) return
    }
    this.#missing = 'head'
    this.#end = Buffer.alloc(0)
    this.#settle(this.#status)
  }
}
