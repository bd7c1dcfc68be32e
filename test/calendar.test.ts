import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { expect, test } from 'vitest'
import { addMonths, daysIn, isDay, monthsBetween } from '../src/shared/calendar.ts'

const first = Temporal.PlainDate.from('0001-01-01')
const day = fc.integer({ min: 0, max: first.until('9999-12-31').days }).map((days) => first.add({ days }).toString())

test('months are added, subtracted and counted as in Temporal, up to the limits of the calendar', () => {
  fc.assert(
    fc.property(day, fc.integer({ min: -120_000, max: 120_000 }), (from, months) => {
      const reached = Temporal.PlainDate.from(from).add({ months })
      const isWithin = reached.year >= 1 && reached.year <= 9999
      expect(addMonths(from, months)).toBe(isWithin ? reached.toString() : null)
      if (isWithin) expect(monthsBetween(from, reached.toString())).toBe(months)
    }),
    { numRuns: 2000 },
  )
})

test('each month in 400 years has exactly the days that it has in Temporal', () => {
  for (let month = Temporal.PlainYearMonth.from('1800-01'); month.year < 2200; month = month.add({ months: 1 })) {
    expect(daysIn(month.year, month.month)).toBe(month.daysInMonth)
    expect(isDay(`${month.toString()}-${month.daysInMonth}`)).toBe(true)
    expect(isDay(`${month.toString()}-${month.daysInMonth + 1}`)).toBe(false)
  }
})
