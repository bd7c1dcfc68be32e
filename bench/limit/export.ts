import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type pg from 'pg'

const next = `select id, document from agreements where id > $1 and deleted_at is null order by id limit 500`

/** Sends all documents, one a line, in the order of ids. */
export async function sendExport(pool: pg.Pool, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const { rows } = await pool.query<{ id: string; document: string }>({ name: 'export', text: next, values: [after] })
    if (rows.length === 0) break
    if (!response.write(`${rows.map(({ document }) => document).join('\n')}\n`)) await once(response, 'drain')
    after = rows.at(-1)!.id
  }
  response.end()
}
