import { setImmediate } from 'node:timers/promises'
import type { PgTable } from 'drizzle-orm/pg-core'
import { columnsOf, fromJson, list, nameOf, toJson } from '../../database/sql.ts'
import type { Database, Statement } from '../../database/connect.ts'
import type { agreementChanges } from '../../registry/tables.ts'
import { dates } from '../dates/tables.ts'
import { signatures } from '../signatures/tables.ts'
import { agreementClaims, agreementStatements, sources } from '../sources/tables.ts'
import {
  agreementDocuments,
  agreementDomains,
  agreementIdentifiers,
  agreementRelations,
  agreements,
  agreementVersions,
} from '../tables.ts'
import { countAfterCommit } from './counts.ts'
import type { Outlook } from '../time/lifecycle.ts'
import { agreementDue, agreementListings, agreementPairs, agreementParties } from './tables.ts'
import { currentFormat, inCurrentFormat, type StoredDocument } from './upcast.ts'

type Row<Table extends { $inferSelect: unknown }> = Omit<Table['$inferSelect'], 'agreementId'>

/** The columns derived at publication. The others are loaded, and the document is made from them. */
const derivedColumns = [
  'document',
  'format',
  'changesOn',
  'judgedOn',
  'side1',
  'side2',
  'side1SignatureId',
  'side2SignatureId',
  'mayBeOneSided',
  'endsWith',
  'outlook',
] as const satisfies (keyof (typeof agreements)['$inferSelect'])[]

type AgreementRow = Omit<(typeof agreements)['$inferSelect'], (typeof derivedColumns)[number]>

export type SignatureRow = Omit<Row<typeof signatures>, 'filledSide'>
export type DateRow = Row<typeof dates>
export type SourceRow = Row<typeof sources>

/** An agreement in normalized form, from which its document is made. The position of a row is its index in the list. */
export interface Parts {
  agreement: AgreementRow
  signatures: SignatureRow[]
  dates: DateRow[]
  domains: Row<typeof agreementDomains>[]
  sources: SourceRow[]
  identifiers: Row<typeof agreementIdentifiers>[]
  documents: Row<typeof agreementDocuments>[]
  relations: Row<typeof agreementRelations>[]
  claims: Row<typeof agreementClaims>[]
  statusStatements: Row<typeof agreementStatements>[]
  /** The last published document in the current format; empty before the first publication. */
  document: string
  /** What of it matters to other agreements, as last published; null when unknown. */
  outlook: Outlook | null
  /** Derived at publication. */
  parties: Row<typeof agreementParties>[]
  /** Derived at publication. */
  pairs: Row<typeof agreementPairs>[]
  /** Derived at publication; empty when the agreement is deleted or not listed. */
  listing: Omit<Row<typeof agreementListings>, 'search'>[]
  /** Derived at publication. */
  due: Row<typeof agreementDue>[]
}

/** The tables of the parts, and the columns that identify a row within an agreement. */
const partTables = {
  sources: [sources, ['key']],
  signatures: [signatures, ['id']],
  dates: [dates, ['id']],
  domains: [agreementDomains, ['domainId']],
  identifiers: [agreementIdentifiers, ['scheme', 'value']],
  documents: [agreementDocuments, ['position']],
  relations: [agreementRelations, ['position']],
  claims: [agreementClaims, ['position']],
  statusStatements: [agreementStatements, ['position']],
  parties: [agreementParties, ['partyId']],
  pairs: [agreementPairs, ['one', 'other']],
  listing: [agreementListings, []],
  due: [agreementDue, ['position']],
} as const satisfies Record<string, readonly [PgTable, readonly string[]]>

type PartName = keyof typeof partTables

/** Columns that PostgreSQL computes from a publication `p`. */
const computed: Partial<Record<PartName, { property: string; name: string; value: string }>> = {
  listing: { property: 'search', name: 'search', value: 'p.search' },
}

/** Parts derived from the others at publication. */
const derived: readonly PartName[] = ['parties', 'pairs', 'listing', 'due']

