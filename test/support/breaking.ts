/*
 * Finds the changes of an OpenAPI document that would break clients of the older version. Clients send requests and read
 * responses, so a change can be harmless in one and breaking in the other: requests must not require more, and responses
 * must not omit fields or make them nullable. New paths, operations, statuses, properties and response values are allowed,
 * because clients must ignore unknown ones. A removed response value is breaking, since code that names it no longer
 * compiles. It cannot be computed whether one pattern accepts everything that another does, so every changed pattern of
 * a request is breaking, and so is every change of a keyword without a rule here.
 */

type Json = Record<string, unknown>
/** The direction of the data: clients read an `answer`, the server a `request`. */
type Way = 'answer' | 'request'

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const object = (value: unknown): Json => (isObject(value) ? value : {})
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const keys = (value: unknown): string[] => Object.keys(object(value))
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
const missing = (from: unknown[], list: unknown[]): unknown[] => from.filter((x) => !list.some((y) => same(x, y)))

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const lowest = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']
const highest = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']
const exact = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'contentEncoding', 'contentMediaType']
/** Keywords that do not affect validation. */
const annotations = new Set([
  'description',
  'title',
  'example',
  'examples',
  'default',
  'deprecated',
  '$comment',
  'discriminator',
])
/** Keywords that are compared by rules of their own. */
const names = 'x-enum-varnames'
const compared = ['type', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'items', '$ref', names]
const known = new Set([...annotations, ...lowest, ...highest, ...exact, ...compared])
const allTypes = ['string', 'number', 'boolean', 'object', 'array', 'null']

/** One of the two documents, which resolves its references. */
class Document {
  readonly root: Json
  constructor(root: unknown) {
    this.root = object(root)
  }

  /** The value itself, or the target of its reference. */
  resolve(value: unknown): Json {
    let found = object(value)
    for (let hops = 0; typeof found['$ref'] === 'string' && hops < 20; hops++) {
      const steps = found['$ref'].replace(/^#\//, '').split('/')
      found = steps.reduce<Json>((at, step) => object(at[step.replaceAll('~1', '/').replaceAll('~0', '~')]), this.root)
    }
    return found
  }

  parameters(path: Json, operation: Json): Map<string, Json> {
    const all = [...array(path['parameters']), ...array(operation['parameters'])].map((value) => this.resolve(value))
    return new Map(all.map((parameter) => [`${String(parameter['in'])} ${String(parameter['name'])}`, parameter]))
  }
}

/** A schema that combines both. */
function both(one: Json, other: Json): Json {
  const merged = { ...one, ...other }
  if (!isObject(one['properties']) || !isObject(other['properties'])) return merged
  return {
    ...merged,
    properties: { ...one['properties'], ...other['properties'] },
    required: [...array(one['required']), ...array(other['required'])],
  }
}

/** The alternatives of a schema: `anyOf` and `oneOf` are split, `allOf` is merged. */
function alternatives(document: Document, given: unknown): Json[] {
  const { anyOf, oneOf, allOf, ...own } = document.resolve(given)
  const whole = array(allOf).reduce<Json>((sum, part) => both(sum, document.resolve(part)), own)
  const choices = [...array(anyOf), ...array(oneOf)].flatMap((choice) => alternatives(document, choice))
  return choices.length === 0 ? [whole] : choices.map((choice) => both(whole, choice))
}

function typesOf(schema: Json): string[] {
  const type = schema['type']
  if (type === undefined) {
    const values = 'const' in schema ? [schema['const']] : array(schema['enum'])
    return values.length === 0 ? allTypes : [...new Set(values.map(typeOf))]
  }
  return Array.isArray(type) ? type.map(String) : [String(type)]
}

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** Every integer is a number. */
const covers = (types: string[], type: string): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'))

/** The values that a schema lists, if any. */
function valuesOf(schemas: Json[]): unknown[] | undefined {
  const lists = schemas
    .filter((schema) => !same(typesOf(schema), ['null']))
    .map((schema) => ('const' in schema ? [schema['const']] : schema['enum']))
  return lists.length > 0 && lists.every(Array.isArray) ? lists.flat().filter((value) => value !== null) : undefined
}

class Comparison {
  readonly found: string[] = []
  readonly #before: Document
  readonly #after: Document
  readonly #under = new Set<string>()
  /** What was found of two schemas, without the place: many operations refer to the same. */
  readonly #foundOf = {
    request: new WeakMap<Json, Map<Json, string[]>>(),
    answer: new WeakMap<Json, Map<Json, string[]>>(),
  }

  constructor(before: unknown, after: unknown) {
    this.#before = new Document(before)
    this.#after = new Document(after)
  }

