import { type SQL, sql } from 'drizzle-orm'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import { lookUpFilter } from '../agreements/list/lookup-filter.ts'
import { matchingVersion } from '../agreements/list/where.ts'
import { inCurrentFormat } from '../agreements/publication/upcast.ts'
import type { Database, Statement } from '../database/connect.ts'
import { maxPageBytes } from '../http/paging.ts'
import { Problem } from '../problems/problems.ts'
import type { ChangeItem } from './schemas.ts'

/** A change without its document. */
export interface Entry extends Omit<ChangeItem, 'document'> {
  /** Bytes of the document; null when it has none. */
  size: number | null
}

/** Which changes are asked for. */
export interface Selection {
  /** The condition on the listing `a` of a version; undefined: all changes. */
  condition: SQL | undefined
}

/**
 * Looks up the codes of a filter. `q` is never corrected: what it finds must not depend on what is found at the time.
 * @throws Problem 400
 */
export async function selectionOf(db: Database, filter: AgreementFilter): Promise<Selection> {
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  if (!isFiltered) return { condition: undefined }
  return { condition: matchingVersion(filter, await lookUpFilter(db, filter, { ofVersions: true })) ?? sql`true` }
}

/**
 * Whether the listing of version `c.version - back` matches. A value, not `exists`, which could be planned as a scan of the
 * listings of all versions.
 */
const matched = (condition: SQL, back: number): SQL => sql`coalesce((
  select ${condition} from agreement_version_listings a
  where a.agreement_id = c.entry_id and a.version = c.version - ${sql.raw(String(back))}), false)`

/**
 * The next changes after a sequence, or the previous ones before it, latest first. With filters, those of agreements that
 * match as of the version, or did as of the one before.
 */
const scan = ({ condition }: Selection, { order, bound, max }: Scan): SQL => sql`
  select c.sequence::float8, c.kind, c.entry_id as id, coalesce(c.operation, v.operation) as operation, c.version, v.cause,
    coalesce(c.actor, v.actor) as actor, coalesce(c.note, v.note) as note, c.code, c.merged_into as "mergedInto",
    to_char(coalesce(c.changed_at, v.published_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "publishedAt",
    case when c.kind <> 'agreement' then c.operation = 'restored'
      else v.document is not null${condition ? sql` and ${matched(condition, 0)}` : sql``} end as "inSelection",
    ${condition ? sql`c.kind = 'agreement' and ${matched(condition, 1)}` : sql`true`} as "wasInSelection",
    octet_length(v.document) as size
  from (
    select * from changes where sequence is not null and ${bound} order by sequence ${order} limit ${max}
  ) c left join agreement_versions v on v.agreement_id = c.entry_id and v.version = c.version
  order by c.sequence ${order}`

interface Scan {
  order: SQL
  bound: SQL
  max: number
}

interface Scanned extends Entry {
  wasInSelection: boolean
}

/** A range of the feed. */
export interface Range {
  entries: Entry[]
  /** The last sequence that was looked at; undefined when there is none. */
  end: number | undefined
  /** Whether the end of the feed was reached. */
  isAll: boolean
}

/** Changes looked at by one statement, and by one request. */
const scanned = { perStatement: 1_000, perRequest: 10_000 }

/** How to follow from a state of the register that is known to be complete. */
const startAgain =
  'Start again: read the cursor of `/v1/changes?after=latest`, then export the agreements, then follow from that cursor.'

const changesGone = (kept: number): Problem =>
  new Problem(
    'changes_gone',
    `Only changes after ${kept} are kept, or the register was restored from a backup. ${startAgain}`,
  )

/** The cursor was not given by this feed as it is. */
export function cursorAhead(last: number): Problem {
  const message = `The last change is ${last}, and \`after\` is greater: it is of another register, or this one was restored from a backup. ${startAgain}`
  return new Problem('invalid_cursor', message, [{ parameter: 'after', code: 'not_yet', message }])
}

/** Where a range begins: excludes the given sequence. */
export type Start = { after: number } | { before: number | undefined }

