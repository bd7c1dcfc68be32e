import type { Spread } from '../measure/summary.ts'

/** A figure with as many digits as its size deserves. */
export const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value >= 10 ? value.toFixed(1) : value.toFixed(2)

/** The median, with the least and the greatest. */
export const spread = ({ median, min, max }: Spread): string =>
  `${figure(median)} <sub>${figure(min)}–${figure(max)}</sub>`

/** A table in Markdown. The first column is text, the others are figures. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n')
}

/** Whether a goal is met. */
export const verdict = (isMet: boolean): string => (isMet ? 'met' : '**missed**')
