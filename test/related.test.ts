import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { currentFormat } from '../src/agreements/publication/upcast.ts'
import { holding, waitingForLocks } from './support/locks.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const create = async (over: object = {}, status = 201) =>
  (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(status)).body
const read = async (id: string): Promise<Agreement> => (await register.api.get(`/v1/agreements/${id}`).expect(200)).body
const edit = (method: 'patch' | 'put' | 'delete', id: string) =>
  register.api[method](`/v1/agreements/${id}`).set('If-Match', '*')
const relate = async (id: string, relations: object[], status = 200) =>
  (await edit('patch', id).send({ relations }).expect(status)).body
const remove = (id: string) => edit('delete', id).expect(204)
const restore = (id: string) => register.api.post(`/v1/agreements/${id}/restore`).expect(200)
const publish = () => publishAll(register.db, register.today())
const relationTo = (kind: string, { id }: { id: string }) => ({ kind, agreement: id })
const shown = ({ id, reference, title }: Agreement) => ({ id, reference, title })
const versions = async (id: string): Promise<{ version: number; cause: string; note: string | null }[]> =>
  (await register.api.get(`/v1/agreements/${id}/versions`).expect(200)).body.items

/** What the other end shows before anything is published in the background: kinds, and by whom. */
const relatedBy = async (id: string) => {
  const { relatedBy: all, relatedByTotal } = await read(id)
  expect(relatedByTotal).toBe(all.length)
  return all.map(({ kind, agreement }) => `${kind} ${agreement.id}`)
}

const versionsOf = async (id: string) => {
  const [row] = await register.db.query<{ count: number }>(
    sql`select count(*)::int as count from agreement_versions where agreement_id = ${id}`,
  )
  return row!.count
}

/** The transaction that stored the last version. */
const transactionOf = async (id: string) => {
  const [row] = await register.db.query<{ xmin: string }>(
    sql`select xmin::text from agreement_versions where agreement_id = ${id} order by version desc limit 1`,
  )
  return row!.xmin
}

