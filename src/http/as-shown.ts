import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type BodyError, maxErrors } from '../problems/problems.ts'

declare module 'fastify' {
  interface FastifySchema {
    /**
     * The schema of what GET shows, if the route takes it as its body: in a PUT, fields that only it has are compared with
     * what is stored; where it has an object with an id, the body may have the object instead of the id.
     */
    shown?: unknown
  }
  interface FastifyRequest {
    /** What of the body must be compared with the register; undefined when there is nothing. */
    asShown: AsShown | undefined
  }
}

/** A body that has fields or objects as GET shows them, before these were taken out. */
export interface AsShown {
  body: unknown
  plan: Plan
}

/** Where a representation differs in form from the request that would write it. */
export type Plan =
  | { kind: 'object'; fields: ReadonlyMap<string, Plan>; computed: ReadonlySet<string> }
  | { kind: 'list'; item: Plan }
  | { kind: 'reference'; fields: ReadonlySet<string> }

/** Lets each route that is added to `app` afterwards, and declares `shown`, take it. See docs/decisions/what-get-gives.md. */
export function takeWhatIsShown(app: FastifyInstance): void {
  app.decorateRequest('asShown', undefined)
  app.addHook('onRoute', (route) => {
    const { body, shown } = route.schema ?? {}
    if (!(body instanceof z.ZodType) || !(shown instanceof z.ZodType)) return
    const plan = planOf(body, shown, route.method === 'PUT')
    if (!plan) return
    const before = [route.preValidation ?? []].flat()
    route.preValidation = [
      ...before,
      (request, _reply, done) => {
        const { value, found } = reduced(request.body, plan)
        if (found) request.asShown = { body: request.body, plan }
        request.body = value
        done()
      },
    ]
  })
}

type Inner = z.core.$ZodType & {
  def: {
    type: string
    shape?: Record<string, z.core.$ZodType>
    element?: z.core.$ZodType
    innerType?: z.core.$ZodType
    in?: z.core.$ZodType
    out?: z.core.$ZodType
  }
}

/** The schema within defaults, nullability and transformations. */
function inner(schema: z.core.$ZodType): Inner['def'] {
  const { def } = schema as Inner
  if (def.innerType) return inner(def.innerType)
  if (def.type !== 'pipe') return def
  return inner((def.in as Inner).def.type === 'transform' ? def.out! : def.in!)
}

/**
 * How `shown` differs in form from `written`; undefined if a value of one is a value of the other.
 * @param computed whether fields that only `shown` has are taken
 */
