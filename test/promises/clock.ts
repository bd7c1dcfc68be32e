import { Temporal } from 'temporal-polyfill'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import type { Database } from '../../src/database/connect.ts'
import { addInBulk, numberedId } from '../support/bulk.ts'
import { freshDatabase } from '../support/register.ts'

/** Pseudo-random numbers that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

interface Plan {
  signed: string
  start: string
  months: number
  renewal: 'none' | 'tacit' | 'express' | 'indefinite'
  renewalMonths: number
  noticeMonths: number | null
  extensions: number
  ended: string | null
}

const addDays = (day: string, days: number) => Temporal.PlainDate.from(day).add({ days }).toString()
const addMonths = (day: string, months: number) => Temporal.PlainDate.from(day).add({ months }).toString()

function planOf(random: () => number): Plan {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  const signed = addDays('1995-01-01', Math.floor(random() * 11_500))
  const start = addDays(signed, Math.floor(random() * 400))
  return {
    signed,
    start,
    months: pick([6, 12, 18, 24, 36, 60, 120]),
    renewal: pick(['none', 'tacit', 'tacit', 'express', 'indefinite'] as const),
    renewalMonths: pick([1, 6, 12, 12, 24, 60]),
    noticeMonths: pick([null, 1, 3, 6]),
    extensions: pick([0, 1, 2]),
    ended: pick([true, false, false]) ? addDays(start, 100 + Math.floor(random() * 12_000)) : null,
  }
}

/** The term of a plan: durations in days and years besides those in months. */
const termOf = ({ months, renewal, renewalMonths, noticeMonths }: Plan) => ({
  length: months % 12 === 0 ? `P${months / 12}Y` : `P${months}M`,
  atEnd: { none: 'ends', tacit: 'renews', express: 'extended_if_agreed', indefinite: 'open_ended' }[renewal],
  renewal: { length: `P${renewalMonths}M`, notice: noticeMonths === null ? null : `P${noticeMonths}M` },
})

const bodyOf = ({ signed, start, extensions, ended, ...plan }: Plan, i: number) => ({
  title: `Agreement ${i}`,
  type: 'agreement',
  term: termOf({ signed, start, extensions, ended, ...plan }),
  signatories: [
    { side: 1, signatory: 'US' },
    { side: 2, signatory: ['JP', 'KR', 'DE', 'FR', 'BR'][i % 5] },
  ],
  dates: [
    { event: 'signed', date: signed },
    { event: 'entered_into_force', date: start },
    ...(plan.renewal === 'express' || plan.renewal === 'none'
      ? Array.from({ length: extensions }, (_, n) => ({ event: 'extended', occurrence: n + 1, date: start }))
      : []),
    ...(ended ? [{ event: 'terminated', date: ended }] : []),
  ],
})

/** A naive version of the same, which goes from one expiry to the next. */
function naively(plan: Plan, day: string) {
  const { signed, start, months, renewal, renewalMonths, noticeMonths, extensions, ended } = plan
  const expiry = (n: number) => addMonths(start, months + n * renewalMonths)
  const runsOut = renewal === 'none' || renewal === 'express' ? expiry(extensions) : null
  const end = [ended, runsOut].filter((last) => last !== null).toSorted()[0] ?? null
  if (day < signed) return { status: 'unknown', nextExpiry: null, noticeDeadline: null }
  if (day < start) return { status: 'signed', nextExpiry: null, noticeDeadline: null }
  if (end !== null && day >= end) return { status: 'terminated', nextExpiry: null, noticeDeadline: null }
  const inForce = { status: 'in_force', nextExpiry: null, noticeDeadline: null }
  if (runsOut !== null) return end === runsOut ? { ...inForce, nextExpiry: runsOut } : inForce
  if (renewal === 'indefinite') return inForce
  let n = 0
  while (expiry(n) <= day) n += 1
  const next = expiry(n)
  if (end !== null && end < next) return inForce
  const notice = noticeMonths === null || end === next ? null : addMonths(next, -noticeMonths)
  return { ...inForce, nextExpiry: next, noticeDeadline: notice }
}

const firstDay = '2026-01-01'

interface Passage {
  agreements: number
  days: number
  /** The interval in days at which all documents are compared. */
  each: number
}

/** Documents are correct as time passes. */
export function timePasses({ agreements: many, days, each }: Passage): void {
  describe(`${many.toLocaleString('en')} agreements through ${days} days`, () => {
    let db: Database
    const plans = new Map<string, Plan>()

    beforeAll(async () => {
      db = (await freshDatabase()).db
      const source = numbers(7)
      const random = () => source.next().value
      const agreements = Array.from({ length: many }, (_, i) => {
        const plan = planOf(random)
        plans.set(numberedId(i), plan)
        return { id: numberedId(i), body: bodyOf(plan, i) }
      })
      await addInBulk(db, agreements, firstDay)
    })

    test(`each document equals a naive computation on every ${each}th day`, async () => {
      const wrong: unknown[] = []
      let compared = 0
      let published = 0
      for (let n = 0; n <= days; n += 1) {
        const day = addDays(firstDay, n)
        published += (await Promise.all([publishAll(db, day), publishAll(db, day)])).reduce((a, b) => a + b)
        if (n % each !== 0) continue
        const rows = await db.query<{ id: string; document: string }>({
          name: 'all-documents',
          text: 'select id, document from agreements',
        })
        for (const { id, document } of rows) {
          const { status, nextExpiry, noticeDeadline } = JSON.parse(document) as Agreement
          const expected = naively(plans.get(id)!, day)
          compared += 1
          const same =
            status === expected.status &&
            nextExpiry === expected.nextExpiry &&
            noticeDeadline === expected.noticeDeadline
          if (!same) wrong.push({ day, plan: plans.get(id), expected, found: { status, nextExpiry, noticeDeadline } })
        }
      }
      expect(wrong.slice(0, 3)).toEqual([])
      expect(compared).toBe(many * (Math.floor(days / each) + 1))
      expect(published).toBeGreaterThan((many * days) / 1600)
    })
  })
}
