import { sql } from 'drizzle-orm'
import type { Response } from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { newKeyText, publicIdOf } from '../src/auth/keys/key.ts'
import { actorOf, authHeader, keyTextOf } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

interface Made {
  id: string
  publicId: string
  key: string
  expiresAt: string | null
}

async function make(over: object = {}): Promise<Made> {
  const { body } = await register.api
    .post('/v1/keys')
    .send({ name: 'A key', role: 'editor', ...over })
    .expect(201)
  return body as Made
}

const as = (key: string) => ({ authorization: `Bearer ${key}` })
const me = async (key: string) =>
  (await register.anonymous.get('/v1/me').set(as(key))) as { status: number; body: object }
const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body

describe('the text of a key', () => {
  test('consists of a prefix, a public part, a secret and a checksum, in digits and letters', () => {
    const texts = Array.from({ length: 2000 }, () => newKeyText())
    for (const { text, publicId } of texts) {
      expect(text).toMatch(/^ent_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/)
      expect(publicIdOf(text)).toBe(publicId)
    }
    expect(new Set(texts.map(({ publicId }) => publicId)).size).toBe(texts.length)
    const letters = new Set(texts.flatMap(({ text }) => text.slice(17, 49).split('')))
    expect(letters.size).toBe(62)
  })

  test('detects every wrong letter and every transposition', () => {
    const { text } = newKeyText()
    for (let at = 0; at < text.length; at += 1) {
      for (const letter of '0aZ_-') {
        const other = text.slice(0, at) + letter + text.slice(at + 1)
        if (other !== text) expect(publicIdOf(other)).toBeUndefined()
      }
      const swapped = text.slice(0, at) + (text[at + 1] ?? '') + text[at] + text.slice(at + 2)
      if (swapped !== text) expect(publicIdOf(swapped)).toBeUndefined()
    }
    for (const other of [`${text}0`, text.slice(0, -1), ` ${text}`, `${text}\n`, '']) {
      expect(publicIdOf(other)).toBeUndefined()
    }
  })
})

describe('a key', () => {
  test('is shown once, stored as a hash, and valid immediately', async () => {
    const answer = await register.api.post('/v1/keys').send({ name: 'Import', role: 'editor' }).expect(201)
    const { key, ...shown } = answer.body
    expect(answer.headers).toMatchObject({ location: `/v1/keys/${shown.id}`, 'cache-control': 'no-store' })
    expect(shown).toMatchObject({ role: 'editor', createdBy: actorOf('admin'), expiresAt: null, lastUsedAt: null })
    expect(await read(`/v1/keys/${shown.id}`)).toEqual(shown)
    expect(await read(`/v1/keys/${shown.publicId}`)).toEqual(shown)
    expect((await read('/v1/keys')).items).toContainEqual(shown)
    const [stored] = await register.db.query<{ row: string }>(
      sql`select k::text as row from keys k where id = ${shown.id}`,
    )
    expect(stored!.row).not.toContain(key.slice(17, 49))
    expect(await me(key)).toMatchObject({
      status: 200,
      body: { actor: `key:${shown.publicId} (Import)`, role: 'editor', via: 'key', expiresAt: null },
    })
  })

  test('records its last use at most once a minute, without delaying requests', async () => {
    const { id, key } = await make()
    const lastUsed = async () => (await read(`/v1/keys/${id}`)).lastUsedAt as string | null
    await Promise.all(Array.from({ length: 8 }, () => me(key)))
    await expect.poll(lastUsed).not.toBeNull()
    const first = await lastUsed()
    expect(Math.abs(Date.parse(first!) - Date.now())).toBeLessThan(60_000)
    await me(key)
    expect(await lastUsed()).toBe(first)
    await register.db.query(sql`update keys set last_used_at = now() - interval '61 seconds' where id = ${id}`)
    await expect
      .poll(async () => ((await me(key)).status === 200 ? Date.parse((await lastUsed())!) : 0))
      .toBeGreaterThan(Date.parse(first!) - 1000)
  })

  test('is valid until it expires', async () => {
    const { id, key } = await make({ expiresAt: '2999-12-31T23:00:00+02:00' })
    expect((await me(key)).body).toMatchObject({ expiresAt: '2999-12-31T21:00:00.000Z' })
    await register.db.query(sql`update keys set expires_at = now() where id = ${id}`)
    await expect.poll(() => me(key)).toMatchObject({ status: 401, body: { detail: 'The key has expired.' } })
    expect((await read('/v1/keys?state=expired')).items).toMatchObject([{ id }])
  })

  test.each([
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 422, '/expiresAt'],
    [{ expiresAt: '2999-13-01T00:00:00Z' }, 400, '/expiresAt'],
    [{ expiresAt: '2999-01-01' }, 400, '/expiresAt'],
    [{ role: 'owner' }, 400, '/role'],
    [{ role: undefined }, 400, '/role'],
    [{ name: ' ' }, 400, '/name'],
    [{ key: 'mine' }, 400, '/key'],
    [{ revokedAt: null }, 400, '/revokedAt'],
  ])('cannot be created with %j', async (over, status, pointer) => {
    const asked = register.api.post('/v1/keys').send({ name: 'A key', role: 'editor', ...over })
    const { body } = await asked.expect(status)
    expect(body.errors).toMatchObject([{ pointer }])
  })

  test('is revoked permanently and immediately; the list shows who did it', async () => {
    const { id, publicId, key } = await make()
    expect((await me(key)).status).toBe(200)
    await register.api.delete(`/v1/keys/${publicId}`).expect(204)
    expect(await me(key)).toMatchObject({ status: 401, body: { detail: 'The key was revoked.' } })
    await read(`/v1/keys/${id}`, 404)
    await register.api.delete(`/v1/keys/${id}`).expect(404)
    await register.api.post(`/v1/keys/${id}/rotate`).send({}).expect(404)
    const revoked = { id, revokedAt: expect.stringMatching(/Z$/), revokedBy: actorOf('admin') }
    expect((await read('/v1/keys?state=revoked')).items).toMatchObject([revoked])
    const live = (await read('/v1/keys?state=live')).items as { id: string }[]
    expect(live.map((item) => item.id)).not.toContain(id)
  })

  test('is rotated: two keys are valid until the old one expires', async () => {
    const old = await make({ name: 'Rotated' })
    const { body: next } = await register.api.post(`/v1/keys/${old.id}/rotate`).send({ overlapHours: 2 }).expect(201)
    expect(next).toMatchObject({ name: 'Rotated', role: 'editor', replaces: old.id, expiresAt: null })
    expect([(await me(old.key)).status, (await me(next.key)).status]).toEqual([200, 200])
    const { expiresAt } = await read(`/v1/keys/${old.id}`)
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 2 * 3_600_000)).toBeLessThan(60_000)
    const again = await register.api.post(`/v1/keys/${old.id}/rotate`).send({}).expect(409)
    expect(again.body.code).toBe('taken')
    expect((await read(`/v1/keys/${old.id}`)).expiresAt).toBe(expiresAt)
    const short = await make({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
    await register.api.post(`/v1/keys/${short.id}/rotate`).send({ overlapHours: 48 }).expect(201)
    expect((await read(`/v1/keys/${short.id}`)).expiresAt).toBe(short.expiresAt)
  })

  test('has one successor when two requests rotate it at the same time', async () => {
    const { id } = await make()
    const rotate = () => register.api.post(`/v1/keys/${id}/rotate`).send({})
    const statuses = (await Promise.all([rotate(), rotate(), rotate()])).map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 409, 409])
  })

  test('is listed in pages, newest first', async () => {
    await make()
    const ids: string[] = []
    for (let address: string | undefined = '/v1/keys?limit=3'; address;) {
      const { body, headers }: Response = await register.api.get(address).expect(200)
      ids.push(...body.items.map(({ id }: { id: string }) => id))
      address = /<(.+)>/.exec(headers['link'] ?? '')?.[1]
    }
    expect(ids).toEqual(ids.toSorted().toReversed())
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThan(6)
  })
})

