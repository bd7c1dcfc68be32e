import { listAgreements } from '../../agreements/list/list-agreements.ts'
import { signingEvents } from '../../agreements/time/lifecycle.ts'
import { idOfHandle } from '../../agreements/handles.ts'
import type { Agreement } from '../../agreements/schemas.ts'
import type { Database, Statement } from '../../database/connect.ts'
import { Problem } from '../../problems/problems.ts'
import { nameKey } from '../../registry/name-keys.ts'
import { isUuid, Text } from '../../shared/schemas.ts'
import { dayInWords, listed } from '../words.ts'

/** Another agreement that a text may mean. */
interface FoundAgreement {
  id: string
  /** As a field shows it, and takes it back: its title, with its reference if it has one. */
  written: string
  /** What tells it from others of the same title. */
  note: string
}

type Titled = Pick<Agreement, 'id' | 'reference' | 'title'>

/** What a field shows of an agreement that was deleted after another one named it. */
const gone = 'An agreement that is no longer in the register'

/** An agreement as a field shows it: `Agreement on floods (DHS-2019-JP)`. */
export const writtenAgreement = (one: Pick<Titled, 'reference' | 'title'> | undefined): string =>
  one === undefined ? gone : one.reference === null ? one.title : `${one.title} (${one.reference})`

const byId: Statement = {
  name: 'agreement-named-in-form',
  text: `select id, case when deleted_at is null then title end as title,
    case when deleted_at is null then reference end as reference from agreements where id = $1::uuid`,
}

const byIdOf = async (db: Database, id: string): Promise<FoundAgreement | undefined> => {
  const [one] = await db.query<{ id: string; title: string | null; reference: string | null }>(byId, [id])
  if (!one) return undefined
  const { title, reference } = one
  return { id, written: writtenAgreement(title === null ? undefined : { title, reference }), note: '' }
}

/** The agreement with a reference, an identifier or an id; undefined if there is none, or several. */
async function byHandle(db: Database, handle: string): Promise<FoundAgreement | undefined> {
  if (handle === '' || handle.length > maxHandle) return undefined
  try {
    return await byIdOf(db, await idOfHandle(db, handle, false))
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

/** A problem that says by title, not by id, which agreements have what was typed already. */
export async function withTitles(db: Database, problem: Problem): Promise<Problem> {
  if (problem.code !== 'taken') return problem
  const errors = problem.errors.map(async (error) => {
    const id = error.conflictsWith?.split('/').at(-1) ?? ''
    const holder = isUuid(id) ? await byIdOf(db, id) : undefined
    return holder ? { ...error, message: `The agreement “${holder.written}” has this already.` } : error
  })
  return new Problem(problem.code, problem.message, await Promise.all(errors))
}

/** Maximum number of characters of a reference, or of an identifier with its scheme. */
const maxHandle = 250

/** Longer than any title with a reference. Longer texts, and such as PostgreSQL cannot store, name nothing. */
const LookedUp = Text(2200)

/**
 * What a text means: one agreement that is sure, or several that may be meant.
 * @param chosen the id of the one that a person chose; empty when none was
 */
export async function agreementsMeant(
  db: Database,
  text: string,
  chosen: string,
): Promise<{ isSure: boolean; found: FoundAgreement[] }> {
  const sure = (one: FoundAgreement) => ({ isSure: true, found: [one] })
  const choice = isUuid(chosen) ? await byIdOf(db, chosen) : undefined
  if (choice) return sure(choice)
  if (!LookedUp.safeParse(text).success) return { isSure: true, found: [] }
  const [, inside = ''] = /\(([^()]+)\)$/.exec(text) ?? []
  const written = await byHandle(db, inside)
  if (written && nameKey(written.written) === nameKey(text)) return sure(written)
  const titled = (await search(db, `"${wordsOf(text)}"`, maxTitled)).filter(
    ({ title }) => nameKey(title) === nameKey(text),
  )
  if (titled.length > 0) return { isSure: titled.length === 1, found: titled.map(foundOf) }
  const referred = (await byHandle(db, text)) ?? (await byHandle(db, numberIn(text)))
  if (referred) return sure(referred)
  return { isSure: false, found: await searchAgreements(db, text, maxChoices) }
}

/** A number as pages show it, as an identifier: `TIAS 04-601` as `tias:04-601`; empty if it is none. */
function numberIn(text: string): string {
  const [, scheme, value] = /^([A-Za-z0-9-]{1,40}) (\S.*)$/.exec(text) ?? []
  return scheme && value ? `${scheme}:${value}` : ''
}

const [maxTitled, maxChoices] = [50, 6]

/** The agreements with these words, the most relevant first. */
export const searchAgreements = async (db: Database, text: string, limit: number): Promise<FoundAgreement[]> =>
  (await search(db, wordsOf(text), limit)).map(foundOf)

async function search(db: Database, q: string, limit: number): Promise<Agreement[]> {
  if (!/[\p{L}\p{N}]/u.test(q)) return []
  const { rows } = await listAgreements(db, { q, limit })
  return rows.slice(0, limit).flatMap(({ document }) => (document === null ? [] : [JSON.parse(document) as Agreement]))
}

/** Maximum number of characters that are searched for. */
const maxSearched = 200

/** The words of a text, without what has a meaning in a search. */
const wordsOf = (text: string): string =>
  text
    .slice(0, maxSearched)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+|(?<![\p{L}\p{N}])or(?![\p{L}\p{N}])/gu, ' ')
    .trim()

function foundOf({ id, title, reference, parties, dates }: Agreement): FoundAgreement {
  const signed = dates.find(({ event, preferred }) => preferred && signingEvents.some((one) => one === event))
  const who = listed(parties.map(({ name }) => name))
  return {
    id,
    written: writtenAgreement({ title, reference }),
    note: [who, signed && dayInWords(signed.date)].filter(Boolean).join(', '),
  }
}
