import type { Agreement } from '../../agreements/schemas.ts'
import { Problem } from '../../problems/problems.ts'
import { isDay } from '../../shared/calendar.ts'
import { dayInWords } from '../words.ts'
import { firstFree, slug } from '../../shared/text.ts'
import { type Field, type JsonObject, type Option, rowName, rowsIn, setAt, typed } from './fields.ts'
import { writtenName } from './names.ts'
import { acts, roles } from './options.ts'
import { agreementShown, allKey, choice, newKey, type Part, type PartOf, sourcesOf } from './part.ts'
import { placedParts } from './placed-parts.ts'
import {
  allEntryFields,
  allTermFields,
  amendedFields,
  bodyField,
  collectionField,
  day,
  endsWithField,
  extensionFields,
  kindFields,
  line,
  noteField,
  occurrenceField,
  partyField,
  quoteField,
  tidy,
} from './shared-fields.ts'
import { itemsIn } from './whole.ts'

/** The place of an item in a list: that of a new one is after the last. */
const placeOf = (items: JsonObject[], key: string, idField: 'id' | 'key'): number =>
  key === newKey ? items.length : items.findIndex((item) => item[idField] === key)

const fieldsPart: PartOf = (agreement, _whole, key, _values, others) =>
  key !== allKey
    ? undefined
    : {
        title: 'Change what it is',
        anchor: '',
        groups: [
          {
            title: 'What it is',
            fields: [
              ...kindFields,
              { name: 'summary', label: 'What it is about', kind: 'text', wide: true, at: '/summary' },
              line('reference', 'Reference', '/reference', { hint: 'A readable name, unique in the register.' }),
              line('languages', 'Languages of its texts', '/languages', {
                kind: 'languages',
                hint: 'Such as `English, Swedish`.',
              }),
              collectionField,
            ],
          },
          { title: 'Entry into force', fields: allEntryFields },
          { title: 'How long it runs', fields: [...allTermFields.map(startingOn(agreement.term)), endsWithField] },
        ],
        shown: {
          ...(agreement.collection !== null && { collection: writtenName(agreement.collection) }),
          ...agreementShown('endsWith', agreement.term?.endsWith, others),
        },
      }

/** A term may also be counted from a day. */
const startingOn =
  (term: { runsFrom: string } | null) =>
  (field: Field): Field => {
    const { name, options } = field
    const from = term?.runsFrom ?? ''
    return name.endsWith('runsFrom') && isDay(from)
      ? { ...field, options: [...options!, [from, dayInWords(from)]] }
      : field
  }

const datesPart: PartOf = (agreement, whole, key, values) => {
  const items = itemsIn(whole, 'dates')
  const place = placeOf(items, key, 'id')
  if (place < 0) return undefined
  const at = (field: string): string => `/dates/${place}/${field}`
  const stored = items[place]
  const rivals = stored === undefined ? [] : items.filter((other) => other !== stored && isSameAct(other, stored))
  const preferred: Field = {
    name: 'preferred',
    label:
      stored === undefined ? 'It counts, not another date of this act' : 'This one counts, not the others of this act',
    kind: 'check',
    at: null,
  }
  const event = values.get('event') ?? stored?.['event']
  const asks = stored === undefined || (rivals.length > 0 && stored['preferred'] === false)
  return {
    title: key === newKey ? 'Add a date' : 'Correct a date',
    anchor: '#dates',
    groups: [
      {
        title: 'The act, and what its source says',
        fields: [
          choice('event', 'Act', at('event'), acts, { required: true }),
          { ...day('date', 'Day', at('date')), required: true },
          line('place', 'Place', at('place')),
          choice('signatory', 'Whose act it is', at('signatory'), signatoriesIn(agreement)),
          occurrenceField('occurrence', at('occurrence')),
          day('effectiveDate', 'Takes effect on', at('effectiveDate'), 'If not on the day of the act.'),
          choice('source', 'Source', at('source'), sourcesOf(agreement)),
          ...(asks ? [preferred] : []),
          { name: 'remark', label: 'Remark on the date', kind: 'text', wide: true, at: at('note') },
        ],
      },
      {
        title: 'If it extends the agreement',
        fields: extensionFields(at),
        isFolded: event !== 'extended',
      },
      {
        title: 'If it amends how long the agreement runs',
        fields: amendedFields(at).map(startingOn(agreement.dates[place]?.term ?? null)),
        isFolded: event !== 'amended',
      },
    ],
    shown: {},
    finish: (all, values) => {
      prefer(itemsIn(all, 'dates'), place, stored, typed(values, 'preferred') !== '')
      tidy(all, whole, `/dates/${place}`)
    },
    ...(stored !== undefined && {
      removal: { text: 'Remove this date', apply: (all) => void itemsIn(all, 'dates').splice(place, 1) },
    }),
  }
}

const isSameAct = (one: JsonObject, other: JsonObject): boolean =>
  ['event', 'signatory', 'occurrence'].every((field) => one[field] === other[field])

/** Of the dates of one act just one counts. A date that moves to another act is there what the register makes it. */
function prefer(dates: JsonObject[], place: number, stored: JsonObject | undefined, isPreferred: boolean): void {
  const date = dates[place]!
  date['occurrence'] ??= 1
  const others = dates.filter((other) => other !== date && isSameAct(other, date))
  const stays = stored !== undefined && isSameAct(stored, date)
  if (isPreferred || others.length === 0) date['preferred'] = true
  else if (!stays) date['preferred'] = others.every((other) => other['preferred'] === false)
  if (isPreferred) for (const other of others) other['preferred'] = false
  const left = stored === undefined || stays ? [] : dates.filter((other) => isSameAct(other, stored))
  if (left.length > 0 && left.every((other) => other['preferred'] === false)) left[0]!['preferred'] = true
}

