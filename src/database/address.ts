/** The address of a database whose connections find and create tables in `schema` only. */
export function withSchema(url: string, schema: string): string {
  const [, address, query] = /^([^?]*)\??(.*)$/.exec(url)!
  const path = `"${schema.replaceAll('"', '""')}"`.replaceAll(/[\\\s]/g, '\\$&')
  const parameters = new URLSearchParams(query)
  parameters.set('options', [parameters.get('options') ?? '', `-c search_path=${path}`].join(' ').trim())
  return `${address}?${parameters}`
}
