import { request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { buildApp } from '../src/app.ts'
import { moveFeed } from '../src/changes/restored.ts'
import { deleteOldChanges } from '../src/changes/retention.ts'
import { sequenceChanges } from '../src/changes/sequence.ts'
import { connect } from '../src/database/connect.ts'
import { followersStayEqual } from './promises/followers.ts'
import { authHeader } from './support/keys.ts'
import { holding, waitingForLocks } from './support/locks.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'
import { serve, times } from './support/served.ts'

interface Item {
  sequence: number
  kind: string
  id: string
  operation: string
  inSelection: boolean
  version: number | null
  cause: string | null
  actor: string | null
  note: string | null
  publishedAt: string
  code: string | null
  mergedInto: string | null
  document: Agreement | null
}

interface Page {
  items: Item[]
  cursor: string
  more: boolean
}

let register: Register

const created = async (over: object = {}, on = register): Promise<Agreement> =>
  (await on.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body
const patch = (id: string, fields: object, on = register) =>
  on.api.patch(`/v1/agreements/${id}`).set('if-match', '*').send(fields).expect(200)
const remove = (path: string, on = register) => on.api.delete(path).set('if-match', '*').expect(204)
const aBody = async (code: string, on = register): Promise<string> =>
  (
    await on.api
      .post('/v1/signatories')
      .send({ code, name: `Body ${code}`, kind: 'other' })
      .expect(201)
  ).body.id
const publishRest = (on = register) => publishAll(on.db, on.today())

const changes = async (query: object = {}, on = register): Promise<Page> =>
  (await on.anonymous.get('/v1/changes').query(query).expect(200)).body

/** All changes after a cursor, page by page. */
async function follow(after: string | undefined, query: object = {}, on = register): Promise<Item[]> {
  const items: Item[] = []
  for (let cursor = after; ;) {
    const page = await changes({ ...query, ...(cursor !== undefined && { after: cursor }) }, on)
    items.push(...page.items)
    cursor = page.cursor
    if (!page.more) return items
  }
}

const latest = async (on = register): Promise<string> => (await changes({ after: 'latest' }, on)).cursor

/** Where each item is in the order: its sequence, and what it is about. */
const placesOf = (items: Item[]): string[] => items.map(({ sequence, id, version }) => `${sequence} ${id} ${version}`)

beforeAll(async () => {
  register = await freshRegister()
})

describe('the feed', () => {
  test('has every publication, merge and deletion in one order, as the histories show them', async () => {
    const own = await freshRegister()
    const [lost, kept] = [await aBody('LOST', own), await aBody('KEPT', own)]
    const signatories = [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: 'LOST' },
    ]
    const one = await created({ signatories }, own)
    const other = await created({ term: { length: 'P10Y', atEnd: 'ends' }, dates: enteredIntoForce }, own)
    await own.api
      .patch(`/v1/agreements/${one.id}`)
      .set({ 'if-match': '*', 'x-change-note': 'A note' })
      .send({ summary: 'New' })
    await own.api.post('/v1/signatories/LOST/merge').set('if-match', '*').send({ into: 'KEPT' }).expect(201)
    await publishRest(own)
    await remove('/v1/signatories/LOST/merge', own)
    await publishRest(own)
    await remove(`/v1/agreements/${one.id}`, own)
    await own.api.post(`/v1/agreements/${one.id}/restore`).set('if-match', '*').expect(200)
    own.setToday('2031-01-01')
    await publishRest(own)
    await own.api.post('/v1/research-domains').send({ scheme: 'test', code: 'gone', label: 'Gone' }).expect(201)
    await remove('/v1/research-domains/test:gone', own)
    await own.api.post('/v1/collections').send({ code: 'gone', name: 'Gone' }).expect(201)
    await remove('/v1/collections/gone', own)

    const items = await follow(undefined, {}, own)
    expect(items.map(({ sequence }) => sequence)).toEqual(items.map((_, i) => i + 1))
    for (const { id } of [one, other]) {
      const { body } = await own.api.get(`/v1/agreements/${id}/versions`)
      const versions = body.items
        .toReversed()
        .map(({ changes: _, patch: __, ...entry }: { changes: object; patch: object }) => entry)
      const ofIt = items.filter((item) => item.id === id)
      expect(
        ofIt.map(
          ({ sequence: _, kind: __, id: ___, inSelection: ____, code: _5, mergedInto: _6, document: _7, ...entry }) =>
            entry,
        ),
      ).toEqual(versions)
      for (const { version, document } of ofIt) {
        expect(document).toEqual((await own.api.get(`/v1/agreements/${id}/versions/${version}`)).body.document)
      }
    }
    const causes = items.flatMap(({ cause }) => cause ?? [])
    expect(new Set(causes)).toEqual(new Set(['edit', 'registry', 'clock']))
    const entries = items.filter(({ kind }) => kind !== 'agreement')
    expect(entries).toMatchObject([
      { kind: 'signatory', id: lost, operation: 'merged', code: 'LOST', mergedInto: kept, inSelection: false },
      { kind: 'signatory', id: lost, operation: 'restored', code: 'LOST', mergedInto: null, inSelection: true },
      { kind: 'research_domain', operation: 'deleted', code: 'test:gone', mergedInto: null, inSelection: false },
      { kind: 'collection', operation: 'deleted', code: 'gone', mergedInto: null, inSelection: false },
    ])
    for (const { version, cause, document, actor } of entries) {
      expect([version, cause, document, actor]).toEqual([null, null, null, 'key:TestKeyadmin (Test admin)'])
    }
  })

  test('gives each change once, however many are on a page, and a cursor to go on from in any case', async () => {
    const begin = await latest()
    const agreements = [await created(), await created(), await created()]
    const { items, cursor, more } = await changes({ after: begin })
    expect([items.map(({ id }) => id), more]).toEqual([agreements.map(({ id }) => id), false])
    for (const limit of [1, 2, 3]) {
      expect(placesOf(await follow(begin, { limit })), `${limit} on a page`).toEqual(placesOf(items))
    }
    expect(await changes({ after: cursor })).toEqual({ items: [], cursor, more: false })
    const first = await register.anonymous.get('/v1/changes').query({ after: begin, limit: 1 })
    expect(first.headers['link']).toBe(`</v1/changes?after=${first.body.cursor}&limit=1>; rel="next"`)
    expect([first.body.more, first.headers['cache-control']]).toEqual([true, 'no-cache'])
    await register.anonymous
      .get('/v1/changes')
      .query({ after: begin, limit: 1 })
      .set('if-none-match', first.headers['etag']!)
      .expect(304)
    await register.anonymous.head('/v1/changes').query({ after: begin }).expect(200)
  })

  test('ends a page early when the documents are large', async () => {
    const begin = await latest()
    const ids = (await times(3, () => created())).map(({ id }) => id)
    await register.db.query(sql`
      update agreement_versions set document = replace(document, '"summary":null', '"summary":"' || repeat('x', 1800000) || '"')
      where agreement_id = any(${sql.param(ids)}::uuid[])`)
    const first = await changes({ after: begin })
    const second = await changes({ after: first.cursor })
    expect([first.items.length, first.more, second.items.length, second.more]).toEqual([2, true, 1, false])
    expect([...first.items, ...second.items].map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  })

  test.each([['-1'], ['1.5'], ['x'], ['0x10'], [''], ['1234567890123456']])(
    'refuses the cursor `%s`',
    async (after) => {
      const { body } = await register.anonymous.get('/v1/changes').query({ after }).expect(400)
      expect(body.errors).toMatchObject([{ parameter: 'after' }])
    },
  )

  test('refuses a cursor that it has not given: the register was restored from a backup', async () => {
    const { body } = await register.anonymous.get('/v1/changes').query({ after: '99999999' }).expect(400)
    expect(body).toMatchObject({ code: 'invalid_cursor', errors: [{ parameter: 'after', code: 'not_yet' }] })
    expect(body.detail).toContain('`/v1/changes?after=latest`')
  })
})

const enteredIntoForce = [{ event: 'entered_into_force', date: '2020-01-01' }]

/** Makes the commit of a write wait whose agreement has this title, while a session holds the lock. */
async function delayedCommits(title: string): Promise<() => Promise<void>> {
  await register.db.query(
    sql.raw(`
    create or replace function wait_at_commit() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock_shared(4711); return null; end $$`),
  )
  await register.db.query(
    sql.raw(`
    create constraint trigger wait_at_commit after insert on agreements deferrable initially deferred
      for each row when (new.title = '${title}') execute function wait_at_commit()`),
  )
  const release = await holding(register.url, 'select pg_advisory_xact_lock(4711)')
  return async () => {
    await release()
  }
}

describe('writes that commit in another order than they began', () => {
  test('are all in the feed: one that commits late comes after what was read meanwhile', async () => {
    const begin = await latest()
    const release = await delayedCommits('Slow to commit')
    const slow = created({ title: 'Slow to commit' })
    const idle = async () => {
      const [row] = await register.db.query<{ count: number }>(sql`select count(*)::int as count from pg_locks
        where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`)
      return row!.count
    }
    await expect.poll(idle).toBe(1)
    const quick = await created({ title: 'Quick to commit' })
    const first = await changes({ after: begin })
    expect(first.items.map(({ id }) => id)).toEqual([quick.id])
    await release()
    const { id } = await slow
    const second = await changes({ after: first.cursor })
    expect(second.items.map((item) => item.id)).toEqual([id])
    expect(placesOf(await follow(begin))).toEqual(placesOf([...first.items, ...second.items]))
  })

  test('do not wait for the feed, and readers do not wait for one another', async () => {
    const begin = await latest()
    const release = await holding(register.url, 'select pg_advisory_xact_lock(7262024)')
    const { id } = await created()
    expect(await changes({ after: begin })).toEqual({ items: [], cursor: begin, more: false })
    await release()
    expect((await changes({ after: begin })).items.map((item) => item.id)).toEqual([id])
  })

  test('do not delay readers either, when they have all connections for writes', async () => {
    const { app, db } = await serve(register.url, {}, 2)
    const begin = await latest()
    const release = await holding(register.url, `select from signatories where code = 'FR' for update`)
    const blocked = app.inject({
      method: 'POST',
      url: '/v1/agreements',
      headers: authHeader('admin'),
      payload: anAgreement({
        signatories: [
          { side: 1, signatory: 'US' },
          { side: 2, signatory: 'FR' },
        ],
      }),
    })
    await expect.poll(() => waitingForLocks(db)).toBe(1)
    await created()
    expect((await app.inject({ url: `/v1/changes?after=${begin}` })).json()).toEqual({
      items: [],
      cursor: begin,
      more: false,
    })
    await release()
    expect((await blocked).statusCode).toBe(201)
    expect(await follow(begin)).toHaveLength(2)
  })

  test('get their place in batches, each in the order of versions', async () => {
    const begin = await latest()
    const [one, other] = [await created(), await created()]
    for (const summary of ['A', 'B', 'C']) {
      await patch(other.id, { summary })
      await patch(one.id, { summary })
    }
    for (let placed = 1; placed > 0;) placed = await sequenceChanges(register.db, 3)
    const items = await follow(begin)
    expect(items.map(({ sequence }) => sequence)).toEqual(items.map((_, i) => Number(begin) + 1 + i))
    for (const { id } of [one, other]) {
      expect(items.filter((item) => item.id === id).map(({ version }) => version)).toEqual([1, 2, 3, 4])
    }
  })
})

describe('waiting', () => {
  const waitFor = (query: object, on = register) =>
    on.anonymous
      .get('/v1/changes')
      .query({ wait: 25, ...query })
      .then(({ body }): Page => body)

  test('ends with the next change', async () => {
    const after = await latest()
    const waiting = waitFor({ after })
    const { id } = await created()
    expect((await waiting).items.map((item) => item.id)).toEqual([id])
  })

  test('with filters, ends with the next change that matches, after all that do not', async () => {
    const after = await latest()
    const waiting = waitFor({ after, type: 'minutes' })
    await created()
    const { id } = await created({ type: 'minutes' })
    const page = await waiting
    expect([page.items.map((item) => item.id), page.cursor]).toEqual([[id], String(Number(after) + 2)])
  })

  test('holds no connection to the database', async () => {
    const { app, db } = await serve(register.url, {}, 2)
    const after = await latest()
    const waiting = times(10, () => app.inject({ url: `/v1/changes?after=${after}&wait=25` }))
    await expect.poll(() => db.connections().total - db.connections().idle).toBe(0)
    expect((await app.inject({ url: '/v1/agreements?limit=1' })).statusCode).toBe(200)
    const { id } = await created()
    for (const answer of await waiting) expect(answer.json<Page>().items.map((item) => item.id)).toEqual([id])
  })

  test('is limited for each caller, ends after its time, and a caller that leaves makes room', async () => {
    const app = await buildApp({ db: register.db, today: register.today })
    onTestFinished(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const after = await latest()
    const open = (wait = 25) => {
      const request = send({ port, host: '127.0.0.1', path: `/v1/changes?after=${after}&wait=${wait}`, agent: false })
      const status = new Promise<number>((settle) => {
        request.once('response', (answer) => settle(answer.resume().statusCode!)).once('error', () => settle(0))
      })
      request.end()
      return { request, status }
    }
    const waiting = Array.from({ length: 21 }, () => open())
    const first = waiting.map(async ({ status }, i) => ({ i, status: await status }))
    const refused = await Promise.race(first)
    expect(refused.status).toBe(429)
    const others = waiting.filter((_, i) => i !== refused.i)
    others[0]!.request.destroy()
    await expect.poll(() => open(1).status).toBe(200)
    await created()
    expect(await Promise.all(others.slice(1).map(({ status }) => status))).toEqual(Array(19).fill(200))
  })

  test('ends when the server stops', async () => {
    const { app } = await serve(register.url, {})
    const after = await latest()
    const waiting = app.inject({ url: `/v1/changes?after=${after}&wait=25` })
    await new Promise((done) => setTimeout(done, 200))
    await app.close()
    expect((await waiting).json()).toEqual({ items: [], cursor: after, more: false })
  })
})

describe('with the filters of lists', () => {
  test('an agreement that leaves the part is told once, without its document, and its return is told', async () => {
    const after = await latest()
    const { id } = await created({ type: 'minutes' })
    await patch(id, { type: 'treaty' })
    await patch(id, { summary: 'Not told' })
    await patch(id, { type: 'minutes' })
    await remove(`/v1/agreements/${id}`)
    await register.api.post(`/v1/agreements/${id}/restore`).set('if-match', '*').expect(200)
    const items = await follow(after, { type: 'minutes' })
    expect(
      items.map(({ version, operation, inSelection, document }) => [
        version,
        operation,
        inSelection,
        document?.version,
      ]),
    ).toEqual([
      [1, 'created', true, 1],
      [2, 'updated', false, undefined],
      [4, 'updated', true, 4],
      [5, 'deleted', false, undefined],
      [6, 'restored', true, 6],
    ])
  })

  test('a search is taken as it is written, although it finds nothing yet', async () => {
    const after = await latest()
    expect((await changes({ after, q: 'flods' })).items).toEqual([])
    const { id } = await created({ title: 'About flods' })
    expect((await follow(after, { q: 'flods' })).map((item) => item.id)).toEqual([id])
  })

  test('a version that was stored before the feed was is left out, but not the latest', async () => {
    const after = await latest()
    const { id } = await created({ type: 'minutes' })
    await patch(id, { summary: 'New' })
    await register.db.query(sql`delete from agreement_version_listings where agreement_id = ${id} and version = 1`)
    await patch(id, { type: 'treaty' })
    const items = await follow(after, { type: 'minutes' })
    expect(items.map(({ version, inSelection }) => [version, inSelection])).toEqual([
      [2, true],
      [3, false],
    ])
  })

  test('an unknown code is refused, as in a list', async () => {
    const { body } = await register.anonymous.get('/v1/changes').query({ party: 'Korea' }).expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'party', code: 'unknown_code' }])
  })
})

