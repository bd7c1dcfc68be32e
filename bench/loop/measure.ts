/** A separate server with a probe, a client, and the measured load of its requests. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { fileURLToPath } from 'node:url'
import { authHeader } from '../../test/support/keys.ts'
import type { Load } from '../probed-peer.ts'

const rounds = Number(process.argv[2] ?? 3)
const only = process.argv[3] ?? ''

let child: ChildProcess
let address = ''

const receive = async <Message>(): Promise<Message> => ((await once(child, 'message')) as [Message])[0]

/** Starts the server on the database at `url`. */
export async function startServer(url: string): Promise<void> {
  const peer = fileURLToPath(new URL('../probed-peer.ts', import.meta.url))
  child = fork(peer, [url], { execArgv: ['--import', 'tsx', '--expose-gc'] })
  address = await receive<string>()
}

export function stopServer(): void {
  agent.destroy()
  child.disconnect()
}

const ask = <Answer>(message: string): Promise<Answer> => {
  child.send(message)
  return receive<Answer>()
}

export interface Answer {
  status: number
  text: string
}

const agent = new Agent({ keepAlive: true })

export function call(
  method: string,
  path: string,
  body?: string | object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const type = { 'content-type': 'application/json' }
  const all = { ...authHeader('admin'), 'if-match': '*', ...(body !== undefined && type), ...headers }
  return new Promise((settle) => {
    const request = httpRequest(`${address}${path}`, { method, agent, headers: all }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => {
        settle({ status: response.statusCode!, text: Buffer.concat(pieces).toString('utf8') })
      })
    })
    request.on('error', ({ message }) => settle({ status: 0, text: message }))
    request.end(typeof body === 'object' ? JSON.stringify(body) : body)
  })
}

interface Figure extends Load {
  operation: string
  input: string
  status: number
  bytes: number
}

const figures: Figure[] = []

/** Measures a request several times; `before` runs each time and is not measured. */
export async function measure(
  operation: string,
  input: string,
  send: (prepared: Answer | undefined) => Promise<Answer>,
  before?: () => Promise<Answer>,
): Promise<Answer | undefined> {
  if (!operation.includes(only)) return undefined
  let answer: Answer | undefined
  const loads: Load[] = []
  for (let round = 0; round < rounds && (loads[round - 1]?.wall ?? 0) < 2000; round += 1) {
    const prepared = await before?.()
    await ask('begin')
    answer = await send(prepared)
    loads.push(await ask<Load>('end'))
  }
  const min = (name: keyof Load) => Math.min(...loads.map((one) => one[name]))
  const { status, text } = answer!
  const figure = {
    operation,
    input,
    status,
    bytes: text.length,
    cpu: min('cpu'),
    wall: min('wall'),
    total: min('total'),
    peak: min('peak'),
  }
  figures.push(figure)
  print(figure)
  return answer
}

const print = ({ operation, input, status, bytes, cpu, wall, total, peak }: Figure): void =>
  console.log(
    `${operation.padEnd(22)} ${input.slice(0, 60).padEnd(60)} ${status} ${(bytes / 1e6).toFixed(2).padStart(6)} MB` +
      `  blocked ${cpu.toFixed(0).padStart(6)} ms (wall ${wall.toFixed(0).padStart(6)})  total ${total.toFixed(0).padStart(6)} ms  ${peak.toFixed(0).padStart(5)} MB`,
  )

/** The worst of each operation, those that have no figure last. */
export function summary(): string {
  const document = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, Record<string, { operationId?: string }>>
  }
  const operations = Object.values(document.paths).flatMap((path) =>
    Object.values(path).flatMap(({ operationId }) => operationId ?? []),
  )
  const rows = operations
    .filter((operation) => operation.includes(only))
    .map((operation) => {
      const own = figures.filter((figure) => figure.operation === operation)
      const [worstOne] = own.toSorted((a, b) => b.cpu - a.cpu)
      const maxPeak = Math.max(...own.map(({ peak }) => peak))
      if (!worstOne) return `| ${operation} | not measured | | | |`
      const { input, cpu, wall } = worstOne
      return `| ${operation} | ${input} | ${cpu.toFixed(0)} | ${wall.toFixed(0)} | ${maxPeak.toFixed(0)} |`
    })
  const head = [
    'operation',
    'worst input',
    'longest turn of the event loop (ms of processor time)',
    'wall time (ms)',
    'peak memory (MB)',
  ]
  return [`| ${head.join(' | ')} |`, '|---|---|---|---|---|', ...rows].join('\n')
}
