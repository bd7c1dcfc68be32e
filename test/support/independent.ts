import { sql } from 'drizzle-orm'
import type { Agreement } from '../../src/agreements/schemas.ts'
import type { Database } from '../../src/database/connect.ts'
import { events, lifeOf, type OtherEnd } from './plain-time.ts'
import { warningsOf, warningsOfOthers, type Years } from './plain-warnings.ts'

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
  const wanted = sql`any(${sql.param(await allDeciding(db, ids))}::uuid[])`
  const select = (table: string, order: string) =>
    db.query<Row>(sql`select * from ${sql.raw(table)} where agreement_id = ${wanted} order by ${sql.raw(order)}`)
  const [own, bodies, taxonomy, collections, links, ...rows] = await Promise.all([
    db.query<Row>(sql`select * from agreements where id = ${wanted}`),
    db.query<Row>(sql`select id, code, name, kind, parent_id, valid_from_day, valid_to_day from signatories`),
    db.query<Row>(sql`select id, scheme, code, label, broader_id from research_domains`),
    db.query<Row>(sql`select id, code, name from collections`),
    db.query<Row>(sql`select successor_id, predecessor_id as id, kind from signatory_predecessors`),
    ...tables.map(([table, order]) => select(table, order)),
  ])
  const registry = new Map(
    [...bodies, ...taxonomy, ...collections].map((row) => [
      row.id,
      { ...row, before: links.filter((link) => link['successor_id'] === row.id) },
    ]),
  )
  const all = new Map(
    own.map((row) => {
      const mine = tables.map(
        ([table], i) => [table, rows[i]!.filter(({ agreement_id: of }) => of === row.id)] as const,
      )
      return [row.id, { row, parts: Object.fromEntries(mine) }]
    }),
  )
  const others = new Others(all, registry)
  return new Map(
    ids.flatMap((id) => {
      const one = all.get(id)
      return one ? [[id, build(one.row, one.parts, registry, { today, others })] as const] : []
    }),
  )
}

/** The agreements with these ids, those that they name, and all that decide about the end of any of these. */
async function allDeciding(db: Database, ids: readonly string[]): Promise<string[]> {
  const all = new Set(ids)
  for (let before = -1; before < all.size;) {
    before = all.size
    const some = sql`any(${sql.param([...all])}::uuid[])`
    const rows = await db.query<{ id: string }>(sql`
      select agreement_id as id from agreement_relations where related_id = ${some}
      union select related_id from agreement_relations where agreement_id = ${some}
      union select (term ->> 'endsWith')::uuid from agreements where id = ${some} and term ->> 'endsWith' is not null`)
    for (const { id } of rows) all.add(id)
  }
  return [...all]
}

type All = Map<string, { row: Row; parts: Record<string, Row[]> }>

/** What agreements decide about each other. */
class Others {
  readonly #all: All
  readonly #registry: Entries
  readonly #lives = new Map<string, ReturnType<typeof lifeOf>>()

  constructor(all: All, registry: Entries) {
    this.#all = all
    this.#registry = registry
  }

  named = (id: string) => {
    const { row } = this.#all.get(id)!
    return {
      id,
      reference: row['reference'] as string | null,
      title: String(row['title']),
      isDeleted: row['deleted_at'] !== null,
    }
  }

  #relations = (id: string) =>
    this.#all
      .get(id)!
      .parts['agreement_relations']!.flatMap(({ kind, related_id: other }, at) =>
        kind === 'supersedes' || kind === 'terminates' ? [{ kind, other: String(other), at }] : [],
      )

