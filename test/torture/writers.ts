import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { anAgreement } from '../support/register.ts'
import type { Attempt, WriteKind } from './history.ts'
import { NotSent, RecordedClient } from './recorded-client.ts'

interface Known {
  id: string
  version: number | null
  sources: number
  deleted: boolean
}

interface Load {
  /** Writers that work at the same time. */
  writers: number
  /** Agreements that they share. */
  agreements: number
  /** How long each rests after a write, in milliseconds, on average. */
  pause: number
}

const pick = <T>(some: readonly T[]): T => some[Math.floor(Math.random() * some.length)]!

/** How often a write with a key is sent again after a response that allows it. */
const maxAttempts = 60

/** Clients that create, read and change a few agreements, and record it. */
export class Writers {
  readonly client: RecordedClient
  readonly #load: Load
  readonly #known: Known[] = []
  readonly #run = randomUUID().slice(0, 8)
  #count = 0
  #isOver = false
  #working: Promise<unknown> = Promise.resolve()

  constructor(origin: () => string, load: Partial<Load> = {}) {
    this.client = new RecordedClient(origin)
    this.#load = { writers: 8, agreements: 6, pause: 10, ...load }
  }

  start(): void {
    this.#working = Promise.all(Array.from({ length: this.#load.writers }, () => this.#work()))
  }

  /** Settles when all that was sent has been answered. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#working
    this.client.close()
  }

  /** The number of acknowledged writes. */
  acknowledged(): number {
    return this.client.history.attempts.filter(({ outcome }) => outcome === 'done').length
  }

  async #work(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#once()
      } catch (error) {
        if (!(error instanceof NotSent)) throw error
        await setTimeout(50)
      }
      await setTimeout(Math.random() * 2 * this.#load.pause)
    }
  }

  async #once(): Promise<void> {
    const chance = Math.random()
    const { agreements } = this.#load
    if (this.#known.length < agreements || chance < 0.1) return this.#create()
    const known = pick(this.#known.slice(-agreements))
    if (chance < 0.25) return this.#read(known)
    if (known.deleted) return this.#change(known, 'restore')
    if (chance < 0.3) return this.#change(known, 'delete')
    if (chance < 0.45 && known.sources < 100) return this.#change(known, 'source')
    return this.#change(known, 'edit')
  }

  async #read(known: Known): Promise<void> {
    const answer = await this.client.read(known.id)
    if (answer?.body?.version) known.version = answer.body.version
    if (answer?.status === 404) known.deleted = true
  }

  async #create(): Promise<void> {
    const write = this.#name()
    const asked = { method: 'POST', path: '/v1/agreements', body: anAgreement({ summary: write }) }
    const done = await this.#send({ write, kind: 'create', agreement: null, ifMatch: null }, asked, Math.random() < 0.7)
    if (done?.id) this.#known.push({ id: done.id, version: 1, sources: 0, deleted: false })
  }

  async #change(known: Known, kind: WriteKind): Promise<void> {
    const write = this.#name()
    const at = `/v1/agreements/${known.id}`
    const ifMatch = kind !== 'restore' && Math.random() < 0.7 ? known.version : null
    const requests = {
      create: undefined,
      edit: { method: 'PATCH', path: at, body: { summary: write } },
      source: {
        method: 'POST',
        path: `${at}/sources`,
        body: { key: write, title: write, url: `https://example.org/${write}` },
      },
      delete: { method: 'DELETE', path: at },
      restore: { method: 'POST', path: `${at}/restore` },
    }
    const asked = requests[kind]!
    const done = await this.#send({ write, kind, agreement: known.id, ifMatch }, asked, Math.random() < 0.5)
    if (done?.version) known.version = done.version
    if (done && kind === 'source') known.sources += 1
    if (done && (kind === 'delete' || kind === 'restore')) known.deleted = kind === 'delete'
    if (!done) await this.#read(known)
  }

  /** Sends a POST with a key until it is known whether it was done; anything else once. @returns the success */
  async #send(
    about: Pick<Attempt, 'write' | 'kind' | 'agreement' | 'ifMatch'>,
    asked: { method: string; path: string; body?: object },
    withKey: boolean,
  ): Promise<Attempt | undefined> {
    const headers: Record<string, string> = asked.method === 'POST' && withKey ? { 'idempotency-key': about.write } : {}
    for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
      const attempt = await this.client.write(about, { ...asked, headers }).catch((error: unknown) => {
        if (error instanceof NotSent && attempts > 0) return undefined
        throw error
      })
      if (attempt?.outcome === 'done') return attempt
      const mayRepeat = !attempt || attempt.status === 0 || attempt.status === 503 || attempt.status === 409
      if (!('idempotency-key' in headers) || !mayRepeat) return undefined
      await setTimeout(100)
    }
    return undefined
  }

  #name(): string {
    this.#count += 1
    return `w${this.#run}-${this.#count}`
  }
}
