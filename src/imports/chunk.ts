import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { ClaimedValues } from '../agreements/publication/conflicts.ts'
import { loadParts, type Parts, type Publication } from '../agreements/publication/aggregate.ts'
import { checkMany, publicationsOf, storeChecked, type Write } from '../agreements/publication/many.ts'
import type { Agreement, AgreementReplacement } from '../agreements/schemas.ts'
import type { Database, Statement } from '../database/connect.ts'
import { similarToMany, type SimilarTo } from '../similar/many.ts'
import { candidateOf, partiesNamed, rowErrors, rowWarnings, ruleErrors } from './candidates.ts'
import { createParties } from './create-parties.ts'
import { holdersOf, valueKeyOf } from './holders.ts'
import type { Job, Note, Pass, StoredRow, Verdict } from './job.ts'
import { contentHash, mapRow, type MappedRow } from './mapping/map-row.ts'
import { merged } from './merge.ts'
import { partyKeys } from './party-keys.ts'
import { isRepeat, skipRepeats } from './repeats.ts'
import { maxErrors } from '../problems/problems.ts'
import { cellsOfRow, nowhere, type Row, settle, shortKey } from './row.ts'
import { type NewOrigin, originsOf, storeOrigins } from './origins.ts'
import type { RowWarning } from './schemas.ts'

/** Rows are mapped this many at a time, with other requests in between; after one with more work, there is a turn at once. */
const [perTurn, workPerTurn] = [5, 200_000]

/** Rows as the file has them, being read; see `readRows`. */
export interface Chunk {
  stored: StoredRow[]
  /** Read ahead; undefined once they were worked on. */
  ahead: Promise<Row[]> | undefined
}

/** Begins to read what rows say, which needs no database. */
export function chunkOf(job: Job, stored: StoredRow[]): Chunk {
  const ahead = readRows(job, stored)
  // Thrown to who awaits them. Rows that were read ahead may not be needed.
  ahead.catch(() => {})
  return { stored, ahead }
}

/** A transaction that is repeated, such as after a deadlock, begins with the rows as they are read, and without what was rolled back. */
function rowsToWorkOn(job: Job, { matcher }: Pass, chunk: Chunk): Promise<Row[]> {
  const { ahead, stored } = chunk
  chunk.ahead = undefined
  if (ahead) return ahead
  matcher.forgetAll()
  return readRows(job, stored)
}

/**
 * Works on some rows: what each says, whether it was imported before, its parties, the rules of the register. With
 * `storing`, those without errors are stored. The number of queries does not depend on the number of rows.
 */
export async function workOnChunk(
  db: Database,
  job: Job,
  pass: Pass,
  chunk: Chunk,
): Promise<{ verdicts: Verdict[]; notes: Note[] }> {
  const rows = await rowsToWorkOn(job, pass, chunk)
  const open = () => rows.filter(({ settled }) => !settled)
  await skipRepeats(db, job, open())
  await compareWithBefore(
    db,
    job,
    open().filter(({ errors }) => errors.length === 0),
  )
  await findParties(db, job, pass, open())
  await findRelated(db, open())
  await write(db, job, pass, open())
  return { verdicts: rows.map((row) => verdictOf(row, pass)), notes: rows.flatMap(notesOf) }
}

async function readRows(job: Job, stored: StoredRow[]): Promise<Row[]> {
  const { format, prepared } = job
  const rows: Row[] = []
  for (const [i, { number, raw, errors }] of stored.entries()) {
    if (i % perTurn === 0) await setImmediate()
    const isItem = format === 'json' || format === 'ndjson'
    const cells = cellsOfRow(job, raw)
    const mapped = mapRow(prepared, { cells, errors: errors ?? [] })
    if (mapped.work > workPerTurn) await setImmediate()
    const row: Row = {
      number,
      raw,
      mapped,
      key: shortKey(mapped.rowKey),
      hash: contentHash(cells),
      verdict: mapped.skipped === null ? null : 'skipped',
      reason: mapped.skipped,
      agreementId: null,
      errors: [],
      warnings: rowWarnings(mapped.warnings),
      unmatched: [],
      added: [],
      isUnreadable: (errors ?? []).length > 0,
      rest: undefined,
      settled: mapped.skipped !== null,
      pending: [],
      similar: [],
    }
    rows.push(row)
    if (isItem && typeof raw === 'string') refuseUnread(row, raw, errors ?? [])
  }
  return rows
}

