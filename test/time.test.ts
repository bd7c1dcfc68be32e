import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { loadSample } from '../src/programs/sample.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('the fourteen agreements on any day', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, register.today())
  })

  const statusesOn = async (day: string): Promise<Record<string, string>> => {
    const { body } = await register.api.get('/v1/agreements?party=US&signedTo=2019-12-31&sort=signed').expect(200)
    const read = body.items.map(async ({ id, reference }: { id: string; reference: string }) => {
      const { body: then } = await register.api.get(`/v1/agreements/${id}?on=${day}`).expect(200)
      return [reference.slice(-2), then.status]
    })
    return Object.fromEntries(await Promise.all(read))
  }

  const signedThenInForce = {
    '2008-01-01': { CA: 'in_force', GB: 'in_force', AU: 'in_force', SG: 'in_force', SE: 'in_force' },
    '2012-12-01': {
      CA: 'in_force',
      GB: 'in_force',
      AU: 'in_force',
      SG: 'in_force',
      SE: 'in_force',
      MX: 'in_force',
      IL: 'in_force',
      FR: 'signed',
      DE: 'in_force',
      NZ: 'in_force',
      EU: 'signed',
      ES: 'signed',
      NL: 'signed',
    },
  }
  const all = ['CA', 'GB', 'AU', 'SG', 'SE', 'MX', 'IL', 'FR', 'DE', 'NZ', 'EU', 'ES', 'NL', 'KR']
  const others = (known: Record<string, string>) =>
    Object.fromEntries(all.map((code) => [code, known[code] ?? 'unknown']))

  test.each([
    ['2008-01-01', others(signedThenInForce['2008-01-01'])],
    ['2012-12-01', others(signedThenInForce['2012-12-01'])],
    ['2016-03-31', others(signedThenInForce['2012-12-01'])],
    ['2016-04-01', others({ ...signedThenInForce['2012-12-01'], NL: 'in_force' })],
    ['2026-11-23', others({ ...signedThenInForce['2012-12-01'], NL: 'in_force', KR: 'signed' })],
  ])('have the right status on %s', async (day, expected) => {
    expect(await statusesOn(day)).toEqual(expected)
  })

  test('one request returns the agreements in force between two parties on a day', async () => {
    const between = async (day: string) =>
      (await register.api.get(`/v1/agreements?pair=US,NL&inForceOn=${day}&count=exact`).expect(200)).body.total
    expect([await between('2016-03-31'), await between('2016-04-01')]).toEqual([0, 1])
  })

  test('`on` selects by the status on any day, and is accepted only with a status', async () => {
    const signed = async (query: string) =>
      (await register.api.get(`/v1/agreements?${query}&count=exact`).expect(200)).body.total
    expect(await signed('status=signed&on=2012-12-01')).toBe(4)
    expect(await signed('status=signed&status=in_force&on=2012-12-01')).toBe(13)
    expect(await signed('status=signed&signedTo=2019-12-31')).toBe(4)
    const { body } = await register.api.get('/v1/agreements?on=2012-12-01').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'on', code: 'needs_status' }])
  })
})

describe('a term of three years that renews itself yearly, with three months of notice', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  const term = { length: 'P36M', atEnd: 'renews', renewal: { length: 'P12M', notice: 'P3M' } }
  const dates = [
    { event: 'signed', date: '2020-01-10' },
    { event: 'entered_into_force', date: '2020-03-31' },
  ]
  const document = async (id: string) => (await register.api.get(`/v1/agreements/${id}`).expect(200)).body

  test('is published again on the day it renews, once, by any number of servers', async () => {
    register.setToday('2022-01-01')
    const { id } = (await register.api.post('/v1/agreements').send(anAgreement({ term, dates })).expect(201)).body
    expect(await document(id)).toMatchObject({ nextExpiry: '2023-03-31', noticeDeadline: '2022-12-31', version: 1 })

    await publishAll(register.db, '2023-03-30')
    expect(await document(id)).toMatchObject({ version: 1 })
    await Promise.all(Array.from({ length: 4 }, () => publishAll(register.db, '2023-03-31')))
    expect(await document(id)).toMatchObject({
      version: 2,
      status: 'in_force',
      nextExpiry: '2024-03-31',
      noticeDeadline: '2023-12-31',
    })
    const { body } = await register.api.get(`/v1/agreements/${id}/versions`).expect(200)
    expect(body.items[0]).toMatchObject({ version: 2, cause: 'clock', actor: null })
  })

  test.each([
    ['2021-01-01', '2023-03-31', '2022-12-31'],
    ['2023-03-30', '2023-03-31', '2022-12-31'],
    ['2023-03-31', '2024-03-31', '2023-12-31'],
    ['2029-06-01', '2030-03-31', '2029-12-31'],
  ])('on %s, runs to %s and needs notice by %s', async (on, nextExpiry, noticeDeadline) => {
    register.setToday('2022-01-01')
    const { id } = (await register.api.post('/v1/agreements').send(anAgreement({ term, dates })).expect(201)).body
    const { body } = await register.api.get(`/v1/agreements/${id}?on=${on}`).expect(200)
    expect(body).toMatchObject({ nextExpiry, noticeDeadline })
  })
})
