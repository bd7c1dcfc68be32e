import { isDeepStrictEqual } from 'node:util'
import type { Agreement } from '../../agreements/schemas.ts'
import type { Others } from '../relations.tsx'
import type { Field, JsonObject, Option } from './fields.ts'
import { assessed, files, relations, stated } from './options.ts'
import { agreementShown, choice, newKey, type PartOf, sourcesOf } from './part.ts'
import { agreementField, day, line } from './shared-fields.ts'
import { itemsIn } from './whole.ts'

/** A list of an agreement whose items have neither an id nor a key: their key is their place, from 1. */
interface Placed {
  /** The field of the agreement. */
  list: string
  /** What one item is called. */
  what: string
  group: string
  anchor: string
  fields: (at: (field: string) => string, agreement: Agreement, stored: JsonObject | undefined) => Field[]
  shown?: (stored: JsonObject, others: Others) => Record<string, string>
}

const placed: Record<string, Placed> = {
  relations: {
    list: 'relations',
    what: 'relation',
    group: 'How it affects another agreement',
    anchor: '#relations',
    fields: (at) => [
      choice('kind', 'How', at('kind'), relations, { required: true }),
      agreementField('other', 'The other agreement', at('agreement'), { required: true }),
    ],
    shown: ({ agreement }, others) => agreementShown('other', agreement, others),
  },
  numbers: {
    list: 'identifiers',
    what: 'number',
    group: 'A number in a treaty series or a register',
    anchor: '#about',
    fields: (at) => [
      line('scheme', 'Series or register', at('scheme'), {
        required: true,
        hint: 'In short, such as `TIAS`, `UNTS` or `DOI`.',
      }),
      line('value', 'Number', at('value'), { required: true, item: at(''), hint: 'Such as `04-601`.' }),
    ],
    shown: ({ scheme }) => (typeof scheme === 'string' ? { scheme: scheme.toUpperCase() } : {}),
  },
  titles: {
    list: 'alternativeTitles',
    what: 'title',
    group: 'Its title in another language',
    anchor: '',
    fields: (at) => [
      line('language', 'Language', at('language'), { kind: 'language', required: true, hint: 'Such as `Japanese`.' }),
      line('title', 'Title', at('title'), { required: true, wide: true }),
    ],
  },
  texts: {
    list: 'documents',
    what: 'text',
    group: 'A link to a text of the agreement',
    anchor: '#about',
    fields: (at, _agreement, stored) => [
      line('title', 'What the text is', at('title'), { required: true, wide: true, hint: 'Such as `Treaty series`.' }),
      line('url', 'Address', at('url'), { required: true, wide: true, hint: 'Begins with `https://`.' }),
      line('language', 'Language', at('language'), { kind: 'language', hint: 'Such as `Japanese`.' }),
      choice('file', 'Kind of file', at('mediaType'), withStored(files, stored?.['mediaType'])),
    ],
  },
  statements: {
    list: 'statusStatements',
    what: 'statement',
    group: 'The status on a day, as a source states it',
    anchor: '#statements',
    fields: (at, agreement) => [
      choice('status', 'Status', at('status'), stated, { required: true }),
      { ...day('on', 'On', at('on'), 'The day for which it is stated, such as `28 February 2021`.'), required: true },
      choice('source', 'Source', at('source'), sourcesOf(agreement)),
    ],
  },
  claims: {
    list: 'claims',
    what: 'claim',
    group: 'What is said about it, and whether it is right',
    anchor: '#claims',
    fields: (at, agreement) => [
      { name: 'statement', label: 'What is claimed', kind: 'text', wide: true, required: true, at: at('statement') },
      choice('assessment', 'What the evidence says', at('assessment'), assessed, { required: true }),
      choice('source', 'Source', at('source'), sourcesOf(agreement)),
      { name: 'why', label: 'Reason for the assessment', kind: 'text', wide: true, at: at('note') },
    ],
  },
}

/** The options, with the stored value if it is none of them. */
const withStored = (options: Option[], value: unknown): Option[] =>
  typeof value !== 'string' || options.some(([code]) => code === value)
    ? options
    : [...options, [value, `Other: ${value}`]]

const placeOf = (items: JsonObject[], key: string): number => {
  const place = key === newKey ? items.length : /^[1-9]\d{0,3}$/.test(key) ? Number(key) - 1 : -1
  return key === newKey || place < items.length ? place : -1
}

const partOf =
  ({ list, what, group, anchor, fields, shown }: Placed): PartOf =>
  (agreement, whole, key, _values, others) => {
    const items = itemsIn(whole, list)
    const place = placeOf(items, key)
    if (place < 0) return undefined
    const stored = items[place]
    return {
      title: stored === undefined ? `Add a ${what}` : `Correct a ${what}`,
      anchor,
      groups: [
        { title: group, fields: fields((field) => `/${list}/${place}${field && `/${field}`}`, agreement, stored) },
      ],
      shown: stored === undefined ? {} : (shown?.(stored, others) ?? {}),
      ...(stored !== undefined && {
        removal: { text: `Remove this ${what}`, apply: (all) => void itemsIn(all, list).splice(place, 1) },
      }),
    }
  }

/** The parts whose items are named by their place. */
export const placedParts: Record<string, PartOf> = Object.fromEntries(
  Object.entries(placed).map(([name, one]) => [name, partOf(one)]),
)

/**
 * The key that an item of an earlier version has now: others may have added or removed items before it.
 * @returns undefined when it is no longer there
 */
export function keyNow(part: string, key: string, before: JsonObject, now: JsonObject): string | undefined {
  if (!Object.hasOwn(placed, part) || key === newKey) return key
  const { list } = placed[part]!
  const [were, are] = [itemsIn(before, list), itemsIn(now, list)]
  const item = were[placeOf(were, key)]
  if (item === undefined) return undefined
  const place = Number(key) - 1
  const same = are.flatMap((one, i) => (isDeepStrictEqual(one, item) ? [i] : []))
  const nearest = same.toSorted((a, b) => Math.abs(a - place) - Math.abs(b - place))[0]
  if (nearest !== undefined) return String(nearest + 1)
  // At its place is what others have made of it, unless that is another item of then.
  const there = are[place]
  return there === undefined || were.some((one) => isDeepStrictEqual(one, there)) ? undefined : key
}
