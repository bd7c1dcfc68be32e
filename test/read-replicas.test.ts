import { setTimeout } from 'node:timers/promises'
import supertest from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { type ConnectedDatabase, connect, type Statement } from '../src/database/connect.ts'
import { openReplicas } from '../src/database/replicas/open-replicas.ts'
import { PositionsOfPrimary } from '../src/database/replicas/positions-of-primary.ts'
import { Replicas } from '../src/database/replicas/replicas.ts'
import { Standby } from '../src/database/replicas/standby.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('the state of a standby', () => {
  const positions = () => {
    const primary = new PositionsOfPrimary(60_000)
    primary.add(100n, 1_000)
    primary.add(200n, 2_000)
    return primary
  }

  test('is current when the primary is not known to be ahead, however long it has been idle', () => {
    const primary = positions()
    for (const now of [2_000, 1_000_000]) expect([200n, 201n].map((at) => primary.ageOf(at, now))).toEqual([0, 0])
  })

  test('is as old as the last time at which the primary was known to be no further', () => {
    const primary = positions()
    expect([100n, 150n, 199n].map((at) => primary.ageOf(at, 2_500))).toEqual([1_500, 1_500, 1_500])
    primary.add(200n, 3_000)
    primary.add(300n, 4_000)
    expect(primary.ageOf(200n, 4_100)).toBe(1_100)
  })

  test('is infinitely old when it is behind all that is known, and current when nothing is', () => {
    expect(positions().ageOf(99n, 2_500)).toBe(Infinity)
    expect(new PositionsOfPrimary(60_000).ageOf(99n, 2_500)).toBe(0)
  })

  test('is told as long as the horizon: positions of before it are forgotten', () => {
    const primary = positions()
    primary.add(300n, 61_500)
    expect([199n, 200n].map((at) => primary.ageOf(at, 61_500))).toEqual([Infinity, 59_500])
  })
})

describe('DATABASE_READ_URLS', () => {
  const urlsOf = (settings: Record<string, string>) =>
    readConfig({ DATABASE_URL: 'postgres://u@one/db', ...settings }).databaseReads.urls

  test('has one or more standbys, as URLs or as hosts of one', () => {
    expect(urlsOf({})).toEqual([])
    expect(urlsOf({ DATABASE_READ_URLS: 'postgres://u@two:1,three:2/db' })).toEqual([
      'postgres://u@two:1/db',
      'postgres://u@three:2/db',
    ])
    expect(urlsOf({ DATABASE_READ_URLS: 'postgres://u@two/db, postgresql://u@three/db' })).toEqual([
      'postgres://u@two/db',
      'postgresql://u@three/db',
    ])
  })

  test('has the password of DATABASE_PASSWORD where it contains none', () => {
    const given = { DATABASE_PASSWORD: 'p,@', DATABASE_READ_URLS: 'postgres://u@two/db,postgres://u:own@three/db' }
    expect(urlsOf(given)).toEqual(['postgres://u:p%2C%40@two/db', 'postgres://u:own@three/db'])
  })

  test.each(['http://two/db', 'postgres://u@two,,three/db', 'postgres://u@two/db,http://three/db'])(
    'cannot be %s',
    (urls) => {
      expect(() => urlsOf({ DATABASE_READ_URLS: urls })).toThrow(
        /^DATABASE_READ_URLS is ".*\*\*\*" \(secret\)\. Must be/,
      )
    },
  )

  test('needs DATABASE_URL', () => {
    expect(() => readConfig({ DATABASE_READ_URLS: 'postgres://u@two/db' })).toThrow(
      'DATABASE_READ_URLS is set without DATABASE_URL. Set both or neither.',
    )
  })
})

/** The row that a server answers to a statement with this name. */
type Answers = (statement: string) => object | Promise<object>

const serverThat = (answers: Answers): ConnectedDatabase => {
  const query = async ({ name }: Statement) => [await answers(name)]
  return { aside: { query }, close: async () => {} } as unknown as ConnectedDatabase
}

/** A primary and its standby that answer what no real ones do when a test wants it, and what the log says of them. */
async function pair(primary: Answers, standby: Answers, maxLag = 10_000) {
  const said: string[] = []
  const say = (_about: object, message: string) => void said.push(message)
  const replicas = new Replicas({ primary: serverThat(primary), maxLag, log: { info: say, warn: say } }, (known) => [
    new Standby({ name: 'two', db: serverThat(standby), watched: (db) => db, ...known }),
  ])
  atEnd(() => replicas.close())
  await replicas.start()
  return { said, isUp: () => replicas.figures()[0]!.isUp }
}

