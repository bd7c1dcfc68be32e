import type { FastifyReply, FastifyRequest } from 'fastify'
import { idOfHandle } from '../../agreements/handles.ts'
import type { Database } from '../../database/connect.ts'
import { readAgreement } from '../../agreements/queries.ts'
import { type Agreement, AgreementReplacement } from '../../agreements/schemas.ts'
import { invalid } from '../../problems/from-zod.ts'
import { type BodyError, Problem, ruleBroken } from '../../problems/problems.ts'
import type { Today } from '../../shared/calendar.ts'
import { readVersion } from '../../versions/queries.ts'
import { sendForm } from '../page.tsx'
import { type Others, readOthers } from '../relations.tsx'
import { withTitles } from './agreement-names.ts'
import { addBodies } from './add-bodies.ts'
import { type Conflict, conflictOf } from './conflict.ts'
import { type FormState, moreField } from './controls.tsx'
import { EditForm } from './edit-form.tsx'
import { type JsonObject, rowName, rowsIn, shownIn, type Values, writeFields } from './fields.ts'
import { nameErrors } from './name-errors.ts'
import { type Names, namesIn } from './names.ts'
import { answered, isSavedBefore, newToken, once, tokenField, withNewToken } from './once.ts'
import type { Part } from './part.ts'
import { editPaths } from './paths.ts'
import { fieldsOf, parts } from './parts.ts'
import { keyNow } from './placed-parts.ts'
import { bothProblems, errorsAt } from './problems.ts'
import { replaceAgreement } from './replace.ts'
import { sentValues, titleOf } from './sent.ts'
import { noteIn, tidy, withBodies } from './shared-fields.ts'
import { wholeOf } from './whole.ts'

export type PartRequest = FastifyRequest<{ Params: { id: string; list: string; key: string } }>

/** The field with the version from which a form began. */
const versionField = 'version'
/** The field of the button that removes the part. */
const removeField = 'remove'

/** An agreement, and one part of it as a form edits it. */
interface Edited {
  id: string
  handle: string
  tag: number | string
  agreement: Agreement
  whole: JsonObject
  part: Part
  others: Others
  /** The key of the item in the agreement as it is now. */
  key: string
  /** The version from which the form began, if there are later ones. */
  base: Base | undefined
}

interface Base {
  agreement: Agreement
  others: Others
}

const noValues = new URLSearchParams()

/** The part of an agreement that a path names. */
function partIn({ agreement, others }: Base, list: string, key: string, values: Values) {
  const whole = wholeOf(agreement)
  const part = Object.hasOwn(parts, list) ? parts[list]!(agreement, whole, key, values, others) : undefined
  return part && { whole, part }
}

const noVersion = (): Problem => new Problem('invalid_request', 'The form has no version. Open it again.')

/** What the form showed when it was opened, if the agreement has changed since. @throws Problem 400, 404 */
async function readBase(db: Database, id: string, began: string | null, version: number): Promise<Base | undefined> {
  if (began === null || !isVersion(began) || Number(began) >= version) return undefined
  const { document } = JSON.parse(await readVersion(db, id, began)) as { document: Agreement | null }
  // It was deleted then: no form can have shown it.
  if (document === null) throw noVersion()
  return { agreement: document, others: await readOthers(db, document) }
}

const isVersion = (text: string): boolean => /^[1-9]\d{0,8}$/.test(text)

async function read({ db, params }: PartRequest, values: Values): Promise<Edited> {
  const id = await idOfHandle(db, params.id, false)
  const { tag, document } = await readAgreement(db, id)
  const agreement = JSON.parse(document) as Agreement
  const [others, base] = await Promise.all([
    readOthers(db, agreement),
    readBase(db, id, values.get(versionField), agreement.version),
  ])
  const { list } = params
  const key = base ? keyNow(list, params.key, wholeOf(base.agreement), wholeOf(agreement)) : params.key
  const found = key === undefined ? undefined : partIn({ agreement, others }, list, key, values)
  if (!found) throw new Problem('not_found', 'The agreement has no such part. It may have been removed.')
  const handle = encodeURIComponent(agreement.reference ?? id)
  return { id, handle, tag, agreement, others, key: key!, base, ...found }
}

/** What the fields of a part show of an agreement. */
const valuesOf = (part: Part, whole: JsonObject): Values =>
  new URLSearchParams({
    ...Object.fromEntries(fieldsOf(part).map((field) => [field.name, shownIn(field, whole)])),
    ...part.shown,
  })

/** The form for a part of an agreement. */
export async function partPage(request: PartRequest, reply: FastifyReply): Promise<FastifyReply> {
  const edited = await read(request, noValues)
  const values = valuesOf(edited.part, edited.whole)
  values.set(versionField, String(edited.agreement.version))
  values.set(tokenField, newToken())
  return show(request, reply, edited, { values })
}

