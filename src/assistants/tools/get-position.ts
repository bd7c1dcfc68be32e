import { z } from 'zod'
import type { Agreement } from '../../agreements/schemas.ts'
import type { Position } from '../../position/schemas.ts'
import { Refusal } from '../ask.ts'
import { datedOf, Dated, disagreement, nameOf, Short, shortOf, signaturesOf, sourcesOf } from '../from-agreement.ts'
import { agreement, agreementPath, asOf, at, filters, moreFilters, queryOf } from '../inputs.ts'
import { type Context, tool } from '../tool.ts'

const Neighbour = Short.extend({ signed: z.string().nullable() }).nullable()

export const getPosition = tool({
  name: 'get_position',
  title: 'Position in a row, such as the 13th',
  description:
    'Which one an agreement is among those that are selected, in the order of signature, and the one before and after it: “Is that the 13th agreement of Homeland Security with a state?” is `signatory` `US-DHS` and `partyKind` `state`. Say what is counted: without a filter the number means little, and another filter gives another number.',
  input: z.strictObject({ agreement, ...filters, ...moreFilters, asOf }),
  answer: z.object({
    agreement: Short,
    position: z.number().nullable().describe('From 1; null when the agreement is not among those that are counted.'),
    total: z.number().nullable().describe('How many are counted.'),
    previous: Neighbour,
    next: Neighbour,
    daysSincePrevious: z.number().nullable(),
    selection: z.string().nullable().describe('The URL of the list that was counted.'),
    why: z.string().nullable().describe('Why there is no position; null when there is one.'),
    signatures: z.array(Dated).describe('What sources say of its signature, which decides the position.'),
  }),
  run: async ({ agreement, ...given }, context) => {
    const found = await context.ask<Agreement>(at(`/v1${agreementPath(agreement)}`, queryOf({ asOf: given.asOf })))
    const query = queryOf(given)
    const own = `${agreementPath(found.id)}/position`
    const path = at(`/v1${own}`, query)
    const counted = await positionAt(path, context)
    const handle = nameOf(found)
    const signatures = signaturesOf(found)
    return {
      answer: {
        agreement: shortOf(found, context),
        ...answerOf(counted, context),
        signatures: signatures.map(datedOf),
      },
      sources: sourcesOf(found, (key) => signatures.some(({ source }) => source === key)),
      path,
      page: typeof counted === 'string' ? null : at(own, query),
      cite: typeof counted === 'string' || counted.cite === null ? null : context.absolute(counted.cite),
      asOf: given.asOf ?? context.now,
      summary:
        typeof counted === 'string'
          ? `${handle} is in the register, but not among the agreements that these filters select.`
          : `${handle} is number ${counted.position} of ${counted.total} in the order of signature.${disagreement(signatures)}`,
    }
  },
})

/** The position, or why an agreement that is in the register has none. */
async function positionAt(path: string, { ask }: Context): Promise<Position | string> {
  try {
    return await ask<Position>(path)
  } catch (error) {
    if (!(error instanceof Refusal) || error.problem.code !== 'not_found') throw error
    return error.problem.detail
  }
}

function answerOf(counted: Position | string, context: Context) {
  if (typeof counted === 'string') {
    const none = { position: null, total: null, previous: null, next: null, daysSincePrevious: null, selection: null }
    return { ...none, why: counted }
  }
  const { position, total, daysSincePrevious } = counted
  const neighbour = (one: Position['next']) => one && { ...shortOf(one, context), signed: one.signed }
  return {
    position,
    total,
    previous: neighbour(counted.previous),
    next: neighbour(counted.next),
    daysSincePrevious,
    selection: context.absolute(counted.selection),
    why: null,
  }
}
