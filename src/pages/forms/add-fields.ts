import type { BodyError } from '../../problems/problems.ts'
import { EdtfDate } from '../../shared/day-schemas.ts'
import { parseEdtf } from '../../shared/edtf.ts'
import { firstFree, slug } from '../../shared/text.ts'
import { claimRows, dateRows, domainRows, type Rows, sideRows, sourceRows, under } from './add-rows.ts'
import { type Field, isEmptyAt, type JsonObject, setAt, typed, type Values, writeFields } from './fields.ts'
import {
  allEntryFields,
  allTermFields,
  collectionField,
  day,
  entryFields,
  kindFields,
  line,
  noteField,
  termFields,
  tidy,
  usedFields,
  withBodies,
} from './shared-fields.ts'
import { itemsIn } from './whole.ts'
import { typedDay } from './words.ts'

/** The fields of the form for a new agreement, in groups. */
export interface AddFields {
  sides: [Rows, Rows]
  signature: Field[]
  entry: Field[]
  term: Field[]
  dates: Rows
  domains: Rows
  claims: Rows
  sources: Rows
  /** All of them, in the order of the form. */
  all: Field[]
}

export const signedOn = 'signed.date'
export const signedIn = 'signed.place'
export const inForceOn = 'inForce.date'

/**
 * The fields of the form, with the places in the agreement that the rows filled in so far have. Beyond the most used
 * fields, it has those that it was opened with.
 */
export function addFieldsOf(values: Values): AddFields {
  const one = sideRows(values, 1, 0)
  const other = sideRows(values, 2, one.next)
  const isSigned = typed(values, signedOn) !== '' || typed(values, signedIn) !== ''
  const isDated = typed(values, inForceOn) !== ''
  const [signed, inForce] = [isSigned ? 0 : null, isDated ? Number(isSigned) : null]
  const signature = [
    { ...day(signedOn, 'Signed on', under('dates', signed, 'date')), required: true },
    line(signedIn, 'Place', under('dates', signed, 'place'), { of: 'Signature' }),
  ]
  const dayInForce = day(
    inForceOn,
    'Day of entry into force',
    under('dates', inForce, 'date'),
    'If it is known: not needed on signature.',
  )
  const entry = [...usedFields(values, entryFields, allEntryFields), { ...dayInForce, required: true }]
  const term = usedFields(values, termFields, allTermFields)
  const dates = dateRows(values, Number(isSigned) + Number(isDated))
  const [domains, claims, sources] = [domainRows(values), claimRows(values), sourceRows(values)]
  const sides: AddFields['sides'] = [one.rows, other.rows]
  const all = [
    kindFields,
    sides.flat(2),
    signature,
    entry,
    term,
    [...dates, ...domains, ...claims].flat(),
    [collectionField],
    sources.flat(),
    [noteField],
  ]
  return { sides, signature, entry, term, dates, domains, claims, sources, all: all.flat() }
}

/** The fields with the days of acts: each stands for a date. */
export const dayFields = ({ signature, entry, dates }: AddFields): Field[] => [
  signature[0]!,
  entry.at(-1)!,
  ...dates.map(([, day]) => day!),
]

/**
 * The agreement that the form describes, as a request has it. All dates rest on the source, if there is just one.
 * @param codes see `Names`
 * @param textKey of an agreement that was read from a text: the key of the first source, on which all rests
 */
export function agreementIn(
  values: Values,
  fields: AddFields,
  codes: ReadonlyMap<string, string>,
  textKey?: string,
): JsonObject {
  const whole: JsonObject = { signatories: [], dates: [], researchDomains: [], claims: [], sources: [] }
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
  const [key, ...others] = nameSources(itemsIn(whole, 'sources'), textKey)
  const resting = textKey !== undefined ? ['signatories', 'dates', 'claims'] : others.length === 0 ? ['dates'] : []
  if (key !== undefined) for (const item of resting.flatMap((list) => itemsIn(whole, list))) item['source'] = key
  for (const [i] of itemsIn(whole, 'signatories').entries()) {
    const pointer = `/signatories/${i}/representative`
    if (isEmptyAt(whole, pointer)) setAt(whole, pointer, null)
  }
  for (const [i] of itemsIn(whole, 'dates').entries()) tidy(whole, null, `/dates/${i}`)
  tidy(whole, null)
  return whole
}

/** Gives each source a key: the first one the key that is given, others by their titles. @returns the keys */
function nameSources(sources: JsonObject[], first: string | undefined): string[] {
  const keys: string[] = []
  for (const [i, source] of sources.entries()) {
    const { title } = source
    const wanted = i === 0 && first !== undefined ? first : typeof title === 'string' && slug(title, 50)
    const key = firstFree(wanted || 'source', keys)
    keys.push(key)
    source['key'] = key
  }
  return keys
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
