/** The result of a part: one row of the table. */
export interface Figures {
  part: string
  /** What was done. */
  what: string
  /** What was found, in figures. */
  figures: string
  faults: string[]
  seconds: number
}

export const skipped = (part: string, why: string): Figures => ({
  part,
  what: 'skipped',
  figures: why,
  faults: [],
  seconds: 0,
})

/** The results as a table in Markdown. */
export function tableOf(rows: readonly Figures[]): string {
  const lines = rows.map(
    ({ part, what, figures, faults, seconds }) =>
      `| \`${part}\` | ${what} | ${figures} | ${faults.length} | ${Math.round(seconds)} s |`,
  )
  return ['| part | what was done | figures | faults | time |', '|---|---|---|---|---|', ...lines].join('\n')
}

/** A number with separators: 12,345. */
export const count = (n: number): string => n.toLocaleString('en')