describe('the example of a follower', () => {
  followersStayEqual({ writers: 4, writes: 3, kills: 0, rows: 10 })
})

describe('retention', () => {
  test('a cursor older than what is kept gets 410 with the way to start again; histories and the order go on', async () => {
    const own = await freshRegister()
    const { id } = await created({}, own)
    await created({}, own)
    const kept = (await changes({}, own)).cursor
    const third = await created({}, own)
    await changes({}, own)
    await own.db.query(sql`update changes set sequenced_at = now() - interval '91 days' where sequence <= ${kept}`)
    expect(await deleteOldChanges(own.db, 0)).toBe(0)
    expect(await deleteOldChanges(own.db, 92)).toBe(0)
    expect(await deleteOldChanges(own.db, 90)).toBe(2)
    for (const query of [{}, { after: '0' }, { after: '1' }, { type: 'minutes' }, { after: '1', wait: 25 }]) {
      const { body } = await own.anonymous.get('/v1/changes').query(query).expect(410)
      expect([body.code, body.detail]).toEqual([
        'changes_gone',
        'Only changes after 2 are kept, or the register was restored from a backup. Start again: read the cursor of `/v1/changes?after=latest`, then export the agreements, then follow from that cursor.',
      ])
    }
    expect((await follow(kept, {}, own)).map((item) => item.id)).toEqual([third.id])
    expect((await own.api.get(`/v1/agreements/${id}/versions`)).body.items).toHaveLength(1)
    await own.db.query(sql`update changes set sequenced_at = now() - interval '91 days'`)
    expect(await deleteOldChanges(own.db, 90)).toBe(0)
    await patch(id, { summary: 'New' }, own)
    expect((await follow('3', {}, own)).map(({ sequence, version }) => [sequence, version])).toEqual([[4, 2]])
  })
})

