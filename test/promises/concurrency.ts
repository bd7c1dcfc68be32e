import { sql } from 'drizzle-orm'
import type { InjectOptions } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll, publishDue, publishRegistryChange } from '../../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { buildIndependently } from '../support/independent.ts'
import { authHeader } from '../support/keys.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

let register: Register

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Asks the application; each request takes a connection of its own from the pool. */
async function ask(method: Method, url: string, payload?: object, ifMatch = '*') {
  const options: InjectOptions = { method, url: `/v1${url}`, headers: { ...authHeader('admin'), 'if-match': ifMatch } }
  const answer = await register.app.inject(payload ? { ...options, payload } : options)
  return { status: answer.statusCode, etag: String(answer.headers['etag']), body: answer.body && answer.json() }
}

let count = 0
const newCode = (): string => `C${(count += 1)}`

async function aBody(over: object = {}): Promise<string> {
  const code = newCode()
  const { status } = await ask('POST', '/signatories', { code, name: `Body ${code}`, kind: 'other', ...over })
  expect(status).toBe(201)
  return code
}

async function aDomain(over: object = {}): Promise<string> {
  const code = newCode().toLowerCase()
  const { status } = await ask('POST', '/research-domains', { scheme: 'test', code, label: `Domain ${code}`, ...over })
  expect(status).toBe(201)
  return `test:${code}`
}

const between = (one: string, other: string, over: object = {}) =>
  anAgreement({
    signatories: [
      { side: 1, signatory: one },
      { side: 2, signatory: other },
    ],
    ...over,
  })

const times = <T>(n: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => work(i)))

const statuses = (answers: { status: number }[]): number[] => answers.map(({ status }) => status)
const publishRest = () => publishAll(register.db, register.today())

/** Every agreement that is there shows what the registry says now. */
async function expectEveryDocumentTrue(): Promise<void> {
  const rows = await register.db.query<{ id: string; document: string }>(
    sql`select id, document from agreements where deleted_at is null`,
  )
  const ids = rows.map(({ id }) => id)
  const built = await buildIndependently(register.db, ids, register.today())
  for (const { id, document } of rows) expect(JSON.parse(document)).toEqual(built.get(id)!.document)
  const gaps = await register.db.query(sql`
    select agreement_id from agreement_versions group by agreement_id having count(*) <> max(version) or min(version) <> 1`)
  expect(gaps).toEqual([])
}

