import { parseArgs } from 'node:util'
import type { z } from 'zod'
import type { Database } from '../database/connect.ts'
import { createFirstKey, createKey, listKeys, revokeKey, rotateKey } from '../auth/keys/queries.ts'
import { type Key, KeyQuery, KeyReplacement, type KeyWithSecret, NewKey } from '../auth/keys/schemas.ts'
import { prepare } from './prepare.ts'
import { invalid } from '../problems/from-zod.ts'
import { runProgram } from './run-program.ts'

const usage = `npm run key -- create --role reader|editor|admin --name "…" [--expires 2030-01-31]
npm run key -- list [--state live|expired|revoked]
npm run key -- rotate KEY [--overlap HOURS] [--expires …]
npm run key -- revoke KEY

KEY is the id of a key, or its public part: ent_PUBLIC_…`

/** The actor of all changes: anyone who can run this program has access to the database. */
const actor = 'operator'

const options = {
  role: { type: 'string' },
  name: { type: 'string' },
  expires: { type: 'string' },
  overlap: { type: 'string' },
  state: { type: 'string' },
} as const

/** Runs the command. Output for other programs goes to standard output, messages to standard error. */
async function run(db: Database, args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [command, reference] = positionals
  const expiresAt = values.expires === undefined ? null : values.expires.replace(/^[-\d]{10}$/, '$&T00:00:00Z')
  if (command === 'create') {
    const input = read(NewKey, { role: values.role, name: values.name, expiresAt })
    printKey(await createKey(db, input, actor))
  } else if (command === 'list') {
    const query = read(KeyQuery, { state: values.state, limit: '200' })
    const { rows } = await listKeys(db, query)
    for (const { document } of rows) process.stdout.write(lineOf(JSON.parse(document) as Key))
  } else if (command === 'rotate' && reference) {
    const overlap = values.overlap === undefined ? {} : { overlapHours: Number(values.overlap) }
    printKey(await rotateKey(db, reference, read(KeyReplacement, { ...overlap, expiresAt }), actor))
  } else if (command === 'revoke' && reference) {
    await revokeKey(db, reference, actor)
    process.stderr.write('The key was revoked.\n')
  } else throw new Error(usage)
}

/** @throws Problem when `input` does not match `schema` */
function read<Schema extends z.ZodType>(schema: Schema, input: object): z.infer<Schema> {
  const { data, error } = schema.safeParse(input, { reportInput: true })
  if (error) throw invalid(error, schema, 'body')
  return data
}

function printKey({ key, name, role }: KeyWithSecret): void {
  process.stderr.write(`The key of «${printable(name)}», with the role ${role}. Store it: it is shown only once.\n`)
  process.stdout.write(`${key}\n`)
}

/** A name without control characters, which could forge a line in the terminal. */
const printable = (name: string): string => name.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')

function lineOf({ publicId, role, name, expiresAt, lastUsedAt, revokedAt }: Key): string {
  const end = revokedAt ? `revoked ${revokedAt}` : expiresAt ? `ends ${expiresAt}` : 'no end'
  return `${[publicId, role, end, `used ${lastUsedAt ?? 'never'}`, printable(name)].join('\t')}\n`
}

/**
 * Creates the first key of a register, with the role admin, and prints it to standard error, not to the log, which may be
 * stored. Does nothing when there was ever a key.
 * @param docs the address of Swagger UI
 */
export async function printFirstKey(db: Database, docs: string): Promise<void> {
  const key = await createFirstKey(db, { name: 'First admin', role: 'admin', expiresAt: null }, actor)
  if (key === undefined) return
  process.stderr.write(
    `\nThe first key of this register, with the role admin. Store it: it is shown only once.\n\n  ${key}\n\n` +
      `Enter it under Authorize at ${docs}. To create another: npm run key -- create --role editor --name "…"\n\n`,
  )
}

await runProgram(
  import.meta.url,
  async (db) => {
    await prepare(db)
    await run(db, process.argv.slice(2))
  },
  { join: true },
)
