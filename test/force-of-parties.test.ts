import { describe, expect, test } from 'vitest'
import { lifeOfDocument } from '../src/agreements/publication/life.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import type { Act, LifecycleEvent } from '../src/agreements/time/lifecycle.ts'
import type { Party } from '../src/agreements/time/parties.ts'
import { statusOn, type Timeline } from '../src/agreements/time/timeline.ts'
import { act, lifeOf, unlimited } from './support/acts.ts'

const party = (id: string, side: number, isSuccessor = false): Party => ({ id, side, isSuccessor })
/** The Union on one side; a state and its neighbour on the other. */
const three = [party('EU', 1), party('NO', 2), party('IS', 2)]
const of = (parties: Party[], id: string, event: LifecycleEvent, day: string, over: object = {}): Act =>
  act(event, day, { signatory: id, party: id, side: parties.find((one) => one.id === id)!.side, ...over })

const timeline = (parties: Party[], acts: Act[]): Timeline => lifeOf(acts, null, { parties })
const agreement = ({ periods }: Timeline) =>
  periods.flatMap(({ status, from, until }) => (status === 'in_force' ? [`${from}..${until ?? ''}`] : []))
const each = ({ parties }: Timeline) =>
  Object.fromEntries(
    parties.map(({ id, inForce }) => [id, inForce.map(({ from, until }) => `${from}..${until ?? ''}`)]),
  )
const entered = act('entered_into_force', '2000-01-01')

describe('one of several parties on a side', () => {
  const leaves = (id: string, day: string, over = {}) => of(three, id, 'denounced', day, { effective: day, ...over })

  test('leaves: the agreement goes on without it', () => {
    const found = timeline(three, [entered, leaves('NO', '2010-06-01')])
    expect(agreement(found)).toEqual(['2000-01-01..'])
    expect(each(found)).toEqual({ EU: ['2000-01-01..'], NO: ['2000-01-01..2010-06-01'], IS: ['2000-01-01..'] })
  })

  test('and then the other: the agreement ends with the last one', () => {
    const acts = [
      entered,
      leaves('NO', '2010-06-01'),
      of(three, 'IS', 'withdrawn', '2012-01-01', { effective: '2012-01-01' }),
    ]
    const found = timeline(three, acts)
    expect(agreement(found)).toEqual(['2000-01-01..2012-01-01'])
    expect(statusOn(found, '2012-01-01')).toMatchObject({ status: 'terminated', endedBy: 'withdrawn' })
    expect(each(found)['EU']).toEqual(['2000-01-01..2012-01-01'])
  })

  test('the party of the other side leaves: nothing is left', () => {
    const found = timeline(three, [entered, leaves('EU', '2010-06-01')])
    expect(agreement(found)).toEqual(['2000-01-01..2010-06-01'])
    expect(each(found)['IS']).toEqual(['2000-01-01..2010-06-01'])
  })

  test('suspends it for itself', () => {
    const acts = [entered, of(three, 'NO', 'suspended', '2005-01-01'), of(three, 'NO', 'resumed', '2006-01-01')]
    const found = timeline(three, acts)
    expect(agreement(found)).toEqual(['2000-01-01..'])
    expect(each(found)['NO']).toEqual(['2000-01-01..2005-01-01', '2006-01-01..'])
  })

  test('enters later: in force from the first of each side, for each from its own day', () => {
    const acts = [
      of(three, 'EU', 'entered_into_force', '2001-01-01'),
      of(three, 'NO', 'entered_into_force', '2002-01-01'),
      of(three, 'IS', 'entered_into_force', '2003-01-01'),
    ]
    const found = timeline(three, acts)
    expect(agreement(found)).toEqual(['2002-01-01..'])
    expect(each(found)).toEqual({ EU: ['2002-01-01..'], NO: ['2002-01-01..'], IS: ['2003-01-01..'] })
  })

  test('whose own day is not known: in force for it when it is for the others', () => {
    const found = timeline(three, [entered, of(three, 'NO', 'entered_into_force', '9999-12-31')])
    expect(each(found)['NO']).toEqual(['2000-01-01..'])
  })

  test('the day of the agreement as a whole counts for a party that is alone on its side', () => {
    const acts = [entered, of(three, 'EU', 'entered_into_force', '2001-01-01'), leaves('NO', '2010-06-01')]
    const found = timeline(three, acts)
    expect(agreement(found)).toEqual(['2000-01-01..'])
    expect(each(found)['EU']).toEqual(['2000-01-01..'])
  })

  test('stays in an agreement that is extended after it had lapsed; one that left does not come back', () => {
    const extension = { length: null, lastDay: '2011-12-31' }
    const acts = [entered, leaves('NO', '2004-01-01'), act('extended', '2006-01-01', { extension })]
    const found = lifeOf(acts, { ...unlimited, lastDay: '2004-12-31' }, { parties: three })
    expect(agreement(found)).toEqual(['2000-01-01..2005-01-01', '2006-01-01..2012-01-01'])
    expect(each(found)).toEqual({
      EU: ['2000-01-01..2005-01-01', '2006-01-01..2012-01-01'],
      NO: ['2000-01-01..2004-01-01'],
      IS: ['2000-01-01..2005-01-01', '2006-01-01..2012-01-01'],
    })
  })

  test('of two that leave on one day, the act that comes last in the order of the Convention ends it', () => {
    const acts = (first: LifecycleEvent, second: LifecycleEvent) => [
      entered,
      of(three, 'NO', first, '2010-01-01', { effective: '2010-01-01' }),
      of(three, 'IS', second, '2010-01-01', { effective: '2010-01-01' }),
    ]
    const endedBy = (...events: [LifecycleEvent, LifecycleEvent]) =>
      statusOn(timeline(three, acts(...events)), '2010-01-01').endedBy
    expect([endedBy('denounced', 'withdrawn'), endedBy('withdrawn', 'denounced')]).toEqual(['withdrawn', 'withdrawn'])
  })

  test('takes its notice back, by another of its bodies', () => {
    const body = { party: 'NO', side: 2 }
    const acts = [
      entered,
      act('denounced', '2010-01-01', { ...body, signatory: 'NO-MFA' }),
      act('denunciation_revoked', '2010-06-01', { ...body, signatory: 'NO-PM' }),
    ]
    expect(each(timeline(three, acts))['NO']).toEqual(['2000-01-01..'])
  })

  test('gives notice before it applies it, while the others do: no end follows, and it says so', () => {
    const acts = [
      act('provisionally_applied', '2019-01-01'),
      of(three, 'NO', 'provisionally_applied', '2020-06-01'),
      of(three, 'NO', 'denounced', '2019-10-23'),
    ]
    const life = lifeOf(acts, null, { parties: three, isBinding: false })
    expect(statusOn(life, '2021-01-01').status).toBe('provisionally_applied')
    expect(life.endless).toEqual([2])
    const [whole, , notice] = acts
    expect(lifeOf([whole!, notice!], null, { parties: three, isBinding: false }).endless).toEqual([])
  })

  test('takes its notice back', () => {
    const acts = [
      entered,
      of(three, 'NO', 'denounced', '2010-01-01'),
      of(three, 'NO', 'denunciation_revoked', '2010-06-01'),
    ]
    expect(each(timeline(three, acts))['NO']).toEqual(['2000-01-01..'])
  })

  test('an act of the agreement as a whole ends it for all', () => {
    const found = timeline(three, [entered, leaves('NO', '2010-06-01'), act('terminated', '2011-01-01')])
    expect(each(found)).toEqual({
      EU: ['2000-01-01..2011-01-01'],
      NO: ['2000-01-01..2010-06-01'],
      IS: ['2000-01-01..2011-01-01'],
    })
  })
})

