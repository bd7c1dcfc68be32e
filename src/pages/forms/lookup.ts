import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { sendTaggedJson } from '../../http/responses.ts'
import { Text } from '../../shared/schemas.ts'
import { cachePrivately } from '../page.tsx'
import { namesIn, writtenName } from './names.ts'
import { searchNames } from './search-names.ts'

export const LookupParams = z.strictObject({ kind: z.enum(['signatory', 'body', 'domain', 'collection', 'agreement']) })
export const LookupQuery = z.strictObject({
  q: Text(200).optional(),
  /** For a body: the party as it was typed. */
  party: Text(200).optional(),
})

type Request = FastifyRequest<{ Params: z.infer<typeof LookupParams>; Querystring: z.infer<typeof LookupQuery> }>

/** The entries that a field may mean while one types: what the field would have, and what tells each from others. */
export async function sendNames(request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const { db, params, query } = request
  const { q, party: typedParty } = query
  const code = typedParty === undefined || params.kind !== 'body' ? undefined : await partyNamed(request, typedParty)
  const found = q === undefined ? [] : await searchNames(db, params.kind, q, code)
  const items = found.map(({ note, ...choice }) => ({ value: writtenName(choice), note }))
  return sendTaggedJson(request, cachePrivately(request, reply), items)
}

async function partyNamed({ db }: Request, party: string): Promise<string | undefined> {
  const field = { name: 'party', label: '', kind: 'signatory', at: null } as const
  const { codes } = await namesIn(db, [field], new URLSearchParams({ party }), null)
  return codes.get('party')
}