/** An item that is no object has no cells: only why is told, and its text is all that it is known by. */
function refuseUnread(row: Row, raw: string, errors: NonNullable<StoredRow['errors']>): void {
  row.key = row.hash = createHash('sha256').update(raw).digest('hex')
  row.warnings = []
  row.errors = errors.map(({ code, message }) => ({ ...nowhere, code, message, wouldDo: 'A JSON object.' }))
  settle(row, 'refused')
}

const inputOf = ({ rest, isUnreadable }: Row): AgreementReplacement | undefined =>
  isUnreadable ? undefined : rest?.input

/** What was imported before is unchanged, or the agreement that is updated. */
async function compareWithBefore(db: Database, { collectionId, mode, mappingHash }: Job, rows: Row[]): Promise<void> {
  const origins = await originsOf(
    db,
    collectionId,
    rows.map(({ key }) => key),
  )
  for (const row of rows) {
    const origin = origins.get(row.key)
    if (!origin) continue
    row.agreementId = origin.agreementId
    const isSame = origin.rowHash === row.hash
    if (origin.deleted && isSame) {
      settle(row, 'unchanged', 'It was imported before, and its agreement was deleted since.')
    } else if (isSame && (mode === 'create' || origin.mappingHash === mappingHash)) {
      settle(row, 'unchanged', 'It was imported before.')
    } else if (origin.deleted) {
      const message = `The agreement of this row, ${origin.agreementId}, was deleted.`
      row.errors.push({
        ...nowhere,
        code: 'deleted',
        message,
        wouldDo: 'Restore the agreement, or leave the row out.',
      })
    } else if (mode === 'create') {
      const message = `Agreement ${origin.agreementId} was made of an earlier version of this row.`
      row.errors.push({ ...nowhere, code: 'differs', message, wouldDo: '`mode=upsert` updates it.' })
    }
  }
}

async function findParties(db: Database, job: Job, pass: Pass, rows: Row[]): Promise<void> {
  const { matcher } = pass
  await matcher.lookUp(
    db,
    rows.flatMap(({ mapped }) => partiesNamed(mapped)),
  )
  const read = (row: Row) => candidateOf(row.mapped, matcher.of, job)
  const isCreating = job.unknownParties === 'create'
  if (isCreating) {
    const unknown = rows.flatMap((row) => {
      const { errors, unmatched } = read(row)
      const isFaulty = row.errors.length > 0 || errors.some(({ code }) => code !== 'unknown_party')
      return isFaulty ? [] : unmatched.map(({ party }) => party)
    })
    if (unknown.length > 0) {
      for (const name of await createParties(db, job.author, unknown)) pass.added.set(partyKeys(name)[0]!, name)
      matcher.forgetUnknown()
      await matcher.lookUp(
        db,
        rows.flatMap(({ mapped }) => partiesNamed(mapped)),
      )
    }
  }
  for (const [i, row] of rows.entries()) {
    if (i % perTurn === 0) await setImmediate()
    const { errors, unmatched, rest } = read(row)
    const others = errors.filter(({ code }) => code !== 'unknown_party')
    // A party that would be created is no error.
    const isCreated = isCreating && row.errors.length + others.length > 0
    row.unmatched = isCreated ? unmatched.filter(({ problem }) => problem !== 'unknown') : unmatched
    row.errors.push(...(isCreated ? others : errors))
    row.rest = rest
    row.added = pass.added.size === 0 ? [] : addedIn(row, pass)
  }
}

const addedIn = ({ mapped }: Row, { added }: Pass): string[] => [
  ...new Set(partiesNamed(mapped).flatMap((name) => added.get(partyKeys(name)[0]!) ?? [])),
]

