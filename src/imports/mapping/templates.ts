/** The columns that a template names: `TIAS-{no}` names `no`. */
export const columnsOf = (template: string): string[] =>
  [...template.matchAll(/\{([^{}]+)\}/g)].map(([, column]) => column!)

/** The template with the texts of its columns; blank when one of them is blank. */
export function fill(template: string, textOf: (column: string) => string): string {
  let isBlank = false
  const filled = template.replaceAll(/\{([^{}]+)\}/g, (_, column: string) => {
    const text = textOf(column)
    isBlank ||= text === ''
    return text
  })
  return isBlank ? '' : filled
}
