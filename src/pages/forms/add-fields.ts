import type { BodyError } from '../../problems/problems.ts'
import { EdtfDate } from '../../shared/day-schemas.ts'
import { parseEdtf } from '../../shared/edtf.ts'
import { firstFree, slug } from '../../shared/text.ts'
import { type Field, type JsonObject, rowName, rowsIn, setAt, typed, type Values, writeFields } from './fields.ts'
import { acts, roles } from './options.ts'
import {
  bodyField,
  collectionField,
  day,
  entryFields,
  kindFields,
  line,
  noteField,
  partyField,
  termFields,
  tidy,
  withBodies,
} from './shared-fields.ts'
import { typedDay } from './words.ts'

/** The rows of one list in the form: their fields. */
export type Rows = Field[][]

/** The fields of the form for a new agreement, in groups. */
export interface AddFields {
  sides: [Rows, Rows]
  signature: Field[]
  entry: Field[]
  dates: Rows
  domains: Rows
  sources: Rows
  /** All of them, in the order of the form. */
  all: Field[]
}

/** Whether anything was typed or chosen in a row, `unless` aside. */
const isFilled = (values: Values, list: string, row: number, names: readonly string[]): boolean =>
  names.some((name) => typed(values, rowName(list, row, name)) !== '')

/** Numbers the rows of a list that are filled in: empty ones write nothing. */
function numbered(values: Values, list: string, names: readonly string[], least: number, first = 0) {
  let next = first
  return Array.from({ length: rowsIn(values, list, least) }, (_, row) => ({
    name: (field: string) => rowName(list, row, field),
    index: isFilled(values, list, row, names) ? next++ : null,
  }))
}

const under = (list: string, index: number | null, field: string): string | null =>
  index === null ? null : `/${list}/${index}${field && `/${field}`}`

function sideFields(values: Values, side: 1 | 2, first: number): { rows: Rows; next: number } {
  const list = `side${side}`
  const all = numbered(values, list, ['party', 'body'], 1, first)
  const of = `Side ${side}`
  const rows = all.map(({ name, index }, row): Field[] => [
    {
      ...partyField(name('party'), under('signatories', index, 'signatory') ?? (row === 0 ? `/sides/${side}` : null)),
      of,
    },
    { ...bodyField(name('body'), name('party')), of },
    {
      of,
      name: name('role'),
      label: 'Role',
      kind: 'choice',
      options: roles,
      required: true,
      at: under('signatories', index, 'role'),
    },
  ])
  return { rows, next: first + all.filter(({ index }) => index !== null).length }
}

const signedOn = 'signed.date'
const inForceOn = 'inForce.date'

/** The fields of the form, with the places in the agreement that the rows filled in so far have. */
export function addFieldsOf(values: Values): AddFields {
  const one = sideFields(values, 1, 0)
  const other = sideFields(values, 2, one.next)
  const isSigned = typed(values, signedOn) !== '' || typed(values, 'signed.place') !== ''
  const isDated = typed(values, inForceOn) !== ''
  const [signed, inForce] = [isSigned ? 0 : null, isDated ? Number(isSigned) : null]
  const signature = [
    { ...day(signedOn, 'Signed on', under('dates', signed, 'date')), required: true },
    line('signed.place', 'Place', under('dates', signed, 'place')),
  ]
  const entry = [
    ...entryFields,
    {
      ...day(
        inForceOn,
        'Day of entry into force',
        under('dates', inForce, 'date'),
        'If it is known: not needed on signature.',
      ),
      required: true,
    },
  ]
  const dates = numbered(values, 'dates', ['event', 'date', 'place'], 0, Number(isSigned) + Number(isDated)).map(
    ({ name, index }): Field[] => [
      {
        name: name('event'),
        label: 'Act',
        kind: 'choice',
        options: acts,
        required: true,
        at: under('dates', index, 'event'),
      },
      { ...day(name('date'), 'Day', under('dates', index, 'date')), required: true },
      line(name('place'), 'Place', under('dates', index, 'place')),
    ],
  )
  const domains = numbered(values, 'domains', ['name'], 1).map(({ name, index }, row): Field[] => [
    {
      name: name('name'),
      label: row === 0 ? 'Research domain' : `Research domain ${row + 1}`,
      kind: 'domain',
      at: under('researchDomains', index, ''),
      ...(row === 0 && { hint: 'Such as `Civil engineering`.' }),
    },
  ])
  const sources = numbered(values, 'sources', ['title', 'publisher', 'url', 'publishedOn'], 1).map(
    ({ name, index }, row) => {
      const of = `Source ${row + 1}`
      return [
        line(name('title'), 'Title of the source', under('sources', index, 'title'), { of, required: true }),
        line(name('publisher'), 'Publisher', under('sources', index, 'publisher'), { of }),
        line(name('url'), 'Address', under('sources', index, 'url'), { of, hint: 'Begins with `https://`.' }),
        { ...day(name('publishedOn'), 'Published on', under('sources', index, 'publishedOn')), of },
      ]
    },
  )
  const sides: AddFields['sides'] = [one.rows, other.rows]
  const rows = [...dates, ...domains]
  const all = [
    kindFields,
    sides.flat(2),
    signature,
    entry,
    termFields,
    rows.flat(),
    [collectionField],
    sources.flat(),
    [noteField],
  ]
  return { sides, signature, entry, dates, domains, sources, all: all.flat() }
}

/**
 * The agreement that the form describes, as a request has it. All dates rest on the source, if there is just one.
 * @param codes see `Names`
 */
export function agreementIn(values: Values, fields: AddFields, codes: ReadonlyMap<string, string>): JsonObject {
  const whole: JsonObject = { signatories: [], dates: [], researchDomains: [], sources: [] }
  writeFields(whole, fields.all, values, withBodies(fields.all, codes))
  delete whole['sides']
  for (const [side, rows] of fields.sides.entries()) {
    for (const [party] of rows) if (isWritten(party)) setAt(whole, party!.at!.replace(/signatory$/, 'side'), side + 1)
  }
  for (const [first, event] of [
    [fields.signature[0], 'signed'],
    [fields.entry.at(-1), 'entered_into_force'],
  ] as const) {
    if (first!.at !== null) setAt(whole, first!.at.replace(/date$/, 'event'), event)
  }
  const keys: string[] = []
  for (const source of whole['sources'] as JsonObject[]) {
    const { title } = source
    const key = firstFree((typeof title === 'string' && slug(title, 50)) || 'source', keys)
    keys.push(key)
    source['key'] = key
  }
  const [key, ...others] = keys
  if (key !== undefined && others.length === 0) for (const date of whole['dates'] as JsonObject[]) date['source'] = key
  tidy(whole, null)
  return whole
}

const isWritten = (party: Field | undefined): boolean => party?.at?.startsWith('/signatories/') ?? false

/** The first possible day of the signature; null when it is not known, or not a day. */
export function daySigned(values: Values): string | null {
  const { success, data } = EdtfDate.safeParse(typedDay(typed(values, signedOn)))
  return success ? parseEdtf(data).firstDay : null
}

/** The sides on which nobody was typed, as errors. */
export const emptySides = ({ sides }: AddFields): BodyError[] =>
  sides.flatMap((rows) => {
    const party = rows[0]?.[0]
    return isWritten(party) ? [] : [{ pointer: party!.at!, code: 'one_sided', message: 'Must be given.' }]
  })
