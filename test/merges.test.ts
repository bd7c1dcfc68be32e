import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { mergeSignatories } from '../src/merges/merge.ts'
import { bodiesOfVocabularies, loadVocabularies } from '../src/programs/vocabularies.ts'
import type { Signatory } from '../src/registry/signatories/schemas.ts'
import { loadBodies } from '../src/registry/signatories/vocabulary.ts'
import { authHeader } from './support/keys.ts'
import { holding, waitingForLocks } from './support/locks.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

let count = 0
/** Creates a body with a code of its own that begins with `prefix`. */
async function aBody(prefix: string, over: object = {}): Promise<Signatory> {
  count += 1
  const code = `${prefix}-${count}`
  const body = { code, name: `Body ${code}`, kind: 'other', ...over }
  return (await register.api.post('/v1/signatories').send(body).expect(201)).body as Signatory
}

const merge = (lost: string, into: string) =>
  register.api.post(`/v1/signatories/${lost}/merge`).set('If-Match', '*').send({ into })
const undo = (lost: string) => register.api.delete(`/v1/signatories/${lost}/merge`).set('If-Match', '*')
const read = async (reference: string): Promise<Signatory> =>
  (await register.anonymous.get(`/v1/signatories/${reference}`).expect(200)).body as Signatory
const published = () => publishAll(register.db, register.today())

const between = (one: string, other: string) => [
  { side: 1, signatory: one },
  { side: 2, signatory: other },
]

async function created(over: object): Promise<Agreement> {
  return (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body as Agreement
}
const agreement = async (id: string, query = ''): Promise<Agreement> =>
  (await register.anonymous.get(`/v1/agreements/${id}${query}`).expect(200)).body as Agreement
const codesIn = ({ signatories }: Pick<Agreement, 'signatories'>) => signatories.map(({ signatory }) => signatory.code)
const found = async (query: string): Promise<string[]> => {
  const { body } = await register.anonymous.get(`/v1/agreements?${query}`).expect(200)
  return (body as { items: { id: string }[] }).items.map(({ id }) => id)
}
const statusesOf = (answers: { status: number }[]): number[] =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b)
const codeOf = (body: object) => (body as { code: string; errors?: { code: string }[] }).errors?.[0]?.code

/** Everything that the register holds of bodies and of the parts of agreements. */
async function everything(): Promise<Record<string, unknown>> {
  const tables = [
    'signatories',
    'signatory_predecessors',
    'signatures',
    'dates',
    'agreement_parties',
    'registry_changes',
    'registry_deletions',
    'agreement_due',
  ]
  const rows = await Promise.all(
    tables.map(async (table) => {
      const all = await register.db.query<{ row: string }>(
        sql.raw(`select t::text as row from ${table} t order by t::text`),
      )
      return [table, all.map(({ row }) => row)] as const
    }),
  )
  const documents = await register.db.query<{ document: string }>(
    sql`select (document::jsonb - 'version' - 'updatedAt')::text as document from agreements where deleted_at is null order by id`,
  )
  const listings = await register.db.query<{ row: string }>(
    sql`select (to_jsonb(l) - 'updated_at')::text as row from agreement_listings l order by agreement_id`,
  )
  return { ...Object.fromEntries(rows), documents, listings }
}

