import type { Database } from '../database/connect.ts'
import { Problem } from '../problems/problems.ts'
import { type NoDraft, readText, type TextRead } from './draft.ts'
import { type Names, readNames } from './names.ts'
import { type DraftInput, maxText } from './schemas.ts'

/** A text as it was read, and the names by which it was. */
export interface ReadByNames {
  read: TextRead
  names: Names
}

/**
 * Reads a text by the names that the register has now. Stores nothing. Evidence is counted in UTF-16 units.
 * @param register the database of the server, see `readNames`
 * @throws Problem 413 when the text is larger than `maxText`
 */
export async function readByNames(
  db: Database,
  register: Database,
  given: DraftInput,
  today: string,
): Promise<ReadByNames> {
  const size = Buffer.byteLength(given.text)
  if (size > maxText)
    throw new Problem('content_too_large', `\`text\` must be at most ${maxText} bytes in UTF-8; it has ${size}.`)
  const names = await readNames(db, register)
  return { read: await readText(given, names, today), names }
}

const messages: Record<NoDraft, string> = {
  no_agreement: 'The text describes no agreement that was made or changed.',
  no_parties: 'The text describes an agreement, but names no party that the register has.',
  one_party: 'The text describes an agreement, but names only one party that the register has.',
  many_parties: 'The text describes an agreement between more than two parties.',
}

/** What a text describes, in a sentence. */
export const messageOf = ({ found }: TextRead): string =>
  typeof found === 'string'
    ? messages[found]
    : found.isOfKnown
      ? 'The text describes a change to an agreement.'
      : 'The text describes an agreement.'
