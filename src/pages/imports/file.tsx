import { isDeepStrictEqual } from 'node:util'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { NewKeptMapping } from '../../imports/kept/schemas.ts'
import { keepMapping, listKeptMappings, readKeptMapping } from '../../imports/kept/queries.ts'
import { MappingError } from '../../imports/mapping/mapping-error.ts'
import { prepareMapping } from '../../imports/mapping/prepare.ts'
import { Mapping } from '../../imports/mapping/schemas.ts'
import { SuggestionOptions } from '../../imports/schemas.ts'
import { readHead } from '../../imports/suggest/propose.ts'
import { gone, inTurn } from '../../imports/reads.ts'
import { changePlan, readWaiting, useWaiting, type WaitingFile, waitingHours } from '../../imports/waiting/queries.ts'
import { collectionRegistry } from '../../registry/collections/queries.ts'
import { Problem } from '../../problems/problems.ts'
import { A, PostForm, sendHtml, sendNotice } from '../page.tsx'
import { seeOther } from '../see-other.ts'
import type { Choice } from './fields.tsx'
import { type Head, headAndMapping } from './head.ts'
import { MappingForm } from './mapping-form.tsx'
import { type Errors, fieldsOf, type Plan, planFrom, wrongIn } from './plan.ts'

export type File = WaitingFile<Head, Plan>
export type FileRequest = FastifyRequest<{ Params: { id: string }; Body: unknown }>

export const readFile = ({ db, params }: FileRequest): Promise<File> => readWaiting<Head, Plan>(db, params.id)

/** The fields of a form that was sent. */
export const sentIn = ({ body }: FileRequest): URLSearchParams =>
  body instanceof URLSearchParams ? body : new URLSearchParams()

interface Shown {
  /** What was typed. Default: what the plan says. */
  fields?: URLSearchParams
  errors?: Errors
  message?: string | undefined
  /** Of the response. */
  status?: number
  /** What was done. */
  done?: string | undefined
}

/** The page of a file: what its columns are, beside its first rows. */
export async function filePage(
  request: FileRequest,
  reply: FastifyReply,
  file: File,
  { fields = fieldsOf(file.plan, file.head), errors = new Map(), message, status = 200, done }: Shown = {},
): Promise<FastifyReply> {
  const { id, name, head, plan, dryRunId } = file
  const [collections, kept] = await Promise.all([collectionsOf(request), keptOf(request)])
  const shown = {
    title: `What the columns of ${name} are`,
    api: null,
    body: (
      <>
        <h1>{name}</h1>
        <p>
          Say what each column is. The choices below are proposed from the names of the columns and from the first rows.
        </p>
        {done !== undefined && (
          <p class="told" role="status">
            {done}
          </p>
        )}
        {dryRunId !== null && (
          <p>
            <A to={`/imports/${dryRunId}`}>The dry run of these choices</A>
          </p>
        )}
        <MappingForm
          id={id}
          fileName={name}
          head={head}
          plan={plan}
          fields={fields}
          errors={errors}
          message={message}
          collections={collections}
          kept={kept}
        />
        <PostForm to={`/imports/files/${id}/delete`}>
          <p class="faint">
            The file is kept for {waitingHours} hours. <button>Delete it now</button>
          </p>
        </PostForm>
      </>
    ),
  }
  return status === 200 ? sendHtml(request, reply, shown) : sendNotice(request, reply, status, shown)
}

/** The most entries that a list of the form has. */
const most = 200

async function collectionsOf({ db }: FastifyRequest): Promise<Choice[]> {
  const { rows } = await collectionRegistry.list(db, { limit: most })
  const all = rows.slice(0, most).flatMap(({ document }) => (document === null ? [] : [JSON.parse(document) as Entry]))
  return all.map(({ code, name }) => [code, name])
}

interface Entry {
  code: string
  name: string
}

async function keptOf({ db }: FastifyRequest): Promise<string[]> {
  const { rows } = await listKeptMappings(db, { limit: most })
  return rows.slice(0, most).map(({ key }) => key)
}

/** Sends the page again with what was typed, and what is wrong with it. @throws what is no fault of the form */
export function refuse(
  request: FileRequest,
  reply: FastifyReply,
  file: File,
  error: unknown,
  fields = sentIn(request),
) {
  if (!(error instanceof Problem) || (error.status >= 500 && error.code !== 'busy')) throw error
  const known = ['collection', 'encoding', 'sheet', 'separator', 'headerRow', 'mode', 'unknownParties', 'partial']
  const errors = new Map(
    error.errors.flatMap(({ parameter, message }): [string, string][] =>
      parameter !== undefined && known.includes(parameter) ? [[parameter, message]] : [],
    ),
  )
  const message = errors.size > 0 ? undefined : error.message
  return filePage(request, reply, file, { fields, errors, message, status: error.status })
}

