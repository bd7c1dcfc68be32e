import type { FastifyReply, FastifyRequest } from 'fastify'
import { readAgreement } from '../../agreements/queries.ts'
import type { Agreement } from '../../agreements/schemas.ts'
import type { Database } from '../../database/connect.ts'
import { Problem } from '../../problems/problems.ts'
import { isUuid } from '../../shared/schemas.ts'
import { readVersion } from '../../versions/queries.ts'
import { pathOf } from '../agreements.tsx'
import { savedBefore } from '../forms/add.tsx'
import { addFieldsOf, daySigned, dayFields } from '../forms/add-fields.ts'
import { type ChangeMade, changesSince } from '../forms/conflict.ts'
import type { Field } from '../forms/fields.ts'
import { namesIn } from '../forms/names.ts'
import { answered, isSavedBefore, once } from '../forms/once.ts'
import { errorsAt } from '../forms/problems.ts'
import { replaceAgreement } from '../forms/replace.ts'
import { sentValues } from '../forms/sent.ts'
import { noteIn } from '../forms/shared-fields.ts'
import { seeOther } from '../see-other.ts'
import { type Act, actOf, additionTo, isSame, type Sent } from './addition.ts'
import { type DraftDependencies, sendDraft } from './draft-page.tsx'
import { chosenField, knownField, versionField } from './in-register.tsx'

/** Thrown to roll back: others have changed what the page showed of an agreement. */
class ChangedMeanwhile extends Error {
  readonly changes: ChangeMade[]

  constructor(changes: ChangeMade[]) {
    super('Others have changed the agreement.')
    this.changes = changes
  }
}

/**
 * Adds what was chosen in a form with a text to an agreement of the register, with the text as its source, and goes to its
 * page; or shows the form again with what is wrong, or with what others have changed meanwhile.
 */
export async function addToKnown(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: DraftDependencies,
  tries = 3,
): Promise<FastifyReply> {
  const values = sentValues(request)
  const former = await answered(request, reply, values)
  if (former) return former
  const fields = addFieldsOf(values)
  const names = await namesIn(request.db, fields.all, values, daySigned(values))
  const state = { values, names }
  try {
    return await once(request, reply, values, (reply) => add(request, reply, deps, { ...state, fields }))
  } catch (error) {
    if (error instanceof ChangedMeanwhile)
      return sendDraft(request, reply, deps, state, { status: 409, changes: error.changes })
    if (isSavedBefore(error)) return sendDraft(request, reply, deps, savedBefore(state), { status: 409 })
    if (!(error instanceof Problem) || error.status >= 500) throw error
    // Somebody was faster by a moment: what they changed decides what is shown.
    if (error.code === 'stale' && tries > 1) return addToKnown(request, reply, deps, tries - 1)
    const errors = errorsAt(error, fields.all, values)
    return sendDraft(request, reply, deps, { ...state, errors }, { status: error.status })
  }
}

async function add(
  request: FastifyRequest,
  reply: FastifyReply,
  { today }: DraftDependencies,
  sent: Sent,
): Promise<FastifyReply> {
  const { db, caller } = request
  const { values } = sent
  const id = values.get(knownField) ?? ''
  const { tag, agreement } = await readKnown(db, id)
  const addition = additionTo(agreement, chosenIn(sent, id), sent)
  await refuseChanged(db, agreement, addition.acts, values.get(versionField(id)) ?? '')
  const author = { actor: caller.actor, note: noteIn(values), today }
  const { input, placed } = addition
  const { saved, done } = await replaceAgreement(db, { agreement, tag, input, author }).catch((error: unknown) => {
    throw error instanceof Problem ? placed(error) : error
  })
  return seeOther(reply, `${pathOf(saved)}?done=${done}#dates`)
}

async function readKnown(db: Database, id: string) {
  const gone = () => new Problem('not_found', 'This agreement is no longer in the register.')
  if (!isUuid(id)) throw gone()
  const { tag, document } = await readAgreement(db, id).catch((error: unknown) => {
    throw error instanceof Problem && error.code === 'not_found' ? gone() : error
  })
  return { tag, agreement: JSON.parse(document) as Agreement }
}

/** The fields that stand for what was chosen. @throws Problem 400 when nothing was */
function chosenIn({ values, fields }: Sent, id: string): Field[] {
  const names = new Set(values.getAll(chosenField(id)))
  const chosen = [...dayFields(fields), ...fields.claims.flat()].filter(
    ({ name, at }) => at !== null && names.has(name),
  )
  if (chosen.length > 0) return chosen
  throw new Problem('invalid_request', 'Choose what to add to this agreement.')
}

/**
 * @param version the one of which the page has shown the dates
 * @throws ChangedMeanwhile when others have changed the dates of an act since, or the claims
 */
async function refuseChanged(db: Database, agreement: Agreement, acts: readonly Act[], version: string): Promise<void> {
  if (!/^[1-9]\d{0,8}$/.test(version))
    throw new Problem('invalid_request', 'The form has no version. Read the text again.')
  const { id } = agreement
  if (Number(version) >= agreement.version) return
  const { document } = JSON.parse(await readVersion(db, id, version)) as { document: Agreement | null }
  const told = (one: Agreement | null): string =>
    JSON.stringify([
      one?.claims.map(({ statement }) => statement),
      one?.dates.filter((date) => acts.some((act) => isSame(actOf(date), act))).map(shownOf),
    ])
  if (told(document) !== told(agreement)) throw new ChangedMeanwhile(await changesSince(db, id, Number(version)))
}

const shownOf = ({ date, place, preferred, source }: Agreement['dates'][number]) => [date, place, preferred, source]
