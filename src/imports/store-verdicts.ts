import type { Database, Statement } from '../database/connect.ts'
import type { Note, Verdict } from './job.ts'
import { storableJson } from './storable-json.ts'

const verdictStatement: Statement = {
  name: 'store-verdicts',
  text: `update import_rows i set row_key = v."rowKey", verdict = v.verdict, agreement_id = v."agreementId",
      details = v.details, pending = v.pending
    from json_to_recordset($2::json) v
      (number int, "rowKey" text, verdict text, "agreementId" uuid, details json, pending json)
    where i.import_id = $1 and i.number = v.number`,
}

/** Stores what became of rows. */
export async function storeVerdicts(db: Database, importId: string, verdicts: Verdict[]): Promise<void> {
  if (verdicts.length > 0) await db.query(verdictStatement, [importId, storableJson(verdicts)])
}

/** How many of the rows that a note touches are named. */
const maxFirstRows = 10

const noteStatement: Statement = {
  name: 'store-import-notes',
  text: `insert into import_notes as n (import_id, kind, key, rows, first_rows, details)
    select $1, v.kind, v.key, v.rows, array(select json_array_elements_text(v."firstRows")::int), v.details
    from json_to_recordset($2::json) v (kind text, key text, rows int, "firstRows" json, details json)
    on conflict (import_id, kind, key) do update set rows = n.rows + excluded.rows,
      first_rows = (n.first_rows || excluded.first_rows)[1:${maxFirstRows}]`,
}

/** Adds up what is told once for all rows that it touches. */
export async function storeNotes(db: Database, importId: string, notes: Note[]): Promise<void> {
  if (notes.length === 0) return
  const all = new Map<string, { kind: string; key: string; rows: number; firstRows: number[]; details: object }>()
  for (const { kind, key, number, details } of notes) {
    const id = `${kind} ${key}`
    const one = all.get(id) ?? { kind, key, rows: 0, firstRows: [], details }
    one.rows += 1
    if (one.firstRows.length < maxFirstRows) one.firstRows.push(number)
    all.set(id, one)
  }
  const inOrder = [...all.values()].toSorted((a, b) => (`${a.kind} ${a.key}` < `${b.kind} ${b.key}` ? -1 : 1))
  await db.query(noteStatement, [importId, storableJson(inOrder)])
}
