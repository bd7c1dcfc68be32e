import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { binaries } from '../src/database/embedded/binaries.ts'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { isAlive, processOf } from '../src/database/embedded/processes.ts'
import {
  expectRemembered,
  giveFolders,
  gone,
  hold,
  linux,
  lockFile,
  newFolder,
  playground,
  postmaster,
  pretend,
  query,
  remember,
  startHere,
  state,
} from './support/embedded.ts'

// What every start rests on; the accidents that a start makes good are in test/long/embedded.test.ts.
giveFolders()

test('speaks UTF-8 and UTC, listens on 127.0.0.1 only, wants the password, and flushes unless told otherwise', async () => {
  const { url } = await hold()
  const settings = `select current_setting('server_encoding') encoding, current_setting('TimeZone') zone, lower('ÉÀ') low,
    current_setting('listen_addresses') listens, current_setting('unix_socket_directories') sockets, current_setting('fsync') fsync`
  expect(await query(url, settings)).toEqual([
    { encoding: 'UTF8', zone: 'UTC', low: 'éà', listens: '127.0.0.1', sockets: '', fsync: 'on' },
  ])
  const wrong = new URL(url!)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
  const { password } = new URL(url!)
  expect(statSync(join(state.folder, 'cluster', 'password')).mode & 0o777).toBe(0o600)
  expect(processOf(postmaster())!.command).not.toContain(password)
  if (linux) expect(readFileSync(`/proc/${postmaster()}/environ`, 'utf8')).not.toContain(password)
  expect(readFileSync(join(state.folder, 'cluster', 'log'), 'utf8')).not.toContain(password)
})

test('stop leaves no process, and the next start finds the data', async () => {
  let pid = 0
  await startHere(async (url) => {
    await remember(url)
    pid = postmaster()
  })
  expect(isAlive(pid)).toBe(false)
  expect(existsSync(lockFile())).toBe(false)
  await startHere(expectRemembered)
})

test('stopping twice is stopping once', async () => {
  const postgres = await startEmbedded({ folder: state.folder, durable: false })
  await Promise.all([postgres.stop(), postgres.stop()])
  await postgres.stop()
})

test('no PostgreSQL survives kill -9 of its server, and what was acknowledged does', async () => {
  const { server, url } = await hold()
  await remember(url)
  const pid = postmaster()
  server.kill('SIGKILL')
  await gone(pid)
  await startHere(expectRemembered)
})

test('says so when PostgreSQL ends by itself', async () => {
  const ended = new Promise<string>((settle, reject) => {
    startEmbedded({ folder: state.folder, durable: false, onExit: settle }).then(
      () => process.kill(postmaster(), 'SIGINT'),
      reject,
    )
  })
  expect(await ended).toContain('database system is shut down')
})

test('a PostgreSQL that cannot start is quoted', async () => {
  await startHere()
  writeFileSync(join(state.folder, 'cluster', 'data', 'postgresql.conf'), 'no_such_setting = 1\n')
  await expect(startHere()).rejects.toThrow(
    /PostgreSQL did not start in .*unrecognized configuration parameter "no_such_setting"/s,
  )
})

test('a platform without an embedded PostgreSQL is told to set DATABASE_URL', async () => {
  pretend('arch', 's390x')
  await expect(startHere()).rejects.toThrow(/no embedded PostgreSQL for \w+ on s390x.*Set DATABASE_URL/)
})

test('so is a platform on which it does not run, and no copy of it stays', () => {
  state.folder = newFolder()
  const broken = join(playground, 'broken', 'native')
  mkdirSync(join(broken, 'bin'), { recursive: true })
  writeFileSync(join(broken, 'bin', 'postgres'), '#!/bin/sh\necho no such loader >&2\nexit 127\n', { mode: 0o755 })
  writeFileSync(join(broken, 'pg-symlinks.json'), '[]')
  writeFileSync(join(broken, '..', 'package.json'), '{ "version": "1" }')
  expect(() => binaries(state.folder, undefined, broken)).toThrow(/does not run here: no such loader. Set DATABASE_URL/)
  expect(readdirSync(state.folder)).toEqual([])
})
