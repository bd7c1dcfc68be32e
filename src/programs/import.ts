import { openAsBlob } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { keyIn } from '../config/client.ts'
import type { Import, ImportCounts } from '../imports/schemas.ts'
import type { Suggestion } from '../imports/suggest/suggest.ts'

const usage = `npm run import -- FILE [--mapping M.json | --mapping NAME] [--dry-run]
  [--mode create|upsert] [--not-atomic] [--unknown-parties refuse|create] [--collection CODE]
  [--server http://127.0.0.1:3000] [--refused FILE.csv]

Imports a CSV, TSV, NDJSON, JSON or XLSX file into a running server. The key is read from the variable ENTENTE_KEY.
Without --mapping, one is proposed from the file, written beside it and used.`

const options = {
  mapping: { type: 'string' },
  'dry-run': { type: 'boolean' },
  mode: { type: 'string' },
  'not-atomic': { type: 'boolean' },
  'unknown-parties': { type: 'string' },
  collection: { type: 'string' },
  server: { type: 'string' },
  refused: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** What a server says that refuses a request. */
interface Problem {
  detail: string
  errors?: { pointer?: string; parameter?: string; message: string }[]
}

/** Sends requests to a server. */
class Client {
  readonly #server: URL
  readonly #key: string

  constructor(server: string, key: string) {
    this.#server = new URL(server.replace(/\/*$/, '/'))
    this.#key = key
  }

  /**
   * @param address relative to that of the server, or as the server gave it
   * @throws with what the server says, unless the status is one of `expected`
   */
  async ask(address: string, body?: FormData, expected: number[] = []): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#key}` }
    const answer = await fetch(
      new URL(address, this.#server),
      body ? { method: 'POST', headers, body } : { headers },
    ).catch((error: Error) => {
      throw new Error(
        `${this.#server.href} does not answer: ${error.cause instanceof Error ? error.cause.message : error.message}`,
      )
    })
    if (answer.ok || expected.includes(answer.status)) return answer
    const { detail = answer.statusText, errors = [] } = (await answer.json().catch(() => ({}))) as Partial<Problem>
    const lines = errors.map(({ pointer, parameter, message }) => `  ${pointer ?? parameter ?? ''}: ${message}`)
    throw new Error([detail, ...lines].join('\n'))
  }
}

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [file] = positionals
  if (values.help || file === undefined) throw new Error(usage)
  const key = keyIn(process.env)
  if (!key) throw new Error('ENTENTE_KEY must be set to a key with the role editor: `npm run key -- create …`.')
  const client = new Client(values.server ?? 'http://127.0.0.1:3000', key)
  const form = async (fields: Record<string, string | undefined>): Promise<FormData> => {
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) data.append(name, value)
    data.append('file', await openAsBlob(file), basename(file))
    return data
  }
  const mapping =
    values.mapping === undefined ? await proposed(client, file, await form({})) : await given(values.mapping)
  const sent = await form({
    mapping,
    mode: values.mode,
    atomic: values['not-atomic'] ? 'false' : undefined,
    dryRun: values['dry-run'] ? 'true' : undefined,
    unknownParties: values['unknown-parties'],
    collection: values.collection,
  })
  const answer = await client.ask('v1/imports', sent, [422])
  const address = answer.headers.get('location')
  if (address === null) throw new Error(((await answer.json()) as Problem).detail)
  const ended = await followed(client, address)
  process.stdout.write(summaryOf(ended))
  if (ended.counts.refused > 0) await writeRefused(client, address, values.refused ?? `${file}.refused.csv`)
  process.exitCode = ended.status === 'done' ? 0 : 1
}

/** The mapping in a file, or the name under which one is kept. */
const given = async (mapping: string): Promise<string> =>
  mapping.endsWith('.json') ? await readFile(mapping, 'utf8') : mapping

async function proposed(client: Client, file: string, form: FormData): Promise<string> {
  const answer = await client.ask('v1/imports/suggest', form)
  const { mapping, notes } = (await answer.json()) as Suggestion
  const text = `${JSON.stringify(mapping, null, 2)}\n`
  const path = `${file}.mapping.json`
  await writeFile(path, text)
  const lines = notes.map((note) => `  ${note}`).join('\n')
  process.stderr.write(`A mapping was proposed, and written to ${path}.\n${lines}${lines ? '\n' : ''}`)
  return text
}

/** Waits until an import has ended, and shows its progress on a terminal. */
async function followed(client: Client, address: string): Promise<Import> {
  for (;;) {
    const now = (await (await client.ask(address)).json()) as Import
    const hasEnded = now.status !== 'queued' && now.status !== 'running'
    if (process.stderr.isTTY) process.stderr.write(`\r${barOf(now)}${hasEnded ? '\n' : ''}`)
    if (hasEnded) return now
    await setTimeout(500)
  }
}

const barLength = 30

function barOf({ phase, processed, rows, status }: Import): string {
  const isOver = status !== 'queued' && status !== 'running'
  const part = isOver ? 1 : rows === 0 ? 0 : processed / rows
  const full = Math.round(part * barLength)
  const bar = '#'.repeat(full) + '.'.repeat(barLength - full)
  return `[${bar}] ${String(Math.floor(part * 100)).padStart(3)}% ${(isOver ? status : (phase ?? status)).padEnd(9)}`
}

const verdicts = ['created', 'updated', 'unchanged', 'refused', 'skipped'] as const satisfies (keyof ImportCounts)[]

/** A table of the verdicts, and what concerns many rows. */
function summaryOf({
  counts,
  rows,
  status,
  dryRun,
  failure,
  unmatchedParties,
  unusedColumns,
  gone,
  similarRows,
  collection,
}: Import): string {
  const width = String(rows).length
  const lines = [
    ...verdicts.map((verdict) => `${verdict.padEnd(10)} ${String(counts[verdict]).padStart(width)}`),
    `${'rows'.padEnd(10)} ${rows}`,
    '',
    `${dryRun ? 'Nothing was stored: this was a dry run.' : `Collection: ${collection.code}`} (${status})`,
    ...(failure ? [failure.message] : []),
    ...(gone > 0 ? [`${gone} rows of earlier imports are not in this file. They were left as they are.`] : []),
    ...(similarRows > 0
      ? [
          `${similarRows} ${similarRows === 1 ? 'row is' : 'rows are'} probably in the register already: \`similar\` of the row names the agreement.`,
        ]
      : []),
    ...unmatchedParties.slice(0, 20).map(({ party, problem, rows, candidates }) => {
      const nearest = candidates.length > 0 ? `: ${candidates.join(', ')}` : ''
      return `${problem} party in ${rows} ${rows === 1 ? 'row' : 'rows'}: «${party}»${nearest}`
    }),
    ...unusedColumns.map(({ column, rows }) => `no rule uses the column «${column}», filled in ${rows} rows`),
  ]
  return `${lines.join('\n')}\n`
}

async function writeRefused(client: Client, address: string, path: string): Promise<void> {
  const answer = await client.ask(`${address}/rows?verdict=refused&format=csv`)
  await writeFile(path, Buffer.from(await answer.arrayBuffer()))
  process.stderr.write(`The refused rows, with the reasons, are in ${path}. Mend them and import that file.\n`)
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
