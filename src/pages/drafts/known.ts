import type { FastifyReply, FastifyRequest } from 'fastify'
import { wholeReferences, wholeParts, agreementsIn } from '../../agreements/publication/from-request.ts'
import { editAgreement } from '../../agreements/publication/publish.ts'
import { readAgreement } from '../../agreements/queries.ts'
import { type Agreement, AgreementReplacement } from '../../agreements/schemas.ts'
import type { NewSource } from '../../agreements/sources/schemas.ts'
import type { Database } from '../../database/connect.ts'
import { invalid } from '../../problems/from-zod.ts'
import { Problem, type ProblemError, ruleBroken } from '../../problems/problems.ts'
import { isUuid } from '../../shared/schemas.ts'
import { firstFree } from '../../shared/text.ts'
import { readVersion } from '../../versions/queries.ts'
import { pathOf } from '../agreements.tsx'
import { savedBefore } from '../forms/add.tsx'
import { type AddFields, addFieldsOf, daySigned, dayFields } from '../forms/add-fields.ts'
import { type ChangeMade, changesSince } from '../forms/conflict.ts'
import type { Field, Json, JsonObject, Values } from '../forms/fields.ts'
import { nameErrors } from '../forms/name-errors.ts'
import { type Names, namesIn } from '../forms/names.ts'
import { answered, isSavedBefore, once } from '../forms/once.ts'
import { bothProblems, errorsAt } from '../forms/problems.ts'
import { sentValues } from '../forms/sent.ts'
import { noteIn } from '../forms/shared-fields.ts'
import { itemsIn, wholeOf } from '../forms/whole.ts'
import { seeOther } from '../see-other.ts'
import { itemAt, keyIn } from './compare.ts'
import { draftAgreement, type DraftDependencies, sendDraft } from './draft-page.tsx'
import { chosenField, knownField, versionField } from './in-register.tsx'

/** Thrown to roll back: others have changed what the page showed of an agreement. */
class ChangedMeanwhile extends Error {
  readonly changes: ChangeMade[]

  constructor(changes: ChangeMade[]) {
    super('Others have changed the agreement.')
    this.changes = changes
  }
}

/** A form of which something is to be added to an agreement of the register. */
interface Sent {
  values: Values
  fields: AddFields
  names: Names
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
  const { document } = await editAgreement(db, {
    id,
    ifMatch: `"${tag}"`,
    author,
    references: wholeReferences(input),
    change: (before, registry) => {
      for (const other of agreementsIn(before)) registry.addAgreement({ id: other, reference: null, key: null })
      return wholeParts(input, id, registry, before.agreement.createdAt, before)
    },
  }).catch((error: unknown) => {
    throw error instanceof Problem ? placed(error) : error
  })
  const saved = JSON.parse(document) as Agreement
  const done = saved.version === agreement.version ? 'unchanged' : 'changed'
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

/** An act of an agreement by what tells it from others, or a claim by its words. */
interface Act {
  event: Json | undefined
  signatory: Json | undefined
  occurrence: Json | undefined
}

interface Addition {
  input: AgreementReplacement
  /** The acts of which dates are added. */
  acts: Act[]
  /** A problem with its errors at the places that the form has. */
  placed: (problem: Problem) => Problem
}

/** An agreement with what was chosen added to it. @throws Problem 400, 422 */
function additionTo(agreement: Agreement, chosen: readonly Field[], sent: Sent): Addition {
  const { values, fields, names } = sent
  const own = draftAgreement(values, fields, names.codes)
  const whole = wholeOf(agreement)
  const places = new Map<string, string>()
  const source = addSource(whole, agreement, own, places)
  const acts: Act[] = []
  for (const { at } of chosen) {
    const list = at!.split('/')[1]!
    const items = itemsIn(whole, list)
    const item: JsonObject = { ...itemAt(own, list, at), source }
    places.set(`/${list}/${items.length}`, at!.split('/').slice(0, 3).join('/'))
    if (list === 'dates') {
      const act = actOf(item)
      acts.push(act)
      item['preferred'] = !items.some((other) => isSame(actOf(other), act))
    }
    items.push(item)
  }
  const placed = (problem: Problem): Problem =>
    new Problem(
      problem.code,
      problem.message,
      problem.errors.map((error) => inForm(error, places)),
    )
  const { data, error } = AgreementReplacement.safeParse(whole, { reportInput: true })
  const unnamed = nameErrors(fieldsBeside(fields, chosen), values, names)
  const problem = bothProblems(
    error && placed(invalid(error, AgreementReplacement, 'body')),
    unnamed.length === 0 ? undefined : ruleBroken(unnamed),
  )
  if (problem) throw problem
  return { input: data!, acts, placed }
}

/** Adds the text as a source, unless the agreement has it already. @returns its key. @throws Problem 422 when the form has none */
function addSource(whole: JsonObject, { sources }: Agreement, own: JsonObject, places: Map<string, string>): string {
  const [source] = itemsIn(own, 'sources')
  if (!source) throw ruleBroken([{ pointer: 'sources.0.title', code: 'required', message: 'Must be given.' }])
  const existing = keyIn(sources, source as unknown as NewSource)
  if (existing !== undefined) return existing
  const key = firstFree(
    source['key'] as string,
    sources.map((one) => one.key),
  )
  const items = itemsIn(whole, 'sources')
  places.set(`/sources/${items.length}`, '/sources/0')
  items.push({ ...source, key })
  return key
}

/** The fields of the rows in which the chosen ones are. */
const fieldsBeside = ({ dates, claims }: AddFields, chosen: readonly Field[]): Field[] =>
  [...dates, ...claims].filter((row) => row.some((field) => chosen.includes(field))).flat()

/** An error with the place in the form instead of that in the agreement. What the form does not have, has none. */
function inForm({ pointer, ...error }: ProblemError, places: ReadonlyMap<string, string>): ProblemError {
  const item = pointer === undefined ? undefined : /^\/\w+\/\d+/.exec(pointer)?.[0]
  const place = item === undefined ? undefined : places.get(item)
  return place === undefined ? error : { ...error, pointer: `${place}${pointer!.slice(item!.length)}` }
}

const codeOf = (signatory: Json | undefined): Json =>
  typeof signatory === 'object' && signatory !== null && !Array.isArray(signatory)
    ? (signatory['code'] ?? null)
    : (signatory ?? null)

const actOf = ({ event, signatory, occurrence }: Record<string, Json>): Act => ({
  event,
  signatory: codeOf(signatory),
  occurrence: occurrence ?? 1,
})

const isSame = (one: Act, other: Act): boolean =>
  one.event === other.event && one.signatory === other.signatory && one.occurrence === other.occurrence

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
    JSON.stringify([one?.claims, one?.dates.filter((date) => acts.some((act) => isSame(actOfDate(date), act)))])
  if (told(document) !== told(agreement)) throw new ChangedMeanwhile(await changesSince(db, id, Number(version)))
}

const actOfDate = ({ event, signatory, occurrence }: Agreement['dates'][number]): Act => ({
  event,
  signatory: signatory?.code ?? null,
  occurrence,
})
