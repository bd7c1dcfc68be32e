import { setImmediate } from 'node:timers/promises'
import { xmlText } from '../shared/xml.ts'
import type { Network } from './schemas.ts'

/** Nodes and edges written between yielding to other requests. */
const perTurn = 500

const attributes = (of: 'node' | 'edge', titles: [id: string, title: string, type: string][]): string =>
  `<attributes class="${of}">${titles
    .map(([id, title, type]) => `<attribute id="${id}" title="${title}" type="${type}"/>`)
    .join('')}</attributes>`

const counts: [string, string, string][] = [
  ['agreements', 'Agreements', 'integer'],
  ['inForce', 'In force', 'integer'],
]

/**
 * A network as GEXF 1.3 (https://gexf.net), which Gephi opens. Undirected; the weight of an edge is the number of
 * agreements. Yields to other requests.
 * @param day the day on which it was made, `YYYY-MM-DD`
 */
export async function gexfOf({ nodes, edges }: Network, day: string): Promise<string> {
  const parts = [
    `<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://gexf.net/1.3" version="1.3">
<meta lastmodifieddate="${day}"><creator>Entente</creator><description>Parties and the agreements between them</description></meta>
<graph mode="static" defaultedgetype="undirected">
${attributes('node', [['kind', 'Kind', 'string'], ...counts])}
${attributes('edge', counts)}
<nodes>\n`,
    ...(await inTurns(
      nodes,
      ({ code, name, kind, ...node }) =>
        `<node id="${escaped(code)}" label="${escaped(name)}"><attvalues><attvalue for="kind" value="${kind}"/>${values(node)}</attvalues></node>\n`,
    )),
    '</nodes>\n<edges>\n',
    ...(await inTurns(
      edges,
      ({ source, target, ...edge }, i) =>
        `<edge id="${i}" source="${escaped(source)}" target="${escaped(target)}" weight="${edge.agreements}"><attvalues>${values(edge)}</attvalues></edge>\n`,
    )),
    '</edges>\n</graph>\n</gexf>\n',
  ]
  return parts.join('')
}

const values = ({ agreements, inForce }: { agreements: number; inForce: number }): string =>
  `<attvalue for="agreements" value="${agreements}"/><attvalue for="inForce" value="${inForce}"/>`

async function inTurns<Item>(items: Item[], write: (item: Item, index: number) => string): Promise<string[]> {
  const texts: string[] = []
  for (const [i, item] of items.entries()) {
    if (i % perTurn === 0) await setImmediate()
    texts.push(write(item, i))
  }
  return texts
}

const escaped = (text: string): string => xmlText(text, '')
