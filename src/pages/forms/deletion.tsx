import type { FastifyReply, FastifyRequest } from 'fastify'
import { idOfHandle } from '../../agreements/handles.ts'
import { editAgreement } from '../../agreements/publication/publish.ts'
import { readAgreement } from '../../agreements/queries.ts'
import type { Agreement } from '../../agreements/schemas.ts'
import { hasRole } from '../../auth/callers.ts'
import { Problem } from '../../problems/problems.ts'
import type { Today } from '../../shared/calendar.ts'
import { A, sendForm, sendHtml } from '../page.tsx'
import { Controls } from './add-form.tsx'
import { ChangeForm, type FormState, Save, Summary } from './controls.tsx'
import { newToken, once, tokenField } from './once.ts'
import { editPaths } from './paths.ts'
import { errorsAt } from './problems.ts'
import { sentValues, titleOf } from './sent.ts'
import { noteField, noteIn } from './shared-fields.ts'

type Request = FastifyRequest<{ Params: { id: string } }>

async function read({ db, params }: Request) {
  const id = await idOfHandle(db, params.id, false)
  const { document } = await readAgreement(db, id)
  return JSON.parse(document) as Agreement
}

/** The page that asks whether an agreement is to be deleted, and why. */
export const deletionPage = async (request: Request, reply: FastifyReply): Promise<FastifyReply> =>
  show(request, reply, await read(request), { values: new URLSearchParams({ [tokenField]: newToken() }) })

/** Deletes an agreement, and says what becomes of it. */
export async function deleteAgreement(request: Request, reply: FastifyReply, today: Today): Promise<FastifyReply> {
  const values = sentValues(request)
  try {
    return await once(request, reply, values, async (reply) => {
      const { db, caller, params } = request
      const id = await idOfHandle(db, params.id, false)
      await editAgreement(db, {
        id,
        // A correction by others meanwhile does not change which agreement is deleted.
        ifMatch: '*',
        author: { actor: caller.actor, note: noteIn(values), today },
        operation: 'deleted',
        change: (before, _registry, now) => ({
          parts: { ...before, agreement: { ...before.agreement, deletedAt: now } },
        }),
      })
      return reply
        .code(303)
        .header('location', editPaths.deleted(encodeURIComponent(params.id)))
        .send()
    })
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500 || error.code === 'not_found') throw error
    const errors = errorsAt(error, [noteField], values)
    return show(request, reply, await read(request), { values, errors }, error.status)
  }
}

/** The page after a deletion. @throws Problem 404 when the agreement is not deleted */
export async function deletedPage(request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const { db, params } = request
  const isThere = await read(request).then(
    () => true,
    () => false,
  )
  if (isThere) throw new Problem('not_found', 'This agreement is not deleted.')
  await idOfHandle(db, params.id, true)
  return sendHtml(request, reply, {
    title: 'Deleted',
    api: null,
    body: (
      <>
        <h1>Deleted</h1>
        <p class="told" role="status">
          The agreement was deleted. Its history is kept, and an administrator can restore it.
        </p>
        <ul>
          <li>
            <A to="/agreements">All agreements</A>
          </li>
          {hasRole(request.caller.role, 'admin') && (
            <li>
              <A to="/agreements/deleted">Deleted agreements</A>
            </li>
          )}
        </ul>
      </>
    ),
  })
}

function show(
  request: Request,
  reply: FastifyReply,
  agreement: Agreement,
  state: FormState,
  status = 200,
): FastifyReply {
  const handle = encodeURIComponent(agreement.reference ?? agreement.id)
  const title = 'Delete this agreement?'
  return sendForm(request, reply, status, {
    title: titleOf(title, status),
    api: null,
    body: (
      <>
        <h1>{title}</h1>
        <p>
          <A to={`/agreements/${handle}`}>{agreement.title}</A>
        </p>
        <p>It is no longer found, listed or counted. Its history is kept, and an administrator can restore it.</p>
        <ChangeForm to={editPaths.deletion(agreement.id)} state={state} save="Delete">
          <Summary errors={state.errors} fields={[noteField]} />
          <Controls fields={[noteField]} />
          <Save back={editPaths.agreement(handle)}>Delete</Save>
        </ChangeForm>
      </>
    ),
  })
}
