import type { AgreementFilter } from '../agreements/list/filter.ts'
import { AgreementQuery } from '../agreements/list/filter.ts'
import { selectionOf, type Selection } from '../changes/queries.ts'
import type { Database } from '../database/connect.ts'
import { queryOf } from '../http/responses.ts'
import { invalid } from '../problems/from-zod.ts'
import { type BodyError, Problem } from '../problems/problems.ts'

/**
 * The filters in the address of a list. Its sort, its page and its instant do not matter: changes come after any instant.
 * @throws Problem 400
 */
function filterIn(address: string): AgreementFilter {
  const parameters = new URLSearchParams(queryOf(address))
  const names = [...new Set(parameters.keys())]
  const query = Object.fromEntries(
    names.map((name) => {
      const values = parameters.getAll(name)
      return [name, values.length > 1 ? values : values[0]]
    }),
  )
  const read = AgreementQuery.safeParse(query, { reportInput: true })
  if (!read.success) throw invalid(read.error, AgreementQuery, 'querystring')
  const { sort: _, limit: __, cursor: ___, count: ____, asOf: _____, ...filter } = read.data
  return filter
}

/** The changes that a selection selects; all for null. @throws Problem 400 when it is not valid now */
export const changesIn = async (db: Database, selection: string | null): Promise<Selection> =>
  selectionOf(db, selection === null ? {} : filterIn(selection))

/** Why a selection in a body is not valid. */
export async function selectionErrors(db: Database, selection: string | null): Promise<BodyError[]> {
  try {
    await changesIn(db, selection)
    return []
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 400) throw error
    return error.errors.map(({ parameter, code, message, didYouMean }) => ({
      pointer: '/selection',
      code,
      message: `\`${parameter}\`: ${message}`,
      ...(didYouMean !== undefined && { didYouMean }),
    }))
  }
}
