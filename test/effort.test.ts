import { describe, expect, test, vi } from 'vitest'
import { calendarOf } from '../src/deadlines/calendar.ts'
import { dueOf } from '../src/deadlines/due-days.ts'
import { addMonths } from '../src/shared/calendar.ts'
import { datedActsOf } from '../src/agreements/time/lifecycle.ts'
import { lifeOf, term } from './support/acts.ts'
import { inAgreement, choosePreferred } from '../src/agreements/publication/rules.ts'
import { warnings } from '../src/agreements/publication/warnings.ts'
import type { AgreementDate } from '../src/agreements/dates/schemas.ts'
import { readText } from '../src/drafts/draft.ts'
import { readNames } from '../src/drafts/names.ts'
import { freshRegister } from './support/register.ts'

const numbers = (most: number): number[] => Array.from({ length: most }, (_, i) => i)

describe('each date is read a constant number of times', () => {
  /** How often `work` reads the act of a date, with `many` dates that are values of one act or of different acts. */
  function reads(many: number, rivals: boolean, work: (dates: never[]) => unknown): number {
    let count = 0
    const counted = <Value>(value: Value): Value => {
      count += 1
      return value
    }
    const dates = numbers(many).map((i) => ({
      event: 'signed',
      id: `date-${i}`,
      date: '2019',
      firstDay: '2019-01-01',
      lastDay: '2019-12-31',
      effectiveDate: null,
      signatory: {
        get id() {
          return counted('JP')
        },
      },
      signatoryId: null,
      place: `Place ${i}`,
      occurrence: { toString: () => counted(String(rivals ? 1 : i)) },
      preferred: !rivals || i === 0,
    }))
    work(dates as never[])
    return count / many
  }

  const nothing = lifeOf([], null)
  const works: Record<string, (dates: never[]) => unknown> = {
    'which value is preferred': (dates) => choosePreferred(dates, new Set(), inAgreement),
    'what sources differ on': (dates) =>
      warnings({ term: null, dates, signatories: [] }, nothing, {
        body: () => ({ validFromDay: null, validToDay: null }),
        earlier: () => [],
      }),
    'when acts were': (dates) =>
      datedActsOf(
        (dates as AgreementDate[]).map(({ event, occurrence, firstDay, lastDay }) => ({
          event,
          occurrence,
          signatory: null,
          party: null,
          side: null,
          date: { text: '', firstDay, lastDay, exact: false },
          effective: null,
          preferred: true,
          extension: null,
          term: null,
        })),
      ),
  }

  test.each(Object.keys(works).flatMap((name) => [[name, true] as const, [name, false] as const]))(
    '%s (of one act: %s)',
    (name, rivals) => {
      expect(reads(500, rivals, works[name]!)).toBeLessThan(2 * reads(20, rivals, works[name]!))
    },
  )
})

describe('deadlines are computed once for each agreement', () => {
  /** How often the deadlines of the agreement are gone through. */
  async function reads(many: number): Promise<number> {
    let count = 0
    const act = {
      event: 'entered_into_force' as const,
      signatory: null,
      party: null,
      side: null,
      occurrence: 1,
      date: { text: '2000-01-01', firstDay: '2000-01-01', lastDay: '2000-01-01', exact: true },
      effective: null,
      preferred: true,
      extension: null,
      term: null,
    }
    const all = lifeOf([act], term(1, 'tacit', { renewalMonths: 1 }))
    const timeline = {
      ...all,
      get due() {
        count += 1
        return all.due
      },
    }
    const [id, kind] = ['0190a000-0000-7000-8000-000000000000', 'renewal' as const]
    const agreement = { id, version: 1, reference: null, title: 'Monthly', updatedAt: '2000-01-01', parties: [] }
    const days = numbers(many).map((i) => ({
      id,
      kind,
      day: addMonths('2000-02-01', i)!,
      fits: true,
      document: null,
      format: 1,
    }))
    const due = await dueOf(days, new Map([[id, { agreement, timeline }]]))
    expect(due.map(({ occurrence }) => occurrence.day)).toEqual(days.map(({ day }) => day))
    return count
  }

  test('200 days take as many reads as two', async () => {
    expect(await reads(200)).toBe(await reads(2))
  })
})

test('a calendar is written a few events at a time, with other requests in between', async () => {
  const agreement = {
    id: 'one',
    version: 1,
    reference: null,
    title: 'Monthly',
    updatedAt: '2000-01-01T00:00:00Z',
    parties: [],
  }
  const occurrence = {
    kind: 'renewal' as const,
    day: '2026-01-01',
    number: '1.1',
    endedBy: null,
    approximate: false,
    renewal: null,
  }
  const position = { key: '2026-01-01 renewal', id: 'one', interpretation: null }
  let turns = 0
  const countTurns = (): void => {
    turns += 1
    next = setImmediate(countTurns)
  }
  let next = setImmediate(countTurns)
  await calendarOf(
    numbers(100).map(() => ({ agreement, occurrence, position })),
    null,
  )
  clearImmediate(next)
  expect(turns).toBeGreaterThanOrEqual(20)
})

test('each name of a signatory is compared in one form, which a write makes once, also after many others', async () => {
  const register = await freshRegister()
  const folded = vi.spyOn(String.prototype, 'normalize')
  const writes = numbers(12)
  const namesOf = (write: number) => numbers(50).map((i) => `Directorate number ${i} of ${write}`)
  for (const write of writes) {
    await register.api
      .post('/v1/signatories')
      .send({ code: `MANY-${write}`, name: `Many ${write}`, kind: 'other', aliases: namesOf(write) })
      .expect(201)
  }
  const texts = new Set(writes.flatMap(namesOf))
  const calls = folded.mock.contexts.filter((text) => texts.has(String(text))).length
  folded.mockRestore()
  expect(calls).toBe(texts.size)
})

test('the bodies under a party are looked through once, however often a text speaks of departments', async () => {
  const register = await freshRegister()
  const names = await readNames(register.db, register.db)
  let count = 0
  const counted = {
    ...names,
    under: (party: Parameters<typeof names.under>[0]) => {
      count += 1
      return names.under(party)
    },
  }
  const text = 'France and Japan signed an agreement of both security departments. '.repeat(100)
  await readText({ text }, counted, register.today())
  expect(count).toBe(2)
})
