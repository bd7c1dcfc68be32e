import { readdirSync, readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
/** The id of each agreement by its title. */
const ids = new Map<string, string>()

const add = async (title: string, side1: string[], side2: string[]): Promise<void> => {
  const on = (side: number) => (signatory: string) => ({ side, signatory })
  const term = { length: 'P12M', atEnd: 'renews', renewal: { notice: 'P1M' } }
  const dates = [
    { event: 'signed', date: '2020-01-01' },
    { event: 'entered_into_force', date: '2020-03-01' },
  ]
  const signatories = [...side1.map(on(1)), ...side2.map(on(2))]
  const { body } = await register.api
    .post('/v1/agreements')
    .send(anAgreement({ title, term, dates, signatories }))
    .expect(201)
  ids.set(title, body.id)
}

beforeAll(async () => {
  register = await freshRegister()
  await add('two states', ['US'], ['KR'])
  await add('three states', ['US', 'JP'], ['KR'])
  await add('organization and state', ['WHO'], ['KR'])
  await add('state and two organizations', ['FR'], ['WHO', 'OECD'])
  await add('state and organization together, and a state', ['US', 'WHO'], ['KR'])
  await add('state and organization together on both sides', ['US', 'WHO'], ['KR', 'OECD'])
})

const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body
const titles = async (query: string): Promise<string[]> =>
  (await read(`/v1/agreements?${query}`)).items.map(({ title }: { title: string }) => title).toSorted()

const withOrganization = ['organization and state', 'state and two organizations']

describe('the kinds of the two sides', () => {
  test.each([
    ['state,state', ['three states', 'two states']],
    ['state,intergovernmental_organization', withOrganization],
    ['intergovernmental_organization,state', withOrganization],
    ['intergovernmental_organization,intergovernmental_organization', []],
    ['mixed,state', ['state and organization together, and a state']],
    ['mixed,mixed', ['state and organization together on both sides']],
  ])('%s finds agreements with one side of each kind, in either order', async (kinds, found) => {
    expect(await titles(`kinds=${kinds}`)).toEqual(found)
  })

  test('several values match any of them, and combine with other filters', async () => {
    const two = 'kinds=state,state&kinds=state,mixed'
    expect(await titles(two)).toEqual(['state and organization together, and a state', 'three states', 'two states'])
    expect(await titles(`${two}&party=JP`)).toEqual(['three states'])
    expect(await titles('kinds=state,intergovernmental_organization&partyKind=state')).toEqual([])
  })

  test('are a filter of positions, statistics, exports, deadlines and dates too', async () => {
    const kinds = 'kinds=state,intergovernmental_organization'
    const position = await read(`/v1/agreements/${ids.get('organization and state')}/position?${kinds}`)
    expect(position).toMatchObject({ position: 1, total: 2 })
    await read(`/v1/agreements/${ids.get('two states')}/position?${kinds}`, 404)
    expect((await read(`/v1/statistics?groupBy=type&${kinds}`)).total).toBe(2)
    const { headers } = await register.api.get(`/v1/agreements/export?${kinds}`).expect(200)
    expect(headers['x-total-count']).toBe('2')
    const due = new Set<string>(
      (await read(`/v1/deadlines?${kinds}`)).items.map(
        (item: { agreement: { title: string } }) => item.agreement.title,
      ),
    )
    expect([...due].toSorted()).toEqual(withOrganization)
    expect((await read(`/v1/dates?event=signed&${kinds}`)).items).toHaveLength(2)
  })

  test('in either order are one list, whose cursor fits both', async () => {
    const { nextCursor } = await read('/v1/agreements?kinds=state,intergovernmental_organization&limit=1')
    const next = await read(`/v1/agreements?kinds=intergovernmental_organization,state&limit=1&cursor=${nextCursor}`)
    expect(next.items).toHaveLength(1)
  })

  test('follow a party whose kind is changed', async () => {
    const change = async (kind: string) => {
      const patch = register.api.patch('/v1/signatories/OECD').set('if-match', '*')
      await patch.set('content-type', 'application/merge-patch+json').send({ kind }).expect(200)
      await publishAll(register.db, register.today())
    }
    await change('other')
    expect(await titles('kinds=mixed,state')).toHaveLength(2)
    await change('intergovernmental_organization')
    expect(await titles('kinds=mixed,state')).toHaveLength(1)
  })

  test.each([
    ['state', undefined],
    ['state,state,state', undefined],
    ['state,organisation', undefined],
    ['state,states', 'state,state'],
    ['state,supranational_bodies', 'state,supranational_body'],
  ])('a mistake is answered with what would do: kinds=%s', async (kinds, didYouMean) => {
    const { errors } = await read(`/v1/agreements?kinds=${kinds}`, 400)
    expect(errors).toMatchObject([{ parameter: 'kinds', ...(didYouMean && { didYouMean }) }])
    expect(errors[0].message).toContain('Must be two kinds separated by a comma')
  })

  test('are counted, each agreement once, under a key that is the filter which finds the group', async () => {
    const { items, total, overlapping } = await read('/v1/statistics?groupBy=kinds')
    expect(items.map(({ keys, labels, count }: Record<string, unknown>) => [keys, labels, count])).toEqual([
      [['intergovernmental_organization,state'], ['intergovernmental organization – state'], 2],
      [['state,state'], ['state – state'], 2],
      [['mixed,mixed'], ['mixed – mixed'], 1],
      [['mixed,state'], ['mixed – state'], 1],
    ])
    expect([total, overlapping]).toEqual([6, false])
    for (const { keys, count } of items) expect(await titles(`kinds=${keys[0]}`)).toHaveLength(count)
  })

  test('replace the count by `partyKind`, which is refused with the new name', async () => {
    for (const groupBy of ['groupBy=partyKind', 'groupBy=type&groupBy=partyKind']) {
      const { errors } = await read(`/v1/statistics?${groupBy}`, 400)
      expect(errors).toMatchObject([{ parameter: 'groupBy', didYouMean: 'kinds' }])
    }
  })

  test('of agreements that are stored already are the same after the migration', async () => {
    const folder = new URL('../migrations/', import.meta.url)
    const name = readdirSync(folder).find((file) => file.endsWith('_kinds_of_sides.sql'))!
    const kinds = () =>
      register.db.query<{ kinds: string }>(
        sql`select agreement_id, side_kinds as kinds from agreement_listings order by agreement_id`,
      )
    const before = await kinds()
    expect(new Set(before.map((row) => row.kinds)).size).toBe(4)
    await register.db.transaction(async (db) => {
      await db.query(sql`alter table agreement_listings drop column side_kinds`)
      for (const statement of readFileSync(new URL(name, folder), 'utf8').split('--> statement-breakpoint'))
        await db.query(sql.raw(statement))
    })
    expect(await kinds()).toEqual(before)
  })
})
