import type { InjectOptions } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { authHeader } from '../support/keys.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
interface Coded {
  code: string
}
interface Entry {
  parent?: Coded
  party?: Coded
  broader?: Coded
}
/** What these tests look at of an answer, whatever it is of. */
interface Answer extends Entry {
  id: string
  total: number
  items: (Entry & { count: number })[]
}

async function ask(method: Method, url: string, payload?: object) {
  const options: InjectOptions = { method, url: `/v1${url}`, headers: { ...authHeader('admin'), 'if-match': '*' } }
  const answer = await register.app.inject(payload ? { ...options, payload } : options)
  return { status: answer.statusCode, body: (answer.body ? answer.json() : {}) as Answer }
}

/** How often something is written beside the reads. */
const rounds = 12

/** Reads without pause while something is written, `readers` at once. @returns what was read */
async function whileWriting<Read>(write: () => Promise<unknown>, read: () => Promise<Read>, readers = 3) {
  const found: Read[] = []
  let writing = true
  const reading = Array.from({ length: readers }, async () => {
    while (writing) found.push(await read())
  })
  try {
    await write()
  } finally {
    writing = false
  }
  await Promise.all(reading)
  return found
}

const registries = [
  {
    list: '/signatories',
    entry: (code: string, above?: string) => ({ code, name: code, kind: 'other', parent: above ?? null }),
    address: (code: string) => `/signatories/${code}`,
    move: (above: string) => ({ parent: above }),
    shown: ({ parent, party }: Entry) => `${parent?.code} of ${party?.code}`,
    moved: ['ONE-1 of ONE', 'TWO-1 of TWO'],
    codes: { one: 'ONE', two: 'TWO', under: 'CHILD', many: 'MANY' },
    ref: (code: string) => code,
  },
  {
    list: '/research-domains',
    entry: (code: string, above?: string) => ({ scheme: 'snap', code, label: code, broader: above ?? null }),
    address: (code: string) => `/research-domains/snap:${code}`,
    move: (above: string) => ({ broader: above }),
    shown: ({ broader }: Entry) => `${broader?.code}`,
    moved: ['one-1', 'two-1'],
    codes: { one: 'one', two: 'two', under: 'child', many: 'many' },
    ref: (code: string) => `snap:${code}`,
  },
]

describe.each(registries)('a list of $list', ({ list, entry, address, move, shown, moved, codes, ref }) => {
  const add = async (code: string, above?: string) =>
    expect((await ask('POST', list, entry(code, above && ref(above)))).status).toBe(201)

  test('is answered while entries of it are deleted', async () => {
    await add(codes.many)
    const each = Array.from({ length: rounds }, (_, i) => `${codes.many}-${i}`)
    for (const code of each) await add(code, codes.many)
    const answers = await whileWriting(
      async () => {
        for (const code of each) expect((await ask('DELETE', address(code))).status).toBe(204)
      },
      () => ask('GET', `${list}?parent=${ref(codes.many)}&limit=200`),
    )
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    expect(answers.length).toBeGreaterThan(10)
  })

  test('and a read of one show an entry under what it stood under at one moment, while it moves', async () => {
    for (const top of [codes.one, codes.two]) {
      await add(top)
      await add(`${top}-1`, top)
    }
    await add(codes.under, `${codes.one}-1`)
    const answers = await whileWriting(
      async () => {
        for (let i = 0; i < rounds; i += 1) {
          const above = `${i % 2 === 0 ? codes.two : codes.one}-1`
          expect((await ask('PATCH', address(codes.under), move(ref(above)))).status).toBe(200)
        }
      },
      async () => {
        const one = await ask('GET', address(codes.under))
        const { status, body } = await ask('GET', `${list}?q=${codes.under}`)
        return [one, { status, body: body.items?.[0] ?? {} }]
      },
    )
    const seen = answers.flat().map(({ status, body }) => (status === 200 ? shown(body) : `${status}`))
    expect(new Set(seen)).toEqual(new Set(moved))
  })
})

describe('an answer of several reads is of one moment', () => {
  const party = async (code: string) =>
    expect((await ask('POST', '/signatories', { code, name: code, kind: 'state' })).status).toBe(201)
  const between = (one: string, over: object = {}) =>
    anAgreement({
      signatories: [
        { side: 1, signatory: one },
        { side: 2, signatory: 'US' },
      ],
      ...over,
    })

  /** Adds agreements of a party and deletes them again. */
  const comeAndGo = (code: string) => async () => {
    for (let i = 0; i < rounds; i += 1) {
      const { body } = await ask('POST', '/agreements', between(code))
      expect((await ask('DELETE', `/agreements/${body.id}`)).status).toBe(204)
    }
  }

  test('the total of statistics is the sum of their counts', async () => {
    await party('XA')
    const answers = await whileWriting(comeAndGo('XA'), () => ask('GET', '/statistics?groupBy=type&party=XA'))
    const sums = answers.map(({ body }) => [body.total, body.items.reduce((sum, { count }) => sum + count, 0)])
    expect(sums.filter(([total, sum]) => total !== sum)).toEqual([])
    expect(new Set(sums.map(([total]) => total))).toEqual(new Set([0, 1]))
  })

  test('the exact count of a list is that of its items', async () => {
    await party('XB')
    const url = '/agreements?party=XB&count=exact&limit=200'
    const answers = await whileWriting(comeAndGo('XB'), () => ask('GET', url))
    const counts = answers.map(({ body }) => [body.total, body.items.length])
    expect(counts.filter(([total, items]) => total !== items)).toEqual([])
    expect(new Set(counts.map(([total]) => total))).toEqual(new Set([0, 1]))
  })

  test.each(['', '&format=ics'])('deadlines%s tell each day once, while it moves between months', async (format) => {
    const code = format === '' ? 'XC' : 'XD'
    await party(code)
    const dates = [{ event: 'entered_into_force', date: '2020-01-15' }]
    const term = (months: number) => ({ term: { length: `P${months}M`, atEnd: 'ends' } })
    const { body } = await ask('POST', '/agreements', between(code, { dates, ...term(72) }))
    const url = `/v1/deadlines?party=${code}&kind=expiry&from=2026-01-01&to=2030-01-01${format}`
    const answers = await whileWriting(
      async () => {
        for (let i = 0; i < rounds; i += 1) {
          const patch = term(i % 2 === 0 ? 90 : 72)
          expect((await ask('PATCH', `/agreements/${body.id}`, patch)).status).toBe(200)
        }
      },
      async () => (await register.app.inject({ url, headers: authHeader('reader') })).body,
    )
    const days = answers.map((text) => text.match(/"day":"[^"]+"|DTSTART[^\r]+/g)?.join())
    const [early, late] =
      format === ''
        ? ['"day":"2026-01-15"', '"day":"2027-07-15"']
        : ['DTSTART;VALUE=DATE:20260115', 'DTSTART;VALUE=DATE:20270715']
    expect(new Set(days)).toEqual(new Set([early, late]))
  })
})