describe('the actor', () => {
  test('is in every version: the author of an edit or of a registry change; null for changes by the clock', async () => {
    const { api, anonymous, db, today } = register
    const editor = authHeader('editor')
    await anonymous
      .post('/v1/signatories')
      .set(editor)
      .send({ code: 'XX-ACTOR', name: 'Body', kind: 'other' })
      .expect(201)
    const created = await anonymous
      .post('/v1/agreements')
      .set(editor)
      .send(
        anAgreement({
          signatories: [
            { side: 1, signatory: 'XX-ACTOR' },
            { side: 2, signatory: 'JP' },
          ],
        }),
      )
      .expect(201)
    const address = created.headers['location']!
    await api.patch(address).set('If-Match', '*').send({ summary: 'By an admin' }).expect(200)
    await api
      .patch('/v1/signatories/XX-ACTOR')
      .set({ 'If-Match': '*', 'X-Change-Note': 'It was renamed' })
      .send({ name: 'Renamed' })
      .expect(200)
    await publishAll(db, today())
    await db.query(sql`update agreements set changes_on = '2025-01-01' where id = ${created.body.id}`)
    await publishAll(db, today())
    await anonymous.delete(address).set(editor).set('If-Match', '*').expect(204)
    await api.post(`${address}/restore`).send().expect(200)
    const { items } = await read(`${address}/versions?limit=200`)
    const told = items.map(({ operation, cause, actor, note }: Record<string, string>) => [
      operation,
      cause,
      actor,
      note,
    ])
    expect(new Set(told.map(String))).toEqual(
      new Set(
        [
          ['created', 'edit', actorOf('editor'), null],
          ['updated', 'edit', actorOf('admin'), null],
          ['updated', 'registry', actorOf('admin'), 'It was renamed'],
          ['updated', 'clock', null, null],
          ['deleted', 'edit', actorOf('editor'), null],
          ['restored', 'edit', actorOf('admin'), null],
        ].map(String),
      ),
    )
  })

  test.each([
    ['/v1/signatories', { code: 'XX-BY', name: 'Body', kind: 'other' }, { name: 'Other' }],
    ['/v1/research-domains', { scheme: 'theme', code: 'by', label: 'By' }, { label: 'Other' }],
  ])('is in the entries of %s', async (path, entry, patch) => {
    const made = await register.anonymous.post(path).set(authHeader('editor')).send(entry).expect(201)
    expect(made.body.updatedBy).toBe(actorOf('editor'))
    const address = made.headers['location']!
    const changed = await register.api.patch(address).set('If-Match', '*').send(patch).expect(200)
    expect(changed.body.updatedBy).toBe(actorOf('admin'))
    expect((await read(address)).updatedBy).toBe(actorOf('admin'))
    expect((await read('/v1/signatories/KR')).updatedBy).toBeNull()
  })

  test('has a name on one line, even if the name has several', async () => {
    const { key, publicId } = await make({ name: 'Two\nlines\t.' })
    expect((await me(key)).body).toMatchObject({ actor: `key:${publicId} (Two lines .)` })
  })

  test('is null without a key, and may read', async () => {
    const { body, headers } = await register.anonymous.get('/v1/me').expect(200)
    expect(body).toEqual({ actor: null, role: 'reader', via: 'none', expiresAt: null })
    expect(headers['cache-control']).toBe('no-store')
    expect((await me(keyTextOf('reader'))).body).toMatchObject({ role: 'reader', via: 'key' })
  })
})
