import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { lookUpNames } from '../name-search.ts'
import type { Author } from '../../http/routes.ts'
import { lookUp, lookUpParameters, type Registry } from '../lookup.ts'
import { registryChanges } from '../tables.ts'
import type { Database } from '../../database/connect.ts'
import { when } from '../../database/sql.ts'
import { tagOf } from '../../http/entity-tags.ts'
import { requireMatch } from '../../http/responses.ts'
import { type Found, limitOf, readCursor } from '../../http/paging.ts'
import type { ConstraintProblems } from '../../problems/from-error.ts'
import { Problem, ruleBroken } from '../../problems/problems.ts'
import { isUuid } from '../../shared/schemas.ts'
import { fold, slug, untaken } from '../../shared/text.ts'
import type {
  DomainReference,
  NewResearchDomain,
  ResearchDomain,
  ResearchDomainQuery,
  ResearchDomainReplacement,
} from './schemas.ts'
import { researchDomains } from './tables.ts'

/** The columns of a domain, with the broader one: read by one statement, so as at one moment. */
const columnsShown = {
  ...getTableColumns(researchDomains),
  broader: sql<DomainReference | null>`(
    select json_build_object('id', b.id, 'scheme', b.scheme, 'code', b.code, 'label', b.label)
    from research_domains b where b.id = research_domains.broader_id)`,
}

const domains = (db: Database) => db.orm.select(columnsShown).from(researchDomains)
type Row = Awaited<ReturnType<typeof domains>>[number]

function named(reference: string) {
  if (isUuid(reference)) return eq(researchDomains.id, reference.toLowerCase())
  const [scheme = '', code = ''] = reference.toLowerCase().split(':', 2)
  return and(eq(researchDomains.scheme, scheme), eq(researchDomains.code, code))
}

const notFound = (reference: string): Problem =>
  new Problem('not_found', `There is no research domain \`${reference}\`.`)

/** @throws Problem 404 */
export async function readResearchDomain(db: Database, reference: string): Promise<ResearchDomain> {
  const [row] = await domains(db).where(named(reference))
  if (!row) throw notFound(reference)
  return representation(row)
}

export async function listResearchDomains(db: Database, query: ResearchDomainQuery): Promise<Found> {
  const { scheme, parent } = query
  const under =
    parent === undefined
      ? undefined
      : (await lookUpParameters(db, { domains: [{ reference: parent, pointer: 'parent' }] })).domain(parent)
  const after = readCursor('research-domains', query, 'text')
  const names = await lookUpNames(db, 'research_domain', query, after)
  const key = sql`${researchDomains.scheme} || ':' || ${researchDomains.code}`
  const rows = await domains(db)
    .where(
      and(
        when(scheme, (schemes) => sql`${researchDomains.scheme} = any(${sql.param(schemes)}::text[])`),
        when(under, ({ id }) => eq(researchDomains.broaderId, id)),
        when(names?.patterns, (patterns) => sql`${researchDomains.words} like all (${sql.param(patterns)}::text[])`),
        when(after, ({ key: code, id }) => sql`(${key}, ${researchDomains.id}) > (${code}, ${id}::uuid)`),
      ),
    )
    .orderBy(key, researchDomains.id)
    .limit(limitOf(query) + 1)
  const listed = rows.map((row) => ({
    id: row.id,
    key: `${row.scheme}:${row.code}`,
    document: JSON.stringify(representation(row)),
  }))
  return { rows: listed, taken: names }
}

export const createResearchDomain = (
  db: Database,
  given: NewResearchDomain,
  { actor }: Author,
): Promise<ResearchDomain> =>
  db.transaction(
    async (db) => {
      const id = uuidv7()
      const input = { ...given, code: given.code ?? (await codeFor(db, given)) }
      const row = { id, ...columns(input, await broaderOf(db, input)), updatedBy: actor }
      await db.orm.insert(researchDomains).values(row)
      return readResearchDomain(db, id)
    },
    { turn: 'research domains' },
  )

/**
 * Edits of domains take turns: two moves at once could wait for each other; and so do those who make codes. A number
 * that nothing else locks.
 */
const turn = 7_262_022

/** A code that is not taken in the scheme, of the words of the label; who else makes one waits, so that it stays so. */
async function codeFor(db: Database, { scheme, label }: NewResearchDomain): Promise<string> {
  await db.query(sql`select pg_advisory_xact_lock(${turn})`)
  const wanted = slug(label, 70) || 'domain'
  const taken = await db.query<{ code: string }>(
    sql`select code from research_domains where scheme = ${scheme} and (code = ${wanted} or code like ${`${wanted}-%`})`,
  )
  return untaken(
    wanted,
    taken.map(({ code }) => code),
  )
}

/**
 * Changes a domain; what agreements show of it is published again afterwards, by the clock's worker.
 * @throws Problem 404, 409, 412, or 422: a cycle, or a broader domain of another scheme
 */
