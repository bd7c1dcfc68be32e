import type { SQL } from 'drizzle-orm'
import type { Database, Statement } from '../database/connect.ts'
import { asking } from '../problems/did-you-mean.ts'
import { mostErrors, Problem, type ProblemError, ruleBroken } from '../problems/problems.ts'
import { isUuid } from '../shared/schemas.ts'
import type { signatoryKinds } from './signatories/tables.ts'
import { type NamedEntry, namesOfBodies, namesOfDomains, probablyMeant } from './unknown-codes.ts'

/** A body of the registry, as far as agreements need it. */
export interface Body {
  id: string
  code: string
  name: string
  kind: (typeof signatoryKinds)[number]
  parentId: string | null
  /** Only of a body that is held, since only publication needs them. */
  aliases: string[]
  validFromDay: string | null
  validToDay: string | null
}

/** A research domain, as far as agreements need it. */
export interface Domain {
  id: string
  scheme: string
  code: string
  label: string
  broaderId: string | null
}

/** A registry entry or an agreement that a body names, and where; the pointer is empty when the address names it. */
export interface Named {
  reference: string
  pointer: string
}

/** All that a write names: ids or codes of bodies and domains, ids or references of agreements. */
export interface References {
  bodies?: Named[]
  domains?: Named[]
  agreements?: Named[]
}

/** The registry entries that some agreements show, with all that stands above them. */
export class Registry {
  readonly #bodies = new Map<string, Body>()
  readonly #domains = new Map<string, Domain>()
  readonly #agreements = new Map<string, string>()

  add({ bodies = [], domains = [] }: { bodies?: Body[]; domains?: Domain[] }): void {
    for (const body of bodies) this.#bodies.set(body.id, body).set(body.code, body)
    for (const domain of domains) this.#domains.set(domain.id, domain).set(`${domain.scheme}:${domain.code}`, domain)
  }

  addAgreement(id: string, reference: string | null): void {
    this.#agreements.set(id, id)
    if (reference !== null) this.#agreements.set(reference, id)
  }

  findBody = (reference: string): Body | undefined => this.#bodies.get(bodyKey(reference))
  findDomain = (reference: string): Domain | undefined => this.#domains.get(reference.toLowerCase())
  findAgreement = (reference: string): string | undefined => this.#agreements.get(agreementKey(reference))

  /** The body that was looked up before, by id or code. */
  body = (reference: string): Body => found(this.findBody(reference), reference)
  domain = (reference: string): Domain => found(this.findDomain(reference), reference)
  agreement = (reference: string): string => found(this.findAgreement(reference), reference)

  /** The bodies above `body`, the nearest first. */
  above(body: Body): Body[] {
    const parent = body.parentId === null ? undefined : this.body(body.parentId)
    return parent ? [parent, ...this.above(parent)] : []
  }

  /** The root of the chain of `body`: the party that it acts for. */
  party = (body: Body): Body => this.above(body).at(-1) ?? body

  /** The domains broader than `domain`, the nearest first. */
  broader(domain: Domain): Domain[] {
    const parent = domain.broaderId === null ? undefined : this.domain(domain.broaderId)
    return parent ? [parent, ...this.broader(parent)] : []
  }
}

function found<Entry>(entry: Entry | undefined, reference: string): Entry {
  if (entry === undefined) throw new Error(`${reference} was not looked up`)
  return entry
}

const bodyKey = (reference: string): string => (isUuid(reference) ? reference.toLowerCase() : reference.toUpperCase())
const agreementKey = (reference: string): string => (isUuid(reference) ? reference.toLowerCase() : reference)

/**
 * Looks up all that a write names, with what stands above it, and holds it against change until the transaction ends
 * (FOR KEY SHARE; a registry write takes FOR UPDATE), so that no document shows a name that was replaced meanwhile.
 * @throws Problem 422 for each name that does not exist, with the field and the nearest that does; 404 for one in the address
 */
export const lookUp = (db: Database, references: References): Promise<Registry> => find(db, references, 'held')

/** Looks up what query parameters name; `pointer` is the parameter. @throws Problem 400 for what does not exist */
export async function lookUpParameters(db: Database, references: References): Promise<Registry> {
  try {
    return await find(db, references, 'free')
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'rule_broken') throw error
    const errors = error.errors.map(({ pointer, ...rest }) => ({ parameter: pointer ?? '', ...rest }))
    throw new Problem('invalid_request', error.message, errors)
  }
}

/** Whether what is looked up is held until the transaction ends. */
type Hold = 'held' | 'free'

async function find(
  db: Database,
  { bodies = [], domains = [], agreements = [] }: References,
  hold: Hold,
): Promise<Registry> {
  const registry = new Registry()
  const names = (named: Named[]) => [...new Set(named.map(({ reference }) => reference))]
  if (bodies.length > 0) registry.add({ bodies: await findBodies(db, names(bodies), hold) })
  if (domains.length > 0) registry.add({ domains: await findDomains(db, names(domains), hold) })
  if (agreements.length > 0) {
    const rows = await db.query<{ id: string; reference: string | null }>(
      statement(agreementsByReference, hold),
      keys(names(agreements), agreementKey),
    )
    for (const row of rows) registry.addAgreement(row.id, row.reference)
  }
  const absent = await Promise.all([
    missing(db, bodies, registry.findBody, 'signatory', namesOfBodies),
    missing(db, domains, registry.findDomain, 'research domain', namesOfDomains),
    missing(db, agreements, registry.findAgreement, 'agreement'),
  ])
  const errors = absent.flat()
  const ofAddress = errors.find(({ pointer }) => pointer === '')
  if (ofAddress) throw new Problem('not_found', ofAddress.message)
  if (errors.length > 0) throw ruleBroken(errors)
  return registry
}