  paths(): void {
    const [before, after] = [object(this.#before.root['paths']), object(this.#after.root['paths'])]
    for (const path of keys(before)) {
      if (!(path in after)) {
        this.found.push(`${path}: the path is removed`)
        continue
      }
      const [older, newer] = [this.#before.resolve(before[path]), this.#after.resolve(after[path])]
      for (const method of methods.filter((method) => method in older)) {
        const where = `${method.toUpperCase()} ${path}`
        if (method in newer) this.#operation(where, [older, object(older[method])], [newer, object(newer[method])])
        else this.found.push(`${where}: the operation is removed`)
      }
    }
  }

  #operation(where: string, [oldPath, older]: [Json, Json], [newPath, newer]: [Json, Json]): void {
    const [was, is] = [older['operationId'], newer['operationId']]
    if (was !== undefined && was !== is) this.found.push(`${where}: operationId ${String(was)} is now ${String(is)}`)
    this.#security(where, older, newer)
    this.#parameters(where, this.#before.parameters(oldPath, older), this.#after.parameters(newPath, newer))
    this.#body(where, this.#before.resolve(older['requestBody']), this.#after.resolve(newer['requestBody']))
    this.#responses(where, object(older['responses']), object(newer['responses']))
  }

  #security(where: string, older: Json, newer: Json): void {
    const asked = (document: Document, operation: Json) => array(operation['security'] ?? document.root['security'])
    const open = (list: unknown[]) => list.length === 0 || list.some((way) => keys(way).length === 0)
    const [was, is] = [asked(this.#before, older), asked(this.#after, newer)]
    if (open(is)) return
    if (open(was) || missing(was, is).length > 0) this.found.push(`${where}: other credentials are required`)
  }

  #parameters(where: string, before: Map<string, Json>, after: Map<string, Json>): void {
    for (const [name, newer] of after) {
      const older = before.get(name)
      if (newer['required'] === true && older?.['required'] !== true) {
        this.found.push(`${where}: the ${older ? '' : 'new '}parameter ${name} is required`)
      }
    }
    for (const [name, older] of before) {
      const newer = after.get(name)
      if (!newer) {
        this.found.push(`${where}: the parameter ${name} is removed`)
        continue
      }
      for (const key of ['style', 'explode']) {
        if (!same(older[key], newer[key])) this.found.push(`${where}: ${key} of the parameter ${name} is changed`)
      }
      this.#whole('request', `${where}: parameter ${name}`, older['schema'], newer['schema'])
    }
  }

  #body(where: string, older: Json, newer: Json): void {
    if (newer['required'] === true && older['required'] !== true) this.found.push(`${where}: a body is required`)
    this.#content('request', `${where}: body`, older, newer)
  }

  #responses(where: string, before: Json, after: Json): void {
    for (const status of keys(before)) {
      if (!(status in after)) {
        this.found.push(`${where}: the status ${status} is removed`)
        continue
      }
      const [older, newer] = [this.#before.resolve(before[status]), this.#after.resolve(after[status])]
      const here = `${where}: ${status}`
      this.#content('answer', here, older, newer)
      const headers = object(newer['headers'])
      for (const [name, value] of Object.entries(object(older['headers']))) {
        const [was, is] = [this.#before.resolve(value), this.#after.resolve(headers[name])]
        if (!(name in headers)) this.found.push(`${here}: the header ${name} is removed`)
        else if (was['required'] === true && is['required'] !== true) {
          this.found.push(`${here}: the header ${name} may be missing`)
        } else this.#whole('answer', `${here} header ${name}`, was['schema'], is['schema'])
      }
    }
  }

  #content(way: Way, where: string, older: Json, newer: Json): void {
    const [before, after] = [object(older['content']), object(newer['content'])]
    for (const type of keys(before)) {
      if (type in after) {
        this.#whole(way, `${where} ${type}`, object(before[type])['schema'], object(after[type])['schema'])
      } else this.found.push(`${where}: the media type ${type} is removed`)
    }
  }

  /** Compares schemas that are in no other: each pair once, wherever they stand. */
  #whole(way: Way, where: string, before: unknown, after: unknown): void {
    const [older, newer] = [this.#before.resolve(before), this.#after.resolve(after)]
    const ofOlder = this.#foundOf[way].get(older) ?? new Map<Json, string[]>()
    this.#foundOf[way].set(older, ofOlder)
    let found = ofOlder.get(newer)
    if (found === undefined) {
      const start = this.found.length
      this.#schema(way, '', before, after)
      found = this.found.splice(start)
      ofOlder.set(newer, found)
    }
    this.found.push(...found.map((what) => where + what))
  }

  #schema(way: Way, where: string, before: unknown, after: unknown): void {
    const [oldName, newName] = [object(before)['$ref'], object(after)['$ref']]
    const pair = `${String(oldName)} ${String(newName)}`
    const recursive = oldName !== undefined && newName !== undefined
    if (recursive && this.#under.has(pair)) return
    if (recursive) this.#under.add(pair)
    this.#choices(way, where, alternatives(this.#before, before), alternatives(this.#after, after))
    if (recursive) this.#under.delete(pair)
  }

  #choices(way: Way, where: string, older: Json[], newer: Json[]): void {
    // Senders may send less than before; readers must still accept everything.
    const [said, read] = way === 'request' ? [older, newer] : [newer, older]
    const readable = read.flatMap(typesOf)
    const unread = [...new Set(said.flatMap(typesOf))].filter((type) => !covers(readable, type))
    for (const type of unread) {
      this.found.push(
        way === 'request' ? `${where}: the type ${type} is no longer accepted` : `${where}: it may now be ${type}`,
      )
    }
    this.#values(way, where, older, newer)

    // Each alternative that is sent needs one of the same kind that reads it: of several, the most similar one.
    const isValue = (schema: Json) => !same(typesOf(schema), ['null'])
    for (const one of said.filter(isValue)) {
      const alike = read.filter((other) => isValue(other) && typesOf(one).some((type) => covers(typesOf(other), type)))
      const trials = alike.map((other) =>
        way === 'request' ? this.#trial(way, where, one, other) : this.#trial(way, where, other, one),
      )
      this.found.push(...(trials.toSorted((some, others) => some.length - others.length)[0] ?? []))
    }
  }

