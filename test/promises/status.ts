import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lifeOfDocument } from '../../src/agreements/publication/life.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { type LifecycleEvent, lifecycleEvents } from '../../src/agreements/time/lifecycle.ts'
import { inForcePeriods } from '../../src/agreements/time/status.ts'
import type { Timeline } from '../../src/agreements/time/timeline.ts'
import * as timelines from '../../src/agreements/time/timeline.ts'
import type { Duration } from '../../src/shared/durations.ts'
import { parseEdtf } from '../../src/shared/edtf.ts'
import { lifeOf } from '../support/plain-time.ts'

const dayNumber = (n: number) => new Date(Date.UTC(2000, 0, 1 + n)).toISOString().slice(0, 10)
const day = fc.integer({ min: 0, max: 4_000 }).map(dayNumber)
const lengths = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((n) => `P${n}M`),
  fc.integer({ min: 1, max: 5 }).map((n) => `P${n}Y`),
  fc.integer({ min: 20, max: 900 }).map((n) => `P${n}D`),
  fc.constantFrom('P26W', 'P1Y6M', 'P1M15D'),
)
const notices = fc.oneof(lengths, fc.constantFrom('P0D', 'P90D', 'P3M'))
const writtenTerm = fc
  .record({
    runsFrom: fc.oneof(
      { weight: 3, arbitrary: fc.constant('entry_into_force') },
      { weight: 1, arbitrary: fc.constant('signature') },
      { weight: 1, arbitrary: day },
    ),
    length: fc.option(lengths, { freq: 8 }),
    lastDay: fc.option(day, { freq: 1 }),
    atEnd: fc.constantFrom('ends', 'renews', 'renews', 'renews', 'extended_if_agreed', 'open_ended', null),
    renewal: fc.option(
      fc.record({
        length: fc.option(lengths),
        most: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 1 }),
        notice: fc.option(notices, { freq: 4 }),
      }),
      { freq: 8 },
    ),
    exit: fc.option(
      fc.record({
        notice: fc.option(notices, { freq: 8 }),
        from: fc.constantFrom('any', 'after_minimum'),
        takesEffect: fc.constantFrom('at_once', 'month_end', 'year_end', 'term_end'),
      }),
      { freq: 1 },
    ),
    sunset: fc.constant(null),
    endsWith: fc.constant(null),
  })
  .map(({ length, lastDay, ...rest }) => ({ ...rest, length: lastDay === null ? length : null, lastDay }))
const writtenEntry = fc.option(
  fc.record({
    on: fc.constantFrom(
      'signature',
      'notes_exchanged',
      'last_notification',
      'last_ratification',
      'instruments_exchanged',
    ),
    delay: fc.option(fc.constantFrom('P30D', 'P1M', 'P2M')),
    roundedUp: fc.constantFrom(null, 'month'),
  }),
)
const aTerm = fc.option(writtenTerm, { freq: 5 })
const extension = fc.oneof(
  fc.constant(null),
  lengths.map((length) => ({ length, lastDay: null })),
  day.map((lastDay) => ({ length: null, lastDay })),
)

type Signatory = Pick<Agreement['signatories'][number], 'side' | 'role' | 'signatory' | 'party' | 'ancestors'>
type Written = Agreement['dates'][number]

/** A signatory that is `party`, or a body of it. The territory `JP-ISLES` is a party of its own. */
function signatoryOf(side: number, role: string, party: string, body: string = party): Signatory {
  const ancestors = body !== party ? [{ id: party }] : party === 'JP-ISLES' ? [{ id: 'JP' }] : []
  return { side, role, signatory: { id: body }, party: { id: party }, ancestors } as unknown as Signatory
}

/** One party a side, as in most agreements. */
const onePartyASide = fc.constant<Signatory[]>([signatoryOf(1, 'signed', 'US'), signatoryOf(2, 'signed', 'KR')])

/** Sides of one to three parties, some with two bodies or as successors, and a witness. */
const sides = fc
  .record({
    ours: fc.constantFrom<string[]>(['US'], ['US'], ['US', 'CA'], ['US', 'CA', 'MX']),
    theirs: fc.constantFrom<string[]>(['KR'], ['KR', 'JP'], ['KR', 'JP'], ['KR', 'JP', 'JP-ISLES']),
    roles: fc.array(fc.constantFrom('signed', 'signed', 'signed', 'responsible', 'succeeded'), {
      minLength: 6,
      maxLength: 6,
    }),
    bodies: fc.subarray<string>(['US', 'CA', 'KR', 'JP']),
    witness: fc.boolean(),
  })
  .map(({ ours, theirs, roles, bodies, witness }) => [
    ...ours.map((id, i) => signatoryOf(1, roles[i]!, id)),
    ...theirs.map((id, i) => signatoryOf(2, roles[i + 3]!, id)),
    ...[...ours, ...theirs]
      .filter((id) => bodies.includes(id))
      .map((id) => signatoryOf(ours.includes(id) ? 1 : 2, 'responsible', id, `${id}-BODY`)),
    ...(witness ? [signatoryOf(2, 'witnessed', 'UN')] : []),
  ])

