import type { Database } from '../database/connect.ts'
import { findInAll } from '../registry/registry.ts'
import { at, isFilter, withoutIdleDay } from './asked.ts'
import { A } from './page.tsx'
import { pageOf } from './paths.ts'
import { dayInWords, inWords, instantInWords, listed } from './words.ts'

/** The value of a filter in words: the name of what a code means. */
export type Names = (filter: string, value: string) => string

/** What the filters of a query name in the registries. */
export async function namesIn(db: Database, query: URLSearchParams): Promise<Names> {
  const named = (...filters: string[]) =>
    filters.flatMap((filter) => query.getAll(filter)).map((reference) => ({ reference }))
  const pairs = query.getAll('pair').flatMap((pair) => codesIn(pair).map((reference) => ({ reference })))
  const { bodies, domains, collections } = await findInAll(
    db,
    {
      bodies: [...named('party', 'signatory'), ...pairs],
      domains: named('researchDomain'),
      collections: named('collection'),
    },
    'free',
  )
  const body = (code: string): string => (bodies.has(code) ? bodies.get(code).name : code)
  return (filter, value) => {
    if (filter === 'party' || filter === 'signatory') return body(value)
    if (filter === 'pair') return listed(codesIn(value).map(body))
    if (filter === 'researchDomain') return domains.has(value) ? domains.get(value).label : value
    if (filter === 'collection') return collections.has(value) ? collections.get(value).name : value
    return inPlainWords(filter, value)
  }
}

const codesIn = (pair: string): string[] => pair.split(',').map((code) => code.trim())

const ofWords = ['type', 'binding', 'status', 'statusBasis', 'partyKind', 'event', 'warning']

function inPlainWords(filter: string, value: string): string {
  if (ofWords.includes(filter)) return inWords(value)
  if (filter === 'kinds') return value.split(',').map(inWords).join(' – ')
  if (filter === 'withPredecessors') return value === 'true' ? 'yes' : 'no'
  if (filter === 'updatedSince' && !Number.isNaN(Date.parse(value))) return instantInWords(value)
  return filter === 'q' ? value : dayInWords(value)
}

interface Filters {
  query: URLSearchParams
  names: Names
}

/** The filters that are set, each with a link to the page at `to` without it. */
export function Chips({ query, to, names }: Filters & { to: string }) {
  const filters = [...query].filter(([name]) => isFilter(name))
  if (filters.length === 0) return null
  return (
    <ul class="chips">
      {filters.map(([name, value]) => {
        const rest = new URLSearchParams([...query].filter((one) => one[0] !== 'cursor'))
        rest.delete(name, value)
        return (
          <li>
            <A to={at(to, withoutIdleDay(rest))}>
              {filterName(name)}: {names(name, value)} <span aria-label="take away">×</span>
            </A>
          </li>
        )
      })}
    </ul>
  )
}

const pagesOfFilters: Record<string, (code: string) => string> = {
  party: pageOf.signatory,
  signatory: pageOf.signatory,
  pair: pageOf.pair,
  researchDomain: pageOf.domain,
  collection: pageOf.collection,
}

/** Links to the pages of what the filters name. */
export function About({ query, names }: Filters) {
  const named = [...query].flatMap(([filter, code]) => {
    const path = pagesOfFilters[filter]?.(code)
    return path === undefined ? [] : [{ path, name: names(filter, code) }]
  })
  if (named.length === 0) return null
  return (
    <p>
      More about{' '}
      {named.map(({ path, name }, i) => (
        <>
          {i > 0 && ', '}
          <A to={path}>{name}</A>
        </>
      ))}
    </p>
  )
}

const filterNames: Record<string, string> = {
  q: 'Words',
  pair: 'Between',
  on: 'Status on',
  statusBasis: 'Status rests on',
  expiresFrom: 'Ends from',
  expiresTo: 'Ends until',
  signedTo: 'Signed until',
  eventTo: 'Event until',
  partyKind: 'Kind of all parties',
  kinds: 'Kinds of the sides',
}

/** `researchDomain` as `Research domain`. */
const filterName = (name: string): string =>
  filterNames[name] ?? inWords(name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`))