describe('a merge', () => {
  let lost: Signatory
  let kept: Signatory
  let child: Signatory
  let successor: Signatory
  let ancestor: Signatory
  let signed: Agreement
  let deleted: Agreement
  let before: string
  beforeAll(async () => {
    ancestor = await aBody('ANCESTOR')
    lost = await aBody('LOST', {
      name: 'Ministry of Rivers',
      validTo: '1995',
      aliases: ['MoR', 'Waterways'],
      names: [
        { language: 'fr', name: 'Ministère des Rivières', kind: 'short' },
        { language: 'de', name: 'Flussministerium', kind: 'older' },
      ],
      identifiers: [
        { scheme: 'ror', value: '1' },
        { scheme: 'isni', value: '2' },
      ],
      predecessors: [{ signatory: ancestor.code, date: '1950', kind: 'renaming' }],
    })
    kept = await aBody('KEPT', {
      name: 'Ministry of Waters',
      validFrom: '1996',
      aliases: ['waterways'],
      names: [{ language: 'fr', name: 'Ministere des rivieres', kind: 'long' }],
      identifiers: [{ scheme: 'isni', value: '2' }],
      predecessors: [{ signatory: ancestor.code, date: '1951' }],
    })
    child = await aBody('CHILD', { kind: 'agency', parent: lost.code })
    successor = await aBody('SUCCESSOR', { predecessors: [{ signatory: lost.code, date: '1990' }] })
    signed = await created({
      signatories: between(lost.code, 'JP'),
      dates: [
        { event: 'signed', date: '1970-01-02' },
        { event: 'ratified', signatory: lost.code, date: '1971' },
      ],
    })
    deleted = await created({ signatories: between('FR', lost.id) })
    await register.api.delete(`/v1/agreements/${deleted.id}`).set('If-Match', '*').expect(204)
    before = new Date().toISOString()
    const { headers, body } = await register.api
      .post(`/v1/signatories/${lost.code.toLowerCase()}/merge`)
      .set('If-Match', '*')
      .set('X-Change-Note', 'One ministry')
      .send({ into: kept.code })
      .expect(201)
    expect(headers['location']).toBe(`/v1/signatories/${lost.id}/merge`)
    expect(body).toMatchObject({ lost: { id: lost.id, code: lost.code }, into: { id: kept.id }, note: 'One ministry' })
    expect((await register.anonymous.get(headers['location']!).expect(200)).body).toEqual(body)
    await published()
  })

  test('makes the code and the names aliases, and adds identifiers and predecessors, without doubles', async () => {
    const after = await read(kept.code)
    expect(after.aliases).toEqual(['waterways', 'Ministry of Rivers', 'MoR', lost.code])
    expect(after.names.map(({ name, kind }) => [name, kind])).toEqual([
      ['Ministere des rivieres', 'long'],
      ['Flussministerium', 'older'],
    ])
    expect(after.identifiers).toEqual([
      { scheme: 'isni', value: '2' },
      { scheme: 'ror', value: '1' },
    ])
    expect(after.predecessors.map(({ signatory, date }) => [signatory.code, date])).toEqual([[ancestor.code, '1951']])
    expect(after.version).toBe(kept.version + 1)
    const search = await register.anonymous.get('/v1/signatories?q=ministry of rivers').expect(200)
    expect((search.body as { items: Signatory[] }).items.map(({ code }) => code)).toEqual([kept.code])
  })

  test('moves the bodies below, and the successors', async () => {
    expect(await read(child.code)).toMatchObject({ parent: { id: kept.id }, party: { id: kept.id }, version: 2 })
    const after = await read(successor.code)
    expect(after.predecessors.map(({ signatory, date }) => [signatory.id, date])).toEqual([[kept.id, '1990']])
    expect((await read(kept.code)).successors.map(({ signatory }) => signatory.code)).toEqual([successor.code])
  })

  test('publishes every agreement again, with its author and note; past versions stay as they are', async () => {
    const after = await agreement(signed.id)
    expect(codesIn(after)).toEqual([kept.code, 'JP'])
    expect(after.dates.map(({ signatory }) => signatory?.code)).toEqual([undefined, kept.code])
    const { body } = await register.anonymous.get(`/v1/agreements/${signed.id}/versions`).expect(200)
    const newest = (body as { items: { version: number }[] }).items.find(({ version }) => version === after.version)
    expect(newest).toMatchObject({ cause: 'registry', note: 'One ministry' })
    expect(codesIn(await agreement(signed.id, `?asOf=${before}`))).toEqual([lost.code, 'JP'])
    const first = await register.anonymous.get(`/v1/agreements/${signed.id}/versions/1`).expect(200)
    expect(JSON.stringify(first.body)).toContain(lost.code)
  })

  test('moves the uses of deleted agreements too', async () => {
    const restored = await register.api.post(`/v1/agreements/${deleted.id}/restore`).expect(200)
    expect(codesIn(restored.body as Agreement)).toEqual(['FR', kept.code])
    await register.api.delete(`/v1/agreements/${deleted.id}`).set('If-Match', '*').expect(204)
  })

  test('is recorded among the deletions of the registry', async () => {
    const rows = await register.db.query(
      sql`select code, note from registry_deletions where entry_id = ${lost.id} and actor is not null`,
    )
    expect(rows).toEqual([{ code: lost.code, note: 'One ministry' }])
  })

  test('GET of the lost id or code gives the one that stays, with Content-Location', async () => {
    for (const reference of [lost.id, lost.id.toUpperCase(), lost.code, lost.code.toLowerCase()]) {
      const { body, headers } = await register.anonymous.get(`/v1/signatories/${reference}`).expect(200)
      expect((body as Signatory).id).toBe(kept.id)
      expect(headers['content-location']).toBe(`/v1/signatories/${kept.code}`)
      expect(headers['etag']).toBe((await register.anonymous.get(`/v1/signatories/${kept.id}`)).headers['etag'])
    }
    const own = await register.anonymous.get(`/v1/signatories/${kept.code.toLowerCase()}`).expect(200)
    expect(own.headers['content-location']).toBeUndefined()
  })

  test.each(['id', 'code'] as const)('the lost %s means the one that stays in filters', async (name) => {
    const former = lost[name]
    expect(await found(`party=${former}`)).toEqual(await found(`party=${kept.code}`))
    expect(await found(`pair=JP,${former}`)).toEqual([signed.id])
    expect(await found(`signatory=${former}`)).toContain(signed.id)
    const list = async (path: string) => ((await register.anonymous.get(path).expect(200)).body as { items: [] }).items
    expect(await list(`/v1/signatories?parent=${former}`)).toMatchObject([{ code: child.code }])
    expect(await list(`/v1/dates?party=${former}&event=ratified`)).toHaveLength(1)
    expect(await list(`/v1/statistics?groupBy=party&party=${former}`)).not.toHaveLength(0)
    await register.anonymous.get(`/v1/agreements/${signed.id}/position?party=${former}`).expect(200)
    await register.anonymous.get(`/v1/deadlines?party=${former}`).expect(200)
    await register.anonymous.get(`/v1/agreements/export?party=${former}`).expect(200)
    const pair = await register.anonymous.get(`/v1/agreements?pair=${former},${kept.code}`).expect(400)
    expect(codeOf(pair.body as object)).toBe('one_party')
  })

  test('the lost code means the one that stays in bodies of agreements and of signatories, and in paths', async () => {
    const made = await created({
      signatories: between('MX', lost.code),
      dates: [{ event: 'signed', signatory: lost.id, date: '1980-01-01' }],
    })
    expect(codesIn(made)).toEqual(['MX', kept.code])
    expect(made.dates[0]!.signatory?.code).toBe(kept.code)
    const added = await register.api
      .post(`/v1/agreements/${made.id}/signatories`)
      .send({ side: 2, signatory: lost.code.toLowerCase(), role: 'witnessed' })
      .expect(201)
    expect((added.body as { signatory: { id: string } }).signatory.id).toBe(kept.id)
    const under = await aBody('UNDER', { kind: 'agency', parent: lost.code })
    expect(under.parent?.id).toBe(kept.id)
    const later = await aBody('LATER', { predecessors: [{ signatory: lost.id }] })
    expect(later.predecessors[0]!.signatory.id).toBe(kept.id)
    const patched = await register.api
      .patch(`/v1/signatories/${lost.code}`)
      .set('If-Match', '*')
      .send({ validFrom: '1940' })
      .expect(200)
    expect(patched.body).toMatchObject({ id: kept.id, validFrom: '1940' })
    expect(patched.headers['content-location']).toBe(`/v1/signatories/${kept.code}`)
  })

  test('the lost code stays taken, except for the one that stays', async () => {
    const body = { code: lost.code, name: 'Another body', kind: 'other' }
    const { body: refusal } = await register.api.post('/v1/signatories').send(body).expect(409)
    expect(codeOf(refusal as object)).toBe('taken')
    const elsewhere = { ...body, kind: 'agency', parent: 'FR' }
    const taken = await register.api.post('/v1/signatories').send(elsewhere).expect(409)
    expect((taken.body as { errors: object[] }).errors).toMatchObject([
      { pointer: '/code', code: 'taken', didYouMean: kept.code, conflictsWith: `/v1/signatories/${kept.id}` },
    ])
    const other = await aBody('OTHER')
    const rename = (reference: string, code: string) =>
      register.api.patch(`/v1/signatories/${reference}`).set('If-Match', '*').send({ code })
    await rename(other.code, lost.code).expect(409)
    expect((await rename(kept.code, lost.code).expect(200)).body).toMatchObject({ id: kept.id, code: lost.code })
    await rename(lost.code, kept.code).expect(200)
  })

  test('an assigned code is never that of a lost entry', async () => {
    const make = async (name: string) =>
      (await register.api.post('/v1/signatories').send({ name, kind: 'agency', parent: 'PE' }).expect(201))
        .body as Signatory
    const [one, two] = [await make('Institute of Fish'), await make('Institute of Corn')]
    expect(one.code).toBe('PE-IF')
    await merge(one.code, two.code).expect(201)
    expect((await make('Inspectorate of Forests')).code).toBe('PE-IF-2')
  })
})

