import type { FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { wholeParts, wholeReferences } from '../../agreements/publication/from-request.ts'
import { createAgreement } from '../../agreements/publication/publish.ts'
import { NewAgreement } from '../../agreements/schemas.ts'
import { invalid } from '../../problems/from-zod.ts'
import { Problem, ruleBroken } from '../../problems/problems.ts'
import type { Today } from '../../shared/calendar.ts'
import { findSimilar, minScoreTold } from '../../similar/queries.ts'
import type { SimilarAgreement } from '../../similar/schemas.ts'
import { sendForm } from '../page.tsx'
import { addBodies } from './add-bodies.ts'
import { type AddFields, addFieldsOf, agreementIn, daySigned, emptySides } from './add-fields.ts'
import { AddForm } from './add-form.tsx'
import { type FormState, moreField } from './controls.tsx'
import { type JsonObject, rowName, rowsIn, type Values } from './fields.ts'
import { nameErrors } from './name-errors.ts'
import { type Names, namesIn } from './names.ts'
import { answered, isSavedBefore, newToken, once, tokenField, withNewToken } from './once.ts'
import { bothProblems, errorsAt } from './problems.ts'
import { sentValues, titleOf } from './sent.ts'
import { noteIn } from './shared-fields.ts'

/** What of the form for a new agreement differs from page to page. */
export interface AddPage {
  /** Sends the form, with what is wrong with it or what is probably the same. */
  show: (
    request: FastifyRequest,
    reply: FastifyReply,
    state: FormState,
    shown?: AddShown,
  ) => FastifyReply | Promise<FastifyReply>
  agreementIn: (values: Values, fields: AddFields, codes: ReadonlyMap<string, string>) => JsonObject
  /** What is probably the same by what the page knows besides. Others are found when it is saved. */
  similar?: (request: FastifyRequest, state: FormState) => Promise<SimilarAgreement[]>
}

export interface AddShown {
  similar?: SimilarAgreement[]
  status?: number
}

/** The field of the button that saves although there are similar agreements. */
const anywayField = 'anyway'

/** Thrown to roll back: there are agreements that are probably the same. */
class FoundSimilar extends Error {
  readonly similar: SimilarAgreement[]

  constructor(similar: SimilarAgreement[]) {
    super('There are similar agreements.')
    this.similar = similar
  }
}

/** The empty form, at `/agreements/new`. */
export const newAgreementPage = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  show(request, reply, { values: new URLSearchParams({ binding: 'unknown', [tokenField]: newToken() }) })

/** Adds the agreement of a form, and goes to its page; or shows the form again with what is wrong. */
export async function addAgreement(
  request: FastifyRequest,
  reply: FastifyReply,
  today: Today,
  page: AddPage = { show, agreementIn },
): Promise<FastifyReply> {
  const values = sentValues(request)
  const more = values.get(moreField)
  if (more !== null) return page.show(request, reply, withRow(values, more))
  const fields = addFieldsOf(values)
  const names = await namesIn(request.db, fields.all, values, daySigned(values))
  const state = { values, names }
  const { error } = NewAgreement.safeParse(page.agreementIn(values, fields, names.codes), { reportInput: true })
  const unnamed = [...emptySides(fields), ...nameErrors(fields.all, values, names)]
  const problem = bothProblems(
    error && invalid(error, NewAgreement, 'body'),
    unnamed.length === 0 ? undefined : ruleBroken(unnamed),
  )
  if (problem) return refuse(request, reply, page, state, problem)
  if (page.similar && !values.has(anywayField)) {
    const former = await answered(request, reply, values)
    if (former) return former
    const similar = await page.similar(request, state)
    if (similar.length > 0) return page.show(request, reply, state, { similar, status: 409 })
  }
  try {
    return await once(request, reply, values, (reply) => create(request, reply, { values, fields, names, today, page }))
  } catch (error) {
    if (error instanceof FoundSimilar) return page.show(request, reply, state, { similar: error.similar, status: 409 })
    if (!(error instanceof Problem) || error.status >= 500) throw error
    return refuse(request, reply, page, state, error)
  }
}

/** A form that can be saved. */
interface Sent {
  values: Values
  fields: AddFields
  names: Names
  today: Today
  page: AddPage
}

/** Adds it in a transaction, and compares it with others there: if the person is to be asked, nothing is stored. */
async function create(
  request: FastifyRequest,
  reply: FastifyReply,
  { values, fields, names, today, page }: Sent,
): Promise<FastifyReply> {
  const { db, caller } = request
  const author = { actor: caller.actor, note: noteIn(values), today }
  const agreement = NewAgreement.parse(page.agreementIn(values, fields, await addBodies(db, author, names)))
  const id = uuidv7()
  await createAgreement(db, author, wholeReferences(agreement), id, (registry, now) =>
    wholeParts(agreement, id, registry, now),
  )
  const similar = values.has(anywayField) ? [] : await findSimilar(db, id, 5)
  const probable = similar.filter(({ score }) => score >= minScoreTold)
  if (probable.length > 0) throw new FoundSimilar(probable)
  const handle = agreement.reference ?? id
  return reply
    .code(303)
    .header('location', `/agreements/${encodeURIComponent(handle)}?done=added`)
    .send()
}

/** The form with one more row of a list, which has the focus. */
function withRow(values: Values, list: string): FormState {
  const first = { dates: 'event', domains: 'name', claims: 'statement', sources: 'title' }[list] ?? 'party'
  const least = list === 'dates' ? 0 : 1
  const focus = rowName(list, rowsIn(values, list, least), first)
  const all = new URLSearchParams(values)
  all.delete(moreField)
  all.set(focus, '')
  return { values: all, focus }
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  page: AddPage,
  state: FormState & { names: Names },
  problem: Problem,
) {
  const again = state.values
  if (isSavedBefore(problem)) return page.show(request, reply, savedBefore(state), { status: 409 })
  const errors = errorsAt(problem, addFieldsOf(again).all, again)
  return page.show(request, reply, { ...state, errors }, { status: problem.status })
}

/** The form of somebody who went back to it after it was saved. */
export const savedBefore = <State extends FormState>(state: State): State => ({
  ...state,
  values: withNewToken(state.values),
  errors: {
    byField: new Map(),
    others: [
      'This form has been saved before. To correct what was saved, edit that agreement; to save this as another one, press the button again.',
    ],
  },
})

const show = (
  request: FastifyRequest,
  reply: FastifyReply,
  state: FormState,
  { similar = [], status = 200 }: AddShown = {},
) =>
  sendForm(request, reply, status, {
    title: titleOf('Add an agreement', status),
    api: null,
    body: <AddForm state={state} fields={addFieldsOf(state.values)} similar={similar} />,
  })
