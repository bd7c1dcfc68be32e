import { readFileSync } from 'node:fs'
import { columnsWithMeaning } from '../../src/export/rows.ts'
import { sheets } from '../../src/export/workbook/sheets.ts'

interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  description?: string
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
}

const document: { components: { schemas: Record<string, Schema> } } = JSON.parse(
  readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'),
)

const introduction = `# Data dictionary

What each field and column means. For how to load the data, see [For analysts](analysts.md).

This page is generated from the schemas by \`npm run dictionary\`; a test keeps it up to date.
`

const nameOf = (ref: string): string => ref.replace('#/components/schemas/', '')
const linkTo = (name: string): string => `[${name}](#${name.toLowerCase()})`

/** The schemas that the agreement shows, the agreement first, each once. */
function shown(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name)
  const visit = (schema: Schema): void => {
    if (schema.$ref) shown(nameOf(schema.$ref), seen)
    for (const inner of [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])]) visit(inner)
    for (const inner of Object.values(schema.properties ?? {})) visit(inner)
  }
  visit(document.components.schemas[name]!)
  return seen
}

function typeOf(schema: Schema): string {
  if (schema.$ref) return linkTo(nameOf(schema.$ref))
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  const types = [schema.type ?? 'any'].flat().map((type) => {
    if (type === 'array') return `list of ${typeOf(schema.items ?? {})}`
    if (type === 'string' && schema.format === 'date') return 'day'
    if (type === 'string' && schema.format === 'date-time') return 'instant'
    return type
  })
  return types.join(' or ')
}

const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const described = ({ description, enum: values, items }: Schema): string => {
  const listed = values ?? items?.enum
  const among = listed ? `One of ${listed.map((value) => `\`${String(value)}\``).join(', ')}.` : ''
  return [description ?? '', among].filter(Boolean).join(' ')
}

function sectionOf(name: string): string {
  const schema = document.components.schemas[name]!
  const rows = Object.entries(schema.properties ?? {}).map(
    ([field, own]) => `| \`${field}\` | ${inCell(typeOf(own))} | ${inCell(described(own))} |`,
  )
  const about = described(schema)
  const table = rows.length === 0 ? [] : ['', '| field | type | meaning |', '|---|---|---|', ...rows]
  return [`## ${name}`, ...(about ? ['', about] : []), ...table].join('\n')
}

/** The text of docs/data-dictionary.md. */
export function dataDictionary(): string {
  const columns = Object.entries(columnsWithMeaning).map(([name, meaning]) => `| \`${name}\` | ${inCell(meaning)} |`)
  const { agreements: _, ...others } = sheets
  return [
    introduction,
    '## Columns of CSV and of the sheet `agreements`\n\nSeveral values in a cell are joined with ` | `. An empty cell is unknown or does not apply.\n',
    '| column | meaning |\n|---|---|',
    columns.join('\n'),
    '\n## The other sheets of XLSX\n\n`agreementId` leads to the row in the sheet `agreements`; the other columns are the fields below.\n',
    ...Object.entries(others).map(([name, all]) => `- \`${name}\`: ${all.map((column) => `\`${column}\``).join(', ')}`),
    '',
    [...shown('Agreement')].map(sectionOf).join('\n\n'),
    '',
  ].join('\n')
}