describe('a merge is refused', () => {
  test('with 409 for different kinds, for an entry above or below, and for the entry itself', async () => {
    const [state, other] = [await aBody('KIND', { kind: 'subnational' }), await aBody('KIND')]
    expect(codeOf((await merge(state.code, other.code).expect(409)).body as object)).toBe('different_kinds')
    const below = await aBody('BELOW', { parent: other.code })
    const deep = await aBody('BELOW', { parent: below.code })
    expect(codeOf((await merge(other.code, deep.code).expect(409)).body as object)).toBe('above')
    expect(codeOf((await merge(deep.code, other.code).expect(409)).body as object)).toBe('above')
    expect(codeOf((await merge(deep.code, deep.id).expect(409)).body as object)).toBe('same_entry')
    expect(await read(deep.code)).toEqual(deep)
  })

  test('with 409 for opposite sides of an agreement, also of a deleted one, and by the party above', async () => {
    const [one, two] = [await aBody('SIDE'), await aBody('SIDE')]
    const made = await created({ signatories: between(one.code, two.code) })
    const opposite = await merge(one.code, two.code).expect(409)
    expect((opposite.body as { errors: object[] }).errors).toMatchObject([
      { code: 'opposite_sides', conflictsWith: `/v1/agreements/${made.id}` },
    ])
    await register.api.delete(`/v1/agreements/${made.id}`).set('If-Match', '*').expect(204)
    await merge(two.code, one.code).expect(409)
    const parents = [await aBody('SIDE'), await aBody('SIDE')]
    const children = [
      await aBody('SIDE', { kind: 'agency', parent: parents[0]!.code }),
      await aBody('SIDE', { kind: 'agency', parent: parents[1]!.code }),
    ]
    await created({ signatories: between(children[0]!.code, parents[1]!.code) })
    expect(codeOf((await merge(parents[0]!.code, parents[1]!.code).expect(409)).body as object)).toBe('opposite_sides')
    expect(codeOf((await merge(children[0]!.code, children[1]!.code).expect(409)).body as object)).toBe(
      'opposite_sides',
    )
  })

  test('but not for a witness on the other side, who is no party', async () => {
    const [one, two] = [await aBody('WITNESS'), await aBody('WITNESS')]
    const made = await created({
      signatories: [...between(one.code, 'TH'), { side: 2, signatory: two.code, role: 'witnessed' }],
    })
    await merge(one.code, two.code).expect(201)
    await published()
    expect(codesIn(await agreement(made.id))).toEqual([two.code, 'TH', two.code])
  })

  test('for territories of different states, by the territory, which is a party of its own', async () => {
    const territory = (parent: string) => aBody('TERRITORY', { kind: 'territory', parent })
    const [one, two, three] = [await territory('FR'), await territory('GB'), await territory('FR')]
    await created({ signatories: between(one.code, 'GB') })
    await merge(one.code, two.code).expect(201)
    await created({ signatories: between(three.code, two.code) })
    expect(codeOf((await merge(three.code, two.code).expect(409)).body as object)).toBe('opposite_sides')
  })

  test('with 409 if another body came between, and if there would be too many names', async () => {
    const first = await aBody('CYCLE')
    const second = await aBody('CYCLE', { predecessors: [{ signatory: first.code }] })
    const third = await aBody('CYCLE', { predecessors: [{ signatory: second.code }] })
    expect(codeOf((await merge(first.code, third.code).expect(409)).body as object)).toBe('cycle')
    expect(codeOf((await merge(third.code, first.code).expect(409)).body as object)).toBe('cycle')
    await merge(first.code, second.code).expect(201)
    const names = (prefix: string, many: number) => Array.from({ length: many }, (_, i) => `${prefix} ${i}`)
    const [one, two] = [
      await aBody('MANY', { aliases: names('One', 60) }),
      await aBody('MANY', { aliases: names('Two', 60) }),
    ]
    expect(codeOf((await merge(one.code, two.code).expect(409)).body as object)).toBe('too_many')
  })

  test('with 404, 412, 422 and 428, as other writes', async () => {
    const [one, two] = [await aBody('WRITE', { name: 'Office of Wells' }), await aBody('WRITE')]
    await merge('NOBODY', two.code).expect(404)
    const unknown = await merge(one.code, 'Office of Wells').expect(422)
    expect((unknown.body as { errors: object[] }).errors).toMatchObject([
      { pointer: '/into', code: 'unknown_code', didYouMean: one.code },
    ])
    const path = `/v1/signatories/${one.code}/merge`
    await register.api.post(path).send({ into: two.code }).expect(428)
    await register.api.post(path).set('If-Match', '"old"').send({ into: two.code }).expect(412)
    await register.anonymous
      .post(path)
      .set(authHeader('editor'))
      .set('If-Match', '*')
      .send({ into: two.code })
      .expect(403)
    const { headers } = await register.anonymous.get(`/v1/signatories/${one.code}`)
    const { headers: made } = await register.api
      .post(path)
      .set('If-Match', headers['etag']!)
      .send({ into: two.code })
      .expect(201)
    await register.api.delete(path).expect(428)
    await register.api.delete(path).set('If-Match', '"old"').expect(412)
    await register.anonymous.delete(path).set(authHeader('editor')).set('If-Match', '*').expect(403)
    await register.api.delete(path).set('If-Match', made['etag']!).expect(204)
    await undo(one.code).expect(404)
  })
})

