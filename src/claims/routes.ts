import { readNames } from '../drafts/names.ts'
import { linkTo } from '../http/addresses.ts'
import { sendJson } from '../http/responses.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import { checkClaim, lookUpClaim } from './check.ts'
import { ClaimCheck, ClaimCheckInput } from './schemas.ts'
import { readStatement } from './statement.ts'

export async function claimRoutes(app: App, { db: pooled, today }: Dependencies): Promise<void> {
  app.post(
    '/claims/check',
    {
      config: { role: 'reader', needsCredential: true, storesAnswer: false },
      schema: {
        tags: ['Search'],
        operationId: 'checkClaim',
        summary: 'Check a claim, such as “the 13th bilateral of DHS”, against the register',
        description:
          'Stores nothing. Counts in each way that the statement can be interpreted, and gives the URL of each count. In the sample register the memorandum with Korea is the 13th agreement of Homeland Security with a state, and the 14th of all.',
        body: ClaimCheckInput,
        response: { 200: ClaimCheck, ...problems(400, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body, db } = request
      const named = await lookUpClaim(db, body)
      const statement = await readStatement(body.statement, await readNames(db, pooled), today())
      const link = (path: string) => linkTo(request, path)
      return sendJson(reply.header('cache-control', 'no-store'), await checkClaim(db, { statement, ...named, link }))
    },
  )
}
