import type { FastifyReply, FastifyRequest } from 'fastify'
import { readNetwork } from '../network/queries.ts'
import type { Network, NetworkQuery } from '../network/schemas.ts'
import { askedOf, at, filtersIn } from './asked.ts'
import { Chips, namesIn } from './chips.tsx'
import { Circle } from './circle.tsx'
import { narrowed } from './narrow.ts'
import { A, Scroll, sendHtml } from './page.tsx'
import { Views } from './views.tsx'
import { grouped } from './words.ts'

/** Parties and pairs that the page shows. */
const most = { parties: 30, pairs: 100 }

type Request = FastifyRequest<{ Querystring: NetworkQuery }>

/** The page at `/network`: the parties with the most agreements of the API's network for the same query, and their pairs. */
export async function networkPage(request: Request, reply: FastifyReply, today: string): Promise<FastifyReply> {
  const { db, query } = request
  const asked = askedOf(request)
  const [all, names] = await Promise.all([readNetwork(db, query, today), namesIn(db, asked)])
  const network = largestOf(all)
  return sendHtml(request, reply, {
    title: 'Network of parties',
    description: 'Which parties have agreements with each other, and how many.',
    api: at('/v1/network', asked),
    body: (
      <>
        <h1>
          Network of {grouped(all.nodes.length)} {all.nodes.length === 1 ? 'party' : 'parties'}
        </h1>
        <Views query={asked} current="/network" />
        <Chips query={asked} to="/network" names={names} />
        <LeftOut all={all} shown={network} />
        {network.nodes.length === 0 ? (
          <p>No agreement matches. Take a filter away.</p>
        ) : (
          <>
            <figure>
              <Scroll label="Picture of the network">
                <Circle network={network} filters={filtersIn(asked)} />
              </Scroll>
              <figcaption class="faint">
                All of it: <A to={at('/v1/network.gexf', asked)}>file for Gephi (GEXF)</A>
              </figcaption>
            </figure>
            <h2>Parties</h2>
            <Counts what="Party" all={partiesOf(network)} filters={filtersIn(asked)} />
            <h2>Pairs</h2>
            <Counts what="Pair" all={pairsOf(network)} filters={filtersIn(asked)} />
          </>
        )}
      </>
    ),
  })
}

/** The largest parties, and the largest pairs among them. */
function largestOf({ nodes, edges }: Network): Network {
  const shown = nodes.slice(0, most.parties)
  const codes = new Set(shown.map(({ code }) => code))
  const between = edges.filter(({ source, target }) => codes.has(source) && codes.has(target))
  return { nodes: shown, edges: between.slice(0, most.pairs) }
}

function LeftOut({ all, shown }: { all: Network; shown: Network }) {
  const parties = all.nodes.length - shown.nodes.length
  const pairs = all.edges.length - shown.edges.length
  if (parties === 0 && pairs === 0) return null
  return (
    <p>
      Shown are the {grouped(shown.nodes.length)} parties with the most agreements, and the{' '}
      {grouped(shown.edges.length)} pairs among them with the most. Left out: {grouped(parties)} parties and{' '}
      {grouped(pairs)} pairs.
    </p>
  )
}

interface Counted {
  name: string
  /** The dimension and the key of its group. */
  group: ['party' | 'pair', string]
  agreements: number
  inForce: number
}

/** Parties or pairs with the numbers of their agreements, each a link to these. */
function Counts({ what, all, filters }: { what: string; all: Counted[]; filters: URLSearchParams }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">{what}</th>
          <th scope="col">Agreements</th>
          <th scope="col">In force</th>
        </tr>
      </thead>
      <tbody>
        {all.map(({ name, group, agreements, inForce }) => {
          const further = narrowed(filters, ...group)
          return (
            <tr>
              <td>{further === null ? name : <A to={at('/agreements', further)}>{name}</A>}</td>
              <td data-name="Agreements">{grouped(agreements)}</td>
              <td data-name="In force">{grouped(inForce)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

const partiesOf = ({ nodes }: Network): Counted[] => nodes.map((node) => ({ ...node, group: ['party', node.code] }))

function pairsOf({ nodes, edges }: Network): Counted[] {
  const names = new Map(nodes.map(({ code, name }) => [code, name]))
  return edges.map(({ source, target, ...counts }) => ({
    ...counts,
    name: `${names.get(source)} – ${names.get(target)}`,
    group: ['pair', `${source},${target}`],
  }))
}