describe('several merges', () => {
  test('an entry that was merged is not merged again, but others can be merged into it: into the one that stays', async () => {
    const [a, b, c] = [await aBody('AGAIN'), await aBody('AGAIN'), await aBody('AGAIN')]
    await merge(a.code, b.code).expect(201)
    for (const into of [b.code, c.code, a.code]) {
      expect(codeOf((await merge(a.code, into).expect(409)).body as object)).toBe('already_merged')
    }
    expect((await merge(c.code, a.code).expect(201)).body).toMatchObject({ into: { id: b.id } })
    expect(await read(c.code)).toMatchObject({ id: b.id })
  })

  test('a chain: all former codes mean the last one, and it is undone from its end', async () => {
    const [a, b, c] = [await aBody('CHAIN'), await aBody('CHAIN'), await aBody('CHAIN')]
    const made = await created({ signatories: between(a.code, 'BR') })
    await published()
    const states = [await everything()]
    await merge(a.code, b.code).expect(201)
    await published()
    states.push(await everything())
    await merge(b.code, c.code).expect(201)
    await published()
    for (const { id, code } of [a, b]) {
      expect(await read(code)).toMatchObject({ id: c.id })
      expect(await read(id)).toMatchObject({ id: c.id })
    }
    expect((await read(c.code)).aliases).toEqual(expect.arrayContaining([a.code, a.name, b.code, b.name]))
    expect(codesIn(await agreement(made.id))).toEqual([c.code, 'BR'])
    const early = await undo(a.code).expect(409)
    expect((early.body as { code: string }).code).toBe('changed_since')
    expect(JSON.stringify(early.body)).toContain(`/v1/signatories/${b.id}/merge`)
    await undo(b.code).expect(204)
    await published()
    expect(await everything()).toEqual(states[1])
    expect(await read(a.code)).toMatchObject({ id: b.id })
    await undo(a.id).expect(204)
    await published()
    expect(await everything()).toEqual(states[0])
    expect(await read(a.code)).toMatchObject({ id: a.id })
  })

  test('of two admins at once, one merges and the other is refused', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [a, b, c] = [await aBody('ADMINS'), await aBody('ADMINS'), await aBody('ADMINS')]
      await created({ signatories: between(a.code, 'BR') })
      await created({ signatories: between('BR', b.code) })
      const same = await Promise.all([merge(a.code, b.code), merge(b.code, a.code), merge(a.code, b.code)])
      expect(statusesOf(same)).toEqual([201, 409, 409])
      const stays = await read(a.code)
      expect((await read(b.code)).id).toBe(stays.id)
      const away = await Promise.all([merge(stays.code, c.code), merge(c.code, stays.code)])
      expect(statusesOf(away)).toEqual([201, 409])
    }
  })

  test('of two admins who undo at once, one does', async () => {
    const [a, b] = [await aBody('UNDOES'), await aBody('UNDOES')]
    await merge(a.code, b.code).expect(201)
    expect(statusesOf(await Promise.all([undo(a.code), undo(a.code)]))).toEqual([204, 404])
  })
})

