import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { lifeOfDocument } from '../../src/agreements/publication/life.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { dueKinds, lifecycleEvents } from '../../src/agreements/time/lifecycle.ts'
import { occurrences, timelineOf } from '../../src/agreements/time/timeline.ts'
import type { Deadline } from '../../src/deadlines/schemas.ts'
import { addMonths } from '../../src/shared/calendar.ts'
import { addInBulk, numberedId } from '../support/bulk.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

export type Page = { items: Deadline[]; nextCursor: string | null }

/** Three years, then yearly renewal with three months of notice. */
export const tacit = { length: 'P36M', atEnd: 'renews', renewal: { length: 'P12M', notice: 'P3M' } }
export const inForce = (date: string) => ({ event: 'entered_into_force', date })

export const reader =
  (register: Register) =>
  async (query: string, status = 200) =>
    (await register.api.get(`/v1/deadlines?${query}`).expect(status)).body

export const dayAndKind = ({ day, kind, agreement }: Deadline) => `${day} ${kind} ${agreement.reference}`

const dayNumber = (n: number) => new Date(Date.UTC(2000, 0, 1 + n)).toISOString().slice(0, 10)
const someDay = fc.integer({ min: 0, max: 12_000 }).map(dayNumber)
const aDate = fc.record({
  event: fc.oneof(
    fc.constantFrom(...lifecycleEvents),
    fc.constantFrom('signed', 'entered_into_force', 'denounced', 'extended', 'terminated'),
  ),
  date: fc.oneof(
    someDay,
    someDay.map((text) => text.slice(0, 7)),
    someDay.map((text) => text.slice(0, 4)),
    someDay.map((text) => `${text.slice(0, 7)}-31`).filter((text) => !/-(02|04|06|09|11)-31$/.test(text)),
  ),
  occurrence: fc.integer({ min: 1, max: 2 }),
  effectiveDate: fc.option(someDay, { nil: null, freq: 3 }),
})
const lengths = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((n) => `P${n}M`),
  fc.integer({ min: 15, max: 900 }).map((n) => `P${n}D`),
  fc.constantFrom('P1Y', 'P1Y6M', 'P2M10D'),
)
const aTerm = fc
  .record({
    runsFrom: fc.constantFrom('entry_into_force', 'entry_into_force', 'signature'),
    end: fc.oneof(
      { weight: 8, arbitrary: lengths.map((length) => ({ length })) },
      { weight: 1, arbitrary: someDay.map((lastDay) => ({ lastDay })) },
      { weight: 1, arbitrary: fc.constant({}) },
    ),
    atEnd: fc.constantFrom('renews', 'renews', 'renews', 'ends', 'extended_if_agreed', 'open_ended'),
    renewal: fc.record({
      length: fc.option(lengths),
      most: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 1 }),
      notice: fc.option(lengths, { freq: 4 }),
    }),
    sunset: fc.option(lengths, { freq: 1 }),
  })
  .map(({ end, ...term }) => ({ ...term, ...end }))
const anyAgreement = fc.record({
  signatory: fc.constantFrom('KR', 'JP', 'FR'),
  term: fc.option(aTerm, { freq: 9 }),
  dates: fc.array(aDate, { maxLength: 5 }),
  start: fc.option(someDay, { freq: 9 }),
})

interface Amount {
  agreements: number
  periods: number
}

