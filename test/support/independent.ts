import { sql } from 'drizzle-orm'
import type { Agreement } from '../../src/agreements/schemas.ts'
import type { Database } from '../../src/database/connect.ts'
import { events, lifeOf } from './plain-time.ts'
import { warningsOf, type Years } from './plain-warnings.ts'

/** An agreement built from the normalized tables, without the code that publishes. */
export interface Independent {
  document: Agreement
  deleted: boolean
  life: ReturnType<typeof lifeOf>
  /** The root of each signatory's chain, with its side. */
  parties: { id: string; side: number }[]
}

/** A row of any of the tables. */
interface Row {
  id: string
  agreement_id: string
  signatory_id: string
  domain_id: string
  parent_id: string | null
  broader_id: string | null
  valid_from_day: string | null
  valid_to_day: string | null
  created_at: string
  updated_at: string
  [column: string]: unknown
}

const acting = `first_day nulls last, array_position('{${events.join(',')}}'::text[], event), occurrence, id`

/** The tables of the parts, and the order in which a document shows their rows. */
const tables = [
  ['signatures', 'position'],
  ['dates', acting],
  ['agreement_domains', 'domain_id'],
  ['sources', 'position'],
  ['agreement_identifiers', 'position'],
  ['agreement_documents', 'position'],
  ['agreement_relations', 'position'],
  ['agreement_claims', 'position'],
  ['agreement_statements', 'position'],
] as const

/**
 * Builds documents from plain selects of the normalized tables, in the form that `src/agreements/schemas.ts` promises
 * to clients. Imports only types from `src`, no code.
 * @param ids of the agreements
 * @param today the day on which statuses are judged
 */
export async function buildIndependently(
  db: Database,
  ids: readonly string[],
  today: string,
): Promise<Map<string, Independent>> {
  const wanted = sql`any(${sql.param(ids)}::uuid[])`
  const select = (table: string, order: string) =>
    db.query<Row>(sql`select * from ${sql.raw(table)} where agreement_id = ${wanted} order by ${sql.raw(order)}`)
  const [own, bodies, taxonomy, links, ...rows] = await Promise.all([
    db.query<Row>(sql`select * from agreements where id = ${wanted}`),
    db.query<Row>(sql`select id, code, name, kind, parent_id, valid_from_day, valid_to_day from signatories`),
    db.query<Row>(sql`select id, scheme, code, label, broader_id from research_domains`),
    db.query<Row>(sql`select successor_id, predecessor_id as id, kind from signatory_predecessors`),
    ...tables.map(([table, order]) => select(table, order)),
  ])
  const registry = new Map(
    [...bodies, ...taxonomy].map((row) => [
      row.id,
      { ...row, before: links.filter((link) => link['successor_id'] === row.id) },
    ]),
  )
  return new Map(
    own.map((row) => {
      const mine = tables.map(
        ([table], i) => [table, rows[i]!.filter(({ agreement_id: of }) => of === row.id)] as const,
      )
      return [row.id, build(row, Object.fromEntries(mine), registry, today)]
    }),
  )
}

type Entries = Map<string, Row>