const part = Object.entries(partTables).map(([name, [table, key]]) => {
  const made = computed[name as PartName]
  const columns = columnsOf(table, made ? [made.property] : [])
  const keyColumns = columns.filter(({ property }) => property === 'agreementId' || key.some((k) => k === property))
  const conflict = 'id' in table ? columns.filter(({ property }) => property === 'id') : keyColumns
  return { name: name as PartName, table, columns, keyColumns, conflict, made }
})

const loaded = columnsOf(agreements, derivedColumns)

/** Maximum bytes of documents loaded at the same time, unless a single document is larger. */
const maxLoadedBytes = 1024 * 1024

/** Documents of more bytes are read separately, to yield to other requests between the document and the parts. */
const maxInlineBytes = 256 * 1024

const loadStatement: Statement = {
  name: 'load-parts',
  text: `select ${[
    `(select row_to_json(own) from (select ${list(loaded, 'a.')}) own) as agreement`,
    `case when octet_length(a.document) <= ${maxInlineBytes} then a.document end as document`,
    'a.format',
    'a.outlook',
    ...part.map(
      ({ name, table, columns }) => `(select json_agg(row_to_json(t)) from (
        select ${list(columns)} from ${nameOf(table)} where agreement_id = a.id
      ) t) as "${name}"`,
    ),
  ].join(',\n')}
  from agreements a join (
    select id, sum(octet_length(document)) over (order by id) - octet_length(document) as ahead
    from agreements where id = any($1::uuid[])
  ) sized on sized.id = a.id and ahead < ${maxLoadedBytes} order by a.id`,
}

const documentStatement: Statement = {
  name: 'load-document',
  text: 'select document, format from agreements where id = $1',
}

type LoadedRow = {
  agreement: Record<string, unknown>
  document: string | null
  format: number
  outlook: Outlook | null
} & Record<PartName, Record<string, unknown>[] | null>

const inOrder = (a: object, b: object): number =>
  'position' in a && 'position' in b ? Number(a.position) - Number(b.position) : 0

/** The agreements with these ids in normalized form, ordered by id. Only the first ones when their documents are large. */
export async function loadParts(db: Database, ids: string[]): Promise<Parts[]> {
  const rows = await inCurrentFormat(await db.query<LoadedRow>(loadStatement, [ids]))
  const all: Parts[] = []
  for (const row of rows) {
    const parts = part.map(({ name, columns }) => [
      name,
      (row[name] ?? []).map((r) => fromJson<object>(columns, r)).toSorted(inOrder),
    ])
    const agreement = fromJson<AgreementRow>(loaded, row.agreement)
    all.push({
      ...Object.fromEntries(parts),
      agreement: { ...agreement, ...utc(agreement) },
      document: row.document ?? (await loadDocument(db, agreement.id)),
      outlook: row.outlook,
    } as Parts)
  }
  return all
}

async function loadDocument(db: Database, id: string): Promise<string> {
  const [row] = await inCurrentFormat(await db.query<StoredDocument>(documentStatement, [id]))
  return row!.document
}

/** Converts instants from PostgreSQL's JSON to RFC 3339 in UTC. */
function utc({
  createdAt,
  updatedAt,
  deletedAt,
}: AgreementRow): Pick<AgreementRow, 'createdAt' | 'updatedAt' | 'deletedAt'> {
  const instant = (text: string) => new Date(text).toISOString()
  return { createdAt: instant(createdAt), updatedAt: instant(updatedAt), deletedAt: deletedAt && instant(deletedAt) }
}

/** Sets the position of each row to its index in the list. */
export function positioned(parts: Parts): Parts {
  const withPositions = <R extends object>(rows: R[]): R[] => rows.map((row, position) => ({ ...row, position }))
  return {
    ...parts,
    signatures: withPositions(parts.signatures),
    sources: withPositions(parts.sources),
    identifiers: withPositions(parts.identifiers),
    documents: withPositions(parts.documents),
    relations: withPositions(parts.relations),
    claims: withPositions(parts.claims),
    statusStatements: withPositions(parts.statusStatements),
  }
}

