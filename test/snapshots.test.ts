import type { InjectOptions } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { bearing } from './support/keys.ts'
import { freshRegister, type Register } from './support/register.ts'

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
  items: Entry[]
}

async function ask(method: Method, url: string, payload?: object) {
  const options: InjectOptions = { method, url: `/v1${url}`, headers: { ...bearing('admin'), 'if-match': '*' } }
  const answer = await register.app.inject(payload ? { ...options, payload } : options)
  return { status: answer.statusCode, body: (answer.body ? answer.json() : {}) as Answer }
}

/** Reads without pause while something is written, `readers` at once. @returns what was read */
async function whileWriting<Read>(write: () => Promise<unknown>, read: () => Promise<Read>, readers = 4) {
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
    const each = Array.from({ length: 60 }, (_, i) => `${codes.many}-${i}`)
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
        for (let i = 0; i < 60; i += 1) {
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
