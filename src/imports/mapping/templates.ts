/** The columns that a template names: `TIAS-{no}` names `no`. */
export const columnsOf = (template: string): string[] =>
  [...template.matchAll(/\{([^{}]+)\}/g)].map(([, column]) => column!)

/** Whether it has a brace that does not belong to a column: `{no`, `{}`. */
export const hasLooseBrace = (template: string): boolean => /[{}]/.test(template.replaceAll(/\{[^{}]+\}/g, ''))

/** The longest text that a template makes, in UTF-16 units. */
const maxLength = 100_000

/** The template with the texts of its columns; blank when one of them is blank, undefined when it is longer than 100,000 characters. */
export function fill(template: string, textOf: (column: string) => string): string | undefined {
  const columns = columnsOf(template)
  const texts = new Map(columns.map((column) => [column, textOf(column)]))
  if ([...texts.values()].includes('')) return ''
  const length = columns.reduce((sum, column) => sum + texts.get(column)!.length, template.length)
  return length > maxLength
    ? undefined
    : template.replaceAll(/\{([^{}]+)\}/g, (_, column: string) => texts.get(column)!)
}
