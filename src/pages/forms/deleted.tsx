import type { FastifyReply, FastifyRequest } from 'fastify'
import { editAgreement } from '../../agreements/publication/publish.ts'
import type { Agreement } from '../../agreements/schemas.ts'
import { countDeleted, listDeleted } from '../../deleted-agreements/queries.ts'
import type { DeletedAgreement, DeletedAgreementQuery } from '../../deleted-agreements/schemas.ts'
import { writePage } from '../../http/paging.ts'
import type { Today } from '../../shared/calendar.ts'
import { actorInWords } from '../history.tsx'
import { A, PostForm, sendHtml } from '../page.tsx'
import { Next } from '../views.tsx'
import { askedOf } from '../asked.ts'
import { counted, instantInDigits } from '../words.ts'
import { newToken, once, tokenField } from './once.ts'
import { sentValues } from './sent.ts'

type Request = FastifyRequest<{ Querystring: DeletedAgreementQuery }>

/** The deleted agreements, the latest deletion first, each with a button that restores it. For administrators. */
export async function deletedAgreementsPage(request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const { db, query } = request
  const [rows, total] = await Promise.all([listDeleted(db, query), countDeleted(db)])
  const page = JSON.parse(writePage(request, reply, query, rows)) as {
    items: DeletedAgreement[]
    nextCursor: string | null
  }
  return sendHtml(request, reply, {
    title: 'Deleted agreements',
    api: '/v1/deleted-agreements',
    body: (
      <>
        <h1>{counted(total, 'deleted agreement')}</h1>
        {page.items.length > 0 && <Deleted items={page.items} />}
        <Next query={askedOf(request)} to="/agreements/deleted" cursor={page.nextCursor} />
        <p>
          <A to="/agreements">All agreements</A>
        </p>
      </>
    ),
  })
}

const Deleted = ({ items }: { items: DeletedAgreement[] }) => (
  <table class="list">
    <thead>
      <tr>
        <th scope="col">Agreement</th>
        <th scope="col">Deleted</th>
        <th scope="col">Why</th>
        <th scope="col">Restore</th>
      </tr>
    </thead>
    <tbody>
      {items.map(({ id, title, reference, deletedAt, deletedBy, note }) => (
        <tr>
          <td>
            {title}
            {reference !== null && (
              <>
                <br /> <span class="faint">{reference}</span>
              </>
            )}
          </td>
          <td data-name="Deleted">
            {instantInDigits(deletedAt)} (UTC){deletedBy !== null && `, by ${actorInWords(deletedBy)}`}
          </td>
          <td data-name="Why">{note ?? '–'}</td>
          <td>
            <PostForm to={`/agreements/${id}/restore`}>
              <input type="hidden" name={tokenField} value={newToken()} />
              <button aria-label={`Restore ${title}`}>Restore</button>
            </PostForm>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

/** Restores a deleted agreement, and goes to its page. @throws Problem 404, 409 */
export const restoreAgreement = (
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
  today: Today,
): Promise<FastifyReply> =>
  once(request, reply, sentValues(request), async (reply) => {
    const { db, caller, params } = request
    const { document } = await editAgreement(db, {
      id: params.id,
      ifMatch: '*',
      author: { actor: caller.actor, note: null, today },
      operation: 'restored',
      change: (before) => ({ parts: { ...before, agreement: { ...before.agreement, deletedAt: null } } }),
    })
    const { id, reference } = JSON.parse(document) as Agreement
    return reply
      .code(303)
      .header('location', `/agreements/${encodeURIComponent(reference ?? id)}?done=restored`)
      .send()
  })
