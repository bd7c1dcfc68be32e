import { beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../src/config/config.ts'
import { connect } from '../src/database/connect.ts'
import { atEnd } from './support/at-end.ts'
import { freePort } from './support/free-port.ts'
import { isPooled } from './support/pooled.ts'
import { freshDatabase } from './support/register.ts'
import { times } from './support/served.ts'
import { tcpProxy } from './support/tcp-proxy.ts'

let url: string
beforeAll(async () => {
  ;({ url } = await freshDatabase())
})

/** The address of the database with these ports of the loopback address, in order. */
function withPorts(...ports: (number | string)[]): string {
  const { hostname, host } = new URL(url)
  return url.replace(`@${host}/`, `@${ports.map((port) => `${hostname}:${port}`).join(',')}/`)
}

const own = () => new URL(url).port

/** Reads on several connections at once. */
async function reads(address: string): Promise<unknown[]> {
  const db = connect({ url: address, pool: 4 })
  atEnd(() => db.close())
  return times(8, () => db.query({ name: 'one', text: 'select 1 as one' }))
}

const all = Array.from({ length: 8 }, () => [{ one: 1 }])

describe('with several hosts, connections are made to one that', () => {
  test('answers, when another refuses', async () => {
    const closed = await freePort()
    expect(await reads(withPorts(closed, own()))).toEqual(all)
    expect(await reads(withPorts(own(), closed))).toEqual(all)
  })

  test('answers, when another is silent', async () => {
    const silent = await tcpProxy(url)
    silent.pauseNew()
    expect(await reads(withPorts(new URL(silent.url).port, own()))).toEqual(all)
  })

  // A pooler keeps connections from before the setting.
  test.skipIf(isPooled)('accepts writes: none can be made where none does', async () => {
    const { db, url: readOnly } = await freshDatabase()
    const name = new URL(readOnly).pathname.slice(1)
    await db.query({ name: 'read-only', text: `alter database ${name} set default_transaction_read_only = on` })
    const { host } = new URL(readOnly)
    await expect(reads(readOnly.replace(`@${host}/`, `@${host},${host}/`))).rejects.toThrow(
      'No connection could be made.',
    )
    expect(await reads(readOnly)).toEqual(all)
  })

  // The setting is that of a connection to PostgreSQL.
  test.skipIf(isPooled)('accepts writes: when it stops, the next answer tells, also that of a read', async () => {
    const db = connect({ url: withPorts(own(), own()), pool: 2 })
    atEnd(() => db.close())
    const isWritable = { name: 'writable', text: `select current_setting('transaction_read_only') = 'off' as writable` }
    for (const one of [db, db.aside]) {
      await one.query({ name: 'stop', text: 'set default_transaction_read_only = on' })
      expect(await one.query(isWritable)).toEqual([{ writable: true }])
    }
  })
})

describe('DATABASE_URL', () => {
  test.each([
    'postgres://u@one:5432,two:5433/db',
    'postgres://u:p%2C%40@one,two,[::1]:5432/db?sslmode=require',
    'postgres://one,two/db',
  ])('may have several hosts: %s', (address) => {
    expect(readConfig({ DATABASE_URL: address }).databaseUrl).toBe(address)
  })

  test.each([
    'postgres://u@one,,two/db',
    'postgres://u@one,two,/db',
    'postgres://u@,one/db',
    'postgres://u@one:x,two/db',
  ])('must name each of them: %s', (address) => {
    expect(() => readConfig({ DATABASE_URL: address })).toThrow(/^DATABASE_URL is "postgres:\/\/\*\*\*" \(secret\)/)
  })

  test('takes the password of all hosts from DATABASE_PASSWORD', () => {
    const { databaseUrl } = readConfig({ DATABASE_URL: 'postgres://u@one:1,two:2/db', DATABASE_PASSWORD: 'p,@' })
    expect(databaseUrl).toBe('postgres://u:p%2C%40@one:1,two:2/db')
  })
})
