import { type Field, rowName, rowsIn, typed, type Values } from './fields.ts'
import { acts, roles } from './options.ts'
import { bodyField, day, extensionFields, line, occurrenceField, partyField, quoteField } from './shared-fields.ts'

/** The rows of one list in the form: their fields. */
export type Rows = Field[][]

/** Whether anything was typed or chosen in a row. */
const isFilled = (values: Values, list: string, row: number, names: readonly string[]): boolean =>
  names.some((name) => typed(values, rowName(list, row, name)) !== '')

interface Numbered {
  name: (field: string) => string
  /** The pointer to a field of the item; null when the row writes none. */
  at: (field: string) => string | null
  row: number
}

/** Numbers the rows of a list that are filled in: empty ones write nothing. `to` is the list of the agreement. */
function numbered(values: Values, list: string, names: readonly string[], least: number, first = 0, to = list) {
  let next = first
  const rows = Array.from({ length: rowsIn(values, list, least) }, (_, row): Numbered => {
    const index = isFilled(values, list, row, names) ? next++ : null
    return {
      row,
      name: (field) => rowName(list, row, field),
      at: (field) => under(to, index, field),
    }
  })
  return { rows, next }
}

/** The pointer to a field of an item of a list; null without the item. */
export const under = (list: string, index: number | null, field: string): string | null =>
  index === null ? null : `/${list}/${index}${field && `/${field}`}`

/** The signatories of a side, of which the first has the number `first`; `next` is that of the first on the other side. */
export function sideRows(values: Values, side: 1 | 2, first: number): { rows: Rows; next: number } {
  const list = `side${side}`
  const { rows, next } = numbered(values, list, ['party', 'body', 'person', 'office'], 1, first, 'signatories')
  const hasPeople = values.has(rowName(list, 0, 'person'))
  return {
    next,
    rows: rows.map(({ name, at, row }) => {
      const fields: Field[] = [
        partyField(name('party'), at('signatory') ?? (row === 0 ? `/sides/${side}` : null)),
        bodyField(name('body'), name('party')),
        { name: name('role'), label: 'Role', kind: 'choice', options: roles, required: true, at: at('role') },
        ...(hasPeople ? personFields(name, at) : []),
      ]
      return fields.map((field) => ({ ...field, of: `Side ${side}` }))
    }),
  }
}

const personFields = (name: Numbered['name'], at: Numbered['at']): Field[] => [
  line(name('person'), 'Who signed for it', at('representative/name'), { required: true }),
  line(name('office'), 'Office', at('representative/office')),
]

/** The dates of other acts, of which the first has the number `first`. */
export const dateRows = (values: Values, first: number): Rows =>
  numbered(values, 'dates', ['event', 'date', 'place'], 0, first).rows.map(({ name, at, row }) => {
    const fields: Field[] = [
      { name: name('event'), label: 'Act', kind: 'choice', options: acts, required: true, at: at('event') },
      { ...day(name('date'), 'Day', at('date')), required: true },
      line(name('place'), 'Place', at('place')),
      ...moreOfDate(name, at).filter((field) => values.has(field.name)),
    ]
    const of = actIn(values, name('event')) ?? `Date ${row + 1}`
    return fields.map((field) => ({ ...field, of }))
  })

const moreOfDate = (name: Numbered['name'], at: Numbered['at']): Field[] => [
  { name: name('signatory'), label: 'Whose act it is', kind: 'signatory', at: at('signatory'), hint: 'Empty: of all.' },
  occurrenceField(name('occurrence'), at('occurrence')),
  day(name('effectiveDate'), 'Takes effect on', at('effectiveDate'), 'If not on the day of the act.'),
  ...extensionFields(at).map((field) => ({ ...field, name: name(field.name) })),
]

/** The act that was chosen in a field, in words. */
function actIn(values: Values, name: string): string | undefined {
  const event = typed(values, name)
  return event === '' ? undefined : acts.find(([code]) => code === event)?.[1]
}

export const domainRows = (values: Values): Rows =>
  numbered(values, 'domains', ['name'], 1, 0, 'researchDomains').rows.map(({ name, at, row }): Field[] => [
    {
      name: name('name'),
      label: row === 0 ? 'Research domain' : `Research domain ${row + 1}`,
      kind: 'domain',
      at: at(''),
      ...(row === 0 && { hint: 'Such as `Civil engineering`.' }),
    },
  ])

/** What is said about the agreement: rows are there only if the form was opened with them. */
export const claimRows = (values: Values): Rows =>
  numbered(values, 'claims', ['statement'], 0).rows.map(({ name, at, row }): Field[] => [
    {
      name: name('statement'),
      label: row === 0 ? 'Claim' : `Claim ${row + 1}`,
      kind: 'text',
      wide: true,
      required: true,
      at: at('statement'),
    },
  ])

export const sourceRows = (values: Values): Rows =>
  numbered(values, 'sources', ['title', 'publisher', 'url', 'publishedOn', 'quote'], 1).rows.map(
    ({ name, at, row }) => {
      const more: Field[] = [
        line(name('language'), 'Language', at('language'), { kind: 'language', hint: 'Such as `Japanese`.' }),
        quoteField(name('quote'), at('quote')),
      ]
      const fields: Field[] = [
        line(name('title'), 'Title of the source', at('title'), { required: true }),
        line(name('publisher'), 'Publisher', at('publisher')),
        line(name('url'), 'Address', at('url'), { hint: 'Begins with `https://`.' }),
        day(name('publishedOn'), 'Published on', at('publishedOn')),
        ...more.filter((field) => values.has(field.name)),
      ]
      return fields.map((field) => ({ ...field, of: `Source ${row + 1}` }))
    },
  )