describe('writes at the time of a merge', () => {
  test('all succeed, and name the one that stays afterwards', async () => {
    const [lost, kept] = [await aBody('MEANWHILE'), await aBody('MEANWHILE')]
    const existing = await Promise.all(
      Array.from({ length: 10 }, () => created({ signatories: between(lost.code, 'CL'), dates: [] })),
    )
    const creations = Array.from({ length: 20 }, (_, i) =>
      register.api
        .post('/v1/agreements')
        .send(anAgreement({ signatories: between(i % 2 ? lost.code : lost.id, 'CL') })),
    )
    const edits = existing.map(({ id }) =>
      register.api.patch(`/v1/agreements/${id}`).set('If-Match', '*').send({ summary: 'Edited' }),
    )
    const dates = existing.map(({ id }) =>
      register.api.post(`/v1/agreements/${id}/dates`).send({ event: 'ratified', signatory: lost.code, date: '2020' }),
    )
    const [merged, ...others] = await Promise.all([
      ...creations.slice(0, 5),
      merge(lost.code, kept.code),
      ...edits,
      ...dates,
      ...creations.slice(5),
    ]).then((all) => [all[5]!, ...all.slice(0, 5), ...all.slice(6)])
    expect(merged!.status).toBe(201)
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set([200, 201]))
    await published()
    const ids = await found(`party=${kept.code}&limit=200`)
    expect(ids).toHaveLength(30)
    for (const id of ids) expect(codesIn(await agreement(id))).toEqual([kept.code, 'CL'])
    const rows = await register.db.query(sql`
      select 1 from signatures where signatory_id = ${lost.id} union all select 1 from dates where signatory_id = ${lost.id}
      union all select 1 from agreement_parties where party_id = ${lost.id}`)
    expect(rows).toEqual([])
  })
})