/** Saves a part of an agreement; or shows the form again with what is wrong, or with what others have changed meanwhile. */
export async function savePart(
  request: PartRequest,
  reply: FastifyReply,
  today: Today,
  tries = 3,
): Promise<FastifyReply> {
  const values = sentValues(request)
  const list = values.get(moreField)
  const given = list === null ? values : withRow(values, list)
  const former = list === null ? await answered(request, reply, values) : undefined
  if (former) return former
  const edited = await read(request, given)
  const fields = fieldsOf(edited.part)
  if (list !== null) return show(request, reply, edited, { values: given, focus: [...given.keys()].at(-1) })
  const names = await namesIn(request.db, fields, values, null)
  const state = { values, names }
  const unnamed = values.has(removeField) ? [] : nameErrors(fields, values, names)
  try {
    return await once(request, reply, values, (reply) => save(request, reply, { values, today, names, unnamed }))
  } catch (error) {
    if (error instanceof InConflict) return show(request, reply, error.edited, state, error.conflict)
    if (isSavedBefore(error)) return show(request, reply, edited, savedBefore(state), undefined, 409)
    if (!(error instanceof Problem) || error.status >= 500 || error.code === 'not_found') throw error
    // Somebody was faster by a moment: what they changed decides what is shown.
    if (error.code === 'stale' && tries > 1) return savePart(request, reply, today, tries - 1)
    const told = await withTitles(request.db, error)
    const problem = bothProblems(told, unnamed.length === 0 ? undefined : ruleBroken(unnamed))!
    return show(
      request,
      reply,
      edited,
      { ...state, errors: errorsAt(problem, fields, values) },
      undefined,
      problem.status,
    )
  }
}

/** The form of somebody who went back to it after it was saved. */
const savedBefore = <State extends FormState>(state: State): State => ({
  ...state,
  values: withNewToken(state.values),
  errors: {
    byField: new Map(),
    others: ['This form has been saved before. To save what it has now as well, press the button again.'],
  },
})

/** The form with one more row, which is its last field. */
function withRow(values: Values, list: string): Values {
  const all = new URLSearchParams(values)
  all.delete(moreField)
  all.append(rowName(list, rowsIn(values, list, 1), 'name'), '')
  return all
}

/** Thrown to roll back: others have changed the same part. */
class InConflict extends Error {
  readonly edited: Edited
  readonly conflict: Conflict

  constructor(edited: Edited, conflict: Conflict) {
    super('Others have changed the same part.')
    this.edited = edited
    this.conflict = conflict
  }
}

interface Sent {
  values: Values
  today: Today
  names: Names
  /** The names that were not found. */
  unnamed: BodyError[]
}

async function save(request: PartRequest, reply: FastifyReply, sent: Sent): Promise<FastifyReply> {
  const { values, today, names } = sent
  const edited = await read(request, values)
  const { tag, agreement, part, handle } = edited
  await refuseConflict(request, edited, values)
  const { caller, db } = request
  const author = { actor: caller.actor, note: noteIn(values), today }
  inputOf(edited, sent, names.codes)
  const input = inputOf(edited, sent, values.has(removeField) ? names.codes : await addBodies(db, author, names))
  const { saved, done } = await replaceAgreement(db, { agreement, tag, input, author })
  const { reference } = saved
  const path = `/agreements/${reference === null ? handle : encodeURIComponent(reference)}`
  return reply.code(303).header('location', `${path}?done=${done}${part.anchor}`).send()
}

/** The whole agreement with what was typed. @throws Problem 400, 409, 422 */
function inputOf(
  { whole: before, part }: Edited,
  { values, unnamed }: Sent,
  codes: ReadonlyMap<string, string>,
): AgreementReplacement {
  const whole = structuredClone(before)
  const fields = fieldsOf(part)
  if (values.has(removeField)) part.removal?.apply(whole)
  else {
    writeFields(whole, fields, values, withBodies(fields, codes))
    part.finish?.(whole, values)
    tidy(whole, before)
  }
  const { data, error } = AgreementReplacement.safeParse(whole, { reportInput: true })
  if (data && unnamed.length === 0) return data
  throw error ? invalid(error, AgreementReplacement, 'body') : ruleBroken(unnamed)
}

/** @throws InConflict when others have changed the same part since the form was opened */
async function refuseConflict(request: PartRequest, edited: Edited, values: Values): Promise<void> {
  const { db, params } = request
  const began = values.get(versionField) ?? ''
  if (!isVersion(began)) throw noVersion()
  const { id, agreement, part, whole, base, key, others } = edited
  if (!base) return
  const { list } = params
  const first = partIn(base, list, params.key, noValues)
  const now = partIn({ agreement, others }, list, key, noValues)!
  const [shownFirst, stored] = [first && valuesOf(first.part, first.whole), valuesOf(now.part, whole)]
  const conflict = await conflictOf(db, { id, began: Number(began), part, shownFirst, stored, values })
  if (conflict) throw new InConflict(edited, conflict)
}

function show(
  request: PartRequest,
  reply: FastifyReply,
  { agreement, others, handle, part, key: currentKey }: Edited,
  state: FormState,
  conflict?: Conflict,
  status = conflict ? 409 : 200,
): FastifyReply {
  const { list } = request.params
  const key = conflict ? currentKey : request.params.key
  const values = new URLSearchParams(state.values)
  // What is sent again is sent with knowledge of what is stored now.
  if (conflict) values.set(versionField, String(agreement.version))
  const current = partIn({ agreement, others }, list, currentKey, values)
  return sendForm(request, reply, status, {
    title: titleOf(`${part.title}: ${agreement.title}`, status),
    api: null,
    body: (
      <EditForm
        agreement={agreement}
        handle={handle}
        // By its id: others may give its reference to another agreement while the form is open.
        path={editPaths.part(agreement.id, list, encodeURIComponent(key))}
        part={current?.part ?? part}
        state={{ ...state, values }}
        conflict={conflict}
      />
    ),
  })
}
