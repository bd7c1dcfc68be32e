/** Work that one request does as a whole: an import and an export. */
import { setTimeout } from 'node:timers/promises'
import { authHeader } from '../../test/support/keys.ts'
import { importFile } from '../workloads/import-file.ts'
import { importPath } from '../workloads/writes.ts'

const csv = { ...authHeader('editor'), 'content-type': 'text/csv' }

/** Imports a file. @returns rows a second, from the request to the last row */
export async function timeImport(origin: string, rows: number, key: string): Promise<number> {
  const file = importFile(rows, key)
  const start = performance.now()
  const answer = await fetch(`${origin}${importPath}`, { method: 'POST', headers: csv, body: file })
  const made = (await answer.json()) as { id: string }
  if (answer.status >= 300) throw new Error(JSON.stringify(made))
  for (;;) {
    const now = await fetch(`${origin}/v1/imports/${made.id}`, { headers: csv })
    const { status, counts } = (await now.json()) as { status: string; counts: { created: number } }
    if (status === 'done' && counts.created === rows) return (1000 * rows) / (performance.now() - start)
    if (status === 'done' || status === 'failed') throw new Error(`${counts.created} of ${rows} rows were created.`)
    await setTimeout(20)
  }
}

/** The same by the bare server. */
export async function timeBareImport(origin: string, rows: number, key: string): Promise<number> {
  const start = performance.now()
  const answer = await fetch(`${origin}/import`, { method: 'POST', body: importFile(rows, key) })
  if (answer.status !== 201) throw new Error(await answer.text())
  return (1000 * rows) / (performance.now() - start)
}

/** Reads an export to its end. @returns agreements a second */
export async function timeExport(address: string): Promise<number> {
  const start = performance.now()
  const answer = await fetch(address)
  let rows = 0
  for await (const piece of answer.body!) {
    const bytes = piece as Uint8Array
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) rows += 1
  }
  if (answer.status !== 200 || rows === 0) throw new Error(`${address}: status ${answer.status}, ${rows} rows`)
  return (1000 * rows) / (performance.now() - start)
}
