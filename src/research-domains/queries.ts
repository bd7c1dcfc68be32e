import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { lookUpNames } from '../agreements/names.ts'
import type { Author } from '../agreements/publish.ts'
import { lookUp, lookUpParameters, lookUpToShow, type Registry } from '../agreements/registry.ts'
import { registryChanges } from '../agreements/tables.ts'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { requireMatch } from '../http.ts'
import { type Found, limitOf, readCursor } from '../paging.ts'
import type { ConstraintProblems } from '../failures.ts'
import { Problem, ruleBroken } from '../problems.ts'
import { isUuid } from '../schemas.ts'
import { fold, slug, untaken } from '../text.ts'
import type { NewResearchDomain, ResearchDomain, ResearchDomainQuery, ResearchDomainReplacement } from './schemas.ts'
import { researchDomains } from './tables.ts'

type Row = typeof researchDomains.$inferSelect

function named(reference: string) {
  if (isUuid(reference)) return eq(researchDomains.id, reference.toLowerCase())
  const [scheme = '', code = ''] = reference.toLowerCase().split(':', 2)
  return and(eq(researchDomains.scheme, scheme), eq(researchDomains.code, code))
}

const notFound = (reference: string): Problem =>
  new Problem('not_found', `There is no research domain \`${reference}\`.`)
const itself = (id: string) => ({ domains: [{ reference: id, pointer: '' }] })

/** @throws Problem 404 */
export async function readResearchDomain(db: Database, reference: string): Promise<ResearchDomain> {
  const [row] = await db.orm.select().from(researchDomains).where(named(reference))
  if (!row) throw notFound(reference)
  return representation(row, await lookUpToShow(db, itself(row.id)))
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
  const rows = await db.orm
    .select()
    .from(researchDomains)
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
  const registry = await lookUpToShow(db, { domains: rows.map(({ id }) => ({ reference: id, pointer: '' })) })
  const listed = rows.map((row) => ({
    id: row.id,
    key: `${row.scheme}:${row.code}`,
    document: JSON.stringify(representation(row, registry)),
  }))
  return { rows: listed, taken: names }
}

export const createResearchDomain = (
  db: Database,
  given: NewResearchDomain,
  { actor }: Author,
): Promise<ResearchDomain> =>
  db.transaction(async (db) => {
    const id = uuidv7()
    const input = { ...given, code: given.code ?? (await codeFor(db, given)) }
    const [row] = await db.orm
      .insert(researchDomains)
      .values({ id, ...columns(input, await broaderOf(db, input)), updatedBy: actor })
      .returning()
    return representation(row!, await lookUp(db, itself(id)))
  })

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
  db.transaction(async (db) => {
    await db.query(sql`select pg_advisory_xact_lock(${turn})`)
    const before = await lock(db, reference)
    requireMatch(ifMatch, before.version)
    const own = await lookUp(db, itself(before.id))
    const was = writable(before, own)
    const input = change(was)
    if (JSON.stringify(input) === JSON.stringify(was)) return representation(before, own)
    if (input.scheme !== before.scheme) throw schemeStays()
    const registry = await broaderOf(db, input)
    checkCycle(before.id, input, registry)
    const [row] = await db.orm
      .update(researchDomains)
      .set({
        ...columns(input, registry),
        version: before.version + 1,
        updatedAt: sql`clock_timestamp()`,
        updatedBy: actor,
      })
      .where(eq(researchDomains.id, before.id))
      .returning()
    await db.orm.insert(registryChanges).values({ registry: 'research_domain', entryId: before.id, actor, note })
    return representation(row!, await lookUp(db, itself(before.id)))
  })

export const deleteResearchDomain = (db: Database, reference: string, ifMatch: string | undefined): Promise<void> =>
  db.transaction(async (db) => {
    const row = await lock(db, reference)
    requireMatch(ifMatch, row.version)
    await db.orm.delete(researchDomains).where(eq(researchDomains.id, row.id))
  })

async function lock(db: Database, reference: string): Promise<Row> {
  const [row] = await db.orm.select().from(researchDomains).where(named(reference)).for('update')
  if (!row) throw notFound(reference)
  return row
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
function writable(row: Row, registry: Registry): ResearchDomainReplacement {
  const broader = row.broaderId === null ? null : registry.domain(row.broaderId)
  return {
    scheme: row.scheme,
    code: row.code,
    label: row.label,
    broader: broader && `${broader.scheme}:${broader.code}`,
  }
}

function representation(row: Row, registry: Registry): ResearchDomain {
  const broader = row.broaderId === null ? null : registry.domain(row.broaderId)
  return {
    id: row.id,
    scheme: row.scheme,
    code: row.code,
    label: row.label,
    broader: broader && { id: broader.id, scheme: broader.scheme, code: broader.code, label: broader.label },
    version: row.version,
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
    updatedBy: row.updatedBy,
  }
}

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
