import type { Database, Statement } from '../database/connect.ts'
import type { Job } from './job.ts'
import { contentHash } from './mapping/map-row.ts'
import { cellsOfRow, nowhere, type Row, settle } from './row.ts'

const earlierRows: Statement = {
  name: 'earlier-import-rows',
  text: `select distinct on (row_key) row_key as key, number, raw::text as raw from import_rows
    where import_id = $1 and number < $2 and row_key = any($3::text[]) order by row_key, number`,
}

/** What a row says, however it writes that: the order of its fields and blank ones do not count, cells beyond the last column do. */
function contentOf(job: Job, raw: unknown): string {
  const beyond = Array.isArray(raw) ? (raw as string[]).slice(job.columns.length) : []
  return [contentHash(cellsOfRow(job, raw)), ...beyond].join('\n').trimEnd()
}

/** A row with the key of an earlier one of the file is skipped if it is the same, otherwise an error. */
export async function skipRepeats(db: Database, job: Job, rows: Row[]): Promise<void> {
  if (rows.length === 0) return
  const values = [job.id, rows[0]!.number, rows.map(({ key }) => key)]
  const found = await db.query<{ key: string; number: number; raw: string }>(earlierRows, values)
  const first = new Map(
    found.map(({ key, number, raw }) => [key, { number, content: contentOf(job, JSON.parse(raw)) }]),
  )
  for (const row of rows) {
    const earlier = first.get(row.key)
    if (!earlier) {
      first.set(row.key, { number: row.number, content: contentOf(job, row.raw) })
      continue
    }
    if (earlier.content === contentOf(job, row.raw)) {
      settle(row, 'skipped', `Repeat of row ${earlier.number}.`)
      continue
    }
    const message = `Rows ${earlier.number} and ${row.number} have the same key, but not the same content.`
    const wouldDo = 'A key of its own for each row (`rowKey`), or only one of these rows.'
    row.errors.push({ ...nowhere, value: row.key, code: 'repeat_differs', message, wouldDo })
  }
}

export const isRepeat = ({ errors }: Row): boolean => errors.some(({ code }) => code === 'repeat_differs')
