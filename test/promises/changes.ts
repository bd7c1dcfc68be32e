import { expect, test } from 'vitest'
import { publishAll } from '../../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { anAgreement, freshRegister } from '../support/register.ts'

const filters: Record<string, string>[] = [
  { type: 'minutes' },
  { party: 'BETA' },
  { pair: 'US,KR' },
  { pair: 'BETA,US' },
  { signatory: 'BETA' },
  { q: 'floods' },
  { q: 'drought -floods' },
  { reference: 'REF/1' },
  { identifier: 'tias:04-601' },
  { status: 'in_force' },
  { statusBasis: 'presumed' },
  { inForceOn: '2022-01-01' },
  { party: 'KR', inForceOn: '2022-01-01' },
  { partyKind: 'state' },
  { kinds: 'other,state' },
  { signedFrom: '2019-01-01', signedTo: '2019-12-31' },
  { event: 'entered_into_force', eventFrom: '2021-01-01' },
  { expiresTo: '2027-01-01' },
  { researchDomain: 'ford:2' },
  { warning: 'in_force_before_signature' },
  { binding: 'binding' },
  { withPredecessors: 'true', party: 'US' },
]

/** Numbers from 0 to below 1, the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

interface Page {
  items: { id: string; version: number; inSelection: boolean; document: Agreement | null; sequence: number }[]
  cursor: string
  more: boolean
}

/** What holds for those who follow a part, whatever is edited. */
export function partsAreFollowed({ rounds }: { rounds: number }): void {
  test('a follower of any part has what the list has, after edits, a merge, renames and the clock', async () => {
    const { app, api, db, setToday, today } = await freshRegister()
    for (const code of ['ALPHA', 'BETA']) {
      await api
        .post('/v1/signatories')
        .send({ code, name: `Body ${code}`, kind: 'other' })
        .expect(201)
    }
    const random = randomOf(20_261_128)
    const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)]!
    const partners = ['JP', 'KR', 'ALPHA', 'BETA']
    const some = (n: number) =>
      anAgreement({
        title: pick(['Agreement on Floods', 'Treaty on Drought', 'Minutes on Floods and Drought']),
        type: pick(['treaty', 'minutes', 'agreement']),
        binding: pick(['binding', 'unknown']),
        reference: n === 0 ? pick(['REF/1', null]) : null,
        identifiers: n === 1 ? pick([[], [{ scheme: 'tias', value: 'TIAS 04-601' }]]) : [],
        researchDomains: pick([[], ['ford:2.1']]),
        dates: [
          { event: 'signed', date: pick(['2018-05-01', '2019-05-01', '2019']) },
          ...pick([[], [{ event: 'entered_into_force', date: pick(['2018-01-01', '2020-01-01', '2021-06-01']) }]]),
        ],
        term: pick([null, { length: 'P6Y', atEnd: 'ends' }]),
        signatories: [
          { side: 1, signatory: 'US' },
          { side: 2, signatory: pick(partners) },
        ],
      })
    const at = (id: string) => `/v1/agreements/${id}`
    const ids: (string | undefined)[] = []

    async function edit(n: number): Promise<void> {
      const id = ids[n]
      if (id === undefined) ids[n] = (await api.post('/v1/agreements').send(some(n)).expect(201)).body.id
      else if (random() < 0.2) {
        await api.delete(at(id)).set('if-match', '*').expect(204)
        if (random() < 0.7)
          await api
            .post(`${at(id)}/restore`)
            .set('if-match', '*')
            .expect(200)
        else ids[n] = undefined
      } else await api.put(at(id)).set('if-match', '*').send(some(n)).expect(200)
    }

    const parts = new Map(filters.map((filter) => [filter, { cursor: '0', held: new Map<string, number>() }]))

    /** Each follower reads on, and has what the list has. */
    async function readOn(): Promise<void> {
      await publishAll(db, today())
      for (const [filter, part] of parts) {
        for (let more = true; more;) {
          const query = { ...filter, after: part.cursor, limit: '3' }
          const page = (await app.inject({ url: '/v1/changes', query })).json<Page>()
          for (const { id, version, inSelection, document, sequence } of page.items) {
            expect(document === null).toBe(!inSelection)
            if (inSelection) part.held.set(id, version)
            else expect(part.held.delete(id), `${JSON.stringify(filter)} ${sequence}`).toBe(true)
          }
          ;({ cursor: part.cursor, more } = page)
        }
        const list = await app.inject({ url: '/v1/agreements', query: { ...filter, limit: '200' } })
        const listed = list.json<{ items: Agreement[] }>().items.map(({ id, version }) => [id, version])
        expect(Object.fromEntries(part.held), JSON.stringify(filter)).toEqual(Object.fromEntries(listed))
      }
    }

    for (let round = 0; round < rounds; round += 1) {
      for (let n = 0; n < 6; n += 1) await edit(n)
      await readOn()
    }
    setToday('2027-07-01')
    await api.post('/v1/signatories/ALPHA/merge').set('if-match', '*').send({ into: 'BETA' }).expect(201)
    partners[2] = 'KR'
    await readOn()
    await api.patch('/v1/signatories/BETA').set('if-match', '*').send({ name: 'Institute of Floods' }).expect(200)
    for (let n = 0; n < 6; n += 1) await edit(n)
    await readOn()
  })
}
