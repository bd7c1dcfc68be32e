import { v5 as uuidv5 } from 'uuid'
import { xmlElement } from '../shared/xml.ts'
import type { Entry, Shown } from './queries.ts'

interface Feed {
  /** What stands in front of each path of the API, such as `https://example.org/register`. */
  base: string
  /** Path and query of this page, and of the same feed from its newest entry; `next` has older entries. */
  self: string
  first: string
  next: string | null
  entries: { entry: Entry; shown: Shown | undefined }[]
}

/** The instant of a feed without entries. */
const never = '1970-01-01T00:00:00.000Z'

/** A name that is the same whenever the feed or the entry is read (RFC 4287, section 4.2.6). */
const idOf = (name: string, namespace: string): string => `urn:uuid:${uuidv5(name, namespace)}`

/** An Atom feed (RFC 4287), latest first. */
export function atomOf({ base, self, first, next, entries }: Feed): string {
  const updated =
    entries
      .map(({ entry }) => entry.publishedAt)
      .toSorted()
      .at(-1) ?? never
  const link = (rel: string, path: string, type: string) => xmlElement('link', { rel, type, href: `${base}${path}` })
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    xmlElement('id', {}, idOf(`${base}${first}`, uuidv5.URL)),
    xmlElement('title', {}, 'Entente: changes of agreements'),
    xmlElement('updated', {}, updated),
    '<author><name>Entente</name></author>',
    link('self', self, atomType),
    link('alternate', first.replace('/changes.atom', '/changes'), 'application/json'),
    ...(next === null ? [] : [link('next', next, atomType)]),
    ...entries.map(({ entry, shown }) => entryOf(entry, shown, base)),
    '</feed>\n',
  ]
  return lines.join('\n')
}

export const atomType = 'application/atom+xml'

function entryOf(entry: Entry, shown: Shown | undefined, base: string): string {
  const { kind, id, version, operation, actor, note, publishedAt } = entry
  const path = kind === 'agreement' ? `/v1/agreements/${id}/versions/${version}` : `/v1/${lists[kind]}/${id}`
  const facts = [
    shown?.parties && `${shown.parties}.`,
    shown && entry.inSelection && `Status: ${shown.status.replaceAll('_', ' ')}.`,
    version !== null && `Version ${version}.`,
    entry.cause !== null && operation === 'updated' && causes[entry.cause],
    !entry.inSelection && operation === 'updated' && 'It no longer matches the search.',
    note !== null && `Note: ${note}`,
  ]
  return [
    '<entry>',
    xmlElement('id', {}, idOf(kind === 'agreement' ? `version ${version}` : `${operation} ${publishedAt}`, id)),
    xmlElement('title', {}, `${words[operation]}: ${shown?.title ?? entry.code ?? id}`),
    xmlElement('updated', {}, publishedAt),
    ...(actor === null ? [] : [`<author>${xmlElement('name', {}, actor)}</author>`]),
    xmlElement('link', { rel: 'alternate', type: 'application/json', href: `${base}${path}` }),
    xmlElement('category', { term: operation }),
    xmlElement('category', { term: kind }),
    xmlElement('summary', { type: 'text' }, facts.filter(Boolean).join(' ')),
    '</entry>',
  ].join('\n')
}

const lists = { signatory: 'signatories', research_domain: 'research-domains', collection: 'collections' } as const

const words: Record<Entry['operation'], string> = {
  created: 'New',
  updated: 'Changed',
  deleted: 'Deleted',
  restored: 'Restored',
  merged: 'Merged',
}

const causes: Record<NonNullable<Entry['cause']>, string> = {
  edit: 'It was edited.',
  registry: 'An entry that it names has changed.',
  clock: 'Time has passed.',
  format: 'The register shows it in a new format.',
  agreement: 'Another agreement on which it depends, or that has a relation to it, has changed.',
}