type AgreementColumns = Omit<(typeof agreements)['$inferInsert'], 'document' | 'format' | 'side1' | 'side2'>
export type VersionColumns = Omit<
  (typeof agreementVersions)['$inferInsert'],
  'document' | 'format' | 'agreementId' | 'version' | 'publishedAt'
>

/** Everything that one publication writes: the parts before and after, and what is derived from them. */
export interface Publication {
  before: Parts | undefined
  after: Parts
  columns: AgreementColumns
  history: VersionColumns
  document: string
  /** The words for full-text search, as input of `search_vector`. */
  words: string
  /** The changes that may change other agreements: see `changesForOthers`. */
  told: { registry: (typeof agreementChanges)[number]; id: string }[]
}

const columns = columnsOf(agreements, ['document', 'format'])
const updated = columns.filter(({ property }) => property !== 'id' && property !== 'createdAt')
const history = columnsOf(agreementVersions, ['document', 'format'])
const set = (names: typeof columns) => names.map(({ name }) => `"${name}" = excluded."${name}"`).join(', ')

/** Each part has two parameters: the rows to delete, and the rows to insert or update. */
const firstPart = 5

const listingColumns = columnsOf(agreementListings, ['agreementId', 'search'])
const writtenListings = firstPart + 2 * part.findIndex(({ name }) => name === 'listing') + 1

const storeStatement: Statement = {
  name: 'store-publications',
  text: `
    with published as materialized (
      select p.*, search_vector(p.words) as search from json_to_recordset($1::json) as p
        (id uuid, version integer, document text, words text, reference_key text, identifiers text[], sides smallint[])
    ),
    agreement as (
      insert into agreements (${list(columns)}, document, format) select ${list(columns, 'r.')}, p.document, $4
      from json_populate_recordset(null::agreements, $2::json) r join published p on p.id = r.id
      on conflict (id) do update set ${set(updated)}, document = excluded.document, format = excluded.format
    ),
    history as (
      insert into agreement_versions (${list(history)}, document, format)
      select ${list(history, 'r.')}, case when r.operation <> 'deleted' then p.document end, $4
      from json_populate_recordset(null::agreement_versions, $3::json) r join published p on p.id = r.agreement_id
    ),
    ${part.map((p, i) => partStatements(p, firstPart + 2 * i)).join(',\n')},
    recorded as (
      insert into agreement_version_listings
        (agreement_id, version, reference_key, identifiers, sides, ${list(listingColumns)}, search)
      select p.id, p.version, p.reference_key, p.identifiers, p.sides, ${list(listingColumns, 'r.')}, p.search
      from json_populate_recordset(null::agreement_listings, $${writtenListings}::json) r
        join published p on p.id = r.agreement_id
    ),
    changed as (
      insert into changes (kind, entry_id, version) select 'agreement', p.id, p.version from published p
    ),
    told as (
      insert into registry_changes (registry, entry_id, actor, note) select t.registry, t.id, t.actor, t.note
      from json_to_recordset($${firstPart + 2 * part.length}::json) as t (registry text, id uuid, actor text, note text)
    )
    select 1`,
}

function partStatements(
  { name, table, columns, keyColumns, conflict, made }: (typeof part)[number],
  parameter: number,
): string {
  const rows = (n: number) => `json_populate_recordset(null::${nameOf(table)}, $${n}::json) r`
  const all = made ? [...columns, made] : columns
  const rest = all.filter((column) => !keyColumns.some((key) => key.name === column.name))
  return `"${name}_removed" as (
      delete from ${nameOf(table)} t using ${rows(parameter)}
      where ${keyColumns.map((column) => `t."${column.name}" = r."${column.name}"`).join(' and ')}
    ),
    "${name}_written" as (
      insert into ${nameOf(table)} (${list(all)})
      select ${list(columns, 'r.')}${made ? `, ${made.value}` : ''} from ${rows(parameter + 1)}
      ${made ? 'join published p on p.id = r.agreement_id' : ''}
      on conflict (${list(conflict)}) do ${rest.length > 0 ? `update set ${set(rest)}` : 'nothing'}
    )`
}

