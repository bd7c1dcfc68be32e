import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { keyIn } from '../config/client.ts'
import type { Import, ImportCounts } from '../imports/schemas.ts'
import type { Suggestion } from '../imports/suggest/suggest.ts'
import { importModes, unknownPartyRules } from '../imports/tables.ts'
import { bytesIn, saysHowToRead, textIn, withTables } from './import-mapping.ts'

const usage = `npm run import -- FILE [--mapping M.json | --mapping NAME] [--dry-run] [--not-atomic]
  [--mode create|upsert] [--unknown-parties refuse|create] [--collection CODE] [--partial]
  [--encoding windows-1252] [--separator ";"] [--sheet NAME] [--header-row 3] [--table NAME=FILE.csv]
  [--server http://127.0.0.1:3000] [--refused FILE.csv]

Imports a CSV, TSV, NDJSON, JSON or XLSX file into a running server. The key is read from the variable ENTENTE_KEY.
Without --mapping, the one in FILE.mapping.json is used; if there is none, one is proposed, written there and used.
--partial: the file has only some rows of its collection. --table: a second file that the mapping names.`

const options = {
  mapping: { type: 'string' },
  'dry-run': { type: 'boolean' },
  mode: { type: 'string' },
  'not-atomic': { type: 'boolean' },
  'unknown-parties': { type: 'string' },
  collection: { type: 'string' },
  partial: { type: 'boolean' },
  encoding: { type: 'string' },
  separator: { type: 'string' },
  sheet: { type: 'string' },
  'header-row': { type: 'string' },
  table: { type: 'string', multiple: true },
  server: { type: 'string' },
  refused: { type: 'string' },
  help: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

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
    this.#server = new URL(server.endsWith('/') ? server : `${server}/`)
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
  check(values)
  const client = new Client(values.server ?? 'http://127.0.0.1:3000', key)
  const bytes = await bytesIn(file)
  const form = (fields: Record<string, string | undefined>): FormData => {
    const data = new FormData()
    const reading = { encoding: values.encoding, separator: values.separator, sheet: values.sheet }
    const all = { ...fields, ...reading, headerRow: values['header-row'] }
    for (const [name, value] of Object.entries(all)) if (value !== undefined) data.append(name, value)
    data.append('file', new Blob([new Uint8Array(bytes)]), basename(file))
    return data
  }
  const mapping = await mappingFor(client, file, values, form)
  const sent = form({
    mapping: mapping.text,
    mode: values.mode,
    atomic: values['not-atomic'] ? 'false' : undefined,
    dryRun: values['dry-run'] ? 'true' : undefined,
    unknownParties: values['unknown-parties'],
    collection: values.collection,
    partial: values.partial ? 'true' : undefined,
  })
  const answer = await client.ask('v1/imports', sent, [422])
  const address = answer.headers.get('location')
  if (address === null) throw new Error(((await answer.json()) as Problem).detail)
  const ended = await followed(client, address)
  process.stdout.write(summaryOf(ended))
  if (ended.counts.refused > 0) {
    const path = values.refused ?? unused(`${file}.refused`, '.csv')
    await writeRefused(client, address, path)
    process.stderr.write(nextStep(ended, { file, path, mapping, values }))
  }
  process.exitCode = ended.status === 'done' && ended.counts.refused < ended.rows ? 0 : 1
}

/** @throws when a value cannot be right, before anything is proposed or written */
function check({ mode, refused, ...values }: Values): void {
  const refuse = (name: string, value: string | undefined, allowed: readonly string[]) => {
    if (value === undefined || allowed.includes(value)) return
    throw new Error(`--${name} must be ${allowed.join(' or ')}.`)
  }
  refuse('mode', mode, importModes)
  refuse('unknown-parties', values['unknown-parties'], unknownPartyRules)
  if (refused !== undefined && existsSync(refused))
    throw new Error(`${refused} exists already. Give another --refused.`)
}

