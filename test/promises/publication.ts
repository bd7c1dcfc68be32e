import { isDeepStrictEqual } from 'node:util'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { listOldVersions } from '../../src/agreements/publication/list-old-versions.ts'
import { publishAll } from '../../src/agreements/publication/republish-worker.ts'
import { Agreement } from '../../src/agreements/schemas.ts'
import { authHeader } from '../support/keys.ts'
import { buildIndependently, type Independent, signatureDayOf } from '../support/independent.ts'
import { forgetListings, listingsOfVersions } from '../support/listings-of-versions.ts'
import { freshRegister, type Register } from '../support/register.ts'

/** An index into the existing ones, modulo their number at the time of the write. */
const which = fc.nat(997)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const text = fc.oneof(
  fc.constantFrom('Floods', 'Storms & "fire"', 'Séismes — 지진', "L'accord", 'a\\b', '𝔸 joint text'),
  fc.nat(999).map((n) => `Text ${n}`),
)
const edtf = fc.oneof(
  fc
    .date({ min: new Date('1985-01-01'), max: new Date('2040-12-31'), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10)),
  fc.constantFrom('2019', '2019-10', '201X', '2019-10-23?', '2012-05-03/2012-05-11', '2020/..', '../2031-02', '9999'),
)
const source = fc.constantFrom(null, null, 'a', 'b', 'c')
const language = fc.constantFrom('en', 'fr', 'ko', 'zh-Hant')
const duration = fc.oneof(
  fc.integer({ min: 1, max: 120 }).map((n) => `P${n}M`),
  fc.constantFrom('P5Y', 'P90D', 'P2W', 'P1Y6M'),
)
const term = fc
  .record({
    runsFrom: fc.constantFrom('entry_into_force', 'signature', '2010-02-01'),
    end: fc.oneof(
      fc.record({ length: maybe(duration) }),
      fc.constantFrom({ lastDay: '2026-12-31' }, { lastDay: '2030-02-28' }),
    ),
    atEnd: maybe(fc.constantFrom('ends', 'renews', 'extended_if_agreed', 'open_ended')),
    renewal: maybe(
      fc.record({ length: maybe(duration), most: maybe(fc.integer({ min: 1, max: 3 })), notice: maybe(duration) }),
    ),
    exit: maybe(
      fc.record({
        notice: maybe(duration),
        from: fc.constantFrom('any', 'after_minimum'),
        takesEffect: fc.constantFrom('at_once', 'month_end', 'year_end', 'term_end'),
      }),
    ),
    sunset: maybe(duration),
    endsWith: fc.option(which, { nil: null, freq: 1 }),
  })
  .map(({ end, ...term }) => ({ ...term, ...end }))
const entryRule = fc.record({
  on: fc.constantFrom('signature', 'notes_exchanged', 'last_notification', 'last_ratification'),
  delay: maybe(duration),
  roundedUp: fc.constantFrom(null, 'month'),
})
const signature = fc.record({
  side: fc.constantFrom<(1 | 2)[]>(1, 2),
  body: which,
  role: fc.constantFrom('signed', 'responsible', 'witnessed'),
  representative: maybe(fc.record({ name: text, office: maybe(text) })),
  source,
})
const date = fc.record({
  event: fc.constantFrom(
    ...(['signed', 'signed', 'entered_into_force', 'entered_into_force', 'notes_exchanged', 'ratified'] as const),
    ...(['signed_definitively', 'provisionally_applied', 'extended', 'suspended', 'resumed', 'denounced'] as const),
    ...(['terminated', 'registered', 'negotiation_started', 'instruments_exchanged'] as const),
  ),
  body: maybe(which),
  occurrence: fc.constantFrom(1, 1, 1, 2),
  date: edtf,
  effectiveDate: fc.option(edtf, { nil: null, freq: 3 }),
  place: fc.constantFrom(null, 'Daejeon', 'Seoul'),
  preferred: fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.boolean() }),
  source,
  note: maybe(text),
})
const sourceFields = {
  title: text,
  publisher: maybe(text),
  url: fc.constantFrom(null, 'https://example.org/a?b=c'),
  publishedOn: maybe(edtf),
  language: maybe(language),
  quote: maybe(text),
}
const own = {
  reference: maybe(fc.nat(999)),
  title: text,
  titleIsDescriptive: fc.boolean(),
  alternativeTitles: fc.array(fc.record({ language, title: text }), { maxLength: 2 }),
  type: fc.constantFrom('agreement', 'treaty', 'memorandum_of_understanding'),
  binding: fc.constantFrom('binding', 'non_binding', 'unknown'),
  summary: maybe(text),
  languages: fc.uniqueArray(language, { maxLength: 3 }),
  entryIntoForce: maybe(entryRule),
  term: maybe(term),
  collection: maybe(which),
  identifiers: fc.array(fc.record({ scheme: fc.constantFrom('tias', 'unts'), value: fc.nat(9_999) }), { maxLength: 2 }),
  documents: fc.array(
    fc.record({
      title: text,
      url: fc.constant('https://example.org/text'),
      language: maybe(language),
      mediaType: fc.constantFrom(null, 'text/html'),
    }),
    { maxLength: 2 },
  ),
  relations: fc.array(
    fc.record({ kind: fc.constantFrom('amends', 'cites', 'extends', 'supersedes', 'terminates'), agreement: which }),
    {
      maxLength: 2,
    },
  ),
  claims: fc.array(
    fc.record({
      statement: text,
      source,
      assessment: fc.constantFrom('supported', 'contradicted', 'unverified'),
      note: maybe(text),
    }),
    { maxLength: 2 },
  ),
  statusStatements: fc.array(
    fc.record({
      status: fc.constantFrom('in_force', 'in_force', 'terminated', 'signed', 'suspended', 'negotiating'),
      on: fc.oneof(
        fc
          .date({ min: new Date('1985-01-01'), max: new Date('2040-12-31'), noInvalidDate: true })
          .map((day) => day.toISOString().slice(0, 10)),
        fc.constantFrom('2019-10-23', '2019-12-31'),
      ),
      source,
    }),
    { maxLength: 3 },
  ),
}
const ownFields = fc.record(own)
const someOwnFields = fc.record(own, { requiredKeys: [] })
const parts = fc.record({
  one: signature.map((row) => ({ ...row, side: 1 as const })),
  two: signature.map((row) => ({ ...row, side: 2 as const })),
  signatories: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(signature, { maxLength: 2 }) },
  ),
  dates: fc.array(date, { maxLength: 6 }),
  domains: fc.array(which, { maxLength: 3 }),
  sources: fc.constantFrom('a b c', 'c b a', 'b a c d', 'a b c', 'c a b', 'b'),
})

