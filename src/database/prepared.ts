import { createHash } from 'node:crypto'
import { type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Statement } from './connect.ts'

const dialect = new PgDialect()

/** Maximum number of prepared texts: each connection keeps a plan of each. */
const maxPrepared = 300

/** The texts that were asked for, with the name of those that are prepared. */
const names = new Map<string, string | undefined>()

/**
 * A query as a statement that each connection prepares once, with its values. A text is prepared from its second use on, and
 * at most 300 texts are: a query whose text depends on the request can have very many.
 */
export function prepared(query: SQL): [SQL | Statement, unknown[]?] {
  const { text, params } = textOf(query)
  const name = nameOf(text)
  return name === undefined ? [query] : [{ name, text }, params]
}

export function textOf(query: SQL): { text: string; params: unknown[] } {
  const { sql: text, params } = dialect.sqlToQuery(query)
  return { text, params }
}

let preparedTexts = 0

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined) return known
  if (preparedTexts === maxPrepared) return undefined
  if (!names.has(text)) {
    if (names.size >= 4 * maxPrepared) forgetUnprepared()
    names.set(text, undefined)
    return undefined
  }
  const name = `q-${createHash('sha256').update(text).digest('base64url').slice(0, 16)}`
  names.set(text, name)
  preparedTexts += 1
  return name
}

function forgetUnprepared(): void {
  for (const [text, name] of names) if (name === undefined) names.delete(text)
}
