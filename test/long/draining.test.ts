import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { authHeader } from '../support/keys.ts'
import { freshDatabase, leastMapping } from '../support/register.ts'
import { startServer } from '../support/server-process.ts'

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Requests over the connections of one agent. A connection that fails is status 0. */
const ask = (agent: Agent, url: string): Promise<Answer> =>
  new Promise((settle) => {
    get(url, { agent }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => (body += text))
      answer.on('end', () => settle({ status: answer.statusCode!, headers: answer.headers, body }))
    }).on('error', () => settle({ status: 0, headers: {}, body: '' }))
  })

/** A connection on which `text` was sent, and what came back once it was closed. */
async function open(origin: string, text: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { hostname, port } = new URL(origin)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  let got = ''
  socket
    .setEncoding('utf8')
    .on('data', (part: string) => (got += part))
    .on('error', () => {})
  const answer = Promise.race([once(socket, 'end'), once(socket, 'close')]).then(() => got)
  await once(socket, 'connect')
  socket.write(text)
  return { socket, answer }
}

/** Whether it announces the end of its connection. */
const isLast = ({ headers }: Answer): boolean => headers.connection === 'close'
const isAnswer = ({ status }: Answer): boolean => status !== 0
const expected = (count: number): number[] => Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 200 : 404))

describe('a server that is told to stop', () => {
  test('is not ready first, while it answers; then each response closes its connection, until it ends with 0', async () => {
    const { url } = await freshDatabase()
    const server = await startServer(url, { DRAIN_SECONDS: '2' })
    const agent = new Agent({ keepAlive: true })
    const read = () => ask(agent, `${server.origin}/v1/agreements`)
    expect((await read()).headers.connection).toBe('keep-alive')
    server.process.kill('SIGTERM')
    await expect.poll(async () => (await ask(agent, `${server.origin}/readyz`)).status).toBe(503)
    const notReady = await ask(agent, `${server.origin}/readyz`)
    expect([notReady.headers['retry-after'], JSON.parse(notReady.body)]).toEqual([
      '5',
      expect.objectContaining({ code: 'busy', detail: 'This server is shutting down. Try again in 5 s.' }),
    ])
    const answers: Answer[] = []
    do answers.push(await read(), await ask(agent, `${server.origin}/nothing`))
    while (answers.at(-1)!.status !== 0)
    const [kept, closed] = [answers.findIndex(isLast), answers.slice(answers.findIndex(isLast)).filter(isAnswer)]
    expect(kept).toBeGreaterThan(1)
    expect(answers.slice(0, kept).map(({ status }) => status)).toEqual(expected(kept))
    expect(closed.filter((answer) => !isLast(answer))).toEqual([])
    expect(closed.filter(({ headers }) => !/json/.test(headers['content-type']!))).toEqual([])
    expect(await server.ended).toBe(0)
    agent.destroy()
  })

  test('ends with 0 whatever its clients do: silent, in the middle of a request, or waiting for changes', async () => {
    const { url } = await freshDatabase()
    const server = await startServer(url)
    const head = 'GET /v1/agreements HTTP/1.1\r\nHost: a\r\n'
    const silent = await open(server.origin, '')
    const idle = await open(server.origin, `${head}\r\n`)
    const half = await open(server.origin, head)
    const body = await open(
      server.origin,
      `POST /v1/agreements HTTP/1.1\r\nHost: a\r\nAuthorization: ${authHeader('editor').authorization}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    )
    const waiting = fetch(`${server.origin}/v1/changes?after=latest&wait=25`).then(({ status }) => status)
    await once(idle.socket, 'data')
    await setTimeout(100)
    server.process.kill('SIGTERM')
    const last = await half.answer
    expect(last).toMatch(/^HTTP\/1\.1 503 .*connection: close.*"code":"busy"/is)
    expect([await silent.answer, await waiting]).toEqual(['', 200])
    expect(await idle.answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(await server.ended).toBe(0)
    for (const { socket } of [silent, idle, half, body]) socket.destroy()
  })

  test('ends with 0 during an import, which is left to another server', async () => {
    const { db, url } = await freshDatabase()
    const server = await startServer(url)
    const form = new FormData()
    const rows = Array.from({ length: 20_000 }, (_, i) => `Agreement ${i},JP\n`)
    form.append('mapping', JSON.stringify(leastMapping))
    form.append('file', new Blob(['title,party\n', ...rows]), 'large.csv')
    const { status } = await fetch(`${server.origin}/v1/imports`, {
      method: 'POST',
      headers: authHeader('admin'),
      body: form,
    })
    expect(status).toBe(202)
    const state = async () => {
      const [row] = await db.query<{ status: string }>({ name: 'state', text: 'select status from imports' })
      return row!.status
    }
    await expect.poll(state).toBe('running')
    server.process.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(await state()).toBe('running')
  })
})