/** What holds of writes that meet, however often they do. */
export function writesThatMeetAreTrue({ rounds }: { rounds: number }): void {
  beforeAll(async () => {
    register = await freshRegister()
  })

  describe('creates that race with a rename of what they show', () => {
    test('leave nothing that shows the old name, once the change is published', async () => {
      const us = await aBody()
      for (let round = 0; round < 3 * rounds; round += 1) {
        const party = await aBody({ name: `Old party ${round}` })
        const agency = await aBody({ name: `Old agency ${round}`, kind: 'agency', parent: party })
        const domain = await aDomain({ label: `Old domain ${round}` })
        const create = (i: number) =>
          ask('POST', '/agreements', between(us, i % 2 ? agency : party, { researchDomains: [domain] }))
        const answers = await Promise.all([
          create(0),
          ask('PATCH', `/signatories/${party}`, { name: `New party ${round}` }),
          create(1),
          ask('PATCH', `/research-domains/${domain}`, { label: `New domain ${round}` }),
          publishRegistryChange(register.db, register.today()).then(() => ({ status: 200 })),
          create(2),
          ask('PATCH', `/signatories/${agency}`, { name: `New agency ${round}` }),
          create(3),
          create(4),
        ])
        expect(statuses(answers)).toEqual([201, 200, 201, 200, 200, 201, 200, 201, 201])
      }
      await publishRest()
      const old = await register.db.query(sql`
        select title from agreements where document ~ 'Old (party|agency|domain)' or exists (
            select from agreement_listings where agreement_id = id and search @@ 'old & (party | agency | domain)')`)
      expect(old).toEqual([])
      await expectEveryDocumentTrue()
    })
  })

  describe('bodies that are given a code', () => {
    test('while the one above them is edited: neither waits for the other for ever', async () => {
      const above = await aBody()
      const answers = await times(24, (i) =>
        i % 2 === 0
          ? ask('POST', '/signatories', { name: `Office of F${'aeiouy'.repeat(i)}`, kind: 'agency', parent: above })
          : ask('PATCH', `/signatories/${above}`, { name: `Above ${i}` }),
      )
      expect(statuses(answers)).toEqual(answers.map((_, i) => (i % 2 === 0 ? 201 : 200)))
      const codes = answers.flatMap(({ status, body }) => (status === 201 ? [body.code] : []))
      expect(new Set(codes).size).toBe(12)
    })
  })

  describe('two moves at once', () => {
    test('in opposite directions make no cycle: one of them is done', async () => {
      for (let round = 0; round < rounds; round += 1) {
        const [one, other] = [await aBody(), await aBody()]
        const below = await aBody({ parent: other })
        const answers = await Promise.all([
          ask('PATCH', `/signatories/${one}`, { parent: below }),
          ask('PATCH', `/signatories/${other}`, { parent: one }),
        ])
        expect(statuses(answers)).toBeOneOf([
          [200, 422],
          [422, 200],
        ])
        const roots = await times(3, (i) => ask('GET', `/signatories/${[one, other, below][i]}`))
        for (const { body } of roots) expect(body.party.code).toBeOneOf([one, other])
      }
    })

    test('of research domains in opposite directions make no cycle either', async () => {
      for (let round = 0; round < rounds; round += 1) {
        const [one, other] = [await aDomain(), await aDomain()]
        const answers = await Promise.all([
          ask('PATCH', `/research-domains/${one}`, { broader: other }),
          ask('PATCH', `/research-domains/${other}`, { broader: one }),
        ])
        expect(statuses(answers)).toBeOneOf([
          [200, 422],
          [422, 200],
        ])
      }
    })

    test('never bring the two sides of an agreement under one party', async () => {
      for (let round = 0; round < rounds; round += 1) {
        const [one, other, union] = [await aBody(), await aBody(), await aBody()]
        const { body } = await ask('POST', '/agreements', between(one, other))
        const moves = await Promise.all([
          ask('PATCH', `/signatories/${one}`, { parent: union }),
          ask('PATCH', `/signatories/${other}`, { parent: union }),
        ])
        expect(statuses(moves)).toBeOneOf([
          [200, 422],
          [422, 200],
        ])
        await publishRest()
        const { body: now } = await ask('GET', `/agreements/${body.id}`)
        expect(new Set((now as Agreement).signatories.map(({ party }) => party.code)).size).toBe(2)
      }
    })
  })

  describe('a move that races with a write', () => {
    test('never brings the two sides of an agreement under one party', async () => {
      for (let round = 0; round < rounds; round += 1) {
        const [one, other, union] = [await aBody(), await aBody(), await aBody()]
        const answers = await Promise.all([
          ask('PATCH', `/signatories/${one}`, { parent: other }),
          ask('POST', '/agreements', between(one, other)),
          ask('POST', '/agreements', between(one, union)),
        ])
        const [move, create, unrelated] = statuses(answers)
        expect([move, create]).toBeOneOf([
          [200, 422],
          [422, 201],
        ])
        expect(unrelated).toBe(201)
      }
      await publishRest()
      await expectEveryDocumentTrue()
    })
  })

  describe('editors and the publisher at once', () => {
    test('lose nothing: every edit is in, every change of the registry and of time shows', async () => {
      const party = await aBody({ name: 'Race 0' })
      const us = await aBody()
      register.setToday('2026-01-01')
      const term = { length: 'P12M', atEnd: 'renews', renewal: { notice: 'P1M' } }
      const dates = [{ event: 'entered_into_force', date: '2020-06-15' }]
      const ids = await times(
        5,
        async () => (await ask('POST', '/agreements', between(us, party, { term, dates }))).body.id,
      )
      const editors = 4
      const edits = 8
      let working = true

      const append = async (id: string, word: string): Promise<void> => {
        for (;;) {
          const { body, etag } = await ask('GET', `/agreements/${id}`)
          const { status } = await ask('PATCH', `/agreements/${id}`, { summary: `${body.summary ?? ''}${word} ` }, etag)
          if (status === 200) return
          expect(status).toBe(412)
        }
      }
      const edit = async (editor: number): Promise<void> => {
        for (let i = 0; i < edits; i += 1) for (const id of ids) await append(id, `e${editor}n${i}`)
      }
      const rename = async (): Promise<void> => {
        for (let n = 1; n <= 20; n += 1) {
          expect((await ask('PATCH', `/signatories/${party}`, { name: `Race ${n}` })).status).toBe(200)
          register.setToday(`20${25 + n}-07-01`)
        }
      }
      const publish = async (): Promise<void> => {
        while (working) {
          await publishRegistryChange(register.db, register.today(), 2)
          await publishDue(register.db, register.today(), 2)
        }
      }
      const publishers = [publish(), publish()]
      await Promise.all([...Array.from({ length: editors }, (_, i) => edit(i)), rename()])
      working = false
      await Promise.all(publishers)
      await publishRest()

      const words = Array.from({ length: editors * edits }, (_, i) => `e${i % editors}n${Math.floor(i / editors)}`)
      for (const id of ids) {
        const { body } = await ask('GET', `/agreements/${id}`)
        expect(body.summary.trim().split(' ').toSorted()).toEqual(words.toSorted())
        expect(body.signatories[1].signatory.name).toBe('Race 20')
        expect(body.nextExpiry).toBe('2046-06-15')
      }
      const left = await register.db.query(sql`
        select id::text from registry_changes union all
        select id::text from agreements where changes_on <= ${register.today()}::date and deleted_at is null`)
      expect(left).toEqual([])
      await expectEveryDocumentTrue()
    })
  })
}