/** A path that no file has: `list.csv`, otherwise `list-2.csv`. */
function unused(start: string, end: string): string {
  for (let n = 1; ; n += 1) {
    const path = `${start}${n === 1 ? '' : `-${n}`}${end}`
    if (!existsSync(path)) return path
  }
}

interface ChosenMapping {
  text: string
  /** Its file, or the name under which it is kept. */
  name: string
}

/** The mapping that is named, or the one beside the file, which is proposed when it is not there. */
async function mappingFor(
  client: Client,
  file: string,
  { mapping, table = [] }: Values,
  form: (fields: Record<string, string>) => FormData,
): Promise<ChosenMapping> {
  const path = mapping ?? `${file}.mapping.json`
  const isFile = path.endsWith('.json')
  if (mapping === undefined && existsSync(path)) {
    process.stderr.write(`The mapping in ${path} is used. Delete that file to have one proposed.\n`)
  } else if (mapping === undefined) await propose(client, path, form({}))
  if (!isFile && table.length === 0) return { text: path, name: path }
  const text = isFile ? await textIn(path) : await kept(client, path)
  return { text: await withTables(text, table), name: path }
}

async function kept(client: Client, name: string): Promise<string> {
  const answer = await client.ask(`v1/mappings/${encodeURIComponent(name)}`)
  return JSON.stringify(((await answer.json()) as { mapping: object }).mapping)
}

async function propose(client: Client, path: string, form: FormData): Promise<void> {
  const answer = await client.ask('v1/imports/suggest', form)
  const { mapping, notes } = (await answer.json()) as Suggestion
  await writeFile(path, `${JSON.stringify(mapping, null, 2)}\n`, { flag: 'wx' })
  const lines = notes.map((note) => `  ${note}`).join('\n')
  process.stderr.write(`A mapping was proposed, and written to ${path}.\n${lines}${lines ? '\n' : ''}`)
}

const quoted = (word: string): string => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** The command that imports what was mended. Where nothing was stored, that is the whole file. */
function nextStep(
  { status, dryRun, collection }: Import,
  { file, path, mapping, values }: { file: string; path: string; mapping: ChosenMapping; values: Values },
): string {
  const isWhole = dryRun || status !== 'done'
  const { 'dry-run': _, refused: __, partial, collection: named, ...others } = values
  const { encoding, separator, sheet, 'header-row': headerRow, ...rest } = others
  const asCsv = saysHowToRead(mapping.text) ? { encoding: 'utf-8', separator: ',', 'header-row': '1' } : {}
  const reading = isWhole ? { encoding, separator, sheet, 'header-row': headerRow, partial } : asCsv
  const code = isWhole ? named : collection?.code
  const words = Object.entries({ ...rest, mapping: mapping.name, collection: code, ...reading }).flatMap(
    ([name, value]) =>
      value === undefined || value === false
        ? []
        : value === true
          ? [`--${name}`]
          : [value].flat().flatMap((one) => [`--${name}`, one]),
  )
  const what = isWhole
    ? `Nothing was stored: mend these rows in ${file}, then import it:`
    : 'Mend them, then import that file:'
  const command = ['npm run import --', ...[isWhole ? file : path, ...words].map(quoted)].join(' ')
  return `The refused rows, with the reasons, are in ${path}. ${what}\n  ${command}\n`
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
  addedParties,
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
    `${dryRun ? 'Nothing was stored: this was a dry run.' : collection ? `Collection: ${collection.code}` : 'Nothing was stored.'} (${status})`,
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
    ...addedParties.slice(0, 20).map(({ party, rows }) => {
      const verb = dryRun ? 'a signatory would be added' : 'a signatory was added'
      return `${verb} for ${rows} ${rows === 1 ? 'row' : 'rows'}: «${party}»`
    }),
    ...unusedColumns.map(({ column, rows }) => `no rule uses the column «${column}», filled in ${rows} rows`),
  ]
  return `${lines.join('\n')}\n`
}

async function writeRefused(client: Client, address: string, path: string): Promise<void> {
  const answer = await client.ask(`${address}/rows?verdict=refused&format=csv`)
  await writeFile(path, Buffer.from(await answer.arrayBuffer()))
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