/** Where a person looks for what there is. */
const lists: Record<string, string> = {
  signatory: '/v1/signatories',
  'research domain': '/v1/research-domains',
}

async function missing(
  db: Database,
  named: Named[],
  find: (reference: string) => unknown,
  what: string,
  candidates?: SQL,
): Promise<ProblemError[]> {
  const absent = named.filter(({ reference }) => find(reference) === undefined).slice(0, mostErrors)
  if (absent.length === 0) return []
  const meant = await probablyMeant(
    candidates ? await db.query<NamedEntry>(candidates) : [],
    absent.map(({ reference }) => reference),
  )
  return absent.map(({ reference, pointer }) => {
    const probably = meant.get(reference) ?? {}
    const whereTo = probably.didYouMean === undefined && lists[what] ? ` ${lists[what]}?q= finds those there are.` : ''
    const message = asking(`There is no ${what} \`${reference}\`.${whereTo}`, probably)
    return { pointer, code: 'unknown_code', message, ...probably }
  })
}

/** The values of `$1` (ids) and `$2` (codes) of the statements below. */
const keys = (references: string[], key: (reference: string) => string): [string[], string[]] => [
  references.filter(isUuid).map(key),
  references.filter((reference) => !isUuid(reference)).map(key),
]

/** The most aliases that are read at once, in bytes, folded: of the bodies that have most, none are. */
const mostAliases = 4 * 1024 * 1024

/** The aliases, a line each: the driver takes long to read an array. */
const aliases: Record<Hold, string> = {
  free: `''`,
  held: `case when id in (
      select id from (
        select id, sum(octet_length(words)) over (order by octet_length(words), id) as bytes
        from signatories where id in (select id from chain)
      ) sized where bytes <= ${mostAliases}
    ) then array_to_string(aliases, E'\\n') else '' end`,
}

const bodiesByReference = (hold: Hold): Statement => ({
  name: 'bodies-by-reference',
  text: `
    with recursive chain (id, parent_id) as (
      select id, parent_id from signatories where id = any($1::uuid[]) or code = any($2::text[])
      union
      select above.id, above.parent_id from chain join signatories above on above.id = chain.parent_id
    )
    select id, code, name, kind, parent_id as "parentId", ${aliases[hold]} as aliases,
      valid_from_day as "validFromDay", valid_to_day as "validToDay"
    from signatories where id in (select id from chain) order by id`,
})

const domainsByReference: Statement = {
  name: 'domains-by-reference',
  text: `
    with recursive chain (id, broader_id) as (
      select id, broader_id from research_domains
      where id = any($1::uuid[])
        or (scheme, code) in (select split_part(r, ':', 1), split_part(r, ':', 2) from unnest($2::text[]) r)
      union
      select above.id, above.broader_id from chain join research_domains above on above.id = chain.broader_id
    )
    select id, scheme, code, label, broader_id as "broaderId"
    from research_domains where id in (select id from chain) order by id`,
}

const agreementsByReference: Statement = {
  name: 'agreements-by-reference',
  text: `select id, reference from agreements
    where (id = any($1::uuid[]) or reference = any($2::text[])) and deleted_at is null order by id`,
}

/** A statement above, holding the rows that it finds or leaving them free. */
const statement = ({ name, text }: Statement, hold: Hold): Statement =>
  hold === 'held' ? { name: `${name}-held`, text: `${text} for key share` } : { name, text }

/** A body can be moved while its row is waited for; then what is now above it is missing, and is looked up again. */
async function findBodies(db: Database, references: string[], hold: Hold): Promise<Body[]> {
  const rows = await db.query<Omit<Body, 'aliases'> & { aliases: string }>(
    statement(bodiesByReference(hold), hold),
    keys(references, bodyKey),
  )
  const bodies = rows.map((row) => ({ ...row, aliases: row.aliases.split('\n').filter(Boolean) }))
  const ids = new Set(bodies.map(({ id }) => id))
  const complete = bodies.every(({ parentId }) => parentId === null || ids.has(parentId))
  return complete ? bodies : findBodies(db, [...references, ...ids], hold)
}

async function findDomains(db: Database, references: string[], hold: Hold): Promise<Domain[]> {
  const domains = await db.query<Domain>(
    statement(domainsByReference, hold),
    keys(references, (reference) => reference.toLowerCase()),
  )
  const ids = new Set(domains.map(({ id }) => id))
  const complete = domains.every(({ broaderId }) => broaderId === null || ids.has(broaderId))
  return complete ? domains : findDomains(db, [...references, ...ids], hold)
}