describe('a write that meets a merge halfway', () => {
  /** Runs `work` while `statement` holds its locks; `release` lets them go. */
  const holding = (statement: ReturnType<typeof sql>, work: (release: () => void) => Promise<void>) => {
    let release = (): void => {}
    let locked = (): void => {}
    const released = new Promise<void>((settle) => void (release = settle))
    const isLocked = new Promise<void>((settle) => void (locked = settle))
    const held = register.db.transaction(async (db) => {
      await db.query(statement)
      locked()
      await Promise.race([released, new Promise((settle) => void setTimeout(settle, 20_000).unref())])
    })
    return Promise.all([held, isLocked.then(() => work(release))])
  }
  const waiting = () => waitingForLocks(register.db)

  test('a creation with the lost code waits, and names the one that stays', async () => {
    const [lost, kept] = [await aBody('HALFWAY'), await aBody('HALFWAY')]
    await holding(sql`lock table registry_deletions in share mode`, async (release) => {
      const merging = merge(lost.code, kept.code).then((answer) => answer)
      await expect.poll(waiting).toBe(1)
      const creating = created({ signatories: between(lost.code, 'CR') })
      await expect.poll(waiting).toBe(2)
      release()
      expect((await merging).status).toBe(201)
      expect(codesIn(await creating)).toEqual([kept.code, 'CR'])
    })
  })

  test('an edit that has read the lost entry is stored first', async () => {
    const [lost, kept] = [await aBody('HALFWAY'), await aBody('HALFWAY')]
    const both = [{ side: 1, signatory: 'PA' }, ...between(lost.code, 'CR')]
    const made = await created({ signatories: both })
    await holding(sql`select from signatories where code = 'CR' for update`, async (release) => {
      const path = `/v1/agreements/${made.id}/signatories/${made.signatories[0]!.id}`
      const editing = register.api
        .delete(path)
        .set('If-Match', '*')
        .then((answer) => answer)
      await expect.poll(waiting).toBe(1)
      const merging = merge(lost.code, kept.code).then((answer) => answer)
      await expect.poll(waiting).toBe(2)
      release()
      expect([(await editing).status, (await merging).status]).toEqual([204, 201])
    })
    await published()
    expect(codesIn(await agreement(made.id))).toEqual([kept.code, 'CR'])
  })
})

describe('an undone merge', () => {
  test('leaves everything exactly as it was before', async () => {
    const [ancestor, kept] = [await aBody('EXACT'), await aBody('EXACT')]
    const lost = await aBody('EXACT', {
      aliases: ['Exactly'],
      identifiers: [{ scheme: 'ror', value: '9' }],
      validFrom: '1950?',
      predecessors: [{ signatory: ancestor.code, date: '1949-12', kind: 'renaming', source: 'A book' }],
    })
    const child = await aBody('EXACT', { kind: 'agency', parent: lost.code })
    await aBody('EXACT', { predecessors: [{ signatory: lost.code }, { signatory: kept.code }] })
    await aBody('EXACT', { parent: kept.code, predecessors: [{ signatory: lost.code, date: '2000' }] })
    const rivals = [
      { event: 'signed', signatory: lost.code, date: '2001', preferred: true },
      { event: 'signed', signatory: lost.code, date: '2002', preferred: false },
      { event: 'signed', signatory: kept.code, date: '2003', preferred: true },
    ]
    const both = [...between(lost.code, 'AR'), { side: 1, signatory: kept.code }]
    const rivalry = await created({ signatories: both, dates: rivals })
    await created({ signatories: between(child.code, 'AR'), dates: [{ event: 'signed', date: '1999' }] })
    await created({ signatories: between(kept.code, 'AR') })
    await published()
    const before = await everything()
    const document = await read(lost.code)
    await merge(lost.code, kept.code).expect(201)
    await published()
    const preferred = (await agreement(rivalry.id)).dates.filter((date) => date.preferred)
    expect(preferred.map(({ date, signatory }) => [date, signatory?.code])).toEqual([['2003', kept.code]])
    expect(await everything()).not.toEqual(before)
    await undo(lost.code).expect(204)
    expect(await read(lost.code)).toEqual(document)
    await published()
    expect(await everything()).toEqual(before)
  })

  test('can be merged again', async () => {
    const [a, b] = [await aBody('TWICE'), await aBody('TWICE')]
    for (let round = 0; round < 2; round += 1) {
      await merge(a.code, b.code).expect(201)
      await undo(a.code).expect(204)
      await merge(b.code, a.code).expect(201)
      await undo(b.code).expect(204)
    }
  })

  test('is told in the history of agreements', async () => {
    const [a, b] = [await aBody('TOLD'), await aBody('TOLD')]
    const made = await created({ signatories: between(a.code, 'UY') })
    await merge(a.code, b.code).expect(201)
    await published()
    await undo(a.code).set('X-Change-Note', 'They are two').expect(204)
    await published()
    const { body } = await register.anonymous.get(`/v1/agreements/${made.id}/versions`).expect(200)
    const notes = (body as { items: { version: number; note: string | null }[] }).items.toSorted(
      (x, y) => x.version - y.version,
    )
    expect(notes.map(({ note }) => note)).toEqual([null, null, 'They are two'])
  })
})