export function planOf(written: z.core.$ZodType, shown: z.core.$ZodType, computed: boolean): Plan | undefined {
  const [write, read] = [inner(written), inner(shown)]
  if (write.element && read.element) {
    const item = planOf(write.element, read.element, computed)
    return item && { kind: 'list', item }
  }
  if (!read.shape) return undefined
  const { shape } = read
  if (!write.shape) {
    const isReference = write.type === 'string' && 'id' in shape
    return isReference ? { kind: 'reference', fields: new Set(Object.keys(shape)) } : undefined
  }
  const fields = new Map<string, Plan>()
  for (const [name, field] of Object.entries(write.shape)) {
    const plan = shape[name] && planOf(field, shape[name], computed)
    if (plan) fields.set(name, plan)
  }
  const only = Object.keys(shape).filter((name) => computed && !(name in write.shape!))
  return fields.size + only.length === 0 ? undefined : { kind: 'object', fields, computed: new Set(only) }
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value as the request schema expects it, and whether anything was found that must be compared. */
export function reduced(value: unknown, plan: Plan): { value: unknown; found: boolean } {
  if (plan.kind === 'list') {
    if (!Array.isArray(value)) return { value, found: false }
    const items = value.map((item: unknown) => reduced(item, plan.item))
    return { value: items.map((item) => item.value), found: items.some((item) => item.found) }
  }
  if (!isObject(value)) return { value, found: false }
  if (plan.kind === 'reference') {
    const reference = referenceIn(value)
    const isShort = reference !== undefined && Object.keys(value).every((name) => plan.fields.has(name))
    return isShort ? { value: reference, found: true } : { value, found: false }
  }
  const left = Object.entries(value).filter(([name]) => !plan.computed.has(name))
  let found = left.length < Object.keys(value).length
  const entries = left.map(([name, field]) => {
    const within = plan.fields.get(name)
    if (!within) return [name, field]
    const taken = reduced(field, within)
    found ||= taken.found
    return [name, taken.value]
  })
  return { value: Object.fromEntries(entries), found }
}

/** The id in an object, or else its code; for a domain with its scheme. */
function referenceIn({ id, scheme, code }: Json): string | undefined {
  if (id !== undefined) return typeof id === 'string' ? id : undefined
  if (typeof code !== 'string') return undefined
  return typeof scheme === 'string' ? `${scheme}:${code}` : code
}

/** An object in a body that stands for a reference, and is not the one that the register shows there. */
interface Standing {
  pointer: string
  object: Json
  /** The id or the code in it. */
  reference: string
  /** The names of the fields that such objects have. */
  fields: ReadonlySet<string>
}

/** What a body has otherwise than the register shows it. */
export interface Compared {
  errors: BodyError[]
  /** Still to be compared with the entries that they name. */
  references: Standing[]
}

/** @param current what GET shows now; undefined when it does not exist yet */
export function compareShown(asShown: AsShown | undefined, current: unknown): Compared {
  const compared: Compared = { errors: [], references: [] }
  if (asShown) compare(asShown.body, asShown.plan, current, '', compared)
  return compared
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

function compare(value: unknown, plan: Plan, current: unknown, pointer: string, compared: Compared): void {
  if (plan.kind === 'list') return compareItems(value, plan.item, current, pointer, compared)
  if (!isObject(value)) return
  if (plan.kind === 'reference') {
    const reference = referenceIn(value)
    if (reference === undefined || isDeepStrictEqual(value, current)) return
    compared.references.push({ pointer, object: value, reference, fields: plan.fields })
    return
  }
  const known = isObject(current) ? current : undefined
  for (const [name, field] of Object.entries(value)) {
    const at = `${pointer}/${escaped(name)}`
    const within = plan.fields.get(name)
    if (within) compare(field, within, known?.[name], at, compared)
    if (!plan.computed.has(name) || isDeepStrictEqual(field, known?.[name])) continue
    if (compared.errors.length < maxErrors) compared.errors.push(computedError(at, known?.[name]))
  }
}

/** Items are compared with those that have the same id, or else with those at the same place. */
function compareItems(value: unknown, plan: Plan, current: unknown, pointer: string, compared: Compared): void {
  if (!Array.isArray(value)) return
  const all: unknown[] = Array.isArray(current) ? current : []
  const byId = new Map(all.flatMap((item) => (isObject(item) && 'id' in item ? [[item['id'], item]] : [])))
  for (const [i, item] of value.entries()) {
    const id = isObject(item) && typeof item['id'] === 'string' ? item['id'].toLowerCase() : undefined
    const same = id !== undefined || byId.size > 0 ? byId.get(id) : all[i]
    compare(item, plan, same, `${pointer}/${i}`, compared)
  }
}

/** At most so many characters of a value are repeated in a message. */
const maxShown = 100

function computedError(pointer: string, known: unknown): BodyError {
  const name = pointer.slice(pointer.lastIndexOf('/') + 1)
  const text =
    known === undefined || (typeof known === 'object' && known !== null)
      ? ''
      : typeof known === 'string'
        ? known
        : JSON.stringify(known)
  const now = text === '' || text.length > maxShown ? '' : ` It is \`${text}\`.`
  const message = `\`${name}\` is set by the register: leave it out, or send it unchanged.${now}`
  return { pointer, code: 'computed', message }
}

/**
 * The errors in objects that stand for references: an id and a code that do not name the same entry, or another field that
 * the entry does not have so.
 * @param entryOf the entry as GET shows it in short; undefined when it does not exist, which is an error elsewhere
 */
export function referenceErrors(
  references: Standing[],
  entryOf: (reference: string, fields: ReadonlySet<string>) => object | undefined,
): BodyError[] {
  return references.slice(0, maxErrors).flatMap(({ pointer, object, reference, fields }) => {
    const entry = entryOf(reference, fields) as Json | undefined
    if (!entry) return []
    const names = Object.keys(object).filter((name) => name !== 'id')
    return names.flatMap((name): BodyError[] => {
      const isName = name === 'code' || name === 'scheme'
      if (isDeepStrictEqual(object[name], entry[name]) || (isName && object['id'] === undefined)) return []
      const at = `${pointer}/${escaped(name)}`
      if (!isName) return [computedError(at, entry[name])]
      const message = `\`id\` names \`${String(entry[name])}\`, not \`${String(object[name]).slice(0, maxShown)}\`. Send one of the two.`
      return [{ pointer: at, code: 'contradiction', message }]
    })
  })
}