const events = fc.oneof(
  fc.constantFrom(...lifecycleEvents),
  fc.constantFrom<LifecycleEvent>('entered_into_force', 'suspended', 'resumed', 'terminated', 'succeeded'),
  fc.constantFrom<LifecycleEvent>('denounced', 'withdrawn', 'denunciation_revoked', 'extended', 'extended', 'amended'),
)
const edtf = fc.oneof(
  day,
  fc.integer({ min: 0, max: 3 }).map((n) => `2004-03-0${n + 1}`),
  day.map((text) => text.slice(0, 7)),
  day.map((text) => text.slice(0, 4)),
  day.map((text) => `${text}?`),
  day.map((text) => `${text}/..`),
  day.map((text) => `/${text}`),
  fc.constant('9999-12-31'),
)
const later = (text: string, days: number) => new Date(Date.parse(text) + days * 86_400_000).toISOString().slice(0, 10)

const written = fc
  .record({
    event: events,
    date: edtf,
    by: fc.option(fc.nat(), { freq: 2 }),
    isOther: fc.integer({ min: 0, max: 20 }).map((n) => n === 0),
    occurrence: fc.integer({ min: 1, max: 2 }),
    preferred: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
    effective: fc.oneof(
      { weight: 4, arbitrary: fc.constant(null) },
      {
        weight: 1,
        arbitrary: fc.oneof(
          day,
          fc.constant('9999'),
          day.map((text) => text.slice(0, 7)),
        ),
      },
      { weight: 2, arbitrary: fc.integer({ min: -300, max: 900 }) },
    ),
    extension,
    term: aTerm,
  })
  .map(({ effective, ...over }) => {
    const isRelative = typeof effective === 'number'
    const day = isRelative && /^20\d\d-\d\d-\d\d$/.test(over.date) ? later(over.date, effective) : null
    return { ...over, effective: isRelative ? day : effective }
  })

/** A date as in a document, of one of the bodies, of the agreement as a whole, or of a body that is no signatory. */
function dateOf(one: typeof written extends fc.Arbitrary<infer T> ? T : never, bodies: string[]): Written {
  const { event, date, by, isOther, occurrence, preferred, effective, extension, term } = one
  const id = isOther ? 'OTHER' : by === null ? null : bodies[by % bodies.length]!
  const [days, effectiveDays] = [date, effective ?? date].map((text) => parseEdtf(text))
  return {
    event,
    occurrence,
    preferred,
    signatory: id === null ? null : { id },
    date,
    firstDay: days!.firstDay,
    lastDay: days!.lastDay,
    effectiveDate: effective,
    effectiveFirstDay: effective === null ? null : effectiveDays!.firstDay,
    effectiveLastDay: effective === null ? null : effectiveDays!.lastDay,
    extension: event === 'extended' ? extension : null,
    term: event === 'amended' ? term : null,
  } as unknown as Written
}

/** Of several preferred values of one act, the first remains preferred. */
const withOnePreferred = (dates: Written[]): Written[] =>
  dates.map((one, i) => {
    const isSame = ({ event, signatory, occurrence, preferred }: Written) =>
      preferred && event === one.event && signatory?.id === one.signatory?.id && occurrence === one.occurrence
    return dates.slice(0, i).some(isSame) ? { ...one, preferred: false } : one
  })

const entered = (date: string): Written =>
  dateOf(
    {
      event: 'entered_into_force',
      date,
      by: null,
      isOther: false,
      occurrence: 1,
      preferred: true,
      effective: null,
      extension: null,
      term: null,
    },
    [],
  )