  #parties = (id: string): string => {
    const roots = this.#all
      .get(id)!
      .parts['signatures']!.filter((signature) => signature['role'] !== 'witnessed')
      .map(({ signatory_id: body }) => partyAbove(this.#registry, body))
    return [...new Set(roots)].toSorted().join()
  }

  #umbrella = (id: string): string | null => (this.#all.get(id)!.row['term'] as Agreement['term'])?.endsWith ?? null

  readonly #owns = new Map<string, ReturnType<typeof ownOf>>()

  /** The parts from which its life follows. */
  own(id: string): ReturnType<typeof ownOf> {
    const { row, parts } = this.#all.get(id)!
    const own = this.#owns.get(id) ?? ownOf(row, parts, this.#registry)
    this.#owns.set(id, own)
    return own
  }

  /** The life of an agreement with the ends that follow from others. */
  life(id: string): ReturnType<typeof lifeOf> {
    const known = this.#lives.get(id)
    if (known) return known
    const life = lifeOf(
      this.own(id).own,
      this.endsOf(id).map(({ by: _, ...end }) => end),
    )
    this.#lives.set(id, life)
    return life
  }

  /** What others know of it, without what follows from others. */
  #alone = (id: string) => lifeOf(this.own(id).own).forOthers

  /** Why one agreement does not end another. */
  #whyNot(later: string, earlier: string): 'other_parties' | 'later_agreement' | 'not_in_force' | null {
    if (this.#parties(later) !== this.#parties(earlier)) return 'other_parties'
    const { entry } = this.#alone(later)
    if (!entry) return 'not_in_force'
    return entry.day < (this.#alone(earlier).begins ?? '') ? 'later_agreement' : null
  }

  /** The relations that others have to it. */
  relatedBy(id: string): Pick<Agreement, 'relatedBy' | 'relatedByTotal'> {
    const all = [...this.#all.values()].flatMap(({ row, parts }) =>
      row['deleted_at'] === null
        ? parts['agreement_relations']!.filter((relation) => relation['related_id'] === id).map(({ kind }) => ({
            kind: kind as Agreement['relatedBy'][number]['kind'],
            agreement: pick(row, ['id', 'reference', 'title']) as Agreement['relatedBy'][number]['agreement'],
          }))
        : [],
    )
    const keyOf = ({ kind, agreement }: (typeof all)[number]) => `${agreement.id} ${kind}`
    const inOrder = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    return { relatedBy: inOrder.slice(0, 100), relatedByTotal: all.length }
  }

  endsOf(id: string): (OtherEnd & { by: string })[] {
    const later = [...this.#all.keys()]
      .filter((other) => !this.named(other).isDeleted)
      .toSorted()
      .flatMap((by) => {
        const relations = this.#relations(by).filter(({ other }) => other === id)
        return relations
          .toSorted((a, b) => (a.kind < b.kind ? -1 : 1))
          .flatMap(({ kind }) => {
            if (this.#whyNot(by, id) !== null) return []
            const event: OtherEnd['event'] = kind === 'supersedes' ? 'superseded' : 'terminated'
            return [{ ...this.#alone(by).entry!, event, by }]
          })
      })
    const umbrella = this.#umbrella(id)
    const { begins } = this.#alone(id)
    const together =
      umbrella === null || this.named(umbrella).isDeleted
        ? []
        : this.life(umbrella)
            .forOthers.ends.filter(({ day }) => begins === null || day >= begins)
            .map(({ day, isCertain }) => ({ day, isCertain, event: 'expired' as const, by: umbrella }))
    return [...later, ...together].toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0)).slice(0, 100)
  }

  warnings(id: string): Agreement['warnings'] {
    const umbrella = this.#umbrella(id)
    const { begins } = this.#alone(id)
    const extended = this.#all.get(id)!.parts['agreement_relations']!.flatMap(({ kind, related_id: other }, at) => {
      if (kind !== 'extends') return []
      const { dates } = this.own(String(other)).own
      const hasDate = dates.some(
        ({ event, preferred, ...date }) =>
          event === 'extended' &&
          preferred &&
          (date.firstDay ?? date.lastDay ?? date.effectiveFirstDay ?? date.effectiveLastDay) !== null,
      )
      return [{ ...this.named(String(other)), at, hasDate }]
    })
    return warningsOfOthers(
      extended,
      this.#relations(id).map(({ other, at }) => {
        const why = this.#whyNot(id, other)
        return { ...this.named(other), at, why: why === 'not_in_force' ? null : why }
      }),
      umbrella === null
        ? undefined
        : {
            ...this.named(umbrella),
            begins,
            endedOn: this.life(umbrella).forOthers.ends.find(
              ({ day, until }) => begins !== null && day < begins && (until === null || begins < until),
            )?.day,
          },
    )
  }
}

type Entries = Map<string, Row>

/** The parts from which the life of an agreement follows. */
function ownOf(row: Row, parts: Record<string, Row[]>, registry: Entries) {
  const rows = (table: (typeof tables)[number][0]) => parts[table]!
  const body = (id: string) => pick(registry.get(id)!, ['id', 'code', 'name', 'kind'])
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
  const own = {
    term: row['term'] as Agreement['term'],
    entryIntoForce: row['entry_into_force'] as Agreement['entryIntoForce'],
    binding: row['binding'] as Agreement['binding'],
  }
  const statusStatements = rows('agreement_statements').map((statement) => ({
    status: statement['status'],
    on: statement['stated_on'],
    source: statement['source_key'],
  })) as Agreement['statusStatements']
  return { dates, signatories, statusStatements, fields: own, own: { ...own, dates, signatories, statusStatements } }
}

function build(
  row: Row,
  parts: Record<string, Row[]>,
  registry: Entries,
  { today, others }: { today: string; others: Others },
): Independent {
  const rows = (table: (typeof tables)[number][0]) => parts[table]!
  const domain = (id: string) => pick(registry.get(id)!, ['id', 'scheme', 'code', 'label'])
  const collection = (id: string | null) => (id === null ? null : pick(registry.get(id)!, ['id', 'code', 'name']))
  const body = (id: string) => pick(registry.get(id)!, ['id', 'code', 'name', 'kind'])
  const { dates, signatories, statusStatements, fields: own } = others.own(row.id)
  const researchDomains = rows('agreement_domains').map(({ domain_id: id }) => ({
    ...domain(id),
    ancestors: chain(registry, id, 'broader_id').slice(1).map(domain),
  })) as unknown as Agreement['researchDomains']
  const life = others.life(row.id)
  const ends = others.endsOf(row.id).map(({ day, event, isCertain, by }) => {
    const { isDeleted: _, ...agreement } = others.named(by)
    return { agreement, event, day, approximate: !isCertain }
  })
  const { status, statusSince, endedBy } = life.on(today)
  const same = status === 'terminated' ? ends.filter(({ event }) => event === endedBy) : []
  const ender = same.find(({ day }) => day === statusSince) ?? (endedBy === 'expired' ? undefined : same[0])
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
    endedByAgreement: ender?.agreement ?? null,
    endsByOthers: ends,
    signatories,
    parties: life.parties.map(({ id, side, inForce }) => ({ ...body(id), side, inForce })),
    dates,
    researchDomains: researchDomains.toSorted(byCode),
    collection: collection(row['collection_id'] as string | null),
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
    ...others.relatedBy(row.id),
    warnings: [...warningsOf({ dates, signatories, statusStatements }, years, life), ...others.warnings(row.id)],
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