/**
 * Stores publications in one statement, without touching unchanged rows of parts. Yields to other requests before
 * comparing and before serializing, which take a while for large agreements. Documents are sent as JSON because the driver
 * is slow at writing arrays of long texts.
 */
export async function store(db: Database, publications: Publication[]): Promise<void> {
  await setImmediate()
  const changes = part.map(({ name, table: _, columns, keyColumns }) => {
    const both = publications.map(({ before, after }) => difference(name, before, after))
    return [
      toJson(
        keyColumns,
        both.flatMap(({ removed }) => removed),
      ),
      toJson(
        columns,
        both.flatMap(({ written }) => written),
      ),
    ]
  })
  const published = publications.map(({ after, columns: { id, version, referenceKey }, document, words }) => ({
    id,
    version,
    document,
    words,
    reference_key: referenceKey,
    identifiers: after.identifiers.map(({ scheme, key }) => `${scheme}:${key}`),
    sides: after.parties.map(({ side }) => side),
  }))
  await setImmediate()
  await db.query(storeStatement, [
    JSON.stringify(published),
    toJson(
      columns,
      publications.map((publication) => publication.columns),
    ),
    toJson(
      history,
      publications.map(({ columns: { id, version, updatedAt }, history }) => ({
        ...history,
        agreementId: id,
        version,
        publishedAt: updatedAt,
      })),
    ),
    currentFormat(),
    ...changes.flat(),
    JSON.stringify(
      publications.flatMap(({ told, history: { actor, note } }) =>
        told.map((one) => ({ ...one, ...(one.registry !== 'dependent_agreement' && { actor, note }) })),
      ),
    ),
  ])
  countAfterCommit(
    db,
    publications.map(({ history: { cause } }) => cause),
  )
}

/** The rows of a part to delete, and those to write: new, changed, or with a computed column. */
function difference(name: PartName, before: Parts | undefined, after: Parts): { removed: object[]; written: object[] } {
  const [, key] = partTables[name]
  const agreementId = after.agreement.id
  const keyOf = (row: object) => JSON.stringify(key.map((property) => (row as Record<string, unknown>)[property]))
  const rowOf = (row: object) => ({ ...row, agreementId })
  const old = new Map<string, object>((before?.[name] ?? []).map((row) => [keyOf(row), row]))
  const kept = new Set(after[name].map(keyOf))
  const isUnchanged = (row: object): boolean => {
    const was = old.get(keyOf(row))
    return was !== undefined && !(name in computed) && sameRow(was, row)
  }
  return {
    removed: (before?.[name] ?? []).filter((row) => !kept.has(keyOf(row))).map(rowOf),
    written: after[name].filter((row) => !isUnchanged(row)).map(rowOf),
  }
}

/** Whether two rows have the same properties and values, ignoring `agreementId`. */
function sameRow(a: object, b: object): boolean {
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const properties = (row: object) => Object.keys(row).filter((property) => property !== 'agreementId')
  const names = properties(one)
  return (
    names.length === properties(other).length &&
    names.every((name) => name in other && sameValue(one[name] ?? null, other[name] ?? null))
  )
}

const sameValue = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b))

/** Whether two states of an agreement have the same content. */
export function sameParts(a: Parts, b: Parts): boolean {
  const own = ({ agreement: { version: _, updatedAt: __, ...rest } }: Parts) => rest
  const same = (name: PartName) => {
    const { removed, written } = difference(name, a, b)
    return removed.length === 0 && written.length === 0
  }
  return sameRow(own(a), own(b)) && part.every(({ name }) => derived.includes(name) || same(name))
}
