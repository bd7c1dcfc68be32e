import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { listOldVersions } from '../../src/agreements/publication/list-old-versions.ts'
import { publishAll } from '../../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { lifeOf } from '../support/plain-time.ts'
import { asQuery, matches, order, type Query, withPeriods } from '../support/naive.ts'
import { forgetListings, listingsOfVersions } from '../support/listings-of-versions.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'
import { numbers } from '../support/skewed.ts'

interface Amount {
  agreements: number
  /** Random writes, after each of which the register is asked for the time. */
  writes: number
  /** Random questions of each kind. */
  lists: number
  statistics: number
  positions: number
  exports: number
}

interface Version {
  publishedAt: string
  document: Agreement | null
}

interface Page {
  items: Agreement[]
  nextCursor: string | null
  total: number
}

const states = ['US', 'JP', 'FR', 'KR', 'NO', 'SE']
const domains = ['ford:1', 'ford:1.5', 'ford:2', 'theme:flooding', 'theme:fire']

/** Questions of past instants find what an independent rebuild from the versions finds, and the same again later. */
export function questionsOfThePast(amount: Amount): void {
  describe('questions of random instants', () => {
    const random = numbers(20241101)
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!
    const some = <Value>(values: readonly Value[], most: number): Value[] => [
      ...new Set(Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(values))),
    ]
    const day = (from = 1990, to = 2030) =>
      `${from + Math.floor(random() * (to - from))}-${pick(['01', '03', '06', '11'])}-${pick(['01', '15', '28'])}`

    let register: Register
    let today = '2026-01-01'
    const ids: string[] = []
    const bodies: string[] = []
    const ownDomains: string[] = []
    const collections: string[] = []
    const instants: string[] = []
    const history = new Map<string, Version[]>()
    const answers = new Map<string, unknown>()
    let written = 0
    let names = 0

    const send = (method: 'post' | 'put' | 'patch' | 'delete', path: string, body?: object) => {
      const request = register.api[method](`/v1/${path}`).set('If-Match', '*')
      if (method === 'patch') void request.set('content-type', 'application/merge-patch+json')
      return body === undefined ? request : request.send(body)
    }

    /** A random agreement; what its reference and identifiers are tells which one it is. */
    function someAgreement(n: number): object {
      const [one, other] =
        random() < 0.5 ? ['US', pick(states.slice(1))] : [pick(states.slice(0, 3)), pick(states.slice(3))]
      const signers = (party: string): string[] => {
        const own = bodies.filter((code) => code.startsWith(`${party}-`))
        return own.length > 0 && random() < 0.6 ? [pick(own)] : [party]
      }
      const acts = ['entered_into_force', 'terminated', 'ratified', 'suspended', 'resumed', 'denounced'].filter(
        () => random() < 0.4,
      )
      return anAgreement({
        reference: random() < 0.8 ? `ASKED-${n}` : null,
        title: `${pick(['Trade', 'Floods', 'Waters', 'Science'])} ${n % 7}`,
        type: pick(['agreement', 'treaty', 'minutes', 'protocol']),
        binding: pick(['binding', 'non_binding', 'unknown']),
        collection: collections.length > 0 && random() < 0.5 ? pick(collections) : null,
        identifiers: random() < 0.5 ? [{ scheme: 'tias', value: `${n}-${Math.floor(random() * 3)}` }] : [],
        term: random() < 0.4 ? { length: pick(['P5Y', 'P30M']), atEnd: pick(['ends', 'renews', 'open_ended']) } : null,
        researchDomains: random() < 0.7 ? some([...domains, ...ownDomains], 3) : [],
        signatories: [
          ...signers(one).map((signatory) => ({ side: 1, signatory })),
          ...signers(other).map((signatory) => ({ side: 2, signatory })),
        ],
        dates: [
          ...(random() < 0.9 ? [{ event: 'signed', date: pick([day(), day().slice(0, 7), day().slice(0, 4)]) }] : []),
          ...acts.map((event) => ({ event, date: day() })),
        ],
      })
    }

    const name = () => `Body ${(names += 1)}`

    async function addBody(): Promise<void> {
      const parent = pick(states)
      const code = `${parent}-B${names + 1}`
      await send('post', 'signatories', { code, name: name(), kind: 'agency', parent }).expect(201)
      bodies.push(code)
    }

    async function changeBody(): Promise<void> {
      const code = pick(bodies)
      const parent = code.split('-')[0]!
      if (random() < 0.5) await send('patch', `signatories/${code}`, { name: name() }).expect(200)
      else {
        const changed = `${parent}-B${(names += 1)}`
        await send('patch', `signatories/${code}`, { code: changed }).expect(200)
        bodies[bodies.indexOf(code)] = changed
      }
    }

    async function mergeBody(): Promise<void> {
      const [lost, kept] = [pick(bodies), pick(bodies)]
      if (lost === kept || lost.slice(0, 2) !== kept.slice(0, 2)) return addBody()
      const { status } = await send('post', `signatories/${lost}/merge`, { into: kept })
      if (status === 201) bodies.splice(bodies.indexOf(lost), 1)
    }

    async function changeDomain(): Promise<void> {
      if (ownDomains.length < 4) {
        const code = `d${(names += 1)}`
        const broader = ownDomains.length > 0 ? pick(ownDomains) : null
        await send('post', 'research-domains', { scheme: 'asked', code, label: name(), broader }).expect(201)
        ownDomains.push(`asked:${code}`)
      } else {
        const [lower, upper] = [pick(ownDomains), pick([null, ...ownDomains])]
        await send('patch', `research-domains/${lower}`, { label: name() }).expect(200)
        await send('patch', `research-domains/${lower}`, { broader: upper })
      }
    }

    async function changeCollection(): Promise<void> {
      const code = `c${(names += 1)}`
      if (collections.length < 3) {
        await send('post', 'collections', { code, name: name() }).expect(201)
        collections.push(code)
      } else {
        const at = Math.floor(random() * collections.length)
        await send('patch', `collections/${collections[at]}`, { code, name: name() }).expect(200)
        collections[at] = code
      }
    }

    async function edit(): Promise<void> {
      const n = Math.floor(random() * ids.length)
      const { status } = await register.api.get(`/v1/agreements/${ids[n]}`)
      if (status === 404) await send('post', `agreements/${ids[n]}/restore`)
      else if (random() < 0.1) await send('delete', `agreements/${ids[n]}`).expect(204)
      else await send('put', `agreements/${ids[n]}`, someAgreement(n))
    }

    async function passTime(): Promise<void> {
      today = `${Number(today.slice(0, 4)) + 1}-01-01`
      register.setToday(today)
    }

    async function create(): Promise<void> {
      const { body } = await send('post', 'agreements', someAgreement(ids.length)).expect(201)
      ids.push(body.id)
    }

    /** Milliseconds tell instants apart: before each, all is published, and nothing else happens in the next one. */
    async function settle(): Promise<void> {
      await publishAll(register.db, today)
      await setTimeout(2)
      instants.push(new Date().toISOString())
      await setTimeout(2)
      written += 1
    }

    beforeAll(async () => {
      register = await freshRegister()
      for (let n = 0; n < 6; n += 1) await addBody()
      for (let n = 0; n < 4; n += 1) await changeDomain()
      for (let n = 0; n < 3; n += 1) await changeCollection()
      for (let n = 0; n < amount.agreements; n += 1) await create()
      await settle()
      const rare = [addBody, changeBody, changeBody, mergeBody, changeDomain, changeCollection, passTime, create]
      const write = async (): Promise<void> => {
        await (random() < 0.6 ? edit() : pick(rare)())
        await settle()
      }
      for (let n = 0; n < amount.writes / 2; n += 1) await write()
      await readHistory()
      // What is asked now is asked again after the other half of the writes.
      for (let n = 0; n < 40; n += 1) {
        const address = `/v1/agreements?${asQuery(someQuery(someInstant()))}`
        answers.set(address, (await register.api.get(address).expect(200)).body)
      }
      for (let n = 0; n < amount.writes / 2; n += 1) await write()
      await readHistory()
    })

    async function readHistory(): Promise<void> {
      for (const id of ids) {
        const known = history.get(id) ?? []
        for (let number = known.length + 1; ; number += 1) {
          const { status, body } = await register.api.get(`/v1/agreements/${id}/versions/${number}`)
          if (status === 404) break
          known.push(body as Version)
        }
        history.set(id, known)
      }
    }

    /** The documents that the register held at an instant, by an independent rebuild. */
    const heldAt = (instant: string): Agreement[] =>
      [...history.values()].flatMap(
        (versions) => versions.findLast(({ publishedAt }) => publishedAt <= instant)?.document ?? [],
      )

    const someInstant = () => pick(instants)

    /** A random query with `asOf`, by the codes that the documents of its instant show. */
    function someQuery(instant: string): Record<string, string | string[]> {
      const held = heldAt(instant)
      const one = () => pick(held)
      const parties = () => one().parties.map(({ code }) => code)
      const domain = () => one().researchDomains.flatMap((own) => [own, ...own.ancestors])
      const standing = () => pick(['signed', 'in_force', 'terminated', 'unknown', 'suspended'])
      const basis = () => pick(['recorded', 'stated', 'presumed'])
      const filters: Record<string, () => Query> = {
        party: () => ({ party: some(parties(), 2) }),
        pair: () => {
          const { parties } = one()
          return { pair: [1, 2].map((side) => parties.find((party) => party.side === side)!.code).join(',') }
        },
        signatory: () => {
          const { signatory, ancestors } = pick(one().signatories)
          return { signatory: pick([signatory, signatory, ...ancestors]).code }
        },
        partyKind: () => ({ partyKind: pick(['state', 'territory']) }),
        kinds: () => ({ kinds: pick(['state,state', 'state,territory']) }),
        researchDomain: () => {
          const all = domain().map(({ scheme, code }) => `${scheme}:${code}`)
          return all.length > 0 ? { researchDomain: some(all, 2) } : {}
        },
        collection: () => {
          const { collection } = one()
          return collection ? { collection: collection.code } : {}
        },
        type: () => ({ type: some(['agreement', 'treaty', 'minutes', 'protocol'], 2) }),
        binding: () => ({ binding: pick(['binding', 'non_binding', 'unknown']) }),
        status: () => ({ status: some([standing(), standing()], 2) }),
        statusOn: () => ({ status: standing(), on: day() }),
        statusBasis: () => ({ statusBasis: basis() }),
        basisOn: () => ({ statusBasis: basis(), on: day() }),
        inForceOn: () => ({ inForceOn: day() }),
        signedFrom: () => ({ signedFrom: day() }),
        signedTo: () => ({ signedTo: day() }),
        event: () => ({ event: some(['entered_into_force', 'terminated', 'signed', 'ratified', 'suspended'], 2) }),
        eventFrom: () => ({ eventFrom: day() }),
        eventTo: () => ({ eventTo: day() }),
        expiresFrom: () => ({ expiresFrom: day(2020, 2040) }),
        expiresTo: () => ({ expiresTo: day(2020, 2040) }),
        updatedSince: () => ({ updatedSince: someInstant() }),
        id: () => ({ id: some(ids, 3) }),
        reference: () => ({ reference: some([one().reference ?? 'ASKED-0', one().reference ?? 'ASKED-1'], 2) }),
        identifier: () => {
          const [first] = one().identifiers
          return first ? { identifier: `${first.scheme}:${first.value}` } : {}
        },
      }
      const chosen = Array.from({ length: 1 + Math.floor(random() * 3) }, () => filters[pick(Object.keys(filters))]!())
      const query = withPeriods(Object.assign({}, ...chosen) as Query)
      const { on, ...rest } = query
      const isOfADay = on !== undefined && (rest['status'] ?? rest['statusBasis']) !== undefined
      return { ...(isOfADay ? query : rest), asOf: instant }
    }

    const expected = ({ asOf, ...filters }: Query): Agreement[] =>
      heldAt(asOf as string).filter((one) => matches(one, filters))
    const byId = (a: Agreement, b: Agreement): number => (a.id < b.id ? -1 : 1)

    test('lists find the documents of then, page by page, in the requested order', async () => {
      let found = 0
      for (let n = 0; n < amount.lists; n += 1) {
        const query = someQuery(someInstant())
        const sort = pick(['-signed', 'signed', '-updated', 'updated', 'expires', 'title'])
        const address = `/v1/agreements?${asQuery({ ...query, sort })}&limit=7&count=exact`
        const items: Agreement[] = []
        const right = expected(query)
        for (let cursor: string | null = ''; cursor !== null;) {
          const { body: page }: { body: Page } = await register.api.get(`${address}${cursor && `&cursor=${cursor}`}`)
          expect(page.total, address).toBe(right.length)
          items.push(...page.items)
          cursor = page.nextCursor
        }
        expect(items.toSorted(byId), address).toEqual(right.toSorted(byId))
        const key = order[sort]
        const keys = items.map((one) => key?.(one) ?? '')
        expect(keys, address).toEqual(sort.startsWith('-') ? keys.toSorted().toReversed() : keys.toSorted())
        found += Math.min(1, right.length)
      }
      expect(found).toBeGreaterThan(amount.lists / 3)
    })

    const named = ({ code, name }: { code: string; name: string }): [string, string] => [code, name]
    const dimensions: Record<string, (one: Agreement, on: string | undefined) => [key: string, label: string][]> = {
      type: ({ type }) => [[type, type]],
      binding: ({ binding }) => [[binding, binding]],
      status: (one, on) => {
        const { status } = on === undefined ? one : lifeOf(one).on(on)
        return [[status, status]]
      },
      collection: ({ collection }) => (collection ? [named(collection)] : []),
      party: ({ parties }) => parties.map(named),
      signatory: ({ signatories }) => signatories.map(({ signatory }) => named(signatory)),
      pair: ({ parties }) =>
        parties.flatMap((one) =>
          parties.flatMap((other): [string, string][] => {
            if (one.side !== 1 || other.side !== 2) return []
            const both = [one, other].toSorted((a, b) => (a.code < b.code ? -1 : 1))
            return [[both.map(({ code }) => code).join(), both.map(({ name: called }) => called).join(' – ')]]
          }),
        ),
      researchDomain: ({ researchDomains }) =>
        researchDomains.map(({ scheme, code, label }) => [`${scheme}:${code}`, label]),
    }

    test('statistics count by the codes and names of then', async () => {
      let groups = 0
      for (let n = 0; n < amount.statistics; n += 1) {
        const query = someQuery(someInstant())
        const groupBy = pick(Object.keys(dimensions))
        const address = `/v1/statistics?${asQuery({ ...query, groupBy })}`
        const counted = new Map<string, number>()
        const right = expected(query)
        for (const one of right) {
          const keys = new Set(
            dimensions[groupBy]!(one, query['on'] as string | undefined).map((group) => JSON.stringify(group)),
          )
          for (const group of keys.size > 0 ? keys : ['[null,null]']) counted.set(group, (counted.get(group) ?? 0) + 1)
        }
        const { body } = await register.api.get(address).expect(200)
        expect(body.total, address).toBe(right.length)
        const items = body.items as { keys: string[]; labels: string[]; count: number }[]
        const inAnswer = items.map(({ keys, labels, count }) => [JSON.stringify([keys[0], labels[0]]), count])
        expect(new Map(inAnswer as [string, number][]), address).toEqual(counted)
        groups += items.length
      }
      expect(groups).toBeGreaterThan(amount.statistics)
    })

    test('positions and exports are of the documents of then', async () => {
      let positions = 0
      while (positions < amount.positions) {
        const { id: _, ...query } = someQuery(someInstant())
        const key = (one: Agreement) => order['signed']!(one) + one.id
        const right = expected(query).toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
        if (right.length === 0) continue
        const at = Math.floor(random() * right.length)
        const address = `/v1/agreements/${right[at]!.id}/position?${asQuery(query)}`
        const { body } = await register.api.get(address).expect(200)
        expect(body, address).toMatchObject({ position: at + 1, total: right.length })
        const titles = [right[at - 1], right[at + 1]].map((one) => one?.title)
        expect([body.previous?.title, body.next?.title], address).toEqual(titles)
        positions += 1
      }
      for (let n = 0; n < amount.exports; n += 1) {
        const query = someQuery(someInstant())
        const { body } = await register.api.get(`/v1/agreements/export?format=json&${asQuery(query)}`).expect(200)
        expect(body.items, asQuery(query)).toEqual(expected(query).toSorted(byId))
      }
    })

    test('listings that are made from documents are those that were stored with them', async () => {
      const stored = await listingsOfVersions(register.db)
      await forgetListings(register.db)
      let made = 0
      for (let more = 1; more > 0; made += more) more = await listOldVersions(register.db)
      expect(made).toBe(stored.length)
      expect(await listingsOfVersions(register.db)).toEqual(stored)
    })

    test('an answer is the same after later writes', async () => {
      for (const [address, answer] of answers) {
        expect((await register.api.get(address).expect(200)).body, address).toEqual(answer)
      }
      const versions = [...history.values()].reduce((sum, { length }) => sum + length, 0)
      process.stdout.write(
        `questions as of an instant: ${instants.length} instants, ${versions} versions of ${ids.length} agreements, ${written} writes; ` +
          `${amount.lists} lists, ${amount.statistics} statistics, ${amount.positions} positions and ${amount.exports} exports compared, ` +
          `${answers.size} answers repeated\n`,
      )
    })
  })
}