describe('a merge can no longer be undone, and the answer says why', () => {
  let lost: Signatory
  let kept: Signatory
  let child: Signatory
  let made: Agreement

  /** The addresses of what has changed. */
  const changes = async (): Promise<string[]> => {
    const { body } = await undo(lost.code).expect(409)
    expect((body as { code: string }).code).toBe('changed_since')
    return (body as { errors: { conflictsWith: string }[] }).errors.map(({ conflictsWith }) => conflictsWith)
  }
  const merged = async () => {
    lost = await aBody('AFTER', { kind: 'agency', parent: 'PY' })
    kept = await aBody('AFTER', { kind: 'agency', parent: 'BO' })
    child = await aBody('AFTER', { kind: 'agency', parent: lost.code })
    made = await created({
      signatories: between(lost.code, 'CN'),
      dates: [{ event: 'signed', signatory: lost.code, date: '2010' }],
    })
    await created({ signatories: between(kept.code, 'CN') })
    await merge(lost.code, kept.code).expect(201)
  }
  const patch = (path: string, body: object) => register.api.patch(path).set('If-Match', '*').send(body).expect(200)

  test('the entry that stays was changed', async () => {
    await merged()
    await patch(`/v1/signatories/${kept.code}`, { validFrom: '1900' })
    expect(await changes()).toEqual([`/v1/signatories/${kept.id}`])
  })

  test('an entry below was changed, added or deleted', async () => {
    await merged()
    await patch(`/v1/signatories/${child.code}`, { name: 'Another name' })
    expect(await changes()).toEqual([`/v1/signatories/${child.id}`])
    await merged()
    const added = await aBody('AFTER', { kind: 'agency', parent: lost.code })
    expect(await changes()).toEqual([`/v1/signatories/${added.id}`])
    await register.api.delete(`/v1/signatories/${added.code}`).set('If-Match', '*').expect(204)
    await register.api.delete(`/v1/signatories/${child.code}`).set('If-Match', '*').expect(204)
    expect(await changes()).toEqual([`/v1/signatories/${child.id}`])
  })

  test('a successor was added', async () => {
    await merged()
    const added = await aBody('AFTER', { predecessors: [{ signatory: lost.code }] })
    expect(await changes()).toEqual([`/v1/signatories/${added.id}`])
  })

  test('the entry above was merged or has another entry of this name', async () => {
    const above = [await aBody('ABOVE'), await aBody('ABOVE')]
    lost = await aBody('AFTER', { name: 'Office of Maps', kind: 'agency', parent: above[0]!.code })
    kept = await aBody('AFTER', { kind: 'agency', parent: 'BO' })
    await merge(lost.code, kept.code).expect(201)
    const namesake = await aBody('AFTER', { name: 'Office of Maps', kind: 'agency', parent: above[0]!.code })
    expect(await changes()).toEqual([`/v1/signatories/${namesake.id}`])
    await register.api.delete(`/v1/signatories/${namesake.code}`).set('If-Match', '*').expect(204)
    await merge(above[0]!.code, above[1]!.code).expect(201)
    expect(await changes()).toEqual([`/v1/signatories/${above[0]!.id}`])
    await undo(above[0]!.code).expect(204)
    await undo(lost.code).expect(204)
  })

  test('the entry above was moved, so that one party would be on both sides or an entry above itself', async () => {
    const moves = [() => 'CN', () => child.code]
    for (const to of moves) {
      const above = await aBody('ABOVE', { kind: 'agency', parent: 'PY' })
      lost = await aBody('AFTER', { kind: 'agency', parent: above.code })
      kept = await aBody('AFTER', { kind: 'agency', parent: 'BO' })
      child = await aBody('AFTER', { kind: 'agency', parent: lost.code })
      await created({ signatories: between(lost.code, 'CN') })
      await merge(lost.code, kept.code).expect(201)
      await patch(`/v1/signatories/${above.code}`, { parent: to() })
      expect(await changes()).toEqual([`/v1/signatories/${above.id}`])
      await patch(`/v1/signatories/${above.code}`, { parent: 'PY' })
      await undo(lost.code).expect(204)
    }
  })

  test('the party of the lost entry is on the other side of an agreement now', async () => {
    await merged()
    const path = `/v1/agreements/${made.id}`
    await register.api.post(`${path}/signatories`).send({ side: 2, signatory: 'PY' }).expect(201)
    expect(await changes()).toEqual([path])
  })

  test('an agreement was created with the lost code or with that of the other', async () => {
    for (const name of ['lost', 'kept'] as const) {
      await merged()
      const added = await created({ signatories: between({ lost, kept }[name].code, 'EG') })
      expect(await changes()).toEqual([`/v1/agreements/${added.id}`])
      await register.api.delete(`/v1/agreements/${added.id}`).set('If-Match', '*').expect(204)
      expect(await changes()).toEqual([`/v1/agreements/${added.id}`])
    }
  })

  test('an edit named the lost entry, and waited for the merge', async () => {
    await merged()
    await undo(lost.code).expect(204)
    const { id } = await created({ signatories: between('EG', 'PA') })
    let adding: Promise<{ status: number }> | undefined
    await register.db.transaction(async (db) => {
      await db.query(sql`select from signatories where id = ${lost.id} for update`)
      adding = register.api
        .post(`/v1/agreements/${id}/signatories`)
        .send({ side: 1, signatory: lost.code })
        .then((answer) => answer)
      await expect.poll(() => waitingForLocks(register.db)).toBe(1)
      const author = { actor: null, note: null, today: register.today }
      await mergeSignatories(db, { reference: lost.code, into: kept.code, ifMatch: undefined, author })
    })
    expect((await adding)!.status).toBe(201)
    expect(codesIn(await agreement(id))).toContain(kept.code)
    expect(await changes()).toEqual([`/v1/agreements/${id}`])
  })

  test('a moved signatory or date was changed', async () => {
    await merged()
    const id = (await agreement(made.id)).signatories[0]!.id
    const path = `/v1/agreements/${made.id}`
    const put = (body: object) =>
      register.api.put(`${path}/signatories/${id}`).set('If-Match', '*').send(body).expect(200)
    await put({ side: 1, signatory: 'EG' })
    expect(await changes()).toEqual([path])
    await merged()
    const date = (await agreement(made.id)).dates[0]!.id
    await register.api.delete(`/v1/agreements/${made.id}/dates/${date}`).set('If-Match', '*').expect(204)
    expect(await changes()).toEqual([`/v1/agreements/${made.id}`])
  })

  test('everything else may have changed meanwhile', async () => {
    await merged()
    await published()
    await patch(`/v1/agreements/${made.id}`, { summary: 'Edited after the merge' })
    await register.api
      .post(`/v1/agreements/${made.id}/dates`)
      .send({ event: 'ratified', signatory: 'CN', date: '2011' })
      .expect(201)
    await created({ signatories: between('CN', 'EG') })
    await aBody('AFTER')
    await undo(lost.code).expect(204)
    await published()
    const after = await agreement(made.id)
    expect(codesIn(after)).toEqual([lost.code, 'CN'])
    expect(after.summary).toBe('Edited after the merge')
  })
})