const someStatements = fc.array(
  fc.record({
    status: fc.constantFrom('in_force', 'in_force', 'terminated', 'signed', 'suspended'),
    on: fc.oneof(
      day,
      fc.integer({ min: 0, max: 3 }).map((n) => `2004-03-0${n + 1}`),
    ),
    source: fc.constant(null),
  }),
  { maxLength: 4 },
) as fc.Arbitrary<Agreement['statusStatements']>
const fromOthers: fc.Arbitrary<Agreement['endsByOthers']> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Agreement['endsByOthers']>([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        event: fc.constantFrom(...(['superseded', 'terminated', 'expired', 'expired'] as const)),
        day,
        approximate: fc.boolean(),
        agreement: fc.constantFrom('a', 'b').map((id) => ({ id, reference: null, title: id })),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
)
type Own = Pick<
  Agreement,
  'dates' | 'signatories' | 'term' | 'entryIntoForce' | 'binding' | 'statusStatements' | 'endsByOthers'
>

/** The parts of a document from which the days of an agreement follow. */
const anAgreement = (maxLength: number, signing: fc.Arbitrary<Signatory[]> = sides): fc.Arbitrary<Own> =>
  fc
    .record({
      signatories: signing,
      dates: fc.array(written, { maxLength }),
      isInForce: fc.boolean(),
      term: aTerm,
      entryIntoForce: writtenEntry,
      binding: fc.constantFrom('binding', 'unknown'),
      statusStatements: someStatements,
      endsByOthers: fromOthers,
    })
    .map(({ dates, isInForce, ...rest }) => {
      const bodies = rest.signatories.flatMap(({ signatory, party }) => [signatory.id, party.id])
      const all = dates.map((one) => dateOf(one, bodies))
      return { ...rest, dates: withOnePreferred(isInForce ? [...all, entered('2003-01-31')] : all) } as Own
    })

/** The life of an agreement by the naive implementation. */
const naiveLifeOf = (own: Own) =>
  lifeOf(
    own,
    own.endsByOthers.map(({ day, event, approximate }) => ({ day, event, isCertain: !approximate })),
  )

/** An agreement whose status follows from its acts, its term and other agreements alone. */
const withoutStatements = (...of: Parameters<typeof anAgreement>): fc.Arbitrary<Own> =>
  anAgreement(...of).map((own) => ({ ...own, statusStatements: [] }))

const timelineOf = (own: Own): Timeline => timelines.timelineOf(lifeOfDocument(own as Agreement))

const inDays = ({ months, days }: Duration): number => months * 30 + days

/** Whether the notice of a renewal is not longer than the term that it ends. */
function isNoticeShorter({ term, course }: Timeline['runs'][number]): boolean {
  const notice = term?.renewal?.notice
  return !notice || course === null || course.each === null || inDays(notice) <= inDays(course.each)
}

/** The periods in force for each party, as in a document. */
const partiesOf = ({ parties }: Timeline) =>
  parties.map(({ inForce, ...party }) => ({
    ...party,
    inForce: inForce.map(({ from, until }) => ({ since: from, until })),
  }))

/** The status on a day, and the next day on which it changes. */
const standing = (timeline: Timeline, on: string) => ({
  ...timelines.statusOn(timeline, on),
  changesOn: timelines.changesAfter(timeline, on),
})

/** Whether the naive implementation says the same, on a day. */
function agree(timeline: Timeline, life: ReturnType<typeof lifeOf>, on: string): void {
  expect(timelines.statusOn(timeline, on)).toEqual(life.on(on))
  expect(timelines.exitDayOn(timeline, on)).toBe(life.exitOn(on))
}

interface Amount {
  runs: number
  /** Runs of properties that are compared with a walk through thousands of days. */
  walks: number
  /** Agreements that are compared with the naive implementation on every tenth of 4,000 days. */
  agreements: number
}

const anyDay = fc.integer({ min: -100, max: 5_000 }).map(dayNumber)

/** The rules of time are correct for any acts, parties and terms. */
export function statusIsTrue({ runs, walks, agreements }: Amount): void {
  describe('for any acts, parties and term', () => {
    test('the status and its end equal those of a naive implementation of the rules, also for each party', () => {
      fc.assert(
        fc.property(withoutStatements(10), anyDay, (own, on) => {
          const [timeline, life] = [timelineOf(own), naiveLifeOf(own)]
          agree(timeline, life, on)
          expect(timelines.changesAfter(timeline, on)).toBe(life.changesAfter(on))
          expect(timeline.periods.map(({ from, status }) => [from, status])).toEqual(life.periods)
          expect(partiesOf(timeline)).toEqual(life.parties)
        }),
        { numRuns: runs },
      )
    })

    test('periods have no gaps, do not overlap, are not empty and differ from the previous one', () => {
      fc.assert(
        fc.property(withoutStatements(10), (own) => {
          const { periods, parties } = timelineOf(own)
          expect(periods[0]!.from).toBeNull()
          expect(periods.at(-1)!.until).toBeNull()
          for (const [i, { status, from, until, endedBy }] of periods.entries()) {
            if (i > 0) expect(from).toBe(periods[i - 1]!.until)
            if (i > 0) expect(status).not.toBe(periods[i - 1]!.status)
            if (from !== null && until !== null) expect(from < until).toBe(true)
            expect(endedBy === null).toBe(status !== 'terminated')
          }
          expect(inForcePeriods(periods)).toEqual(periods.filter(({ status }) => status === 'in_force'))
          for (const { inForce } of parties) {
            for (const [i, { from, until }] of inForce.entries()) {
              if (until !== null) expect(from! < until).toBe(true)
              if (i > 0) expect(inForce[i - 1]!.until! < from!).toBe(true)
              const isWithin = inForcePeriods(periods).some(
                (whole) => whole.from! <= from! && (whole.until ?? '~') >= (until ?? '~'),
              )
              expect(isWithin, 'in force for a party only while the agreement is').toBe(true)
            }
          }
        }),
        { numRuns: runs },
      )
    })

    test('with one party a side, the agreement is in force for each when it is in force', () => {
      fc.assert(
        fc.property(withoutStatements(10, onePartyASide), (own) => {
          const { periods, parties } = timelineOf(own)
          const whole = inForcePeriods(periods).map(({ from, until }) => ({ from, until }))
          expect(parties.map(({ inForce }) => inForce)).toEqual([whole, whole])
        }),
        { numRuns: runs },
      )
    })

    test('the order of the dates does not matter', () => {
      const shuffled = withoutStatements(8).chain((own) =>
        fc.tuple(fc.constant(own), fc.shuffledSubarray(own.dates, { minLength: own.dates.length })),
      )
      fc.assert(
        fc.property(shuffled, anyDay, ([own, dates], on) => {
          const [one, other] = [timelineOf(own), timelineOf({ ...own, dates })]
          expect(other.periods).toEqual(one.periods)
          expect(other.parties).toEqual(one.parties)
          expect(standing(other, on)).toEqual(standing(one, on))
        }),
        { numRuns: runs },
      )
    })

    test('the status is that of the period of the day', () => {
      fc.assert(
        fc.property(withoutStatements(8), anyDay, (own, on) => {
          const timeline = timelineOf(own)
          let walked = timeline.periods[0]!
          for (const period of timeline.periods) if (period.from !== null && period.from <= on) walked = period
          const { status, from: statusSince, until: statusUntil, endedBy, approximate } = walked
          expect(standing(timeline, on)).toMatchObject({ status, statusSince, statusUntil, endedBy, approximate })
        }),
        { numRuns: runs },
      )
    })

    test('deadlines are in the future, notice before expiry, and only until the agreement ends', () => {
      fc.assert(
        fc.property(withoutStatements(8), day, (own, on) => {
          const timeline = timelineOf(own)
          const { status, nextExpiry, noticeDeadline } = standing(timeline, on)
          if (nextExpiry === null) {
            expect(noticeDeadline).toBeNull()
            return
          }
          expect(status).not.toBe('terminated')
          expect(nextExpiry > on).toBe(true)
          expect((noticeDeadline ?? '') < nextExpiry).toBe(true)
          const isChanged = own.dates.some(({ event }) => event === 'extended' || event === 'amended')
          if (own.term?.atEnd !== 'renews' && !isChanged) {
            expect(standing(timeline, nextExpiry).endedBy).not.toBeNull()
          }
        }),
        { numRuns: runs },
      )
    })

    test('the exit day is never before the day on which notice is given', () => {
      fc.assert(
        fc.property(withoutStatements(8), day, (own, on) => {
          expect((timelines.exitDayOn(timelineOf(own), on) ?? '~') >= on).toBe(true)
        }),
        { numRuns: runs },
      )
    })

    test('the deadlines of a period are those found by a walk through its days', () => {
      fc.assert(
        fc.property(withoutStatements(5), fc.integer({ min: 0, max: 3_000 }), (own, n) => {
          const timeline = timelineOf(own)
          // The next notice of a status is that before the next expiry, which tells nothing of an earlier one for a later.
          fc.pre(timeline.runs.every(isNoticeShorter))
          const [from, to] = [dayNumber(n), dayNumber(n + 700)]
          const walked = { expiry: new Set<string>(), renewal: new Set<string>(), notice: new Set<string>() }
          const add = (kind: keyof typeof walked, day: string | null) =>
            day !== null && from <= day && day <= to && walked[kind].add(day)
          // A notice comes up to five years before its renewal, which is seen only in the term before it.
          for (let at = n - 1; at < n + 700 + 5 * 366; at += 1) {
            const { nextExpiry, noticeDeadline } = timelines.statusOn(timeline, dayNumber(at))
            const then = timelines.statusOn(timeline, dayNumber(at + 1))
            if (then.statusSince === dayNumber(at + 1) && then.status === 'terminated') add('expiry', then.statusSince)
            if (nextExpiry === null) continue
            // What was to be renewed may be extended before.
            const isRenewal =
              nextExpiry === dayNumber(at + 1) &&
              timeline.termOn(dayNumber(at))?.atEnd === 'renews' &&
              timelines.statusOn(timeline, nextExpiry).status !== 'terminated'
            if (isRenewal) add('renewal', nextExpiry)
            // A day that had passed when the term began or was changed, or the agreement was revived, is no deadline.
            const run = timeline.runs.findLast(({ first }) => first <= dayNumber(at))
            const ends = timeline.periods.filter(({ status }) => status === 'terminated')
            const revived = ends.findLast(({ until }) => until !== null && until <= dayNumber(at))?.until
            const isPast = [run?.first, revived].some((first) => first && (noticeDeadline ?? '') < first)
            const next = timeline.runs.find(({ first }) => first > dayNumber(at))
            const isChanged = next !== undefined && next.change !== null && (noticeDeadline ?? '') >= next.first
            if (!isPast && !isChanged) add('notice', noticeDeadline)
          }
          const told = timelines.occurrences(timeline, from, to)
          for (const kind of ['expiry', 'renewal', 'notice'] as const) {
            const days = told.filter((one) => one.kind === kind).map(({ day }) => day)
            const changes = timeline.runs.flatMap(({ change, first }) => (change === null ? [] : first))
            // Whether the last term is renewed or extended when both fall on one day is a matter of words.
            const isPlain = (day: string) => kind !== 'renewal' || !changes.includes(day)
            expect(days.filter(isPlain).toSorted()).toEqual([...walked[kind]].filter(isPlain).toSorted())
          }
        }),
        { numRuns: walks },
      )
    })

    test('`changesOn` is the first later day on which the status differs', () => {
      fc.assert(
        fc.property(withoutStatements(6), fc.integer({ min: -50, max: 4_000 }), (own, n) => {
          const timeline = timelineOf(own)
          const said = (at: number) => JSON.stringify(timelines.statusOn(timeline, dayNumber(at)))
          const now = said(n)
          let first: string | null = null
          for (let at = n + 1; at < n + 3_000 && first === null; at += 1) if (said(at) !== now) first = dayNumber(at)
          const changesOn = timelines.changesAfter(timeline, dayNumber(n))
          expect(changesOn !== null && changesOn < dayNumber(n + 3_000) ? changesOn : null).toBe(first)
        }),
        { numRuns: 5 * walks },
      )
    })

    test('the time zone of the process does not matter', () => {
      const own = process.env['TZ']
      const moveTo = (zone: string | undefined) => {
        if (zone === undefined) delete process.env['TZ']
        else process.env['TZ'] = zone
      }
      const inZone = (zone: string, agreement: Own) => {
        moveTo(zone)
        const timeline = timelineOf(agreement)
        return [standing(timeline, '2004-03-01'), timelines.occurrences(timeline, '2003-01-01', '2009-12-31')]
      }
      fc.assert(
        fc.property(withoutStatements(6), (agreement) => {
          const utc = inZone('UTC', agreement)
          expect(inZone('Pacific/Kiritimati', agreement)).toEqual(utc)
          expect(inZone('America/Los_Angeles', agreement)).toEqual(utc)
          moveTo(own)
        }),
      )
    })

    test(`${agreements} random agreements are on each tenth of 4,000 days what the naive implementation says`, () => {
      const seed = Number(process.env['STATUS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
      console.log(`Random agreements of seed ${seed}; STATUS_SEED=${seed} repeats them.`)
      fc.assert(
        fc.property(anAgreement(8), (own) => {
          const [timeline, life] = [timelineOf(own), naiveLifeOf(own)]
          expect(partiesOf(timeline)).toEqual(life.parties)
          const days = Array.from({ length: 400 }, (_, i) => dayNumber(10 * i))
          const said = days.map((on) => [timelines.statusOn(timeline, on), timelines.exitDayOn(timeline, on)])
          expect(said).toEqual(days.map((on) => [life.on(on), life.exitOn(on)]))
        }),
        { numRuns: agreements, seed },
      )
    })
  })
}