/**
 * Takes what the form says as the plan of the file.
 * @returns the file with it, or undefined when the page was sent again because something is wrong
 */
export async function takePlan(request: FileRequest, reply: FastifyReply, file: File): Promise<File | undefined> {
  const fields = sentIn(request)
  if (fields.get('readings') !== String(file.plan.readings)) {
    const message = 'The file was read in another way meanwhile. Check the choices again.'
    await filePage(request, reply, file, { message, status: 409 })
    return undefined
  }
  const { plan, errors } = planFrom(fields, file.plan, file.head)
  if (errors.size > 0) {
    await filePage(request, reply, file, { fields, errors, status: 422 })
    return undefined
  }
  if (isDeepStrictEqual(plan, file.plan)) return file
  await changePlan(request.db, file.id, plan)
  return { ...file, plan, dryRunId: null, importId: null }
}

/** Keeps the choices under a name. @param problemOf what an error becomes */
export async function keepChoices(
  request: FileRequest,
  reply: FastifyReply,
  file: File,
  problemOf: (error: FastifyError, request: FastifyRequest) => Problem,
): Promise<FastifyReply> {
  const { db, caller } = request
  const fields = sentIn(request)
  const given = NewKeptMapping.shape.name.safeParse(fields.get('name')?.trim() ?? '')
  const wrong = (message: string, status: number) =>
    filePage(request, reply, file, { fields, errors: new Map([['name', message]]), status })
  if (!given.success) return wrong(given.error.issues[0]!.message, 422)
  try {
    await keepMapping(db, { name: given.data, mapping: file.plan.mapping }, caller.actor)
  } catch (error) {
    const { code, status, message } = problemOf(error as FastifyError, request)
    if (status >= 500) throw error
    return wrong(code === 'taken' ? 'Other choices have this name already. Choose another one.' : message, status)
  }
  return filePage(request, reply, file, { done: `The choices are kept as ${given.data}.` })
}

/** Uses choices that are kept under a name. */
export async function useKept(request: FileRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { db } = request
  const file = await readFile(request)
  const fields = fieldsOf(file.plan, file.head)
  try {
    const { name, mapping: stored } = await readKeptMapping(db, sentIn(request).get('name') ?? '')
    const mapping = Mapping.parse(stored)
    const reading = readingOf(mapping)
    const { head } = await readAnew(request, reply, file, reading)
    requireFit(mapping, head)
    const plan = { ...file.plan, mapping, reading, readings: file.plan.readings + 1 }
    await changePlan(db, file.id, plan, { ...head, notes: [] })
    return seeOther(reply, `/imports/files/${file.id}?kept=${encodeURIComponent(name)}`)
  } catch (error) {
    return refuse(request, reply, file, error, fields)
  }
}

/** @throws Problem 422 when a mapping names columns that a file does not have */
function requireFit(mapping: Mapping, head: Head): void {
  try {
    prepareMapping(
      mapping,
      head.columns.map(({ name }) => name),
    )
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    throw new Problem('rule_broken', `These choices do not fit the file. ${error.message}`)
  }
}

const readingOf = ({ file = {} }: Mapping): Plan['reading'] => ({
  ...(file.encoding && { encoding: file.encoding }),
  ...(file.separator && { separator: file.separator }),
  ...((file.sheet ?? file.sheetNumber) !== undefined && { sheet: String(file.sheet ?? file.sheetNumber) }),
  ...(file.headerRow !== undefined && { headerRow: String(file.headerRow) }),
})

/** Reads the file in another way, and proposes what its columns are. */
export async function readAgain(request: FileRequest, reply: FastifyReply): Promise<FastifyReply> {
  const file = await readFile(request)
  const sent = sentIn(request)
  const given = Object.fromEntries(
    ['headerRow', 'sheet', 'separator', 'encoding'].flatMap((name) => {
      const value = sent.get(name)?.trim()
      return value ? [[name, value]] : []
    }),
  )
  const read = SuggestionOptions.safeParse(given, { reportInput: true })
  if (!read.success) {
    const errors = new Map(wrongIn(read.error, SuggestionOptions))
    return filePage(request, reply, file, { errors, status: 422 })
  }
  try {
    const { head, mapping } = await readAnew(request, reply, file, read.data)
    const plan = { ...file.plan, mapping, reading: read.data, readings: file.plan.readings + 1 }
    await changePlan(request.db, file.id, plan, head)
    return seeOther(reply, `/imports/files/${file.id}`)
  } catch (error) {
    return refuse(request, reply, file, error, fieldsOf(file.plan, file.head))
  }
}

const readAnew = (request: FileRequest, reply: FastifyReply, { id, name }: File, reading: Plan['reading']) =>
  inTurn(() =>
    useWaiting(request.db, id, async (handle) =>
      headAndMapping(await readHead({ handle, name, signal: gone(reply) }, reading)),
    ),
  )
