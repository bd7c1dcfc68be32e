import { turn, type Workload } from './workload.ts'

/** The documents of a page of 25, and of one more, by which the server knows whether there is a next page. */
const documentsOf = (page: string, order: string): string => `
  select a.document as body from (${page} limit 26) page join agreements a on a.id = page.agreement_id order by ${order}`

/** An array of the ids of the domain `$2:$3` and its narrower ones. */
const domainIds = `array(
  with recursive under (id) as (
    select id from research_domains where scheme = $2 and code = $3
    union all select d.id from under join research_domains d on d.broader_id = under.id
  ) select id from under)`

const partyId = (parameter: string) => `(select id from signatories where code = ${parameter})`

const listed: [string, string, string][] = [
  ['US', 'ford', '2'],
  ['FR', 'ford', '1.5'],
  ['JP', 'ford', '1'],
  ['GB', 'theme', 'disaster-resilience'],
  ['DE', 'ford', '3'],
  ['CA', 'ford', '2'],
]

export const byPartyAndDomain: Workload = {
  key: 'party-and-domain',
  name: 'list by party and domain',
  goal: 0.5,
  list: 25,
  values: (n) => turn(listed, n),
  request: ([party, scheme, code]) => ({
    path: `/v1/agreements?party=${party}&researchDomain=${scheme}:${code}&sort=-signed`,
  }),
  statement: {
    name: 'party-and-domain',
    text: documentsOf(
      `select p.agreement_id, p.signed from agreement_parties p
      where p.party_id = ${partyId('$1')} and exists (
        select from agreement_domains d where d.agreement_id = p.agreement_id and d.domain_id = any(${domainIds}))
      order by p.signed desc, p.agreement_id desc`,
      'page.signed desc, page.agreement_id desc',
    ),
  },
}

const pairs = ['US,GB', 'FR,DE', 'US,JP', 'EU,US', 'GB,FR', 'CN,RU'].map((pair) => pair.split(','))
const days = ['1995-06-15', '2005-01-01', '2015-09-30', '2020-03-01']

export const pairInForce: Workload = {
  key: 'pair-in-force',
  name: 'pair in force on a day',
  goal: 0.5,
  list: 25,
  values: (n) => [...turn(pairs, n), turn(days, Math.floor(n / pairs.length))],
  request: ([one, other, day]) => ({ path: `/v1/agreements?pair=${one},${other}&inForceOn=${day}` }),
  statement: {
    name: 'pair-in-force',
    text: documentsOf(
      `select p.agreement_id, p.signed from agreement_parties p
      join agreement_parties o on o.agreement_id = p.agreement_id and o.party_id = ${partyId('$2')} and o.side <> p.side
      join agreement_listings l on l.agreement_id = p.agreement_id and l.in_force @> $3::date
      where p.party_id = ${partyId('$1')} order by p.signed desc, p.agreement_id desc`,
      'page.signed desc, page.agreement_id desc',
    ),
  },
}

export const datesOfYear: Workload = {
  key: 'dates-of-year',
  name: 'dates of one year',
  list: 25,
  values: (n) => [String(1950 + (n % 70))],
  request: ([year]) => ({ path: `/v1/dates?from=${year}-01-01&to=${year}-12-31` }),
  statement: {
    name: 'dates-of-year',
    text: `select json_build_object('id', d.id, 'event', d.event, 'occurrence', d.occurrence, 'date', d.date,
        'firstDay', d.first_day, 'lastDay', d.last_day, 'effectiveDate', d.effective_date, 'term', d.term,
        'extension', d.extension, 'place', d.place, 'preferred', d.preferred, 'source', d.source_key, 'note', d.note,
        'signatory', case when s.id is not null then
          json_build_object('id', s.id, 'code', s.code, 'name', s.name, 'kind', s.kind) end,
        'agreement', json_build_object('id', a.id, 'reference', a.reference, 'title', a.title))::text as body
      from dates d join agreements a on a.id = d.agreement_id left join signatories s on s.id = d.signatory_id
      where d.last_day >= ($1 || '-01-01')::date and d.first_day <= ($1 || '-12-31')::date and a.deleted_at is null
      order by coalesce(d.first_day, 'infinity'), d.id limit 26`,
  },
}

export const feed: Workload = {
  key: 'feed',
  name: 'feed, 100 changes',
  list: 100,
  values: (n, { size }) => [String((n * 977) % (size - 200))],
  request: ([after]) => ({ path: `/v1/changes?after=${after}&limit=100` }),
  statement: {
    name: 'feed',
    text: `select json_build_object('id', c.entry_id, 'operation', v.operation, 'version', c.version, 'cause', v.cause,
        'actor', v.actor, 'note', v.note, 'publishedAt', v.published_at, 'document', v.document::json)::text as body
      from (select * from changes where sequence is not null and sequence > $1 order by sequence limit 100) c
      join agreement_versions v on v.agreement_id = c.entry_id and v.version = c.version order by c.sequence`,
  },
}