function signatoriesIn({ signatories, dates }: Agreement): Option[] {
  const all = [
    ...signatories.flatMap(({ signatory, party }) => [signatory, party]),
    ...dates.map((one) => one.signatory),
  ]
  const named = new Map(all.flatMap((one) => (one === null ? [] : [[one.code, one.name] as const])))
  return [['', 'All of them'], ...named]
}

const signatoriesPart: PartOf = (agreement, whole, key) => {
  const items = itemsIn(whole, 'signatories')
  const place = placeOf(items, key, 'id')
  if (place < 0) return undefined
  const at = (field: string): string => `/signatories/${place}/${field}`
  const stored = agreement.signatories[place]
  const isBody = stored !== undefined && stored.signatory.id !== stored.party.id
  const sides: Option[] = [
    ['1', 'Side 1'],
    ['2', 'Side 2'],
  ]
  return {
    title: key === newKey ? 'Add a signatory' : 'Correct a signatory',
    anchor: '#sides',
    groups: [
      {
        title: 'Who, on which side',
        fields: [
          choice('side', 'Side', at('side'), sides, { required: true }),
          partyField('party', at('signatory')),
          bodyField('body', 'party'),
          choice('role', 'Role', at('role'), roles, { required: true }),
          line('person', 'Who signed for it', at('representative/name'), { required: true }),
          line('office', 'Office', at('representative/office')),
          choice('source', 'Source', at('source'), sourcesOf(agreement)),
        ],
      },
    ],
    shown:
      stored === undefined
        ? {}
        : { party: writtenName(stored.party), body: isBody ? writtenName(stored.signatory) : '' },
    finish: (all, values) => {
      setAt(all, at('side'), Number(typed(values, 'side')))
      const isNamed = typed(values, 'person') !== '' || typed(values, 'office') !== ''
      if (!isNamed) setAt(all, at('representative'), null)
    },
    ...(stored !== undefined && {
      removal: { text: 'Remove this signatory', apply: (all) => void itemsIn(all, 'signatories').splice(place, 1) },
    }),
  }
}

const domainsPart: PartOf = (agreement, _whole, key, values) => {
  if (key !== allKey) return undefined
  const { researchDomains } = agreement
  const rows = rowsIn(values, 'domains', values.size === 0 ? researchDomains.length + 1 : 1)
  let next = 0
  const names = Array.from({ length: rows }, (_, row) => rowName('domains', row, 'name'))
  const isFilled = (name: string, row: number) =>
    values.size === 0 ? row < researchDomains.length : typed(values, name) !== ''
  const fields = names.map((name, row): Field => ({
    name,
    label: `Research domain ${row + 1}`,
    kind: 'domain',
    at: isFilled(name, row) ? `/researchDomains/${next++}` : null,
  }))
  return {
    title: 'Change what it covers',
    anchor: '',
    groups: [{ title: 'Research domains', fields, more: { list: 'domains', text: 'Add a research domain' } }],
    shown: Object.fromEntries(
      names.map((name, row) => {
        const domain = researchDomains[row]
        return [name, domain ? writtenName({ code: `${domain.scheme}:${domain.code}`, name: domain.label }) : '']
      }),
    ),
    finish: (all) => void (itemsIn(all, 'researchDomains').length = next),
  }
}

const sourcesPart: PartOf = (_agreement, whole, key) => {
  const items = itemsIn(whole, 'sources')
  const place = placeOf(items, key, 'key')
  if (place < 0) return undefined
  const at = (field: string): string => `/sources/${place}/${field}`
  return {
    title: key === newKey ? 'Add a source' : 'Correct a source',
    anchor: '#sources',
    groups: [
      {
        title: 'A document or a page from which something is taken',
        fields: [
          line('title', 'Title of the source', at('title'), { required: true, wide: true }),
          line('publisher', 'Publisher', at('publisher')),
          line('url', 'Address', at('url'), { hint: 'Begins with `https://`.' }),
          day('publishedOn', 'Published on', at('publishedOn')),
          line('language', 'Language', at('language'), { kind: 'language', hint: 'Such as `Japanese`.' }),
          quoteField('quote', at('quote')),
        ],
      },
    ],
    shown: {},
    finish: (all) => nameSource(itemsIn(all, 'sources'), place),
    ...(key !== newKey && {
      removal: { text: 'Remove this source', apply: (all) => removeSource(all, key, place) },
    }),
  }
}

function nameSource(sources: JsonObject[], place: number): void {
  const source = sources[place]!
  const taken = sources.flatMap(({ key }) => (typeof key === 'string' ? [key] : []))
  const { title } = source
  source['key'] ??= firstFree((typeof title === 'string' && slug(title, 50)) || 'source', taken)
}

function removeSource(whole: JsonObject, key: string, place: number): void {
  const users = ['dates', 'signatories', 'claims', 'statusStatements'].flatMap((list) => itemsIn(whole, list))
  if (users.some(({ source }) => source === key)) {
    throw new Problem('in_use', 'Dates, signatories, claims or statements rest on this source. Change those first.')
  }
  itemsIn(whole, 'sources').splice(place, 1)
}

/** The parts of an agreement that have forms. */
export const parts: Record<string, PartOf> = {
  fields: fieldsPart,
  dates: datesPart,
  signatories: signatoriesPart,
  'research-domains': domainsPart,
  sources: sourcesPart,
  ...placedParts,
}

/** All fields of a part, and the reason for the change. */
export const fieldsOf = ({ groups }: Part): Field[] => [...groups.flatMap(({ fields }) => fields), noteField]