/** A request to the API. */
type Request = [method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', address: string, body?: object, ifMatch?: string]

interface Write {
  kind: string
  /** Undefined if there is no target for the write yet. */
  request: (world: World) => Request | undefined
}

/** A kind of random write: its frequency, its random input, and its request to the API. */
const writes = <Given>(
  weight: number,
  kind: string,
  given: fc.Arbitrary<Given>,
  request: (world: World, given: Given) => Request | undefined,
) => ({
  weight,
  arbitrary: given.map((made): Write => ({ kind, request: (world) => request(world, made) })),
})

const whole = { own: ownFields, parts }
const partOf = { agreement: which, at: which }
const body = { at: which, name: text, parent: maybe(which), kind: fc.constantFrom('state', 'agency', 'other') }
const entry = { at: which, label: text, broader: maybe(which) }
const successor = {
  at: which,
  links: fc.array(
    fc.record({ at: which, date: maybe(edtf), kind: maybe(fc.constantFrom('succession', 'renaming', 'separation')) }),
    { maxLength: 3 },
  ),
}
const years = { at: which, validFrom: maybe(edtf), validTo: maybe(edtf) }

const anyWrite = fc.oneof(
  writes(12, 'create', fc.record(whole), (world, given) => ['POST', '/v1/agreements', world.whole(given)]),
  writes(6, 'replace', fc.record({ ...whole, agreement: which, keep: fc.nat(7) }), (world, given) =>
    world.about(given, (path, held) => ['PUT', path, world.whole(given, held, given.keep)]),
  ),
  writes(2, 'replace by itself', fc.record({ agreement: which }), (world, given) =>
    world.about(given, (path, held) => ['PUT', path, asWritten(held)]),
  ),
  writes(8, 'patch', fc.record({ agreement: which, own: someOwnFields }), (world, given) =>
    world.about(given, (path) => ['PATCH', path, world.own(given.own)]),
  ),
  writes(2, 'patch', fc.record({ agreement: which, length: maybe(duration) }), (world, { length, ...given }) =>
    world.about(given, (path) => ['PATCH', path, { term: { length, lastDay: null } }]),
  ),
  writes(1, 'patch what changed since', fc.record({ agreement: which, title: text }), (world, { agreement, title }) =>
    world.about({ agreement }, (path, { version }) => ['PATCH', path, { title }, `"${version + 1}"`]),
  ),
  writes(3, 'delete', fc.record({ agreement: which }), (world, given) =>
    world.about(given, (path) => ['DELETE', path]),
  ),
  writes(4, 'restore', fc.record({ agreement: which }), (world, given) =>
    world.about(given, (path) => ['POST', `${path}/restore`], true),
  ),

  writes(7, 'add date', fc.record({ ...partOf, date }), (world, given) =>
    world.about(given, (path) => ['POST', `${path}/dates`, world.date(given.date)]),
  ),
  writes(6, 'replace date', fc.record({ ...partOf, date }), (world, given) =>
    world.part(given, 'dates', (path) => ['PUT', path, world.date(given.date)]),
  ),
  writes(3, 'remove date', fc.record(partOf), (world, given) => world.part(given, 'dates', (path) => ['DELETE', path])),
  writes(4, 'add signature', fc.record({ ...partOf, signature }), (world, given) =>
    world.about(given, (path) => ['POST', `${path}/signatories`, world.signature(given.signature)]),
  ),
  writes(5, 'replace signature', fc.record({ ...partOf, signature }), (world, given) =>
    world.part(given, 'signatories', (path) => ['PUT', path, world.signature(given.signature)]),
  ),
  writes(2, 'remove signature', fc.record(partOf), (world, given) =>
    world.part(given, 'signatories', (path) => ['DELETE', path]),
  ),
  writes(4, 'add domain', fc.record(partOf), (world, given) =>
    world.about(given, (path) => ['PUT', `${path}/research-domains/${world.domain(given.at)}`]),
  ),
  writes(2, 'remove domain', fc.record(partOf), (world, given) =>
    world.part(given, 'researchDomains', (path) => ['DELETE', path]),
  ),
  writes(4, 'add source', fc.record({ ...partOf, source: fc.record(sourceFields) }), (world, given) =>
    world.about(given, (path) => ['POST', `${path}/sources`, { key: 'abcdefgh'[given.at % 8], ...given.source }]),
  ),
  writes(3, 'replace source', fc.record({ ...partOf, source: fc.record(sourceFields) }), (world, given) =>
    world.part(given, 'sources', (path) => ['PUT', path, given.source]),
  ),
  writes(2, 'remove source', fc.record(partOf), (world, given) =>
    world.part(given, 'sources', (path) => ['DELETE', path]),
  ),

  writes(1, 'add body', fc.record(body), (world, { kind, name, parent }) => world.newBody(name, kind, parent)),
  writes(2, 'rename body', fc.record(body), (world, { at, name }) => [
    'PATCH',
    `/v1/signatories/${world.body(at)}`,
    { name, code: world.newCode().toUpperCase(), aliases: [`${name} too`] },
  ]),
  writes(3, 'move body', fc.record(body), (world, { at, parent }) => [
    'PATCH',
    `/v1/signatories/${world.body(at)}`,
    { parent: parent === null ? null : world.body(parent) },
  ]),
  writes(1, 'date body', fc.record(years), (world, { at, ...given }) => [
    'PATCH',
    `/v1/signatories/${world.body(at)}`,
    given,
  ]),
  writes(2, 'put body after others', fc.record(successor), (world, { at, links }) => [
    'PATCH',
    `/v1/signatories/${world.body(at)}`,
    { predecessors: links.map(({ at, ...link }) => ({ signatory: world.body(at), ...link })) },
  ]),
  writes(1, 'remove body', fc.record(body), (world, { at }) => ['DELETE', `/v1/signatories/${world.body(at)}`]),
  writes(1, 'add collection', fc.record(body), (world, { name }) => world.newCollection(name)),
  writes(2, 'rename collection', fc.record(body), (world, { at, name }) => [
    'PATCH',
    `/v1/collections/${world.collection(at)}`,
    { name, code: world.newCode() },
  ]),
  writes(1, 'note on collection', fc.record(body), (world, { at, name }) => [
    'PATCH',
    `/v1/collections/${world.collection(at)}`,
    { note: name },
  ]),
  writes(1, 'remove collection', fc.record(body), (world, { at }) => [
    'DELETE',
    `/v1/collections/${world.collection(at)}`,
  ]),
  writes(1, 'add domain entry', fc.record(entry), (world, { label, broader }) => world.newDomain(label, broader)),
  writes(2, 'rename domain entry', fc.record(entry), (world, { at, label }) => [
    'PATCH',
    `/v1/research-domains/${world.domain(at)}`,
    { label, code: world.newCode() },
  ]),
  writes(2, 'move domain entry', fc.record(entry), (world, { at, broader }) => [
    'PATCH',
    `/v1/research-domains/${world.domain(at)}`,
    { broader: broader === null ? null : world.domain(broader) },
  ]),
  writes(2, 'let time pass', fc.integer({ min: 1, max: 200 }), (world, days) => world.letTimePass(days)),
)

const noId = '00000000-0000-7000-8000-000000000000'

/** A document as a client would send it back. */
const asWritten = (held: Agreement) => ({
  ...Object.fromEntries(Object.keys(own).map((name) => [name, held[name as keyof typeof own]])),
  collection: held.collection && held.collection.code,
  signatories: held.signatories.map(({ party: _, ancestors: __, ...signature }) => ({
    ...signature,
    signatory: signature.signatory.code,
  })),
  dates: held.dates.map(({ firstDay: _, lastDay: __, effectiveFirstDay: ___, effectiveLastDay: ____, ...date }) => ({
    ...date,
    signatory: date.signatory?.id ?? null,
  })),
  researchDomains: held.researchDomains.map(({ scheme, code }) => `${scheme}:${code}`),
  sources: held.sources,
})

type Made<Of> = Of extends fc.Arbitrary<infer Value> ? Value : never

/** The agreements and registry entries of one run of random writes, and the documents published in it. */
class World {
  readonly agreements: string[] = []
  #bodies: string[] = []
  readonly #domains: string[] = []
  #collections: string[] = []
  /** The documents that the API returned, by agreement and version; null for deletions. */
  readonly seen = new Map<string, Map<number, string | null>>()
  accepted = 0
  refused = 0
  compared = 0
  /** Representations that were sent back as they were read. */
  givenBack = 0
  /** Versions that follow from a change of another agreement. */
  byOthers = 0
  /** Agreements to which others had relations after a write. */
  related = 0
  readonly #register: Register
  readonly #tables: string[]
  readonly #prefix: string
  #count = 0

  constructor(register: Register, tables: string[], run: number) {
    this.#register = register
    this.#tables = tables
    this.#prefix = `r${run}`
  }

  body = (n: number): string => this.#bodies[n % this.#bodies.length]!
  domain = (n: number): string => this.#domains[n % this.#domains.length]!
  collection = (n: number): string => this.#collections[n % this.#collections.length]!
  newCode = (): string => `${this.#prefix}x${(this.#count += 1)}`

  newBody = (name: string, kind: string, parent: number | null): Request => [
    'POST',
    '/v1/signatories',
    { code: this.newCode().toUpperCase(), name, kind, parent: parent === null ? null : this.body(parent) },
  ]

  newCollection = (name: string): Request => ['POST', '/v1/collections', { code: this.newCode(), name }]

  newDomain = (label: string, broader: number | null): Request => [
    'POST',
    '/v1/research-domains',
    {
      scheme: this.#prefix,
      code: this.newCode().slice(this.#prefix.length + 1),
      label,
      broader: broader === null ? null : this.domain(broader),
    },
  ]

  letTimePass(days: number): undefined {
    const today = Date.parse(this.#register.today())
    this.#register.setToday(new Date(today + days * 86_400_000).toISOString().slice(0, 10))
  }

  #isDeleted = (id: string): boolean => [...this.seen.get(id)!.values()].at(-1) === null

  /** A request about an agreement, in one of twenty cases whether deleted or not: its address, and what it was last. */
  about(
    { agreement }: { agreement: number },
    request: (path: string, held: Agreement) => Request,
    deleted = false,
  ): Request | undefined {
    const some = this.agreements.filter((id) => agreement % 20 === 0 || this.#isDeleted(id) === deleted)
    const id = some[agreement % some.length]
    if (id === undefined) return undefined
    const held = [...this.seen.get(id)!.values()].findLast((document) => document !== null)!
    return request(`/v1/agreements/${id}`, JSON.parse(held) as Agreement)
  }

  part(
    given: { agreement: number; at: number },
    name: 'dates' | 'signatories' | 'sources' | 'researchDomains',
    request: (path: string) => Request,
  ): Request | undefined {
    return this.about(given, (path, { [name]: rows }) => {
      const row = rows[given.at % rows.length]
      const key = row === undefined ? noId : 'key' in row ? row.key : row.id
      return request(`${path}/${name === 'researchDomains' ? 'research-domains' : name}/${key}`)
    })
  }

  /** Own fields as a client would write them: what is unique or names another agreement is made of this run's. */
  own({ reference, collection, identifiers, relations, term, ...rest }: Made<typeof someOwnFields>) {
    const other = (n: number) => this.agreements[n % Math.max(1, this.agreements.length)]
    return {
      ...rest,
      ...(term !== undefined && {
        term: term && { ...term, endsWith: term.endsWith === null ? null : (other(term.endsWith) ?? null) },
      }),
      ...(reference !== undefined && { reference: reference === null ? null : `${this.#prefix}/${reference}` }),
      ...(collection !== undefined && { collection: collection === null ? null : this.collection(collection) }),
      ...(identifiers && {
        identifiers: identifiers.map(({ scheme, value }) => ({ scheme, value: `${this.#prefix}-${value}` })),
      }),
      ...(relations && {
        relations: relations.flatMap(({ kind, agreement }) => {
          const id = other(agreement)
          return id === undefined ? [] : [{ kind, agreement: id }]
        }),
      }),
    }
  }

  signature = ({ body, ...rest }: Made<typeof signature>) => ({ ...rest, signatory: this.body(body) })
  date = ({ body, ...rest }: Made<typeof date>) => ({ ...rest, signatory: body === null ? null : this.body(body) })

  /** A whole agreement; with `held`, in place of that, of which some signatures and dates stay. */
  whole(
    given: Made<fc.Arbitrary<{ own: Made<typeof ownFields>; parts: Made<typeof parts> }>>,
    held?: Agreement,
    keep = 0,
  ) {
    const { one, two, signatories, dates, domains, sources } = given.parts
    const old = held && asWritten(held)
    const kept = <Row>(rows: Row[]) => rows.filter((_, i) => (keep >> (i % 3)) & 1)
    const added = [one, two, ...signatories].map(this.signature)
    return {
      ...this.own(given.own),
      signatories: keep % 2 ? [...added, ...kept(old?.signatories ?? [])] : [...kept(old?.signatories ?? []), ...added],
      dates: [...dates.map(this.date), ...kept(old?.dates ?? []).map(({ preferred: _, ...row }) => row)],
      researchDomains: [...new Set(domains.map(this.domain))],
      sources: sources
        .split(' ')
        .filter(Boolean)
        .map((key) => ({ key, title: `Source ${key}` })),
    }
  }

  async begin(): Promise<void> {
    for (let n = 0; n < 6; n += 1) await this.#add(this.newBody(`Party ${n} of ${this.#prefix}`, 'state', null))
    for (let n = 0; n < 7; n += 1) await this.#add(this.newBody(`Ministry ${n}`, 'agency', n))
    for (let n = 0; n < 4; n += 1) await this.#add(this.newCollection(`List ${n} of ${this.#prefix}`))
    for (let n = 0; n < 6; n += 1) await this.#add(this.newDomain(`Domain ${n}`, n < 2 ? null : n - 2))
  }

  async #add(request: Request): Promise<void> {
    const answer = await this.#ask(request)
    expect(answer.status).toBe(201)
    this.#noteEntry(request, answer.body)
  }

  #noteEntry([method, address]: Request, answer: string): void {
    if (method === 'DELETE') {
      this.#bodies = this.#bodies.filter((id) => !address.endsWith(id))
      this.#collections = this.#collections.filter((id) => !address.endsWith(id))
    }
    if (method !== 'POST') return
    const lists: Record<string, string[]> = { '/v1/signatories': this.#bodies, '/v1/collections': this.#collections }
    const entries = lists[address] ?? this.#domains
    entries.push((JSON.parse(answer) as { id: string }).id)
  }

  async #ask([method, url, payload, ifMatch = '*']: Request) {
    const { app } = this.#register
    const headers = { ...authHeader('admin'), 'if-match': ifMatch }
    const answer = await app.inject({ method, url, headers, ...(payload && { payload }) })
    return { status: answer.statusCode, etag: answer.headers['etag'], body: answer.body }
  }

  /** Makes one write, and checks the result. */
  async make({ kind, request: requestIn }: Write): Promise<void> {
    const request = requestIn(this)
    if (request === undefined) return kind === 'let time pass' ? this.#publishWhatIsDue() : undefined
    const before = await this.#everyRow()
    const answer = await this.#ask(request)
    if (answer.status >= 500) throw new Error(`${JSON.stringify(request)} is answered by ${answer.body}`)
    if (answer.status >= 400) {
      this.refused += 1
      expect(await this.#everyRow(), 'a refused write changes nothing').toEqual(before)
      return
    }
    this.accepted += 1
    const [, address] = request
    if (address.startsWith('/v1/agreements')) {
      await this.#lookAt(kind, address, answer, before)
      await this.#haveBothEnds()
      return this.#compare(await this.#publish())
    }
    this.#noteEntry(request, answer.body)
    await this.#publishWhatIsDue()
  }

  /** The API returns the same document for a written agreement as the independent builder. */
  async #lookAt(
    kind: string,
    address: string,
    answer: { etag: string | string[] | number | undefined; body: string },
    before: object[],
  ): Promise<void> {
    const id = address.split('/')[3] ?? (JSON.parse(answer.body) as Agreement).id
    if (!this.seen.has(id)) this.seen.set(id, new Map())
    if (!this.agreements.includes(id)) this.agreements.push(id)
    const versions = this.seen.get(id)!
    const last = versions.size
    if (kind === 'delete') return void versions.set(last + 1, null)
    const url = `/v1/agreements/${id}`
    const { body: document, headers } = await this.#register.app.inject({ method: 'GET', url })
    expect(headers['etag']).toBe(answer.etag ?? headers['etag'])
    if (['create', 'replace', 'replace by itself', 'patch', 'restore'].includes(kind)) {
      expect(answer.body, 'the answer to a write is what a read gives').toBe(document)
    }
    if (headers['etag'] === `"${last}"`) {
      expect(document).toBe(versions.get(last))
      return expect(await this.#everyRow(), 'what keeps its version is not written at all').toEqual(before)
    }
    expect(kind, 'what is replaced by itself keeps its version').not.toBe('replace by itself')
    expect(headers['etag']).toBe(`"${last + 1}"`)
    versions.set(last + 1, document)
    await this.#compare([id])
  }

  /** Both ends of each relation show it before anything is published in the background. */
  async #haveBothEnds(): Promise<void> {
    const rows = await this.#register.db.query<{ shown: string[]; stored: string[] }>(sql`
      select
        array(select (r -> 'agreement' ->> 'id') || ' ' || (r ->> 'kind')
          from json_array_elements(a.document::json -> 'relatedBy') r order by 1) as shown,
        array(select o.id || ' ' || r.kind from agreement_relations r join agreements o on o.id = r.agreement_id
          where r.related_id = a.id and o.deleted_at is null order by 1) as stored
      from agreements a where a.id = any(${sql.param(this.agreements)}::uuid[]) and a.deleted_at is null`)
    for (const { shown, stored } of rows) expect(shown).toEqual(stored)
    this.related += rows.filter(({ stored }) => stored.length > 0).length
  }

  async #publishWhatIsDue(): Promise<void> {
    await this.#publish()
    const rows = await this.#register.db.query<{ id: string; version: number; document: string }>(
      sql`select id, version, document from agreements
        where id = any(${sql.param(this.agreements)}::uuid[]) and deleted_at is null`,
    )
    for (const { id, version, document } of rows) expect(document).toBe(this.seen.get(id)!.get(version))
    await this.#compare(rows.map(({ id }) => id))
  }

  /** Publishes everything that is due, and notes each new version. @returns the ids of the agreements that have one */
  async #publish(): Promise<string[]> {
    await publishAll(this.#register.db, this.#register.today())
    const rows = await this.#register.db.query<{ id: string; version: number; document: string; cause: string }>(
      sql`select agreement_id as id, version, document, cause from agreement_versions
        where agreement_id = any(${sql.param(this.agreements)}::uuid[]) order by agreement_id, version`,
    )
    const added = rows.filter(({ id, version }) => version > this.seen.get(id)!.size)
    const own = added.filter(({ cause }) => cause !== 'agreement').map(({ id }) => id)
    expect(own.length, 'for one change, one version').toBe(new Set(own).size)
    for (const { id, version, document, cause } of added) {
      const versions = this.seen.get(id)!
      if (cause === 'agreement') {
        this.byOthers += 1
        expect(content(document), 'a version only if something changes').not.toEqual(
          content(versions.get(version - 1)!),
        )
      }
      versions.set(version, document)
    }
    return [...new Set(added.map(({ id }) => id))]
  }

  async #compare(ids: string[]): Promise<void> {
    const built = await buildIndependently(this.#register.db, ids, this.#register.today())
    for (const [id, { document }] of built) {
      const held = JSON.parse([...this.seen.get(id)!.values()].at(-1)!) as Agreement
      this.compared += 1
      if (!isDeepStrictEqual(held, document)) expect(held).toEqual(document)
    }
  }

  /** How many rows each table has, and which transactions wrote them: any write changes it. */
  async #everyRow(): Promise<object[]> {
    const tables = this.#tables.map((name) => `select '${name}', count(*), sum(xmin::text::bigint) from ${name}`)
    return this.#register.db.query({ name: 'every-row', text: `${tables.join(' union all ')} order by 1` })
  }

  /** Every version is stored as it was published, and the columns of lists and filters agree with the documents. */
  async end(): Promise<void> {
    await this.#publishWhatIsDue()
    await this.#takesWhatItGives()
    const { db } = this.#register
    const today = this.#register.today()
    const history = await db.query<{ id: string; version: number; document: string | null; at: string }>(
      sql`select agreement_id as id, version, document, published_at as at from agreement_versions
        where agreement_id = any(${sql.param(this.agreements)}::uuid[]) order by agreement_id, version`,
    )
    const kept = new Map<string, Map<number, string | null>>()
    history.forEach(({ id, version, document, at }, i) => {
      const previous = history[i - 1]
      const [time, earlier] = [at, previous?.id === id ? previous.at : at].map((text) => new Date(text).toISOString())
      expect(time! >= earlier!, `${time} comes after ${earlier}`).toBe(true)
      if (document !== null) expect(JSON.parse(document)).toMatchObject({ id, version, updatedAt: time })
      if (!kept.has(id)) kept.set(id, new Map())
      kept.get(id)!.set(version, document)
    })
    expect(kept).toEqual(this.seen)
    for (const versions of kept.values()) expect([...versions.keys()].at(-1)).toBe(versions.size)
    for (const [id, independent] of await buildIndependently(db, this.agreements, today)) {
      await this.#agreesWithLists(id, independent)
    }
    const listings = await listingsOfVersions(db)
    await forgetListings(db)
    while ((await listOldVersions(db)) > 0);
    expect(await listingsOfVersions(db), 'what lists filter by follows from each document').toEqual(listings)
  }

  /** PUT takes what GET gives, of everything that can be replaced, and writes nothing. */
  async #takesWhatItGives(): Promise<void> {
    const { app } = this.#register
    const before = await this.#everyRow()
    const agreements = this.agreements.filter((id) => !this.#isDeleted(id))
    const addresses = agreements.flatMap((id) => {
      const { dates, signatories, sources } = JSON.parse([...this.seen.get(id)!.values()].at(-1)!) as Agreement
      const parts = [
        ...dates.slice(0, 1).map((date) => `/dates/${date.id}`),
        ...signatories.slice(0, 1).map((signature) => `/signatories/${signature.id}`),
        ...sources.slice(0, 1).map((source) => `/sources/${source.key}`),
      ]
      return ['', ...parts].map((part) => `/v1/agreements/${id}${part}`)
    })
    const entries = [
      ...this.#bodies.map((id) => `/v1/signatories/${id}`),
      ...this.#domains.map((id) => `/v1/research-domains/${id}`),
      ...this.#collections.map((id) => `/v1/collections/${id}`),
    ]
    for (const url of [...addresses, ...entries]) {
      const given = await app.inject({ method: 'GET', url })
      const headers = {
        ...authHeader('admin'),
        'if-match': String(given.headers['etag']),
        'content-type': 'application/json',
      }
      const answer = await app.inject({ method: 'PUT', url, headers, payload: given.body })
      expect([url, answer.statusCode, answer.body]).toEqual([url, 200, given.body])
      this.givenBack += 1
    }
    expect(await this.#everyRow(), 'what GET gives changes nothing').toEqual(before)
  }

  async #agreesWithLists(id: string, { document, deleted, life, parties }: Independent): Promise<void> {
    const { db } = this.#register
    const today = this.#register.today()
    const stated = document.statusStatements.map(({ on }) => on)
    const days = daysAround([today, ...document.dates.flatMap(daysOf), ...stated])
    const [row] = await db.query<Record<string, unknown>>(sql`
      select document, version, title, reference, l.collection_id, l.signed, l.status, l.status_basis, l.next_expiry, changes_on,
        array(select day::text from unnest(${sql.param(days)}::date[]) day where l.in_force @> day order by day) as in_force,
        array(select day || ' ' || l.statuses[width_bucket(day, l.since)]
          || ' ' || l.bases[width_bucket(day, l.since)]
          from unnest(${sql.param(days)}::date[]) day order by day) as statuses,
        array(select party_id || ' ' || side || ' ' || p.signed from agreement_parties p
          where agreement_id = a.id order by party_id) as parties,
        (select coalesce(json_agg(array(select id from unnest(p.domains) id order by id)), '[]') from agreement_parties p where agreement_id = a.id)
          as domains,
        array(select party_id || ' ' || day from agreement_parties p, unnest(${sql.param(days)}::date[]) day
          where agreement_id = a.id and p.in_force @> day order by party_id, day) as party_in_force,
        array(select one || ' ' || other || ' ' || p.signed from agreement_pairs p
          where agreement_id = a.id order by one, other) as pairs,
        array(select one || ' ' || other || ' ' || day from agreement_pairs p, unnest(${sql.param(days)}::date[]) day
          where agreement_id = a.id and p.in_force @> day order by one, other, day) as pair_in_force,
        array(select distinct active from agreement_identifiers where agreement_id = a.id) as active,
        array(select side::int from signatures where id in (side1_signature_id, side2_signature_id) order by side) as sides
      from agreements a left join agreement_listings l on l.agreement_id = a.id where id = ${id}`)
    expect(row).toMatchObject({ version: document.version, title: document.title, reference: document.reference })
    expect(row).toMatchObject({ sides: [1, 2], active: document.identifiers.length > 0 ? [!deleted] : [] })
    if (deleted) return expect(row).toMatchObject({ parties: [], pairs: [], status: null })
    expect(Agreement.parse(JSON.parse(row!['document'] as string)), 'as the schema says').toEqual(document)
    const lives = new Map(days.map((day) => [day, life.on(day)]))
    const signed = signatureDayOf(document)
    const domains = [
      ...new Set(document.researchDomains.flatMap((domain) => [domain, ...domain.ancestors].map(({ id }) => id))),
    ].toSorted()
    const pairs = parties
      .flatMap((one) => parties.filter(({ side }) => side > one.side).map((other) => [one.id, other.id].toSorted()))
      .toSorted((a, b) => (a.join() < b.join() ? -1 : 1))
    const isInForce = (party: string, day: string): boolean =>
      lives.get(day)!.status === 'in_force' &&
      document.parties
        .find(({ id }) => id === party)!
        .inForce.some(({ since, until }) => (since ?? '') <= day && day < (until ?? '~'))
    expect(row).toMatchObject({
      signed,
      parties: parties.map((party) => `${party.id} ${party.side} ${signed ?? '-infinity'}`).toSorted(),
      domains: parties.map(() => domains),
      party_in_force: parties
        .flatMap(({ id }) => days.filter((day) => isInForce(id, day)).map((day) => `${id} ${day}`))
        .toSorted(),
      pairs: pairs.map((pair) => `${pair.join(' ')} ${signed ?? '-infinity'}`),
      pair_in_force: pairs.flatMap((pair) =>
        days.filter((day) => pair.every((id) => isInForce(id, day))).map((day) => `${pair.join(' ')} ${day}`),
      ),
      status: document.status,
      status_basis: document.statusBasis,
      next_expiry: document.nextExpiry,
      collection_id: document.collection && document.collection.id,
      changes_on: life.changesAfter(today),
      statuses: [...lives].map(([day, { status, statusBasis }]) => `${day} ${status} ${statusBasis}`),
      in_force: days.filter((day) => lives.get(day)!.status === 'in_force'),
    })
  }
}

const content = (document: string) => {
  const { version: _, updatedAt: __, ...rest } = JSON.parse(document) as Agreement
  return rest
}

const daysOf = (date: Agreement['dates'][number]) => [
  date.firstDay,
  date.lastDay,
  date.effectiveFirstDay,
  date.effectiveLastDay,
]

/** Days on which the status may change, the days before and after them, and some others throughout the years. */
function daysAround(given: (string | null)[]): string[] {
  const day = 86_400_000
  const known = given.filter((text) => text !== null)
  const near = known.flatMap((text) => [-day, 0, day].map((apart) => Date.parse(text) + apart))
  const now = Array.from({ length: 60 }, (_, year) => Date.UTC(1985 + year, year % 12))
  const all = [...near, ...now].map((time) => new Date(time).toISOString().slice(0, 10))
  return [...new Set(all)].toSorted()
}

interface Amount {
  runs: number
  /** Writes in each run: a run begins with no agreement, and its documents grow. */
  writes: number
}

/** Published documents are correct after any writes. */
export function publicationIsTrue({ runs, writes }: Amount): void {
  describe('publication', () => {
    let register: Register
    let tables: string[]
    const sum = { accepted: 0, refused: 0, compared: 0, givenBack: 0, byOthers: 0, related: 0 }

    beforeAll(async () => {
      register = await freshRegister()
      const rows = await register.db.query<{ name: string }>(
        sql`select tablename as name from pg_tables where schemaname = 'public' order by 1`,
      )
      tables = rows.map(({ name }) => name)
    })

    test(`after ${runs * writes} random writes every document, version and list column agrees with the normalized tables, and PUT takes what GET gives`, async () => {
      let run = 0
      const manyWrites = fc.array(fc.noBias(anyWrite), { minLength: writes, maxLength: writes })
      const named = manyWrites.map((all) => Object.assign(all, { [fc.toStringMethod]: () => `${all.length} writes` }))
      await fc.assert(
        fc.asyncProperty(named, async (all) => {
          const world = new World(register, tables, (run += 1))
          await world.begin()
          for (const [i, write] of all.entries()) {
            try {
              await world.make(write)
            } catch (error) {
              throw new Error(`Write ${i}, ${write.kind}: ${(error as Error).message}`, { cause: error })
            }
          }
          await world.end()
          // By chance a short run can have each create refused. It is checked like any other, and another is drawn.
          fc.pre(world.compared > 0)
          for (const name of ['accepted', 'refused', 'compared', 'givenBack', 'byOthers', 'related'] as const)
            sum[name] += world[name]
        }),
        { numRuns: runs, endOnFailure: true },
      )
      for (const name of ['accepted', 'refused', 'compared', 'givenBack'] as const)
        expect(sum[name], name).toBeGreaterThan(0)
      console.info(`publication: ${JSON.stringify(sum)}`)
      // A short run has few of each by chance.
      if (runs * writes < 1000) return
      expect(sum.accepted).toBeGreaterThan(runs * writes * 0.35)
      expect(sum.refused).toBeGreaterThan(runs * writes * 0.08)
      expect(sum.compared).toBeGreaterThan(sum.accepted)
      expect(sum.byOthers).toBeGreaterThan(0)
      expect(sum.related).toBeGreaterThan(0)
    })
  })
}