function build(row: Row, parts: Record<string, Row[]>, registry: Entries, today: string): Independent {
  const rows = (table: (typeof tables)[number][0]) => parts[table]!
  const body = (id: string) => pick(registry.get(id)!, ['id', 'code', 'name', 'kind'])
  const domain = (id: string) => pick(registry.get(id)!, ['id', 'scheme', 'code', 'label'])
  const dates = rows('dates').map((date) => ({
    id: date.id,
    event: date['event'],
    signatory: (date.signatory_id as string | null) === null ? null : body(date.signatory_id),
    occurrence: date['occurrence'],
    date: date['date'],
    firstDay: date['first_day'],
    lastDay: date['last_day'],
    effectiveDate: date['effective_date'],
    effectiveFirstDay: date['effective_first_day'],
    effectiveLastDay: date['effective_last_day'],
    extension: date['extension'],
    term: date['term'],
    place: date['place'],
    preferred: date['preferred'],
    source: date['source_key'],
    note: date['note'],
  })) as unknown as Agreement['dates']
  const signatories = rows('signatures').map((signature) => {
    const [, ...above] = chain(registry, signature.signatory_id, 'parent_id')
    return {
      id: signature.id,
      side: signature['side'],
      signatory: body(signature.signatory_id),
      party: body(partyAbove(registry, signature.signatory_id)),
      ancestors: above.map(body),
      role: signature['role'],
      representative:
        signature['representative_name'] === null
          ? null
          : { name: signature['representative_name'], office: signature['representative_office'] },
      source: signature['source_key'],
    }
  }) as unknown as Agreement['signatories']
  const researchDomains = rows('agreement_domains').map(({ domain_id: id }) => ({
    ...domain(id),
    ancestors: chain(registry, id, 'broader_id').slice(1).map(domain),
  })) as unknown as Agreement['researchDomains']
  const term = row['term'] as Agreement['term']
  const statusStatements = rows('agreement_statements').map((statement) => ({
    status: statement['status'],
    on: statement['stated_on'],
    source: statement['source_key'],
  })) as Agreement['statusStatements']
  const own = {
    term,
    entryIntoForce: row['entry_into_force'] as Agreement['entryIntoForce'],
    binding: row['binding'] as Agreement['binding'],
  }
  const life = lifeOf({ ...own, dates, signatories, statusStatements })
  const years = (id: string) => {
    const { valid_from_day: from, valid_to_day: to, code, name, before } = registry.get(id)!
    return { from, to, code: String(code), name: String(name), before: before as Years['before'] }
  }
  const document = {
    ...pick(row, ['id', 'version', 'reference', 'title', 'type', 'binding', 'summary', 'languages']),
    titleIsDescriptive: row['title_is_descriptive'],
    alternativeTitles: row['alternative_titles'],
    ...own,
    ...life.on(today),
    exitDay: null,
    signatories,
    parties: life.parties.map(({ id, side, inForce }) => ({ ...body(id), side, inForce })),
    dates,
    researchDomains: researchDomains.toSorted(byCode),
    sources: rows('sources').map((source) => ({
      ...pick(source, ['key', 'title', 'publisher', 'url', 'language', 'quote']),
      publishedOn: source['published_on'],
    })),
    identifiers: rows('agreement_identifiers').map((identifier) => pick(identifier, ['scheme', 'value'])),
    documents: rows('agreement_documents').map((text) => ({
      ...pick(text, ['title', 'url', 'language']),
      mediaType: text['media_type'],
    })),
    relations: rows('agreement_relations').map(({ kind, related_id: agreement }) => ({ kind, agreement })),
    claims: rows('agreement_claims').map((claim) => ({
      ...pick(claim, ['statement', 'assessment', 'note']),
      source: claim['source_key'],
    })),
    statusStatements,
    warnings: warningsOf({ dates, signatories, statusStatements }, years, life),
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  } as unknown as Agreement
  return {
    document,
    deleted: row['deleted_at'] !== null,
    life,
    parties: document.parties.map(({ id, side }) => ({ id, side })),
  }
}

const pick = (row: Row, names: string[]) => Object.fromEntries(names.map((name) => [name, row[name]]))

/** The entry and its ancestors, nearest first. */
function chain(registry: Entries, id: string, parent: 'parent_id' | 'broader_id'): string[] {
  const above = registry.get(id)![parent]
  return above === null ? [id] : [id, ...chain(registry, above, parent)]
}

const parties = ['state', 'former_state', 'territory', 'supranational_body', 'intergovernmental_organization']

/** The nearest body that is a party by its kind, or the topmost one. */
function partyAbove(registry: Entries, id: string): string {
  const all = chain(registry, id, 'parent_id')
  return all.find((one) => parties.includes(String(registry.get(one)!['kind']))) ?? all.at(-1)!
}

/** By scheme, then by code in natural order: `2.1` before `2.10`, `9` before `10`. */
function byCode(a: { scheme: string; code: string }, b: { scheme: string; code: string }): number {
  if (a.scheme !== b.scheme) return a.scheme < b.scheme ? -1 : 1
  const [x, y] = [a, b].map(({ code }) => code.replace(/\d+/g, (digits) => digits.padStart(10, '0')))
  return x! < y! ? -1 : x! > y! ? 1 : 0
}

/**
 * The first possible day of signature, by which lists are sorted: that of the agreement as a whole, or else of the last
 * party to sign; `dates` are in the order of their days. Open if only last possible days are known. Null if unknown.
 */
export function signatureDayOf({ dates }: Agreement): string | null {
  const events = ['signed', 'signed_definitively', 'notes_exchanged']
  for (const event of events) {
    const known = dates.filter((date) => date.event === event && date.preferred && date.firstDay !== null)
    const day = known.find(({ signatory }) => signatory === null) ?? known.at(-1)
    if (day) return day.firstDay
  }
  const isOpen = dates.some((date) => events.includes(date.event) && date.preferred && date.lastDay !== null)
  return isOpen ? '-infinity' : null
}
