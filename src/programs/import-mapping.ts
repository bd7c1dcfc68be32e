import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { readFile as readTable } from '../imports/files/read-file.ts'
import { readFileTable } from '../imports/mapping/value-tables.ts'

/** What a program needs to know of a mapping. */
interface SentMapping {
  file?: object
  tables?: Record<string, { file?: string; key?: string; value?: string; entries?: Record<string, string> }>
}

/** The text of a file that a person names. @throws with a message for that person when it cannot be read */
export async function textIn(path: string): Promise<string> {
  return (await bytesIn(path)).toString('utf8')
}

/** @throws like `textIn` */
export const bytesIn = (path: string): Promise<Buffer> =>
  readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read: ${error.message}`)
  })

/**
 * A mapping with the tables of second files written into it.
 * @param given `NAME=FILE` each: NAME is the `file` of tables in the mapping
 * @throws when a table has no file, or a file no table
 */
export async function withTables(text: string, given: string[]): Promise<string> {
  const mapping = parsed(text)
  const files = new Map(given.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]))
  const rules = Object.values(mapping.tables ?? {}).filter(({ file }) => file !== undefined)
  const idle = [...files.keys()].find((name) => !rules.some(({ file }) => file === name))
  if (idle !== undefined) throw new Error(`No table of the mapping has the file ${idle || given.join(', ')}.`)
  for (const rule of rules) {
    const path = files.get(rule.file!)
    if (path === undefined)
      throw new Error(`A table of the mapping needs the file ${rule.file}: --table ${rule.file}=FILE.`)
    const table = await readTable(await bytesIn(path), { name: basename(path) })
    const values = await readFileTable(table, rule.key ?? '', rule.value ?? '').catch((error: Error) => {
      throw new Error(`${path}: ${error.message}`)
    })
    rule.entries = { ...Object.fromEntries(values), ...rule.entries }
    for (const field of ['file', 'key', 'value'] as const) delete rule[field]
  }
  return rules.length === 0 ? text : JSON.stringify(mapping)
}

/** Whether a mapping says how its file is read. */
export const saysHowToRead = (text: string): boolean =>
  text.trimStart().startsWith('{') && parsed(text).file !== undefined

function parsed(text: string): SentMapping {
  try {
    return JSON.parse(text) as SentMapping
  } catch {
    throw new Error('The mapping must be valid JSON.')
  }
}