/** The list of deadlines is complete for any agreements. */
export function nothingDueIsMissed({ agreements: many, periods }: Amount): void {
  describe('for any agreements', () => {
    let register: Register
    let read: ReturnType<typeof reader>
    let all: Agreement[]
    beforeAll(async () => {
      register = await freshRegister()
      read = reader(register)
      const random = fc.sample(anyAgreement, { numRuns: many })
      const bulk = random.map(({ signatory, term, dates, start }, i) => {
        const once = new Map(
          [...dates, ...(start === null ? [] : [{ ...inForce(start), occurrence: 1, effectiveDate: null }])].map(
            (date) => [`${date.event} ${date.occurrence}`, date],
          ),
        )
        return {
          id: numberedId((i * 7919) % many),
          body: anAgreement({
            reference: `R${i}`,
            term,
            signatories: [
              { side: 1, signatory: 'US' },
              { side: 2, signatory },
            ],
            dates: [...once.values()],
          }),
        }
      })
      await addInBulk(register.db, bulk, register.today())
      const rows = await register.db.query<{ document: string }>(sql`select document from agreements`)
      all = rows.map(({ document }) => JSON.parse(document) as Agreement)
    })

    /** The deadlines of all agreements, one after another, computed only by the rules of time. */
    const naively = (from: string, to: string, kinds: readonly string[], party: string | undefined): string[] =>
      all
        .filter(({ signatories }) => party === undefined || signatories.some(({ party: { code } }) => code === party))
        .flatMap((one) => ({ one, timeline: timelineOf(lifeOfDocument(one)) }))
        .flatMap(({ one: { id, reference }, timeline }) =>
          occurrences(timeline, from, to)
            .filter(({ kind }) => kinds.includes(kind))
            .map(({ day, kind }) => ({ key: `${day} ${kind} ${id}`, text: `${day} ${kind} ${reference}` })),
        )
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ text }) => text)

    const paged = async (query: string): Promise<string[]> => {
      const found: Deadline[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: Page = await read(`${query}${cursor && `&cursor=${cursor}`}`)
        found.push(...page.items)
        cursor = page.nextCursor
      }
      return found.map(dayAndKind)
    }

    test('pages contain every deadline of a period exactly once', async () => {
      let found = 0
      const aPeriod = fc.tuple(
        fc.oneof(
          fc.integer({ min: -400, max: 20_000 }).map(dayNumber),
          fc.constantFrom('1999-12-31', '2300-02-28', '9995-01-01'),
        ),
        fc.integer({ min: 0, max: 119 }),
      )
      await fc.assert(
        fc.asyncProperty(
          aPeriod,
          fc.subarray([...dueKinds], { minLength: 1 }),
          fc.option(fc.constantFrom('KR', 'FR', 'US'), { nil: undefined }),
          fc.integer({ min: 20, max: 200 }),
          async ([from, length], kinds, party, limit) => {
            const to = addMonths(from, length) ?? '9999-12-31'
            const expected = naively(from, to, kinds, party)
            const filters = [...kinds.map((kind) => `kind=${kind}`), ...(party ? [`party=${party}`] : [])].join('&')
            expect(await paged(`from=${from}&to=${to}&limit=${limit}&${filters}`)).toEqual(expected)
            found += expected.length
          },
        ),
        { numRuns: periods },
      )
      expect(found).toBeGreaterThan(10 * periods)
    })

    test('unchanged deadlines appear once and in order while others are written', async () => {
      const expected = naively('2020-01-01', '2029-12-31', dueKinds, 'KR')
      const limit = Math.max(1, Math.min(20, Math.floor(expected.length / 10)))
      const query = `from=2020-01-01&to=2029-12-31&limit=${limit}&party=KR`
      const found: Deadline[] = []
      let writes = 0
      for (let cursor: string | null = ''; cursor !== null; writes += 1) {
        const page: Page = await read(`${query}${cursor && `&cursor=${cursor}`}`)
        found.push(...page.items)
        cursor = page.nextCursor
        const over = {
          reference: `W${writes}`,
          term: tacit,
          dates: [inForce(dayNumber(9_000 + writes * 3))],
          signatories: [
            { side: 1, signatory: 'US' },
            { side: 2, signatory: 'KR' },
          ],
        }
        await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)
      }
      expect(writes).toBeGreaterThan(5)
      expect(found.map(dayAndKind).filter((text) => !/ W\d+$/.test(text))).toEqual(expected)
    })
  })
}