const boundOf = (start: Start): Pick<Scan, 'order' | 'bound'> =>
  'after' in start
    ? { order: sql`asc`, bound: sql`sequence > ${start.after}` }
    : { order: sql`desc`, bound: start.before === undefined ? sql`true` : sql`sequence < ${start.before}` }

/**
 * Reads at most `max` changes of a selection, of at most `maxPageBytes`, unless a single one is larger.
 * @throws Problem `changes_gone` when changes after the start are no longer kept
 */
export async function readRange(db: Database, selection: Selection, start: Start, max: number): Promise<Range> {
  const entries: Entry[] = []
  let end: number | undefined
  let bytes = 0
  const perStatement = selection.condition ? scanned.perStatement : max + 1
  for (let looked = 0; looked < scanned.perRequest; looked += perStatement) {
    const from = end === undefined ? start : 'after' in start ? { after: end } : { before: end }
    const rows = await db.query<Scanned>(scan(selection, { ...boundOf(from), max: perStatement }))
    if ('after' in from && rows[0] && rows[0].sequence !== from.after + 1) throw changesGone(rows[0].sequence - 1)
    for (const { wasInSelection, ...entry } of rows) {
      const isIn = entry.inSelection && (selection.condition === undefined || entry.kind === 'agreement')
      if (isIn || wasInSelection) {
        const size = isIn ? (entry.size ?? 0) : 0
        if (entries.length === max || (entries.length > 0 && bytes + size > maxPageBytes)) {
          return { entries, end, isAll: false }
        }
        bytes += size
        entries.push(entry)
      }
      end = entry.sequence
    }
    if (rows.length < perStatement) return { entries, end, isAll: true }
  }
  return { entries, end, isAll: false }
}

const documentsStatement: Statement = {
  name: 'documents-of-versions',
  text: `select v.agreement_id || ' ' || v.version as key, v.document, v.format
    from unnest($1::uuid[], $2::integer[]) w (id, version)
      join agreement_versions v on v.agreement_id = w.id and v.version = w.version`,
}

/** The documents of the entries that have one, in the current format, by `keyOf`. */
export async function readDocuments(db: Database, entries: Entry[]): Promise<Map<string, string>> {
  const wanted = entries.filter(({ kind, inSelection }) => kind === 'agreement' && inSelection)
  if (wanted.length === 0) return new Map()
  const rows = await db.query<{ key: string; document: string; format: number }>(documentsStatement, [
    wanted.map(({ id }) => id),
    wanted.map(({ version }) => version),
  ])
  return new Map((await inCurrentFormat(rows)).map(({ key, document }) => [key, document]))
}

export const keyOf = ({ id, version }: Pick<Entry, 'id' | 'version'>): string => `${id} ${version}`

/** What an Atom entry shows of an agreement: for a deletion, what it was before. */
export interface Shown {
  title: string
  status: string
  /** Names; null in a document that has no list of them. */
  parties: string | null
}

const shownStatement: Statement = {
  name: 'shown-of-versions',
  text: `select w.id || ' ' || w.version as key, d.title, d.status, (
      select string_agg(side.names, ' – ' order by side.number) from (
        select p ->> 'side' as number, string_agg(p ->> 'name', ', ' order by place) as names
        from json_array_elements(d.parties) with ordinality each (p, place) group by 1
      ) side) as parties
    from unnest($1::uuid[], $2::integer[]) w (id, version) cross join lateral (
      select document from agreement_versions v
      where v.agreement_id = w.id and v.version <= w.version and v.document is not null order by v.version desc limit 1
    ) v cross join lateral json_to_record(v.document::json) d (title text, status text, parties json)`,
}

/** What Atom entries show of agreements, by `keyOf`. */
export async function readShown(db: Database, entries: Entry[]): Promise<Map<string, Shown>> {
  const wanted = entries.filter(({ kind }) => kind === 'agreement')
  const rows = await db.query<Shown & { key: string }>(shownStatement, [
    wanted.map(({ id }) => id),
    wanted.map(({ version }) => version),
  ])
  return new Map(rows.map(({ key, ...shown }) => [key, shown]))
}