/** Relations to agreements that are there already; the others wait for the second pass. */
async function findRelated(db: Database, rows: Row[]): Promise<void> {
  const keyOf = ({ to, scheme }: MappedRow['relations'][number]) => valueKeyOf(to, scheme)
  const found = await holdersOf(
    db,
    rows.flatMap(({ mapped }) => mapped.relations.map(keyOf)),
  )
  for (const row of rows) {
    for (const relation of row.mapped.relations) {
      const { kind, to, scheme, column } = relation
      const key = keyOf(relation)
      const id = found.get(key)
      if (id === undefined) row.pending.push({ kind, to: scheme === undefined ? to : `${scheme}:${to}`, key, column })
      else inputOf(row)?.relations.push({ kind, agreement: id })
    }
  }
}

async function write(db: Database, job: Job, pass: Pass, rows: Row[]): Promise<void> {
  if (job.mode === 'upsert') await findUpdated(db, pass, rows)
  const open = rows.filter((row) => inputOf(row))
  const updated = await lockAndLoad(
    db,
    open.flatMap(({ agreementId }) => agreementId ?? []),
    pass.how === 'storing' ? open.flatMap((row) => inputOf(row)!.relations.map(({ agreement }) => agreement)) : [],
  )
  const writes = open.map((row): Write => {
    const before = row.agreementId === null ? undefined : updated.get(row.agreementId)
    const [input, isFaulty] = [inputOf(row)!, row.errors.length > 0]
    if (!before) return { id: pass.newIdOf(job, row.number), input, isFaulty }
    const whole = merged(before, input, row.mapped, job.prepared.mapping)
    const relations = [...whole.relations, ...input.relations].filter(
      ({ kind, agreement }, i, all) =>
        agreement !== before.agreement.id &&
        all.findIndex((one) => one.kind === kind && one.agreement === agreement) === i,
    )
    return { id: before.agreement.id, input: { ...whole, relations }, before, isFaulty }
  })
  const all = await checkMany(db, writes, pass.how === 'storing' ? new ClaimedValues() : pass.claimed)
  const publish = { checking: () => [], trying: publicationsOf, storing: storeChecked }[pass.how]
  const publications = await publish(db, all, job.author)
  const origins = all.checked.flatMap((one, i): NewOrigin[] => {
    const { key, number, hash } = open[i]!
    return 'errors' in one ? [] : [{ rowKey: key, agreementId: writes[i]!.id, number, rowHash: hash }]
  })
  const [similar] = await Promise.all([
    similarToNew(db, job, publications),
    pass.how === 'storing' && storeOrigins(db, job, origins),
  ])
  for (const [i, one] of all.checked.entries()) {
    const row = open[i]!
    if ('errors' in one) {
      row.agreementId = one.errors.find(({ conflictsWith }) => conflictsWith) ? null : row.agreementId
      row.errors.push(...ruleErrors(withoutRepeats(row, one.errors), row.mapped, row.rest!))
      continue
    }
    const { id, before } = writes[i]!
    if (before || pass.how === 'storing') row.agreementId = id
    settle(row, one.isUnchanged ? 'unchanged' : before ? 'updated' : 'created')
    row.warnings.push(...warningsOf(publications[i], row.mapped))
    row.similar = similar.get(id) ?? []
  }
  for (const row of rows) if (row.errors.length > 0) settle(row, 'refused')
}

/** The agreements of other collections that are probably the same as new ones, by the ids of these. */
async function similarToNew(
  db: Database,
  { collectionId }: Job,
  publications: (Publication | undefined)[],
): Promise<Map<string, SimilarTo[]>> {
  const made = publications.flatMap((one) => (one && !one.before ? [one] : []))
  const similar = await similarToMany(db, collectionId, made)
  return new Map(made.map(({ after }, i) => [after.agreement.id, similar[i]!]))
}

/** Of a row that repeats another, or whose values are those of several agreements, each value would be an error again. */
const withoutRepeats = <Error extends { code: string }>(row: Row, found: Error[]): Error[] =>
  isRepeat(row) || row.errors.some(({ code }) => code === 'several_agreements')
    ? found.filter(({ code }) => code !== 'taken')
    : found