describe('a relation', () => {
  test('is shown by both agreements, published in one transaction', async () => {
    const target = await create({ reference: 'TARGET-1' })
    expect(target).toMatchObject({ relatedBy: [], relatedByTotal: 0 })
    const one = await create({ reference: 'ONE-1', relations: [{ kind: 'implements', agreement: 'target-1' }] })
    const seen = await read(target.id)
    expect(seen).toMatchObject({ version: 2, relatedByTotal: 1 })
    expect(seen.relatedBy).toEqual([{ kind: 'implements', agreement: shown(one) }])
    expect(await transactionOf(target.id)).toBe(await transactionOf(one.id))
    expect((await versions(target.id))[0]).toMatchObject({ version: 2, operation: 'updated', cause: 'agreement' })
    await publish()
    expect(await read(target.id), 'nothing is left for the publisher').toEqual(seen)
  })

  test('follows each kind of write, and only the agreements at its ends get a version', async () => {
    const [a, b, c] = [await create(), await create(), await create()]
    const versionsNow = async () => (await Promise.all([a, b, c].map(({ id }) => read(id)))).map((one) => one.version)
    await relate(a.id, [relationTo('cites', b)])
    expect([await relatedBy(b.id), await versionsNow()]).toEqual([[`cites ${a.id}`], [2, 2, 1]])
    await relate(a.id, [relationTo('amends', b), relationTo('cites', c)])
    expect([await relatedBy(b.id), await relatedBy(c.id)]).toEqual([[`amends ${a.id}`], [`cites ${a.id}`]])
    expect(await versionsNow()).toEqual([3, 3, 2])
    const { body: given } = await register.api.get(`/v1/agreements/${a.id}`)
    await edit('put', a.id)
      .send({ ...given, relations: given.relations.toReversed() })
      .expect(200)
    expect(await versionsNow(), 'their order does not matter to others').toEqual([4, 3, 2])
    await edit('patch', a.id).send({ relations: null }).expect(200)
    expect([await relatedBy(b.id), await relatedBy(c.id), await versionsNow()]).toEqual([[], [], [5, 4, 3]])
    await edit('patch', a.id).send({ summary: 'Floods' }).expect(200)
    expect(await versionsNow()).toEqual([6, 4, 3])
  })

  test('of a deleted agreement is not shown, and again when that is restored', async () => {
    const target = await create()
    const one = await create({ relations: [relationTo('extends', target)] })
    const removal = register.api.delete(`/v1/agreements/${one.id}`).set('If-Match', '*')
    await removal.set('X-Change-Note', 'Entered twice').expect(204)
    expect(await relatedBy(target.id)).toEqual([])
    expect((await versions(target.id))[0]).toMatchObject({ cause: 'agreement', note: 'Entered twice' })
    expect(await transactionOf(target.id)).toBe(await transactionOf(one.id))
    await restore(one.id)
    expect(await relatedBy(target.id)).toEqual([`extends ${one.id}`])
    expect(await transactionOf(target.id)).toBe(await transactionOf(one.id))
  })

  test('to a deleted agreement is shown by that when it is restored', async () => {
    const target = await create()
    const one = await create({ relations: [relationTo('cites', target)] })
    await remove(target.id)
    const deleted = await versionsOf(target.id)
    await remove(one.id)
    await restore(one.id)
    expect(await versionsOf(target.id), 'nothing is published of what is deleted').toBe(deleted)
    await restore(target.id)
    expect(await relatedBy(target.id)).toEqual([`cites ${one.id}`])
  })

  test('shows the new name of an agreement once the publisher has worked', async () => {
    const target = await create()
    const one = await create({ relations: [relationTo('cites', target)] })
    await edit('patch', one.id).send({ title: 'Renamed', reference: 'RENAMED-1' }).expect(200)
    await publish()
    const { relatedBy: related } = await read(target.id)
    expect(related).toMatchObject([{ agreement: { title: 'Renamed', reference: 'RENAMED-1' } }])
  })

  test('is set by the register in `relatedBy`: sent back otherwise it is refused', async () => {
    const target = await create()
    await create({ relations: [relationTo('cites', target)] })
    const { body, headers } = await register.api.get(`/v1/agreements/${target.id}`)
    const put = (over: object) =>
      register.api
        .put(`/v1/agreements/${target.id}`)
        .set('If-Match', headers['etag']!)
        .send({ ...body, ...over })
    expect((await put({}).expect(200)).body).toEqual(body)
    const { body: problem } = await put({ relatedBy: [] }).expect(422)
    expect(problem.errors).toMatchObject([{ pointer: '/relatedBy', code: 'computed' }])
  })

  test('makes the entity tag of the other agreement stale', async () => {
    const target = await create()
    await create({ relations: [relationTo('cites', target)] })
    await register.api.patch(`/v1/agreements/${target.id}`).set('If-Match', '"1"').send({ summary: 'x' }).expect(412)
  })
})

test('of more than 100 relations the first are shown, and all are counted', async () => {
  const target = await create()
  const kinds = ['amends', 'cites', 'extends', 'implements', 'supersedes', 'terminates']
  const ids: string[] = []
  for (let n = 0; n < 18; n += 1) {
    const { id } = await create({ relations: kinds.map((kind) => relationTo(kind, target)).toReversed() })
    ids.push(id)
  }
  const { relatedBy: related, relatedByTotal } = await read(target.id)
  expect(relatedByTotal).toBe(108)
  const all = ids.flatMap((id) => kinds.map((kind) => `${kind} ${id}`))
  expect(related.map(({ kind, agreement }) => `${kind} ${agreement.id}`)).toEqual(all.slice(0, 100))
})

