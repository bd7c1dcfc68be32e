import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { loadSample } from '../../src/programs/sample.ts'
import { valid } from '../support/fuzz/values.ts'
import { authHeader } from '../support/keys.ts'
import { freshRegister, type Register } from '../support/register.ts'

type Json = Record<string, unknown>

const wanted = 300
const headers = { ...authHeader('admin'), 'content-type': 'application/json' }

/** The body without what the pointers of a problem name. */
function without(body: Json, pointers: string[]): Json {
  const rest = structuredClone(body)
  for (const pointer of pointers) {
    const steps = pointer.split('/').slice(1)
    const last = steps.pop()!
    const holder = steps.reduce<Json | undefined>((value, step) => value?.[step] as Json | undefined, rest)
    if (holder) delete holder[last]
  }
  return JSON.parse(
    JSON.stringify(rest, (_, value: unknown) => (Array.isArray(value) ? value.filter(Boolean) : value)),
  ) as Json
}

/** Creates an agreement from a random body, leaving out what breaks a rule; undefined if too much does. */
async function created({ app }: Register, random: Json): Promise<Agreement | undefined> {
  const sides = [
    { side: 1, signatory: 'US' },
    { side: 2, signatory: 'KR' },
  ]
  let body: Json = { ...random, signatories: [...sides, ...((random['signatories'] ?? []) as Json[])], relations: [] }
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const answer = await app.inject({ method: 'POST', url: '/v1/agreements', headers, payload: body })
    if (answer.statusCode === 201) return answer.json<Agreement>()
    const { errors = [] } = answer.json<{ errors?: { pointer: string }[] }>()
    body = without(
      body,
      errors.map(({ pointer }) => pointer.replace(/^(\/(?:signatories|dates|sources)\/\d+)\/(?!source$).*/, '$1')),
    )
  }
  return undefined
}

test(`${wanted} random agreements and their parts are taken by PUT as GET gives them, and stay as they are`, async () => {
  const register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
  const bodies = fc.sample(valid({ $ref: '#/components/schemas/AgreementInput' }), { numRuns: 4 * wanted, seed })
  const counts = { agreements: 0, representations: 0 }
  for (const body of bodies) {
    if (counts.agreements === wanted) break
    const agreement = await created(register, body as Json)
    if (!agreement) continue
    counts.agreements += 1
    const { id, dates, signatories, sources } = agreement
    const parts = [
      ...dates.map((date) => `/dates/${date.id}`),
      ...signatories.map((signature) => `/signatories/${signature.id}`),
      ...sources.map((source) => `/sources/${source.key}`),
    ]
    for (const url of ['', ...parts].map((part) => `/v1/agreements/${id}${part}`)) {
      const given = await register.app.inject({ method: 'GET', url })
      const ifMatch = { 'if-match': String(given.headers['etag']) }
      const put = { method: 'PUT', url, headers: { ...headers, ...ifMatch }, payload: given.body } as const
      const { statusCode, body, headers: after } = await register.app.inject(put)
      expect([statusCode, body, after['etag']], `FUZZ_SEED=${seed}`).toEqual([200, given.body, given.headers['etag']])
      counts.representations += 1
    }
  }
  console.info(`what GET gives: ${JSON.stringify(counts)}, seed ${seed}`)
  expect(counts.agreements).toBe(wanted)
})