describe('a succession', () => {
  const parties = [party('US', 1), party('CSHH', 2), party('CZ', 2, true), party('SK', 2, true)]
  const dissolved = of(parties, 'CSHH', 'terminated', '1993-01-01')

  test('of two states to one that is no more: in force without a gap, for each in its time', () => {
    const acts = [
      act('entered_into_force', '1985-05-01'),
      dissolved,
      of(parties, 'CZ', 'succeeded', '1993-01-01'),
      of(parties, 'SK', 'succeeded', '1993-01-01'),
    ]
    const found = timeline(parties, acts)
    expect(agreement(found)).toEqual(['1985-05-01..'])
    expect(each(found)).toEqual({
      US: ['1985-05-01..'],
      CSHH: ['1985-05-01..1993-01-01'],
      CZ: ['1993-01-01..'],
      SK: ['1993-01-01..'],
    })
  })

  test('years after the only other party of the side has left: not in force in between', () => {
    const later = of(parties, 'CZ', 'succeeded', '1995-01-01')
    const found = timeline(
      [party('US', 1), party('CSHH', 2), party('CZ', 2, true)],
      [act('entered_into_force', '1985-05-01'), dissolved, later],
    )
    expect(agreement(found)).toEqual(['1985-05-01..1993-01-01', '1995-01-01..'])
    expect(each(found)['CZ']).toEqual(['1995-01-01..'])
  })

  test('of one of them, in part: the other goes on', () => {
    const partial = [party('US', 1), party('SD', 2), party('SS', 2, true)]
    const acts = [act('entered_into_force', '1985-05-01'), of(partial, 'SS', 'succeeded', '2011-07-09')]
    expect(each(timeline(partial, acts))).toEqual({ US: ['1985-05-01..'], SD: ['1985-05-01..'], SS: ['2011-07-09..'] })
  })

  test('the only party of a side succeeded: the agreement is as old as it is', () => {
    const one = [party('US', 1), party('RU', 2, true)]
    const acts = [act('entered_into_force', '1985-05-01'), of(one, 'RU', 'succeeded', '1991-12-26')]
    const found = timeline(one, acts)
    expect(agreement(found)).toEqual(['1985-05-01..'])
    expect(each(found)['RU']).toEqual(['1991-12-26..'])
  })

  test('on an unknown day: always', () => {
    const found = timeline(parties, [act('entered_into_force', '1985-05-01')])
    expect(each(found)['CZ']).toEqual(['1985-05-01..'])
  })
})

test('an organisation and a state are two parties like others', () => {
  const parties = [party('UN', 1), party('KE', 2)]
  const found = timeline(parties, [entered, of(parties, 'KE', 'denounced', '2010-01-01')])
  expect(each(found)).toEqual({ UN: ['2000-01-01..2011-01-01'], KE: ['2000-01-01..2011-01-01'] })
})

test('a date of a state counts for the state, though a territory of it is a party too', () => {
  const signatory = (id: string, side: number, above: string[] = []) => ({
    side,
    role: 'signed',
    signatory: { id },
    party: { id },
    ancestors: above.map((one) => ({ id: one })),
  })
  const signatories = [signatory('NZ', 1), signatory('FR', 2), signatory('NC', 2, ['FR'])]
  const date = { event: 'denounced', signatory: { id: 'FR' }, date: '2010-01-01', effectiveDate: null }
  const { acts } = lifeOfDocument({
    dates: [date],
    signatories,
    term: null,
    entryIntoForce: null,
    statusStatements: [],
    endsByOthers: [],
  } as unknown as Agreement)
  expect(acts[0]).toMatchObject({ party: 'FR', side: 2 })
})
