import type { Database, Statement } from '../database/connect.ts'
import { ClaimedValues } from '../agreements/publication/conflicts.ts'
import { replacementOf } from '../agreements/publication/from-request.ts'
import { publishMany } from '../agreements/publication/many.ts'
import type { AgreementReplacement } from '../agreements/schemas.ts'
import { lockAndLoad } from './chunk.ts'
import { holdersOf } from './holders.ts'
import type { Job, Pass, PendingRelation, Verdict } from './job.ts'
import type { RowWarning } from './schemas.ts'
import { storableJson } from './storable-json.ts'

/** A row with relations to agreements that were not there when it was stored. */
interface PendingRow {
  number: number
  agreementId: string | null
  details: Verdict['details']
  pending: PendingRelation[]
}

const pendingStatement: Statement = {
  name: 'pending-relations',
  text: `select number, agreement_id as "agreementId", details, pending from import_rows
    where import_id = $1 and number > $2 and pending is not null order by number limit $3`,
}

const detailsStatement: Statement = {
  name: 'store-row-details',
  text: `update import_rows i set details = v.details, pending = null
    from json_to_recordset($2::json) v (number int, details json) where i.import_id = $1 and i.number = v.number`,
}

/**
 * Relates rows after `position` to agreements that are there now. What is still missing is a warning of the row.
 * @returns the number of the last row; null when there is none left
 */
export async function relateChunk(
  db: Database,
  job: Job,
  pass: Pass,
  position: number,
  size: number,
): Promise<number | null> {
  const rows = await db.query<PendingRow>(pendingStatement, [job.id, position, size])
  if (rows.length === 0) return null
  const found = await holdersOf(
    db,
    rows.flatMap(({ pending }) => pending.map(({ key }) => key)),
  )
  const isThere = (key: string) => found.has(key) || (pass.how !== 'storing' && pass.claimed.has(key))
  for (const { details, pending } of rows) {
    details.warnings.push(...pending.filter(({ key }) => !isThere(key)).map(missing))
  }
  if (pass.how === 'storing') await store(db, job, rows, found)
  await db.query(detailsStatement, [job.id, storableJson(rows.map(({ number, details }) => ({ number, details })))])
  return rows.at(-1)!.number
}

const missing = ({ kind, to, column }: PendingRelation): RowWarning => ({
  column,
  value: to,
  code: 'relation_missing',
  message: `There is no agreement \`${to}\`: the relation \`${kind}\` was left out.`,
})

async function store(db: Database, job: Job, rows: PendingRow[], found: Map<string, string>): Promise<void> {
  const relatedTo = (row: PendingRow) =>
    row.pending.flatMap(({ kind, key }) => {
      const agreement = found.get(key)
      return agreement === undefined || agreement === row.agreementId ? [] : [{ kind, agreement }]
    })
  const related = new Map<string, AgreementReplacement['relations']>()
  for (const row of rows) {
    const relations = relatedTo(row) as AgreementReplacement['relations']
    if (row.agreementId !== null && relations.length > 0)
      related.set(row.agreementId, [...(related.get(row.agreementId) ?? []), ...relations])
  }
  const loaded = await lockAndLoad(
    db,
    [...related.keys()],
    [...related.values()].flat().map(({ agreement }) => agreement),
  )
  const writes = [...loaded].map(([id, before]) => {
    const whole = replacementOf(before)
    const relations = [...whole.relations, ...related.get(id)!].filter(
      ({ kind, agreement }, i, all) => all.findIndex((one) => one.kind === kind && one.agreement === agreement) === i,
    )
    return { id, before, input: { ...whole, relations: relations.slice(0, 100) } }
  })
  await publishMany(db, job.author, writes, new ClaimedValues())
}
