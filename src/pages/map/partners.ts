import type { AgreementFilter } from '../../agreements/list/filter.ts'
import type { Database, Statement } from '../../database/connect.ts'
import { findInAll, Registry } from '../../registry/registry.ts'
import type { SignatoryReference } from '../../registry/signatories/schemas.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { readStatistics } from '../../statistics/queries.ts'
import { narrowed } from '../narrow.ts'
import { pageOf } from '../paths.ts'

/** A party of agreements. */
export interface Partner {
  code: string
  name: string
  kind: SignatoryReference['kind']
  /** The id of its shape on the map (see `Shape`); null when it is no country of today. */
  place: string | null
  agreements: number
  /** How many of them are in force today. */
  inForce: number
}

export interface Partners {
  /** Number of agreements that match. */
  total: number
  /** The only party, or the party of the only body, that was asked for. */
  home: { code: string; name: string; place: string | null } | null
  /** Those with the most agreements first: the parties on the other side of `home`, or all parties. */
  partners: Partner[]
  /** What is found instead of the words of the query, if they were misspelt. */
  didYouMean: string | null
}

/** Bodies by their codes. Only a country of today has both a code of two letters and a numeric one. */
const placesOf: Statement = {
  name: 'places-of-parties',
  text: `select code, name, kind, case
      when code = 'XK' then code
      when code ~ '^[A-Z]{2}$' then (
        select identifier ->> 'value' from json_array_elements(identifiers) identifier
        where identifier ->> 'scheme' = 'iso3166-1-numeric' limit 1)
    end as place
    from signatories where code = any($1::text[])`,
}

type Placed = Pick<Partner, 'code' | 'name' | 'kind' | 'place'>

/**
 * The parties of the agreements that match, with their places on the map.
 * @throws Problem 400
 */
export async function readPartners(
  db: Database,
  filter: AgreementFilter,
  today: string,
  kept: KeptResults,
): Promise<Partners> {
  const asked = [...(filter.party ?? []), ...(filter.signatory ?? [])]
  const isOfOne = asked.length === 1 && filter.pair === undefined && filter.withPredecessors !== 'true'
  const dimension = isOfOne ? 'pair' : 'party'
  const { statistics } = await readStatistics(db, { ...filter, groupBy: [dimension] }, today, kept)
  const isParty = statistics.items.some(({ keys: [key] }) => key?.split(',').includes(asked[0]!))
  const home = isOfOne ? (isParty ? asked[0]! : await partyOf(db, asked[0]!)) : null
  const counted = statistics.items.flatMap(({ keys: [key], count, inForce }) => {
    const code = otherIn(key ?? '', home)
    return code === undefined ? [] : [{ code, agreements: count, inForce }]
  })
  const codes = [...(home === null ? [] : [home]), ...counted.map(({ code }) => code)]
  const placed = new Map((await db.query<Placed>(placesOf, [codes])).map((body) => [body.code, body]))
  return {
    total: statistics.total,
    didYouMean: statistics.didYouMean,
    home: (home !== null && placed.get(home)) || null,
    partners: counted.flatMap(({ code, ...counts }) => {
      const body = placed.get(code)
      return body ? [{ ...body, ...counts }] : []
    }),
  }
}

/** The code of the party for which a body acts. */
async function partyOf(db: Database, reference: string): Promise<string> {
  const registry = new Registry(await findInAll(db, { bodies: [{ reference }] }, 'free'))
  return registry.party(registry.body(reference)).code
}

/** The code in a key that is not `home`: a key is a code, or two with a comma. Undefined when `home` is not in it. */
function otherIn(key: string, home: string | null): string | undefined {
  if (home === null) return key === '' ? undefined : key
  const codes = key.split(',')
  return codes.includes(home) ? codes.find((code) => code !== home) : undefined
}

const kindsOfFilters = (query: URLSearchParams): string[] => [...new Set(query.keys())]

/** The path of the page about the agreements of a selection that a partner has. */
export function pathOfPartner(query: URLSearchParams, home: string | null, code: string): string {
  const kinds = kindsOfFilters(query)
  if (kinds.length === 0) return pageOf.signatory(code)
  if (home === null || !query.has('party')) {
    const further = narrowed(query, 'party', code)
    return further === null ? pageOf.signatory(code) : `/agreements?${further.toString()}`
  }
  if (kinds.length === 1) return pageOf.pair(`${home},${code}`)
  const further = new URLSearchParams(query)
  further.delete('party')
  further.set('pair', `${home},${code}`)
  return `/agreements?${further.toString()}`
}