  /** The changes that would be found if the first became the second. */
  #trial(way: Way, where: string, older: Json, newer: Json): string[] {
    const start = this.found.length
    this.#bounds(way, where, older, newer)
    this.#constants(where, older, newer)
    this.#properties(way, where, older, newer)
    if (isObject(older['items']) || isObject(newer['items'])) {
      this.#schema(way, `${where}[]`, older['items'] ?? {}, newer['items'] ?? {})
    }
    return this.found.splice(start)
  }

  #values(way: Way, where: string, older: Json[], newer: Json[]): void {
    const [before, after] = [valuesOf(older), valuesOf(newer)]
    if (before !== undefined && after !== undefined) {
      for (const value of missing(before, after)) {
        this.found.push(`${where}: the value ${JSON.stringify(value)} is removed`)
      }
    } else if (before === undefined && after !== undefined && way === 'request') {
      this.found.push(`${where}: only listed values are accepted`)
    } else if (before !== undefined && way === 'answer') this.found.push(`${where}: its values are no longer listed`)
  }

  /** Code that names a constant no longer compiles when the value has another name. */
  #constants(where: string, older: Json, newer: Json): void {
    const [values, valuesNow] = [array(older['enum']), array(newer['enum'])]
    for (const [i, name] of array(older[names]).entries()) {
      const now = valuesNow.findIndex((value) => same(value, values[i]))
      if (now < 0 || array(newer[names])[now] === name) continue
      this.found.push(`${where}: the name ${String(name)} of the value ${JSON.stringify(values[i])} is changed`)
    }
  }

  #bounds(way: Way, where: string, older: Json, newer: Json): void {
    const [wide, narrow] = way === 'request' ? [older, newer] : [newer, older]
    const verb = way === 'request' ? 'narrowed' : 'widened'
    const number = (schema: Json, key: string, none: number) => (key in schema ? Number(schema[key]) : none)
    const told = [
      ...lowest.filter((key) => number(narrow, key, -Infinity) > number(wide, key, -Infinity)),
      ...highest.filter((key) => number(narrow, key, Infinity) < number(wide, key, Infinity)),
      // It cannot be computed whether one pattern accepts everything that another does: any change may narrow it.
      ...exact.filter((key) => key in narrow && !same(narrow[key], wide[key])),
    ]
    // Clients do not check the bounds of what they read, but rely on the format to parse it.
    const relied = way === 'request' ? told : told.filter((key) => key === 'format')
    for (const key of relied) {
      const [was, is] = [older[key], newer[key]].map((value) => JSON.stringify(value) ?? 'none')
      this.found.push(`${where}: ${key} is ${verb}, from ${was} to ${is}`)
    }
    for (const key of new Set([...keys(older), ...keys(newer)])) {
      if (!known.has(key) && !same(older[key], newer[key])) this.found.push(`${where}: ${key} is changed`)
    }
  }

  #properties(way: Way, where: string, older: Json, newer: Json): void {
    const [before, after] = [object(older['properties']), object(newer['properties'])]
    const [must, mustNow] = [array(older['required']), array(newer['required'])]
    const closed = newer['additionalProperties'] === false
    for (const [name, schema] of Object.entries(before)) {
      if (name in after) this.#schema(way, `${where}.${name}`, schema, after[name])
      else if (way === 'answer' || closed) this.found.push(`${where}: the property ${name} is removed`)
    }
    for (const name of missing(way === 'request' ? mustNow : must, way === 'request' ? must : mustNow)) {
      if (way === 'request') this.found.push(`${where}: the property ${String(name)} is required`)
      else if (String(name) in after) this.found.push(`${where}: the property ${String(name)} may be missing`)
    }
    const [extra, extraNow] = [older['additionalProperties'], newer['additionalProperties']]
    if (way === 'request' && closed && extra !== false) this.found.push(`${where}: unknown properties are refused`)
    if (isObject(extra) && isObject(extraNow)) this.#schema(way, `${where}.*`, extra, extraNow)
  }
}

/** Each change that breaks a client of the older document, in the order of its paths. */
export function breakingChanges(before: unknown, after: unknown): string[] {
  const comparison = new Comparison(before, after)
  comparison.paths()
  return [...new Set(comparison.found)]
}
