import { isDeepStrictEqual } from 'node:util'
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { type AsShown, type Compared, compareShown, referenceErrors } from '../http/as-shown.ts'
import { tagOf } from '../http/entity-tags.ts'
import { type Found, limitOf, maxPageBytes, type PageRow, readCursor, totalOf } from '../http/paging.ts'
import { requireMatch } from '../http/responses.ts'
import type { Author } from '../http/routes.ts'
import { inBody, inQuery, Problem, ruleBroken } from '../problems/problems.ts'
import { isUuid } from '../shared/schemas.ts'
import { firstFree } from '../shared/text.ts'
import { type Added, broken, type Definition, type ListQuery, type Shown, type Written } from './definition.ts'
import { refuseDouble } from './doubles.ts'
import { type Entries, find, formerNamed, lookUpEntries, type Named, type Placed, refuseMissing } from './lookup.ts'
import { hasNames, lookUpNames, nearest } from './name-search.ts'
import { recordChange } from './record-change.ts'
import { registryChanges, registryDeletions } from './tables.ts'

export interface EntryEdit<Whole> {
  /** The id or the code. */
  reference: string
  ifMatch: string | undefined
  author: Author
  change: (before: Whole) => Whole
  /** What the request body has as GET shows it. */
  asShown?: AsShown | undefined
  /** Checks the agreements of the entry with this id after it got another parent. @throws Problem 422 */
  checkMoved?: ((db: Database, id: string) => Promise<void>) | undefined
}

/** Reads and writes the entries of a registry. An entry may have a parent in the same registry. */
export class EntryRegistry<
  Entry extends Placed,
  Document extends Shown,
  Whole extends Written,
  Query extends ListQuery,
