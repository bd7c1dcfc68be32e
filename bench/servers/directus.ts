import type { NaturalAgreement } from './natural.ts'
import type { Peer } from './peers.ts'

const headers = { authorization: 'Bearer bench-token', 'content-type': 'application/json' }
const items = '/items/agreement'
const fields = 'fields=*,parties.*,parties.party_id.*,dates.*,domains.domain_id.*,sources.*,identifiers.*'

/** Requests to Directus. */
export const directus: Pick<Peer, 'byId' | 'list' | 'create' | 'created'> = {
  byId: (id) => ({ path: `${items}/${id}?${fields}`, headers }),
  list: (party, domains) => {
    const filter = {
      parties: { party_id: { code: { _eq: party } } },
      domains: { domain_id: { _in: domains } },
      signed: { _nnull: true },
    }
    const selection = `filter=${encodeURIComponent(JSON.stringify(filter))}&sort=-signed,-id&limit=25`
    return { path: `${items}?${fields}&${selection}`, headers }
  },
  create: (agreement) => ({
    method: 'POST',
    path: `${items}?${fields}`,
    headers,
    body: JSON.stringify(rowOf(agreement)),
  }),
  created: 200,
}

/** An agreement with the names of the columns. */
const rowOf = ({ parties, domains, dates, ...own }: NaturalAgreement): object => ({
  ...own,
  parties: parties.map(({ partyId: party_id, code: _, representativeName: representative_name, ...party }) => ({
    ...party,
    party_id,
    representative_name,
  })),
  domains: domains.map((domain_id) => ({ domain_id })),
  dates: dates.map(({ firstDay: first_day, lastDay: last_day, ...date }) => ({ ...date, first_day, last_day })),
})
