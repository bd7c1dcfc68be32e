import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AgreementQuery } from '../agreements/list/filter.ts'
import { listAgreements } from '../agreements/list/list-agreements.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { withTotal, writePage } from '../http/paging.ts'

/** A page of the API's list of agreements. */
interface Shown {
  items: Agreement[]
  nextCursor: string | null
  total: number
  didYouMean: string | null
}

/** What the list of the API finds for a query, with its total. */
export async function readList(
  request: FastifyRequest,
  reply: FastifyReply,
  query: AgreementQuery & { count: 'exact' },
): Promise<Shown> {
  const { rows, ...notes } = await withTotal(request.db, query, (db) => listAgreements(db, query))
  return JSON.parse(writePage(request, reply, query, rows, notes)) as Shown
}