> {
  readonly #own: Definition<Entry, Document, Whole, Query>

  constructor(own: Definition<Entry, Document, Whole, Query>) {
    this.#own = own
  }

  /** The address of an entry. */
  addressOf = (document: Document): string => `/v1/${this.#own.list}/${this.#own.codeOf(document)}`

  /** @throws Problem 404 */
  async read(db: Database, reference: string): Promise<Document> {
    const [document] = await this.#own.select(db, this.#named(reference))
    return document ?? this.read(db, await this.#mergedInto(db, reference))
  }

  /** Whether a reference is the id or the code of this entry, and not that of one that was merged into it. */
  isNamed = (entry: Document | Entry, reference: string): boolean =>
    isUuid(reference) ? entry.id === reference.toLowerCase() : this.#own.codeOf(entry) === this.#own.inCase(reference)

  /**
   * A page, ordered by code. A search returns exact matches first: see `nearest`.
   * @throws Problem 400 when the parent does not exist, or the cursor does not fit
   */
  async list(db: Database, query: Query): Promise<Found> {
    const { list, key, hierarchy, table, matching } = this.#own
    const under = query.parent === undefined ? undefined : await this.#parentInQuery(db, query.parent)
    const after = readCursor(list, query, 'text')
    const names = await lookUpNames(db, this.#own, query, after)
    const place = names ? nearest(this.#own, names) : key
    const matches = and(
      matching(query),
      hierarchy && when(under, (id) => eq(hierarchy.parentId, id)),
      names ? hasNames(names) : undefined,
    )
    const further = when(after, (last) => sql`(${place}, ${table.id}) > (${last.key}, ${last.id}::uuid)`)
    const rows = await this.#page(db, and(matches, further), place, limitOf(query) + 1)
    return { rows, interpretation: names, total: await totalOf(query, () => db.orm.$count(table, matches)) }
  }

  /** The first entries ordered by `place`; documents that exceed the size of a page are not read. */
  async #page(db: Database, where: SQL | undefined, place: SQL | PgColumn, most: number): Promise<PageRow[]> {
    const { table, size, select } = this.#own
    const placed = await db.query<{ id: string; key: string; fits: boolean }>(sql`
      select id, key, sum(size) over (order by key, id) - size <= ${maxPageBytes} as fits from (
        select ${table.id} as id, ${place} as key, ${size} as size from ${table} where ${where ?? sql`true`}
        order by key, id limit ${most}
      ) first order by key, id`)
    const fitting = placed.filter(({ fits }) => fits).map(({ id }) => id)
    const documents = fitting.length === 0 ? [] : await select(db, inArray(table.id, fitting))
    const byId = new Map(documents.map((document) => [document.id, JSON.stringify(document)]))
    // An entry deleted between the two statements is omitted.
    return placed.flatMap(({ id, key, fits }) =>
      fits && !byId.has(id) ? [] : [{ id, key, document: byId.get(id) ?? null }],
    )
  }

  /** @throws Problem 409 when the code or a name is in use; 422 */
  create(db: Database, given: Added<Whole>, { actor }: Author, asShown?: AsShown): Promise<Document> {
    return this.#inTurn(db, async (db) => {
      const id = uuidv7()
      await this.#lockTree(db)
      const { parent, entries } = await this.#lookUpNamed(db, given)
      refuseOtherwise(compareShown(asShown, undefined).references, entries)
      this.#own.check(given, parent)
      const code = given.code ?? (await this.#freeCode(db, given, parent))
      const whole = { ...given, code } as Whole
      await this.#refuseFormerCode(db, id, code)
      await refuseDouble(db, this.#own, { id, given, entries }, whole, parent)
      const row = { id, ...this.#own.columns(whole, parent), updatedBy: actor }
      await db.orm.insert(this.#own.table).values(row)
      await this.#own.link?.(db, { id, given, entries })
      return this.read(db, id)
    })
  }

  /**
   * Edits an entry. The worker then publishes the agreements that show it again.
   * @throws Problem 404, 409, 412, or 422 for a cycle, a rule of the registry or `checkMoved`
   */
  edit(db: Database, { reference, ifMatch, author, change, asShown, checkMoved }: EntryEdit<Whole>): Promise<Document> {
    const { table, codeOf, writable, parentOf, check, columns, link, name, isShown, withReferences } = this.#own
    const { actor, note } = author
    return this.#inTurn(db, async (db) => {
      await this.#lockTree(db)
      const document = await this.lock(db, reference, ifMatch)
      const { id } = document
      const before = writable(document)
      const { errors, references } = compareShown(asShown, document)
      if (errors.length > 0) throw ruleBroken(errors)
      const given = change(before)
      if (references.length === 0 && isDeepStrictEqual(given, before)) return document
      const { parent, above, entries } = await this.#lookUpNamed(db, given)
      refuseOtherwise(references, entries)
      const after = withReferences?.(given, (reference) => codeOf(entries.get(reference))) ?? given
      if (isDeepStrictEqual(after, before)) return document
      check(after, parent, before)
      if (parent && [parent, ...above].some((entry) => entry.id === id)) throw this.#cycle(parent)
      await this.#refuseFormerCode(db, id, after.code)
      await refuseDouble(db, this.#own, { id, given: after, before, entries }, after, parent)
      const changed = { version: document.version + 1, updatedAt: sql`statement_timestamp()`, updatedBy: actor }
      await db.orm
        .update(table)
        .set({ ...columns(after, parent), ...changed })
        .where(eq(table.id, id))
      await link?.(db, { id, given: after, before, entries })
      if ((parent && codeOf(parent)) !== parentOf(before)) await checkMoved?.(db, id)
      if (isShown?.(before, after) ?? true)
        await db.orm.insert(registryChanges).values({ registry: name, entryId: id, actor, note })
      return this.read(db, id)
    })
  }

  /**
   * Permanently deletes an entry; `registry_deletions` records by whom and why.
   * @throws Problem 404, 412, or 409 when it is in use
   */
  delete(db: Database, reference: string, ifMatch: string | undefined, { actor, note }: Author): Promise<void> {
    const { table, name, codeOf } = this.#own
    return this.#inTurn(db, async (db) => {
      const document = await this.lock(db, reference, ifMatch)
      const { id } = document
      await db.orm.delete(table).where(eq(table.id, id))
      await db.orm
        .insert(registryDeletions)
        .values({ registry: name, entryId: id, code: codeOf(document), actor, note })
      await recordChange(db, { kind: name, entryId: id, operation: 'deleted', code: codeOf(document), actor, note })
    })
  }

  /**
   * Adds entries in bulk and leaves existing ones unchanged, also those that were merged into others. A parent may be
   * anywhere in the list. Links between entries are not stored.
   * @returns the ids of the new entries
   */
  async load(db: Database, inputs: Whole[]): Promise<string[]> {
    const added: string[] = []
    const { codeOf, parentOf, columns, table } = this.#own
    // Of those that exist, the parent may no longer have the code that is given.
    const left = new Set([
      ...(await this.#formerNames(db, inputs.map(codeOf))).keys(),
      ...(await this.#existing(db, inputs.map(codeOf))),
    ])
    const wanted = inputs.filter((input) => !left.has(codeOf(input)))
    const waitedFor = new Set(wanted.map(codeOf))
    for (let waiting = wanted; waiting.length > 0;) {
      const ready = waiting.filter((input) => !waitedFor.has(parentOf(input) ?? ''))
      if (ready.length === 0)
        throw new Error(`These entries are parents of one another: ${waiting.map(codeOf).join(', ')}`)
      const parents = await lookUpEntries<Entry>(db, this.#own, ready.flatMap(this.#parentNamed))
      const rows = ready.map((input) => ({ id: uuidv7(), ...columns(input, parentIn(parents, parentOf(input))) }))
      const written = await db.orm.insert(table).values(rows).onConflictDoNothing().returning({ id: table.id })
      added.push(...written.map(({ id }) => id as string))
      for (const input of ready) waitedFor.delete(codeOf(input))
      waiting = waiting.filter((input) => !ready.includes(input))
    }
    return added
  }

  /** Those of these codes that entries have. */
  async #existing(db: Database, codes: string[]): Promise<string[]> {
    const { table, key } = this.#own
    const rows = await db.query<{ code: string }>(
      sql`select ${key} as code from ${table} where ${key} = any(${sql.param(codes)}::text[])`,
    )
    return rows.map(({ code }) => code)
  }

  /**
   * The entries of a vocabulary without those that were deleted or are in `except`, and without the entries below them.
   * @param except codes
   */
  async wanted(db: Database, inputs: Whole[], except: string[] = []): Promise<Whole[]> {
    const { codeOf, parentOf, key, name, table } = this.#own
    const deleted = await db.query<{ code: string }>(sql`
      select d.code from ${registryDeletions} d
      where d.registry = ${name} and not exists (select from ${table} where ${key} = d.code)`)
    const left = new Set([...deleted.map(({ code }) => code), ...except])
    const isLeft = (input: Whole) => left.has(codeOf(input)) || left.has(parentOf(input) ?? '')
    for (let before = -1; before < left.size;) {
      before = left.size
      for (const input of inputs) if (isLeft(input)) left.add(codeOf(input))
    }
    return inputs.filter((input) => !isLeft(input))
  }

  /** Runs `work` in a transaction during which the registry has no other additions and edits. */
  exclusively = <Result>(db: Database, work: (db: Database) => Promise<Result>): Promise<Result> =>
    this.#inTurn(db, async (db) => {
      await this.#lockTree(db)
      return work(db)
    })

  /** Writes of one registry in this process wait for each other before they take a connection. */
  #inTurn = <Result>(db: Database, work: (db: Database) => Promise<Result>): Promise<Result> =>
    db.transaction(work, { turn: this.#own.list })

  /**
   * Serializes additions and edits. Two concurrent moves, each valid by itself, could put one party on both sides of an
   * agreement, or deadlock; two concurrent additions could be duplicates, or be assigned the same code. Taken before any
   * other lock, so that a waiting transaction blocks no other.
   */
  #lockTree = (db: Database) => db.query(sql`select pg_advisory_xact_lock(${this.#own.lock})`)

  /**
   * Locks an entry FOR UPDATE, which waits for the writes that hold it (FOR KEY SHARE) and makes later ones wait, and
   * reads it.
   * @throws Problem 404, or `stale` when the client has read another representation
   */
  async lock(db: Database, reference: string, ifMatch: string | undefined): Promise<Document> {
    const { table } = this.#own
    const [row] = await db.query<{ id: string }>(
      sql`select ${table.id} from ${table} where ${this.#named(reference)} for update`,
    )
    if (!row) return this.lock(db, await this.#mergedInto(db, reference), ifMatch)
    const document = await this.read(db, row.id)
    requireMatch(ifMatch, tagOf(document))
    return document
  }

  #named = (reference: string): SQL | undefined =>
    isUuid(reference)
      ? eq(this.#own.table.id, reference.toLowerCase())
      : this.#own.withCode(this.#own.inCase(reference))

  /** The id of the entry that a former id or code means. @throws Problem 404 */
  async #mergedInto(db: Database, reference: string): Promise<string> {
    const name = isUuid(reference) ? reference.toLowerCase() : this.#own.inCase(reference)
    const id = (await this.#formerNames(db, [name])).get(name)
    if (id === undefined) throw this.#notFound(reference)
    return id
  }

  /** Of these ids and codes, those of entries that were merged into others, with the id of the entry that each means now. */
  async #formerNames(db: Database, names: string[]): Promise<Map<string, string>> {
    const { former } = this.#own
    const found = former === undefined ? [] : await formerNamed(db, former, names)
    return new Map(found.map(({ name, id }) => [name, id]))
  }

  /** @throws Problem 409 when the code belongs to an entry that was merged into another one than `id` */
  async #refuseFormerCode(db: Database, id: string, code: string): Promise<void> {
    const other = (await this.#formerNames(db, [code])).get(code)
    if (other === undefined || other === id) return
    const { what, list, codeOf } = this.#own
    const staying = codeOf(await this.read(db, other))
    const message = `The ${what} \`${code}\` was merged into \`${staying}\`, and its code still means that one. Use that entry, or choose another code.`
    const conflictsWith = `/v1/${list}/${other}`
    throw new Problem('taken', message, [
      { pointer: '/code', code: 'taken', message, didYouMean: staying, conflictsWith },
    ])
  }

  #notFound = (reference: string): Problem =>
    new Problem('not_found', `There is no ${this.#own.what} \`${reference}\`.`)

  #cycle = (parent: Entry): Problem => {
    const { pointer, cycle } = this.#own.hierarchy!
    return broken(pointer, 'cycle', cycle(parent))
  }

  #parentNamed = (given: Added<Whole>): Named[] => {
    const { parentOf, hierarchy } = this.#own
    const reference = parentOf(given)
    return reference === null || !hierarchy ? [] : [{ reference, at: inBody(hierarchy.pointer) }]
  }

  /** Everything that an entry refers to: its parent, with the entries above, and its links. */
  async #lookUpNamed(
    db: Database,
    given: Added<Whole>,
  ): Promise<{ parent: Entry | null; above: Entry[]; entries: Entries<Entry> }> {
    const { named, parentOf } = this.#own
    const entries = await lookUpEntries<Entry>(db, this.#own, [...this.#parentNamed(given), ...(named?.(given) ?? [])])
    const parent = parentIn(entries, parentOf(given))
    return { parent, above: parent ? entries.above(parent) : [], entries }
  }

  async #parentInQuery(db: Database, reference: string): Promise<string> {
    const entries = await find<Entry>(db, this.#own, [{ reference, at: inQuery('parent') }], 'free')
    refuseMissing(entries.errors)
    return entries.get(reference).id
  }

  /** A free code. The lock on additions keeps it free. */
  async #freeCode(db: Database, given: Added<Whole>, parent: Entry | null): Promise<string> {
    const { table, likelyCode, rivals, former } = this.#own
    const wanted = likelyCode(given, parent)
    const near = (code: SQL | PgColumn) => sql`(${code} = ${wanted} or ${code} like ${`${wanted}-%`})`
    const formerToo = former && sql`union all select code from (${former}) former where ${near(sql`code`)}`
    const taken = await db.query<{ code: string }>(
      sql`select ${table.code} from ${table} where ${and(near(table.code), rivals?.(given))} ${formerToo}`,
    )
    return firstFree(
      wanted,
      taken.map(({ code }) => code),
    )
  }
}

/** @throws Problem 422 when an object in a body is not the entry that it names */
function refuseOtherwise<Entry extends Placed>(references: Compared['references'], entries: Entries<Entry>): void {
  const errors = referenceErrors(references, (reference) => entries.get(reference))
  if (errors.length > 0) throw ruleBroken(errors)
}

const parentIn = <Entry extends Placed>(entries: Entries<Entry>, reference: string | null): Entry | null =>
  reference === null ? null : entries.get(reference)