describe('two editors', () => {
  const [low, high] = [0, 1]

  test.each([
    ['the later of two agreements', high, low],
    ['the earlier of two agreements', low, high],
  ])('who relate %s to the other lock them in the order of their ids', async (_, from, to) => {
    const pair = [await create(), await create()]
    const isLocked = async (id: string) => {
      const rows = await register.db.query(sql`select from agreements where id = ${id} for no key update skip locked`)
      return rows.length === 0
    }
    const release = await holding(register.url, `select from agreements where id = '${pair[to]!.id}' for no key update`)
    const related = relate(pair[from]!.id, [relationTo('cites', pair[to])])
    await expect.poll(() => waitingForLocks(register.db)).toBe(1)
    expect(await isLocked(pair[from]!.id)).toBe(from < to)
    await release()
    await related
    expect(await relatedBy(pair[to]!.id)).toEqual([`cites ${pair[from]!.id}`])
  })

  test('who relate two agreements to each other at once both succeed, without a deadlock', async () => {
    const [a, b] = [await create(), await create()]
    const deadlocks = async () => {
      const [row] = await register.db.query<{ deadlocks: string }>(
        sql`select deadlocks from pg_stat_database where datname = current_database()`,
      )
      return row!.deadlocks
    }
    const before = await deadlocks()
    for (const relations of [[a, b], [], [a, b], []]) {
      const to = (one: Agreement) => relations.filter(({ id }) => id !== one.id).map((two) => relationTo('cites', two))
      await Promise.all([relate(a.id, to(a)), relate(b.id, to(b))])
      const wanted = (one: Agreement) => relations.filter(({ id }) => id !== one.id).map(({ id }) => `cites ${id}`)
      expect([await relatedBy(a.id), await relatedBy(b.id)]).toEqual([wanted(a), wanted(b)])
    }
    expect(await deadlocks()).toBe(before)
  })
})

describe('a relation to a deleted agreement', () => {
  /** An agreement with a relation to a deleted one, with which it also ends. */
  async function withDeleted() {
    const target = await create()
    const one = await create({
      relations: [relationTo('implements', target)],
      term: { length: 'P1Y', atEnd: 'ends', endsWith: target.id },
    })
    await remove(target.id)
    await publish()
    return { target, one }
  }

  test('may stay: what GET gives is accepted by PUT, also with another field edited', async () => {
    const { target, one } = await withDeleted()
    const { body: given } = await register.api.get(`/v1/agreements/${one.id}`)
    expect((await edit('put', one.id).send(given).expect(200)).body).toEqual(given)
    const edited = await edit('put', one.id).send({ ...given, summary: 'Floods' })
    expect(edited.body).toMatchObject({ summary: 'Floods', relations: [relationTo('implements', target)] })
    const { relations } = await relate(one.id, [relationTo('implements', target), relationTo('cites', await create())])
    expect(relations).toHaveLength(2)
    await restore(target.id)
    expect(await relatedBy(target.id)).toEqual([`implements ${one.id}`])
  })

  test('cannot be made, also not of another kind or as the end of a term', async () => {
    const { target, one } = await withDeleted()
    const deleted = (pointer: string) => ({
      errors: [
        {
          pointer,
          code: 'deleted',
          message: `Agreement ${target.id} is deleted. Restore it first, or name another one.`,
        },
      ],
    })
    const cites = [relationTo('cites', target)]
    expect(await create({ relations: cites }, 422)).toMatchObject(deleted('/relations/0/agreement'))
    expect(await relate(one.id, cites, 422)).toMatchObject(deleted('/relations/0/agreement'))
    const term = { length: 'P1Y', atEnd: 'ends', endsWith: target.id }
    expect(await create({ term }, 422)).toMatchObject(deleted('/term/endsWith'))
  })

  test('is not found by its reference, which another agreement can take', async () => {
    const target = await create({ reference: 'GONE-1' })
    await remove(target.id)
    const relations = [{ kind: 'cites', agreement: 'GONE-1' }]
    expect(await create({ relations }, 422)).toMatchObject({ errors: [{ code: 'unknown_code' }] })
    const next = await create({ reference: 'GONE-1' })
    expect(await create({ relations })).toMatchObject({ relations: [relationTo('cites', next)] })
  })
})

test('a version of an earlier release does not tell how many relations others had to it, until it is published again', async () => {
  const target = await create()
  const one = await create({ relations: [relationTo('cites', target)] })
  const { relatedBy: _, relatedByTotal: __, ...former } = await read(target.id)
  const [text, format] = [JSON.stringify(former), currentFormat() - 1]
  await register.db.query(sql`update agreements set document = ${text}, format = ${format} where id = ${target.id}`)
  expect(await read(target.id)).toEqual({ ...former, relatedBy: [], relatedByTotal: null })
  await publish()
  expect(await relatedBy(target.id)).toEqual([`cites ${one.id}`])
  expect((await versions(target.id))[0]).toMatchObject({ version: 3, cause: 'format' })
})