test('after a restore each cursor that was given before gets 410, and the order goes on', async () => {
  const own = await freshRegister()
  await moveFeed(own.db)
  const ids = [(await created({}, own)).id, (await created({}, own)).id]
  const before = (await changes({}, own)).items.map(({ sequence }) => String(sequence))
  await moveFeed(own.db)
  const { cursor } = await changes({ after: 'latest' }, own)
  for (const after of ['0', ...before]) {
    const { body } = await own.anonymous.get('/v1/changes').query({ after }).expect(410)
    expect([body.code, body.detail]).toEqual(['changes_gone', expect.stringContaining('restored from a backup')])
  }
  await patch(ids[0]!, { summary: 'New' }, own)
  const [item] = await follow(cursor, {}, own)
  expect([item!.id, item!.version, item!.sequence]).toEqual([ids[0], 2, Number(cursor) + 1])
})

describe('as an Atom feed', () => {
  interface AtomEntry {
    id: string
    title: string
    updated: string
    author: string | null
    alternate: string
    terms: string[]
    summary: string
  }

  /** The feed as a parser of XML reads it: that of PostgreSQL. */
  async function read(query: object = {}) {
    const answer = await register.anonymous.get('/v1/changes.atom').query(query).expect(200)
    const [feed] = await register.db.query<{
      entries: AtomEntry[]
      links: [string, string][]
      id: string
      author: string
    }>(sql`
      with feed as (select ${answer.text ?? String(answer.body)}::xml as x)
      select (select json_agg(e) from feed, xmltable(xmlnamespaces('http://www.w3.org/2005/Atom' as a), '/a:feed/a:entry' passing x
          columns id text path 'a:id', title text path 'a:title', updated text path 'a:updated', author text path 'a:author/a:name',
            alternate text path 'a:link[@rel="alternate"]/@href', summary text path 'a:summary',
            terms text path 'concat(a:category[1]/@term, " ", a:category[2]/@term)') e) as entries,
        (select json_agg(json_build_array(rel, href)) from feed, xmltable(xmlnamespaces('http://www.w3.org/2005/Atom' as a),
          '/a:feed/a:link' passing x columns rel text path '@rel', href text path '@href')) as links,
        f.id, f.author
      from feed, xmltable(xmlnamespaces('http://www.w3.org/2005/Atom' as a), '/a:feed' passing x
        columns id text path 'a:id', author text path 'a:author/a:name', title text path 'a:title', updated text path 'a:updated') f`)
    return { answer, ...feed!, entries: feed!.entries ?? [], links: new Map(feed!.links) }
  }

  test('has what each element of RFC 4287 needs, latest first, with the texts as they are', async () => {
    const title = 'A & B <c> "d" \'e\' ]]> \u0001\uFFFE \u{1F600} 한'
    const { id } = await created({ title, type: 'letter_of_intent' })
    await register.api
      .patch(`/v1/agreements/${id}`)
      .set({ 'if-match': '*', 'x-change-note': 'Why & how' })
      .send({ type: 'minutes' })
    await remove(`/v1/agreements/${id}`)
    const { answer, entries, links, author, id: own } = await read({ id })
    expect(answer.headers['content-type']).toBe('application/atom+xml; charset=utf-8')
    const written = title.replace(/[\u0001\uFFFE]/g, '\uFFFD')
    expect(entries.map((entry) => [entry.title, entry.terms])).toEqual([
      [`Deleted: ${written}`, 'deleted agreement'],
      [`Changed: ${written}`, 'updated agreement'],
      [`New: ${written}`, 'created agreement'],
    ])
    expect(entries[1]!.summary).toBe('United States – Japan. Status: signed. Version 2. It was edited. Note: Why & how')
    for (const [i, entry] of entries.entries()) {
      expect(entry.alternate).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/v1/agreements/${id}/versions/${3 - i}$`))
      expect([new Date(entry.updated).toISOString(), entry.author]).toEqual([
        entry.updated,
        'key:TestKeyadmin (Test admin)',
      ])
    }
    expect([author, own]).toEqual(['Entente', expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/)])
    expect(links.get('self')).toMatch(/\/v1\/changes\.atom\?id=/)
    expect(links.get('alternate')).toMatch(/\/v1\/changes\?id=/)
    const left = await read({ id, type: 'letter_of_intent' })
    expect(left.entries.map((entry) => entry.summary.includes('It no longer matches the search.'))).toEqual([
      true,
      false,
    ])
  })

  test('gives each entry one id for ever, links to older ones, and says when nothing is new', async () => {
    const all = new Map<string, string>()
    let query: object = { limit: 7 }
    for (let older: string | undefined = ''; older !== undefined;) {
      const { entries, links } = await read(query)
      for (const { id, alternate, updated } of entries) all.set(id, `${alternate.replace(/^.*\/v1/, '')} ${updated}`)
      older = links.get('next')
      query = older === undefined ? {} : Object.fromEntries(new URL(older).searchParams)
    }
    expect(all.size).toBe((await follow('0')).length)
    await created()
    const again = await read({ limit: 7 })
    expect(again.entries.slice(1).map(({ id }) => id)).toEqual([...all.keys()].slice(0, 6))
    const etag = String(again.answer.headers['etag'])
    await register.anonymous
      .get('/v1/changes.atom')
      .query({ limit: 7 })
      .set({ 'if-none-match': etag, host: hostOf(again.links) })
      .expect(304)
    expect((await read({ type: 'exchange_of_letters' })).entries).toEqual([])
  })

  /** Each request of these tests goes to a port of its own. */
  const hostOf = (links: Map<string, string>): string => new URL(links.get('self')!).host
})

describe('on a read-only database', () => {
  test('the feed has what already has its place', async () => {
    const own = await freshRegister()
    const { id } = await created({}, own)
    const { cursor } = await changes({}, own)
    await created({}, own)
    const name = new URL(own.url).pathname.slice(1)
    await own.db.query(sql.raw(`alter database ${name} set default_transaction_read_only = on`))
    const db = connect({ url: own.direct })
    const app = await buildApp({ db, today: own.today })
    onTestFinished(async () => {
      await app.close()
      await db.close()
    })
    const read = async (query: string) => (await app.inject({ url: `/v1/changes${query}` })).json<Page>()
    expect((await read('')).items.map((item) => item.id)).toEqual([id])
    expect(await read(`?after=${Number(cursor) + 1}`)).toEqual({ items: [], cursor: '2', more: false })
  })
})
