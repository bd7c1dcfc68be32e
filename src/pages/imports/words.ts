import type { Import, ImportRow } from '../../imports/schemas.ts'
import { counted, grouped } from '../words.ts'

type Verdict = ImportRow['verdict']

/** In the order of the chips. */
export const verdictsShown: Verdict[] = ['created', 'updated', 'unchanged', 'refused', 'skipped', 'pending', 'gone']

export const verdictWords: Record<Verdict, string> = {
  created: 'New',
  updated: 'Changed',
  unchanged: 'Unchanged',
  refused: 'Refused',
  skipped: 'Left out',
  pending: 'Waiting',
  gone: 'Not in the file any more',
}

/** The number of rows with a verdict. */
export const rowsWith = ({ counts, gone }: Import, verdict: Verdict): number =>
  verdict === 'gone' ? gone : counts[verdict]

const phaseWords: Record<NonNullable<Import['phase']>, string> = {
  checking: 'Checking rows',
  writing: 'Storing rows',
  relating: 'Relating rows to each other',
}

export const isUnderWay = ({ status }: Pick<Import, 'status'>): boolean => status === 'queued' || status === 'running'

/** What an import does, or how it ended. */
export function stateOf(made: Import): string {
  const { status, phase, processed, rows, counts, dryRun } = made
  if (status === 'queued') return 'Waits for its turn'
  if (status === 'running') return `${phaseWords[phase ?? 'checking']}: ${grouped(processed)} of ${grouped(rows)}`
  if (status === 'failed') return 'Failed'
  if (status === 'cancelled') return 'Cancelled'
  const told = [
    counts.created > 0 && `${grouped(counts.created)} new`,
    counts.updated > 0 && `${grouped(counts.updated)} changed`,
    counts.unchanged > 0 && `${grouped(counts.unchanged)} unchanged`,
    counts.refused > 0 && `${grouped(counts.refused)} refused`,
    counts.skipped > 0 && `${grouped(counts.skipped)} left out`,
  ].filter((text) => text !== false)
  return `${dryRun ? 'Dry run' : 'Done'}: ${told.join(', ')}`
}

/** Why it failed, without the words of the API. */
export function failureOf({ failure, counts }: Import): string | null {
  if (failure?.code !== 'rows_refused') return failure?.message ?? null
  return `${counted(counts.refused, 'row')} ${counts.refused === 1 ? 'is' : 'are'} refused, so nothing was stored.`
}

/** What messages of the API say, and what they say on a page. */
const plain: [api: string, page: string][] = [
  ['`mode=upsert` updates it.', 'The choice “It changes the agreement” updates it.'],
  ['or `mode=upsert`, if', 'or the choice “It changes the agreement”, if'],
  [
    '; or add the format of this cell to the mapping, or the value to `unknown`.',
    '; or choose how the days are written.',
  ],
  ['; or say in the mapping what several days mean (`several`).', '.'],
  [' is not a day as the mapping expects it', ' is not written as the days of this column'],
  ['; or a default in the mapping.', '.'],
  [': a table in the mapping that gives its code.', '.'],
  [' Mend them, or send `atomic=false`.', ''],
]

/** A message without the words of the API. */
export const inPlainWords = (message: string): string =>
  plain.reduce((text, [api, page]) => text.replace(api, page), message)