export const editResearchDomain = (
  db: Database,
  reference: string,
  ifMatch: string | undefined,
  { actor, note }: Author,
  change: (before: ResearchDomainReplacement) => ResearchDomainReplacement,
): Promise<ResearchDomain> =>
  db.transaction(
    async (db) => {
      await db.query(sql`select pg_advisory_xact_lock(${turn})`)
      const before = await lock(db, reference, ifMatch)
      const { id } = before
      const was = writable(before)
      const input = change(was)
      if (JSON.stringify(input) === JSON.stringify(was)) return before
      if (input.scheme !== before.scheme) throw schemeStays()
      const registry = await broaderOf(db, input)
      checkCycle(id, input, registry)
      const after = { ...columns(input, registry), version: before.version + 1, updatedAt: sql`clock_timestamp()` }
      await db.orm
        .update(researchDomains)
        .set({ ...after, updatedBy: actor })
        .where(eq(researchDomains.id, id))
      await db.orm.insert(registryChanges).values({ registry: 'research_domain', entryId: id, actor, note })
      return readResearchDomain(db, id)
    },
    { turn: 'research domains' },
  )

export const deleteResearchDomain = (db: Database, reference: string, ifMatch: string | undefined): Promise<void> =>
  db.transaction(
    async (db) => {
      const { id } = await lock(db, reference, ifMatch)
      await db.orm.delete(researchDomains).where(eq(researchDomains.id, id))
    },
    { turn: 'research domains' },
  )

/**
 * Locks a domain FOR UPDATE, which waits for the writes that hold it (FOR KEY SHARE) and makes later ones wait, and reads
 * it with the broader one as that is now.
 * @throws Problem 404, or `stale` when the client read another representation of it
 */
async function lock(db: Database, reference: string, ifMatch: string | undefined): Promise<ResearchDomain> {
  const [row] = await db.orm
    .select({ id: researchDomains.id })
    .from(researchDomains)
    .where(named(reference))
    .for('update')
  if (!row) throw notFound(reference)
  const domain = await readResearchDomain(db, row.id)
  requireMatch(ifMatch, tagOf(domain))
  return domain
}

async function broaderOf(db: Database, { broader, scheme }: ResearchDomainReplacement): Promise<Registry> {
  const registry = await lookUp(db, { domains: broader === null ? [] : [{ reference: broader, pointer: '/broader' }] })
  if (broader === null || registry.domain(broader).scheme === scheme) return registry
  const message = `A broader domain is of the same scheme; this one is not of \`${scheme}\`.`
  throw ruleBroken([{ pointer: '/broader', code: 'other_scheme', message }])
}

function schemeStays(): Problem {
  const message = 'The scheme of a domain stays as it is; add a domain to the other scheme.'
  return ruleBroken([{ pointer: '/scheme', code: 'scheme_stays', message }])
}

function checkCycle(id: string, { broader }: ResearchDomainReplacement, registry: Registry): void {
  if (broader === null) return
  const above = registry.domain(broader)
  if (above.id !== id && registry.broader(above).every((domain) => domain.id !== id)) return
  const message = `${above.label} is narrower than this domain already; a domain cannot be broader than itself.`
  throw ruleBroken([{ pointer: '/broader', code: 'cycle', message }])
}

/** Adds domains in bulk, of two levels at the most; those that are there already are left as they are. */
export async function loadResearchDomains(db: Database, inputs: ResearchDomainReplacement[]): Promise<void> {
  const named = inputs.flatMap(({ broader }) => (broader === null ? [] : [{ reference: broader, pointer: '/broader' }]))
  for (const ready of [
    inputs.filter(({ broader }) => broader === null),
    inputs.filter(({ broader }) => broader !== null),
  ]) {
    if (ready.length === 0) continue
    const registry = await lookUp(db, { domains: ready[0]!.broader === null ? [] : named })
    const rows = ready.map((input) => ({ id: uuidv7(), ...columns(input, registry) }))
    await db.orm.insert(researchDomains).values(rows).onConflictDoNothing()
  }
}

function columns(input: ResearchDomainReplacement, registry: Registry) {
  const broader = input.broader === null ? null : registry.domain(input.broader)
  return {
    scheme: input.scheme,
    code: input.code,
    label: input.label,
    broaderId: broader?.id ?? null,
    broaderDepth: broader && registry.broader(broader).length,
    words: fold(`${input.scheme}:${input.code}\n${input.label}`),
  }
}

/** A domain as a client would write it. */
const writable = ({ scheme, code, label, broader }: ResearchDomain): ResearchDomainReplacement => ({
  scheme,
  code,
  label,
  broader: broader && `${broader.scheme}:${broader.code}`,
})

const representation = (row: Row): ResearchDomain => ({
  id: row.id,
  scheme: row.scheme,
  code: row.code,
  label: row.label,
  broader: row.broader,
  version: row.version,
  createdAt: new Date(row.createdAt).toISOString(),
  updatedAt: new Date(row.updatedAt).toISOString(),
  updatedBy: row.updatedBy,
})

const used = () => new Problem('in_use', 'Agreements, deleted ones included, or narrower domains use this domain.')

export const researchDomainConstraints: ConstraintProblems = {
  research_domains_code_key: () => {
    const message = 'Another domain of this scheme has this code.'
    return new Problem('taken', message, [{ pointer: '/code', code: 'taken', message }])
  },
  research_domains_depth_check: () => {
    const message = 'Domains stand at most nine deep.'
    return ruleBroken([{ pointer: '/broader', code: 'too_deep', message }])
  },
  research_domains_broader_fk: used,
  agreement_domains_domain_fk: used,
}
