import { describe, expect, test } from 'vitest'
import { momentsOf } from '../src/agreements/time/lifecycle.ts'
import { inAgreement, settlePreferred } from '../src/agreements/publication/rules.ts'
import { warnings } from '../src/agreements/publication/warnings.ts'
import type { AgreementDate } from '../src/agreements/dates/schemas.ts'

const numbers = (most: number): number[] => Array.from({ length: most }, (_, i) => i)

describe('each date is looked at a few times, however many there are', () => {
  /** How often `work` looks whose act a date is, of `many` dates that are values of one act or of acts of their own. */
  function looks(many: number, rivals: boolean, work: (dates: never[]) => unknown): number {
    let looked = 0
    const counted = <Value>(value: Value): Value => {
      looked += 1
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
    return looked / many
  }

  const works: Record<string, (dates: never[]) => unknown> = {
    'which value is preferred': (dates) => settlePreferred(dates, new Set(), inAgreement),
    'what sources differ on': (dates) =>
      warnings({ dates, signatories: [] }, { body: () => ({ validFromDay: null, validToDay: null }) }),
    'when acts were': (dates) =>
      momentsOf(
        (dates as AgreementDate[]).map(({ event, occurrence, firstDay, lastDay }) => ({
          event,
          occurrence,
          signatory: null,
          date: { firstDay, lastDay, exact: false },
          effective: null,
          preferred: true,
        })),
      ),
  }

  test.each(Object.keys(works).flatMap((name) => [[name, true] as const, [name, false] as const]))(
    '%s (of one act: %s)',
    (name, rivals) => {
      expect(looks(500, rivals, works[name]!)).toBeLessThan(2 * looks(20, rivals, works[name]!))
    },
  )
})