describe('a standby', () => {
  const own = { position: '1', isPageEnd: false, id: 'one' }
  const state = { run: 'first', isStandby: true, position: '1', id: 'one' }

  test('is not read before the primary has told which database it has', async () => {
    let asked = 0
    const { isUp, said } = await pair(
      (statement) => {
        if (statement === 'identity' && (asked += 1) === 1) throw new Error('Not yet.')
        return own
      },
      () => ({ ...state, id: 'another' }),
    )
    expect(isUp()).toBe(false)
    await expect.poll(() => asked).toBe(2)
    await setTimeout(100)
    expect(isUp()).toBe(false)
    expect(said).toEqual(['The standby two gets no reads: The primary has not told yet which database it has.'])
  })

  test('that answers too late is down, also when the answer has come', async () => {
    const { isUp, said } = await pair(
      () => own,
      async (statement) => {
        if (statement === 'state-of-standby') await setTimeout(1_200)
        return state
      },
    )
    await setTimeout(2_500)
    expect(isUp()).toBe(false)
    expect(said).toEqual(['The standby two gets no reads: It does not answer.'])
  })

  test('that is too far behind when it ends is not said to have caught up', async () => {
    let [written, isThere] = [1, true]
    const { said, isUp } = await pair(
      () => ({ ...own, position: String((written += 1)) }),
      () => {
        if (!isThere) throw new Error('It has ended.')
        return state
      },
      100,
    )
    isThere = false
    await expect.poll(isUp).toBe(false)
    await setTimeout(100)
    expect(said).toEqual([
      'The standby two answers.',
      'The standby two gets no reads: it is too far behind.',
      'The standby two gets no reads: It has ended.',
    ])
  })
})

// What needs a standby is tried in test/scale/replicas.test.ts.
describe('positions', () => {
  let register: Register
  let api: ReturnType<typeof supertest.agent>
  let anonymous: ReturnType<typeof supertest>
  let path: string
  beforeAll(async () => {
    register = await freshRegister()
    const { direct } = register
    const config = readConfig({ DATABASE_URL: direct, DATABASE_READ_URLS: direct })
    const db = connect({ url: direct, tellsPositions: true })
    const replicas = openReplicas(config, db, { log: { info: () => {}, warn: () => {} } })!
    await replicas.start()
    atEnd(() => Promise.all([replicas.close(), db.close()]))
    const { publicUrl } = readConfig({ PUBLIC_URL: 'https://example.org' })
    const app = await buildApp({ db, today: register.today }, { replicas, cacheSeconds: 30, publicUrl })
    atEnd(() => app.close())
    await app.ready()
    api = supertest.agent(app.server).set(authHeader('admin'))
    anonymous = supertest(app.server)
    path = `/v1/agreements/${(await api.post('/v1/agreements').send(anAgreement()).expect(201)).body.id}`
  })

  const positionOf = ({ headers }: { headers: Record<string, string> }) => headers['register-position']
  const edit = (summary: string, tag = '*') => api.patch(path).set('if-match', tag).send({ summary })

  test('are told by each write, and ascend', async () => {
    const writes = [
      await edit('One').expect(200),
      await api.post(`${path}/dates`).send({ event: 'terminated', date: '2025' }).expect(201),
      await api.put(`${path}/research-domains/ford:2.1`).set('if-match', '*').expect(200),
      await api.post('/v1/signatories').send({ code: 'XX-1', name: 'One', kind: 'agency', parent: 'US' }).expect(201),
      await api.delete('/v1/signatories/XX-1').set('if-match', '*').expect(204),
    ]
    const positions = writes.map((answer) => BigInt(`0x${positionOf(answer)}`))
    expect(positions).toEqual(positions.toSorted((a, b) => (a < b ? -1 : 1)))
    expect(new Set(positions).size).toBe(positions.length)
  })

  test('are told when a write is refused because of what others have written, and not when it is not valid', async () => {
    expect(positionOf(await edit('Late', '"0"').expect(412))).toMatch(/^[0-9a-f]+$/)
    expect(positionOf(await edit('Invalid').send({ title: 1 }).expect(400))).toBeUndefined()
    expect(positionOf(await api.get(path).expect(200))).toBeUndefined()
  })

  test('of an answer that is repeated are after the first one', async () => {
    const create = () => api.post('/v1/agreements').set('idempotency-key', 'one').send(anAgreement()).expect(201)
    const [first, again] = [await create(), await create()]
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(BigInt(`0x${positionOf(again)}`)).toBeGreaterThanOrEqual(BigInt(`0x${positionOf(first)}`))
  })

  test('are what a read may bring, as they were told', async () => {
    const position = positionOf(await edit('Two').expect(200))!
    for (const brought of [position, 'latest', 'ffffffffffffffff']) {
      const { body } = await api.get(path).set('register-position', brought).expect(200)
      expect(body.summary).toBe('Two')
    }
    const { body } = await api.get(path).set('register-position', '0/16B3748').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'register-position', code: 'invalid_format' }])
  })

  test('make a shared cache ask for those who bring one', async () => {
    const { headers } = await anonymous.get(path).expect(200)
    expect(headers['cache-control']).toContain('s-maxage=30')
    expect(headers['vary']).toContain('register-position')
  })

  test('make no shared cache keep what was the newest state', async () => {
    const { headers } = await anonymous.get(path).set('register-position', 'latest').expect(200)
    expect(headers['cache-control']).toBe('private, no-cache')
  })

  test('are not told without read replicas, and those that are brought do not matter', async () => {
    const answer = await register.api.patch(path).set('if-match', '*').send({ summary: 'Three' }).expect(200)
    expect(positionOf(answer)).toBeUndefined()
    const { body } = await register.api.get(path).set('register-position', 'ffffffffffffffff').expect(200)
    expect(body.summary).toBe('Three')
    const { text } = await register.api.get('/metrics').expect(200)
    expect(text).not.toContain('entente_standby')
  })

  test('the primary is not a standby, and gets no reads as one', async () => {
    const { text } = await api.get('/metrics').expect(200)
    const name = new URL(register.direct).host
    for (const figure of ['up', 'reads_total', 'fallbacks_total']) {
      expect(text).toContain(`entente_standby_${figure}{standby="${name}"} 0`)
    }
  })
})
