import { z } from 'zod'
import type { Agreement } from '../../agreements/schemas.ts'
import { disagreement, nameOf, signaturesOf, sourcesOf } from '../from-agreement.ts'
import { agreement, agreementPath, asOf, at, citable, queryOf } from '../inputs.ts'
import { tool } from '../tool.ts'

export const readAgreement = tool({
  name: 'read_agreement',
  title: 'Read an agreement',
  description:
    'Everything that the register has of one agreement: parties and signatories, the date that each source gives for each act, term, topics, claims, related agreements, status today, and quotations.',
  input: z.strictObject({ agreement, asOf }),
  answer: z.looseObject({
    id: z.string(),
    reference: z.string().nullable(),
    title: z.string(),
    status: z.string(),
    dates: z.array(z.record(z.string(), z.unknown())).describe('What each source says of each act.'),
    quotes: z.array(z.object({ source: z.string(), quote: z.string() })).describe('What sources say, word for word.'),
  }),
  run: async (given, context) => {
    const query = queryOf({ asOf: given.asOf })
    const path = at(`/v1${agreementPath(given.agreement)}`, query)
    const { sources, ...found } = await context.ask<Agreement>(path)
    const handle = nameOf(found)
    const { status, statusBasis, parties } = found
    const between = parties.map(({ code }) => code).join(', ')
    return {
      answer: {
        ...found,
        quotes: sources.flatMap(({ key, quote }) => (quote === null ? [] : [{ source: key, quote }])),
      },
      sources: sourcesOf({ ...found, sources }),
      path,
      page: at(agreementPath(handle), query),
      cite: context.link(at(`/v1${agreementPath(found.id)}`, citable(query, context.now))),
      asOf: given.asOf ?? context.now,
      summary: `${handle}, between ${between}. Status: ${status} (${statusBasis}).${disagreement(signaturesOf(found))}`,
    }
  },
})
