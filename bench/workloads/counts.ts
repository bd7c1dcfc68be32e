import { turn, type Workload } from './workload.ts'

/** More would wait longer for a connection to a large register than the server lets a request wait. */
const fewer = [4]

const statistics = (dimension: string) => () => ({ path: `/v1/statistics?groupBy=${dimension}` })

/** Groups with what statistics say of each. @param groups a select of `value`, `l.in_force` and `l.signed` */
const counted = (groups: string, key: string, label: string, join = ''): string => `
  select json_agg(json_build_object('keys', array[${key}], 'labels', array[${label}], 'count', count,
    'inForce', in_force, 'firstSigned', first, 'lastSigned', last) order by count desc)::text as body
  from (
    select value, count(*) as count, count(*) filter (where in_force @> current_date) as in_force,
      min(nullif(signed, '-infinity')) as first, max(nullif(signed, '-infinity')) as last
    from (${groups}) each group by value
  ) g ${join}`

const body = 'left join signatories b on b.id = g.value'

export const byYear: Workload = {
  key: 'statistics-by-year',
  name: 'statistics by year',
  isCount: true,
  connections: fewer,
  values: () => [],
  request: statistics('signedYear'),
  statement: {
    name: 'statistics-by-year',
    text: counted(
      `select extract(year from nullif(signed, '-infinity'))::int as value, in_force, signed from agreement_listings`,
      'value::text',
      'value::text',
    ),
  },
}

export const byPair: Workload = {
  key: 'statistics-by-pair',
  name: 'statistics by pair',
  isCount: true,
  connections: fewer,
  values: () => [],
  request: statistics('pair'),
  statement: {
    name: 'statistics-by-pair',
    text: counted(
      `select array[least(p.party_id, o.party_id), greatest(p.party_id, o.party_id)] as value, l.in_force, l.signed
      from agreement_listings l join agreement_parties p using (agreement_id)
      join agreement_parties o on o.agreement_id = p.agreement_id and o.side > p.side`,
      `b.code || ',' || c.code`,
      `b.name || ' – ' || c.name`,
      'join signatories b on b.id = g.value[1] join signatories c on c.id = g.value[2]',
    ),
  },
}

export const bySignatory: Workload = {
  key: 'statistics-by-signatory',
  name: 'statistics by signatory',
  isCount: true,
  connections: fewer,
  values: () => [],
  request: statistics('signatory'),
  statement: {
    name: 'statistics-by-signatory',
    text: counted(
      `select distinct l.agreement_id, s.signatory_id as value, l.in_force, l.signed
      from agreement_listings l join signatures s using (agreement_id)`,
      'b.code',
      'b.name',
      body,
    ),
  },
}

const neighbour = (direction: '<' | '>', order: 'asc' | 'desc') => `(
  select json_build_object('id', a.id, 'reference', a.reference, 'title', a.title, 'signed', n.signed) from (
    select agreement_id, signed from of_party f, own where f.signed > '-infinity' and (f.signed, f.agreement_id) ${direction} (own.day, own.id)
    order by f.signed ${order}, f.agreement_id ${order} limit 1
  ) n join agreements a on a.id = n.agreement_id)`

export const position: Workload = {
  key: 'position',
  name: 'position among those of a party',
  isCount: true,
  values: (n, { ofParty }) => [turn(ofParty, n)],
  request: ([id]) => ({ path: `/v1/agreements/${id}/position?party=US` }),
  statement: {
    name: 'position',
    text: `with party as (select id from signatories where code = 'US'),
      of_party as not materialized (select agreement_id, signed from agreement_parties, party where party_id = party.id),
      own as materialized (select agreement_id as id, signed as day from of_party where agreement_id = $1)
      select json_build_object('position',
        (select count(*) from of_party f, own where f.signed > '-infinity' and (f.signed, f.agreement_id) <= (own.day, own.id)),
        'total', (select count(*) from of_party), 'signed', own.day,
        'previous', ${neighbour('<', 'desc')}, 'next', ${neighbour('>', 'asc')})::text as body from own`,
  },
}