describe('vocabularies', () => {
  test('do not bring a merged body back; after an undo they go on to update it', async () => {
    const columns = sql`code, version, loaded_version, created_at, updated_at, aliases, words`
    const rows = () =>
      register.db.query(sql`select ${columns} from signatories where code in ('BUMM', 'MM') order by code`)
    const before = await rows()
    expect(before).toHaveLength(2)
    await register.db.query(sql`update signatories set kind = 'state' where code = 'BUMM'`)
    await merge('BUMM', 'MM').expect(201)
    await loadVocabularies(register.db)
    expect((await read('BUMM')).code).toBe('MM')
    expect(await rows()).toHaveLength(1)
    await undo('BUMM').expect(204)
    expect(await rows()).toEqual(before)
  })
})

test('a name that a vocabulary changes while an agreement is written is shown by it afterwards', async () => {
  await published()
  const release = await holding(register.url, 'lock table agreement_versions in share mode')
  const creating = created({ signatories: between('TV', 'NR') })
  await expect.poll(() => waitingForLocks(register.db)).toBe(1)
  const bodies = bodiesOfVocabularies().map((body) => (body.code === 'TV' ? { ...body, name: 'Renamed' } : body))
  const loading = register.db.transaction((db) => loadBodies(db, bodies)).then(published)
  await Promise.race([loading, expect.poll(() => waitingForLocks(register.db), { timeout: 20_000 }).toBe(2)])
  await release()
  const { id } = await creating
  await loading
  await published()
  expect((await agreement(id)).signatories[0]!.signatory.name).toBe('Renamed')
})

test('a deleted entry takes the codes that were merged into it along', async () => {
  const [a, b] = [await aBody('GONE'), await aBody('GONE')]
  await merge(a.code, b.code).expect(201)
  await register.api.delete(`/v1/signatories/${a.code}`).set('If-Match', '*').expect(204)
  for (const { id, code } of [a, b]) {
    await register.anonymous.get(`/v1/signatories/${id}`).expect(404)
    await register.anonymous.get(`/v1/signatories/${code}`).expect(404)
  }
  await undo(a.code).expect(404)
  await register.api.post('/v1/signatories').send({ code: a.code, name: 'New one', kind: 'other' }).expect(201)
})