/** The agreements that rows update because they have their reference or an identifier. */
async function findUpdated(db: Database, { updatedBy }: Pass, rows: Row[]): Promise<void> {
  const keysOf = (row: Row): string[] => {
    const input = inputOf(row)
    if (row.agreementId !== null || !input || isRepeat(row)) return []
    return [
      ...(input.reference === null ? [] : [valueKeyOf(input.reference)]),
      ...input.identifiers.map(({ scheme, value }) => valueKeyOf(value, scheme)),
    ]
  }
  const holders = await holdersOf(db, rows.flatMap(keysOf))
  for (const row of rows) {
    const found = [...new Set(keysOf(row).flatMap((key) => holders.get(key) ?? []))]
    if (found.length > 1) {
      const message = `Its reference and identifiers are those of ${found.length} agreements: ${found.join(', ')}.`
      row.errors.push({ ...nowhere, code: 'several_agreements', message, wouldDo: 'Values of one agreement only.' })
      continue
    }
    row.agreementId ??= found[0] ?? null
    const other = row.agreementId === null ? undefined : updatedBy.get(row.agreementId)
    if (other !== undefined && other !== row.number) {
      const message = `Row ${other} updates the same agreement, ${row.agreementId}.`
      row.errors.push({ ...nowhere, code: 'same_agreement', message, wouldDo: 'One row for each agreement.' })
    } else if (row.agreementId !== null && row.errors.length === 0) updatedBy.set(row.agreementId, row.number)
  }
}

const lockStatement: Statement = {
  name: 'lock-agreements',
  text: 'select id from agreements where id = any($1::uuid[]) and deleted_at is null order by id for no key update',
}

/**
 * Locks agreements and reads their parts, by id.
 * @param others the ids of agreements to which they will have relations; these are only locked
 */
export async function lockAndLoad(db: Database, ids: string[], others: string[]): Promise<Map<string, Parts>> {
  const named = [...new Set([...ids, ...others])]
  if (named.length === 0) return new Map()
  const loaded = new Set(ids)
  const locked = await db.query<{ id: string }>(lockStatement, [named])
  let left = locked.flatMap(({ id }) => (loaded.has(id) ? [id] : []))
  const all = new Map<string, Parts>()
  while (left.length > 0) {
    for (const parts of await loadParts(db, left)) all.set(parts.agreement.id, parts)
    left = left.filter((id) => !all.has(id))
  }
  return all
}

function warningsOf(publication: Publication | undefined, mapped: MappedRow): RowWarning[] {
  if (!publication || publication.after.listing.every(({ warnings }) => warnings.length === 0)) return []
  const { warnings } = JSON.parse(publication.document) as Agreement
  return rowErrors(warnings, mapped).map(({ wouldDo: _, ...warning }) => warning)
}

function verdictOf(row: Row, { how }: Pass): Verdict {
  const { number, key, mapped, reason, warnings, agreementId, pending, similar } = row
  const errors = [...new Map(row.errors.map((error) => [JSON.stringify(error), error])).values()].slice(0, maxErrors)
  const isOpen = how === 'checking' && row.verdict !== null && !['refused', 'skipped'].includes(row.verdict)
  return {
    number,
    rowKey: mapped.skipped === null ? key : null,
    verdict: isOpen ? null : row.verdict,
    agreementId,
    details: { reason, errors, warnings, ...(similar.length > 0 && { similar }) },
    pending: row.verdict === 'refused' || pending.length === 0 ? null : pending,
  }
}

function notesOf({ number, mapped, unmatched, added, similar }: Row): Note[] {
  const parties = new Map(unmatched.map((details) => [details.party, details]))
  const others = new Map(mapped.elsewhere.map((details) => [`${details.table}\n${details.value}`, details]))
  return [
    ...[...parties].map(([key, details]) => ({ kind: 'party' as const, key, number, details })),
    ...added.map((party) => ({ kind: 'added' as const, key: party, number, details: { party } })),
    ...mapped.leftOver.map((column) => ({ kind: 'column' as const, key: column, number, details: { column } })),
    ...[...others].map(([key, details]) => ({ kind: 'value' as const, key, number, details })),
    ...(similar.length > 0 ? [{ kind: 'similar' as const, key: '', number, details: {} }] : []),
  ].map((note) => ({ ...note, key: shortKey(note.key) }))
}
